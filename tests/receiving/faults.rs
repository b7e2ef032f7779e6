//! Feeds that are cut off, altered, out of order, or of somebody else: each is refused with its place
//! named, and leaves a mirror that is whole up to that line.

use proptest::{
    prelude::Rng,
    test_runner::{RngAlgorithm, TestRng},
};
use refundry::{Error, Ledger, Mark, Options, Receiver};

use super::{empty, receive, rows_of_the_book, verify};
use crate::{
    feeds::{self, CAIRO},
    mirrors::{altered, eventful, lines, rows, vectors},
    size::rounds,
};

/// What a mirror has has to be the beginning of this book.
fn is_whole_up_to_a_line(office: &mut Ledger, recordings: &[String]) -> usize {
    if office.merchants().unwrap().is_empty() {
        return 0;
    }
    let here = lines(office, CAIRO);
    assert_eq!(here, recordings[..here.len()]);
    here.len()
}

#[test]
fn wherever_a_feed_is_cut_off_it_is_whole_up_to_a_line_and_goes_on() {
    let mut till = vectors();
    let recordings = lines(&mut till, CAIRO);
    let (text, all) = (feeds::text(&mut till), rows_of_the_book(&mut till));
    let step = rounds(61, 1) as usize;
    let mut cuts = 0;
    for cut in (0..text.len() - 1).step_by(step) {
        let mut office = empty();
        let mut receiver = Receiver::default();
        receiver.take(&mut office, &text.as_bytes()[..cut]).unwrap();
        let whole = text[..cut].matches('\n').count().saturating_sub(1);
        assert_eq!(is_whole_up_to_a_line(&mut office, &recordings), whole, "{cut}");
        // The sender asks where to go on.
        let mark = match office.book(CAIRO) {
            Ok(book) => book.mark().unwrap(),
            Err(_) => Mark::genesis(CAIRO),
        };
        let rest = feeds::feed(&mut till, &mark, 100).join("\n");
        let report = receive(&mut office, &rest).unwrap();
        assert_eq!((report.recorded as usize, report.skipped), (recordings.len() - whole, 0));
        assert_eq!(rows_of_the_book(&mut office), all, "{cut}");
        cuts += 1;
    }
    println!("receiving: {cuts} feeds cut off");
}

#[test]
fn pieces_may_end_anywhere() {
    let mut till = eventful();
    let (text, all) = (feeds::text(&mut till), rows_of_the_book(&mut till));
    for size in [1, 2, 100, 1_000, 100_000] {
        let mut office = empty();
        let mut receiver = Receiver::default();
        for piece in text.as_bytes().chunks(size) {
            receiver.take(&mut office, piece).unwrap();
        }
        receiver.end(&mut office).unwrap();
        assert_eq!(rows_of_the_book(&mut office), all, "{size} bytes a piece");
    }
    // The end of the last line may be missing.
    let mut office = empty();
    receive(&mut office, text.trim_end()).unwrap();
    assert_eq!(rows_of_the_book(&mut office), all);
}

