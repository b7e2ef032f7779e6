//! Measurements, for a machine that does nothing else:
//!
//! ```sh
//! cargo test --release -p refundry-server --test server measures:: -- --ignored --nocapture --test-threads 1
//! ```

use std::{
    fmt::Write as _,
    fs,
    process::Stdio,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::{
    client::{Connection, Request},
    ledgers::{self, CAIRO, GIZA},
    log,
    operator::run,
    receiver::{Manner, Receiver},
    server::{self, LedgerFile, Server},
};

/// How long refunds took, sorted.
struct Times(Vec<Duration>);

impl Times {
    fn of(mut all: Vec<Duration>) -> Self {
        all.sort();
        Self(all)
    }

    /// What so many of a thousand took at most.
    fn at(&self, share: usize) -> Duration {
        let place = self.0.len() * share / 1_000;
        self.0[place.min(self.0.len() - 1)]
    }

    fn tell(&self, what: &str) {
        println!(
            "{what}: {} refunds, p50 {:.1?}, p99 {:.1?}, p99.9 {:.1?}, longest {:.1?}",
            self.0.len(),
            self.at(500),
            self.at(990),
            self.at(999),
            self.at(1_000)
        );
    }
}

fn serve(file: &LedgerFile) -> Server {
    let mut command = server::command();
    command.arg("--database").arg(file.path());
    Server::run_with(command, "error")
}

/// Refunds over so many connections until told to stop.
fn refund_until(server: &Server, connections: usize, stop: &AtomicBool) -> Times {
    let address = server.address;
    thread::scope(|scope| {
        let clients: Vec<_> = (0..connections)
            .map(|_| {
                scope.spawn(move || {
                    let mut connection = Connection::open(address).unwrap();
                    let mut times = Vec::new();
                    let refund = Request::refund(CAIRO, r#"{"chargeId":"ch_large","amount":1}"#);
                    while !stop.load(Ordering::Relaxed) {
                        let begun = Instant::now();
                        let made = connection.exchange(&refund).unwrap();
                        times.push(begun.elapsed());
                        assert_eq!(made.status, 201, "{made:?}");
                    }
                    times
                })
            })
            .collect();
        Times::of(clients.into_iter().flat_map(|client| client.join().unwrap()).collect())
    })
}

fn refund_for(server: &Server, connections: usize, time: Duration) -> Times {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(time);
            stop.store(true, Ordering::Relaxed);
        });
        refund_until(server, connections, &stop)
    })
}

fn town() -> String {
    let charge = ledgers::charge("ch_large", 9_007_199_254_740_991, 0, ledgers::FUTURE);
    ledgers::merchant("cairo", CAIRO, "null") + &ledgers::merchant("giza", GIZA, "null") + &charge
}

#[test]
#[ignore = "a measurement"]
fn refunds_beside_webhooks() {
    let (with, without) = (LedgerFile::of(&town()), LedgerFile::of(&town()));
    let manners = [Manner::Answer(200), Manner::Answer(200), Manner::Hang, Manner::Answer(500)];
    let receivers: Vec<_> = manners.map(Receiver::new).into_iter().collect();
    for receiver in &receivers {
        let added = run(&with.path(), &["webhook", "add", &receiver.url(), "--json"]).json();
        log::is_secret(added["secret"].as_str().unwrap());
    }
    let servers = [serve(&with), serve(&without)];
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..5 {
        for (server, times) in servers.iter().zip(&mut times) {
            times.extend(refund_for(server, 64, Duration::from_secs(2)).0);
        }
    }
    let [with, without] = times.map(Times::of);
    with.tell("with webhooks");
    without.tell("without");
    let ratio = without.at(990).as_secs_f64() / with.at(990).as_secs_f64();
    println!(
        "p99 without / with: {ratio:.2}; refunds with / without: {:.2}",
        with.0.len() as f64 / without.0.len() as f64
    );
}

/// Charges of another merchant.
fn charges(from: usize, count: usize, available_on: &str) -> String {
    let mut lines = String::new();
    for n in from..from + count {
        let _ = writeln!(
            lines,
            r#"{{"object":"charge","id":"ch_{n}","merchantId":"acct_giza","amount":"100","amountCaptured":"100","fee":"3","currency":"EGP","status":"succeeded","availableOn":"{available_on}","createdAt":"2024-01-01T00:00:01.000Z"}}"#
        );
    }
    lines
}

#[test]
#[ignore = "a measurement"]
fn refunds_while_charges_mature_and_lines_are_imported() {
    let file = LedgerFile::of(&town());
    let server = serve(&file);
    refund_for(&server, 4, Duration::from_secs(2)).tell("nothing else");
    let lines = file.directory().join("lines.jsonl");
    // All of them are due as soon as they are there.
    fs::write(&lines, charges(0, 100_000, ledgers::PAST)).unwrap();
    run(&file.path(), &["import", lines.to_str().unwrap()]);
    let (stop, address) = (AtomicBool::new(false), server.address);
    let times = thread::scope(|scope| {
        scope.spawn(|| {
            let begun = Instant::now();
            let mut connection = Connection::open(address).unwrap();
            let balance = Request::get("/balance", GIZA);
            let all = r#""pending":[{"amount":"0""#;
            while !connection.send(&balance).unwrap().body.contains(all) {
                thread::sleep(Duration::from_millis(50));
            }
            println!("100,000 charges matured in {:.1?}", begun.elapsed());
            stop.store(true, Ordering::Relaxed);
        });
        refund_until(&server, 4, &stop)
    });
    times.tell("while 100,000 charges mature");

    fs::write(&lines, charges(1_000_000, 1_000_000, ledgers::FUTURE)).unwrap();
    let stop = AtomicBool::new(false);
    let times = thread::scope(|scope| {
        scope.spawn(|| {
            let begun = Instant::now();
            let mut import = server::command();
            import.args(["import", "--in-parts", "--json"]).arg(&lines).stdout(Stdio::null());
            import.arg("--database").arg(file.path()).stderr(Stdio::null());
            assert!(import.status().unwrap().success());
            println!("1,000,000 lines were imported in {:.1?}", begun.elapsed());
            stop.store(true, Ordering::Relaxed);
        });
        refund_until(&server, 4, &stop)
    });
    times.tell("while 1,000,000 lines are imported in parts");
}
