//! Ledgers to make books of: a real shop's days, and a made-up shop where everything happens.

use std::{
    ops::ControlFlow,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use fastrand::Rng;
use refundry::{
    Amount, Book, Currency, Fee, Ledger, NewCharge, NewDispute, NewMerchant, NewTransfer, Options,
    PayoutOutcome, RefundRequest, SignedAmount, Timestamp, seeded_random,
};

pub(crate) const MERCHANT: &str = "acct_2_nile-books";
/// An Arabic name with everything that a format could trip over.
pub(crate) const NAME: &str = "مكتبة  النيل; \"فرع\" \\ | 2\n=1+1";
const CURRENCIES: [&str; 3] = ["JPY", "EGP", "KWD"];
const HOUR: i64 = 3_600_000;

/// The retail data, with every charge matured.
pub(crate) fn retail() -> Ledger {
    let data = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/data");
    let read = |name: &str| std::fs::read_to_string(data.join(name)).unwrap();
    let mut ledger = Ledger::in_memory(Options::default()).unwrap();
    ledger.import(read("retail.jsonl").as_bytes(), |_| ControlFlow::Continue(())).unwrap();
    for line in read("retail-refunds.jsonl").lines() {
        let mut fields: serde_json::Map<_, _> = serde_json::from_str(line).unwrap();
        let merchant = fields.remove("merchantId").unwrap();
        fields.remove("idempotencyKey");
        let body = serde_json::to_vec(&fields).unwrap();
        let request = RefundRequest::from_json(&body).unwrap();
        // Some are meant to be refused.
        let _ = ledger.book(merchant.as_str().unwrap()).unwrap().create_refund(&request, None);
    }
    ledger.confirm_time(Timestamp::MAX);
    ledger.release_due(Timestamp::MAX).unwrap();
    ledger
}

/// A made-up shop: three currencies of 0, 2 and 3 decimals, every cause of an entry, from
/// December 2023 on for about four months.
pub(crate) struct Shop {
    pub(crate) ledger: Ledger,
    clock: Arc<AtomicI64>,
    random: Rng,
    charges: Vec<String>,
    refunds: Vec<String>,
    payouts: Vec<(String, usize)>,
    number: u32,
}

impl Shop {
    pub(crate) fn with_days(days: u32, seed: u64) -> Self {
        let begin = Timestamp::parse("2023-12-03T22:30:00.000Z").unwrap().millis();
        let clock = Arc::new(AtomicI64::new(begin));
        let read = Arc::clone(&clock);
        let mut options = Options::default();
        options.clock = Box::new(move || Timestamp::from_millis(read.load(Ordering::Relaxed)));
        options.random = seeded_random(seed);
        let mut ledger = Ledger::in_memory(options).unwrap();
        let mut merchant = NewMerchant::named(NAME);
        merchant.id = Some(MERCHANT.into());
        ledger.create_merchant(&merchant).unwrap();
        let random = Rng::with_seed(seed);
        let (charges, refunds, payouts) = (Vec::new(), Vec::new(), Vec::new());
        let mut shop = Self { ledger, clock, random, charges, refunds, payouts, number: 0 };
        for _ in 0..days * 8 {
            shop.clock.fetch_add(shop.random.i64(1..6 * HOUR), Ordering::Relaxed);
            shop.act();
        }
        shop
    }

    pub(crate) fn book(&mut self) -> Book<'_> {
        self.ledger.book(MERCHANT).unwrap()
    }

    /// A charge of so much, and its id.
    pub(crate) fn charge_of(&mut self, amount: i64, currency: &str) -> String {
        let (amount, due) =
            (Amount::from_minor(amount).unwrap(), Timestamp::from_millis(self.now()));
        let currency = Currency::from_code(currency).unwrap();
        let new = NewCharge::succeeded(amount, Fee::ZERO, currency, due);
        self.book().create_charge(&new, None).unwrap().id.clone()
    }

    /// A refund of so much under a reference.
    pub(crate) fn refund_of(&mut self, charge: &str, amount: i64, reference: &str) {
        let mut request = RefundRequest::of_charge(charge);
        request.amount = Some(Amount::from_minor(amount).unwrap());
        request.external_reference = Some(reference.into());
        self.book().create_refund(&request, None).unwrap();
    }

    fn now(&self) -> i64 {
        self.clock.load(Ordering::Relaxed)
    }

    fn next(&mut self) -> u32 {
        self.number += 1;
        self.number
    }

    fn act(&mut self) {
        match self.random.u8(0..20) {
            0..8 => self.charge(),
            8..13 => self.refund(),
            13 if !self.refunds.is_empty() => {
                let at = self.random.usize(..self.refunds.len());
                let id = self.refunds.swap_remove(at);
                self.book().fail_refund(&id, None).unwrap();
            }
            14 | 15 => self.transfer(),
            16 | 17 => self.conclude(),
            18 => self.dispute(),
            _ => {
                // Late, so that maturities are recorded out of the order of their moments.
                let due = Timestamp::from_millis(self.now() - 12 * HOUR);
                self.book().release_due(due).unwrap();
            }
        }
    }

    fn currency(&mut self) -> Currency {
        Currency::from_code(CURRENCIES[self.random.usize(..3)]).unwrap()
    }

    fn charge(&mut self) {
        let currency = self.currency();
        // Many customers buy the same.
        let usual = [500, 1_000, 2_500][self.random.usize(..3)];
        let amount = if self.random.bool() { usual } else { self.random.i64(1..500_000) };
        let fee = if self.random.bool() { 0 } else { self.random.i64(0..=amount / 20) };
        let due = Timestamp::from_millis(self.now() + self.random.i64(0..72) * HOUR);
        let (amount, fee) = (Amount::from_minor(amount).unwrap(), Fee::from_minor(fee).unwrap());
        let mut new = NewCharge::succeeded(amount, fee, currency, due);
        new.id = Some(format!("ch_{}", self.next()));
        let id = self.book().create_charge(&new, None).unwrap().id.clone();
        self.charges.push(id);
    }

    fn refund(&mut self) {
        if self.charges.is_empty() {
            return;
        }
        let charge = self.charges[self.random.usize(..self.charges.len())].clone();
        let mut request = RefundRequest::of_charge(charge);
        let amount = if self.random.bool() { 250 } else { self.random.i64(1..50_000) };
        request.amount = Some(Amount::from_minor(amount).unwrap());
        let reference = format!("=RRN;{:05}", self.next());
        request.external_reference = self.random.bool().then_some(reference);
        request.description = self.random.bool().then(|| "=HYPERLINK(\"x\"),\"y\"\n".into());
        // Now and then a button is pressed twice.
        for _ in 0..if self.random.u8(..8) == 0 { 2 } else { 1 } {
            // The charge may be too small.
            if let Ok(refund) = self.book().create_refund(&request, None) {
                let id = refund.id.clone();
                self.refunds.push(id);
            }
        }
    }

    /// A dispute that stays open, or is won, with the fee or without, or lost.
    fn dispute(&mut self) {
        let Some(charge) = self.charges.pop() else { return };
        let amount = Amount::from_minor(self.random.i64(1..1_000)).unwrap();
        let mut new = NewDispute::of_charge(charge, amount);
        new.fee = Fee::from_minor(self.random.i64(0..2) * 700).unwrap();
        let reference = format!("=CASE;{:05}", self.next());
        new.network_reference = self.random.bool().then_some(reference);
        // The charge may be too small, or refunded already.
        let Ok(id) = self.book().open_dispute(&new, None).map(|dispute| dispute.id.clone()) else {
            return;
        };
        match self.random.u8(0..4) {
            0 => drop(self.book().win_dispute(&id, false, None).unwrap()),
            1 => drop(self.book().win_dispute(&id, true, None).unwrap()),
            2 => drop(self.book().lose_dispute(&id, None).unwrap()),
            _ => {}
        }
    }

    fn transfer(&mut self) {
        let currency = self.currency();
        let amount = Amount::from_minor(self.random.i64(1..200_000)).unwrap();
        let signed = SignedAmount::from_minor(self.random.i64(1..2_000)).unwrap();
        let against = SignedAmount::from_minor(-signed.minor()).unwrap();
        let new = match self.random.u8(0..6) {
            0 => NewTransfer::top_up(amount, currency),
            1 => NewTransfer::settlement(amount.into(), currency),
            2 => NewTransfer::settlement(against, currency),
            3 => NewTransfer::adjustment(signed, currency),
            4 => NewTransfer::adjustment(against, currency),
            _ => NewTransfer::payout(amount, currency),
        };
        // There may not be enough for a payout.
        if let Ok(transfer) = self.book().create_transfer(&new, None)
            && transfer.id.starts_with("po_")
        {
            let id = transfer.id.clone();
            self.payouts.push((id, self.random.usize(..3)));
        }
    }

    /// Lets a payout arrive, fail, or arrive and come back.
    fn conclude(&mut self) {
        let Some((id, fate)) = self.payouts.pop() else { return };
        let outcomes: &[PayoutOutcome] = match fate {
            0 => &[PayoutOutcome::Paid],
            1 => &[PayoutOutcome::Failed],
            _ => &[PayoutOutcome::Paid, PayoutOutcome::Returned],
        };
        for outcome in outcomes {
            self.book().conclude_payout(&id, *outcome, None).unwrap();
        }
    }
}

#[test]
fn everything_happens_in_the_made_up_shop() {
    let mut shop = Shop::with_days(120, 1);
    let entries = shop.book().journal_entries_after(None, u32::MAX).unwrap();
    let causes: std::collections::BTreeSet<_> = entries.iter().map(|entry| entry.cause).collect();
    assert_eq!(causes.len(), 14, "every cause");
    let disorder = entries.windows(2).any(|two| two[0].effective_at > two[1].effective_at);
    assert!(disorder && entries.len() > 500);
    assert_eq!(shop.book().balances().unwrap().len(), 3);
}
