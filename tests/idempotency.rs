//! The same key and request give the first outcome again, and do nothing more.

use refundry::{
    Account, ChargeStatus, Conclusion, Currency, Error, Fee, NewCharge, NewTransfer, Operation,
    PayoutOutcome, PayoutStatus, RefundRequest, RefundStatus, Refusal, SignedAmount, Timestamp,
};

use crate::shop::{self, MERCHANT, amount, key};

#[test]
fn a_replay_gives_the_first_outcome_even_if_the_refund_failed_since() {
    let (mut ledger, clock) = shop::open();
    let mut book = ledger.book(MERCHANT).unwrap();
    shop::intent(&mut book, "pi_1");
    shop::charge(&mut book, "ch_1", Some("pi_1"), ChargeStatus::Succeeded);
    let mut request = RefundRequest::of_charge("ch_1");
    request.external_reference = Some("till-4".to_owned());
    request.metadata.insert("b".to_owned(), "2".to_owned());
    request.metadata.insert("a".to_owned(), "1".to_owned());
    request.description = Some("قميص".to_owned());
    let first = book.create_refund(&request, Some(&key("k"))).unwrap();
    assert!(!first.replayed);
    clock.set(shop::NEW_YEAR + shop::DAY);
    book.fail_refund(&first.id, None).unwrap();
    let head = book.head().unwrap();
    let again = book.create_refund(&request, Some(&key("k"))).unwrap();
    assert!(again.replayed);
    assert_eq!(again.value, first.value);
    assert_eq!(book.refund(&first.id).unwrap().status, RefundStatus::Failed);
    assert_eq!(book.head().unwrap(), head);
}

#[test]
fn a_refusal_stays_that_refusal_with_its_facts() {
    let (mut ledger, _) = shop::open();
    let mut book = ledger.book(MERCHANT).unwrap();
    shop::charge(&mut book, "ch_1", None, ChargeStatus::Succeeded);
    let mut request = RefundRequest::of_charge("ch_1");
    request.amount = Some(amount(22_605));
    let refusal = Refusal::AmountExceedsRefundable { refundable: amount(22_604) };
    let first = book.create_refund(&request, Some(&key("k"))).unwrap_err();
    assert_eq!((first.refusal(), first.is_replayed()), (Some(refusal), false));
    // The state changes, the outcome does not.
    book.create_refund(&RefundRequest::of_charge("ch_1"), None).unwrap();
    let again = book.create_refund(&request, Some(&key("k"))).unwrap_err();
    assert_eq!((again.refusal(), again.is_replayed()), (Some(refusal), true));
    assert_eq!((again.to_string(), again.param()), (first.to_string(), Some("amount")));
    let record = book.find_by_key(Operation::Refund, &key("k")).unwrap().unwrap();
    assert_eq!(record.outcome, Err(refusal));
}

#[test]
fn a_missing_target_is_not_final() {
    let (mut ledger, _) = shop::open();
    let mut book = ledger.book(MERCHANT).unwrap();
    let request = RefundRequest::of_charge("ch_1");
    let error = book.create_refund(&request, Some(&key("k"))).unwrap_err();
    assert!(matches!(error, Error::ResourceMissing { param: "chargeId", .. }));
    assert_eq!(book.find_by_key(Operation::Refund, &key("k")).unwrap(), None);
    shop::charge(&mut book, "ch_1", None, ChargeStatus::Succeeded);
    let refund = book.create_refund(&request, Some(&key("k"))).unwrap();
    let record = book.find_by_key(Operation::Refund, &key("k")).unwrap().unwrap();
    assert_eq!(record.outcome, Ok(refund.id.clone()));
}

