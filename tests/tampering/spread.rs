//! A forged book is not spread: where both chains were made anew, another ledger still takes in no
//! recording that does not follow from those before it.

use std::path::Path;

use refundry::{Error, FileError, Ledger, Mark, Options, Timestamp};

use super::{
    fixture::{DUE, fill, options, tamper},
    running,
};

const CAIRO: (i64, &str) = (1, "acct_cairo");
const LUXOR: (i64, &str) = (3, "acct_luxor");

/// The first recording of a book that an empty ledger refuses; `None` if it takes in all.
fn refused(path: &Path, id: &str) -> Option<usize> {
    let mut ledger = Ledger::open(path, options()).unwrap();
    let book = ledger.book(id).unwrap();
    let lines = book.recordings_after(&Mark::genesis(id), u32::MAX).unwrap();
    let mut other = Ledger::in_memory(Options::default()).unwrap();
    for (line, n) in lines.iter().zip(1..) {
        match other.apply(id, line) {
            Ok(true) => {}
            Err(Error::Feed { .. }) => {
                assert_eq!(other.book(id).unwrap().mark().unwrap().n, n as i64 - 1);
                return Some(n);
            }
            wrong => panic!("recording {n}: {wrong:?}: {line}"),
        }
    }
    None
}

/// What an empty ledger refuses of a book that was edited so, in chains made anew.
fn refused_of((merchant, id): (i64, &str), sql: &str) -> Option<usize> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fill(&path);
    tamper(&path, sql).unwrap();
    if merchant == CAIRO.0 {
        running::make_anew(&path, merchant, id);
    } else {
        // A text of this book is erased, so its journal's chain can't be made anew.
        running::make_running_anew(&path, merchant, id);
    }
    refused(&path, id)
}

/// The control: an honest book is taken in.
#[test]
fn what_was_not_edited_is_taken_in() {
    assert_eq!(refused_of(CAIRO, ""), None);
    assert_eq!(refused_of(LUXOR, ""), None);
}

#[test]
fn what_does_not_follow_is_refused() {
    for (what, book, sql, n) in [
        (
            "a charge in another currency than its intent",
            CAIRO,
            "UPDATE payment_intents SET currency =
                 (SELECT currency FROM currencies WHERE code = 'USD') WHERE intent = {C} + 1;
             UPDATE changes SET body = replace(body, 'EGP', 'USD') WHERE change = {C} + 2",
            3,
        ),
        (
            "a charge that captured more than its amount",
            CAIRO,
            "UPDATE charges SET amount = 5999 WHERE id = 'ch_usd'",
            6,
        ),
        (
            "a maturity at another moment than its charge's",
            CAIRO,
            "UPDATE entries SET effective_at = effective_at + 1 WHERE entry = {C} + 8",
            12,
        ),
        (
            "an API key for the second time",
            LUXOR,
            "UPDATE changes SET body = (SELECT body FROM changes WHERE change = {L} + 2)
             WHERE change = {L} + 3",
            3,
        ),
        (
            "an idempotency key for the second time",
            LUXOR,
            "UPDATE entries SET (operation, idempotency_key, fingerprint) = (
                 SELECT operation, idempotency_key, fingerprint FROM entries WHERE entry = {L} + 3)
             WHERE entry = {L} + 4",
            47,
        ),
        (
            "a refund under the idempotency key of a transfer",
            LUXOR,
            "UPDATE entries SET operation = (SELECT operation FROM entries WHERE entry = {L} + 6)
             WHERE entry = {L} + 3",
            46,
        ),
    ] {
        assert_eq!(refused_of(book, sql), Some(n), "{what}");
    }
}

/// The library is made to release a charge twice, by hiding the first maturity from it.
#[test]
fn a_charge_that_matures_twice_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fill(&path);
    let mut ledger = Ledger::open(&path, options()).unwrap();
    let book = ledger.book(CAIRO.1).unwrap();
    let mark = book.mark().unwrap();
    let honest = book.recordings_after(&Mark::genesis(CAIRO.1), u32::MAX).unwrap();
    drop(ledger);
    let mut other = Ledger::in_memory(Options::default()).unwrap();
    for line in &honest {
        assert!(other.apply(CAIRO.1, line).unwrap(), "{line}");
    }
    let hidden = "
        UPDATE entries SET about = {C} + 22 WHERE entry = {C} + 8;
        INSERT INTO maturing VALUES (1, {DUE}, 'ch_1', {C} + 1);";
    tamper(&path, hidden).unwrap();
    let mut ledger = Ledger::open(&path, options()).unwrap();
    let mut book = ledger.book(CAIRO.1).unwrap();
    assert_eq!(book.release_due(Timestamp::from_millis(DUE)).unwrap(), 1);
    let second = book.recordings_after(&mark, 1).unwrap().remove(0);
    let refused = other.apply(CAIRO.1, &second).unwrap_err();
    assert!(matches!(refused, Error::Feed { .. }), "{refused}");
}

/// A recording that is missing ends a feed: it is not asked for again and again.
#[test]
fn a_feed_of_a_book_with_a_missing_recording_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fill(&path);
    tamper(&path, "DELETE FROM changes WHERE change = {C} + 2").unwrap();
    let mut ledger = Ledger::open(&path, options()).unwrap();
    let book = ledger.book(CAIRO.1).unwrap();
    let missing = book.feed_piece(&Mark::genesis(CAIRO.1), usize::MAX).unwrap_err();
    assert_eq!(missing.number(), FileError::CORRUPT, "{missing}");
}
