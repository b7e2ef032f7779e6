//! What the operator is told, and what is kept from the log.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, SystemTime},
};

use refundry::Timestamp;
use serde_json::Value;

use crate::{
    client::{Connection, Request},
    ledgers::{self, CAIRO},
    log,
    server::{self, LedgerFile, Server},
};

fn serve(file: &LedgerFile, more: &[&str]) -> Server {
    let path = file.path();
    let arguments = [OsStr::new("--database"), path.as_os_str()];
    Server::start(arguments.into_iter().chain(more.iter().map(OsStr::new)))
}

#[test]
fn each_request_is_a_line_with_its_id_merchant_route_and_outcome() {
    let file = LedgerFile::of(&ledgers::town());
    let mut server = serve(&file, &["--log-format", "json"]);
    let refund = Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":5}"#).under("a-key-of-mine");
    let too_much = Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":99999}"#);
    for (request, merchant, route, outcome, replayed) in [
        (&Request::get("/charges/ch_1", CAIRO), true, "GET /charges/{id}", "ok", false),
        (&refund, true, "POST /refunds", "ok", false),
        (&refund, true, "POST /refunds", "ok", true),
        (&too_much, true, "POST /refunds", "amount_exceeds_refundable", false),
        (&Request::get("/balance", "nobody's"), false, "GET /balance", "api_key_invalid", false),
        (&Request::new("GET", "/nowhere"), false, "none none", "resource_missing", false),
    ] {
        let answer = server.send(request);
        let id = answer.header("Request-Id").unwrap();
        let line: Value = serde_json::from_str(&server.log.line(&[id, "answered"])).unwrap();
        assert_eq!((&line["level"], &line["message"]), (&"INFO".into(), &"answered".into()));
        let owner = if merchant { "acct_cairo".into() } else { Value::Null };
        assert_eq!(line["merchant"], owner, "{line}");
        let shown = [&line["method"], &line["route"]].map(|part| part.as_str().unwrap());
        assert_eq!(shown.join(" "), route);
        assert_eq!((&line["outcome"], &line["replayed"]), (&outcome.into(), &replayed.into()));
        assert_eq!(line["status"], answer.status);
        assert!(line["duration_ms"].as_f64().unwrap() > 0.0);
    }
    server.signal("TERM");
    server.wait();
    let said = server.log.end();
    for message in ["starting", "listening", "asked to stop", "stopped"] {
        assert!(said.contains(message), "{said}");
    }
    for line in said.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }
    assert!(!said.contains("a-key-of-mine"), "{said}");
    // What is said of a request names no object.
    let mut answered = said.lines().filter(|line| line.contains("answered"));
    assert!(answered.all(|line| !line.contains("ch_1")), "{said}");
}

