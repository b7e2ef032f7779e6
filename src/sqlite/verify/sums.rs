//! What a book's entries add up to, beside the balances that are kept.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::{
    currencies::Currencies,
    row::EntryRow,
    wrong::{Checked, Wrong},
};
use crate::{
    sqlite::{balances, columns::Columns, number},
    words::{
        account::{Account, Balances},
        finding::Invariant,
        statement::LineType,
    },
};

/// The sums in each currency, by its number.
#[derive(Default)]
pub(super) struct Sums(BTreeMap<i64, Sum>);

#[derive(Default)]
struct Sum {
    /// Of the postings.
    balances: Balances,
    /// Of the statement's lines.
    pending: i128,
    available: i128,
}

impl Sums {
    /// Adds an entry, whose line of the statement is pending if it `waits` to mature.
    pub(super) fn add(&mut self, entry: &EntryRow<'_>, waits: bool) -> Checked<()> {
        let sum = self.0.entry(entry.currency).or_default();
        let after = sum.balances.after_all(&entry.postings);
        sum.balances = after.ok_or(Wrong::Here(Invariant::Balances))?;
        if LineType::of(entry.cause).is_some() {
            let (amount, fee) = (LineType::amount(&entry.postings), entry.postings.fee_taken());
            let net = i128::from(amount).saturating_sub(i128::from(fee));
            let of = if waits { &mut sum.pending } else { &mut sum.available };
            *of = of.saturating_add(net);
        }
        Ok(())
    }

    /// The numbers of the book's currencies.
    pub(super) fn currencies(&self) -> impl Iterator<Item = i64> {
        self.0.keys().copied()
    }

    /// The balances that are kept are those of the postings and of the statement.
    pub(super) fn check(
        &self,
        conn: &Connection,
        book: [i64; 2],
        currencies: &Currencies,
    ) -> Checked<()> {
        let wrong = |currency, invariant| Err(Wrong::At(currencies.name(currency), invariant));
        let mut statement = conn.prepare_cached(
            "SELECT balance, pending, available, payout_transit, clearing, bank, fees, losses
             FROM balances WHERE balance BETWEEN ?1 AND ?2",
        )?;
        let mut rows = statement.query(book)?;
        let mut kept = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let mut columns = Columns::of(row);
            let currency = number::within(columns.next()?);
            kept.insert(currency, balances::read(&mut columns)?);
        }
        for (currency, balances) in &kept {
            let Some(sum) = self.0.get(currency).filter(|sum| sum.balances == *balances) else {
                return wrong(*currency, Invariant::Balances);
            };
            let of = |account| i128::from(balances.of(account).minor());
            if (of(Account::Pending), of(Account::Available)) != (sum.pending, sum.available) {
                return wrong(*currency, Invariant::StatementSums);
            }
        }
        match self.0.keys().find(|currency| !kept.contains_key(currency)) {
            Some(currency) => wrong(*currency, Invariant::Balances),
            None => Ok(()),
        }
    }
}
