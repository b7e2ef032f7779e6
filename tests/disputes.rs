//! Disputes: what each step moves, what it refuses, and how it goes with refunds and maturity.

use std::ops::ControlFlow;

use refundry::{
    Account, Balance, Book, Cause, ChargeStatus, DisputeFilter, DisputeReason, DisputeStatus,
    Error, EventObject, Fee, Ledger, NegativeBalanceLimit, NewCharge, NewDispute, NewTransfer,
    Operation, Page, Refund, RefundRequest, Refusal, SignedAmount,
};

use crate::shop::{self, MERCHANT, amount, key};

const PAGE: Page = Page { limit: 100, starting_after: None };

/// A ledger whose charges `ch_1` and `ch_2` took 10,000 with a fee of 300 and have not matured.
fn shop() -> (Ledger, shop::Clock) {
    let (mut ledger, clock) = shop::open();
    let mut book = ledger.book(MERCHANT).unwrap();
    for id in ["ch_1", "ch_2"] {
        let due = refundry::Timestamp::from_millis(shop::NEW_YEAR + shop::DAY);
        let fee = Fee::from_minor(300).unwrap();
        let mut new = NewCharge::succeeded(amount(10_000), fee, shop::egp(), due);
        new.id = Some(id.to_owned());
        book.create_charge(&new, None).unwrap();
    }
    (ledger, clock)
}

fn of(id: &str, charge: &str, minor: i64, fee: i64) -> NewDispute {
    let mut new = NewDispute::of_charge(charge, amount(minor));
    new.id = Some(id.to_owned());
    new.fee = Fee::from_minor(fee).unwrap();
    new
}

fn open(book: &mut Book<'_>, id: &str, minor: i64, fee: i64) {
    book.open_dispute(&of(id, "ch_1", minor, fee), None).unwrap();
}

fn refund(book: &mut Book<'_>, minor: Option<i64>) -> Result<Refund, Refusal> {
    let mut request = RefundRequest::of_charge("ch_1");
    request.amount = minor.map(amount);
    book.create_refund(&request, None).map(|made| made.value).map_err(|e| e.refusal().unwrap())
}

fn dispute(book: &mut Book<'_>, minor: i64) -> Result<(), Refusal> {
    let new = NewDispute::of_charge("ch_1", amount(minor));
    book.open_dispute(&new, None).map(drop).map_err(|error| error.refusal().unwrap())
}

const fn disputed(refundable: i64) -> Refusal {
    Refusal::ChargeDisputed { refundable: Balance::from_minor(refundable) }
}

/// Pending, available, clearing and fees.
fn balances(book: &Book<'_>) -> [i64; 4] {
    [Account::Pending, Account::Available, Account::Clearing, Account::Fees]
        .map(|account| shop::balance(book, account))
}

fn verify(ledger: &mut Ledger) {
    ledger.verify(&[], |_| ControlFlow::Continue(())).unwrap();
    crate::mirrors::mirror(ledger);
}

#[test]
fn opening_takes_the_amount_and_the_fee_and_losing_nothing_more() {
    let (mut ledger, clock) = shop();
    let mut book = ledger.book(MERCHANT).unwrap();
    clock.set(shop::NEW_YEAR + shop::DAY);
    book.release_due(clock.now()).unwrap();
    assert_eq!(balances(&book), [0, 19_400, 20_000, 600]);
    open(&mut book, "dp_1", 4_000, 1_500);
    let opened = [0, 13_900, 16_000, 2_100];
    assert_eq!(balances(&book), opened);
    let charge = book.charge("ch_1").unwrap();
    assert_eq!((charge.amount_disputed.minor(), charge.amount_refunded.minor()), (4_000, 0));
    let lost = book.lose_dispute("dp_1", None).unwrap();
    assert_eq!((lost.status, lost.fee_returned), (DisputeStatus::Lost, false));
    assert_eq!(balances(&book), opened);
    assert_eq!(book.charge("ch_1").unwrap().amount_disputed.minor(), 4_000);
    let entries = book.journal_entries_after(None, 10).unwrap();
    let [.., opening, losing] = &entries[..] else { panic!("{entries:?}") };
    let seq =
        |cause, reverses: Option<&str>, postings| (cause, reverses.map(str::to_owned), postings);
    let told = |entry: &refundry::JournalEntry| {
        (entry.cause, entry.reverses.clone(), entry.postings.len())
    };
    assert_eq!(told(opening), seq(Cause::Dispute, Some("je_1"), 2));
    assert_eq!(told(losing), seq(Cause::DisputeLost, None, 0));
    assert_eq!((opening.source.as_str(), losing.source.as_str()), ("dp_1", "dp_1"));
    // Losing is no line of the statement.
    let lines = book.balance_transactions(&Default::default(), &PAGE).unwrap().data;
    let line = serde_json::to_value(&lines[0]).unwrap();
    assert_eq!(
        (&line["type"], &line["amount"], &line["fee"], &line["net"]),
        (&"dispute".into(), &"-4000".into(), &"1500".into(), &"-5500".into())
    );
    verify(&mut ledger);
}

