//! A table of results, as Markdown.

use std::{env, fs, path::PathBuf};

use crate::Result;

/// Rows of results.
#[derive(Default)]
pub struct Table(String);

/// How a ratio is judged.
pub enum Goal {
    /// It should be at least this.
    AtLeast(f64),
    /// It should be at most this.
    AtMost(f64),
}

impl Table {
    /// Adds what was measured beside what it is compared with, and prints it.
    pub fn compare(&mut self, what: &str, ours: f64, theirs: f64, unit: &str, goal: &Goal) {
        let ratio = ours / theirs;
        let (sign, bound, met) = match goal {
            Goal::AtLeast(bound) => ('≥', bound, ratio >= *bound),
            Goal::AtMost(bound) => ('≤', bound, ratio <= *bound),
        };
        let met = if met { "" } else { " (missed)" };
        self.ratio(what, ours, theirs, unit, &format!("{sign} {bound}{met}"));
    }

    /// Adds what is compared without a goal.
    pub fn beside(&mut self, what: &str, ours: f64, theirs: f64, unit: &str) {
        self.ratio(what, ours, theirs, unit, "");
    }

    fn ratio(&mut self, what: &str, ours: f64, theirs: f64, unit: &str, goal: &str) {
        let ratio = ours / theirs;
        let (ours, theirs) = (number(ours), number(theirs));
        self.row(&format!("| {what} | {ours} {unit} | {theirs} {unit} | {ratio:.2} | {goal} |"));
    }

    /// Adds a figure with a goal of its own.
    pub fn bound(&mut self, what: &str, value: f64, most: f64, unit: &str) {
        let met = if value <= most { "" } else { " (missed)" };
        self.row(&format!("| {what} | {} {unit} | | | ≤ {most} {unit}{met} |", number(value)));
    }

    /// Adds a figure.
    pub fn figure(&mut self, what: &str, value: f64, unit: &str) {
        self.row(&format!("| {what} | {} {unit} | | | |", number(value)));
    }

    fn row(&mut self, row: &str) {
        println!("{row}");
        self.0 += row;
        self.0.push('\n');
    }

    /// Writes the rows where the document is put together from.
    ///
    /// # Errors
    /// What the disk says.
    pub fn keep(&self, name: &str) -> Result<()> {
        let folder = folder();
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("{name}.md")), &self.0)?;
        Ok(())
    }
}

/// Where results are kept: the folder that `REFUNDRY_BENCH_RESULTS` names, else one in the target
/// directory.
#[must_use]
pub fn folder() -> PathBuf {
    env::var_os("REFUNDRY_BENCH_RESULTS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench")),
        PathBuf::from,
    )
}

/// Three digits that tell something, and no more.
fn number(value: f64) -> String {
    match value {
        value if value >= 1_000.0 => {
            let digits = (value.round() as u64).to_string();
            let groups: Vec<&str> = digits
                .as_bytes()
                .rchunks(3)
                .rev()
                .map(|group| std::str::from_utf8(group).unwrap_or_default())
                .collect();
            groups.join(",")
        }
        value if value >= 100.0 => format!("{value:.0}"),
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}
