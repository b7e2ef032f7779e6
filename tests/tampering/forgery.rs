//! Forgeries that are sound in themselves: cut-off tails, books rewritten or left out, chains
//! that were continued on false facts, and changes to the schema.

use refundry::{
    Error, Head, Invariant, Ledger, NewMerchant, NewTransfer, PayoutOutcome, RefundRequest,
};
use rusqlite::Connection;

use super::{
    fixture::{DUE, amount, charge, copy, currency, fill, finding, options, part, tamper},
    running,
};
use crate::shop::{add_merchant, enlarge};

fn found(path: &std::path::Path, kept: &[(String, Head)]) -> (Invariant, Option<String>, String) {
    let finding = finding(path, kept).unwrap().expect("a finding");
    (finding.invariant, finding.merchant, finding.place)
}

fn in_cairo(invariant: Invariant, place: &str) -> (Invariant, Option<String>, String) {
    (invariant, Some("acct_cairo".to_owned()), place.to_owned())
}

fn in_luxor(invariant: Invariant, place: &str) -> (Invariant, Option<String>, String) {
    (invariant, Some("acct_luxor".to_owned()), place.to_owned())
}

/// Removes the last entry of the first book with all that belongs to it.
const CUT: &str = "
    DELETE FROM entries WHERE entry = {C} + 23;
    UPDATE balances SET available = available + 5000, clearing = clearing + 5000
    WHERE balance = {C} + 1;";

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
    let sql = "
        DELETE FROM entries WHERE entry >= {G} AND entry < {L};
        DELETE FROM changes WHERE change >= {G} AND change < {L};
        DELETE FROM charges WHERE merchant = 2;
        DELETE FROM maturing WHERE merchant = 2;
        DELETE FROM balances WHERE balance >= {G} AND balance < {L};
        DELETE FROM merchants WHERE merchant = 2;
        DELETE FROM currencies WHERE code = 'KWD';";
    tamper(&path, sql).unwrap();
    assert!(matches!(finding(&path, &[]), Ok(None)), "it is sound in itself");
    let gone = (Invariant::KeptHead, Some("acct_giza".to_owned()), "the whole book".to_owned());
    assert_eq!(found(&path, &heads), gone);
}

#[test]
fn a_merchant_under_another_id_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fill(&path);
    tamper(&path, "UPDATE merchants SET id = 'acct_aswan' WHERE merchant = 2").unwrap();
    let of_aswan =
        |invariant, place: &str| (invariant, Some("acct_aswan".to_owned()), place.to_owned());
    assert_eq!(found(&path, &[]), of_aswan(Invariant::Recording, "recording 1"));
    // Who makes both chains anew has left the name in the recording.
    running::make_anew(&path, 2, "acct_aswan");
    assert_eq!(found(&path, &[]), of_aswan(Invariant::Change, "the merchant"));
}

/// The control of the forgeries that follow: made anew, an honest book is what it was.
#[test]
fn both_chains_made_anew_are_those_of_the_library() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fill(&path);
    let hashes = || -> Vec<(i64, Vec<u8>, Vec<u8>)> {
        let conn = Connection::open(&path).unwrap();
        let sql = "SELECT entry, hash, running FROM entries
                   UNION ALL SELECT change, x'', running FROM changes ORDER BY 1, 2";
        let mut statement = conn.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        rows.unwrap().collect::<rusqlite::Result<_>>().unwrap()
    };
    let before = hashes();
    let wipe = "
        UPDATE entries SET hash = zeroblob(32) WHERE entry < {L} OR entry > {S};
        UPDATE entries SET running = zeroblob(32);
        UPDATE changes SET running = zeroblob(32);";
    tamper(&path, wipe).unwrap();
    assert_ne!(hashes(), before);
    running::make_anew(&path, 1, "acct_cairo");
    running::make_anew(&path, 2, "acct_giza");
    running::make_running_anew(&path, 3, "acct_luxor");
    running::make_anew(&path, 4, "acct_siwa");
    running::make_anew(&path, 5, "acct_dahab");
    assert_eq!(hashes(), before);
}

/// A refund that was halved in its row and in the balances, in chains that were made anew.
#[test]
fn a_book_that_was_rewritten_is_found_with_a_kept_head_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let heads = fill(&path);
    let sql = "
        UPDATE entries SET amount = 25, refunded = 25 WHERE entry = {G} + 2;
        UPDATE balances SET available = available + 25, clearing = clearing + 25
        WHERE balance = {G} + 1;";
    tamper(&path, sql).unwrap();
    let in_giza =
        |invariant, place: &str| (invariant, Some("acct_giza".to_owned()), place.to_owned());
    assert_eq!(found(&path, &[]), in_giza(Invariant::Chain, "je_2"));
    running::make_anew(&path, 2, "acct_giza");
    assert!(matches!(finding(&path, &[]), Ok(None)), "it is sound in itself");
    assert_eq!(found(&path, &heads), in_giza(Invariant::KeptHead, "je_3"));
}

/// A head covers the journal. What was changed beside it is told by a mark.
#[test]
fn a_change_that_was_rewritten_is_told_by_a_kept_mark_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let heads = fill(&path);
    let mut ledger = Ledger::open(&path, options()).unwrap();
    let mark = ledger.book("acct_cairo").unwrap().mark().unwrap();
    drop(ledger);
    let sql = "
        UPDATE payment_intents SET amount = 70000 WHERE intent = {C} + 1;
        UPDATE changes SET body = replace(body, '\"10000\"', '\"70000\"') WHERE change = {C} + 2;";
    tamper(&path, sql).unwrap();
    assert_eq!(found(&path, &[]), in_cairo(Invariant::Recording, "recording 2"));
    running::make_anew(&path, 1, "acct_cairo");
    assert!(
        matches!(finding(&path, &heads), Ok(None)),
        "it is sound in the eyes of who kept heads"
    );
    let mut ledger = Ledger::open(&path, options()).unwrap();
    let after = ledger.book("acct_cairo").unwrap().recordings_after(&mark, 1);
    assert!(matches!(after, Err(Error::MarkUnknown { .. })), "{after:?}");
}

