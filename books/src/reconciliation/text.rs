//! A comparison for a terminal.

use std::io::Write;

use super::{Difference, Entry, FileLine, Finding, Reconciliation, Total};
use crate::error::{Error, Result};

impl Finding {
    /// What it is, in words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::MissingHere { .. } => "missing here".into(),
            Self::MissingThere { .. } => "missing there".into(),
            Self::Different { differences, .. } => {
                let words = differences.iter().map(|difference| match difference {
                    Difference::Amount => "amount",
                    Difference::Currency => "currency",
                    Difference::Date => "date",
                });
                format!("different in {}", words.collect::<Vec<_>>().join(", "))
            }
            Self::DoubledThere { .. } => "doubled there".into(),
            Self::DoubledHere { .. } => "doubled here".into(),
        }
    }

    /// The line and the entry that it is about.
    pub(super) const fn sides(&self) -> (Option<&FileLine>, Option<&Entry>) {
        match self {
            Self::MissingHere { line } | Self::DoubledThere { line } => (Some(line), None),
            Self::MissingThere { entry } | Self::DoubledHere { entry } => (None, Some(entry)),
            Self::Different { line, entry, .. } => (Some(line), Some(entry)),
        }
    }
}

impl Total {
    /// The sums that have names, in an order in which they add up.
    pub(super) fn rows(&self) -> [(&'static str, &str, &str); 6] {
        [
            ("matched", &self.matched, &self.matched),
            ("different", &self.different_theirs, &self.different_ours),
            ("missing here", &self.missing_here, ""),
            ("missing there", "", &self.missing_there),
            ("doubled there", &self.doubled_there, ""),
            ("doubled here", "", &self.doubled_here),
        ]
    }
}

impl Reconciliation {
    /// Writes the comparison for a terminal.
    ///
    /// # Errors
    /// [`Error::Output`]; what was written is not whole then.
    pub fn write_text(&self, to: &mut impl Write) -> Result<()> {
        self.print(to).map_err(Error::Output)
    }

    /// Writes the comparison as one line of JSON.
    ///
    /// # Errors
    /// [`Error::Output`]; what was written is not whole then.
    pub fn write_json(&self, to: &mut impl Write) -> Result<()> {
        serde_json::to_writer(&mut *to, self)
            .map_err(std::io::Error::from)
            .and_then(|()| writeln!(to))
            .and_then(|()| to.flush())
            .map_err(Error::Output)
    }

    /// What was compared: the file, its days and its currency.
    pub(super) fn about(&self) -> String {
        let name = self.file_name.as_deref().unwrap_or("Settlement file");
        let from = self.from.as_deref().unwrap_or("the beginning");
        let to = self.to.as_deref().unwrap_or("the end");
        let only = self.currency.map(|only| format!(", {only} alone")).unwrap_or_default();
        format!("{name}, from {from} to {to}{only}")
    }

    fn print(&self, to: &mut impl Write) -> std::io::Result<()> {
        let (matched, open) = (self.matched.len(), self.open.len());
        writeln!(
            to,
            "{} lines against {}: {matched} matched, {open} open",
            self.lines, self.merchant_id
        )?;
        writeln!(to, "{}", printable(&self.about()))?;
        writeln!(to, "Head of the book: {}", self.head)?;
        for total in &self.totals {
            writeln!(to, "\n{:<14}{:>22}{:>22}", total.currency.code(), "there", "here")?;
            for (name, theirs, ours) in total.rows() {
                writeln!(to, "{name:<14}{theirs:>22}{ours:>22}")?;
            }
            writeln!(to, "{:<14}{:>22}{:>22}", "together", total.theirs, total.ours)?;
            writeln!(to, "{:<14}{:>22}", "difference", total.difference)?;
        }
        for finding in &self.open {
            writeln!(to, "\n{}", finding.words())?;
            let (line, entry) = finding.sides();
            if let Some(line) = line {
                let FileLine { line, amount, currency, date, reference, .. } = line;
                let reference = printable(reference.as_deref().unwrap_or("-"));
                writeln!(to, "  line {line}: {date}  {amount} {currency}  {reference}")?;
            }
            if let Some(of) = entry {
                let Entry { entry, cause, source, amount, currency, date, .. } = of;
                let reference = of.reference.as_deref().unwrap_or("-");
                writeln!(
                    to,
                    "  {entry}: {date}  {amount} {currency}  {reference}  {cause} {source}"
                )?;
            }
        }
        to.flush()
    }
}

/// A stranger's text can't steer the terminal.
fn printable(text: &str) -> String {
    text.replace(|character: char| character.is_control(), "\u{fffd}")
}
