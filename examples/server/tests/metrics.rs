//! What Prometheus is shown, read as strictly as its own parser does.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    thread,
    time::{Duration, Instant},
};

use crate::{
    client::{Answer, Connection, Request},
    ledgers::{self, CAIRO},
    server::{LedgerFile, Server},
};

fn serve(file: &LedgerFile, more: &[&str]) -> Server {
    let path = file.path();
    let arguments = [OsStr::new("--database"), path.as_os_str()];
    let more = more.iter().chain(&["--metrics", "127.0.0.1:0"]).map(OsStr::new);
    Server::start(arguments.into_iter().chain(more))
}

fn ask(server: &Server, path: &str) -> Answer {
    let line = server.log.line(&["metrics", "address="]);
    let address = line.split("address=").nth(1).unwrap().parse().unwrap();
    Connection::open(address).unwrap().exchange(&Request::new("GET", path)).unwrap()
}

fn scrape(server: &Server) -> Metrics {
    Metrics::parse(&ask(server, "/metrics").body)
}

/// Samples by name and labels, as they are written.
struct Metrics {
    types: BTreeMap<String, String>,
    samples: BTreeMap<String, f64>,
}

fn is_name(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters.next().is_some_and(|c| c.is_ascii_alphabetic() || "_:".contains(c));
    first && characters.all(|c| c.is_ascii_alphanumeric() || "_:".contains(c))
}

/// The labels between braces: `name="value"`, separated by commas.
fn labels(mut text: &str) -> Vec<(String, String)> {
    let mut labels = Vec::new();
    while !text.is_empty() {
        let (name, rest) = text.split_once("=\"").unwrap_or_else(|| panic!("no label: {text}"));
        assert!(is_name(name) && !name.contains(':'), "{name}");
        let mut value = String::new();
        let mut characters = rest.char_indices();
        let end = loop {
            match characters.next().unwrap_or_else(|| panic!("no end: {text}")) {
                (at, '"') => break at,
                (_, '\\') => match characters.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, c @ ('"' | '\\'))) => value.push(c),
                    other => panic!("not an escape: {other:?}"),
                },
                (_, c) => value.push(c),
            }
        };
        labels.push((name.to_owned(), value));
        text = &rest[end + 1..];
        text = text.strip_prefix(',').unwrap_or(text);
    }
    let names: BTreeSet<_> = labels.iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), labels.len(), "a label twice");
    labels
}

impl Metrics {
    fn parse(text: &str) -> Self {
        assert!(text.ends_with('\n'));
        let mut read = Self { types: BTreeMap::new(), samples: BTreeMap::new() };
        let (mut helped, mut family) = (BTreeSet::new(), String::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').unwrap();
                assert!(is_name(name) && !help.is_empty() && helped.insert(name), "{line}");
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap();
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                assert!(read.types.insert(name.into(), kind.into()).is_none(), "twice: {line}");
                family = name.into();
            } else {
                let (series, value) = line.rsplit_once(' ').unwrap();
                let (name, rest) = series.split_once('{').unwrap_or((series, "}"));
                assert!(is_name(name), "{line}");
                labels(rest.strip_suffix('}').unwrap());
                let kind = read.types[&family].as_str();
                let suffix = name.strip_prefix(&family).unwrap_or_else(|| panic!("astray: {line}"));
                let known: &[&str] =
                    if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
                assert!(known.contains(&suffix), "{line}");
                assert!(kind != "counter" || name.ends_with("_total"), "{line}");
                let value: f64 = value.parse().unwrap();
                assert!(read.samples.insert(series.into(), value).is_none(), "twice: {line}");
            }
        }
        read.check_histograms();
        read
    }

    /// Buckets grow, end with +Inf, and that one is the count.
    fn check_histograms(&self) {
        let mut last: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
        for (series, value) in &self.samples {
            let Some((name, rest)) = series.split_once("_bucket{") else {
                continue;
            };
            let (le, rest): (Vec<_>, Vec<_>) =
                labels(rest.strip_suffix('}').unwrap()).into_iter().partition(|(n, _)| n == "le");
            let le = le[0].1.replace('+', "").parse().unwrap();
            let rest: Vec<_> = rest.iter().map(|(n, v)| format!("{n}=\"{v}\"")).collect();
            let braces =
                if rest.is_empty() { String::new() } else { format!("{{{}}}", rest.join(",")) };
            last.entry(format!("{name}_count{braces}")).or_default().push((le, *value));
        }
        assert!(!last.is_empty());
        for (count, mut buckets) in last {
            buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
            assert!(buckets.is_sorted_by(|a, b| a.1 <= b.1), "{count}: {buckets:?}");
            assert_eq!(buckets.last(), Some(&(f64::INFINITY, self.of(&count))));
            assert!(self.samples.contains_key(&count.replace("_count", "_sum")));
        }
    }

    fn of(&self, series: &str) -> f64 {
        self.samples.get(series).copied().unwrap_or_else(|| panic!("no {series}"))
    }
}

