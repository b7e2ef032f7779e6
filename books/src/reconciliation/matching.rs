//! Which line of the file is which entry of the book. No file and no ledger is read here.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use jiff::civil::Date;
use refundry::{Cause, Currency};

use super::file::Theirs;

/// An entry of the book that the acquirer should know.
#[derive(Clone, Debug)]
pub(super) struct Ours {
    pub(super) seq: i64,
    pub(super) cause: Cause,
    pub(super) source: String,
    /// The acquirer's or terminal's own.
    pub(super) reference: Option<String>,
    /// The reference of the file under which it is known there, if it is.
    pub(super) key: Option<String>,
    /// Whether that is the entry's own reference or id, not its charge's.
    pub(super) is_own: bool,
    /// In minor units, positive if it was paid.
    pub(super) amount: i64,
    pub(super) currency: Currency,
    pub(super) day: Date,
    /// Whether the file should have it; else it may.
    pub(super) is_due: bool,
}

/// What became of a line or an entry: indexes among theirs and ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pairing {
    Matched { theirs: usize, ours: usize },
    Different { theirs: usize, ours: usize },
    MissingHere { theirs: usize },
    MissingThere { ours: usize },
    DoubledThere { theirs: usize },
    DoubledHere { ours: usize },
}

/// By how many days an entry and a line may be apart.
pub(super) struct Window(pub(super) u16);

impl Window {
    pub(super) fn holds(&self, one: Date, other: Date) -> bool {
        one.until(other).is_ok_and(|span| span.get_days().unsigned_abs() <= u32::from(self.0))
    }
}

/// Pairs all lines and entries: those with a common reference first, then what has none by amount
/// and day.
pub(super) fn pair(theirs: &[Theirs], ours: &[Ours], window: &Window) -> Vec<Pairing> {
    // By the direction too: a payment and its refund may share a reference.
    let mut groups = BTreeMap::<(&str, bool), (Vec<usize>, Vec<usize>)>::new();
    for (at, line) in theirs.iter().enumerate() {
        if let Some(reference) = &line.reference {
            groups.entry((reference, line.amount > 0)).or_default().0.push(at);
        }
    }
    for (at, entry) in ours.iter().enumerate() {
        if let Some(reference) = &entry.key {
            groups.entry((reference, entry.amount > 0)).or_default().1.push(at);
        }
    }
    let mut pairs = Pairs {
        theirs,
        ours,
        window,
        found: Vec::new(),
        has_line: vec![false; theirs.len()],
        has_entry: vec![false; ours.len()],
        surplus: Vec::new(),
    };
    for (lines, entries) in groups.into_values() {
        if !lines.is_empty() && !entries.is_empty() {
            pairs.pair_group(lines, entries);
        }
    }
    pairs.pair_by_amount_and_day();
    pairs.leave((0..theirs.len()).collect(), (0..ours.len()).collect());
    pairs.found.sort_unstable();
    pairs.found
}

/// What is compared exactly.
type Money = (Currency, i64);

/// Pairs in the making.
struct Pairs<'a> {
    theirs: &'a [Theirs],
    ours: &'a [Ours],
    window: &'a Window,
    found: Vec<Pairing>,
    /// Which lines and entries are decided.
    has_line: Vec<bool>,
    has_entry: Vec<bool>,
    /// Entries that have the reference and the money of another one, which has the line.
    surplus: Vec<usize>,
}

