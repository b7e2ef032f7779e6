//! A fleet beside what one would write by hand on the same PostgreSQL: a stored function for each
//! refund, and groups of refunds on row tables (lock, load, one statement). All in one run, by turns.
//!
//! `cargo run --release -p refundry-fleet --example compare` takes some two minutes. Read the ratios:
//! the figures move with the machine.

#![allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss, clippy::unwrap_used)]

// Of the tests it uses a part.
#[allow(dead_code)]
#[path = "../../tests/server.rs"]
mod server;

mod fleet;
mod peers;
mod processor;

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// What each merchant's only charge is of: it lasts.
const CAPTURED: i64 = 1 << 40;

const ROUNDS: usize = 3;
const LONG: Duration = Duration::from_secs(3);

/// Something that makes refunds: `refund(caller, merchant)` returns when one is durable.
trait Peer: Sync {
    fn name(&self) -> &'static str;
    fn begin_caller(&self) -> Box<dyn FnMut(u32) + '_>;
}

/// Refunds a second, and the server's processor time for one in microseconds.
fn measure(peer: &dyn Peer, server: &server::Server, callers: u32, merchants: u32) -> (f64, f64) {
    let (ended, made) = (AtomicBool::new(false), AtomicU64::new(0));
    let used = processor::time_of(server.id(), true);
    let begun = Instant::now();
    thread::scope(|scope| {
        for caller in 0..callers {
            let (ended, made) = (&ended, &made);
            scope.spawn(move || {
                let mut refund = peer.begin_caller();
                let mut random = fastrand::Rng::with_seed(caller.into());
                while !ended.load(Ordering::Relaxed) {
                    refund(random.u32(..merchants));
                    made.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        thread::sleep(LONG);
        ended.store(true, Ordering::Relaxed);
    });
    let made = made.into_inner() as f64;
    let seconds = begun.elapsed().as_secs_f64();
    (made / seconds, (processor::time_of(server.id(), true) - used) * 1e6 / made)
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn main() -> ExitCode {
    let server = Arc::new(server::Server::start());
    println!(
        "callers  merchants  peer                    refunds/s   ÷ function   ÷ rows   server's µs"
    );
    for (callers, merchants) in [(64, 1), (64, 1_000), (256, 1), (256, 1_000)] {
        let rows = peers::begin(&server, merchants);
        let function = peers::Function(&rows);
        let grouped = peers::Grouped::begin(&rows);
        let fleet = fleet::Served::begin(&server, merchants);
        let all: [&dyn Peer; 3] = [&function, &grouped, &fleet];
        let mut rates = [const { Vec::new() }; 3];
        let mut costs = [const { Vec::new() }; 3];
        for _ in 0..ROUNDS {
            for (place, peer) in all.iter().enumerate() {
                let callers = if place == 0 { callers.min(150) } else { callers };
                let (rate, cost) = measure(*peer, &server, callers, merchants);
                rates[place].push(rate);
                costs[place].push(cost);
            }
        }
        let rates = rates.map(median);
        for ((peer, rate), cost) in all.iter().zip(rates).zip(costs.map(median)) {
            println!(
                "{callers:7}  {merchants:9}  {:22}  {rate:9.0}  {:11.2}  {:7.2}  {cost:12.1}",
                peer.name(),
                rate / rates[0],
                rate / rates[1],
            );
        }
    }
    ExitCode::SUCCESS
}
