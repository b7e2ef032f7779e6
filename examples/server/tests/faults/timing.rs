//! The time that a wrong key takes does not tell how wrong it is: keys are looked up by their hash.

use std::{
    hint::black_box,
    io,
    net::TcpStream,
    time::{Duration, Instant},
};

use refundry::{Ledger, Options};
use refundry_trials::rounds;

use super::{
    clients::lines,
    memory::{anyone, connect_from},
    serve,
};
use crate::{client::Connection, ledgers::CAIRO, server::LedgerFile};

/// How a guess is wrong.
const KINDS: [&str; 4] = ["first byte wrong", "last byte wrong", "unknown", "malformed"];

/// A guess that is wrong in this way and in no other, and a new one each time.
fn guess(kind: usize) -> String {
    let mut bytes = CAIRO.as_bytes().to_vec();
    let other = |byte: u8| loop {
        let drawn = u8::try_from(u32::from(fastrand::alphanumeric())).unwrap();
        if drawn != byte {
            return drawn;
        }
    };
    let last = bytes.len() - 1;
    match kind {
        0 => bytes[0] = other(bytes[0]),
        1 => bytes[last] = other(bytes[last]),
        2 => bytes[8..].iter_mut().for_each(|byte| *byte = other(*byte)),
        _ => bytes = vec![b'!'; fastrand::usize(1..9)],
    }
    String::from_utf8(bytes).unwrap()
}

/// Times of each kind of guess in nanoseconds, in an order that nobody can get used to.
struct Times([Vec<f64>; 4]);

impl Times {
    fn take(count: usize, mut ask: impl FnMut(&str) -> Duration) -> Self {
        let mut times = Self(Default::default());
        // Drawing them takes its time too, so that is over before the first is asked.
        let mut guesses: Vec<_> =
            (0..4 * count).map(|number| (number % 4, guess(number % 4))).collect();
        fastrand::shuffle(&mut guesses);
        for (kind, guess) in guesses {
            times.0[kind].push(ask(&guess).as_nanos() as f64);
        }
        times
    }

    /// Without what took longest: something else was in the way then.
    fn cropped(&self, kind: usize) -> Vec<f64> {
        let mut all: Vec<f64> = self.0.iter().flatten().copied().collect();
        all.sort_unstable_by(f64::total_cmp);
        let most = all[all.len() * 9 / 10];
        self.0[kind].iter().copied().filter(|time| *time <= most).collect()
    }

    /// Welch's t of two kinds: beyond 5 either way, their times differ.
    fn t(&self, one: usize, other: usize) -> f64 {
        let (one, other) = (moments(&self.cropped(one)), moments(&self.cropped(other)));
        (one.0 - other.0) / (one.1 + other.1).sqrt()
    }

    fn medians(&self) -> String {
        let median = |kind: usize| {
            let mut times = self.0[kind].clone();
            times.sort_unstable_by(f64::total_cmp);
            format!("{} {:.1} µs", KINDS[kind], times[times.len() / 2] / 1_000.0)
        };
        [0, 1, 2, 3].map(median).join(", ")
    }
}

/// The mean, and the variance of the mean.
fn moments(times: &[f64]) -> (f64, f64) {
    let count = times.len() as f64;
    let mean = times.iter().sum::<f64>() / count;
    let squares: f64 = times.iter().map(|time| (time - mean).powi(2)).sum();
    (mean, squares / (count - 1.0) / count)
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let begun = Instant::now();
    black_box(work());
    begun.elapsed()
}

/// Compares byte by byte with each of sixteen keys, and leaves at the first that differs.
fn naive(known: &str, guess: &str) -> bool {
    (0..16).any(|_| {
        let mut pairs = black_box(known).bytes().zip(black_box(guess).bytes());
        pairs.all(|(known, guess)| black_box(known) == guess)
    })
}

fn count() -> usize {
    usize::try_from(rounds(5_000, 500_000)).unwrap()
}

fn ledger() -> (LedgerFile, Ledger) {
    let file = LedgerFile::of(&lines());
    let ledger = Ledger::open(file.path(), Options::default()).unwrap();
    (file, ledger)
}

#[test]
fn looking_a_key_up_does_not_tell_how_wrong_it_is() {
    let count = count();
    let (_file, ledger) = ledger();
    let times = Times::take(count, |guess| timed(|| ledger.authenticate(guess).is_ok()));
    let (last, unknown) = (times.t(0, 1), times.t(0, 2));
    println!(
        "server, wrong keys in the library: {count} of each, medians: {}; t of the first byte \
         against the last {last:.1}, against unknown {unknown:.1}",
        times.medians()
    );
    assert!(last.abs() < 5.0 && unknown.abs() < 5.0, "{last} {unknown}");
}

#[test]
fn a_comparison_byte_by_byte_is_found_to_tell() {
    let count = count();
    let (_file, ledger) = ledger();
    let times = Times::take(count, |guess| {
        timed(|| ledger.authenticate(guess).is_ok() || naive(CAIRO, guess))
    });
    let last = times.t(0, 1);
    println!("server, wrong keys, control: medians: {}; t {last:.1}", times.medians());
    assert!(last.abs() > 5.0, "{last}");
}

/// Coarser: what crosses a network is too noisy to tell a few nanoseconds.
#[test]
fn over_http_a_wrong_key_takes_as_long_however_wrong_it_is() {
    // Every address may be wrong a hundred times a minute.
    let connections = rounds(20, 4_000);
    let file = LedgerFile::of(&lines());
    let server = serve(&file.path(), None);
    let mut times = Times(Default::default());
    for _ in 0..connections {
        let stream: TcpStream = connect_from(anyone(), server.address);
        let mut connection = Connection::on(stream).unwrap();
        let mut ask = |guess: &str| -> io::Result<Duration> {
            let head = "GET /balance HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer";
            let bytes = format!("{head} {guess}\r\n\r\n").into_bytes();
            let begun = Instant::now();
            connection.write(&bytes)?;
            let answer = connection.read(false)?;
            let took = begun.elapsed();
            assert_eq!(answer.status, 401, "{answer:?}");
            Ok(took)
        };
        let of_this = Times::take(25, |guess| ask(guess).unwrap());
        for (all, some) in times.0.iter_mut().zip(of_this.0) {
            all.extend(some);
        }
    }
    let (last, unknown) = (times.t(0, 1), times.t(0, 2));
    println!(
        "server, wrong keys over HTTP: {} of each, medians: {}; t of the first byte against the \
         last {last:.1}, against unknown {unknown:.1}",
        25 * connections,
        times.medians()
    );
    assert!(last.abs() < 5.0 && unknown.abs() < 5.0, "{last} {unknown}");
    server.stop();
}