/// So that a backup that is restored can be compared with the log.
#[test]
fn each_refund_is_a_line_with_all_that_was_recorded() {
    let file = LedgerFile::of(&ledgers::town());
    let mut server = serve(&file, &["--log-format", "json"]);
    let refund = Request::refund(CAIRO, r#"{"paymentIntentId":"pi_1","amount":5}"#);
    let made = server.send(&refund.clone().under("a-key-of-mine"));
    server.send(&refund.under("a-key-of-mine"));
    server.send(&Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":99999}"#));
    server.send(&Request::refund(CAIRO, r#"{"chargeId":"ch_of_a_stranger"}"#));
    server.signal("TERM");
    server.wait();
    let said = server.log.end();
    let lines = said.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let lines: Vec<_> = lines.filter(|line| line["message"] == "refund").collect();
    assert_eq!(lines.len(), 3, "{said}");
    // printf %s a-key-of-mine | sha256sum
    let key = "f176a11415f2511a2b827f2d8062e9d965be7e8ae21a9a1b7052ea203a257e6a";
    for (line, replayed) in lines.iter().zip([false, true]) {
        assert_eq!(line["refund"], made.text("id"));
        let told =
            ["merchant", "charge", "currency", "outcome"].map(|name| line[name].as_str().unwrap());
        assert_eq!(told, ["acct_cairo", "ch_1", "EGP", "ok"]);
        assert_eq!((&line["amount"], &line["replayed"]), (&5.into(), &replayed.into()));
        assert_eq!(line["key_sha256"], key);
    }
    let refused = &lines[2];
    assert_eq!(refused["outcome"], "amount_exceeds_refundable");
    assert_eq!((&refused["charge"], &refused["amount"]), (&"ch_1".into(), &99_999.into()));
    assert!(refused.get("refund").is_none() && refused.get("key_sha256").is_none());
}

#[test]
fn keys_and_texts_stay_out_of_the_log_wherever_a_client_puts_them() {
    const SECRET: &str = "sk_test_put-where-it-does-not-belong";
    log::is_secret(SECRET);
    let file = LedgerFile::of(&ledgers::town());
    for format in ["text", "json"] {
        let server = serve(&file, &["--log-format", format]);
        for path in ["/refunds/", "/", "/balance?key=", "/charges/", "/refunds?limit="] {
            server.send(&Request::get(&format!("{path}{SECRET}"), CAIRO));
        }
        let text = format!(r#"{{"chargeId":"ch_1","amount":"1","description":"{SECRET}"}}"#);
        for body in [
            text.as_str(),
            &text.replace("description", SECRET),
            &text.replace("\"1\"", &format!("\"{SECRET}\"")),
            &text.replace("ch_1", SECRET),
            &text.replace('}', ""),
        ] {
            server.send(&Request::refund(CAIRO, body));
        }
        for (name, value) in [
            ("Authorization", SECRET),
            ("Authorization", "Basic c2tfdGVzdF8="),
            ("Idempotency-Key", SECRET),
            ("User-Agent", SECRET),
            (SECRET, "1"),
        ] {
            let request = Request::refund(CAIRO, text.as_str()).without(name);
            server.send(&request.with(name, value));
        }
        // Its method, its version and its head are not HTTP.
        for head in ["GET /{} HTTP/1.1\r\nHost{}", "{} / HTTP/1.1", "GET / {}", "{}"] {
            let mut connection = server.connect();
            let head = head.replace("{}", SECRET);
            connection.write(format!("{head}\r\n\r\n").as_bytes()).unwrap();
            let _ = connection.read(false);
        }
        // The harness looks for every secret in everything that was logged.
        server.stop();
    }
}

#[test]
fn failures_are_explained_to_the_operator_alone() {
    let (file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let raw = rusqlite::Connection::open(file.path()).unwrap();
    raw.execute_batch("PRAGMA ignore_check_constraints = ON; UPDATE charges SET status = 77")
        .unwrap();
    let answer = server.send(&Request::get("/charges/ch_1", CAIRO));
    assert_eq!(answer.status, 500);
    let id = answer.header("Request-Id").unwrap();
    let line = server.log.line(&[id, "failed"]);
    assert!(line.contains("ERROR") && line.contains("corrupt"), "{line}");
    assert!(!answer.body.contains("corrupt"), "{answer:?}");
}

#[test]
fn matured_charges_slow_commits_and_empty_ledgers_are_told() {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    let soon = Timestamp::from_millis(i64::try_from(now).unwrap() + 1_500).to_string();
    let lines = ledgers::merchant("cairo", CAIRO, "null")
        + &ledgers::charge("ch_1", 100, 1, ledgers::PAST)
        + &ledgers::charge("ch_2", 100, 1, &soon);
    let (file, server) = LedgerFile::of(&lines).into_served();
    server.log.line(&["charges matured", "matured=1"]);

    // Another process that writes makes the server wait.
    let raw = rusqlite::Connection::open(file.path()).unwrap();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refund = Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":5}"#);
    let mut connection = server.connect();
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(connection.send(&refund).unwrap().status, 201));
        thread::sleep(Duration::from_millis(700));
        raw.execute_batch("COMMIT").unwrap();
    });
    server.log.line(&["WARN", "slow commit"]);
    server.stop();

    let server = LedgerFile::new().into_served().1;
    server.log.line(&["WARN", "no merchants", "refundry-server merchant create"]);
}

#[test]
fn who_leaves_before_the_answer_is_told_of() {
    let (file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let raw = rusqlite::Connection::open(file.path()).unwrap();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refund = Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":5}"#).under("left");
    let left = ["ended before it was answered", "acct_cairo", "/refunds"];
    // Who leaves before the request was even looked at has asked for nothing.
    for patience in 1..=6 {
        let mut connection = server.connect();
        connection.write(&refund.to_bytes()).unwrap();
        thread::sleep(Duration::from_millis(100 << patience));
        drop(connection);
        thread::sleep(Duration::from_millis(200));
        if server.log.find(&left).is_some() {
            break;
        }
    }
    raw.execute_batch("COMMIT").unwrap();
    server.log.line(&left);
    assert_eq!(server.send(&refund).header("Idempotent-Replayed"), Some("true"));
    server.stop();
}

/// A server whose log nobody reads until it has ended.
struct Unread {
    process: Child,
    address: SocketAddr,
}

impl Unread {
    fn start(file: &LedgerFile, level: &str) -> Self {
        let mut process = server::command()
            .args(["--listen", "127.0.0.1:0", "--database", file.path().to_str().unwrap()])
            .env("RUST_LOG", level)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let address = ready.trim_end().strip_prefix("listening on http://").unwrap();
        Self { process, address: address.parse().unwrap() }
    }

    /// What it logged until it ended.
    fn end(self, signal: &str) -> String {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        String::from_utf8(self.process.wait_with_output().unwrap().stderr).unwrap()
    }
}

#[test]
fn a_level_can_be_chosen() {
    let file = LedgerFile::of(&ledgers::town());
    assert_eq!(Unread::start(&file, "warn").end("TERM"), "");
    assert!(Unread::start(&file, "refundry_server=info").end("TERM").contains("listening"));
}

#[test]
fn a_log_that_nobody_reads_does_not_stop_refunds() {
    let file = LedgerFile::of(&ledgers::town());
    let server = Unread::start(&file, "info");
    let mut connection = Connection::open(server.address).unwrap();
    // A pipe has room for a few hundred lines.
    for _ in 0..1_000 {
        assert_eq!(connection.send(&Request::new("GET", "/healthz")).unwrap().status, 200);
    }
    assert!(server.end("KILL").len() < 1_000 * 100, "the pipe was never full");
}
