//! Merchants don't see each other: the same ids may stand in two books, and an id of one book
//! names nothing in another.

use refundry::{
    AsOf, Book, ChargeFilter, ChargeStatus, Conclusion, Error, Fee, IdempotencyKey, Ledger,
    LineStatus, NewCharge, NewTransfer, Operation, Page, PayoutOutcome, RefundFilter,
    RefundRequest, RefundStatus, StatementFilter, TransferFilter,
};

use super::{Clock, DAY, START, amount, at, charge, egp, intent, ledger, merchant, refund, top_up};

const LINES: [&str; 4] = [
    r#"{"object":"payment_intent","id":"pi_1","merchantId":"M","amount":"1000","currency":"EGP","createdAt":"2024-01-01T00:00:00.000Z"}"#,
    r#"{"object":"charge","id":"ch_1","merchantId":"M","paymentIntentId":"pi_1","amount":"1000","amountCaptured":"1000","fee":"10","currency":"EGP","status":"succeeded","availableOn":"2024-01-03T00:00:00.000Z","createdAt":"2024-01-01T00:00:01.000Z"}"#,
    r#"{"object":"refund","id":"re_1","merchantId":"M","chargeId":"ch_1","amount":"100","reason":"duplicate","createdAt":"2024-01-02T00:00:00.000Z"}"#,
    r#"{"object":"payout","id":"po_1","merchantId":"M","amount":"50","currency":"EGP","status":"in_transit","createdAt":"2024-01-04T00:00:00.000Z"}"#,
];

#[test]
fn the_same_ids_in_two_books_are_different_objects() {
    let mut ledger = Ledger::in_memory(Clock::new().options()).unwrap();
    for id in ["acct_cairo", "acct_giza"] {
        merchant(&mut ledger, id);
        let lines = LINES.join("\n").replace("\"M\"", &format!("\"{id}\""));
        ledger.import(lines.as_bytes(), |_| std::ops::ControlFlow::Continue(())).unwrap();
    }
    let heads = ["acct_cairo", "acct_giza"].map(|id| ledger.book(id).unwrap().head().unwrap());
    assert_eq!(heads[0].seq, heads[1].seq);
    assert_ne!(heads[0].hash, heads[1].hash, "a chain is a merchant's own");

    let mut book = ledger.book("acct_cairo").unwrap();
    book.fail_refund("re_1", None).unwrap();
    book.conclude_payout("po_1", PayoutOutcome::Paid, None).unwrap();
    book.release_due(at(START + 30 * DAY)).unwrap();
    book.create_refund(&RefundRequest::of_payment_intent("pi_1"), None).unwrap();

    let book = ledger.book("acct_giza").unwrap();
    assert_eq!(book.head().unwrap(), heads[1], "nothing was recorded here");
    assert_eq!(book.refund("re_1").unwrap().status, RefundStatus::Succeeded);
    assert_eq!(book.charge("ch_1").unwrap().amount_refunded.minor(), 100);
    assert_eq!(book.payment_intent("pi_1").unwrap().amount_refunded.minor(), 100);
    let status = book.transfer("po_1").unwrap().status;
    assert_eq!(status, Some(refundry::PayoutStatus::InTransit));
    let balances = book.balances().unwrap()[0].balances;
    assert_eq!(balances.of(refundry::Account::Pending).minor(), 990);
    ledger.verify(&[], |_| std::ops::ControlFlow::Continue(())).unwrap();
}

/// Two books of which only the first has anything.
fn a_full_and_an_empty_book() -> (Ledger, String, String) {
    let (mut ledger, _) = ledger();
    merchant(&mut ledger, "acct_giza");
    intent(&mut ledger, "acct_cairo", "pi_1");
    charge(&mut ledger, "acct_cairo", "ch_1", Some("pi_1"));
    top_up(&mut ledger, "acct_cairo", "tu_1", 10);
    let mut payout = NewTransfer::payout(amount(5), egp());
    payout.id = Some("po_1".to_owned());
    let mut book = ledger.book("acct_cairo").unwrap();
    book.create_transfer(&payout, None).unwrap();
    let refund = refund(&mut ledger, "acct_cairo", "ch_1", 100).id;
    ledger.book("acct_cairo").unwrap().issue_key().unwrap();
    let key = ledger.book("acct_cairo").unwrap().keys().unwrap()[0].id.clone();
    (ledger, refund, key)
}

