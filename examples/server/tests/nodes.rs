//! Servers on a fleet: what several of them promise together, and what they say when the database is
//! away.

mod books;

use std::{
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use refundry_fleet::{Node, NodeOptions, Postgres, PostgresOptions};

use crate::{
    client::{Connection, Request},
    fleets::{self, Fleet},
    ledgers::{self, CAIRO},
    operator::{refused, run},
    server::{self, LedgerFile, Server},
};

pub(crate) fn town(server: &Arc<fleets::Server>) -> Fleet {
    fleets::moved_in(server, &LedgerFile::of(&ledgers::town()).path())
}

/// A server on a fleet, with its cache in a folder that stays as long.
pub(crate) fn serve(fleet: &Fleet) -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = server::command();
    fleets::serve(fleet, folder.path(), &mut command);
    command.args(["--metrics", "127.0.0.1:0"]);
    (Server::run(command), folder)
}

fn refund(server: &Server, amount: u32) -> u16 {
    let body = format!(r#"{{"chargeId":"ch_1","amount":{amount}}}"#);
    server.send(&Request::refund(CAIRO, body)).status
}

/// What is refunded of a charge, as a server says when it is asked in this way.
fn refunded(server: &Server, query: &str) -> String {
    let answer = server.send(&Request::get(&format!("/charges/ch_1{query}"), CAIRO));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.text("amountRefunded")
}

#[test]
fn what_one_server_answered_another_reads_unless_it_may_be_stale() {
    let fleet = town(&fleets::Server::shared());
    let ((one, _first), (two, _second)) = (serve(&fleet), serve(&fleet));
    assert_eq!(refunded(&two, ""), "0");
    assert_eq!(refund(&one, 100), 201);
    assert_eq!(refunded(&two, "?stale=ok"), "0", "it asked the database");
    assert_eq!(refunded(&two, ""), "100");
    assert_eq!(refunded(&two, "?stale=ok"), "100");
    // A node that has nothing yet asks the database.
    let (three, _third) = serve(&fleet);
    assert_eq!(refunded(&three, "?stale=ok"), "100");
    let (status, code, param) = two.send(&Request::get("/charges/ch_1?stale=yes", CAIRO)).refusal();
    assert_eq!(
        (status, code.as_str(), param.as_deref()),
        (400, "parameter_invalid", Some("stale"))
    );
    let posted = Request::refund(CAIRO, r#"{"chargeId":"ch_1"}"#).path("/refunds?stale=ok");
    assert_eq!(two.send(&posted).refusal().1, "parameter_unknown");
}

#[test]
fn a_key_that_was_revoked_elsewhere_does_nothing_more() {
    let fleet = town(&fleets::Server::shared());
    let (server, _folder) = serve(&fleet);
    let folder = tempfile::tempdir().unwrap();
    let engine = Postgres::new(PostgresOptions::at(fleet.url("app"))).unwrap();
    let node = Node::start(Box::new(engine), &NodeOptions::in_folder(folder.path())).unwrap();
    let key = node.book("acct_cairo", |book| book.issue_key()).wait().unwrap();
    let asked = |request: Request| server.send(&request);
    let body = r#"{"chargeId":"ch_1","amount":1}"#;
    assert_eq!(asked(Request::refund(&key.key, body)).status, 201);
    let id = key.id.clone();
    node.book("acct_cairo", move |book| book.revoke_key(&id)).wait().unwrap();
    for _ in 0..2 {
        assert_eq!(asked(Request::refund(&key.key, body)).refusal().1, "api_key_inactive");
        assert_eq!(asked(Request::get("/balance", &key.key)).refusal().1, "api_key_inactive");
    }
    assert_eq!(refunded(&server, ""), "1");
}

#[test]
fn a_fleet_says_that_it_takes_in_no_feeds() {
    let fleet = town(&fleets::Server::shared());
    let (server, _folder) = serve(&fleet);
    let post = Request::get("/feed", CAIRO).method("POST").body("");
    let answer = server.send(&post.with("Content-Type", "application/x-ndjson"));
    assert_eq!((answer.status, answer.header("Allow")), (405, Some("GET, HEAD")), "{answer:?}");
    assert!(answer.body.contains("a fleet, which takes in no feeds"), "{}", answer.body);
    // It gives them all the same.
    let feed = server.send(&Request::get("/feed", CAIRO));
    assert!(feed.status == 200 && feed.body.lines().count() > 10, "{feed:?}");
}

/// The value of a metric of the node, if it is there yet.
pub(crate) fn metric(server: &Server, name: &str) -> Option<f64> {
    value(server, &format!("refundry_fleet_{name}"))
}

/// The value of a metric with its labels, if it is there yet.
pub(crate) fn value(server: &Server, name: &str) -> Option<f64> {
    let line = server.log.line(&["metrics", "address="]);
    let address = line.split("address=").nth(1).unwrap().parse().unwrap();
    let mut connection = Connection::open(address).unwrap();
    let text = connection.exchange(&Request::new("GET", "/metrics")).unwrap().body;
    let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    found.map(|value| value.parse().unwrap())
}

pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it is never so: {what}");
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_server_tells_the_truth_while_the_database_is_away() {
    let database = Arc::new(fleets::Server::start());
    let fleet = town(&database);
    let (server, _folder) = serve(&fleet);
    let status = |path: &str| server.send(&Request::new("GET", path)).status;
    assert_eq!((status("/healthz"), status("/readyz"), refund(&server, 100)), (200, 200, 201));
    until("no standby", || metric(&server, "standby") == Some(0.0));
    assert_eq!(metric(&server, "database_up"), Some(1.0));
    assert!(metric(&server, "recordings_total") > Some(0.5));
    assert!(metric(&server, "cache_bytes") > Some(1_000.0));

    database.crash();
    until("not ready", || status("/readyz") == 503);
    assert_eq!(server.send(&Request::new("GET", "/readyz")).refusal().1, "unavailable");
    assert_eq!(status("/healthz"), 200, "a new process would not help");
    let refused = server.send(&Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":1}"#));
    assert_eq!(refused.refusal().1, "unavailable", "{refused:?}");
    assert_eq!(refused.header("Retry-After"), Some("1"));
    assert_eq!(refunded(&server, "?stale=ok"), "100");
    assert_eq!(metric(&server, "database_up"), Some(0.0));
    assert!(metric(&server, "lag_seconds") > Some(0.5));

    database.begin();
    until("ready again", || status("/readyz") == 200);
    assert_eq!(refund(&server, 10), 201);
    assert_eq!(refunded(&server, ""), "110");
}

#[test]
fn what_a_fleet_lacks_is_refused_before_it_is_reached() {
    let url = "postgres://app:opensesame@127.0.0.1:1/none";
    let said = |url: &str, arguments: &[&str]| {
        let mut command = server::command();
        let said = command.args(arguments).env("REFUNDRY_DATABASE", url).output();
        let said = said.unwrap();
        let text =
            String::from_utf8(said.stderr).unwrap() + &String::from_utf8(said.stdout).unwrap();
        assert!(!text.contains("opensesame"), "{text}");
        (said.status.code(), text)
    };
    let refused = |arguments: &[&str]| said(url, &[&["serve"], arguments].concat());
    // What is for a file does not repeat the address either, however it is written.
    assert_eq!(said(url, &["verify", "--help"]).0, Some(0));
    for (url, arguments, told) in [
        (url, &["backup", "copy"][..], "this command is for a file alone"),
        (url, &["verify"], "--cache FOLDER"),
        ("Postgres://opensesame@x", &["serve"], "this command is for a file alone"),
        (url, &["merchant", "list"], "the view refundry.merchants"),
        (url, &["show", "balance", "acct_cairo"], "--cache FOLDER"),
    ] {
        let (code, said) = said(url, arguments);
        assert!(code == Some(2) && said.contains(told), "{said}");
    }
    for option in ["--cache", "--cache-bytes"] {
        let (code, said) = said("db/fleet", &["serve", option, "9"]);
        assert!(code == Some(2) && said.contains(&format!("{option} is for a fleet")), "{said}");
    }
    let (code, said) = refused(&["--cache-bytes", "0"]);
    assert!(code == Some(2) && said.contains("--cache-bytes <BYTES>"), "{said}");
    let (code, said) = refused(&[]);
    assert!(code == Some(2) && said.contains("--cache FOLDER"), "{said}");
    for option in [&["--verify-every", "24h"][..], &["--confirm-time"]] {
        let (code, said) = refused(option);
        assert!(code == Some(2) && said.contains(option[0]), "{said}");
    }
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = refused(&["--cache", folder.path().to_str().unwrap()]);
    assert!(code == Some(1) && said.contains("the database can't be used"), "{said}");
    assert_eq!(refused(&["--help"]).0, Some(0));
}

#[test]
fn an_operator_bounds_the_cache() {
    let fleet = town(&fleets::Server::shared());
    let folder = tempfile::tempdir().unwrap();
    let mut command = server::command();
    fleets::serve(&fleet, folder.path(), &mut command);
    command.args(["--metrics", "127.0.0.1:0", "--cache-bytes", "1"]);
    let small = Server::run(command);
    assert_eq!(refund(&small, 1), 201);
    until("it is made anew", || metric(&small, "caches_renewed_total") > Some(0.5));
    let (large, _folder) = serve(&fleet);
    assert_eq!((refund(&small, 1), refunded(&large, "")), (201, "2".to_owned()));
    assert_eq!(metric(&large, "caches_renewed_total"), Some(0.0), "the control");
}

/// A process of the database that stands still for as long as this is held.
pub(crate) struct Frozen(String);

impl Frozen {
    pub(crate) fn process(id: String) -> Self {
        let frozen = Self(id);
        assert!(frozen.signal("STOP"));
        frozen
    }

    fn signal(&self, name: &str) -> bool {
        std::process::Command::new("kill").args(["-s", name, &self.0]).status().unwrap().success()
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.signal("CONT");
    }
}

/// A caller goes, the server is told to stop, and the database answers later than that.
#[test]
fn a_refund_that_was_made_at_the_stop_is_in_the_log() {
    let fleet = town(&fleets::Server::shared());
    let (mut server, _folder) = serve(&fleet);
    assert_eq!(refund(&server, 10), 201);
    // Of the node, and of who sends webhooks.
    let backends = "SELECT pid FROM pg_stat_activity
        WHERE usename = 'app' AND datname = current_database()";
    let backends = fleet.sql(backends).concat();
    assert_eq!(backends.len(), 2);
    let frozen: Vec<_> = backends.into_iter().map(Frozen::process).collect();
    let body = r#"{"chargeId":"ch_1","amount":7}"#;
    let mut caller = server.connect();
    caller.write(&Request::refund(CAIRO, body).to_bytes()).unwrap();
    let waits = r#"refundry_queue_depth{queue="writing"}"#;
    until("the refund waits", || value(&server, waits) == Some(1.0));
    drop(caller);
    server.signal("TERM");
    server.log.line(&["asked to stop"]);
    drop(frozen);
    assert_eq!(server.wait().code(), Some(0));
    let made = "SELECT id FROM refundry.refunds WHERE amount = 7";
    let id = fleet.sql(made)[0][0].clone();
    assert!(server.log.end().contains(&id), "the refund {id} is not in the log");
}

/// What a command printed, without what is drawn or is a moment.
fn plain(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    // Charges that are due have matured on the fleet, which moves the numbers of entries.
    const DRAWN: [&str; 8] = [
        "id",
        "createdAt",
        "text",
        "key",
        "recordedAt",
        "balanceTransactionId",
        "journalEntryId",
        "entryHash",
    ];
    match value {
        Value::Object(fields) => {
            let left = fields.into_iter().filter(|(name, _)| !DRAWN.contains(&name.as_str()));
            Value::Object(left.map(|(name, value)| (name, plain(value))).collect())
        }
        Value::Array(all) => Value::Array(all.into_iter().map(plain).collect()),
        value => value,
    }
}

/// What an operator does by commands, in the books of a file and in those of a fleet.
#[test]
fn the_operators_commands_are_the_same_on_a_fleet() {
    let file = LedgerFile::of(&ledgers::town());
    let fleet =
        fleets::moved_in(&fleets::Server::shared(), &LedgerFile::of(&ledgers::town()).path());
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let url = fleet.url("app");
    let (fleets_books, path) = (Path::new(&url), &file.path());
    let cache = ["--cache", cache.to_str().unwrap()];
    let on_fleet = |arguments: &[&str]| run(fleets_books, &[arguments, &cache].concat());
    let same = |arguments: &[&str]| {
        let arguments = [arguments, &["--json"]].concat();
        let (one, other) = (run(path, &arguments).json(), on_fleet(&arguments).json());
        assert_eq!(plain(one), plain(other.clone()), "{arguments:?}");
        other
    };
    same(&["merchant", "create", "Aswan Books", "--test", "--id", "acct_aswan"]);
    same(&["merchant", "set-limit", "acct_aswan", "--negative-balance-limit", "EGP=5000"]);
    same(&["merchant", "set-references", "acct_aswan", "--unique"]);
    let issued = same(&["key", "issue", "acct_aswan"]);
    same(&["key", "list", "acct_aswan"]);
    let id = issued["id"].as_str().unwrap();
    assert!(
        on_fleet(&["key", "revoke", "acct_aswan", id, "--json"]).json()["revokedAt"].is_string()
    );
    let transfer = |kind, id| {
        let named = ["--idempotency-key", id, "--id", id];
        same(&[&["transfer", kind, "acct_aswan", "500", "EGP"], &named[..]].concat());
    };
    transfer("top-up", "tu_1");
    transfer("payout", "po_1");
    same(&["payout", "failed", "acct_aswan", "po_1"]);
    let dispute = ["ch_1", "100", "--idempotency-key", "d", "--id", "dp_1"];
    same(&[&["dispute", "open", "acct_cairo"], &dispute[..]].concat());
    same(&[&["dispute", "open", "acct_cairo"], &dispute[..]].concat());
    same(&["dispute", "won", "acct_cairo", "dp_1"]);
    let given = same(&["handover", "give", "acct_cairo", "ch_2", "acct_giza"]);
    let text = given["text"].as_str().unwrap();
    on_fleet(&["handover", "take", "acct_giza", text]);
    let back = on_fleet(&["handover", "refuse", "acct_giza", text, "--json"]).json();
    assert_eq!(back["amount"], given["amount"]);
    for (direction, count) in [("handed_over", 1), ("taken_over", 1)] {
        let list = ["show", "handovers", "acct_giza", "--direction", direction, "--json"];
        assert_eq!(on_fleet(&list).json().as_array().unwrap().len(), count);
    }
    same(&["show", "balance", "acct_aswan"]);
    for what in ["refunds", "disputes", "handovers"] {
        same(&["show", what, "acct_cairo"]);
    }
    same(&["show", "charge", "acct_cairo", "ch_1"]);
    same(&["show", "dispute", "acct_cairo", "dp_1"]);
    same(&["erase", "acct_aswan", "po_1"]);
    assert!(on_fleet(&["receipt", "acct_cairo", "ch_1"]).printed.starts_with("rr1."));
    on_fleet(&["checkpoint", "acct_cairo", "--since", "1"]);
    // A node at work has its folder for itself.
    let (_server, folder) = serve(&fleet);
    let its = folder.path().join("cache");
    let taken = ["show", "balance", "acct_cairo", "--cache", its.to_str().unwrap()];
    let (code, said) = refused(fleets_books, &taken);
    assert!(code == 1 && said.contains("another node uses this folder"), "{code}: {said}");
}

#[test]
fn what_a_command_refuses_it_refuses_on_a_fleet_in_the_same_words() {
    let file = LedgerFile::of(&ledgers::town());
    let fleet =
        fleets::moved_in(&fleets::Server::shared(), &LedgerFile::of(&ledgers::town()).path());
    let folder = tempfile::tempdir().unwrap();
    let cache = ["--cache", folder.path().to_str().unwrap()];
    let url = fleet.url("app");
    let give = ["handover", "give", "acct_cairo", "ch_2", "acct_giza", "--json"];
    let given = run(&file.path(), &give).json();
    let text = given["text"].as_str().unwrap();
    for arguments in [
        &["show", "charge", "acct_cairo", "ch_none"][..],
        &["show", "refunds", "acct_cairo", "--starting-after", "re_none"],
        &["erase", "acct_cairo", "re_none"],
        &["key", "revoke", "acct_cairo", "key_none"],
        &["refund", "fail", "acct_cairo", "re_none"],
        &["merchant", "create", "Cairo", "--test", "--id", "acct_cairo"],
        &["handover", "take", "acct_cairo", text],
    ] {
        let other = refused(Path::new(&url), &[arguments, &cache].concat());
        assert_eq!(refused(&file.path(), arguments), other, "{arguments:?}");
    }
    // Where to look for other merchants is not the same.
    let nobody = ["show", "balance", "acct_none"];
    for (books, cache, list) in [
        (file.path().as_path(), &[][..], "`refundry-server merchant list`"),
        (Path::new(&url), &cache, "the view refundry.merchants"),
    ] {
        let (code, said) = refused(books, &[&nobody, cache].concat());
        assert!(code == 3 && said.contains("acct_none") && said.contains(list), "{code}: {said}");
    }
}