#[test]
fn any_difference_in_the_request_is_noticed() {
    let (mut ledger, _) = shop::open();
    let mut book = ledger.book(MERCHANT).unwrap();
    shop::intent(&mut book, "pi_1");
    shop::charge(&mut book, "ch_1", Some("pi_1"), ChargeStatus::Succeeded);
    let body = br#"{"chargeId":"ch_1","amount":"100","metadata":{"a":"1","b":"2"}}"#;
    let request = RefundRequest::from_json(body).unwrap();
    book.create_refund(&request, Some(&key("k"))).unwrap();
    // Field order, spelling of the number, absent and null, order of metadata: all the same.
    let same =
        br#" {"metadata" : {"b":"2","a":"1"}, "reason":null, "amount":100, "chargeId":"ch_1"}"#;
    let same = RefundRequest::from_json(same).unwrap();
    assert!(book.create_refund(&same, Some(&key("k"))).unwrap().replayed);
    for body in [
        r#"{"paymentIntentId":"pi_1","amount":"100","metadata":{"a":"1","b":"2"}}"#,
        r#"{"chargeId":"ch_1","metadata":{"a":"1","b":"2"}}"#,
        r#"{"chargeId":"ch_1","amount":"101","metadata":{"a":"1","b":"2"}}"#,
        r#"{"chargeId":"ch_1","amount":"100","metadata":{"a":"1","b":"2"},"reason":"duplicate"}"#,
        r#"{"chargeId":"ch_1","amount":"100","metadata":{"a":"1","b":"2"},"description":""}"#,
        r#"{"chargeId":"ch_1","amount":"100","metadata":{"a":"1"}}"#,
        r#"{"chargeId":"ch_1","amount":"100","metadata":{"a":"1","b":"2"},"externalReference":"r"}"#,
    ] {
        let other = RefundRequest::from_json(body.as_bytes()).unwrap();
        let error = book.create_refund(&other, Some(&key("k"))).unwrap_err();
        assert!(matches!(error, Error::IdempotencyKeyReused), "{body}");
    }
}

#[test]
fn keys_belong_to_one_merchant_and_one_operation() {
    let (mut ledger, _) = shop::open();
    shop::add_merchant(&mut ledger, "acct_giza");
    for merchant in [MERCHANT, "acct_giza"] {
        let mut book = ledger.book(merchant).unwrap();
        shop::charge(&mut book, "ch_1", None, ChargeStatus::Succeeded);
        let top_up = NewTransfer::top_up(amount(5), shop::egp());
        assert!(!book.create_transfer(&top_up, Some(&key("k"))).unwrap().replayed);
        let gift = SignedAmount::from_minor(5).unwrap();
        let gift = NewTransfer::adjustment(gift, shop::egp());
        assert!(!book.create_transfer(&gift, Some(&key("k"))).unwrap().replayed);
        let request = RefundRequest::of_charge("ch_1");
        assert!(!book.create_refund(&request, Some(&key("k"))).unwrap().replayed);
    }
}

