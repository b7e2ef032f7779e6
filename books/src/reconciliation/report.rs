//! What a comparison found.

use std::collections::BTreeMap;

use refundry::Currency;
use serde::Serialize;

use super::{
    file::{Settlement, Theirs},
    matching::{Ours, Pairing, Window},
};
use crate::{name, snapshot::Snapshot};

/// What the comparison of a book with a settlement file found.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reconciliation {
    /// Whose book.
    pub merchant_id: String,
    /// The head of the book.
    pub head: String,
    /// What the file is called, if that was said.
    pub file_name: Option<String>,
    /// The SHA-256 of the file.
    pub file: String,
    /// The first day that the file is about in its time zone, or the moment or the head before it.
    pub from: Option<String>,
    /// The last day, or the moment or the head up to which the file goes.
    pub to: Option<String>,
    /// The only currency that the file should have; all of the book's if `None`.
    pub currency: Option<Currency>,
    /// How many lines the file has, without its headings.
    pub lines: u64,
    /// The totals of each currency, which add up.
    pub totals: Vec<Total>,
    /// Whatever is not matched.
    pub open: Vec<Finding>,
    /// Which line is which entry.
    pub matched: Vec<Match>,
}

/// A line that says what an entry says.
#[derive(Clone, Debug, Serialize)]
pub struct Match {
    /// The line of the file.
    pub line: u64,
    /// The entry: `je_…`
    pub entry: String,
}

/// Something that is not matched.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Finding {
    /// The file has it, the book does not.
    MissingHere {
        /// The line.
        line: FileLine,
    },
    /// The book has it, the file does not.
    MissingThere {
        /// The entry.
        entry: Entry,
    },
    /// Both have it, and say different things of it.
    Different {
        /// In what.
        differences: Vec<Difference>,
        /// The line.
        line: FileLine,
        /// The entry.
        entry: Entry,
    },
    /// The file has it once more.
    DoubledThere {
        /// The line.
        line: FileLine,
    },
    /// The book has it once more.
    DoubledHere {
        /// The entry.
        entry: Entry,
    },
}

/// In what a line and an entry differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// The amount.
    Amount,
    /// The currency.
    Currency,
    /// The day, by more than the window.
    Date,
}

/// A line of the file.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileLine {
    /// Its number.
    pub line: u64,
    /// Its reference.
    pub reference: Option<String>,
    /// Its amount in major units.
    pub amount: String,
    /// The same in minor units.
    pub amount_minor: String,
    /// Its currency.
    pub currency: Currency,
    /// Its day.
    pub date: String,
}

/// An entry of the book.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// `je_…`
    pub entry: String,
    /// Why it was made.
    pub cause: &'static str,
    /// The charge or the refund.
    pub source: String,
    /// The refund's external reference.
    pub reference: Option<String>,
    /// Its amount in major units, negative if it was refunded.
    pub amount: String,
    /// The same in minor units.
    pub amount_minor: String,
    /// Its currency.
    pub currency: Currency,
    /// Its day in the file's time zone.
    pub date: String,
}

/// What the file and the book have in one currency, in major units.
///
/// `theirs` is `matched`, `different_theirs`, `missing_here` and `doubled_there` together; `ours` is
/// `matched`, `different_ours`, `missing_there` and `doubled_here`; `difference` is `theirs` less
/// `ours`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Total {
    /// Which currency.
    pub currency: Currency,
    /// All lines of the file.
    pub theirs: String,
    /// All entries that were compared.
    pub ours: String,
    /// What is matched.
    pub matched: String,
    /// What the file says where both differ.
    pub different_theirs: String,
    /// What the book says where both differ.
    pub different_ours: String,
    /// What the book does not have.
    pub missing_here: String,
    /// What the file does not have.
    pub missing_there: String,
    /// What the file has once more.
    pub doubled_there: String,
    /// What the book has once more.
    pub doubled_here: String,
    /// What the file has more than the book.
    pub difference: String,
    /// All lines of the file, in minor units.
    pub theirs_minor: String,
    #[serde(skip)]
    pub(super) sum: i128,
}

/// Sums of one currency, in the order of a total's fields.
#[derive(Default)]
struct Sums {
    theirs: i128,
    ours: i128,
    matched: i128,
    different_theirs: i128,
    different_ours: i128,
    missing_here: i128,
    missing_there: i128,
    doubled_there: i128,
    doubled_here: i128,
}