#[test]
fn requests_refunds_and_the_file_are_measured() {
    let file = LedgerFile::of(&ledgers::town());
    let server = serve(&file, &[]);
    let refund = Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":5}"#).under("once");
    for _ in 0..2 {
        assert_eq!(server.send(&refund).status, 201);
    }
    server.send(&Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":99999}"#));
    server.send(&Request::get("/charges/ch_1", CAIRO));
    server.send(&Request::get("/charges/ch_2", CAIRO));
    server.send(&Request::get("/charges/ch_1", "nobody's key"));
    let open = server.connect();

    let begun = Instant::now();
    // Connections are counted when they are accepted and when they have ended.
    let metrics = loop {
        let metrics = scrape(&server);
        if metrics.of("refundry_connections") == 1.0 {
            break metrics;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "never one connection");
        thread::sleep(Duration::from_millis(5));
    };
    drop(open);
    let answered = |method: &str, route: &str, status: u16| {
        metrics.of(&format!(
            r#"refundry_http_requests_total{{method="{method}",route="{route}",status="{status}"}}"#
        ))
    };
    assert_eq!(answered("POST", "/refunds", 201), 2.0);
    assert_eq!(answered("POST", "/refunds", 409), 1.0);
    assert_eq!(answered("GET", "/charges/{id}", 200), 2.0);
    assert_eq!(answered("GET", "/charges/{id}", 401), 1.0);
    for (outcome, replayed) in
        [("ok", "false"), ("ok", "true"), ("amount_exceeds_refundable", "false")]
    {
        let series =
            format!(r#"refundry_refunds_total{{outcome="{outcome}",replayed="{replayed}"}}"#);
        assert_eq!(metrics.of(&series), 1.0);
    }
    assert_eq!(metrics.of("refundry_commit_duration_seconds_count"), 3.0);
    for queue in ["writing", "reading"] {
        assert_eq!(metrics.of(&format!(r#"refundry_queue_depth{{queue="{queue}"}}"#)), 0.0);
    }
    assert_eq!(metrics.of("refundry_ledger_bytes"), file.path().metadata().unwrap().len() as f64);
    assert!(metrics.of("refundry_wal_bytes") > 0.0);
    assert_eq!(metrics.of("refundry_charges_matured_total"), 5.0);
    assert_eq!(metrics.of(r#"refundry_build_info{version="0.1.0"}"#), 1.0);
    assert!(metrics.of("refundry_start_time_seconds") > 1.7e9);
    assert_eq!(metrics.of("refundry_log_lines_lost_total"), 0.0);
    assert!(!metrics.types.contains_key("refundry_verify_sound"), "nothing is known of it");
    server.stop();
}

#[test]
fn nothing_but_metrics_is_there_and_they_are_not_among_the_routes() {
    let file = LedgerFile::of(&ledgers::town());
    let server = serve(&file, &[]);
    assert_eq!(ask(&server, "/balance").status, 404);
    let answer = ask(&server, "/metrics");
    assert_eq!(answer.header("Content-Type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert_eq!(server.send(&Request::get("/metrics", CAIRO)).status, 404);
    server.stop();
}

#[test]
fn the_server_finds_out_that_its_ledger_was_altered() {
    let file = LedgerFile::of(&ledgers::town());
    let server = serve(&file, &["--verify-every", "50ms"]);
    let becomes = |sound: f64| {
        let begun = Instant::now();
        while scrape(&server).samples.get("refundry_verify_sound") != Some(&sound) {
            assert!(begun.elapsed() < Duration::from_secs(30), "it never became {sound}");
            thread::sleep(Duration::from_millis(5));
        }
    };
    becomes(1.0);
    assert!(scrape(&server).of("refundry_verify_time_seconds") > 1.7e9);
    server.log.line(&["the ledger is sound", "books=5"]);
    let raw = rusqlite::Connection::open(file.path()).unwrap();
    raw.execute_batch("UPDATE balances SET available = available + 1").unwrap();
    becomes(0.0);
    server.log.line(&["ERROR", "NOT SOUND", "acct_cairo"]);
    raw.execute_batch("UPDATE balances SET available = available - 1").unwrap();
    becomes(1.0);
    // What is left when all of a book is cut off is sound in itself: the heads of the last time tell.
    raw.execute_batch(&cut_off_the_book_of("acct_limited", &raw)).unwrap();
    becomes(0.0);
    server.log.line(&["ERROR", "NOT SOUND", "acct_limited", "head"]);
    server.stop();
}

/// How to remove everything from a book at once, with the guards off meanwhile.
fn cut_off_the_book_of(merchant: &str, raw: &rusqlite::Connection) -> String {
    let mut guards = raw.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'");
    let guards: Vec<(String, String)> = guards
        .as_mut()
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    let off = guards.iter().map(|(name, _)| format!("DROP TRIGGER {name};"));
    // What the book began with stays: its merchant and the API keys.
    let cut = [
        ("maturing", "merchant = {m}"),
        ("idempotency", "recording >> 40 = {m}"),
        ("entries", "merchant = {m}"),
        ("charges", "merchant = {m}"),
        ("payment_intents", "merchant = {m}"),
        ("texts", "text >> 40 = {m}"),
        ("balances", "balance >> 40 = {m}"),
        ("changes", "change >> 40 = {m} AND kind > 23"),
    ]
    .map(|(table, rows)| {
        let number = format!("(SELECT merchant FROM merchants WHERE id = '{merchant}')");
        format!("DELETE FROM {table} WHERE {};", rows.replace("{m}", &number))
    });
    let on = guards.iter().map(|(_, sql)| format!("{sql};"));
    let all: String = off.chain(cut).chain(on).collect();
    format!("BEGIN IMMEDIATE; {all} COMMIT")
}