/// A text that was erased is not brought back, not even in chains that were made anew.
#[test]
fn a_text_that_stands_again_where_it_was_erased_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fill(&path);
    // The words of the third entry are put into the mouth of the fourth.
    let sql = "
        INSERT INTO texts SELECT {L} + 47, salt, description, metadata FROM texts WHERE text = {L} + 46;
        UPDATE entries SET text_hash = (SELECT text_hash FROM entries WHERE entry = {L} + 3)
        WHERE entry = {L} + 4;";
    tamper(&path, sql).unwrap();
    running::make_anew(&path, 3, "acct_luxor");
    assert_eq!(found(&path, &[]), in_luxor(Invariant::Change, "the text of recording 47"));
}

/// A key that was forgotten is not known again, not even in chains that were made anew.
#[test]
fn a_key_that_stands_again_where_it_was_forgotten_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fill(&path);
    tamper(
        &path,
        "UPDATE entries SET operation = 3, idempotency_key = 'old' WHERE entry = {L} + 1",
    )
    .unwrap();
    running::make_running_anew(&path, 3, "acct_luxor");
    assert_eq!(found(&path, &[]), in_luxor(Invariant::Change, "je_1"));
}

/// A request is made once, so the chains may say what they like of the second.
#[test]
fn a_key_with_two_recordings_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fill(&path);
    let sql = "
        UPDATE entries SET (operation, idempotency_key, fingerprint) = (
            SELECT operation, idempotency_key, fingerprint FROM entries WHERE entry = {L} + 3)
        WHERE entry = {L} + 4;
        INSERT INTO idempotency SELECT lookup, {L} + 47 FROM idempotency WHERE recording = {L} + 46;";
    tamper(&path, sql).unwrap();
    running::make_running_anew(&path, 3, "acct_luxor");
    assert_eq!(found(&path, &[]), in_luxor(Invariant::Key, "je_4"));
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
    tamper(&path, "UPDATE entries SET charge = {C} + 2 WHERE entry = {C} + 2").unwrap();
    running::make_anew(&path, 1, "acct_cairo");
    // Nothing posted that charge, so whatever the refund reverses is not its entry.
    assert_eq!(found(&path, &[]), in_cairo(Invariant::Reversal, "je_2"));
}

/// The library is made to record an arrival after the failure by hiding the failure meanwhile.
#[test]
fn a_payout_that_arrived_after_it_had_failed_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fill(&path);
    tamper(&path, "UPDATE entries SET cause = 5 WHERE entry = {C} + 17").unwrap();
    let mut ledger = Ledger::open(&path, options()).unwrap();
    let mut book = ledger.book("acct_cairo").unwrap();
    book.conclude_payout("po_failed", PayoutOutcome::Paid, None).unwrap();
    drop(ledger);
    tamper(&path, "UPDATE entries SET cause = 7 WHERE entry = {C} + 17").unwrap();
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
    tamper(&path, "UPDATE entries SET about = {C} + 24 WHERE entry = {C} + 15").unwrap();
    let mut ledger = Ledger::open(&path, options()).unwrap();
    let mut book = ledger.book("acct_cairo").unwrap();
    book.conclude_payout("po_odd", PayoutOutcome::Returned, None).unwrap();
    drop(ledger);
    tamper(
        &path,
        "UPDATE entries SET about = {C} + 14 WHERE entry = {C} + 15;
         UPDATE entries SET cause = 5 WHERE entry = {C} + 25;",
    )
    .unwrap();
    let mut ledger = Ledger::open(&path, options()).unwrap();
    let mut book = ledger.book("acct_cairo").unwrap();
    book.conclude_payout("po_odd", PayoutOutcome::Paid, None).unwrap();
    drop(ledger);
    tamper(&path, "UPDATE entries SET cause = 8 WHERE entry = {C} + 25").unwrap();
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
        ("DROP TRIGGER entries_keep_ids", "trigger entries_keep_ids"),
        ("DROP TRIGGER changes_forget_keys", "trigger changes_forget_keys"),
        (
            "DROP TRIGGER changes_no_delete;
             CREATE TRIGGER changes_no_delete BEFORE DELETE ON changes BEGIN SELECT 1; END",
            "trigger changes_no_delete",
        ),
        ("DROP INDEX refunds_of_charge", "index refunds_of_charge"),
        ("DROP INDEX entries_of_outcome", "index entries_of_outcome"),
        ("DROP INDEX entries_by_id", "index entries_by_id"),
        (
            "CREATE TRIGGER hidden AFTER INSERT ON entries BEGIN DELETE FROM idempotency; END",
            "trigger hidden",
        ),
        // Only SQLite's own statistics may be there or not, and nothing with a similar name.
        (
            "CREATE TRIGGER sqlite1stat AFTER INSERT ON entries BEGIN DELETE FROM idempotency; END",
            "trigger sqlite1stat",
        ),
        ("ALTER TABLE entries ADD COLUMN note TEXT", "table entries"),
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
    enlarge(&path);
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
