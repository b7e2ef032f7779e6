//! Feeds: a book's recordings between a first line and a last one, from any place in it.

use refundry::{Error, Hash, Ledger, Mark};
use serde_json::{Value, json};

use crate::mirrors::{eventful, lines, vectors};

/// The id of the merchant in these tests.
pub(crate) const CAIRO: &str = "acct_cairo";

/// The whole feed after a mark, read so many recordings at a time.
pub(crate) fn feed(ledger: &mut Ledger, after: &Mark, limit: u32) -> Vec<String> {
    let book = ledger.book(CAIRO).unwrap();
    let mut feed = book.feed(after).unwrap();
    let mut lines = Vec::new();
    loop {
        let some = book.feed_lines(&mut feed, limit).unwrap();
        assert!(some.len() <= limit as usize + 2, "more than was asked for");
        if some.is_empty() {
            assert_eq!(feed.mark(), book.mark().unwrap());
            assert!(book.feed_lines(&mut feed, limit).unwrap().is_empty(), "it goes on");
            return lines;
        }
        lines.extend(some);
    }
}

/// The feed of the whole book as text.
pub(crate) fn text(ledger: &mut Ledger) -> String {
    feed(ledger, &Mark::genesis(CAIRO), 100).join("\n") + "\n"
}

/// The marks of a book, from its beginning on.
pub(crate) fn marks(lines: &[String]) -> Vec<Mark> {
    let of = |line: &String| -> Mark {
        let line: Value = serde_json::from_str(line).unwrap();
        serde_json::from_value(json!({ "n": line["n"], "hash": line["hash"] })).unwrap()
    };
    std::iter::once(Mark::genesis(CAIRO)).chain(lines.iter().map(of)).collect()
}

#[test]
fn a_feed_says_whose_it_is_where_it_begins_and_where_it_ends() {
    let mut ledger = eventful();
    let recordings = lines(&mut ledger, CAIRO);
    let (mark, head) = {
        let book = ledger.book(CAIRO).unwrap();
        (book.mark().unwrap(), book.head().unwrap())
    };
    for (n, after) in marks(&recordings).into_iter().enumerate() {
        let lines = feed(&mut ledger, &after, 100);
        let [first, between @ .., last] = &lines[..] else { panic!("{lines:?}") };
        let first: Value = serde_json::from_str(first).unwrap();
        assert_eq!(first, json!({"feed": 1, "merchantId": CAIRO, "n": n, "hash": after.hash}));
        assert_eq!(between, &recordings[n..]);
        let last: Value = serde_json::from_str(last).unwrap();
        assert_eq!(last, json!({"end": mark, "head": head}));
        for limit in [1, 2, 7] {
            assert_eq!(feed(&mut ledger, &after, limit), lines, "{limit} at a time");
        }
    }
}

#[test]
fn what_is_recorded_while_a_feed_is_read_is_left_to_the_next() {
    let mut ledger = vectors();
    let whole = feed(&mut ledger, &Mark::genesis(CAIRO), 100);
    let mut book = ledger.book(CAIRO).unwrap();
    let mut begun = book.feed(&Mark::genesis(CAIRO)).unwrap();
    let mut lines = book.feed_lines(&mut begun, 3).unwrap();
    book.issue_key().unwrap();
    lines.extend(book.feed_lines(&mut begun, 100).unwrap());
    assert_eq!(lines, whole);
    assert_eq!(feed(&mut ledger, &begun.mark(), 100).len(), 3, "the key, between two lines");
}

#[test]
fn a_place_that_the_book_never_had_is_refused() {
    let mut ledger = vectors();
    let book = ledger.book(CAIRO).unwrap();
    let Mark { n, hash } = book.mark().unwrap();
    let other = Mark::genesis("acct_giza").hash;
    let never = [(0, hash), (n, other), (n + 1, hash), (-1, hash), (i64::MAX, hash), (0, other)];
    for mark in never.map(|(n, hash): (i64, Hash)| Mark { n, hash }) {
        let is_named =
            |error: &Error| matches!(error, Error::MarkUnknown { mark: of } if *of == mark);
        assert!(book.feed(&mark).is_err_and(|error| is_named(&error)), "{mark}");
        assert!(book.feed_piece(&mark, 1 << 20).is_err_and(|error| is_named(&error)), "{mark}");
        assert!(book.recordings_after(&mark, 1).is_err_and(|error| is_named(&error)), "{mark}");
        if mark.n >= 0 {
            assert_eq!(Mark::parse(&mark.to_string()).unwrap(), mark);
        }
    }
    for text in ["", "1", "1:", "-1:00", &format!("01:{hash}"), &format!("{n}:{hash} ")] {
        let refused = Mark::parse(text).unwrap_err();
        assert_eq!(refused.param(), Some("after"), "{text}");
    }
}

/// Every piece is a whole feed that has no more bytes than there is room for.
#[test]
fn pieces_of_any_size_make_up_the_book() {
    let mut ledger = eventful();
    let recordings = lines(&mut ledger, CAIRO);
    let book = ledger.book(CAIRO).unwrap();
    let whole = book.feed_piece(&Mark::genesis(CAIRO), usize::MAX).unwrap();
    assert!(whole.complete);
    let longest = recordings.iter().map(String::len).max().unwrap();
    for most in [0, longest + 450, longest + 1_000, whole.text.len() - 1, whole.text.len() + 256] {
        let (mut after, mut pieces, mut between) = (Mark::genesis(CAIRO), 0, Vec::new());
        loop {
            let piece = match book.feed_piece(&after, most) {
                // No more room is needed than is told.
                Err(Error::ParameterOutOfRange { param: "most", least }) => {
                    let least = least as usize;
                    assert!(least > most);
                    let refused = book.feed_piece(&after, least - 1).unwrap_err();
                    assert!(matches!(refused, Error::ParameterOutOfRange { .. }), "{refused}");
                    let piece = book.feed_piece(&after, least).unwrap();
                    assert_eq!(piece.mark.n, after.n + 1, "one recording has room");
                    assert!(piece.text.len() <= least);
                    piece
                }
                other => {
                    let piece = other.unwrap();
                    assert!(piece.text.len() <= most || most < longest);
                    piece
                }
            };
            let lines: Vec<&str> = piece.text.lines().collect();
            let first: Value = serde_json::from_str(lines[0]).unwrap();
            let last: Value = serde_json::from_str(lines[lines.len() - 1]).unwrap();
            assert_eq!((&first["n"], &first["hash"]), (&json!(after.n), &json!(after.hash)));
            assert_eq!(last["end"], json!(piece.mark));
            between.extend(lines[1..lines.len() - 1].iter().map(|line| (*line).to_owned()));
            (after, pieces) = (piece.mark, pieces + 1);
            if piece.complete {
                break;
            }
        }
        assert_eq!(between, recordings, "{most} bytes a piece");
        assert_eq!(pieces == 1, most > whole.text.len(), "{most} bytes a piece");
    }
}
