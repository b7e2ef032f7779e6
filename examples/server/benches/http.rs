//! How many refunds a second the server makes over 1 and 64 connections, each a durable commit.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "these numbers are measurements, not money"
)]

use std::{
    error::Error,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

const CHARGES: usize = 60_000;
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(3);
const KEY: &str = "sk_test_bench_0123456789abcdef";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let lines = folder.path().join("charges.jsonl");
    fs::write(&lines, charges())?;
    let mut server = Command::new(env!("CARGO_BIN_EXE_refundry-server"))
        .args(["--listen", "127.0.0.1:0", "--database"])
        .arg(folder.path().join("ledger"))
        .arg("--import")
        .arg(&lines)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let measured = measure(&mut server);
    server.kill()?;
    server.wait()?;
    measured
}

fn measure(server: &mut Child) -> Result<(), Box<dyn Error>> {
    let mut ready = String::new();
    BufReader::new(server.stdout.take().ok_or("no output")?).read_line(&mut ready)?;
    let address = ready.trim().strip_prefix("listening on http://").ok_or("not listening")?;
    let next = AtomicUsize::new(0);
    let mut rates: [Vec<(u64, Duration, Duration)>; 2] = Default::default();
    // The two are interleaved, so that a slow moment of the machine falls on both.
    for _ in 0..ROUNDS {
        for (rates, connections) in rates.iter_mut().zip([1, 64]) {
            rates.push(round(address, connections, &next)?);
        }
    }
    for (mut rates, connections) in rates.into_iter().zip([1, 64]) {
        rates.sort_unstable();
        let (rate, p50, p99) = rates[ROUNDS / 2];
        println!(
            "refunds/s over {connections:>2} connection(s): {rate} (median of {ROUNDS} rounds), \
             p50 {p50:.1?}, p99 {p99:.1?}"
        );
    }
    Ok(())
}

/// Refunds as fast as answers come, for a while: refunds a second, and times to the answer.
fn round(
    address: &str,
    connections: usize,
    next: &AtomicUsize,
) -> Result<(u64, Duration, Duration), Box<dyn Error>> {
    let begin = Instant::now();
    let mut times: Vec<Duration> = thread::scope(|scope| {
        let clients: Vec<_> =
            (0..connections).map(|_| scope.spawn(|| refund(address, next))).collect();
        let ended =
            clients.into_iter().map(|client| client.join().map_err(|_| "a client panicked"));
        ended.map(|times| times?.map_err(|_| "a client failed")).collect::<Result<Vec<_>, _>>()
    })?
    .concat();
    let rate = times.len() as f64 / begin.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    Ok((rate.round() as u64, at(50), at(99)))
}

fn refund(address: &str, next: &AtomicUsize) -> std::io::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let mut times = Vec::new();
    let end = Instant::now() + ROUND;
    let mut answer = [0; 4096];
    while Instant::now() < end {
        let number = next.fetch_add(1, Ordering::Relaxed);
        assert!(number < CHARGES, "more charges are needed");
        let body = format!("{{\"chargeId\":\"ch_{number}\"}}");
        let request = format!(
            "POST /refunds HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {KEY}\r\n\
             Idempotency-Key: {number:036}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let begin = Instant::now();
        stream.write_all(request.as_bytes())?;
        // The answer is small and written whole: one read gets it.
        let read = stream.read(&mut answer)?;
        times.push(begin.elapsed());
        assert!(answer[..read].starts_with(b"HTTP/1.1 201"), "a refund was not made");
    }
    Ok(times)
}

fn charges() -> String {
    let mut lines = format!(
        "{{\"object\":\"merchant\",\"id\":\"acct_bench\",\"name\":\"Bench\",\"apiKeys\":[\"{KEY}\"]}}\n"
    );
    for number in 0..CHARGES {
        lines.push_str(&format!(
            "{{\"object\":\"charge\",\"id\":\"ch_{number}\",\"merchantId\":\"acct_bench\",\
             \"amount\":\"22604\",\"amountCaptured\":\"22604\",\"fee\":\"912\",\"currency\":\"EGP\",\
             \"status\":\"succeeded\",\"availableOn\":\"2099-01-01T00:00:00Z\",\
             \"createdAt\":\"2024-01-01T00:00:00Z\"}}\n"
        ));
    }
    lines
}
