//! Every refusal of a refund, and the order in which they are checked.

use std::collections::BTreeMap;

use refundry::{
    Account, Balance, ChargeStatus, Currency, Error, Ledger, NegativeBalanceLimit, NewTransfer,
    RefundRequest, Refusal, SignedAmount,
};

use crate::shop::{self, MERCHANT, amount, key};

/// What the library says to the body of a request: the code and the field.
fn read(body: &str) -> (&'static str, Option<String>) {
    match RefundRequest::from_json(body.as_bytes()) {
        Ok(_) => ("ok", None),
        Err(error) => (error.code(), error.param().map(str::to_owned)),
    }
}

#[test]
fn malformed_bodies_are_refused_by_row() {
    let long = "é".repeat(501);
    let many: String = (0..51).map(|n| format!("\"k{n}\":\"\",")).collect();
    let long_key = format!("{{\"chargeId\":\"c\",\"metadata\":{{\"{}\":\"\"}}}}", "k".repeat(41));
    let long_value = format!("{{\"chargeId\":\"c\",\"metadata\":{{\"k\":\"{long}\"}}}}");
    let cases: &[(&str, &str, &str)] = &[
        // Row 4.
        ("", "invalid_request", ""),
        ("[]", "invalid_request", ""),
        (r#"{"chargeId":"c","chargeId":"c"}"#, "invalid_request", ""),
        (r#"{"metadata":{"a":"1","a":"2"}}"#, "invalid_request", ""),
        (r#"{"description":"\ud800"}"#, "invalid_request", ""),
        // Row 5: the first in the text.
        (r#"{"charge":"c","currency":"EGP"}"#, "parameter_unknown", "charge"),
        (r#"{"currency":"EGP","charge":"c"}"#, "parameter_unknown", "currency"),
        // Row 6: the first in the table.
        (r#"{"chargeId":1}"#, "parameter_invalid", "chargeId"),
        (r#"{"paymentIntentId":["p"]}"#, "parameter_invalid", "paymentIntentId"),
        (r#"{"chargeId":"c","amount":null}"#, "parameter_invalid", "amount"),
        (r#"{"chargeId":"c","amount":"01"}"#, "parameter_invalid", "amount"),
        (r#"{"chargeId":"c","amount":"-1"}"#, "parameter_invalid", "amount"),
        (r#"{"chargeId":"c","amount":" 1"}"#, "parameter_invalid", "amount"),
        (r#"{"chargeId":"c","amount":""}"#, "parameter_invalid", "amount"),
        (r#"{"chargeId":"c","amount":"1.0"}"#, "parameter_invalid", "amount"),
        (r#"{"chargeId":"c","amount":1.0}"#, "parameter_invalid", "amount"),
        (r#"{"chargeId":"c","amount":1e2}"#, "parameter_invalid", "amount"),
        (r#"{"chargeId":"c","amount":1E400}"#, "parameter_invalid", "amount"),
        (r#"{"chargeId":"c","amount":true}"#, "parameter_invalid", "amount"),
        (r#"{"chargeId":"c","reason":"bored"}"#, "parameter_invalid", "reason"),
        (r#"{"chargeId":"c","reason":1}"#, "parameter_invalid", "reason"),
        (&format!("{{\"description\":\"{long}\"}}"), "parameter_invalid", "description"),
        (r#"{"chargeId":"c","description":"\u0000"}"#, "parameter_invalid", "description"),
        (r#"{"chargeId":"c","metadata":[]}"#, "parameter_invalid", "metadata"),
        (r#"{"chargeId":"c","metadata":{"a":1}}"#, "parameter_invalid", "metadata"),
        (r#"{"chargeId":"c","metadata":{"a":null}}"#, "parameter_invalid", "metadata"),
        (r#"{"chargeId":"c","metadata":{"":"1"}}"#, "parameter_invalid", "metadata"),
        (&long_key, "parameter_invalid", "metadata"),
        (&long_value, "parameter_invalid", "metadata"),
        (&format!("{{\"metadata\":{{{many}\"z\":\"\"}}}}"), "parameter_invalid", "metadata"),
        (r#"{"chargeId":"c","externalReference":""}"#, "parameter_invalid", "externalReference"),
        (r#"{"chargeId":"c","externalReference":"a b"}"#, "parameter_invalid", "externalReference"),
        (r#"{"reason":"x","amount":"x","chargeId":1}"#, "parameter_invalid", "chargeId"),
        (r#"{"externalReference":"","reason":"x","amount":"x"}"#, "parameter_invalid", "amount"),
        // Row 7.
        (r#"{"chargeId":"c","paymentIntentId":"p"}"#, "parameters_exclusive", "paymentIntentId"),
        (r#"{}"#, "parameter_missing", "chargeId"),
        (r#"{"chargeId":null,"amount":"0"}"#, "parameter_missing", "chargeId"),
        // Row 8.
        (r#"{"chargeId":"c","amount":0}"#, "parameter_out_of_range", "amount"),
        (r#"{"chargeId":"c","amount":-0}"#, "parameter_out_of_range", "amount"),
        (r#"{"chargeId":"c","amount":-5}"#, "parameter_out_of_range", "amount"),
        (r#"{"chargeId":"c","amount":"0"}"#, "parameter_out_of_range", "amount"),
        (r#"{"chargeId":"c","amount":"9007199254740992"}"#, "parameter_out_of_range", "amount"),
        (
            r#"{"chargeId":"c","amount":12345678901234567890123456}"#,
            "parameter_out_of_range",
            "amount",
        ),
        // What is right.
        (r#"{"chargeId":"c","amount":9007199254740991,"paymentIntentId":null}"#, "ok", ""),
        (r#"{"chargeId":"","reason":null,"description":null,"metadata":null}"#, "ok", ""),
        (&format!("{{\"chargeId\":\"c\",\"description\":\"{}\"}}", "é".repeat(500)), "ok", ""),
    ];
    for (body, code, param) in cases {
        let param = (!param.is_empty()).then(|| (*param).to_owned());
        assert_eq!(read(body), (*code, param), "{body}");
    }
}

#[test]
fn an_earlier_row_speaks_before_a_later_one() {
    // Each body has the fault of its row and of all rows after it.
    let bodies = [
        (r#"{"x":1,"amount":"x","amount":0,"chargeId":"c","paymentIntentId":"p"}"#, 40),
        (r#"{"amount":0,"reason":"x","x":1,"chargeId":"c","paymentIntentId":"p"}"#, 50),
        (r#"{"amount":0,"reason":"x","chargeId":"c","paymentIntentId":"p"}"#, 60),
        (r#"{"amount":0,"chargeId":"c","paymentIntentId":"p"}"#, 70),
        (r#"{"amount":0}"#, 71),
        (r#"{"amount":0,"chargeId":"c"}"#, 80),
    ];
    for (body, number) in bodies {
        let error = RefundRequest::from_json(body.as_bytes()).unwrap_err();
        assert_eq!(error.number(), number, "{body}");
    }
}

/// A shop with every kind of target.
fn shop() -> Ledger {
    let (mut ledger, _) = shop::open();
    let mut book = ledger.book(MERCHANT).unwrap();
    for id in ["pi_none", "pi_failed", "pi_one", "pi_two"] {
        shop::intent(&mut book, id);
    }
    for (id, intent, status) in [
        ("ch_pending", None, ChargeStatus::Pending),
        ("ch_canceled", None, ChargeStatus::Canceled),
        ("ch_failed", Some("pi_failed"), ChargeStatus::Failed),
        ("ch_one", Some("pi_one"), ChargeStatus::Succeeded),
        ("ch_not_one", Some("pi_one"), ChargeStatus::Failed),
        ("ch_two_a", Some("pi_two"), ChargeStatus::Succeeded),
        ("ch_two_b", Some("pi_two"), ChargeStatus::Succeeded),
    ] {
        shop::charge(&mut book, id, intent, status);
    }
    ledger
}

/// Asks for a refund and returns the refusal, its field, and that nothing was recorded.
fn refusal(ledger: &mut Ledger, request: &RefundRequest) -> (Refusal, &'static str) {
    let mut book = ledger.book(MERCHANT).unwrap();
    let head = book.head().unwrap();
    let Err(Error::Refused { refusal, param, replayed: false }) = book.create_refund(request, None)
    else {
        panic!("{request:?} was not refused");
    };
    assert_eq!(book.head().unwrap(), head);
    (refusal, param)
}

#[test]
fn targets_in_the_wrong_state_are_refused() {
    let mut ledger = shop();
    for (id, status) in [
        ("ch_pending", ChargeStatus::Pending),
        ("ch_canceled", ChargeStatus::Canceled),
        ("ch_failed", ChargeStatus::Failed),
    ] {
        let refused = refusal(&mut ledger, &RefundRequest::of_charge(id));
        assert_eq!(refused, (Refusal::ChargeNotSucceeded { status }, "chargeId"));
    }
    for id in ["pi_none", "pi_failed"] {
        let refused = refusal(&mut ledger, &RefundRequest::of_payment_intent(id));
        assert_eq!(refused, (Refusal::IntentWithoutSucceededCharge, "paymentIntentId"));
    }
    let refused = refusal(&mut ledger, &RefundRequest::of_payment_intent("pi_two"));
    let several = Refusal::IntentWithSeveralSucceededCharges { charges: 2 };
    assert_eq!(refused, (several, "paymentIntentId"));
    for request in [RefundRequest::of_charge("ch_no"), RefundRequest::of_payment_intent("pi_no")] {
        let mut book = ledger.book(MERCHANT).unwrap();
        let error = book.create_refund(&request, None).unwrap_err();
        assert_eq!(
            (error.code(), error.param()),
            match request.target {
                refundry::Target::Charge(_) => ("resource_missing", Some("chargeId")),
                refundry::Target::PaymentIntent(_) => ("resource_missing", Some("paymentIntentId")),
            }
        );
    }
}

#[test]
fn a_fully_refunded_charge_is_found_and_refused() {
    let mut ledger = shop();
    let mut book = ledger.book(MERCHANT).unwrap();
    let mut part = RefundRequest::of_payment_intent("pi_one");
    part.amount = Some(amount(22_000));
    book.create_refund(&part, None).unwrap();
    let (refused, param) = refusal(&mut ledger, &part);
    assert_eq!(refused, Refusal::AmountExceedsRefundable { refundable: amount(604) });
    assert_eq!(param, "amount");

    let mut book = ledger.book(MERCHANT).unwrap();
    let rest = RefundRequest::of_payment_intent("pi_one");
    assert_eq!(book.create_refund(&rest, None).unwrap().amount, amount(604));
    let refused = refusal(&mut ledger, &part);
    // Row 13 before row 14.
    assert_eq!(refused, (Refusal::ChargeAlreadyRefunded, "paymentIntentId"));
    let refused = refusal(&mut ledger, &RefundRequest::of_charge("ch_one"));
    assert_eq!(refused, (Refusal::ChargeAlreadyRefunded, "chargeId"));
}

#[test]
fn the_negative_balance_limit_is_kept_to_the_unit() {
    let mut ledger = shop();
    let mut book = ledger.book(MERCHANT).unwrap();
    book.set_negative_balance_limit(&NegativeBalanceLimit::Each(99)).unwrap();
    let mut request = RefundRequest::of_charge("ch_one");
    request.amount = Some(amount(100));
    let (refused, param) = refusal(&mut ledger, &request);
    assert!(
        matches!(refused, Refusal::BalanceInsufficient { spendable } if spendable.minor() == 99)
    );
    assert_eq!(param, "amount");

    let mut book = ledger.book(MERCHANT).unwrap();
    request.amount = Some(amount(99));
    book.create_refund(&request, None).unwrap();
    assert_eq!(shop::balance(&book, Account::Available), -99);
    // Pending does not count, but other available funds do.
    assert!(shop::balance(&book, Account::Pending) > 0);
    book.create_transfer(&NewTransfer::top_up(amount(1), shop::egp()), None).unwrap();
    request.amount = Some(amount(1));
    book.create_refund(&request, None).unwrap();
    // Row 14 before row 15.
    request.amount = Some(amount(22_505));
    let (refused, _) = refusal(&mut ledger, &request);
    assert_eq!(refused, Refusal::AmountExceedsRefundable { refundable: amount(22_504) });

    let mut book = ledger.book(MERCHANT).unwrap();
    let kwd = Currency::from_code("KWD").unwrap();
    let limits = BTreeMap::from([(shop::egp(), 100), (kwd, 0)]);
    book.set_negative_balance_limit(&NegativeBalanceLimit::PerCurrency(limits.clone())).unwrap();
    let kept = book.merchant().unwrap().negative_balance_limit;
    assert_eq!(kept, NegativeBalanceLimit::PerCurrency(limits));
    request.amount = Some(amount(1));
    book.create_refund(&request, None).unwrap();
    let (refused, _) = refusal(&mut ledger, &request);
    assert_eq!(refused, Refusal::BalanceInsufficient { spendable: Balance::ZERO });
}

#[test]
fn no_balance_leaves_the_range_of_64_bits() {
    let mut ledger = shop();
    let mut book = ledger.book(MERCHANT).unwrap();
    // 1024 adjustments of almost 2^53 take the available balance close to −2^63.
    let against = SignedAmount::from_minor(-(1 << 53) + 1).unwrap();
    for _ in 0..1024 {
        book.create_transfer(&NewTransfer::adjustment(against, shop::egp()), None).unwrap();
    }
    let mut request = RefundRequest::of_charge("ch_one");
    request.amount = Some(amount(1_025));
    let (refused, param) = refusal(&mut ledger, &request);
    assert_eq!((refused, param), (Refusal::BalanceOutOfRange, "amount"));
    // Row 15 before row 16.
    let mut book = ledger.book(MERCHANT).unwrap();
    book.set_negative_balance_limit(&NegativeBalanceLimit::Each(0)).unwrap();
    let spendable = shop::balance(&book, Account::Available);
    let (refused, _) = refusal(&mut ledger, &request);
    assert!(
        matches!(refused, Refusal::BalanceInsufficient { spendable: s } if s.minor() == spendable)
    );
    let mut book = ledger.book(MERCHANT).unwrap();
    book.set_negative_balance_limit(&NegativeBalanceLimit::Unlimited).unwrap();
    request.amount = Some(amount(1_024));
    book.create_refund(&request, None).unwrap();
    assert_eq!(shop::balance(&book, Account::Available), i64::MIN);
    ledger.verify(&[], |_| std::ops::ControlFlow::Continue(())).unwrap();
}

#[test]
fn forms_speak_before_the_key_and_the_key_before_the_target() {
    let mut ledger = shop();
    let mut book = ledger.book(MERCHANT).unwrap();
    let used = key("used");
    book.create_refund(&RefundRequest::of_charge("ch_one"), Some(&used)).unwrap();
    let mut request = RefundRequest::of_charge("ch_nowhere");
    let error = book.create_refund(&request, Some(&used)).unwrap_err();
    assert_eq!((error.code(), error.param()), ("idempotency_key_reused", Some("Idempotency-Key")));
    for spoil in [
        |r: &mut RefundRequest| r.description = Some("x".repeat(501)),
        |r: &mut RefundRequest| drop(r.metadata.insert("k".repeat(41), String::new())),
        |r: &mut RefundRequest| r.external_reference = Some("é".to_owned()),
    ] {
        let good = request.clone();
        spoil(&mut request);
        let error = book.create_refund(&request, Some(&used)).unwrap_err();
        assert_eq!(error.code(), "parameter_invalid");
        request = good;
    }
    assert!(refundry::IdempotencyKey::new(&"k".repeat(255)).is_ok());
    for malformed in ["", " ", "a b", "é", &"k".repeat(256)] {
        assert_eq!(
            refundry::IdempotencyKey::new(malformed).unwrap_err().param(),
            Some("Idempotency-Key")
        );
    }
}