#[test]
fn what_is_no_feed_is_refused_by_its_first_line() {
    let mut office = empty();
    let first = |of: &str| {
        let genesis = Mark::genesis(CAIRO).hash;
        of.replace("HASH", &genesis.to_string())
    };
    for (text, param) in [
        ("", None),
        ("\n", None),
        ("{}\n", None),
        (r#"{"feed":1,"merchantId":"acct_cairo","n":0}"#, None),
        (r#"{"feed":2,"merchantId":"acct_cairo","n":0,"hash":"HASH"}"#, None),
        (r#"{"feed":1, "merchantId":"acct_cairo","n":0,"hash":"HASH"}"#, None),
        (r#"{"feed":1,"merchantId":"cairo","n":0,"hash":"HASH"}"#, Some("merchantId")),
    ] {
        let refused = receive(&mut office, &first(text)).unwrap_err();
        assert!(refused.number() < 100 && refused.param() == param, "{text}: {refused}");
    }
    for text in [
        r#"{"feed":1,"merchantId":"acct_cairo","n":1,"hash":"HASH"}"#,
        r#"{"feed":1,"merchantId":"acct_cairo","n":-1,"hash":"HASH"}"#,
        r#"{"feed":1,"merchantId":"acct_giza","n":0,"hash":"HASH"}"#,
        r#"{"feed":1,"merchantId":"acct_cairo","n":9223372036854775807,"hash":"HASH"}"#,
    ] {
        let refused = receive(&mut office, &first(text)).unwrap_err();
        assert!(matches!(refused, Error::Feed { line: 1, .. }), "{text}: {refused}");
    }
    let long = first(r#"{"feed":1,"merchantId":"acct_cairo","n":0,"hash":"HASH"}"#)
        + "\n"
        + &"x".repeat(2 << 20);
    let refused = receive(&mut office, &long).unwrap_err();
    assert!(matches!(refused, Error::Feed { line: 2, .. }), "{refused}");
    assert!(office.merchants().unwrap().is_empty());
}

/// One thing that is wrong with a feed, and the line at which that has to be noticed, from 1.
fn spoiled(feed: &[String], foreign: &[String], rng: &mut TestRng) -> (Vec<String>, usize) {
    let mut below = |limit: usize| rng.next_u64() as usize % limit;
    let mut feed = feed.to_vec();
    // Between the first line and the last.
    let place = 1 + below(feed.len() - 2);
    match below(6) {
        0 => {
            let line = loop {
                let line = altered(&feed[place], rng);
                if line != feed[place] {
                    break line;
                }
            };
            feed[place] = line;
            (feed, place + 1)
        }
        1 => {
            // The last line is none that can be left out unnoticed.
            feed.remove(place);
            (feed, place + 1)
        }
        2 => {
            feed.insert(place, feed[place].clone());
            (feed, place + 2)
        }
        3 => {
            let other = 1 + below(feed.len() - 2);
            if other == place {
                return spoiled(&feed, foreign, rng);
            }
            feed.swap(place, other);
            (feed, place.min(other) + 1)
        }
        4 => {
            let line = &foreign[1 + place % (foreign.len() - 2)];
            if feed[place] == *line {
                return spoiled(&feed, foreign, rng);
            }
            feed[place].clone_from(line);
            (feed, place + 1)
        }
        _ => {
            let last = feed.len() - 1;
            feed[last] = foreign[foreign.len() - 1].clone();
            (feed, last + 1)
        }
    }
}

#[test]
fn whatever_is_wrong_with_a_feed_is_refused_with_its_place() {
    let mut till = eventful();
    let recordings = lines(&mut till, CAIRO);
    let feed = feeds::feed(&mut till, &Mark::genesis(CAIRO), 100);
    let foreign = feeds::feed(&mut vectors(), &Mark::genesis(CAIRO), 100);
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[9; 32]);
    let count = rounds(120, 10_000);
    for round in 0..count {
        let (spoiled, place) = spoiled(&feed, &foreign, &mut rng);
        let mut office = empty();
        // Some of the book, or nothing, is there already.
        let known = rng.next_u64() as usize % feed.len();
        let cut = feed[..known].join("\n") + "\n";
        receive(&mut office, &cut).unwrap_err();
        let before = rows_of_the_book(&mut office);
        let refused = receive(&mut office, &(spoiled.join("\n") + "\n")).unwrap_err();
        match refused {
            Error::Feed { line, .. } => assert_eq!(line as usize, place, "round {round}"),
            Error::Forked { line, n } => {
                assert_eq!(line as usize, place, "round {round}");
                assert!(n < known as i64, "only what is known can fork");
                assert_eq!(office.forks().unwrap().len(), 1);
            }
            other => panic!("round {round}: {other}"),
        }
        let whole = is_whole_up_to_a_line(&mut office, &recordings);
        assert_eq!(whole, known.saturating_sub(1).max(place - 2), "round {round}");
        if known > place {
            assert_eq!(rows_of_the_book(&mut office), before);
        }
        verify(&mut office);
        if round % 16 == 0 {
            receive(&mut office, &feed.join("\n")).unwrap();
            assert_eq!(rows_of_the_book(&mut office), rows_of_the_book(&mut till));
        }
    }
    println!("receiving: {count} spoiled feeds refused, each at its place");
}

#[test]
fn a_known_line_that_says_something_else_under_the_same_hash_is_refused() {
    let (mut till, mut office) = (vectors(), empty());
    let text = feeds::text(&mut till);
    receive(&mut office, &text).unwrap();
    // The numbers of the lines: one more than those of the recordings.
    for (said, instead, place) in [
        ("Cairo Books", "Giza Books", 2),
        ("\"10900\"", "\"10901\"", 6),
        ("a torn page", "a missing page", 7),
        ("order-17-more", "order-17-less", 8),
    ] {
        let altered = text.replacen(said, instead, 1);
        assert_ne!(altered, text);
        match receive(&mut office, &altered).unwrap_err() {
            Error::Feed { line, .. } => assert_eq!(line, place, "{said}"),
            other => panic!("{said}: {other}"),
        }
    }
    assert!(office.forks().unwrap().is_empty());
}

/// A cut while a transaction is under way leaves all of it out: the file is as it was.
#[test]
fn a_failure_of_the_machine_keeps_what_was_committed_and_can_be_taken_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("office");
    let mut till = eventful();
    let text = feeds::text(&mut till);
    let mut options = Options::default();
    options.busy_timeout = std::time::Duration::ZERO;
    let mut office = Ledger::open(&path, options).unwrap();
    let mut receiver = Receiver::default();
    let (one, other) = text.as_bytes().split_at(text.len() / 2);
    receiver.take(&mut office, one).unwrap();
    let blocker = rusqlite::Connection::open(&path).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let before = lines(&mut office, CAIRO);
    let failed = receiver.take(&mut office, other).unwrap_err();
    assert!(matches!(failed, Error::LockTimeout { .. }), "{failed}");
    blocker.execute_batch("ROLLBACK").unwrap();
    drop(blocker);
    assert_eq!(lines(&mut office, CAIRO), before);
    receive(&mut office, &text).unwrap();
    let mut office = Ledger::open(&path, Options::default()).unwrap();
    assert_eq!(lines(&mut office, CAIRO), lines(&mut till, CAIRO));
    assert_eq!(rows(&mut office).len(), rows(&mut till).len() + 1, "one row says that it mirrors");
}