#[test]
fn winning_gives_the_amount_back_and_the_fee_if_it_is_told_to() {
    for (return_fee, available, fees, line_fee) in
        [(false, -1_500, 2_100, "0"), (true, 0, 600, "-1500")]
    {
        let (mut ledger, _) = shop();
        let mut book = ledger.book(MERCHANT).unwrap();
        open(&mut book, "dp_1", 4_000, 1_500);
        let won = book.win_dispute("dp_1", return_fee, None).unwrap();
        assert_eq!((won.status, won.fee_returned), (DisputeStatus::Won, return_fee));
        assert_eq!(book.dispute("dp_1").unwrap(), won.value);
        assert_eq!(balances(&book), [19_400, available, 20_000, fees]);
        assert_eq!(book.charge("ch_1").unwrap().amount_disputed, Balance::ZERO);
        let entry = book.journal_entry("je_4").unwrap();
        assert_eq!((entry.cause, entry.reverses.as_deref()), (Cause::DisputeWon, Some("je_3")));
        assert_eq!(entry.postings.len(), if return_fee { 2 } else { 1 });
        let line = serde_json::to_value(
            &book.balance_transactions(&Default::default(), &PAGE).unwrap().data[0],
        )
        .unwrap();
        assert_eq!(
            (&line["type"], &line["amount"], &line["fee"]),
            (&"dispute_reversal".into(), &"4000".into(), &line_fee.into())
        );
        // All of it can be refunded again.
        assert_eq!(refund(&mut book, None).unwrap().amount, amount(10_000));
        verify(&mut ledger);
    }
}

/// The fee is the platform's to set: it may be more than what is disputed, or nothing.
#[test]
fn a_fee_has_nothing_to_do_with_the_amount() {
    let (mut ledger, _) = shop();
    let mut book = ledger.book(MERCHANT).unwrap();
    open(&mut book, "dp_1", 1, 1_500);
    open(&mut book, "dp_2", 2, 0);
    assert_eq!(balances(&book), [19_400, -1_503, 19_997, 2_100]);
    assert!(book.win_dispute("dp_1", true, None).unwrap().fee_returned);
    assert!(!book.win_dispute("dp_2", true, None).unwrap().fee_returned, "there was none");
    assert_eq!(balances(&book), [19_400, 0, 20_000, 600]);
    verify(&mut ledger);
}

#[test]
fn what_is_disputed_can_not_be_refunded_until_it_is_won() {
    let (mut ledger, _) = shop();
    let mut book = ledger.book(MERCHANT).unwrap();
    open(&mut book, "dp_1", 4_000, 0);
    assert_eq!(refund(&mut book, Some(6_001)), Err(disputed(6_000)));
    assert_eq!(refund(&mut book, Some(10_000)), Err(disputed(6_000)), "it may be won yet");
    // Waiting for the dispute would not help.
    let refundable = amount(6_000);
    let exceeds = Err(Refusal::AmountExceedsRefundable { refundable });
    assert_eq!(refund(&mut book, Some(10_001)), exceeds);
    // Without an amount, all that is left.
    assert_eq!(refund(&mut book, None).unwrap().amount, amount(6_000));
    for minor in [None, Some(1)] {
        assert_eq!(refund(&mut book, minor), Err(disputed(0)));
    }
    book.lose_dispute("dp_1", None).unwrap();
    assert_eq!(refund(&mut book, None), Err(disputed(0)), "lost is gone for ever");
    verify(&mut ledger);
    let (mut ledger, _) = shop();
    let mut book = ledger.book(MERCHANT).unwrap();
    open(&mut book, "dp_1", 10_000, 0);
    assert_eq!(refund(&mut book, None), Err(disputed(0)));
    book.win_dispute("dp_1", false, None).unwrap();
    assert_eq!(refund(&mut book, None).unwrap().amount, amount(10_000));
    assert_eq!(refund(&mut book, None), Err(Refusal::ChargeAlreadyRefunded));
    verify(&mut ledger);
}

