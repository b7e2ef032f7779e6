//! A fleet beside what one would write by hand on the same PostgreSQL: a stored function for each
//! refund, and groups of refunds on row tables (lock, load, one statement); and the HTTP server on a
//! fleet beside the same on a file. All in one run, by turns.
//!
//! `cargo xtask fleet-bench` takes some five minutes. Read the ratios: the figures move with the machine.
//! `compare CALLERS MERCHANTS` measures nodes alone, once: so that two builds can be run by turns. `compare http CALLERS`
//! measures two HTTP servers alone, whose requests come to the merchant's or to either.

#![allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss, clippy::unwrap_used)]

// Of the tests it uses a part.
#[allow(dead_code)]
#[path = "../../tests/server.rs"]
mod server;

mod fleet;
mod http;
mod peers;
mod processor;
mod servers;

use std::{
    env, fs,
    process::{self, ExitCode},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// What each merchant's only charge is of: it lasts.
const CAPTURED: i64 = 1 << 40;

const ROUNDS: usize = 5;
const LONG: Duration = Duration::from_secs(3);

/// Something that makes refunds: `refund(caller, merchant)` returns when one is durable.
trait Peer: Sync {
    fn name(&self) -> &'static str;
    fn begin_caller(&self) -> Box<dyn FnMut(u32) + '_>;

    /// How many of so many callers it can have.
    fn most_callers(&self, callers: u32) -> u32 {
        callers
    }

    /// The seconds of processor time that it has used, where that can be told from the callers'.
    fn used(&self) -> f64 {
        f64::NAN
    }
}

/// Refunds a second; and the processor time for one in microseconds: PostgreSQL's, and the peer's own.
type Figures = [f64; 3];

fn measure(peer: &dyn Peer, server: &server::Server, callers: u32, merchants: u32) -> Figures {
    let (ended, made) = (AtomicBool::new(false), AtomicU64::new(0));
    let (used, used_by_peer) = (processor::time_of(server.id(), true), peer.used());
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
    let used = processor::time_of(server.id(), true) - used;
    [made / seconds, used * 1e6 / made, (peer.used() - used_by_peer) * 1e6 / made]
}

const HEAD: &str =
    "callers  merchants  peer                    refunds/s  PostgreSQL's µs   its own µs";

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Of each peer, the medians of its figures.
fn compare(
    all: &[&dyn Peer],
    server: &server::Server,
    callers: u32,
    merchants: u32,
) -> Vec<Figures> {
    let mut rounds = vec![Vec::new(); all.len()];
    for _ in 0..ROUNDS {
        for (peer, figures) in all.iter().zip(&mut rounds) {
            figures.push(measure(*peer, server, peer.most_callers(callers), merchants));
        }
    }
    let of = |rounds: &Vec<Figures>| {
        [0, 1, 2].map(|place| median(rounds.iter().map(|figures| figures[place]).collect()))
    };
    let figures: Vec<Figures> = rounds.iter().map(of).collect();
    for (peer, [rate, cost, own]) in all.iter().zip(&figures) {
        let name = peer.name();
        println!("{callers:7}  {merchants:9}  {name:22}  {rate:9.0}  {cost:12.1}  {own:9.1}");
    }
    figures
}

/// One ratio, and what it should be.
struct Bar(String, f64, &'static str, f64);

impl Bar {
    fn print(&self) {
        let Self(what, ratio, sign, bar) = self;
        let is_met = if *sign == "≥" { ratio >= bar } else { ratio <= bar };
        let missed = if is_met { "" } else { "  missed" };
        println!("{what:58}  {ratio:8.3}  {sign} {bar}{missed}");
    }
}

/// What one node has to reach with so many callers and merchants: beside the function, and beside groups
/// on row tables.
const BARS: [(u32, u32, f64, f64); 4] =
    [(64, 1, 25.0, 1.3), (64, 1_000, 4.0, 1.2), (256, 1, 40.0, 1.3), (256, 1_000, 6.0, 1.2)];

fn one_case(server: &Arc<server::Server>, case: (u32, u32, f64, f64), bars: &mut Vec<Bar>) {
    let (callers, merchants, beside_function, beside_rows) = case;
    let rows = peers::begin(server, merchants);
    let function = peers::Function(&rows);
    let grouped = peers::Grouped::begin(&rows);
    let node = fleet::Served::begin(server, merchants);
    let two = [true, false].map(|is_routed| {
        (merchants > 1).then(|| fleet::Served::with(server, merchants, 2, is_routed))
    });
    let mut all: Vec<&dyn Peer> = vec![&function, &grouped, &node];
    all.extend(two.iter().flatten().map(|two| two as &dyn Peer));
    let figures = compare(&all, server, callers, merchants);
    let (of_function, of_rows, of_node) = (figures[0], figures[1], figures[2]);
    let mut bar = |what: &str, ratio, sign, bar| {
        bars.push(Bar(
            format!("{callers} callers, {merchants} merchants: {what}"),
            ratio,
            sign,
            bar,
        ));
    };
    bar("node ÷ function", of_node[0] / of_function[0], "≥", beside_function);
    bar("node ÷ row tables", of_node[0] / of_rows[0], "≥", beside_rows);
    bar("server's time ÷ function's", of_node[1] / of_function[1], "≤", 0.05);
    if let [.., routed, not_routed] = figures[3..] {
        if callers == 256 {
            bar("two nodes, routed ÷ function", routed[0] / of_function[0], "≥", 6.0);
        }
        let least = if callers == 256 { 0.9 } else { 0.6 };
        bar("two nodes, not routed ÷ routed", not_routed[0] / routed[0], "≥", least);
    }
}

/// Of nodes alone, also their own processor time for a refund, that of the callers included.
fn nodes(callers: u32, merchants: u32) {
    let server = Arc::new(server::Server::start());
    println!("callers  merchants  peer                    refunds/s   server's µs  ours");
    for (nodes, is_routed) in [(1, true), (2, true), (2, false)] {
        if nodes > merchants {
            continue;
        }
        let served = fleet::Served::with(&server, merchants, nodes as usize, is_routed);
        let used = processor::time_of(process::id(), false);
        let begun = Instant::now();
        let [rate, cost, _] = measure(&served, &server, callers, merchants);
        let own = processor::time_of(process::id(), false) - used;
        let own = own * 1e6 / (rate * begun.elapsed().as_secs_f64());
        let (name, counts) = (served.name(), served.counts());
        println!(
            "{callers:7}  {merchants:9}  {name:22}  {rate:9.0}  {cost:12.1}  {own:.1}  {counts}"
        );
    }
}

/// Two servers, and what they make of requests that come to either.
fn two_servers(server: &Arc<server::Server>, callers: u32, bars: &mut Vec<Bar>) {
    use servers::{Two, Way};
    let merchants = 1_000;
    let all = [Way::Routed, Way::Either, Way::Announced];
    let all = all.map(|way| Two::begin(server, merchants, way));
    let all: Vec<&dyn Peer> = all.iter().map(|two| two as _).collect();
    let figures = compare(&all, server, callers, merchants);
    let least = if callers == 256 { 0.9 } else { 0.6 };
    let what = format!("{callers} connections: two servers, announced ÷ routed");
    bars.push(Bar(what, figures[2][0] / figures[0][0], "≥", least));
}

fn main() -> ExitCode {
    let mut asked = env::args().skip(1);
    if asked.next().as_deref() == Some("http") {
        let callers = asked.next().unwrap().parse().unwrap();
        let mut bars = Vec::new();
        println!("{HEAD}");
        two_servers(&Arc::new(server::Server::start()), callers, &mut bars);
        bars.iter().for_each(Bar::print);
        return ExitCode::SUCCESS;
    }
    let asked: Vec<u32> = env::args().skip(1).map(|number| number.parse().unwrap()).collect();
    if let [callers, merchants] = asked[..] {
        nodes(callers, merchants);
        return ExitCode::SUCCESS;
    }
    let server = Arc::new(server::Server::start());
    println!("{HEAD}");
    let mut bars = Vec::new();
    for case in BARS {
        one_case(&server, case, &mut bars);
    }
    let servers = [http::Http::on_file(), http::Http::on_fleet(&server)];
    let [on_file, on_fleet] = &servers;
    let figures = compare(&[on_file, on_fleet], &server, 64, 1);
    let ratio = figures[1][0] / figures[0][0];
    for callers in [64, 256] {
        two_servers(&server, callers, &mut bars);
    }
    bars.push(Bar("64 connections: HTTP on a fleet ÷ on a file".into(), ratio, "≥", 0.5));
    bars.iter().for_each(Bar::print);
    println!("load {}", fs::read_to_string("/proc/loadavg").unwrap_or_default().trim());
    ExitCode::SUCCESS
}
