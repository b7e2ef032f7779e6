//! Forks: a book that was restored from an older copy, and went on otherwise.

use refundry::{Error, Ledger, Mark, Options};

use super::{empty, receive, verify};
use crate::{
    feeds::{self, CAIRO},
    mirrors::{rows, vectors},
};

/// The office, and a till that was restored from before its last recording, and has gone on.
fn forked() -> (Ledger, Ledger) {
    let mut till = vectors();
    let older = till.to_bytes().unwrap();
    till.book(CAIRO).unwrap().issue_key().unwrap();
    let mut office = empty();
    receive(&mut office, &feeds::text(&mut till)).unwrap();
    let mut restored = Ledger::from_bytes(&older, Options::default()).unwrap();
    restored.book(CAIRO).unwrap().issue_key().unwrap();
    (office, restored)
}

#[test]
fn both_versions_are_kept_and_verification_names_them() {
    let (mut office, mut restored) = forked();
    let mark = office.book(CAIRO).unwrap().mark().unwrap();
    let unknown = restored.book(CAIRO).unwrap().feed(&mark).unwrap_err();
    assert!(matches!(unknown, Error::MarkUnknown { .. }), "the till notices first: {unknown}");

    let text = feeds::text(&mut restored);
    let forked = receive(&mut office, &text).unwrap_err();
    let last = text.lines().count() - 1;
    assert!(matches!(forked, Error::Forked { line, n } if line == last as u64 && n == mark.n));
    assert_eq!(office.book(CAIRO).unwrap().mark().unwrap(), mark, "the mirror is as it was");
    let forks = verify(&mut office).forks;
    assert_eq!(forks, office.forks().unwrap());
    let [fork] = &forks[..] else { panic!("{forks:?}") };
    let differs = text.lines().nth(last - 1).unwrap();
    assert_eq!((&*fork.merchant_id, fork.n, &*fork.line), (CAIRO, mark.n, differs));

    // Sent again, it is known; sent from the fork on, its first line is the evidence.
    let before = rows(&mut office);
    receive(&mut office, &text).unwrap_err();
    assert_eq!(rows(&mut office), before);
    let mark = restored.book(CAIRO).unwrap().mark().unwrap();
    let rest = feeds::feed(&mut restored, &mark, 1).join("\n");
    let forked = receive(&mut office, &rest).unwrap_err();
    assert!(matches!(forked, Error::Forked { line: 1, .. }), "{forked}");
    assert_eq!(office.forks().unwrap().len(), 2);
}

#[test]
fn a_hundred_are_kept() {
    let (mut office, restored) = forked();
    let mut restored = restored;
    let bytes = restored.to_bytes().unwrap();
    for n in 0..110 {
        // Keys are random, so each goes on in its own way.
        let mut other = Ledger::from_bytes(&bytes, Options::default()).unwrap();
        let mut book = other.book(CAIRO).unwrap();
        book.issue_key().unwrap();
        let mark = book.mark().unwrap();
        drop(book);
        let mut mirror_is_longer = office.book(CAIRO).unwrap().mark().unwrap();
        mirror_is_longer.n = mark.n - 1;
        let first = format!(
            "{{\"feed\":1,\"merchantId\":\"{CAIRO}\",\"n\":{},\"hash\":\"{}\"}}\n",
            mirror_is_longer.n, mark.hash
        );
        receive(&mut office, &first).unwrap_err();
        assert_eq!(office.forks().unwrap().len(), (n + 1).min(100));
    }
    verify(&mut office);
}

/// The till's book is what the office has, and ends before: an older feed that was sent late.
#[test]
fn a_feed_that_ends_before_the_mirror_does_is_no_fork() {
    let mut till = vectors();
    let older = feeds::text(&mut till);
    till.book(CAIRO).unwrap().issue_key().unwrap();
    let mut office = empty();
    receive(&mut office, &feeds::text(&mut till)).unwrap();
    let report = receive(&mut office, &older).unwrap();
    assert_eq!(report.recorded, 0);
    assert_eq!(report.mark, till.book(CAIRO).unwrap().mark().unwrap());
    assert_ne!(report.mark, Mark::genesis(CAIRO));
    assert!(office.forks().unwrap().is_empty());
}
