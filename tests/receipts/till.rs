//! A till whose receipts are tried.

use std::path::Path;

use refundry::{
    Amount, ChargeStatus, Currency, Fee, Ledger, NewCharge, NewMerchant, Options, RefundRequest,
    Timestamp, receipt::SigningKey, seeded_random,
};

pub(super) const CAIRO: &str = "acct_cairo";

/// The shop's key.
pub(super) fn key() -> SigningKey {
    SigningKey::from_seed("cairo-books.example", &[7; 32]).unwrap()
}

/// Another one's.
pub(super) fn other_key() -> SigningKey {
    SigningKey::from_seed("luxor.example", &[8; 32]).unwrap()
}

pub(super) struct Till {
    pub(super) ledger: Ledger,
}

impl Till {
    /// In memory. Its clock moves on by a second with each look.
    pub(super) fn new() -> Self {
        Self::of(Ledger::in_memory(Self::options()).unwrap())
    }

    pub(super) fn at(path: &Path) -> Self {
        Self::of(Ledger::open(path, Self::options()).unwrap())
    }

    fn options() -> Options {
        let mut options = Options::default();
        let mut now = 1_704_067_200_000;
        options.clock = Box::new(move || {
            now += 1_000;
            Timestamp::from_millis(now)
        });
        options.random = seeded_random(7);
        options
    }

    fn of(mut ledger: Ledger) -> Self {
        let mut merchant = NewMerchant::named("Cairo Books");
        merchant.id = Some(CAIRO.to_owned());
        ledger.create_merchant(&merchant).unwrap();
        Self { ledger }
    }

    fn charge() -> NewCharge {
        let (amount, fee) = (Amount::from_minor(22_604).unwrap(), Fee::from_minor(912).unwrap());
        let due = Timestamp::from_millis(1_704_240_000_000);
        NewCharge::succeeded(amount, fee, Currency::from_code("EGP").unwrap(), due)
    }

    /// A charge of 22604 and a refund of 10900, two entries. Returns the ids.
    pub(super) fn sale(&mut self) -> [String; 2] {
        self.refund(|_| ())
    }

    pub(super) fn sale_with(&mut self, reference: &str, description: Option<&str>) -> [String; 2] {
        self.refund(|request| {
            request.external_reference = Some(reference.to_owned());
            request.description = description.map(str::to_owned);
        })
    }

    fn refund(&mut self, more: impl FnOnce(&mut RefundRequest)) -> [String; 2] {
        let mut book = self.ledger.book(CAIRO).unwrap();
        let charge = book.create_charge(&Self::charge(), None).unwrap().value.id;
        let mut request = RefundRequest::of_charge(&charge);
        request.amount = Some(Amount::from_minor(10_900).unwrap());
        more(&mut request);
        [charge, book.create_refund(&request, None).unwrap().value.id]
    }

    /// A charge that posts no entry.
    pub(super) fn pending(&mut self) -> String {
        let new = NewCharge { status: ChargeStatus::Pending, ..Self::charge() };
        self.ledger.book(CAIRO).unwrap().create_charge(&new, None).unwrap().value.id
    }
}
