//! What a run of steps did: how long each took, and how much came over the network meanwhile.

use std::{fmt, fs, time::Instant};

/// What became of each step so far.
#[derive(Default)]
pub(crate) struct Summary {
    rows: Vec<Row>,
    skipped: Vec<String>,
}

struct Row {
    name: &'static str,
    passed: bool,
    seconds: u64,
    /// Unknown where the system does not tell.
    bytes: Option<u64>,
}

impl Summary {
    /// Runs a step.
    ///
    /// # Errors
    /// What the step says.
    pub(crate) fn time(
        &mut self,
        name: &'static str,
        step: impl FnOnce() -> Result<(), String>,
    ) -> Result<(), String> {
        let (begun, before) = (Instant::now(), received());
        let done = step();
        let bytes = before.zip(received()).map(|(before, after)| after.saturating_sub(before));
        let seconds = begun.elapsed().as_secs();
        self.rows.push(Row { name, passed: done.is_ok(), seconds, bytes });
        done
    }

    /// Notes what is not done, and why.
    pub(crate) fn skip(&mut self, what: impl fmt::Display, why: impl fmt::Display) {
        self.skipped.push(format!("{what}: {why}"));
    }

    /// Whether something is not done.
    pub(crate) fn has_gaps(&self) -> bool {
        !self.skipped.is_empty()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.rows.iter().map(|row| row.name.len());
        let widest = names.max().unwrap_or(0).max("in all".len());
        writeln!(f, "\n{:widest$}  minutes  received", "step")?;
        for Row { name, passed, seconds, bytes } in &self.rows {
            let verdict = if *passed { "" } else { "  FAILED" };
            writeln!(f, "{name:widest$}  {}  {}{verdict}", minutes(*seconds), megabytes(*bytes))?;
        }
        let seconds = self.rows.iter().map(|row| row.seconds).sum();
        let bytes = self.rows.iter().map(|row| row.bytes).sum();
        writeln!(f, "{:widest$}  {}  {}", "in all", minutes(seconds), megabytes(bytes))?;
        for skipped in &self.skipped {
            writeln!(f, "skipped {skipped}")?;
        }
        Ok(())
    }
}

fn minutes(seconds: u64) -> String {
    format!("{:>4}:{:02}", seconds / 60, seconds % 60)
}

fn megabytes(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "unknown".into(), |bytes| format!("{:>5} MB", bytes / 1_000_000))
}

/// The bytes that came over every network of this machine but loopback, for whomever.
fn received() -> Option<u64> {
    fs::read_to_string("/proc/net/dev").ok().map(|text| sum_received(&text))
}

fn sum_received(table: &str) -> u64 {
    let networks = table.lines().filter_map(|line| line.split_once(':'));
    let outside = networks.filter(|(name, _)| name.trim() != "lo");
    outside.filter_map(|(_, counts)| counts.split_whitespace().next()?.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_a_line_and_so_has_what_was_skipped() {
        let mut summary = Summary::default();
        summary.rows.push(Row { name: "lints", passed: true, seconds: 61, bytes: Some(2_500_000) });
        summary.rows.push(Row { name: "tests", passed: false, seconds: 4, bytes: Some(0) });
        summary.skip("the npm package", "clang is not there");
        let text = "\nstep    minutes  received\nlints      1:01      2 MB\n\
                    tests      0:04      0 MB  FAILED\nin all     1:05      2 MB\n\
                    skipped the npm package: clang is not there\n";
        assert_eq!(summary.to_string(), text);
        assert!(summary.has_gaps());
    }

    #[test]
    fn loopback_is_no_download() {
        let table = "Inter-|   Receive  |  Transmit\n face |bytes packets|bytes packets\n    \
                     lo: 900 5 900 5\n  eth0: 1000 1 30 1\nwlan0:20 1 3 1\n";
        assert_eq!(sum_received(table), 1_020);
    }
}
