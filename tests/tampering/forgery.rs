//! Forgeries that are sound in themselves: cut-off tails, books rewritten or left out, chains
//! that were continued on false facts, and changes to the schema.

use std::collections::VecDeque;

use refundry::{Head, Invariant, Ledger, NewMerchant, NewTransfer, PayoutOutcome, RefundRequest};
use rusqlite::Connection;

use super::fixture::{DUE, amount, charge, copy, currency, fill, finding, options, part, tamper};
use crate::{
    shop::add_merchant,
    vectors::chain::{hex, link},
};

const EVERY_TABLE: [&str; 10] = [
    "texts",
    "refunds",
    "transfers",
    "balance_transactions",
    "postings",
    "entries",
    "maturing",
    "charges",
    "payment_intents",
    "balances",
];

fn found(path: &std::path::Path, kept: &[(String, Head)]) -> (Invariant, Option<String>, String) {
    let finding = finding(path, kept).unwrap().expect("a finding");
    (finding.invariant, finding.merchant, finding.place)
}

fn in_cairo(invariant: Invariant, place: &str) -> (Invariant, Option<String>, String) {
    (invariant, Some("acct_cairo".to_owned()), place.to_owned())
}

/// Removes the last entry of the first book with all that belongs to it.
const CUT: &str = "
    DELETE FROM refunds WHERE merchant = 1 AND seq = 23;
    DELETE FROM balance_transactions WHERE merchant = 1 AND seq = 23;
    DELETE FROM postings WHERE merchant = 1 AND seq = 23;
    DELETE FROM entries WHERE merchant = 1 AND seq = 23;
    UPDATE balances SET available = available + 5000, clearing = clearing + 5000
    WHERE merchant = 1 AND currency = 818;";

#[test]
fn a_tail_that_was_cut_off_is_found_with_a_kept_head_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let heads = fill(&path);
    tamper(&path, CUT).unwrap();
    assert!(matches!(finding(&path, &[]), Ok(None)), "it is sound in itself");
    assert_eq!(found(&path, &heads), in_cairo(Invariant::KeptHead, "the end of the book"));
    // The head of the other book still stands.
    assert!(matches!(finding(&path, &heads[1..]), Ok(None)));
}

#[test]
fn a_book_that_was_continued_otherwise_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let heads = fill(&path);
    tamper(&path, CUT).unwrap();
    let mut ledger = Ledger::open(&path, options()).unwrap();
    let mut book = ledger.book("acct_cairo").unwrap();
    book.create_refund(&part("ch_free", 1), None).unwrap();
    drop(ledger);
    assert!(matches!(finding(&path, &[]), Ok(None)), "it is sound in itself");
    assert_eq!(found(&path, &heads), in_cairo(Invariant::KeptHead, "je_23"));
}

#[test]
fn every_kept_head_is_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let heads = fill(&path);
    let good = heads[0].1;
    let bad = Head { hash: heads[1].1.hash, ..good };
    let start = Head { seq: 0, ..good };
    let of_cairo = |head| ("acct_cairo".to_owned(), head);
    for kept in [[good, bad], [bad, good]] {
        let kept = kept.map(of_cairo);
        assert_eq!(found(&path, &kept), in_cairo(Invariant::KeptHead, "je_23"));
    }
    assert_eq!(found(&path, &[of_cairo(start)]), in_cairo(Invariant::KeptHead, "je_0"));
    let before = Head { seq: -1, ..good };
    assert_eq!(found(&path, &[of_cairo(before)]).0, Invariant::KeptHead);
    // The head of a book without entries is one that can be kept.
    let mut empty = Ledger::in_memory(options()).unwrap();
    let mut cairo = NewMerchant::named("acct_cairo");
    cairo.id = Some("acct_cairo".to_owned());
    empty.create_merchant(&cairo).unwrap();
    let genesis = empty.book("acct_cairo").unwrap().head().unwrap();
    assert!(matches!(finding(&path, &[of_cairo(genesis)]), Ok(None)));
}

#[test]
fn a_book_that_was_left_out_is_found_with_a_kept_head_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let heads = fill(&path);
    let mut sql: String = EVERY_TABLE
        .iter()
        .map(|table| format!("DELETE FROM {table} WHERE merchant = 2;"))
        .collect();
    sql.push_str("DELETE FROM merchants WHERE merchant = 2;");
    tamper(&path, &sql).unwrap();
    assert!(matches!(finding(&path, &[]), Ok(None)), "it is sound in itself");
    let gone = (Invariant::KeptHead, Some("acct_giza".to_owned()), "the whole book".to_owned());
    assert_eq!(found(&path, &heads), gone);
}

