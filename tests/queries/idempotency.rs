//! What became of a request, by its idempotency key; and how long it is remembered.

use refundry::{IdempotencyKey, Ledger, Operation, RefundRequest, Refusal, Timestamp};

use super::{DAY, START, at, charge, ledger};

fn key(name: &str) -> IdempotencyKey {
    IdempotencyKey::new(name).unwrap()
}

#[test]
fn an_outcome_is_found_by_its_key() {
    let (mut ledger, clock) = ledger();
    charge(&mut ledger, "acct_cairo", "ch_1", None);
    let mut book = ledger.book("acct_cairo").unwrap();
    let request = RefundRequest::of_charge("ch_1");
    let refund = book.create_refund(&request, Some(&key("first"))).unwrap();
    clock.advance(5);
    book.create_refund(&request, Some(&key("second"))).unwrap_err();
    book.create_refund(&RefundRequest::of_charge("ch_9"), Some(&key("third"))).unwrap_err();

    let first = book.find_by_key(Operation::Refund, &key("first")).unwrap().unwrap();
    assert_eq!((first.outcome, first.recorded_at), (Ok(refund.id.clone()), at(START)));
    let second = book.find_by_key(Operation::Refund, &key("second")).unwrap().unwrap();
    assert_eq!(second.outcome, Err(Refusal::ChargeAlreadyRefunded));
    assert_eq!(second.recorded_at, at(START + 5));
    // A request that named nothing may name something later, so its key is still free.
    assert_eq!(book.find_by_key(Operation::Refund, &key("third")).unwrap(), None);
    assert_eq!(book.find_by_key(Operation::Refund, &key("fourth")).unwrap(), None);
    assert_eq!(book.find_by_key(Operation::RefundFailure, &key("first")).unwrap(), None);
    book.fail_refund(&refund.id, Some(&key("first"))).unwrap();
    let failed = book.find_by_key(Operation::RefundFailure, &key("first")).unwrap().unwrap();
    assert_eq!(failed.outcome, Ok(refund.id.clone()), "the object that was changed");
}

fn refund_under(ledger: &mut Ledger, name: &str) -> bool {
    let mut request = RefundRequest::of_charge("ch_1");
    request.amount = Some(super::amount(1));
    let mut book = ledger.book("acct_cairo").unwrap();
    book.create_refund(&request, Some(&key(name))).unwrap().replayed
}

/// Lets days pass, each of which something is recorded in every book.
fn days(ledger: &mut Ledger, clock: &super::Clock, days: i64) {
    for _ in 0..days {
        clock.advance(DAY);
        for merchant in ledger.merchants().unwrap() {
            let mut book = ledger.book(&merchant.id).unwrap();
            book.set_negative_balance_limit(&merchant.negative_balance_limit).unwrap();
        }
    }
}

/// A clock that was wrong for a while makes no key old.
#[test]
fn a_wrong_clock_forgets_no_key() {
    let (mut ledger, clock) = ledger();
    charge(&mut ledger, "acct_cairo", "ch_1", None);
    clock.advance(-24 * 365 * DAY);
    assert!(!refund_under(&mut ledger, "long-ago"));
    clock.advance(24 * 365 * DAY);
    assert!(!refund_under(&mut ledger, "now"));
    clock.advance(24 * 365 * DAY);
    assert_eq!(ledger.prune_idempotency_keys(Timestamp::MAX).unwrap(), 0);
    assert!(refund_under(&mut ledger, "long-ago") && refund_under(&mut ledger, "now"));
    for _ in 0..40 {
        // Back and forth.
        clock.advance(-10 * DAY);
        assert_eq!(ledger.prune_idempotency_keys(Timestamp::MAX).unwrap(), 0);
        clock.advance(10 * DAY);
        assert_eq!(ledger.prune_idempotency_keys(Timestamp::MAX).unwrap(), 0);
    }
    days(&mut ledger, &clock, 31);
    assert_eq!(ledger.prune_idempotency_keys(Timestamp::MAX).unwrap(), 2);
}

#[test]
fn keys_are_kept_for_thirty_days_at_least() {
    let (mut ledger, clock) = ledger();
    charge(&mut ledger, "acct_cairo", "ch_1", None);
    assert!(!refund_under(&mut ledger, "old"));
    clock.advance(DAY);
    assert!(!refund_under(&mut ledger, "young"));
    days(&mut ledger, &clock, 29);
    for before in [Timestamp::MAX, clock.now(), at(START)] {
        assert_eq!(ledger.prune_idempotency_keys(before).unwrap(), 0, "30 days old exactly");
    }
    assert!(refund_under(&mut ledger, "old"));
    clock.advance(1);
    // It could go now; whoever prunes says which.
    assert_eq!(ledger.prune_idempotency_keys(Timestamp::MIN).unwrap(), 0);
    assert_eq!(ledger.prune_idempotency_keys(at(START)).unwrap(), 0);
    assert_eq!(ledger.prune_idempotency_keys(Timestamp::MAX).unwrap(), 1);
    assert!(refund_under(&mut ledger, "young"));
    assert!(!refund_under(&mut ledger, "old"), "it is forgotten, and free");
    let refunded = ledger.book("acct_cairo").unwrap().charge("ch_1").unwrap().amount_refunded;
    assert_eq!(refunded.minor(), 3);
}

#[test]
fn a_prune_forgets_the_keys_of_all_merchants_and_no_entry() {
    let (mut ledger, clock) = ledger();
    super::merchant(&mut ledger, "acct_giza");
    for id in ["acct_cairo", "acct_giza"] {
        charge(&mut ledger, id, "ch_1", None);
        let mut book = ledger.book(id).unwrap();
        book.create_refund(&RefundRequest::of_charge("ch_1"), Some(&key("one"))).unwrap();
        book.create_refund(&RefundRequest::of_charge("ch_1"), Some(&key("two"))).unwrap_err();
    }
    let heads = ["acct_cairo", "acct_giza"]
        .map(|id| (id.to_owned(), ledger.book(id).unwrap().head().unwrap()));
    days(&mut ledger, &clock, 31);
    assert_eq!(ledger.prune_idempotency_keys(at(START + 1)).unwrap(), 4);
    ledger.verify(&heads, |_| std::ops::ControlFlow::Continue(())).unwrap();
    for (id, head) in heads {
        assert_eq!(ledger.book(&id).unwrap().head().unwrap(), head);
    }
}

/// What was recorded at or after the moment stays, and so does all that came after it.
#[test]
fn a_prune_forgets_nothing_recorded_after_its_moment() {
    let (mut ledger, clock) = ledger();
    charge(&mut ledger, "acct_cairo", "ch_1", None);
    clock.advance(10);
    assert!(!refund_under(&mut ledger, "later"));
    clock.advance(-5);
    assert!(!refund_under(&mut ledger, "earlier"));
    days(&mut ledger, &clock, 40);
    assert_eq!(ledger.prune_idempotency_keys(at(START + 7)).unwrap(), 0);
    assert!(refund_under(&mut ledger, "later") && refund_under(&mut ledger, "earlier"));
}
