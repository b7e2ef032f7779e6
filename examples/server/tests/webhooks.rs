//! Webhooks: what is recorded arrives, in order and signed, wherever it is wanted; and what does not
//! take it holds up nobody.

use std::{
    thread,
    time::{Duration, Instant},
};

use hmac::{Hmac, KeyInit, Mac};
use refundry::Timestamp;
use serde_json::Value;
use sha2::Sha256;

use crate::{
    client::Request,
    ledgers::{self, CAIRO, GIZA},
    log,
    operator::run,
    receiver::{Manner, Received, Receiver},
    server::{LedgerFile, Server},
};

/// Within this time a server has taken notice of what an operator said.
const NOTICED: Duration = Duration::from_secs(3);

/// Adds an endpoint for refunds, unless it is for something else; returns its id and secret.
pub(crate) fn add(file: &LedgerFile, url: &str, more: &[&str]) -> (String, String) {
    let others = more.iter().any(|option| ["--event", "--from-start"].contains(option));
    let refunds: &[&str] = if others { &[] } else { &["--event", "refund.succeeded"] };
    let arguments = [&["webhook", "add", url, "--json"], more, refunds].concat();
    let added = run(&file.books(), &arguments).json();
    let text = |field: &str| added[field].as_str().unwrap().to_owned();
    // Whatever any server of the run says, it is not this.
    log::is_secret(&text("secret"));
    (text("id"), text("secret"))
}

pub(crate) fn list(file: &LedgerFile) -> Vec<Value> {
    run(&file.books(), &["webhook", "list", "--json"]).json().as_array().unwrap().clone()
}

