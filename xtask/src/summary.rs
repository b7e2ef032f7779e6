//! What a run of steps did: how long each took, how busy the processor was with it, and how much came over
//! the network meanwhile.

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
    /// What the processor spent on what ended meanwhile. Unknown where the system does not tell.
    busy: Option<u64>,
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
        let (begun, before, idle) = (Instant::now(), received(), busy());
        let done = step();
        let since = |before: Option<u64>, now: Option<u64>| Some(now?.saturating_sub(before?));
        let seconds = begun.elapsed().as_secs();
        let (busy, bytes) = (since(idle, busy()), since(before, received()));
        self.rows.push(Row { name, passed: done.is_ok(), seconds, busy, bytes });
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
        writeln!(f, "\n{:widest$}  minutes  processor  received", "step")?;
        let mut line = |name: &str, seconds: u64, busy, bytes, verdict: &str| {
            let (seconds, busy) = (minutes(Some(seconds)), minutes(busy));
            writeln!(f, "{name:widest$}  {seconds}    {busy}  {}{verdict}", megabytes(bytes))
        };
        for row in &self.rows {
            let verdict = if row.passed { "" } else { "  FAILED" };
            line(row.name, row.seconds, row.busy, row.bytes, verdict)?;
        }
        let seconds = self.rows.iter().map(|row| row.seconds).sum();
        let busy = self.rows.iter().map(|row| row.busy).sum();
        let bytes = self.rows.iter().map(|row| row.bytes).sum();
        line("in all", seconds, busy, bytes, "")?;
        for skipped in &self.skipped {
            writeln!(f, "skipped {skipped}")?;
        }
        Ok(())
    }
}

fn minutes(seconds: Option<u64>) -> String {
    let told = |seconds: u64| format!("{:>4}:{:02}", seconds / 60, seconds % 60);
    seconds.map_or_else(|| "unknown".into(), told)
}

fn megabytes(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "unknown".into(), |bytes| format!("{:>5} MB", bytes / 1_000_000))
}

/// The seconds of processor that all programs took that this one started and that have ended.
fn busy() -> Option<u64> {
    fs::read_to_string("/proc/self/stat").ok().and_then(|text| sum_busy(&text))
}

fn sum_busy(stat: &str) -> Option<u64> {
    // The name of the program stands in brackets, and may have anything in it.
    let (_, numbers) = stat.rsplit_once(')')?;
    let mut of_children = numbers.split_whitespace().skip(13).map(str::parse::<u64>);
    let (own, system) = (of_children.next()?.ok()?, of_children.next()?.ok()?);
    // Linux tells hundredths of a second to every program.
    Some(own.saturating_add(system) / 100)
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
        let lints = Row {
            name: "lints",
            passed: true,
            seconds: 61,
            busy: Some(95),
            bytes: Some(2_500_000),
        };
        let tests = Row { name: "tests", passed: false, seconds: 4, busy: Some(1), bytes: Some(0) };
        summary.rows.extend([lints, tests]);
        summary.skip("the npm package", "clang is not there");
        let text = "\nstep    minutes  processor  received\nlints      1:01       1:35      2 MB\n\
                    tests      0:04       0:01      0 MB  FAILED\n\
                    in all     1:05       1:36      2 MB\n\
                    skipped the npm package: clang is not there\n";
        assert_eq!(summary.to_string(), text);
        assert!(summary.has_gaps());
    }

    #[test]
    fn the_processor_time_of_children_is_told_in_seconds() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 50 60 700 310 20 0 1 0 99 8 9";
        assert_eq!(sum_busy(stat), Some(10));
    }

    #[test]
    fn loopback_is_no_download() {
        let table = "Inter-|   Receive  |  Transmit\n face |bytes packets|bytes packets\n    \
                     lo: 900 5 900 5\n  eth0: 1000 1 30 1\nwlan0:20 1 3 1\n";
        assert_eq!(sum_received(table), 1_020);
    }
}
