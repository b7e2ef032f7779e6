//! Servers of one fleet that send each other what they are asked of books at home at the other.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use refundry_fleet::{Node, NodeOptions, Postgres, PostgresOptions};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::{
    client::{Answer, Request},
    fleets::{self, Fleet},
    ledgers::CAIRO,
    nodes::{metric, serve, town, until, value},
    receiver::{Manner, Receiver},
    server::{self, Server},
};

/// A server that tells others where it is, with its cache in a folder that stays as long.
fn announced(fleet: &Fleet) -> (Server, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = server::command();
    fleets::serve(fleet, folder.path(), &mut command);
    command.args(["--metrics", "127.0.0.1:0", "--announce", "http://127.0.0.1:0"]);
    (Server::run(command), folder)
}

/// Of an address and a merchant. Nodes of every version have to find the same.
fn rank(address: &str) -> Vec<u8> {
    Sha256::digest(format!("http://{address} acct_cairo")).to_vec()
}

fn rank_of(server: &Server) -> Vec<u8> {
    rank(&server.address.to_string())
}

/// The server at which Cairo's book is at home, and another. Each has been asked, and knows the key.
fn home_and_other(fleet: &Fleet) -> [(Server, TempDir); 2] {
    let mut two = [announced(fleet), announced(fleet)];
    two.sort_by_key(|(server, _)| std::cmp::Reverse(rank_of(server)));
    for (server, _) in &two {
        until("it knows the other", || value(server, "refundry_peers") == Some(1.0));
        server.send(&Request::get("/balance?stale=ok", CAIRO));
    }
    two
}