#[test]
fn every_operation_that_moves_money_has_keys() {
    let (mut ledger, _) = shop::open();
    let mut book = ledger.book(MERCHANT).unwrap();
    let due = Timestamp::from_millis(shop::NEW_YEAR);
    let mut new = NewCharge::succeeded(amount(100), Fee::ZERO, shop::egp(), due);
    new.status = ChargeStatus::Pending;
    let first = book.create_charge(&new, Some(&key("k"))).unwrap();
    let taken =
        Conclusion::Succeeded { amount_captured: amount(90), fee: Fee::ZERO, available_on: due };
    let concluded = book.conclude_charge(&first.id, taken, Some(&key("k"))).unwrap();
    assert_eq!(concluded.status, ChargeStatus::Succeeded);
    book.release_due(due).unwrap();
    let payout = NewTransfer::payout(amount(50), shop::egp());
    let sent = book.create_transfer(&payout, Some(&key("k"))).unwrap();
    let paid = book.conclude_payout(&sent.id, PayoutOutcome::Paid, Some(&key("k"))).unwrap();
    assert_eq!(paid.status, Some(PayoutStatus::Paid));
    let refund = book.create_refund(&RefundRequest::of_charge(&first.id), None).unwrap();
    let failed = book.fail_refund(&refund.id, Some(&key("k"))).unwrap();
    book.create_refund(&RefundRequest::of_charge(&first.id), None).unwrap();
    book.conclude_payout(&sent.id, PayoutOutcome::Returned, None).unwrap();
    let head = book.head().unwrap();

    // Again, each gives what it gave first, whatever has happened since.
    let again = book.create_charge(&new, Some(&key("k"))).unwrap();
    assert!(again.replayed && again.value == first.value);
    let again = book.conclude_charge(&first.id, taken, Some(&key("k"))).unwrap();
    assert!(again.replayed && again.value == concluded.value);
    let again = book.create_transfer(&payout, Some(&key("k"))).unwrap();
    assert!(again.replayed && again.value == sent.value);
    let again = book.conclude_payout(&sent.id, PayoutOutcome::Paid, Some(&key("k"))).unwrap();
    assert!(again.replayed && again.value == paid.value);
    let again = book.fail_refund(&refund.id, Some(&key("k"))).unwrap();
    assert!(again.replayed && again.value == failed.value);
    assert_eq!(book.head().unwrap(), head);

    // A refusal is final for them too.
    let too_much = NewTransfer::payout(amount(1_000), shop::egp());
    let refused = book.create_transfer(&too_much, Some(&key("k2"))).unwrap_err();
    book.create_transfer(&NewTransfer::top_up(amount(10_000), shop::egp()), None).unwrap();
    let again = book.create_transfer(&too_much, Some(&key("k2"))).unwrap_err();
    assert_eq!((again.refusal(), again.is_replayed()), (refused.refusal(), true));
    assert_eq!(shop::balance(&book, Account::PayoutTransit), 0);
}

/// Each operation's key tells the object that it made or changed, whichever table that is in.
#[test]
fn every_operation_is_found_by_its_key() {
    let (mut ledger, _) = shop::open();
    let mut book = ledger.book(MERCHANT).unwrap();
    let (k, egp) = (key("k"), shop::egp());
    let due = Timestamp::from_millis(shop::NEW_YEAR);
    let mut new = NewCharge::succeeded(amount(100), Fee::ZERO, egp, due);
    new.status = ChargeStatus::Pending;
    let charge = book.create_charge(&new, Some(&k)).unwrap().value.id;
    let taken =
        Conclusion::Succeeded { amount_captured: amount(90), fee: Fee::ZERO, available_on: due };
    book.conclude_charge(&charge, taken, Some(&k)).unwrap();
    let refund = book.create_refund(&RefundRequest::of_charge(&charge), Some(&k)).unwrap().value.id;
    book.fail_refund(&refund, Some(&k)).unwrap();
    let five = SignedAmount::from_minor(5).unwrap();
    let [top_up, settlement, adjustment, payout] = [
        NewTransfer::top_up(amount(50), egp),
        NewTransfer::settlement(five, egp),
        NewTransfer::adjustment(five, egp),
        NewTransfer::payout(amount(5), egp),
    ]
    .map(|new| book.create_transfer(&new, Some(&k)).unwrap().value.id);
    book.conclude_payout(&payout, PayoutOutcome::Failed, Some(&k)).unwrap();
    for (operation, id) in [
        (Operation::Refund, &refund),
        (Operation::RefundFailure, &refund),
        (Operation::Charge, &charge),
        (Operation::ChargeConclusion, &charge),
        (Operation::Payout, &payout),
        (Operation::PayoutOutcome, &payout),
        (Operation::TopUp, &top_up),
        (Operation::Settlement, &settlement),
        (Operation::Adjustment, &adjustment),
    ] {
        let found = book.find_by_key(operation, &k).unwrap().unwrap();
        assert_eq!(found.outcome.as_ref(), Ok(id), "{operation:?}");
    }
}

fn is_reused<T: std::fmt::Debug>(result: refundry::Result<T>) -> bool {
    matches!(result, Err(Error::IdempotencyKeyReused))
}

