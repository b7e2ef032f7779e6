//! Feeding a book and receiving it, beside the import of the same charges and refunds. `--large` takes a
//! million recordings, and says how much memory both together need.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    reason = "these numbers are measurements, not money"
)]

use std::{
    env, fs,
    io::{self, BufReader, Read},
    ops::ControlFlow,
    path::Path,
    time::Instant,
};

use refundry::{Feed, Ledger, Mark, Options};
use refundry_benches::{
    Result,
    shop::{Lines, MERCHANT},
    table::{Goal, Table},
};

const ROUNDS: usize = 5;

fn main() -> Result<()> {
    let large = env::args().any(|argument| argument == "--large");
    let charges = if large { 500_000 } else { 20_000 };
    let scratch = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let (mut imported, mut fed, mut received) = (Vec::new(), Vec::new(), Vec::new());
    let (mut grown, mut ratios) = (0, Vec::new());
    for round in 0..if large { 1 } else { ROUNDS } {
        let path = |name: &str| scratch.path().join(format!("{name} {round}"));
        let begun = Instant::now();
        import(&path("till"), charges)?;
        // The merchant is a recording too.
        let rate = |begun: Instant| (charges * 2 + 1) as f64 / begun.elapsed().as_secs_f64();
        imported.push(rate(begun));
        let mut till = Ledger::open(path("till"), Options::default())?;
        let begun = Instant::now();
        io::copy(&mut Fed::of(&mut till)?, &mut io::sink())?;
        fed.push(rate(begun));
        let mut office = Ledger::open(path("office"), Options::default())?;
        let (before, begun) = (resident()?, Instant::now());
        let report = office.receive(Fed::of(&mut till)?, |_| ControlFlow::Continue(()))?;
        let both = begun.elapsed().as_secs_f64();
        assert_eq!(report.recorded, charges * 2 + 1);
        grown = resident()?.saturating_sub(before).max(grown);
        // What is fed while it is received takes its own time.
        let own = both - (charges * 2 + 1) as f64 / fed[round];
        received.push((charges * 2 + 1) as f64 / own);
        ratios.push(received[round] / imported[round]);
    }
    let mut table = Table::default();
    let (fed, received, imported) =
        (median(&mut fed), median(&mut received), median(&mut imported));
    table.compare("recordings fed ÷ 150,000", fed, 150_000.0, "/s", &Goal::AtLeast(1.0));
    let what = "recordings received ÷ imported, to a file";
    table.compare(what, received, imported, "/s", &Goal::AtLeast(0.8));
    table.figure("the same ratio, the median of rounds", median(&mut ratios), "");
    table.bound("memory that both took", grown as f64 / 1_024.0, 12.0, "MiB");
    table.keep("feed")
}

/// The middle one.
fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

/// Imports charges, and a refund of each.
fn import(path: &Path, charges: u64) -> Result<()> {
    let lines = Lines::of(charges).chain(Refunds { next: 0, charges, ready: Vec::new() });
    let lines = BufReader::with_capacity(1 << 16, lines);
    Ledger::open(path, Options::default())?.import(lines, |_| ControlFlow::Continue(()))?;
    Ok(())
}

/// A refund of each charge, as lines of an import.
struct Refunds {
    next: u64,
    charges: u64,
    ready: Vec<u8>,
}

impl Read for Refunds {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.ready.is_empty() && self.next < self.charges {
            let n = self.next;
            let line = format!(
                "{{\"object\":\"refund\",\"id\":\"re_{n}\",\"merchantId\":\"{MERCHANT}\",\
                 \"chargeId\":\"ch_{n}\",\"amount\":\"904\",\
                 \"createdAt\":\"2024-01-04T00:00:00Z\"}}\n"
            );
            self.ready = line.into_bytes();
            self.next += 1;
        }
        take(&mut self.ready, to)
    }
}

/// A feed as bytes, made as they are read.
struct Fed<'a> {
    till: &'a mut Ledger,
    feed: Feed,
    ready: Vec<u8>,
}

impl<'a> Fed<'a> {
    fn of(till: &'a mut Ledger) -> Result<Self> {
        let feed = till.book(MERCHANT)?.feed(&Mark::genesis(MERCHANT))?;
        Ok(Self { till, feed, ready: Vec::new() })
    }
}

impl Read for Fed<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.ready.is_empty() {
            let book = self.till.book(MERCHANT).map_err(io::Error::other)?;
            let lines = book.feed_lines(&mut self.feed, 64).map_err(io::Error::other)?;
            for line in lines {
                self.ready.extend_from_slice(line.as_bytes());
                self.ready.push(b'\n');
            }
        }
        take(&mut self.ready, to)
    }
}

fn take(ready: &mut Vec<u8>, to: &mut [u8]) -> io::Result<usize> {
    let length = to.len().min(ready.len());
    to[..length].copy_from_slice(&ready[..length]);
    ready.drain(..length);
    Ok(length)
}

/// How much memory the process has, in KiB.
fn resident() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().split(' ').next()?.parse().ok());
    Ok(number.unwrap_or_default())
}