#[test]
fn a_charge_that_was_partly_refunded_is_disputed_for_the_rest_at_most() {
    let (mut ledger, _) = shop();
    let mut book = ledger.book(MERCHANT).unwrap();
    refund(&mut book, Some(3_000)).unwrap();
    let refundable = amount(7_000);
    let beyond = Err(Refusal::AmountExceedsRefundable { refundable });
    assert_eq!(dispute(&mut book, 7_001), beyond);
    dispute(&mut book, 5_000).unwrap();
    assert_eq!(dispute(&mut book, 2_001), Err(disputed(2_000)));
    dispute(&mut book, 2_000).unwrap();
    assert_eq!(dispute(&mut book, 1), Err(disputed(0)));
    assert_eq!(balances(&book), [19_400, -10_000, 10_000, 600]);
    verify(&mut ledger);
    let mut book = ledger.book(MERCHANT).unwrap();
    let mut new = NewDispute::of_charge("ch_2", amount(1));
    book.create_refund(&RefundRequest::of_charge("ch_2"), None).unwrap();
    let refused = book.open_dispute(&new, None).unwrap_err();
    assert_eq!(refused.refusal(), Some(Refusal::ChargeAlreadyRefunded));
    new.amount = amount(20_000);
    let refused = book.open_dispute(&new, None).unwrap_err();
    assert_eq!(refused.refusal(), Some(Refusal::ChargeAlreadyRefunded));
}

/// The refund's amount is the merchant's again, and what the dispute holds stays held.
#[test]
fn a_refund_fails_while_the_charge_is_disputed() {
    let (mut ledger, _) = shop();
    let mut book = ledger.book(MERCHANT).unwrap();
    let made = refund(&mut book, Some(3_000)).unwrap();
    open(&mut book, "dp_1", 7_000, 1_500);
    assert_eq!(refund(&mut book, Some(1)), Err(disputed(0)));
    assert_eq!(balances(&book), [19_400, -11_500, 10_000, 2_100]);
    book.fail_refund(&made.id, None).unwrap();
    assert_eq!(balances(&book), [19_400, -8_500, 13_000, 2_100]);
    assert_eq!(refund(&mut book, Some(3_001)), Err(disputed(3_000)));
    // The bank may take the rest, too.
    open(&mut book, "dp_2", 1_000, 0);
    assert_eq!(refund(&mut book, None).unwrap().amount, amount(2_000));
    book.win_dispute("dp_1", false, None).unwrap();
    assert_eq!(refund(&mut book, None).unwrap().amount, amount(7_000));
    assert_eq!(balances(&book), [19_400, -11_500, 10_000, 2_100]);
    verify(&mut ledger);
}

#[test]
fn a_dispute_before_maturity_takes_from_available_and_the_charge_matures_all_the_same() {
    let (mut ledger, clock) = shop();
    let mut book = ledger.book(MERCHANT).unwrap();
    // Only refunds ask for the limit.
    book.set_negative_balance_limit(&NegativeBalanceLimit::Each(0)).unwrap();
    open(&mut book, "dp_1", 10_000, 1_500);
    assert_eq!(balances(&book), [19_400, -11_500, 10_000, 2_100]);
    clock.set(shop::NEW_YEAR + shop::DAY);
    assert_eq!(book.release_due(clock.now()).unwrap(), 2);
    assert_eq!(balances(&book), [0, 7_900, 10_000, 2_100]);
    book.win_dispute("dp_1", true, None).unwrap();
    assert_eq!(balances(&book), [0, 19_400, 20_000, 600]);
    let events = book.events_after(None, 10).unwrap();
    let seen: Vec<_> = events
        .iter()
        .map(|event| match &event.data.object {
            EventObject::Charge(charge) => charge.amount_disputed.minor(),
            EventObject::Dispute(dispute) => dispute.status.name().len() as i64,
            other => panic!("{other:?}"),
        })
        .collect();
    // Two charges, open, one that matures disputed and one that does not, won.
    assert_eq!(seen, [0, 0, 4, 10_000, 0, 3]);
    verify(&mut ledger);
}

