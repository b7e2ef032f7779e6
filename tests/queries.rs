//! What can be asked of a ledger, and who gets an answer.

mod currencies;
mod events;
mod filters;
mod idempotency;
mod isolation;
mod journal;
mod keys;
mod lists;
mod statement;
mod totals;
mod views;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use refundry::{
    Amount, Charge, Currency, Fee, Ledger, Merchant, NewCharge, NewMerchant, NewPaymentIntent,
    NewTransfer, Options, PaymentIntent, Refund, RefundRequest, Timestamp, Transfer,
};

const SECOND: i64 = 1_000;
const DAY: i64 = 24 * 60 * 60 * SECOND;
/// 2024-01-01T00:00:00.000Z
const START: i64 = 1_704_067_200_000;

/// A clock that stands until it is moved.
#[derive(Clone)]
struct Clock(Arc<AtomicI64>);

impl Clock {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(START)))
    }

    fn advance(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::Relaxed);
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn options(&self) -> Options {
        let clock = self.clone();
        let mut options = Options::default();
        options.clock = Box::new(move || clock.now());
        options
    }
}

/// A ledger in memory with one merchant, and its clock.
fn ledger() -> (Ledger, Clock) {
    let clock = Clock::new();
    let mut ledger = Ledger::in_memory(clock.options()).unwrap();
    merchant(&mut ledger, "acct_cairo");
    (ledger, clock)
}

fn merchant(ledger: &mut Ledger, id: &str) -> Merchant {
    let mut new = NewMerchant::named(id);
    new.id = Some(id.to_owned());
    ledger.create_merchant(&new).unwrap()
}

fn amount(minor: i64) -> Amount {
    Amount::from_minor(minor).unwrap()
}

fn egp() -> Currency {
    Currency::from_code("EGP").unwrap()
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn intent(ledger: &mut Ledger, merchant: &str, id: &str) -> PaymentIntent {
    let mut new = NewPaymentIntent::of(amount(10_000), egp());
    new.id = Some(id.to_owned());
    let mut book = ledger.book(merchant).unwrap();
    book.create_payment_intent(&new).unwrap()
}

/// A charge of 10000 with a fee of 300, due a day after the start.
fn charge(ledger: &mut Ledger, merchant: &str, id: &str, intent: Option<&str>) -> Charge {
    let fee = Fee::from_minor(300).unwrap();
    let mut new = NewCharge::succeeded(amount(10_000), fee, egp(), at(START + DAY));
    new.id = Some(id.to_owned());
    new.payment_intent_id = intent.map(str::to_owned);
    ledger.book(merchant).unwrap().create_charge(&new, None).unwrap().value
}

fn refund(ledger: &mut Ledger, merchant: &str, charge: &str, minor: i64) -> Refund {
    let mut request = RefundRequest::of_charge(charge);
    request.amount = Some(amount(minor));
    ledger.book(merchant).unwrap().create_refund(&request, None).unwrap().value
}

fn top_up(ledger: &mut Ledger, merchant: &str, id: &str, minor: i64) -> Transfer {
    let mut new = NewTransfer::top_up(amount(minor), egp());
    new.id = Some(id.to_owned());
    ledger.book(merchant).unwrap().create_transfer(&new, None).unwrap().value
}