impl Pairs<'_> {
    /// Decides the lines with one reference and direction, and their entries. A line without a
    /// reference may still belong to the entries that are left.
    fn pair_group(&mut self, mut lines: Vec<usize>, entries: Vec<usize>) {
        let (due, others) = self.due_first(entries);
        for within in [true, false] {
            self.pair_money(&lines, &due, within);
            self.pair_money(&lines, &others, within);
        }
        // What is there once more is doubled, and no partner for something else.
        let known: HashSet<Money> =
            lines.iter().filter(|at| self.has_line[**at]).map(|at| self.line_money(*at)).collect();
        let mut entries = [due, others].concat();
        lines.retain(|at| !self.has_line[*at]);
        entries.retain(|at| !self.has_entry[*at]);
        let (doubled, lines): (Vec<_>, Vec<_>) =
            lines.into_iter().partition(|at| known.contains(&self.line_money(*at)));
        doubled.into_iter().for_each(|theirs| self.decide(Pairing::DoubledThere { theirs }));
        let (surplus, mut entries): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|at| known.contains(&self.entry_money(*at)));
        self.surplus.extend(surplus);
        entries.sort_by_key(|at| !self.ours[*at].is_own);
        for (theirs, ours) in lines.iter().zip(entries) {
            self.decide(Pairing::Different { theirs: *theirs, ours });
        }
        self.leave(lines, Vec::new());
    }

    /// Pairs what no reference connects. Two references that are not the same keep a line and an
    /// entry apart.
    fn pair_by_amount_and_day(&mut self) {
        let lines: Vec<_> = (0..self.theirs.len()).filter(|at| !self.has_line[*at]).collect();
        let (named, nameless): (Vec<_>, Vec<_>) =
            lines.into_iter().partition(|at| self.theirs[*at].reference.is_some());
        let surplus = std::mem::take(&mut self.surplus);
        let is_surplus: HashSet<usize> = surplus.iter().copied().collect();
        let is_open = |at: &usize| !self.has_entry[*at] && !is_surplus.contains(at);
        let (due, others) = self.due_first((0..self.ours.len()).filter(is_open).collect());
        for entries in [&due, &surplus, &others] {
            let without: Vec<_> =
                entries.iter().copied().filter(|at| self.ours[*at].reference.is_none()).collect();
            self.pair_money(&named, &without, true);
            self.pair_money(&nameless, entries, true);
        }
        for ours in surplus {
            if !self.has_entry[ours] && self.ours[ours].is_due {
                self.decide(Pairing::DoubledHere { ours });
            }
        }
    }

    /// What should be in the file comes before what may be.
    fn due_first(&self, entries: Vec<usize>) -> (Vec<usize>, Vec<usize>) {
        entries.into_iter().partition(|at| self.ours[*at].is_due)
    }

    /// Pairs lines and entries of the same money, the earliest with the earliest: within the window
    /// that gives the most pairs. Outside of it, they are different in their date.
    fn pair_money(&mut self, lines: &[usize], entries: &[usize], within: bool) {
        let mut lines: Vec<_> = lines.iter().filter(|at| !self.has_line[**at]).collect();
        let mut entries: Vec<_> = entries.iter().filter(|at| !self.has_entry[**at]).collect();
        lines.sort_by_key(|at| (self.theirs[**at].day, **at));
        entries.sort_by_key(|at| (self.ours[**at].day, **at));
        let mut waiting = HashMap::<Money, VecDeque<usize>>::new();
        for at in entries {
            waiting.entry(self.entry_money(*at)).or_default().push_back(*at);
        }
        for theirs in lines {
            let Some(waiting) = waiting.get_mut(&self.line_money(*theirs)) else { continue };
            let day = self.theirs[*theirs].day;
            while let Some(ours) = waiting.front().copied() {
                let other = self.ours[ours].day;
                if !within {
                    self.decide(Pairing::Different { theirs: *theirs, ours });
                } else if self.window.holds(other, day) {
                    self.decide(Pairing::Matched { theirs: *theirs, ours });
                } else if other > day {
                    // It may be for a later line.
                    break;
                }
                waiting.pop_front();
                if self.has_line[*theirs] {
                    break;
                }
            }
        }
    }

    /// Whatever is not decided is missing on the other side, if it should be there.
    fn leave(&mut self, lines: Vec<usize>, entries: Vec<usize>) {
        for theirs in lines {
            if !self.has_line[theirs] {
                self.decide(Pairing::MissingHere { theirs });
            }
        }
        for ours in entries {
            if !self.has_entry[ours] && self.ours[ours].is_due {
                self.decide(Pairing::MissingThere { ours });
            }
        }
    }

    fn decide(&mut self, pairing: Pairing) {
        let (theirs, ours) = pairing.sides();
        if let Some(at) = theirs {
            self.has_line[at] = true;
        }
        if let Some(at) = ours {
            self.has_entry[at] = true;
        }
        self.found.push(pairing);
    }

    fn line_money(&self, at: usize) -> Money {
        (self.theirs[at].currency, self.theirs[at].amount)
    }

    fn entry_money(&self, at: usize) -> Money {
        (self.ours[at].currency, self.ours[at].amount)
    }
}

impl Pairing {
    /// The line and the entry that it is about.
    pub(super) const fn sides(self) -> (Option<usize>, Option<usize>) {
        match self {
            Self::Matched { theirs, ours } | Self::Different { theirs, ours } => {
                (Some(theirs), Some(ours))
            }
            Self::MissingHere { theirs } | Self::DoubledThere { theirs } => (Some(theirs), None),
            Self::MissingThere { ours } | Self::DoubledHere { ours } => (None, Some(ours)),
        }
    }
}