#[test]
fn a_merchant_under_another_id_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fill(&path);
    tamper(&path, "UPDATE merchants SET id = 'acct_luxor' WHERE merchant = 2").unwrap();
    let found = found(&path, &[]);
    assert_eq!((found.0, found.2.as_str()), (Invariant::Chain, "je_1"));
}

/// The chain follows from what stands in it, so only the sum of the refunds tells.
#[test]
fn refunds_beyond_what_was_captured_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fill(&path);
    tamper(&path, "UPDATE charges SET captured = 7000 WHERE id = 'ch_usd'").unwrap();
    let mut ledger = Ledger::open(&path, options()).unwrap();
    let mut book = ledger.book("acct_cairo").unwrap();
    book.create_refund(&RefundRequest::of_charge("ch_usd"), None).unwrap();
    drop(ledger);
    tamper(&path, "UPDATE charges SET captured = 6000 WHERE id = 'ch_usd'").unwrap();
    assert_eq!(found(&path, &[]), in_cairo(Invariant::Refunded, "ch_usd"));
}

/// What failed in another book, at the same place of its order, takes nothing back in this one.
#[test]
fn a_refund_that_failed_in_another_book_hides_nothing_here() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let mut ledger = Ledger::open(&path, options()).unwrap();
    for id in ["acct_cairo", "acct_giza"] {
        add_merchant(&mut ledger, id);
        let mut new = charge("ch_1", 200, 0, "EGP", DUE);
        new.amount_captured = amount(100);
        ledger.book(id).unwrap().create_charge(&new, None).unwrap();
    }
    let mut book = ledger.book("acct_giza").unwrap();
    let failed = book.create_refund(&part("ch_1", 100), None).unwrap();
    book.fail_refund(&failed.id, None).unwrap();
    drop(ledger);
    tamper(&path, "UPDATE charges SET captured = 200 WHERE merchant = 1").unwrap();
    let mut ledger = Ledger::open(&path, options()).unwrap();
    let mut book = ledger.book("acct_cairo").unwrap();
    let refund = book.create_refund(&RefundRequest::of_charge("ch_1"), None).unwrap();
    assert_eq!(refund.journal_entry_id, failed.journal_entry_id);
    drop(ledger);
    tamper(&path, "UPDATE charges SET captured = 100 WHERE merchant = 1").unwrap();
    assert_eq!(found(&path, &[]), in_cairo(Invariant::Refunded, "ch_1"));
}

/// Who computes the chain anew can have it say that what never succeeded was refunded.
#[test]
fn a_refund_of_what_did_not_succeed_is_found_in_a_chain_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let mut ledger = Ledger::open(&path, options()).unwrap();
    add_merchant(&mut ledger, "acct_cairo");
    let mut book = ledger.book("acct_cairo").unwrap();
    book.create_charge(&charge("ch_1", 100, 0, "EGP", DUE), None).unwrap();
    let mut pending = charge("ch_open", 100, 0, "EGP", DUE);
    pending.status = refundry::ChargeStatus::Pending;
    book.create_charge(&pending, None).unwrap();
    book.create_refund(&part("ch_1", 40), None).unwrap();
    drop(ledger);
    tamper(&path, "UPDATE refunds SET charge = 2; UPDATE entries SET reverses = NULL").unwrap();
    let mut ledger = Ledger::open(&path, options()).unwrap();
    let book = ledger.book("acct_cairo").unwrap();
    let entries = book.journal_entries_after(0, 2).unwrap();
    let before = *entries[0].hash.as_bytes();
    let forged = hex(&link(&book, &entries[1], before, &mut VecDeque::new()));
    drop(ledger);
    tamper(&path, &format!("UPDATE entries SET hash = x'{forged}' WHERE seq = 2")).unwrap();
    assert_eq!(found(&path, &[]), in_cairo(Invariant::Refunded, "ch_open"));
}

/// The library is made to record an arrival after the failure by hiding the failure meanwhile.
#[test]
fn a_payout_that_arrived_after_it_had_failed_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fill(&path);
    tamper(&path, "UPDATE entries SET cause = 5 WHERE merchant = 1 AND seq = 17").unwrap();
    let mut ledger = Ledger::open(&path, options()).unwrap();
    let mut book = ledger.book("acct_cairo").unwrap();
    book.conclude_payout("po_failed", PayoutOutcome::Paid, None).unwrap();
    drop(ledger);
    tamper(&path, "UPDATE entries SET cause = 7 WHERE merchant = 1 AND seq = 17").unwrap();
    assert_eq!(found(&path, &[]), in_cairo(Invariant::Payout, "je_17"));
}