fn missing<T: std::fmt::Debug>(result: refundry::Result<T>, expected: &str) {
    match result {
        Err(Error::ResourceMissing { param, .. }) => assert_eq!(param, expected),
        other => panic!("{expected}: {other:?}"),
    }
}

#[test]
fn an_id_of_another_book_names_nothing() {
    let (mut ledger, refund, key) = a_full_and_an_empty_book();
    let mut book = ledger.book("acct_giza").unwrap();
    missing(book.refund(&refund), "id");
    missing(book.charge("ch_1"), "id");
    missing(book.payment_intent("pi_1"), "id");
    missing(book.transfer("tu_1"), "id");
    missing(book.balance_transaction("bt_1"), "id");
    missing(book.journal_entry("je_1"), "id");
    missing(book.fail_refund(&refund, None), "id");
    missing(book.conclude_charge("ch_1", Conclusion::Failed, None), "id");
    missing(book.conclude_payout("po_1", PayoutOutcome::Paid, None), "id");
    missing(book.revoke_key(&key), "id");
    missing(book.create_refund(&RefundRequest::of_charge("ch_1"), None), "chargeId");
    let by_intent = RefundRequest::of_payment_intent("pi_1");
    missing(book.create_refund(&by_intent, None), "paymentIntentId");
    let mut new = NewCharge::succeeded(amount(1), Fee::ZERO, egp(), at(START));
    new.payment_intent_id = Some("pi_1".to_owned());
    missing(book.create_charge(&new, None), "paymentIntentId");
    is_empty(&mut book, &refund);
    assert!(ledger.book("acct_cairo").unwrap().keys().unwrap()[0].revoked_at.is_none());
    missing(ledger.book("acct_luxor").map(drop), "merchantId");
    missing(ledger.book("").map(drop), "merchantId");
}

fn is_empty(book: &mut Book<'_>, refund: &str) {
    let page = Page::default();
    assert!(book.refunds(&RefundFilter::default(), &page).unwrap().data.is_empty());
    let filter = RefundFilter { charge_id: Some("ch_1".to_owned()), ..RefundFilter::default() };
    assert!(book.refunds(&filter, &page).unwrap().data.is_empty());
    assert!(book.charges(&ChargeFilter::default(), &page).unwrap().data.is_empty());
    assert!(book.payment_intents(&page).unwrap().data.is_empty());
    assert!(book.transfers(&TransferFilter::default(), &page).unwrap().data.is_empty());
    assert!(book.balance_transactions(&StatementFilter::default(), &page).unwrap().data.is_empty());
    assert!(book.journal_entries_after(None, 10).unwrap().is_empty());
    assert!(book.balances().unwrap().is_empty());
    assert!(book.trial_balance(AsOf::Sequence(10)).unwrap().is_empty());
    assert!(book.keys().unwrap().is_empty());
    assert_eq!(book.head().unwrap().seq, 0);
    let after = |id: &str| Page { starting_after: Some(id.to_owned()), ..Page::default() };
    assert!(book.refunds(&RefundFilter::default(), &after(refund)).is_err());
    assert!(book.charges(&ChargeFilter::default(), &after("ch_1")).is_err());
    assert!(book.balance_transactions(&StatementFilter::default(), &after("bt_1")).is_err());
}

#[test]
fn an_idempotency_key_belongs_to_one_book_and_operation() {
    let mut ledger = Ledger::in_memory(Clock::new().options()).unwrap();
    let key = IdempotencyKey::new("one").unwrap();
    let mut ids = Vec::new();
    for id in ["acct_cairo", "acct_giza"] {
        merchant(&mut ledger, id);
        charge(&mut ledger, id, "ch_1", None);
        let mut book = ledger.book(id).unwrap();
        let refund = book.create_refund(&RefundRequest::of_charge("ch_1"), Some(&key)).unwrap();
        assert!(!refund.replayed);
        let failed = book.fail_refund(&refund.id, Some(&key)).unwrap();
        assert!(!failed.replayed, "another operation");
        ids.push(refund.value.id);
    }
    for (place, id) in ["acct_cairo", "acct_giza"].into_iter().enumerate() {
        let book = ledger.book(id).unwrap();
        let found = book.find_by_key(Operation::Refund, &key).unwrap().unwrap();
        assert_eq!(found.outcome.as_ref(), Ok(&ids[place]));
    }
}