/// How many requests have ended in this way when they were sent on.
fn forwards(server: &Server, outcome: &str) -> u32 {
    let name = format!(r#"refundry_forwards_total{{outcome="{outcome}"}}"#);
    value(server, &name).map_or(0, |count| count.to_string().parse().unwrap())
}

fn all_forwards(server: &Server) -> u32 {
    let outcomes = ["answered", "paused", "full", "unreachable", "late", "stranger", "refused"];
    outcomes.iter().map(|outcome| forwards(server, outcome)).sum()
}

fn refund(amount: u32, key: &str) -> Request {
    Request::refund(CAIRO, format!(r#"{{"chargeId":"ch_1","amount":{amount}}}"#)).under(key)
}

fn made(server: &Server, amount: u32, key: &str) -> Answer {
    let answer = server.send(&refund(amount, key));
    assert_eq!(answer.status, 201, "{answer:?}");
    answer
}

fn recordings(server: &Server) -> Option<f64> {
    metric(server, "recordings_total")
}

#[test]
fn what_is_asked_at_the_wrong_node_is_answered_where_the_book_is_at_home() {
    let fleet = town(&fleets::Server::shared());
    let [(home, _first), (other, _second)] = home_and_other(&fleet);
    let (before, before_at_home) = (recordings(&other), recordings(&home));
    let refunds: Vec<_> = (1..=10).map(|n| made(&other, 1, &format!("key-{n}"))).collect();
    assert_eq!(forwards(&other, "answered"), 10);
    assert_eq!((recordings(&other), all_forwards(&home)), (before, 0));
    assert_eq!(recordings(&home), before_at_home.map(|count| count + 10.0));

    // Everything is as if it had been asked there.
    let id = refunds[0].text("id");
    assert_eq!(refunds[0].header("Location"), Some(format!("/refunds/{id}").as_str()));
    assert_eq!(refunds[0].header("refundry-node"), None);
    let again = made(&other, 1, "key-1");
    assert_eq!((again.text("id"), again.header("Idempotent-Replayed")), (id.clone(), Some("true")));
    let too_much = refund(99_999, "too-much");
    let (at_home, away) = (home.send(&too_much), other.send(&too_much));
    assert_eq!(at_home.refusal(), away.refusal());
    assert_eq!(away.json()["request_id"].as_str(), away.header("Request-Id"));
    let logged = ["answered", away.header("Request-Id").unwrap()];
    assert!(other.log.line(&logged).contains(r#"outcome="forwarded""#));
    assert!(home.log.line(&logged).contains("amount_exceeds_refundable"));
    let charge = Request::get("/charges/ch_1?limit=1", CAIRO);
    assert_eq!(home.send(&charge).refusal(), other.send(&charge).refusal());
    for path in ["/charges/ch_1", "/refunds?limit=2&chargeId=ch_1", "/events?limit=3", "/balance"] {
        let asked = Request::get(path, CAIRO);
        assert_eq!(home.send(&asked).json(), other.send(&asked).json(), "{path}");
    }
    let length = |asked: &Request| {
        other.send(asked).header("Content-Length").unwrap().parse::<usize>().unwrap()
    };
    let list = Request::get("/refunds", CAIRO);
    assert!(length(&list) > 1_000);
    assert_eq!(length(&list), length(&list.clone().method("HEAD")));
    assert_eq!((forwards(&other, "answered"), all_forwards(&home)), (19, 0));
    let refund = r#"refundry_refunds_total{outcome="forwarded",replayed="true"}"#;
    assert_eq!(value(&other, refund), Some(2.0));
}

#[test]
fn what_need_not_or_must_not_be_sent_on_is_answered_here() {
    let fleet = town(&fleets::Server::shared());
    let [(home, _first), (other, _second)] = home_and_other(&fleet);
    let id = made(&other, 1, "key").text("id");
    assert_eq!(forwards(&other, "answered"), 1);
    // Nobody could ask again what became of it.
    let body = r#"{"chargeId":"ch_1","amount":1}"#;
    assert_eq!(other.send(&Request::refund(CAIRO, body)).status, 201);
    for (path, status) in [
        ("/charges/ch_1?stale=ok", 200),
        ("/charges/ch_1?stale=no", 400),
        ("/feed", 200),
        (&format!("/refunds/{id}/receipt"), 200),
        ("/readyz", 200),
        ("/none", 404),
    ] {
        let answer = other.send(&Request::get(path, CAIRO));
        assert_eq!(answer.status, status, "{path}: {answer:?}");
    }
    assert_eq!(other.send(&Request::get("/charges", "sk_test_none")).status, 401);
    // Whoever sent it took this node to be its home.
    for (server, key) in [(&other, "sent-on"), (&home, "sent-home")] {
        let answer = server.send(&refund(1, key).with("Refundry-Node", "0123"));
        assert_eq!((answer.status, answer.header("Refundry-Node")), (201, None));
    }
    assert_eq!((all_forwards(&other), all_forwards(&home)), (1, 0));
    // A node that says nothing of itself sends nothing on, and nothing comes to it.
    let (silent, _third) = serve(&fleet);
    for key in ["one", "two"] {
        made(&silent, 1, key);
    }
    assert_eq!((recordings(&silent), all_forwards(&silent)), (Some(2.0), 0));
    assert_eq!(value(&other, "refundry_peers"), Some(1.0));
}

#[test]
fn a_key_that_was_revoked_is_refused_by_the_node_that_was_asked() {
    let fleet = town(&fleets::Server::shared());
    let [(home, _first), (other, _second)] = home_and_other(&fleet);
    let folder = tempfile::tempdir().unwrap();
    let engine = Postgres::new(PostgresOptions::at(fleet.url("app"))).unwrap();
    let node = Node::start(Box::new(engine), &NodeOptions::in_folder(folder.path())).unwrap();
    let key = node.book("acct_cairo", |book| book.issue_key()).wait().unwrap();
    let balance = Request::get("/balance", &key.key);
    assert_eq!((other.send(&balance).status, forwards(&other, "answered")), (200, 1));
    node.book("acct_cairo", move |book| book.revoke_key(&key.id)).wait().unwrap();
    // Over a hundred: the peer's address is not that of the stranger.
    for _ in 0..60 {
        assert_eq!(home.send(&balance).refusal().1, "api_key_inactive");
    }
    for _ in 0..100 {
        assert_eq!(other.send(&balance).refusal().1, "api_key_inactive");
    }
    assert_eq!(forwards(&other, "refused"), 1, "its key is known here to be no good");
}

#[test]
fn while_the_home_is_gone_each_node_serves_what_it_is_asked() {
    let fleet = town(&fleets::Server::shared());
    let [(home, _first), (other, _second)] = home_and_other(&fleet);
    made(&other, 1, "before");
    home.kill();
    let begun = Instant::now();
    for n in 0..20 {
        made(&other, 1, &format!("key-{n}"));
    }
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!((forwards(&other, "answered"), forwards(&other, "unreachable")), (1, 1));
    assert_eq!(forwards(&other, "paused"), 19);
    until("it is not there any more", || value(&other, "refundry_peers") == Some(0.0));
    made(&other, 1, "after");
    assert_eq!(all_forwards(&other), 21);
    // Whoever stops as asked says so.
    let (third, _third) = announced(&fleet);
    until("it knows a new one", || value(&other, "refundry_peers") == Some(1.0));
    let begun = Instant::now();
    third.stop();
    until("it is not there any more", || value(&other, "refundry_peers") == Some(0.0));
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}

/// The home stands still and goes on while both nodes are asked the same, and is killed in the end.
#[test]
fn each_key_has_one_outcome_whatever_becomes_of_the_home() {
    let fleet = town(&fleets::Server::shared());
    let [(home, _first), (other, _second)] = home_and_other(&fleet);
    let (ended, patience) = (AtomicBool::new(false), Duration::from_secs(60));
    let made: Vec<(String, String)> = thread::scope(|scope| {
        let caller = |caller: usize| {
            let (mut connection, ended) = (other.connect(), &ended);
            move || {
                connection.set_patience(patience).unwrap();
                let mut made = Vec::new();
                while !ended.load(Ordering::Relaxed) {
                    let key = format!("key-{caller}-{}", made.len());
                    let answer = connection.send(&refund(1, &key)).unwrap();
                    assert_eq!(answer.status, 201, "{answer:?}");
                    made.push((key, answer.text("id")));
                }
                made
            }
        };
        let callers: Vec<_> = (0..4).map(|n| scope.spawn(caller(n))).collect();
        let sleep = |milliseconds| thread::sleep(Duration::from_millis(milliseconds));
        sleep(300);
        home.signal("STOP");
        sleep(2_500);
        home.signal("CONT");
        // It is asked again once the pause is over.
        let before = forwards(&other, "answered");
        until("it is asked again", || forwards(&other, "answered") > before + 10);
        home.signal("KILL");
        sleep(300);
        ended.store(true, Ordering::Relaxed);
        callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect()
    });
    assert!(forwards(&other, "late") > 0);
    let count = "SELECT count(*), sum(amount) FROM refundry.refunds WHERE merchant = 'acct_cairo'";
    let kept = fleet.sql(count);
    assert_eq!(kept[0], [made.len().to_string(), made.len().to_string()]);
    for (key, id) in &made {
        let again = other.send(&refund(1, key));
        assert_eq!(
            (again.text("id"), again.header("Idempotent-Replayed")),
            (id.clone(), Some("true"))
        );
    }
}

/// Whoever has the address now: another program, one that says nothing, one that closes.
#[test]
fn a_stranger_at_the_address_of_a_node_is_not_believed() {
    let fleet = town(&fleets::Server::shared());
    let (server, _folder) = announced(&fleet);
    made(&server, 1, "before");
    let stranger = loop {
        let stranger = Receiver::new(Manner::Answer(201));
        if rank(&stranger.address.to_string()) > rank_of(&server) {
            break stranger;
        }
    };
    for (manner, outcome) in [
        (Manner::Answer(201), "stranger"),
        (Manner::Answer(401), "stranger"),
        (Manner::Talk(10_000_000), "stranger"),
        (Manner::Close, "unreachable"),
        (Manner::Hang, "late"),
    ] {
        stranger.becomes(manner);
        let token = format!("{manner:?}").replace(['(', ')'], "-");
        let announce = format!(
            "INSERT INTO refundry.nodes VALUES ('http://{}', '{token}', now() + interval '4 s')
             ON CONFLICT (address) DO UPDATE SET token = excluded.token, seen = excluded.seen",
            stranger.address
        );
        fleet.sql(&announce);
        let (before, mut n) = (forwards(&server, outcome), 0);
        until("the stranger is asked", || {
            made(&server, 1, &format!("{token}-{n}"));
            n += 1;
            forwards(&server, outcome) == before + 1
        });
        made(&server, 1, &format!("{token}-{n}"));
        let received = stranger.received();
        let last = received.last().unwrap();
        assert_eq!(last.body, r#"{"chargeId":"ch_1","amount":1}"#);
        assert_eq!(last.path, "/refunds");
        let key = format!("{}-{}", last.header("Refundry-Node").unwrap(), n - 1);
        assert_eq!(last.header("Idempotency-Key"), Some(key.as_str()));
        assert_eq!(last.header("Host"), Some(stranger.address.to_string().as_str()));
    }
    assert_eq!(forwards(&server, "answered"), 0);
    let refunds = "SELECT count(*) = count(DISTINCT id) FROM refundry.refunds";
    assert_eq!(fleet.sql(refunds)[0][0], "t");
}

#[test]
fn what_can_not_be_announced_is_refused() {
    let refused = |database: &str, announce: &str, cache: &str| {
        let mut command = server::command();
        command.args(["serve", "--announce", announce, "--cache", cache]);
        let said = command.env("REFUNDRY_DATABASE", database).output().unwrap();
        (said.status.code(), String::from_utf8(said.stderr).unwrap())
    };
    let nowhere = "postgres://app@127.0.0.1:1/none";
    for (address, told) in [
        ("http://93.184.215.14:8080", "plain http is for a private network"),
        ("http://key:secret@10.0.0.1", "an address is scheme, host and port"),
        ("10.0.0.1:8080", "an address is scheme, host and port"),
    ] {
        let (code, said) = refused(nowhere, address, "cache");
        assert!(code == Some(2) && said.contains(told), "{code:?}: {said}");
    }
    let mut command = server::command();
    command.args(["serve", "--database", "db/file", "--announce", "http://127.0.0.1:1"]);
    let said = command.output().unwrap();
    let text = String::from_utf8(said.stderr).unwrap();
    assert!(said.status.code() == Some(2) && text.contains("--announce is for a fleet"), "{text}");
    // One that an older program set up.
    let fleet = town(&fleets::Server::shared());
    fleet.sql("DROP TABLE refundry.nodes");
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let (code, said) = refused(&fleet.url("app"), "http://127.0.0.1:1", cache.to_str().unwrap());
    assert!(code == Some(3) && said.contains("refundry-fleet set-up"), "{code:?}: {said}");
    let (server, _folder) = serve(&fleet);
    made(&server, 1, "without");
}
