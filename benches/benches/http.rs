//! The example server beside a server that answers the same JSON to everything, and beside the
//! library alone. The load comes from wrk, on the same processors.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    reason = "these numbers are measurements, not money"
)]

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use refundry::{Ledger, Options};
use refundry_benches::{
    Result,
    load::{Round, Running, wrk},
    machine::median,
    shop::{self, MERCHANT, refund, requests},
    table::{Goal, Table},
};

const CHARGES: u64 = 1_000_000;
const ROUNDS: usize = 3;
const SECONDS: u64 = 4;
const CONNECTIONS: [u64; 3] = [1, 8, 64];

fn main() -> Result<()> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let path = folder.path().join("ledger");
    shop::fill(&path, CHARGES)?;
    let key = Ledger::open(&path, Options::default())?.book(MERCHANT)?.issue_key()?.key;
    let mut server = Command::new(server_path()?);
    server.arg("--database").arg(&path).args(["--listen", "127.0.0.1:0", "--log", "error"]);
    let server = Running::start(&mut server)?;
    let plain = Running::start(&mut Command::new(env!("CARGO_BIN_EXE_refundry-bench-plain")))?;

    let mut next = 0;
    let mut of_server = [const { Vec::new() }; CONNECTIONS.len()];
    let mut of_plain = [const { Vec::new() }; CONNECTIONS.len()];
    for _ in 0..ROUNDS {
        for (place, connections) in CONNECTIONS.iter().enumerate() {
            let round = wrk(&server.address, *connections, SECONDS, next, &key)?;
            next += round.requests + connections;
            of_server[place].push(round);
            of_plain[place].push(wrk(&plain.address, *connections, SECONDS, 0, &key)?);
        }
    }
    drop(server);
    let mut table = Table::default();
    let alone = alone(&path, next)?;
    report(&mut table, of_server.map(Figures::of), &of_plain.map(Figures::of), alone);
    table.keep("server")
}

fn report(table: &mut Table, ours: [Figures; 3], plain: &[Figures; 3], alone: f64) {
    for (ours, connections) in ours.iter().zip(CONNECTIONS) {
        let what = format!("refunds over {connections} connection(s)");
        table.figure(&what, ours.rate, "/s");
        table.figure(&format!("{what}, median"), ours.p50, "ms");
        table.figure(&format!("{what}, 99 of 100"), ours.p99, "ms");
        table.figure(&format!("{what}, 999 of 1000"), ours.p999, "ms");
    }
    let [one, _, many] = ours;
    // What is left of a second after the round trip of HTTP itself.
    let limit = 1.0 / (1.0 / alone + 1.0 / plain[0].rate);
    table.compare(
        "1 connection, beside the library alone and a round trip",
        one.rate,
        limit,
        "/s",
        &Goal::AtLeast(0.8),
    );
    table.compare(
        "64 connections, beside a server that answers fixed JSON",
        many.rate,
        plain[2].rate,
        "/s",
        &Goal::AtLeast(0.09),
    );
    table.compare(
        "64 connections, beside the library with one durable commit each",
        many.rate,
        alone,
        "/s",
        &Goal::AtLeast(3.0),
    );
    table.bound("64 connections, 99 of 100", many.p99, 25.0, "ms");
    table.bound("64 connections, 999 of 1000", many.p999, 50.0, "ms");
}

/// Refunds a second of the library alone, on the same file.
fn alone(path: &Path, first: u64) -> Result<f64> {
    const COUNT: u64 = 5_000;
    let asked = requests(first + 1..first + 1 + COUNT)?;
    let mut ledger = Ledger::open(path, Options::default())?;
    let begin = Instant::now();
    refund(&mut ledger, &asked, 1)?;
    Ok(COUNT as f64 / begin.elapsed().as_secs_f64())
}

/// The server that `REFUNDRY_SERVER` names, else the one in the target directory.
fn server_path() -> Result<PathBuf> {
    let built = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release/refundry-server");
    let path = env::var_os("REFUNDRY_SERVER").map_or_else(|| PathBuf::from(built), PathBuf::from);
    if path.exists() {
        Ok(path)
    } else {
        Err("build the server first: cargo build --release -p refundry-server".into())
    }
}

/// The medians of some rounds: requests a second, and milliseconds.
#[derive(Clone, Copy)]
struct Figures {
    rate: f64,
    p50: f64,
    p99: f64,
    p999: f64,
}

impl Figures {
    fn of(rounds: Vec<Round>) -> Self {
        let middle = |value: fn(&Round) -> u64| {
            let mut values: Vec<u64> = rounds.iter().map(value).collect();
            median(&mut values) as f64
        };
        Self {
            rate: middle(|round| round.requests * 1_000_000 / round.microseconds),
            p50: middle(|round| round.latencies[0]) / 1e3,
            p99: middle(|round| round.latencies[1]) / 1e3,
            p999: middle(|round| round.latencies[2]) / 1e3,
        }
    }
}
