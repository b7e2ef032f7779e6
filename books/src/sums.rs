//! Sums of postings per currency and account.

use std::collections::BTreeMap;

use refundry::{Account, Currency, CurrencyBalances, Posting};

/// What postings add up to. Debits count up and credits down in every account, so that the sums of
/// one currency are zero together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums(BTreeMap<Currency, [i128; 7]>);

impl Sums {
    /// Adds one more posting.
    pub(crate) fn add(&mut self, posting: &Posting) {
        let sums = self.0.entry(posting.currency).or_default();
        let amount = i128::from(posting.amount.minor());
        for (account, change) in
            [(posting.debit, amount), (posting.credit, amount.saturating_neg())]
        {
            if let Some(sum) = sums.get_mut(place(account)) {
                *sum = sum.saturating_add(change);
            }
        }
    }

    /// Adds everything that was added to other sums.
    pub(crate) fn add_all(&mut self, other: &Self) {
        for (currency, more) in &other.0 {
            let sums = self.0.entry(*currency).or_default();
            for (sum, more) in sums.iter_mut().zip(more) {
                *sum = sum.saturating_add(*more);
            }
        }
    }

    /// The currencies that were posted, sorted by code.
    pub(crate) fn currencies(&self) -> impl Iterator<Item = Currency> {
        self.0.keys().copied()
    }

    /// Debits less credits of an account.
    pub(crate) fn of(&self, currency: Currency, account: Account) -> i128 {
        let sums = self.0.get(&currency);
        sums.and_then(|sums| sums.get(place(account))).copied().unwrap_or(0)
    }

    /// The balance of an account in the direction in which it grows, as the ledger tells it.
    pub(crate) fn balance(&self, currency: Currency, account: Account) -> i128 {
        let sum = self.of(currency, account);
        if account.grows_by_debit() { sum } else { sum.saturating_neg() }
    }

    /// The first currency in which the ledger's balances are others.
    pub(crate) fn difference(&self, balances: &[CurrencyBalances]) -> Option<Currency> {
        let kept: BTreeMap<_, _> = balances.iter().map(|kept| (kept.currency, kept)).collect();
        let all = self.currencies().chain(kept.keys().copied());
        all.into_iter().find(|currency| {
            Account::ALL.into_iter().any(|account| {
                let kept = kept.get(currency).map_or(0, |kept| kept.balances.of(account).minor());
                self.balance(*currency, account) != i128::from(kept)
            })
        })
    }
}

/// The place of an account among all seven, which are numbered from 1.
fn place(account: Account) -> usize {
    usize::from(account.number()).saturating_sub(1)
}
