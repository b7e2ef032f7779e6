//! The chart of accounts, and what a book's accounts of one currency hold.

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};

use crate::words::{
    currency::Currency,
    entry::{Posting, Postings},
    money::Balance,
};

/// An account of a merchant's book, in one currency. Each has a permanent number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Account {
    /// The merchant's funds that mature later.
    Pending = 1,
    /// The merchant's funds that can be paid out now.
    Available = 2,
    /// Payouts that have not arrived yet.
    PayoutTransit = 3,
    /// What the acquirer owes for this merchant's payments.
    Clearing = 4,
    /// The platform's money at its bank.
    Bank = 5,
    /// The platform's revenue from this merchant.
    Fees = 6,
    /// What the platform gave up in the merchant's favour.
    Losses = 7,
}

impl Account {
    /// Every account, in the order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Available,
        Self::PayoutTransit,
        Self::Clearing,
        Self::Bank,
        Self::Fees,
        Self::Losses,
    ];

    /// The permanent number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The account with this number.
    pub(crate) fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|account| i64::from(account.number()) == number)
    }

    /// Whether a debit makes the balance grow. It does for what others owe the platform and for
    /// losses. It does not for what the platform owes and for its revenue.
    #[must_use]
    pub const fn grows_by_debit(self) -> bool {
        matches!(self, Self::Clearing | Self::Bank | Self::Losses)
    }

    /// Whether it is one of the accounts on the merchant's statement.
    pub(crate) const fn is_the_merchants(self) -> bool {
        matches!(self, Self::Pending | Self::Available)
    }
}

/// The balances of all accounts of a book in one currency, each in the direction it grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balances([i64; 7]);

impl Balances {
    /// The balance of one account.
    #[must_use]
    pub const fn of(&self, account: Account) -> Balance {
        Balance(self.0[place(account)])
    }

    /// The balances after one more posting; `None` if one of them would leave the range of a
    /// 64-bit integer.
    #[must_use]
    pub(crate) fn after(mut self, posting: &Posting) -> Option<Self> {
        for (account, change) in changes(posting) {
            let balance = self.0.get_mut(place(account))?;
            *balance = balance.checked_add(change)?;
        }
        Some(self)
    }

    /// The balances after all of `postings`; `None` as in [`Balances::after`].
    pub(crate) fn after_all(self, postings: &Postings) -> Option<Self> {
        postings.iter().try_fold(self, |balances, posting| balances.after(&posting))
    }

    /// The balances of the seven accounts, in the order of their numbers.
    pub(crate) const fn from_numbers(balances: [i64; 7]) -> Self {
        Self(balances)
    }

    /// The seven balances, in the order of the accounts' numbers.
    pub(crate) const fn numbers(&self) -> &[i64; 7] {
        &self.0
    }

    /// Whether what the debits raised equals what the credits raised.
    #[must_use]
    pub fn is_balanced(&self) -> bool {
        let debits_less_credits: i128 = Account::ALL
            .into_iter()
            .map(|account| {
                let balance = i128::from(self.of(account).0);
                if account.grows_by_debit() { balance } else { balance.saturating_neg() }
            })
            .sum();
        debits_less_credits == 0
    }
}

/// Sums of postings, wider than balances. The sum of only some entries may leave the range of a
/// 64-bit integer, although the balances of all entries never do.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sums([i128; 7]);

impl Sums {
    /// Adds one more posting.
    pub(crate) fn add(&mut self, posting: &Posting) {
        for (account, change) in changes(posting) {
            let sum = &mut self.0[place(account)];
            *sum = sum.saturating_add(i128::from(change));
        }
    }

    /// The sums as balances; `None` if one is out of the range of a 64-bit integer.
    pub(crate) fn balances(&self) -> Option<Balances> {
        let mut balances = Balances::default();
        for (balance, sum) in balances.0.iter_mut().zip(self.0) {
            *balance = i64::try_from(sum).ok()?;
        }
        Some(balances)
    }
}

/// How a posting changes the balances of its two accounts, each in the direction it grows.
fn changes(posting: &Posting) -> [(Account, i64); 2] {
    let amount = posting.amount.minor();
    [(posting.debit, true), (posting.credit, false)].map(|(account, is_debit)| {
        let grows = account.grows_by_debit() == is_debit;
        (account, if grows { amount } else { amount.saturating_neg() })
    })
}

/// The place of an account among all seven, which are numbered from 1.
const fn place(account: Account) -> usize {
    (account as usize).saturating_sub(1)
}

/// An object from the accounts' names, as they stand in postings, to their balances.
impl Serialize for Balances {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(Account::ALL.len()))?;
        for account in Account::ALL {
            map.serialize_entry(&account, &self.of(account))?;
        }
        map.end()
    }
}

/// The balances of a book in one of its currencies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CurrencyBalances {
    /// The currency.
    pub currency: Currency,
    /// What the accounts hold, in minor units of it.
    pub balances: Balances,
}

/// What a merchant has, in the API's shape: one element for each currency of the book, sorted by
/// the currencies' codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Funds {
    /// What can be paid out now; below zero, what the merchant owes.
    pub available: Vec<Sum>,
    /// What matures later.
    pub pending: Vec<Sum>,
}

/// A sum in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// How much, in minor units of the currency.
    pub amount: Balance,
    /// The currency.
    pub currency: Currency,
}

impl Funds {
    pub(crate) fn of(balances: &[CurrencyBalances]) -> Self {
        let sums = |account| {
            let sum = |of: &CurrencyBalances| Sum {
                amount: of.balances.of(account),
                currency: of.currency,
            };
            balances.iter().map(sum).collect()
        };
        Self { available: sums(Account::Available), pending: sums(Account::Pending) }
    }
}
