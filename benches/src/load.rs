//! Load on a server, which comes from wrk on the same processors.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use crate::Result;

/// Linux counts a process's time in these.
const TICKS_A_SECOND: f64 = 100.0;

/// A server that runs until this is dropped.
#[derive(Debug)]
pub struct Running {
    process: Child,
    /// `http://` and where it listens.
    pub address: String,
}

impl Running {
    /// Starts a server that says where it listens.
    ///
    /// # Errors
    /// If it could not be started.
    pub fn start(command: &mut Command) -> Result<Self> {
        let mut process = command.stdout(Stdio::piped()).spawn()?;
        let mut ready = String::new();
        let stdout = process.stdout.take().ok_or("no output")?;
        BufReader::new(stdout).read_line(&mut ready)?;
        let address = ready.trim().strip_prefix("listening on ").unwrap_or_default().to_owned();
        Ok(Self { process, address })
    }

    /// The seconds that it has spent on processors.
    ///
    /// # Errors
    /// Where there is no `/proc`.
    pub fn processor_seconds(&self) -> Result<f64> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        let (_, after_name) = text.rsplit_once(')').ok_or("no name in stat")?;
        let ticks = after_name.split_whitespace().skip(11).take(2).map(str::parse::<u32>);
        let ticks: u32 = ticks.sum::<std::result::Result<_, _>>()?;
        Ok(f64::from(ticks) / TICKS_A_SECOND)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What wrk says of one round; times are in microseconds.
#[derive(Debug)]
pub struct Round {
    /// How many were answered.
    pub requests: u64,
    /// How long it took.
    pub microseconds: u64,
    /// The median, the 99th and the 99.9th percentile.
    pub latencies: [u64; 3],
}

/// Asks for refunds of the charges from a number on, over so many connections.
///
/// # Errors
/// If wrk is missing, or a request failed.
pub fn wrk(address: &str, connections: u64, seconds: u64, first: u64, key: &str) -> Result<Round> {
    let output = Command::new("wrk")
        .args(["--threads", "1", "--connections", &connections.to_string()])
        .args(["--duration", &format!("{seconds}s"), "--script"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/refund.lua"))
        .args([&format!("{address}/refunds"), "--", &first.to_string(), key])
        .output()
        .map_err(|error| format!("wrk could not be run ({error}); install the package wrk"))?;
    let said = String::from_utf8(output.stdout)?;
    let figures = said.lines().find_map(|line| line.strip_prefix("figures "));
    let figures: Vec<u64> = figures
        .ok_or("wrk gave no figures")?
        .split(' ')
        .map(str::parse)
        .collect::<std::result::Result<_, _>>()?;
    match figures[..] {
        [requests, microseconds, 0, p50, p99, p999] => {
            Ok(Round { requests, microseconds, latencies: [p50, p99, p999] })
        }
        _ => Err(format!("some requests failed: {said}").into()),
    }
}