#[test]
fn two_disputes_of_one_charge_are_two() {
    let (mut ledger, _) = shop();
    let mut book = ledger.book(MERCHANT).unwrap();
    open(&mut book, "dp_1", 6_000, 0);
    assert_eq!(dispute(&mut book, 4_001), Err(disputed(4_000)));
    open(&mut book, "dp_2", 4_000, 0);
    assert_eq!(refund(&mut book, None), Err(disputed(0)));
    book.lose_dispute("dp_1", None).unwrap();
    book.win_dispute("dp_2", false, None).unwrap();
    assert_eq!(book.charge("ch_1").unwrap().amount_disputed.minor(), 6_000);
    // What was won can be disputed again.
    open(&mut book, "dp_3", 1_000, 0);
    assert_eq!(refund(&mut book, None).unwrap().amount, amount(3_000));
    let status = |id| book.dispute(id).unwrap().status;
    assert_eq!(
        ["dp_1", "dp_2", "dp_3"].map(status),
        [DisputeStatus::Lost, DisputeStatus::Won, DisputeStatus::Open]
    );
    verify(&mut ledger);
}

#[test]
fn a_dispute_is_concluded_once() {
    let (mut ledger, _) = shop();
    let mut book = ledger.book(MERCHANT).unwrap();
    open(&mut book, "dp_won", 1, 0);
    open(&mut book, "dp_lost", 1, 0);
    book.win_dispute("dp_won", false, None).unwrap();
    book.lose_dispute("dp_lost", None).unwrap();
    let head = book.head().unwrap();
    for (id, status) in [("dp_won", DisputeStatus::Won), ("dp_lost", DisputeStatus::Lost)] {
        for refused in [
            book.win_dispute(id, true, None).unwrap_err(),
            book.lose_dispute(id, None).unwrap_err(),
        ] {
            assert_eq!(refused.refusal(), Some(Refusal::DisputeNotOpen { status }));
            assert_eq!((refused.number(), refused.code()), (128, "resource_invalid_state"));
            assert_eq!(refused.param(), Some("id"));
        }
    }
    for missing in ["dp_none", "ch_1", "je_3", ""] {
        let error = book.win_dispute(missing, false, None).unwrap_err();
        assert!(matches!(error, Error::ResourceMissing { param: "id", .. }), "{error}");
        assert!(book.dispute(missing).is_err());
    }
    assert_eq!(book.head().unwrap(), head);
}

/// Each request has the fault of its row and of all rows after it.
#[test]
fn an_earlier_row_speaks_before_a_later_one() {
    let (mut ledger, _) = shop();
    let mut book = ledger.book(MERCHANT).unwrap();
    shop::charge(&mut book, "ch_failed", None, ChargeStatus::Failed);
    let against = SignedAmount::from_minor(-(1 << 53) + 1).unwrap();
    for _ in 0..1_024 {
        book.create_transfer(&NewTransfer::adjustment(against, shop::egp()), None).unwrap();
    }
    open(&mut book, "dp_taken", 100, 0);
    let refused = |book: &mut Book<'_>, charge: &str, minor, key: Option<&str>| {
        let key = key.map(crate::shop::key);
        let new = of("dp_taken", charge, minor, 5_000);
        let error = book.open_dispute(&new, key.as_ref()).unwrap_err();
        (error.number(), error.param().map(str::to_owned), error.fact())
    };
    let told = |number, param: &str, fact| (number, Some(param.to_owned()), fact);
    let mut wrong = of("re_1", "ch_none", 1, 0);
    wrong.network_reference = Some("a b".to_owned());
    let error = book.open_dispute(&wrong, None).unwrap_err();
    assert_eq!((error.number(), error.param()), (60, Some("networkReference")));
    wrong.network_reference = None;
    let error = book.open_dispute(&wrong, None).unwrap_err();
    assert_eq!((error.number(), error.param()), (60, Some("id")));
    book.open_dispute(&of("dp_used", "ch_2", 1, 0), Some(&key("used"))).unwrap();
    assert_eq!(refused(&mut book, "ch_none", 1, Some("used")), told(100, "Idempotency-Key", None));
    assert_eq!(refused(&mut book, "ch_none", 1, None), told(110, "chargeId", None));
    let failed = Some(3);
    assert_eq!(refused(&mut book, "ch_failed", 1 << 52, None), told(122, "chargeId", failed));
    // What is left of the charge, before what a balance can hold.
    assert_eq!(refused(&mut book, "ch_1", 9_901, None), told(127, "chargeId", Some(9_900)));
    assert_eq!(refused(&mut book, "ch_1", 9_900, None), told(160, "amount", None));
    let mut rest = RefundRequest::of_charge("ch_1");
    rest.amount = Some(amount(900));
    book.create_refund(&rest, None).unwrap();
    let taken = book.open_dispute(&of("dp_taken", "ch_1", 1, 0), None).unwrap_err();
    assert!(matches!(taken, Error::ResourceConflict { fact: None, .. }), "{taken}");
    verify(&mut ledger);
}