#[test]
fn any_difference_in_a_charge_or_its_conclusion_is_noticed() {
    let (mut ledger, _) = shop::open();
    let mut book = ledger.book(MERCHANT).unwrap();
    shop::intent(&mut book, "pi_1");
    let due = Timestamp::from_millis(shop::NEW_YEAR);
    let one = Fee::from_minor(1).unwrap();
    let mut new = NewCharge::succeeded(amount(100), one, shop::egp(), due);
    new.status = ChargeStatus::Pending;
    let charge = book.create_charge(&new, Some(&key("k"))).unwrap().value.id;
    let changes: [fn(&mut NewCharge); 8] = [
        |new| new.id = Some("ch_1".to_owned()),
        |new| new.payment_intent_id = Some("pi_1".to_owned()),
        |new| new.amount = amount(101),
        |new| new.amount_captured = amount(99),
        |new| new.fee = Fee::ZERO,
        |new| new.currency = Currency::from_code("KWD").unwrap(),
        |new| new.status = ChargeStatus::Failed,
        |new| new.available_on = Timestamp::MAX,
    ];
    for (place, change) in changes.iter().enumerate() {
        let mut other = new.clone();
        change(&mut other);
        assert!(is_reused(book.create_charge(&other, Some(&key("k")))), "fact {place}");
    }
    let taken = |minor, fee, available_on| Conclusion::Succeeded {
        amount_captured: amount(minor),
        fee,
        available_on,
    };
    let other = book.create_charge(&new, None).unwrap().value.id;
    book.conclude_charge(&charge, taken(90, one, due), Some(&key("k"))).unwrap();
    for (id, conclusion) in [
        (&other, taken(90, one, due)),
        (&charge, taken(91, one, due)),
        (&charge, taken(90, Fee::ZERO, due)),
        (&charge, taken(90, one, Timestamp::MAX)),
        (&charge, Conclusion::Failed),
        (&charge, Conclusion::Canceled),
    ] {
        let again = book.conclude_charge(id, conclusion, Some(&key("k")));
        assert!(is_reused(again), "{id}, {conclusion:?}");
    }
}

#[test]
fn any_difference_in_a_transfer_or_what_comes_back_is_noticed() {
    let (mut ledger, _) = shop::open();
    let mut book = ledger.book(MERCHANT).unwrap();
    shop::charge(&mut book, "ch_1", None, ChargeStatus::Succeeded);
    book.create_transfer(&NewTransfer::top_up(amount(100), shop::egp()), None).unwrap();
    let new = NewTransfer::payout(amount(5), shop::egp());
    let changes: [fn(&mut NewTransfer); 4] = [
        |new| new.id = Some("po_1".to_owned()),
        |new| new.amount = SignedAmount::from_minor(6).unwrap(),
        |new| new.currency = Currency::from_code("KWD").unwrap(),
        |new| new.description = Some(String::new()),
    ];
    let payout = book.create_transfer(&new, Some(&key("k"))).unwrap().value.id;
    for (place, change) in changes.iter().enumerate() {
        let mut other = new.clone();
        change(&mut other);
        assert!(is_reused(book.create_transfer(&other, Some(&key("k")))), "fact {place}");
    }
    let other = book.create_transfer(&new, None).unwrap().value.id;
    book.conclude_payout(&payout, PayoutOutcome::Paid, Some(&key("k"))).unwrap();
    for (id, outcome) in [(&other, PayoutOutcome::Paid), (&payout, PayoutOutcome::Returned)] {
        let again = book.conclude_payout(id, outcome, Some(&key("k")));
        assert!(is_reused(again), "{id}, {outcome:?}");
    }
    let mut request = RefundRequest::of_charge("ch_1");
    request.amount = Some(amount(1));
    let [one, other] = [(); 2].map(|()| book.create_refund(&request, None).unwrap().value.id);
    book.fail_refund(&one, Some(&key("k"))).unwrap();
    assert!(is_reused(book.fail_refund(&other, Some(&key("k")))));
}
