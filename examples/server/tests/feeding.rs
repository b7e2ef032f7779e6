//! Feeds, sent and received by the commands and over HTTP.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    ops::ControlFlow,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use refundry::{
    Amount, Currency, Fee, Ledger, Mark, NewCharge, NewMerchant, Options, RefundRequest, Timestamp,
};
use serde_json::Value;

use crate::{
    client::{Answer, Connection, Request},
    ledgers::{self, CAIRO},
    log,
    operator::{refused, run, run_with},
    server::{self, LedgerFile, Server},
};

/// The API key of a merchant whose book is a mirror.
pub(crate) const MIRRORED: &str = "sk_test_mirrored_0123456789abcdef";

/// Makes a mirror in a ledger, of a book with that key.
pub(crate) fn mirror(ledger: &mut Ledger) {
    let mut till = Ledger::in_memory(Options::default()).unwrap();
    let lines = ledgers::merchant("mirrored", MIRRORED, "null");
    till.import(lines.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
    let text = whole(&mut till, "acct_mirrored");
    ledger.receive(text.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
}

/// The whole feed of a book.
fn whole(ledger: &mut Ledger, merchant: &str) -> String {
    let book = ledger.book(merchant).unwrap();
    book.feed_piece(&Mark::genesis(merchant), usize::MAX).unwrap().text
}

/// A till with a charge and so many refunds of it.
fn till(merchant: &str, refunds: i64) -> Ledger {
    let mut till = Ledger::in_memory(Options::default()).unwrap();
    let mut new = NewMerchant::named("A till");
    new.id = Some(merchant.to_owned());
    till.create_merchant(&new).unwrap();
    let egp = Currency::from_code("EGP").unwrap();
    let due = Timestamp::from_millis(0);
    let mut book = till.book(merchant).unwrap();
    let amount = Amount::from_minor(refunds + 10).unwrap();
    let charge = book.create_charge(&NewCharge::succeeded(amount, Fee::ZERO, egp, due), None);
    let mut request = RefundRequest::of_charge(&charge.unwrap().id);
    request.amount = Some(Amount::from_minor(1).unwrap());
    for n in 0..refunds {
        request.description = Some(format!("the {n}th torn page"));
        book.create_refund(&request, None).unwrap();
    }
    till
}

pub(crate) fn post(key: &str, feed: impl Into<Vec<u8>>) -> Request {
    Request::new("POST", "/feed")
        .with("Authorization", &format!("Bearer {key}"))
        .with("Content-Type", "application/x-ndjson")
        .body(feed)
}

/// A feed key for a merchant, in a ledger that may be served.
pub(crate) fn key_for(file: &LedgerFile, merchant: &str) -> String {
    let issued = run(&file.path(), &["feed-key", "issue", merchant]);
    let key = issued.printed.trim().to_owned();
    log::is_secret(&key);
    key
}

fn mark(answer: &Answer) -> String {
    answer.json()["error"]["mark"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_book_goes_from_one_command_to_the_other() {
    let (till, office) = (LedgerFile::of(&ledgers::town()), LedgerFile::new());
    let feed = run(&till.path(), &["feed", "acct_cairo"]).printed;
    let received = run_with(&office.path(), &["receive", "-", "--json"], &feed).json();
    assert_eq!(received["merchantId"], "acct_cairo");
    let lines = feed.lines().count() as u64 - 2;
    assert_eq!(
        (received["recorded"].as_u64(), received["skipped"].as_u64()),
        (Some(lines), Some(0))
    );
    assert_eq!(run(&office.path(), &["feed", "acct_cairo"]).printed, feed);
    let sound = run(&office.path(), &["verify"]);
    assert!(run(&till.path(), &["verify"]).printed.contains(&sound.printed), "the same head");

    // On from where the mirror ends, in a file.
    run(&till.path(), &["key", "issue", "acct_cairo"]);
    let after = received["mark"].as_str().unwrap();
    let rest = run(&till.path(), &["feed", "acct_cairo", "--after", after]).printed;
    assert_eq!(rest.lines().count(), 3);
    let file = office.directory().join("rest");
    std::fs::write(&file, &rest).unwrap();
    let said = run(&office.path(), &["receive", file.to_str().unwrap()]).printed;
    assert!(said.contains("recorded    1"), "{said}");

    let (code, said) = refused(&office.path(), &["key", "issue", "acct_cairo"]);
    assert!(code == 3 && said.contains("mirror"), "{said}");
    let (code, said) = refused(&till.path(), &["receive", file.to_str().unwrap()]);
    assert!(code == 3 && said.contains("keeps itself"), "{said}");
    let (code, said) = refused(&till.path(), &["feed", "acct_cairo", "--after", "3:00"]);
    assert!(code == 2 && said.contains("64 lower-case"), "{said}");
    let never = format!("3:{}", "0".repeat(64));
    let (code, said) = refused(&till.path(), &["feed", "acct_cairo", "--after", &never]);
    assert!(code == 3 && said.contains("never had the mark"), "{said}");
}

#[test]
fn feed_keys_are_issued_listed_and_revoked() {
    let office = LedgerFile::new();
    let key = key_for(&office, "acct_till_1");
    let listed = run(&office.path(), &["feed-key", "list", "--json"]).json();
    assert_eq!(listed[0]["merchantId"], "acct_till_1");
    let id = listed[0]["id"].as_str().unwrap();
    assert_eq!(office.open().authenticate_feed(&key).unwrap(), "acct_till_1");
    let revoked = run(&office.path(), &["feed-key", "revoke", id, "--json"]).json();
    assert!(revoked["revokedAt"].is_string());
    let (code, said) = refused(&office.path(), &["feed-key", "revoke", &key]);
    assert!(code == 3 && !said.contains(&key), "{said}");
    let server = office.serve();
    let answer = server.send(&post(&key, whole(&mut till("acct_till_1", 1), "acct_till_1")));
    assert_eq!(answer.refusal(), (401, "api_key_inactive".into(), None));
}

#[test]
fn a_book_goes_over_http_and_back() {
    let mut till = till("acct_till_1", 300);
    let text = whole(&mut till, "acct_till_1");
    assert!(text.len() > 100_000, "it comes in several pieces");
    let office = LedgerFile::new();
    let key = key_for(&office, "acct_till_1");
    let server = office.serve();
    let answer = server.send(&post(&key, text.clone()));
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["recorded"], 302);
    let mark = till.book("acct_till_1").unwrap().mark().unwrap();
    assert_eq!(answer.text("mark"), mark.to_string());

    // The till's own key is mirrored too, and reads the feed back.
    let own = till.book("acct_till_1").unwrap().issue_key().unwrap().key;
    let rest = till.book("acct_till_1").unwrap().feed_piece(&mark, 10_000).unwrap();
    assert_eq!(server.send(&post(&key, rest.text)).json()["recorded"], 1);
    let text = whole(&mut till, "acct_till_1");
    let mut connection = server.connect();
    for _ in 0..2 {
        let back = connection.send(&Request::get("/feed", &own)).unwrap();
        assert_eq!((back.status, back.header("Content-Type")), (200, Some("application/x-ndjson")));
        assert!(back.body == text, "the same feed, twice on one connection");
    }
    let back = server.send(&Request::get(&format!("/feed?after={mark}"), &own));
    assert_eq!(back.body.lines().count(), 3);
    assert_eq!(server.send(&Request::get("/feed", &own).method("HEAD")).status, 200);
    let never = server.send(&Request::get(&format!("/feed?after=3:{}", "0".repeat(64)), &own));
    assert_eq!(never.refusal(), (409, "mark_unknown".into(), None));
    let malformed = server.send(&Request::get("/feed?after=3", &own));
    assert_eq!(malformed.refusal(), (400, "parameter_invalid".into(), Some("after".into())));

    // It can be read, and not changed.
    let refund =
        till.book("acct_till_1").unwrap().refunds(&Default::default(), &Default::default());
    let refund = refund.unwrap().data.remove(0);
    let read = server.send(&Request::get(&format!("/refunds/{}", refund.id), &own));
    assert_eq!(read.text("id"), refund.id);
    let body = format!(r#"{{"chargeId":"{}"}}"#, refund.charge_id);
    let answer = server.send(&Request::refund(&own, body));
    assert_eq!(answer.refusal(), (409, "book_mirrored".into(), None));
}

#[test]
fn a_feed_key_may_send_one_feed_and_nothing_else() {
    let office = LedgerFile::of(&ledgers::town());
    let key = key_for(&office, "acct_till_1");
    let server = office.serve();
    for path in ["/feed", "/refunds", "/balance", "/charges/ch_1"] {
        assert_eq!(server.send(&Request::get(path, &key)).status, 401, "{path}");
    }
    let refund = server.send(&Request::refund(&key, r#"{"chargeId":"ch_1"}"#));
    assert_eq!(refund.status, 401);
    let other = whole(&mut till("acct_till_2", 1), "acct_till_2");
    let answer = server.send(&post(&key, other));
    assert_eq!(answer.refusal(), (404, "resource_missing".into(), Some("merchantId".into())));
    let own = whole(&mut till("acct_till_1", 1), "acct_till_1");
    for stranger in [CAIRO, "fk_0123456789", ""] {
        assert_eq!(server.send(&post(stranger, own.clone())).status, 401);
    }
    let untyped = post(&key, own.clone()).without("Content-Type");
    assert_eq!(server.send(&untyped).refusal().0, 415);
    let packed = post(&key, own.clone()).with("Content-Encoding", "gzip");
    assert_eq!(server.send(&packed).refusal().0, 415);
    let unknown = post(&key, own.clone()).path("/feed?after=1");
    assert_eq!(server.send(&unknown).refusal().1, "parameter_unknown");
    assert_eq!(server.send(&post(&key, own)).status, 200);
}

#[test]
fn a_gap_is_answered_with_the_place_to_send_from() {
    let mut till = till("acct_till_1", 5);
    let office = LedgerFile::new();
    let key = key_for(&office, "acct_till_1");
    let server = office.serve();
    let book = till.book("acct_till_1").unwrap();
    let end = book.mark().unwrap();
    let nothing = book.feed_piece(&end, 1_000).unwrap().text;
    let gap = server.send(&post(&key, nothing));
    assert_eq!(gap.refusal(), (409, "feed_invalid".into(), None));
    let after = Mark::parse(&mark(&gap)).unwrap();
    assert_eq!(after, Mark::genesis("acct_till_1"));
    let piece = book.feed_piece(&after, 2_000).unwrap();
    assert!(!piece.complete);
    assert_eq!(server.send(&post(&key, piece.text)).text("mark"), piece.mark.to_string());
    // Cut off: what came is kept, and the place is told.
    let rest = book.feed_piece(&piece.mark, usize::MAX).unwrap().text;
    let cut = &rest[..rest.trim_end().rfind('\n').unwrap() + 1];
    let answer = server.send(&post(&key, cut));
    assert_eq!((answer.status, mark(&answer)), (409, end.to_string()));
}

#[test]
fn a_fork_is_logged_and_counted_and_named_by_verify() {
    let mut till = till("acct_till_1", 2);
    let older = till.to_bytes().unwrap();
    till.book("acct_till_1").unwrap().issue_key().unwrap();
    let office = LedgerFile::new();
    let key = key_for(&office, "acct_till_1");
    let server =
        Server::start(["--database", office.path().to_str().unwrap(), "--metrics", "127.0.0.1:0"]);
    assert_eq!(server.send(&post(&key, whole(&mut till, "acct_till_1"))).status, 200);
    let mut restored = Ledger::from_bytes(&older, Options::default()).unwrap();
    restored.book("acct_till_1").unwrap().issue_key().unwrap();
    let answer = server.send(&post(&key, whole(&mut restored, "acct_till_1")));
    assert_eq!(answer.refusal(), (409, "book_forked".into(), None));
    server.log.line(&["FORKED"]);
    let line = server.log.line(&["metrics", "address="]);
    let address = line.split("address=").nth(1).unwrap().parse().unwrap();
    let scraped = Connection::open(address).unwrap().exchange(&Request::new("GET", "/metrics"));
    assert!(scraped.unwrap().body.contains("\nrefundry_forks_total 1\n"));
    let sound = run(&office.path(), &["verify"]);
    assert!(sound.said.contains("FORK") && sound.said.contains("recording 5"), "{}", sound.said);
    let report: Value = run(&office.path(), &["verify", "--json"]).json();
    assert!(report["forks"][0]["line"].as_str().unwrap().starts_with("{\"n\":5,"));
}

/// The connection is cut after any byte: the mirror is whole up to a line.
#[test]
fn a_connection_that_is_cut_leaves_whole_lines() {
    let mut till = till("acct_till_1", 8);
    let text = whole(&mut till, "acct_till_1");
    let all = till.book("acct_till_1").unwrap().mark().unwrap();
    let office = LedgerFile::new();
    let key = key_for(&office, "acct_till_1");
    let server = office.serve();
    let bytes = post(&key, text.clone()).to_bytes();
    let mut most = 0;
    // The mirror grows, so that cuts of all sizes meet a mirror that knows some of it.
    let step = if std::env::var_os("REFUNDRY_SOAK").is_some() { 1 } else { 97 };
    for cut in (0..bytes.len()).step_by(step) {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.write_all(&bytes[..cut]).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
        let mut here = office.open();
        if let Ok(book) = here.book("acct_till_1") {
            let mark = book.mark().unwrap();
            assert!(mark.n >= most && mark.n <= all.n);
            most = mark.n;
            // What it has is the beginning of the till's book.
            till.book("acct_till_1").unwrap().feed(&mark).unwrap();
        }
    }
    assert!(most > 3, "some of it has come: {most}");
    assert_eq!(server.send(&post(&key, text)).text("mark"), all.to_string());
    office.open().verify(&[], |_| ControlFlow::Continue(())).unwrap();
}

/// The receiving command is killed at any moment, again and again: what it has is the beginning of the
/// till's book, never less than before, and in the end all of it.
#[test]
fn a_receiver_that_is_killed_at_any_moment_goes_on() {
    let mut till = till("acct_till_1", 400);
    let all = till.book("acct_till_1").unwrap().mark().unwrap();
    let office = LedgerFile::new();
    let (mut here, mut kills) = (Mark::genesis("acct_till_1"), 0);
    while here != all {
        let rest = till.book("acct_till_1").unwrap().feed_piece(&here, usize::MAX).unwrap().text;
        let mut receiver = server::command()
            .args(["receive", "-"])
            .env("REFUNDRY_DATABASE", office.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = receiver.stdin.take().unwrap();
        let writer = thread::spawn(move || drop(stdin.write_all(rest.as_bytes())));
        // Later each time, so that it comes to an end.
        thread::sleep(Duration::from_millis(fastrand::u64(..20) + 15 * kills));
        let _ = receiver.kill();
        receiver.wait().unwrap();
        writer.join().unwrap();
        kills += 1;
        let mut ledger = office.open();
        if let Ok(book) = ledger.book("acct_till_1") {
            let mark = book.mark().unwrap();
            assert!(mark.n >= here.n && book.is_mirror().unwrap(), "nothing is lost");
            till.book("acct_till_1").unwrap().feed(&mark).unwrap();
            here = mark;
            ledger.verify(&[], |_| ControlFlow::Continue(())).unwrap();
        }
    }
    println!("feeding: a receiver that was killed {kills} times has the whole book");
    assert!(kills > 1);
}

/// Terminals that upload at once, and how long refunds take meanwhile: they wait for one piece at most.
/// On a quiet machine the release build's slowest refund takes less than 50 ms:
/// `cargo test --release -p refundry-server --test server refunds_go_on -- --nocapture`
#[test]
fn refunds_go_on_while_many_terminals_upload() {
    let charge = ledgers::charge("ch_large", 1_000_000, 0, ledgers::PAST);
    let office = LedgerFile::of(&(ledgers::town() + &charge));
    let tills: Vec<(String, String)> = (0..6)
        .map(|n| {
            let merchant = format!("acct_till_{n}");
            let key = key_for(&office, &merchant);
            (key, whole(&mut till(&merchant, 400), &merchant))
        })
        .collect();
    let server = office.serve();
    let (slowest, made) = thread::scope(|scope| {
        let uploads: Vec<_> = tills
            .iter()
            .map(|(key, text)| {
                let mut connection = server.connect();
                scope.spawn(move || connection.send(&post(key, text.clone())).unwrap().status)
            })
            .collect();
        let (mut slowest, mut made) = (Duration::ZERO, 0);
        let mut connection = server.connect();
        while uploads.iter().any(|upload| !upload.is_finished()) {
            let begun = Instant::now();
            let refund = Request::refund(CAIRO, r#"{"chargeId":"ch_large","amount":1}"#);
            assert_eq!(connection.send(&refund).unwrap().status, 201);
            slowest = slowest.max(begun.elapsed());
            made += 1;
        }
        for upload in uploads {
            assert_eq!(upload.join().unwrap(), 200);
        }
        (slowest, made)
    });
    println!(
        "feeding: {made} refunds while 6 terminals sent 400 each; the slowest took {slowest:?}"
    );
    assert!(made > 5 && slowest < Duration::from_secs(5), "{made} refunds, {slowest:?}");
}
