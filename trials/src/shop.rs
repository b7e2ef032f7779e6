//! A merchant to make trials on, and what their calls are written with.

use std::{path::Path, time::Duration};

use refundry::{
    Amount, Book, Currency, Fee, IdempotencyKey, Ledger, NewCharge, NewMerchant, Options, Result,
    Timestamp,
};

/// The merchant whose book is tried.
pub const MERCHANT: &str = "acct_cairo";

/// 2024-01-01T00:00:00.000Z: charges that are available from then on are due.
pub const PAST: i64 = 1_704_067_200_000;

/// Opens the ledger in a file, or creates it. Who tries something is not in a hurry: on a busy
/// machine, waiting for the lock may take longer than usual, and that would say nothing.
///
/// # Errors
/// As [`Ledger::open`].
pub fn open(path: &Path) -> Result<Ledger> {
    let mut options = Options::default();
    options.busy_timeout = Duration::from_secs(60);
    Ledger::open(path, options)
}

/// Adds a merchant without a limit.
///
/// # Errors
/// As [`Ledger::create_merchant`].
pub fn add_merchant(ledger: &mut Ledger, id: &str) -> Result<()> {
    let mut new = NewMerchant::named("Cairo Books");
    new.id = Some(id.to_owned());
    ledger.create_merchant(&new).map(|_| ())
}

/// Adds a charge without a fee that is due.
///
/// # Errors
/// As [`Book::create_charge`].
pub fn add_charge(book: &mut Book<'_>, id: &str, minor: i64) -> Result<()> {
    let due = Timestamp::from_millis(PAST);
    let mut new = NewCharge::succeeded(amount(minor), Fee::ZERO, egp(), due);
    new.id = Some(id.to_owned());
    book.create_charge(&new, None).map(|_| ())
}

/// An amount of these minor units.
///
/// # Panics
/// If there is no such amount.
#[must_use]
pub fn amount(minor: i64) -> Amount {
    Amount::from_minor(minor).expect("an amount")
}

/// The currency of every trial.
///
/// # Panics
/// Never: there is one.
#[must_use]
pub fn egp() -> Currency {
    Currency::from_code("EGP").expect("a currency")
}

/// An idempotency key.
///
/// # Panics
/// If this can't be one.
#[must_use]
pub fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::new(text).expect("a key")
}
