//! Taking in feeds: a mirror is whole up to a line whatever happens, only follows, and keeps the
//! evidence of forks.

mod faults;
mod forks;
mod keys;
mod refused;

use std::ops::ControlFlow;

use refundry::{Error, FeedReport, Ledger, Mark, Options, Receiver, Result};
use rusqlite::types::Value;

use crate::{
    feeds::{self, CAIRO},
    mirrors::{eventful, lines, rows},
};

fn empty() -> Ledger {
    Ledger::in_memory(Options::default()).unwrap()
}

fn receive(ledger: &mut Ledger, text: &str) -> Result<FeedReport> {
    ledger.receive(text.as_bytes(), |_| ControlFlow::Continue(()))
}

fn verify(ledger: &mut Ledger) -> refundry::VerifyReport {
    ledger.verify(&[], |_| ControlFlow::Continue(())).unwrap()
}

/// Every row but those that say that the book is a mirror.
fn rows_of_the_book(ledger: &mut Ledger) -> Vec<(String, Vec<Value>)> {
    let of_mirrors = ["mirrors", "forks", "feed_keys"];
    rows(ledger).into_iter().filter(|(table, _)| !of_mirrors.contains(&table.as_str())).collect()
}

#[test]
fn an_eventful_book_arrives_row_for_row() {
    let mut till = eventful();
    let recordings = lines(&mut till, CAIRO);
    let mut office = empty();
    let report = receive(&mut office, &feeds::text(&mut till)).unwrap();
    let mark = till.book(CAIRO).unwrap().mark().unwrap();
    let recorded = recordings.len() as u64;
    assert_eq!(report, FeedReport { merchant_id: CAIRO.into(), recorded, skipped: 0, mark });
    assert_eq!(rows_of_the_book(&mut office), rows_of_the_book(&mut till));
    assert!(office.book(CAIRO).unwrap().is_mirror().unwrap());
    assert!(!till.book(CAIRO).unwrap().is_mirror().unwrap());
    assert_eq!(verify(&mut office), verify(&mut till));

    // A second time, and in part: nothing happens.
    let before = rows(&mut office);
    for mark in feeds::marks(&recordings) {
        let text = feeds::feed(&mut till, &mark, 100).join("\n");
        let report = receive(&mut office, &text).unwrap();
        assert_eq!((report.recorded, report.skipped), (0, recorded - mark.n as u64));
    }
    assert_eq!(rows(&mut office), before);

    // A mirror of the mirror is the same again.
    let mut other = empty();
    receive(&mut other, &feeds::text(&mut office)).unwrap();
    assert_eq!(rows_of_the_book(&mut other), rows_of_the_book(&mut office));
}

/// The forms of a text that was erased, and of a key that was forgotten, are compared by their hashes.
#[test]
fn what_the_sender_has_forgotten_since_is_known_all_the_same() {
    let mut till = eventful();
    let mut office = empty();
    receive(&mut office, &feeds::text(&mut till)).unwrap();
    let page = refundry::Page { limit: 100, starting_after: None };
    let mut book = till.book(CAIRO).unwrap();
    let refunds = book.refunds(&Default::default(), &page).unwrap();
    let told = refunds.data.iter().find(|refund| refund.description.is_some()).unwrap();
    assert!(book.erase_text(&told.id).unwrap());
    let report = receive(&mut office, &feeds::text(&mut till)).unwrap();
    assert_eq!(report.recorded, 1, "the erasure");
    assert_eq!(rows_of_the_book(&mut office), rows_of_the_book(&mut till));
}

#[test]
fn a_mirror_that_has_come_to_any_line_is_sound() {
    let mut till = eventful();
    let recordings = lines(&mut till, CAIRO);
    let mut office = empty();
    for (n, mark) in feeds::marks(&recordings).into_iter().enumerate().skip(1) {
        let feed = feeds::feed(&mut till, &Mark::genesis(CAIRO), 100);
        let cut = feed[..=n].join("\n") + "\n";
        let after = match receive(&mut office, &cut).unwrap_err() {
            Error::Feed { line, after, .. } => {
                assert_eq!(line as usize, n + 2, "the line that is missing");
                after
            }
            other => panic!("{other}"),
        };
        assert_eq!(after, mark);
        verify(&mut office);
    }
    let rest = feeds::feed(&mut till, &feeds::marks(&recordings)[recordings.len()], 1);
    assert_eq!(receive(&mut office, &rest.join("\n")).unwrap().recorded, 0);
}

#[test]
fn pieces_for_little_memory_are_feeds_by_themselves() {
    let (mut till, mut office) = (eventful(), empty());
    let mut mark = Mark::genesis(CAIRO);
    loop {
        let piece = till.book(CAIRO).unwrap().feed_piece(&mark, 2_000).unwrap();
        mark = receive(&mut office, &piece.text).unwrap().mark;
        assert_eq!(mark, piece.mark);
        if piece.complete {
            break;
        }
    }
    assert_eq!(rows_of_the_book(&mut office), rows_of_the_book(&mut till));
}

#[test]
fn a_feed_of_another_merchant_than_may_be_sent_is_refused() {
    let (mut till, mut office) = (eventful(), empty());
    let text = feeds::text(&mut till);
    let refused = Receiver::of("acct_giza").take(&mut office, text.as_bytes()).unwrap_err();
    assert!(matches!(refused, Error::ResourceMissing { param: "merchantId", .. }), "{refused}");
    assert!(office.merchants().unwrap().is_empty());
    let mut receiver = Receiver::of(CAIRO);
    receiver.take(&mut office, text.as_bytes()).unwrap();
    receiver.end(&mut office).unwrap();
}