/// Where one id has another number in each book, an id without its book would find the other's.
#[test]
fn an_id_is_looked_up_in_its_own_book_whatever_its_number_is() {
    let (mut ledger, _) = ledger();
    merchant(&mut ledger, "acct_giza");
    let order = [("acct_cairo", ["2", "1"]), ("acct_giza", ["1", "2"])];
    for (id, names) in order {
        for name in names {
            intent(&mut ledger, id, &format!("pi_{name}"));
            charge(&mut ledger, id, &format!("ch_{name}"), Some(&format!("pi_{name}")));
        }
        refund(&mut ledger, id, "ch_1", 100);
        refund(&mut ledger, id, "ch_2", 200);
    }
    ledger.book("acct_cairo").unwrap().release_due(at(START + DAY)).unwrap();
    for (id, _) in order {
        let mut book = ledger.book(id).unwrap();
        for (name, minor) in [("1", 100), ("2", 200)] {
            let (charge, intent) = (format!("ch_{name}"), format!("pi_{name}"));
            let under = book.charge(&charge).unwrap().payment_intent_id;
            assert_eq!(under.as_ref(), Some(&intent), "{id}");
            for filter in [
                RefundFilter { charge_id: Some(charge), ..RefundFilter::default() },
                RefundFilter { payment_intent_id: Some(intent), ..RefundFilter::default() },
            ] {
                let found = book.refunds(&filter, &Page::default()).unwrap().data;
                let amounts: Vec<i64> = found.iter().map(|refund| refund.amount.minor()).collect();
                assert_eq!(amounts, [minor], "{id}, {filter:?}");
            }
        }
        let matured = if id == "acct_cairo" { LineStatus::Available } else { LineStatus::Pending };
        for line in ["bt_1", "bt_2"] {
            assert_eq!(book.balance_transaction(line).unwrap().status, matured, "{id}, {line}");
        }
    }
}

/// A charge that succeeds after the next one is looked up by a verification: in its own book.
#[test]
fn a_verification_asks_each_book_for_its_own_maturities() {
    let (mut ledger, _) = ledger();
    merchant(&mut ledger, "acct_giza");
    let due = at(START + DAY);
    let mut pending = NewCharge::succeeded(amount(100), Fee::ZERO, egp(), due);
    pending.id = Some("ch_1".to_owned());
    pending.status = ChargeStatus::Pending;
    ledger.book("acct_cairo").unwrap().create_charge(&pending, None).unwrap();
    charge(&mut ledger, "acct_cairo", "ch_2", None);
    let taken =
        Conclusion::Succeeded { amount_captured: amount(100), fee: Fee::ZERO, available_on: due };
    ledger.book("acct_cairo").unwrap().conclude_charge("ch_1", taken, None).unwrap();
    charge(&mut ledger, "acct_giza", "ch_1", None);
    assert_eq!(ledger.book("acct_giza").unwrap().release_due(due).unwrap(), 1);
    ledger.verify(&[], |_| std::ops::ControlFlow::Continue(())).unwrap();
}

/// Payouts of the same number went one way in one book and the other way in the other.
#[test]
fn a_verification_asks_each_book_for_its_own_payouts() {
    let (mut ledger, _) = ledger();
    merchant(&mut ledger, "acct_giza");
    for (id, outcome) in [("acct_cairo", PayoutOutcome::Paid), ("acct_giza", PayoutOutcome::Failed)]
    {
        top_up(&mut ledger, id, "tu_1", 10);
        let mut payout = NewTransfer::payout(amount(5), egp());
        payout.id = Some("po_1".to_owned());
        let mut book = ledger.book(id).unwrap();
        book.create_transfer(&payout, None).unwrap();
        book.conclude_payout("po_1", outcome, None).unwrap();
    }
    ledger.verify(&[], |_| std::ops::ControlFlow::Continue(())).unwrap();
}
