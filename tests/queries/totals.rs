//! The end of a terminal's day.

use refundry::{
    Cause, Currency, Error, Head, NewTransfer, PayoutOutcome, RefundRequest, SignedAmount, Total,
};

use crate::shop::{self, DAY, NEW_YEAR, amount, egp};

fn total(currency: Currency, cause: Cause, count: u64, amount: i64, fee: i64) -> serde_json::Value {
    let (amount, fee) = (amount.to_string(), fee.to_string());
    serde_json::json!({
        "currency": currency, "cause": cause, "count": count, "amount": amount, "fee": fee
    })
}

fn said(totals: &[Total]) -> Vec<serde_json::Value> {
    totals.iter().map(|total| serde_json::to_value(total).unwrap()).collect()
}

#[test]
fn a_day_adds_up_by_currency_and_cause() {
    let (mut ledger, clock) = shop::open();
    let mut book = ledger.book(shop::MERCHANT).unwrap();
    let morning = book.head().unwrap();
    for id in ["ch_1", "ch_2"] {
        shop::charge(&mut book, id, None, refundry::ChargeStatus::Succeeded);
    }
    let mut part = RefundRequest::of_charge("ch_1");
    part.amount = Some(amount(100));
    for _ in 0..3 {
        book.create_refund(&part, None).unwrap();
    }
    let last = book.create_refund(&RefundRequest::of_charge("ch_2"), None).unwrap();
    book.fail_refund(&last.id, None).unwrap();
    let noon = book.head().unwrap();
    let yen = Currency::from_code("JPY").unwrap();
    for minor in [500, -20] {
        let minor = SignedAmount::from_minor(minor).unwrap();
        book.create_transfer(&NewTransfer::adjustment(minor, yen), None).unwrap();
        book.create_transfer(&NewTransfer::settlement(minor, egp()), None).unwrap();
    }
    let payout = book.create_transfer(&NewTransfer::payout(amount(400), yen), None).unwrap();
    book.conclude_payout(&payout.id, PayoutOutcome::Paid, None).unwrap();
    clock.set(NEW_YEAR + 3 * DAY);
    book.release_due(clock.now()).unwrap();

    let first = book.totals(&morning, Some(&noon)).unwrap();
    assert_eq!((first.from, first.to), (morning, noon));
    let until_noon = [
        total(egp(), Cause::Charge, 2, 45_208, 1_824),
        total(egp(), Cause::Refund, 4, -300 - 22_604, 0),
        total(egp(), Cause::RefundFailure, 1, 22_604, 0),
    ];
    assert_eq!(said(&first.totals), until_noon);
    let rest = book.totals(&first.to, None).unwrap();
    assert_eq!(rest.to, book.head().unwrap());
    let after_noon = [
        total(egp(), Cause::Maturity, 2, 2 * 21_692, 0),
        total(egp(), Cause::Settlement, 2, 480, 0),
        total(yen, Cause::Payout, 1, -400, 0),
        total(yen, Cause::PayoutPaid, 1, 400, 0),
        total(yen, Cause::Adjustment, 2, 480, 0),
    ];
    assert_eq!(said(&rest.totals), after_noon);
    let all = book.totals(&morning, None).unwrap().totals;
    assert_eq!(all.len(), until_noon.len() + after_noon.len());
    assert!(book.totals(&rest.to, None).unwrap().totals.is_empty(), "nothing is counted twice");
}

#[test]
fn a_head_that_the_book_never_had_is_refused() {
    let (mut ledger, _) = shop::open();
    shop::add_merchant(&mut ledger, "acct_giza");
    let of_giza = ledger.book("acct_giza").unwrap().head().unwrap();
    let mut book = ledger.book(shop::MERCHANT).unwrap();
    let morning = book.head().unwrap();
    shop::charge(&mut book, "ch_1", None, refundry::ChargeStatus::Succeeded);
    let noon = book.head().unwrap();
    let beyond = Head { seq: 2, ..noon };
    let before = Head { seq: -1, ..noon };
    let forked = Head { hash: morning.hash, ..noon };
    for (from, to) in [
        (of_giza, None),
        (beyond, None),
        (before, None),
        (forked, None),
        (morning, Some(beyond)),
        (morning, Some(forked)),
    ] {
        let refused = book.totals(&from, to.as_ref());
        assert!(matches!(refused, Err(Error::HeadUnknown { after: 1, .. })), "{refused:?}");
    }
    let refused = book.totals(&noon, Some(&morning));
    assert!(matches!(refused, Err(Error::ParameterInvalid { param: "to", .. })), "{refused:?}");
}

#[test]
fn a_total_beyond_64_bits_is_refused() {
    let (mut ledger, _) = shop::open();
    let mut book = ledger.book(shop::MERCHANT).unwrap();
    let morning = book.head().unwrap();
    // What is paid in is paid out again, so that no balance grows.
    for _ in 0..1_025 {
        let top_up = NewTransfer::top_up(refundry::Amount::MAX, egp());
        book.create_transfer(&top_up, None).unwrap();
        let payout = NewTransfer::payout(refundry::Amount::MAX, egp());
        let payout = book.create_transfer(&payout, None).unwrap();
        book.conclude_payout(&payout.id, PayoutOutcome::Paid, None).unwrap();
    }
    let refused = book.totals(&morning, None);
    assert!(matches!(refused, Err(Error::Refused { .. })), "{refused:?}");
}
