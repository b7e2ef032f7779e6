//! A small shop for tests: a ledger with a fixed clock and known ids.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use refundry::{
    Account, Amount, Book, Charge, ChargeStatus, Currency, Error, Fee, IdempotencyKey, Ledger,
    NewCharge, NewMerchant, NewPaymentIntent, Options, Timestamp,
};
use rusqlite::Connection;

pub(crate) const MERCHANT: &str = "acct_cairo";

/// 2024-01-01T00:00:00.000Z
pub(crate) const NEW_YEAR: i64 = 1_704_067_200_000;
pub(crate) const DAY: i64 = 86_400_000;

/// A clock that tests can set.
#[derive(Clone)]
pub(crate) struct Clock(Arc<AtomicI64>);

impl Clock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(NEW_YEAR)))
    }

    pub(crate) fn set(&self, millis: i64) {
        self.0.store(millis, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    pub(crate) fn options(&self) -> Options {
        let mut options = Options::default();
        let clock = self.clone();
        options.clock = Box::new(move || clock.now());
        options
    }
}

/// A ledger in memory with one merchant.
pub(crate) fn open() -> (Ledger, Clock) {
    let clock = Clock::new();
    let mut ledger = Ledger::in_memory(clock.options()).unwrap();
    add_merchant(&mut ledger, MERCHANT);
    (ledger, clock)
}

/// The number of what went wrong, or 0.
pub(crate) fn number<T>(outcome: &refundry::Result<T>) -> u16 {
    outcome.as_ref().err().map_or(0, Error::number)
}

pub(crate) fn add_merchant(ledger: &mut Ledger, id: &str) {
    let mut new = NewMerchant::named("Cairo Books");
    new.id = Some(id.to_owned());
    ledger.create_merchant(&new).unwrap();
}

pub(crate) fn amount(minor: i64) -> Amount {
    Amount::from_minor(minor).unwrap()
}

pub(crate) fn egp() -> Currency {
    Currency::from_code("EGP").unwrap()
}

pub(crate) fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::new(text).unwrap()
}

pub(crate) fn intent(book: &mut Book<'_>, id: &str) {
    let mut new = NewPaymentIntent::of(amount(22_604), egp());
    new.id = Some(id.to_owned());
    book.create_payment_intent(&new).unwrap();
}

/// A charge of 22604 with a fee of 912 that matures on the third of January.
pub(crate) fn charge(
    book: &mut Book<'_>,
    id: &str,
    intent: Option<&str>,
    status: ChargeStatus,
) -> Charge {
    let due = Timestamp::from_millis(NEW_YEAR + 2 * DAY);
    let mut new = NewCharge::succeeded(amount(22_604), Fee::from_minor(912).unwrap(), egp(), due);
    new.id = Some(id.to_owned());
    new.payment_intent_id = intent.map(str::to_owned);
    new.status = status;
    book.create_charge(&new, None).unwrap().value
}

pub(crate) fn balance(book: &Book<'_>, account: Account) -> i64 {
    let balances = book.balances().unwrap();
    balances.first().map_or(0, |line| line.balances.of(account).minor())
}

/// Makes the file so large, by another program's table, that a verification reads it in two threads.
pub(crate) fn enlarge(path: &Path) {
    let conn = Connection::open(path).unwrap();
    let others = "PRAGMA synchronous = OFF; CREATE TABLE others AS SELECT zeroblob(3000000)";
    conn.execute_batch(others).unwrap();
}
