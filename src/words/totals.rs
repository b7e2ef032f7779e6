//! What a stretch of a book adds up to, for the end of a terminal's day.

use serde::{Deserialize, Serialize};

use crate::words::{
    chain::Head,
    currency::Currency,
    entry::{Cause, Postings},
    money::Balance,
    statement::LineType,
    transfer::TransferKind,
};

/// What the entries from one head to another add up to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// The last entry before those that are counted.
    pub from: Head,
    /// The last entry that is counted.
    pub to: Head,
    /// One total for each currency and cause that has entries, sorted by currency and then by cause.
    pub totals: Vec<Total>,
}

/// What the entries of one cause in one currency add up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Total {
    /// The currency.
    pub currency: Currency,
    /// Why the entries were made.
    pub cause: Cause,
    /// How many there are.
    pub count: u64,
    /// What they move, in minor units of the currency: negative if it is taken from the merchant, as on
    /// the statement. A settlement is negative if the acquirer takes it back.
    pub amount: Balance,
    /// The platform's fees among it; negative if it gave some back.
    pub fee: Balance,
}

/// The signed amount that an entry adds to its total.
pub(crate) fn amount(cause: Cause, postings: &Postings) -> i64 {
    let Some(first) = &postings.first else { return 0 };
    match LineType::of(cause) {
        Some(_) => LineType::amount(postings),
        None => TransferKind::from_cause(cause)
            .and_then(|kind| kind.amount_of(first))
            .map_or_else(|| first.amount.minor(), |amount| amount.minor()),
    }
}