/// Of a refund: row 12, the reference, row 13, what is disputed, row 14, row 15.
#[test]
fn a_refund_of_a_disputed_charge_is_refused_between_rows_13_and_14() {
    let (mut ledger, _) = shop();
    let mut book = ledger.book(MERCHANT).unwrap();
    open(&mut book, "dp_1", 4_000, 0);
    book.set_negative_balance_limit(&NegativeBalanceLimit::Each(0)).unwrap();
    let error = book.create_refund(&RefundRequest::of_charge("ch_1"), None).unwrap_err();
    assert_eq!(error.number(), 150, "what is left is refused for the limit");
    let mut request = RefundRequest::of_charge("ch_1");
    request.amount = Some(amount(6_001));
    let error = book.create_refund(&request, None).unwrap_err();
    assert_eq!((error.number(), error.code()), (127, "charge_disputed"));
    assert_eq!((error.param(), error.fact()), (Some("chargeId"), Some(6_000)));
    assert!(error.to_string().starts_with("at most 6000 minor units"), "{error}");
    book.set_negative_balance_limit(&NegativeBalanceLimit::Unlimited).unwrap();
    // The reference comes first; that of the network is no refund's.
    book.require_unique_references(true).unwrap();
    request.external_reference = Some("N-1".to_owned());
    let mut new = NewDispute::of_charge("ch_1", amount(1));
    new.network_reference = Some("N-1".to_owned());
    book.open_dispute(&new, None).unwrap();
    let number = |book: &mut Book<'_>, request: &RefundRequest| {
        book.create_refund(request, None).map_or_else(|error| error.number(), |_| 0)
    };
    assert_eq!(number(&mut book, &request), 127);
    request.amount = Some(amount(1));
    assert_eq!(number(&mut book, &request), 0, "nobody has refunded under it");
    request.amount = Some(amount(10_000));
    assert_eq!(number(&mut book, &request), 126);
    let refunds = refundry::RefundFilter {
        external_reference: Some("N-1".to_owned()),
        ..refundry::RefundFilter::default()
    };
    assert_eq!(book.refunds(&refunds, &PAGE).unwrap().data.len(), 1);
    verify(&mut ledger);
}

#[test]
fn a_key_has_one_outcome() {
    let (mut ledger, _) = shop();
    let mut book = ledger.book(MERCHANT).unwrap();
    let mut new = NewDispute::of_charge("ch_1", amount(4_000));
    new.reason = Some(DisputeReason::Fraudulent);
    let first = book.open_dispute(&new, Some(&key("k"))).unwrap();
    // The operations have keys of their own.
    let won = book.win_dispute(&first.id, true, Some(&key("k"))).unwrap();
    let again = book.open_dispute(&new, Some(&key("k"))).unwrap();
    assert_eq!((again.replayed, &again.value), (true, &first.value), "as it was then");
    let again = book.win_dispute(&first.id, true, Some(&key("k"))).unwrap();
    assert_eq!((again.replayed, &again.value), (true, &won.value));
    for reused in [
        book.win_dispute(&first.id, false, Some(&key("k"))).unwrap_err(),
        book.lose_dispute(&first.id, Some(&key("k"))).unwrap_err(),
    ] {
        assert_eq!(reused.code(), "idempotency_key_reused");
    }
    for vary in [
        |new: &mut NewDispute| new.amount = amount(4_001),
        |new: &mut NewDispute| new.fee = Fee::from_minor(1).unwrap(),
        |new: &mut NewDispute| new.reason = None,
        |new: &mut NewDispute| new.network_reference = Some("N-1".to_owned()),
        |new: &mut NewDispute| new.id = Some("dp_1".to_owned()),
        |new: &mut NewDispute| new.charge_id = "ch_2".to_owned(),
    ] {
        let mut other = new.clone();
        vary(&mut other);
        let reused = book.open_dispute(&other, Some(&key("k"))).unwrap_err();
        assert_eq!(reused.code(), "idempotency_key_reused");
    }
    let found = |book: &Book<'_>, operation| {
        book.find_by_key(operation, &key("k")).unwrap().unwrap().outcome.unwrap()
    };
    assert_eq!(found(&book, Operation::Dispute), first.id);
    assert_eq!(found(&book, Operation::DisputeOutcome), first.id);
    // A refusal is final for its key.
    open(&mut book, "dp_all", 10_000, 0);
    let refused = book.open_dispute(&new, Some(&key("late"))).unwrap_err();
    assert_eq!((refused.refusal(), refused.is_replayed()), (Some(disputed(0)), false));
    book.win_dispute("dp_all", false, None).unwrap();
    let refused = book.open_dispute(&new, Some(&key("late"))).unwrap_err();
    assert_eq!((refused.refusal(), refused.is_replayed()), (Some(disputed(0)), true));
    verify(&mut ledger);
}