/// The library is made to record the return first, by showing it an arrival that it then forgets.
#[test]
fn a_payout_that_was_returned_before_it_arrived_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fill(&path);
    let mut ledger = Ledger::open(&path, options()).unwrap();
    let mut book = ledger.book("acct_cairo").unwrap();
    let mut new = NewTransfer::payout(amount(10), currency("EGP"));
    new.id = Some("po_odd".to_owned());
    book.create_transfer(&new, None).unwrap();
    drop(ledger);
    // The arrival of another payout is lent to this one, and given back.
    tamper(&path, "UPDATE entries SET source = 24 WHERE merchant = 1 AND seq = 15").unwrap();
    let mut ledger = Ledger::open(&path, options()).unwrap();
    let mut book = ledger.book("acct_cairo").unwrap();
    book.conclude_payout("po_odd", PayoutOutcome::Returned, None).unwrap();
    drop(ledger);
    tamper(
        &path,
        "UPDATE entries SET source = 14 WHERE merchant = 1 AND seq = 15;
         UPDATE entries SET cause = 5 WHERE merchant = 1 AND seq = 25;",
    )
    .unwrap();
    let mut ledger = Ledger::open(&path, options()).unwrap();
    let mut book = ledger.book("acct_cairo").unwrap();
    book.conclude_payout("po_odd", PayoutOutcome::Paid, None).unwrap();
    drop(ledger);
    tamper(&path, "UPDATE entries SET cause = 8 WHERE merchant = 1 AND seq = 25").unwrap();
    assert_eq!(found(&path, &[]), in_cairo(Invariant::Payout, "je_25"));
}

#[test]
fn changes_to_the_schema_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let original = folder.path().join("ledger");
    fill(&original);
    let mut wrong = Vec::new();
    for (sql, place) in [
        ("DROP TRIGGER entries_no_update", "trigger entries_no_update"),
        ("DROP TRIGGER refunds_only_append", "trigger refunds_only_append"),
        (
            "DROP TRIGGER postings_no_delete;
             CREATE TRIGGER postings_no_delete BEFORE DELETE ON postings BEGIN SELECT 1; END",
            "trigger postings_no_delete",
        ),
        ("DROP INDEX refunds_of_charge", "index refunds_of_charge"),
        ("DROP INDEX entries_of_outcome", "index entries_of_outcome"),
        (
            "CREATE TRIGGER hidden AFTER INSERT ON refunds BEGIN DELETE FROM idempotency; END",
            "trigger hidden",
        ),
        // Only SQLite's own statistics may be there or not, and nothing with a similar name.
        (
            "CREATE TRIGGER sqlite1stat AFTER INSERT ON refunds BEGIN DELETE FROM idempotency; END",
            "trigger sqlite1stat",
        ),
        ("ALTER TABLE refunds ADD COLUMN note TEXT", "table refunds"),
    ] {
        let (_folder, path) = copy(&original);
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        match finding(&path, &[]) {
            Ok(Some(finding))
                if finding.merchant.is_none()
                    && finding.place == place
                    && finding.invariant == Invariant::Schema => {}
            other => wrong.push(format!("{sql}: {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn statistics_of_sqlite_are_no_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let heads = fill(&path);
    Connection::open(&path).unwrap().execute_batch("ANALYZE").unwrap();
    assert!(matches!(finding(&path, &heads), Ok(None)));
}

/// What stays in an index and has gone from its table.
#[test]
fn an_index_that_differs_from_its_table_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fill(&path);
    let conn = Connection::open(&path).unwrap();
    // The index is made to look like one of other rows while it is built.
    conn.execute_batch(
        "DROP INDEX maturing_by_date;
         CREATE INDEX maturing_by_date ON maturing (available_on) WHERE merchant = 9;
         PRAGMA writable_schema = ON;
         UPDATE sqlite_schema SET sql = 'CREATE INDEX maturing_by_date ON maturing (available_on)'
         WHERE name = 'maturing_by_date';",
    )
    .unwrap();
    drop(conn);
    assert_eq!(found(&path, &[]).0, Invariant::File);
}

#[test]
fn merchants_without_entries_are_sound_books() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let mut ledger = Ledger::open(&path, options()).unwrap();
    add_merchant(&mut ledger, "acct_cairo");
    let head = ledger.book("acct_cairo").unwrap().head().unwrap();
    assert_eq!(head.seq, 0);
    let mut pending = charge("ch_open", 100, 1, "EGP", DUE);
    pending.status = refundry::ChargeStatus::Pending;
    ledger.book("acct_cairo").unwrap().create_charge(&pending, None).unwrap();
    drop(ledger);
    assert!(matches!(finding(&path, &[("acct_cairo".to_owned(), head)]), Ok(None)));
}