impl Reconciliation {
    pub(super) fn of(
        snapshot: &Snapshot<'_>,
        settlement: &Settlement,
        ours: &[Ours],
        pairings: &[Pairing],
        window: &Window,
    ) -> Self {
        let lines = &settlement.lines;
        let mut report = Self {
            merchant_id: snapshot.merchant.id.clone(),
            head: snapshot.head.to_string(),
            file_name: None,
            file: settlement.hash.clone(),
            from: None,
            to: None,
            currency: None,
            lines: lines.len() as u64,
            totals: totals(snapshot, lines, ours, pairings),
            open: Vec::new(),
            matched: Vec::new(),
        };
        let line = |at: usize| lines[at].shown(snapshot);
        let entry = |at: usize| ours[at].shown(snapshot);
        for pairing in pairings {
            report.open.push(match *pairing {
                Pairing::Matched { theirs, ours: at } => {
                    let (line, seq) = (lines[theirs].line, ours[at].seq);
                    report.matched.push(Match { line, entry: format!("je_{seq}") });
                    continue;
                }
                Pairing::Different { theirs, ours: at } => {
                    let differences = differences(&lines[theirs], &ours[at], window);
                    Finding::Different { differences, line: line(theirs), entry: entry(at) }
                }
                Pairing::MissingHere { theirs } => Finding::MissingHere { line: line(theirs) },
                Pairing::MissingThere { ours } => Finding::MissingThere { entry: entry(ours) },
                Pairing::DoubledThere { theirs } => Finding::DoubledThere { line: line(theirs) },
                Pairing::DoubledHere { ours } => Finding::DoubledHere { entry: entry(ours) },
            });
        }
        report
    }
}

fn differences(theirs: &Theirs, ours: &Ours, window: &Window) -> Vec<Difference> {
    let mut differences = Vec::new();
    if theirs.amount != ours.amount {
        differences.push(Difference::Amount);
    }
    if theirs.currency != ours.currency {
        differences.push(Difference::Currency);
    }
    if !window.holds(theirs.day, ours.day) {
        differences.push(Difference::Date);
    }
    differences
}

fn totals(
    snapshot: &Snapshot<'_>,
    lines: &[Theirs],
    entries: &[Ours],
    pairings: &[Pairing],
) -> Vec<Total> {
    let mut sums = BTreeMap::<Currency, Sums>::new();
    let add = |to: &mut i128, amount: i64| *to = to.saturating_add(amount.into());
    for line in lines {
        add(&mut sums.entry(line.currency).or_default().theirs, line.amount);
    }
    for pairing in pairings {
        let (theirs, ours) = pairing.sides();
        if let Some(line) = theirs.map(|at| &lines[at]) {
            let sums = sums.entry(line.currency).or_default();
            let sum = match pairing {
                Pairing::Matched { .. } => &mut sums.matched,
                Pairing::Different { .. } => &mut sums.different_theirs,
                Pairing::MissingHere { .. } => &mut sums.missing_here,
                _ => &mut sums.doubled_there,
            };
            add(sum, line.amount);
        }
        if let Some(entry) = ours.map(|at| &entries[at]) {
            let sums = sums.entry(entry.currency).or_default();
            add(&mut sums.ours, entry.amount);
            match pairing {
                // Counted with its line.
                Pairing::Matched { .. } => {}
                Pairing::Different { .. } => add(&mut sums.different_ours, entry.amount),
                Pairing::MissingThere { .. } => add(&mut sums.missing_there, entry.amount),
                _ => add(&mut sums.doubled_here, entry.amount),
            }
        }
    }
    sums.into_iter().map(|(currency, sums)| total(snapshot, currency, &sums)).collect()
}

fn total(snapshot: &Snapshot<'_>, currency: Currency, sums: &Sums) -> Total {
    let major = |minor: i128| snapshot.major(minor, currency).to_string();
    Total {
        currency,
        theirs: major(sums.theirs),
        ours: major(sums.ours),
        matched: major(sums.matched),
        different_theirs: major(sums.different_theirs),
        different_ours: major(sums.different_ours),
        missing_here: major(sums.missing_here),
        missing_there: major(sums.missing_there),
        doubled_there: major(sums.doubled_there),
        doubled_here: major(sums.doubled_here),
        difference: major(sums.theirs.saturating_sub(sums.ours)),
        theirs_minor: sums.theirs.to_string(),
        sum: sums.theirs,
    }
}

impl Theirs {
    fn shown(&self, snapshot: &Snapshot<'_>) -> FileLine {
        FileLine {
            line: self.line,
            reference: self.reference.clone(),
            amount: snapshot.major(self.amount, self.currency).to_string(),
            amount_minor: self.amount.to_string(),
            currency: self.currency,
            date: self.day.to_string(),
        }
    }
}

impl Ours {
    fn shown(&self, snapshot: &Snapshot<'_>) -> Entry {
        Entry {
            entry: format!("je_{}", self.seq),
            cause: name::cause(self.cause),
            source: self.source.clone(),
            reference: self.reference.clone(),
            amount: snapshot.major(self.amount, self.currency).to_string(),
            amount_minor: self.amount.to_string(),
            currency: self.currency,
            date: self.day.to_string(),
        }
    }
}