#[test]
fn disputes_are_listed_newest_first() {
    let (mut ledger, _) = shop();
    shop::add_merchant(&mut ledger, "acct_giza");
    let mut book = ledger.book(MERCHANT).unwrap();
    for (id, charge) in [("dp_1", "ch_1"), ("dp_2", "ch_2"), ("dp_3", "ch_1")] {
        book.open_dispute(&of(id, charge, 1, 0), None).unwrap();
    }
    book.lose_dispute("dp_2", None).unwrap();
    let ids = |book: &Book<'_>, charge: Option<&str>, status, after: Option<&str>, limit| {
        let filter = DisputeFilter { charge_id: charge.map(str::to_owned), status };
        let page = Page { limit, starting_after: after.map(str::to_owned) };
        let list = book.disputes(&filter, &page).unwrap();
        (list.data.into_iter().map(|dispute| dispute.id).collect::<Vec<_>>(), list.has_more)
    };
    assert_eq!(ids(&book, None, None, None, 2), (vec!["dp_3".into(), "dp_2".into()], true));
    assert_eq!(ids(&book, None, None, Some("dp_2"), 2), (vec!["dp_1".into()], false));
    assert_eq!(
        ids(&book, Some("ch_1"), None, None, 9),
        (vec!["dp_3".into(), "dp_1".into()], false)
    );
    let open = Some(DisputeStatus::Open);
    assert_eq!(ids(&book, None, open, None, 1), (vec!["dp_3".into()], true));
    assert_eq!(ids(&book, Some("ch_2"), open, None, 9), (vec![], false));
    assert_eq!(ids(&book, Some("ch_none"), None, None, 9), (vec![], false));
    let unknown = Page { limit: 1, starting_after: Some("dp_none".to_owned()) };
    let error = book.disputes(&DisputeFilter::default(), &unknown).unwrap_err();
    assert_eq!(error.param(), Some("startingAfter"));
    let giza = ledger.book("acct_giza").unwrap();
    assert_eq!(ids(&giza, None, None, None, 9), (vec![], false));
    assert!(giza.dispute("dp_1").is_err());
}

#[test]
fn a_dispute_has_these_fields_in_this_order() {
    let (mut ledger, _) = shop();
    let mut book = ledger.book(MERCHANT).unwrap();
    let mut new = of("dp_1", "ch_1", 4_000, 1_500);
    new.reason = Some(DisputeReason::ProductNotReceived);
    new.network_reference = Some("N-1".to_owned());
    let dispute = book.open_dispute(&new, None).unwrap().value;
    let json = serde_json::to_string(&dispute).unwrap();
    assert_eq!(
        json,
        concat!(
            r#"{"id":"dp_1","chargeId":"ch_1","amount":"4000","fee":"1500","currency":"EGP","#,
            r#""status":"open","reason":"product_not_received","balanceTransactionId":"bt_3","#,
            r#""createdAt":"2024-01-01T00:00:00.000Z","paymentIntentId":null,"#,
            r#""networkReference":"N-1","feeReturned":false}"#,
        )
    );
    let read: refundry::Dispute = serde_json::from_str(&json).unwrap();
    assert_eq!(refundry::Dispute { journal_entry_id: "je_3".to_owned(), ..read }, dispute);
}