pub(crate) fn refund(server: &Server, key: &str, charge: &str) -> String {
    let body = format!(r#"{{"chargeId":"{charge}","amount":1,"description":"a secret wish"}}"#);
    let made = server.send(&Request::refund(key, body));
    assert_eq!(made.status, 201, "{made:?}");
    made.text("id")
}

/// The ids of a merchant's events of refunds, the oldest first.
pub(crate) fn events(server: &Server, key: &str) -> Vec<String> {
    let path = "/events?limit=100&type=refund.succeeded";
    let page = server.send(&Request::get(path, key)).json();
    assert_eq!(page["hasMore"], false);
    let data = page["data"].as_array().unwrap();
    data.iter().rev().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

/// Whether the signature is what anyone computes who has the secret, and the moment now.
pub(crate) fn is_signed(received: &Received, header: &str, secret: &str) -> bool {
    let value = received.header(header).unwrap();
    let (moment, signatures) = value.split_once(',').unwrap();
    let seconds: i64 = moment.strip_prefix("t=").unwrap().parse().unwrap();
    let age = Timestamp::now().millis() / 1_000 - seconds;
    assert!((0..60).contains(&age), "{value}");
    let expected = sign(secret, seconds, &received.body);
    let expected = expected.split_once(',').unwrap().1;
    signatures.split(',').any(|one| one == expected)
}

/// The header as a sender makes it who has the secret.
pub(crate) fn sign(secret: &str, seconds: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{seconds}.{body}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={digits}")
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "never: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_is_recorded_arrives_in_order_and_signed() {
    let file = LedgerFile::of(&ledgers::town());
    let receiver = Receiver::new(Manner::Answer(204));
    let (_, secret) = add(&file, &receiver.url(), &["--header", "Stripe-Signature"]);
    let server = file.serve();
    for _ in 0..20 {
        refund(&server, CAIRO, "ch_1");
    }
    let came = receiver.wait_for(20);
    assert_eq!(receiver.ids(), events(&server, CAIRO));
    for (received, id) in came.iter().zip(events(&server, CAIRO)) {
        assert_eq!(received.path, "/hooks?shop=1");
        assert_eq!(received.header("content-type"), Some("application/json"));
        assert!(is_signed(received, "XPay-Signature", &secret));
        assert!(is_signed(received, "Stripe-Signature", &secret));
        assert!(!is_signed(received, "XPay-Signature", "whsec_other"));
        // The body is what the API shows, byte by byte.
        assert_eq!(server.send(&Request::get(&format!("/events/{id}"), CAIRO)).body, received.body);
    }
    assert_eq!(receiver.connections(), 1, "it is kept");
}

#[test]
fn what_other_processes_record_arrives_too() {
    let file = LedgerFile::of(&ledgers::town());
    let receiver = Receiver::new(Manner::Answer(200));
    add(&file, &receiver.url(), &["--event", "adjustment.created"]);
    let server = file.serve();
    refund(&server, CAIRO, "ch_1");
    let transfer = ["transfer", "adjustment", "acct_cairo", "7", "EGP", "--idempotency-key", "k"];
    let cache = file.cache();
    let cache: Vec<&str> = cache.iter().map(String::as_str).collect();
    run(&file.books(), &[&transfer[..], &cache].concat());
    let came = receiver.wait_for(1).remove(0).event();
    assert_eq!(
        (&came["type"], &came["data"]["object"]["amount"]),
        (&"adjustment.created".into(), &"7".into())
    );
}

/// A ledger where Giza has a charge, too: `ch_giza`.
pub(crate) fn two_shops() -> LedgerFile {
    let of_giza = ledgers::Charge {
        owner: "giza",
        id: "ch_giza",
        intent: None,
        amount: 5_000,
        fee: 100,
        status: "succeeded",
        available_on: ledgers::FUTURE,
    };
    LedgerFile::of(&(ledgers::town() + &of_giza.line()))
}

#[test]
fn each_endpoint_gets_what_it_asked_for() {
    let file = two_shops();
    let (all, one, first) = (
        Receiver::new(Manner::Answer(200)),
        Receiver::new(Manner::Answer(200)),
        Receiver::new(Manner::Answer(200)),
    );
    let server = file.serve();
    refund(&server, CAIRO, "ch_1");
    // Added while the server runs.
    add(&file, &all.url(), &[]);
    add(&file, &one.url(), &["--merchant", "acct_giza", "--event", "refund.succeeded"]);
    add(&file, &first.url(), &["--merchant", "acct_cairo", "--from-start"]);
    refund(&server, CAIRO, "ch_1");
    refund(&server, GIZA, "ch_giza");
    let of_giza = one.wait_for(1).remove(0).id();
    assert_eq!(of_giza, events(&server, GIZA)[0]);
    all.wait_for(2);
    let cairos = events(&server, CAIRO);
    let mut both = [cairos[1].clone(), of_giza];
    both.sort();
    let mut came = all.ids();
    came.sort();
    assert_eq!(came, both);
    wait_until("everything from the start", || first.ids().contains(&cairos[1]));
    let types: Vec<_> = first
        .received()
        .iter()
        .map(|one| one.event()["type"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(types[0], "charge.succeeded");
    thread::sleep(Duration::from_millis(500));
    assert_eq!((one.received().len(), all.received().len()), (1, 2));
}

#[test]
fn what_fails_is_sent_again_and_holds_up_nobody() {
    let file = LedgerFile::of(&ledgers::town());
    let (good, refusing, closing, hanging, redirecting) = (
        Receiver::new(Manner::Answer(200)),
        Receiver::new(Manner::Answer(500)),
        Receiver::new(Manner::Close),
        Receiver::new(Manner::Hang),
        Receiver::new(Manner::Answer(302)),
    );
    for receiver in [&refusing, &closing, &hanging, &redirecting, &good] {
        add(&file, &receiver.url(), &[]);
    }
    let server = file.serve();
    for _ in 0..5 {
        refund(&server, CAIRO, "ch_1");
    }
    good.wait_for(5);
    let ids = events(&server, CAIRO);
    assert_eq!(good.ids(), ids);
    for receiver in [&refusing, &closing, &redirecting] {
        receiver.wait_for(2);
        assert_eq!(receiver.ids(), ids[..1], "the first is sent until it arrives");
    }
    assert!(redirecting.received().iter().all(|one| one.path == "/hooks?shop=1"));
    let failing = |status: &str| list(&file).iter().filter(|one| one["status"] == status).count();
    assert_eq!(failing("failing"), 3);
    let problem = |n: usize| list(&file)[n]["trouble"]["problem"].as_str().unwrap().to_owned();
    assert_eq!(problem(0), "the answer was 500");
    assert_eq!(problem(3), "the answer was 302; redirects are not followed");
    for receiver in [&refusing, &closing, &redirecting] {
        receiver.becomes(Manner::Answer(200));
    }
    for receiver in [&refusing, &closing, &redirecting] {
        wait_until("all of them", || receiver.ids() == ids);
    }
    wait_until("nothing fails", || failing("failing") <= 1);
    // After ten seconds.
    hanging.wait_for(2);
    assert_eq!(hanging.ids(), ids[..1]);
}

#[test]
fn an_event_that_never_arrives_is_set_aside_and_can_be_sent_again() {
    let file = LedgerFile::of(&ledgers::town());
    let receiver = Receiver::new(Manner::Answer(400));
    let (id, _) = add(&file, &receiver.url(), &[]);
    let path = file.books();
    let server = file.serve_as("trace", &["--webhook-retry-for", "1s"]);
    refund(&server, CAIRO, "ch_1");
    let aside = || list(&file)[0]["setAside"].as_array().unwrap().clone();
    wait_until("it is set aside", || aside().len() == 1);
    let ids = events(&server, CAIRO);
    assert_eq!(
        (&aside()[0]["event"], &aside()[0]["type"]),
        (&ids[0].as_str().into(), &"refund.succeeded".into())
    );
    assert_eq!(aside()[0]["problem"], "the answer was 400");
    let before = receiver.received().len();
    assert!(before >= 2);
    receiver.becomes(Manner::Answer(200));
    refund(&server, CAIRO, "ch_1");
    wait_until("the next goes on", || receiver.received().len() > before);
    let ids = events(&server, CAIRO);
    assert_eq!(receiver.received().last().unwrap().id(), ids[1]);
    // It is known after a new start, too.
    server.stop();
    let server = file.serve();
    let resumed = run(&path, &["webhook", "resume", &id, "--json"]).json();
    assert_eq!(resumed["status"], "active");
    wait_until("it is there", || receiver.received().last().unwrap().id() == ids[0]);
    wait_until("nothing is set aside", || aside().is_empty());
    drop(server);
}

/// Whatever other merchants record meanwhile, and over a new start: else it would never be set aside.
#[test]
fn what_fails_is_sent_before_all_others_until_it_is_set_aside() {
    let file = two_shops();
    let receiver = Receiver::new(Manner::Refuse("ch_giza"));
    add(&file, &receiver.url(), &[]);
    let server = file.serve();
    refund(&server, GIZA, "ch_giza");
    receiver.wait_for(1);
    refund(&server, CAIRO, "ch_1");
    receiver.wait_for(2);
    server.stop();
    let server = file.serve_as("trace", &["--webhook-retry-for", "2s"]);
    refund(&server, CAIRO, "ch_1");
    let aside = || list(&file)[0]["setAside"].as_array().unwrap().clone();
    wait_until("it is set aside", || aside().len() == 1);
    let failed = events(&server, GIZA).remove(0);
    assert_eq!(aside()[0]["event"], failed.as_str());
    let expected: Vec<_> = std::iter::once(failed).chain(events(&server, CAIRO)).collect();
    wait_until("the others", || receiver.ids().len() >= expected.len());
    assert_eq!(receiver.ids(), expected);
}

#[test]
fn a_paused_endpoint_misses_nothing() {
    let file = LedgerFile::of(&ledgers::town());
    let receiver = Receiver::new(Manner::Answer(200));
    let (id, _) = add(&file, &receiver.url(), &[]);
    let path = file.books();
    let server = file.serve();
    refund(&server, CAIRO, "ch_1");
    receiver.wait_for(1);
    assert_eq!(run(&path, &["webhook", "pause", &id, "--json"]).json()["status"], "paused");
    thread::sleep(NOTICED);
    refund(&server, CAIRO, "ch_1");
    thread::sleep(Duration::from_millis(500));
    assert_eq!(receiver.received().len(), 1);
    run(&path, &["webhook", "resume", &id]);
    receiver.wait_for(2);
    assert_eq!(receiver.ids(), events(&server, CAIRO));
    run(&path, &["webhook", "remove", &id]);
    thread::sleep(NOTICED);
    refund(&server, CAIRO, "ch_1");
    thread::sleep(Duration::from_millis(500));
    assert_eq!(receiver.received().len(), 2);
    assert!(list(&file).is_empty());
}

#[test]
fn while_a_secret_is_replaced_both_sign() {
    let file = LedgerFile::of(&ledgers::town());
    let receiver = Receiver::new(Manner::Answer(200));
    let (id, old) = add(&file, &receiver.url(), &[]);
    let path = file.books();
    let rotate = |hours: &str| {
        let rotated = run(&path, &["webhook", "rotate", &id, "--keep", hours, "--json"]).json();
        let secret = rotated["secret"].as_str().unwrap().to_owned();
        log::is_secret(&secret);
        secret
    };
    let new = rotate("1");
    let server = file.serve();
    refund(&server, CAIRO, "ch_1");
    let received = receiver.wait_for(1).remove(0);
    let signed = |received: &Received, secret: &str| is_signed(received, "XPay-Signature", secret);
    assert!(signed(&received, &old) && signed(&received, &new));
    let newest = rotate("0");
    thread::sleep(NOTICED);
    refund(&server, CAIRO, "ch_1");
    let received = receiver.wait_for(2).remove(1);
    assert!(signed(&received, &newest) && !signed(&received, &new) && !signed(&received, &old));
}

/// At least once: what was on its way when the server was killed is sent by the next one.
#[test]
fn nothing_is_missed_when_the_server_is_killed() {
    let file = LedgerFile::of(&ledgers::town());
    let receivers = [Receiver::new(Manner::Answer(200)), Receiver::new(Manner::Answer(200))];
    for receiver in &receivers {
        add(&file, &receiver.url(), &[]);
    }
    let mut ids = Vec::new();
    for round in 0..10 {
        let server = file.serve();
        for _ in 0..4 {
            refund(&server, CAIRO, "ch_1");
        }
        ids = events(&server, CAIRO);
        thread::sleep(Duration::from_millis(round * 23));
        server.kill();
    }
    let _server = file.serve();
    for receiver in &receivers {
        wait_until("the last", || {
            receiver.received().last().is_some_and(|last| last.id() == ids[39])
        });
        // In the book's order, but that it may begin again where it had been.
        let mut next = 0;
        for received in receiver.received() {
            let place = ids.iter().position(|id| *id == received.id()).unwrap();
            assert!(place <= next, "one was left out before {place}");
            next = next.max(place + 1);
        }
        assert_eq!(next, 40);
    }
}

/// A receiver that has much to say is not listened to for ever.
#[test]
fn a_long_answer_is_not_read_to_its_end() {
    let file = LedgerFile::of(&ledgers::town());
    let receiver = Receiver::new(Manner::Talk(50_000_000));
    add(&file, &receiver.url(), &[]);
    let server = file.serve();
    for _ in 0..3 {
        refund(&server, CAIRO, "ch_1");
    }
    receiver.wait_for(3);
    assert_eq!(receiver.ids(), events(&server, CAIRO));
    assert_eq!(receiver.connections(), 3, "none is used again");
}

/// A book that was restored from an older copy goes on elsewhere, and is told from there.
#[test]
fn a_restored_ledger_is_told_from_where_it_goes_on() {
    let file = LedgerFile::of(&ledgers::town());
    let receiver = Receiver::new(Manner::Answer(200));
    add(&file, &receiver.url(), &[]);
    let path = file.path();
    let backup = file.directory().join("backup.refundry");
    let server = file.serve();
    refund(&server, CAIRO, "ch_1");
    run(&path, &["backup", backup.to_str().unwrap()]);
    refund(&server, CAIRO, "ch_1");
    receiver.wait_for(2);
    thread::sleep(Duration::from_millis(500));
    server.stop();
    run(&path, &["restore", backup.to_str().unwrap()]);
    let server = file.serve();
    refund(&server, CAIRO, "ch_2");
    let last = events(&server, CAIRO)[1].clone();
    wait_until("the new one", || receiver.received().last().unwrap().id() == last);
}

/// Refunds do not wait for webhooks that go nowhere.
#[test]
fn refunds_do_not_wait_for_endpoints() {
    let file = LedgerFile::of(&ledgers::town());
    let hanging: Vec<_> = (0..20).map(|_| Receiver::new(Manner::Hang)).collect();
    for receiver in &hanging {
        add(&file, &receiver.url(), &[]);
    }
    let server = file.serve();
    refund(&server, CAIRO, "ch_1");
    hanging.iter().for_each(|receiver| drop(receiver.wait_for(1)));
    let begun = Instant::now();
    for _ in 0..50 {
        refund(&server, CAIRO, "ch_1");
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let begun = Instant::now();
    server.stop();
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}
