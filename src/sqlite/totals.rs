//! Adding up a stretch of a journal.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::{columns::Columns, entries, number};
use crate::words::{
    chain::Head,
    currency::Currency,
    entry::Cause,
    error::{Error, Result},
    money::Balance,
    refusal::Refusal,
    totals::{self, Total},
};

/// Adds up the entries after one head, through another.
pub(crate) fn between(
    conn: &Connection,
    merchant: i64,
    from: &Head,
    to: &Head,
) -> Result<Vec<Total>> {
    // No sum of 64-bit integers leaves 128 bits.
    let mut sums = BTreeMap::<(Currency, Cause), (u64, i128, i128)>::new();
    let mut statement = conn.prepare_cached(
        "SELECT cause, debit, credit, amount, code, fee FROM entries JOIN currencies USING (currency)
         WHERE entry > ?1 AND entry <= ?2",
    )?;
    let mut rows =
        statement.query([number::key(merchant, from.seq), number::key(merchant, to.seq)])?;
    while let Some(row) = rows.next()? {
        let columns = &mut Columns::of(row);
        let cause = entries::cause(columns)?;
        let postings = entries::postings(columns)?;
        let (count, amount, fee) = sums.entry((postings.currency, cause)).or_default();
        *count = count.saturating_add(1);
        *amount = amount.saturating_add(totals::amount(cause, &postings).into());
        *fee = fee.saturating_add(postings.fee_taken().into());
    }
    sums.into_iter()
        .map(|((currency, cause), (count, amount, fee))| {
            Ok(Total { currency, cause, count, amount: balance(amount)?, fee: balance(fee)? })
        })
        .collect()
}

fn balance(sum: i128) -> Result<Balance> {
    let refused = |_| Error::refused(Refusal::BalanceOutOfRange, "from");
    i64::try_from(sum).map(Balance).map_err(refused)
}
