//! Bytes as the JSON of every request that the library reads. What it accepts keeps the contract's
//! limits, and is answered by the rules; what it refuses is blamed on the request.
#![allow(clippy::unwrap_used)]

use std::cell::RefCell;

use refundry::{
    Amount, Conclusion, Currency, Error, Fee, Ledger, NegativeBalanceLimit, NewCharge, NewMerchant,
    NewPaymentIntent, NewTransfer, Options, RefundRequest, Result, Timestamp, seeded_random,
};

thread_local! {
    /// A ledger in which a charge can be refunded; every input is rolled back.
    static LEDGER: RefCell<Ledger> = RefCell::new(ledger());
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_704_067_200_000)
}

fn ledger() -> Ledger {
    let mut options = Options::default();
    options.clock = Box::new(now);
    options.random = seeded_random(7);
    let mut ledger = Ledger::in_memory(options).unwrap();
    let mut merchant = NewMerchant::named("Cairo Books");
    merchant.id = Some("acct_1".to_owned());
    ledger.create_merchant(&merchant).unwrap();
    let mut book = ledger.book("acct_1").unwrap();
    let amount = Amount::from_minor(22_604).unwrap();
    let egp = Currency::from_code("EGP").unwrap();
    let mut intent = NewPaymentIntent::of(amount, egp);
    intent.id = Some("pi_1".to_owned());
    book.create_payment_intent(&intent).unwrap();
    let mut charge = NewCharge::succeeded(amount, Fee::from_minor(912).unwrap(), egp, now());
    charge.id = Some("ch_1".to_owned());
    charge.payment_intent_id = Some("pi_1".to_owned());
    book.create_charge(&charge, None).unwrap();
    ledger
}

/// Reads the bytes as each kind of request, and makes those that are one.
pub(crate) fn run(input: &[u8]) {
    LEDGER.with_borrow_mut(|ledger| {
        ledger.begin_batch().unwrap();
        if let Some(request) = read(RefundRequest::from_json(input)) {
            check(&request);
            answered(ledger.book("acct_1").unwrap().create_refund(&request, None));
        }
        if let Some(new) = read(NewCharge::from_json(input)) {
            answered(ledger.book("acct_1").unwrap().create_charge(&new, None));
        }
        if let Some(new) = read(NewTransfer::from_json(input)) {
            answered(ledger.book("acct_1").unwrap().create_transfer(&new, None));
        }
        if let Some(new) = read(NewPaymentIntent::from_json(input)) {
            answered(ledger.book("acct_1").unwrap().create_payment_intent(&new));
        }
        if let Some(conclusion) = read(Conclusion::from_json(input)) {
            answered(ledger.book("acct_1").unwrap().conclude_charge("ch_1", conclusion, None));
        }
        if let Some(limit) = read(NegativeBalanceLimit::from_json_object(input)) {
            answered(ledger.book("acct_1").unwrap().set_negative_balance_limit(&limit));
        }
        if let Some(new) = read(NewMerchant::from_json(input)) {
            answered(ledger.create_merchant(&new));
        }
        ledger.roll_back_batch();
    });
}

/// What was read; a refusal has to be one of the request's form.
fn read<T>(read: Result<T>) -> Option<T> {
    match read {
        Ok(request) => Some(request),
        Err(error) => {
            let known = matches!(
                error,
                Error::InvalidRequest { .. }
                    | Error::ParameterUnknown { .. }
                    | Error::ParameterInvalid { .. }
                    | Error::ParametersExclusive
                    | Error::ParameterMissing { .. }
                    | Error::ParameterOutOfRange { .. }
            );
            assert!(known, "{error:?}");
            None
        }
    }
}

/// The limits of the contract.
fn check(request: &RefundRequest) {
    let short = |text: &str, most: usize| text.chars().count() <= most && !text.contains('\0');
    assert!(
        request.amount.is_none_or(|amount| (1..=Amount::MAX.minor()).contains(&amount.minor()))
    );
    assert!(request.description.as_deref().is_none_or(|text| short(text, 500)));
    assert!(request.metadata.len() <= 50);
    assert!(
        request
            .metadata
            .iter()
            .all(|(key, value)| { !key.is_empty() && short(key, 40) && short(value, 500) })
    );
    assert!(request.external_reference.as_deref().is_none_or(|text| {
        (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
    }));
}

/// The rules may refuse it, but nothing may fail.
fn answered<T>(answer: Result<T>) {
    if let Err(error) = answer {
        assert!(error.number() < 200, "{error:?}");
    }
}
