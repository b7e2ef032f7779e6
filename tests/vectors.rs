//! The contract's numbers, the form of a refund, and the chain, against constants that must never
//! change.

// A test may panic, and adds up.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)]

pub(crate) mod chain;

use refundry::{
    Account, Amount, Charge, Currency, Error, Fee, Ledger, NewCharge, NewMerchant, NewTransfer,
    Options, PayoutOutcome, Reason, RefundRequest, RefundStatus, Refusal, Timestamp,
};

fn amount(minor: i64) -> Amount {
    Amount::from_minor(minor).unwrap()
}

fn egp() -> Currency {
    Currency::from_code("EGP").unwrap()
}

fn moment(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// A book with the contract's charge: A = 22604, F = 912.
struct Vector {
    ledger: Ledger,
    charge: Charge,
}

impl Vector {
    fn new() -> Self {
        let mut options = Options::default();
        options.clock = Box::new(|| moment("2024-01-02T00:00:00.000Z"));
        let mut next = 0_u8;
        options.random = Box::new(move |bytes| {
            for byte in bytes {
                (*byte, next) = (next, next.wrapping_add(1));
            }
            Ok(())
        });
        let mut ledger = Ledger::in_memory(options).unwrap();
        let mut merchant = NewMerchant::named("Cairo Books");
        merchant.id = Some("acct_cairo".to_owned());
        ledger.create_merchant(&merchant).unwrap();
        let due = moment("2024-01-03T00:00:00.000Z");
        let fee = Fee::from_minor(912).unwrap();
        let mut new = NewCharge::succeeded(amount(22_604), fee, egp(), due);
        new.id = Some("ch_1".to_owned());
        let mut book = ledger.book("acct_cairo").unwrap();
        let charge = book.create_charge(&new, None).unwrap().value;
        Self { ledger, charge }
    }

    fn refund(&mut self, minor: Option<i64>) -> Result<String, Refusal> {
        let mut request = RefundRequest::of_charge(&self.charge.id);
        request.amount = minor.map(amount);
        let mut book = self.ledger.book("acct_cairo").unwrap();
        match book.create_refund(&request, None) {
            Ok(refund) => Ok(refund.value.id),
            Err(Error::Refused { refusal, .. }) => Err(refusal),
            Err(error) => panic!("{error}"),
        }
    }

    fn mature(&mut self) {
        assert_eq!(self.ledger.release_due(self.charge.available_on).unwrap(), 1);
    }

    fn transfer(&mut self, new: &NewTransfer) -> String {
        let mut book = self.ledger.book("acct_cairo").unwrap();
        book.create_transfer(new, None).unwrap().value.id
    }

    fn refunded(&mut self) -> i64 {
        let book = self.ledger.book("acct_cairo").unwrap();
        book.charge("ch_1").unwrap().amount_refunded.minor()
    }

    /// Compares the balances in the order of the accounts' numbers, and checks the book.
    fn expect(&mut self, expected: [i64; 7]) {
        let sums = self.ledger.book("acct_cairo").unwrap().balances().unwrap();
        let balances = Account::ALL.map(|account| sums[0].balances.of(account).minor());
        assert_eq!(balances, expected);
        self.ledger.verify(&[], |_| std::ops::ControlFlow::Continue(())).unwrap();
    }
}

#[test]
fn a_full_refund_before_maturity_leaves_the_fee_once_matured() {
    let mut vector = Vector::new();
    vector.expect([21_692, 0, 0, 22_604, 0, 912, 0]);
    vector.refund(None).unwrap();
    vector.expect([21_692, -22_604, 0, 0, 0, 912, 0]);
    vector.mature();
    vector.expect([0, -912, 0, 0, 0, 912, 0]);
}

#[test]
fn a_full_refund_after_maturity_comes_to_the_same() {
    let mut vector = Vector::new();
    vector.mature();
    vector.expect([0, 21_692, 0, 22_604, 0, 912, 0]);
    vector.refund(None).unwrap();
    vector.expect([0, -912, 0, 0, 0, 912, 0]);
}

#[test]
fn a_refund_after_payout_is_taken_from_what_is_not_there() {
    let mut vector = Vector::new();
    vector.mature();
    let payout = vector.transfer(&NewTransfer::payout(amount(21_692), egp()));
    vector.expect([0, 0, 21_692, 22_604, 0, 912, 0]);
    vector.refund(Some(604)).unwrap();
    vector.expect([0, -604, 21_692, 22_000, 0, 912, 0]);
    let mut book = vector.ledger.book("acct_cairo").unwrap();
    book.conclude_payout(&payout, PayoutOutcome::Paid, None).unwrap();
    vector.refund(None).unwrap();
    vector.expect([0, -22_604, 0, 0, -21_692, 912, 0]);
    vector.transfer(&NewTransfer::top_up(amount(22_604), egp()));
    vector.expect([0, 0, 0, 0, 912, 912, 0]);
}

#[test]
fn a_refund_after_settlement_is_owed_to_the_acquirer() {
    let mut vector = Vector::new();
    vector.mature();
    vector.transfer(&NewTransfer::settlement(amount(22_604).into(), egp()));
    vector.expect([0, 21_692, 0, 0, 22_604, 912, 0]);
    vector.refund(None).unwrap();
    vector.expect([0, -912, 0, -22_604, 22_604, 912, 0]);
    let back = refundry::SignedAmount::from_minor(-22_604).unwrap();
    vector.transfer(&NewTransfer::settlement(back, egp()));
    vector.expect([0, -912, 0, 0, 0, 912, 0]);
}

#[test]
fn after_a_refund_failed_its_amount_can_be_refunded_anew() {
    let mut vector = Vector::new();
    let first = vector.refund(Some(20_000)).unwrap();
    let refundable = amount(2_604);
    assert_eq!(vector.refund(Some(2_605)), Err(Refusal::AmountExceedsRefundable { refundable }));
    let mut book = vector.ledger.book("acct_cairo").unwrap();
    let failed = book.fail_refund(&first, None).unwrap();
    assert_eq!(failed.status, RefundStatus::Failed);
    assert_eq!(vector.refunded(), 0);
    vector.expect([21_692, 0, 0, 22_604, 0, 912, 0]);
    let second = vector.refund(None).unwrap();
    assert_eq!(vector.refunded(), 22_604);
    assert_eq!(vector.refund(None), Err(Refusal::ChargeAlreadyRefunded));
    vector.mature();
    vector.expect([0, -912, 0, 0, 0, 912, 0]);
    // The entry of a failure gives back what the refund's entry moved, and that one the charge's.
    let book = vector.ledger.book("acct_cairo").unwrap();
    let entries = book.journal_entries_after(None, 10).unwrap();
    let reverses: Vec<_> = entries.iter().map(|entry| entry.reverses.as_deref()).collect();
    assert_eq!(reverses, [None, Some("je_1"), Some("je_2"), Some("je_1"), None]);
    assert_eq!(book.refund(&first).unwrap().status, RefundStatus::Failed);
    assert_eq!(book.refund(&second).unwrap().status, RefundStatus::Succeeded);
}

#[test]
fn a_refund_has_the_eight_fields_and_then_the_four_others() {
    let mut vector = Vector::new();
    let mut book = vector.ledger.book("acct_cairo").unwrap();
    let mut request = RefundRequest::of_charge("ch_1");
    request.amount = Some(amount(10_900));
    request.reason = Some(Reason::RequestedByCustomer);
    let refund = book.create_refund(&request, None).unwrap();
    let text = serde_json::to_string(&refund.value).unwrap();
    assert_eq!(
        text,
        concat!(
            r#"{"id":"re_01hk3qgm00e00r40r40m30e209","chargeId":"ch_1","amount":"10900","#,
            r#""currency":"EGP","status":"succeeded","reason":"requested_by_customer","#,
            r#""balanceTransactionId":"bt_2","createdAt":"2024-01-02T00:00:00.000Z","#,
            r#""paymentIntentId":null,"description":null,"metadata":{},"externalReference":null}"#,
        )
    );
    request.reason = None;
    request.amount = None;
    request.description = Some("broken".to_owned());
    request.external_reference = Some("ARN-1".to_owned());
    // In the order of their bytes, not of any alphabet.
    for key in ["é", "b", "B", "a"] {
        request.metadata.insert(key.to_owned(), "1".to_owned());
    }
    let refund = book.create_refund(&request, None).unwrap();
    let text = serde_json::to_string(&refund.value).unwrap();
    let others = concat!(
        r#""paymentIntentId":null,"description":"broken","#,
        r#""metadata":{"B":"1","a":"1","b":"1","é":"1"},"externalReference":"ARN-1"}"#,
    );
    assert!(text.contains(r#""status":"succeeded","reason":null,"balanceTransactionId":"bt_3""#));
    assert!(text.ends_with(others), "{text}");
}
