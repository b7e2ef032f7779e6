//! Compares a book with an acquirer's settlement file.

mod amount;
mod file;
mod html;
mod layout;
mod matching;
mod report;
mod settle;
mod text;

use std::{collections::HashSet, io::Read};

use refundry::{Account, Cause, Currency, JournalEntry, NamedEntry, Posting};

use self::{
    file::Theirs,
    matching::{Ours, Window},
};
pub use self::{
    layout::{CurrencyIn, Layout},
    report::{Difference, Entry, FileLine, Finding, Match, Reconciliation, Total},
};
use crate::{
    error::{Error, Result},
    period::Period,
    snapshot::Snapshot,
};

/// What of the book the file should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Charges, refunds, refunds that came back, disputes, and disputes that were won.
    All,
    /// Charges alone.
    Charges,
    /// Refunds, and refunds that came back.
    Refunds,
}

impl Scope {
    const fn has(self, cause: Cause) -> bool {
        match cause {
            Cause::Charge => matches!(self, Self::All | Self::Charges),
            Cause::Refund | Cause::RefundFailure => matches!(self, Self::All | Self::Refunds),
            Cause::Dispute | Cause::DisputeWon => matches!(self, Self::All),
            _ => false,
        }
    }
}

/// How a book is compared with a settlement file.
#[derive(Clone, Copy, Debug)]
pub struct Comparison<'a> {
    /// What the report calls the file.
    pub name: Option<&'a str>,
    /// What of the book the file should have.
    pub scope: Scope,
    /// The only currency that the file should have; all of the book's if `None`.
    pub currency: Option<Currency>,
    /// By how many days the same thing may be apart.
    pub window: u16,
    /// Which days the file is about; from its first day to its last if `None`.
    pub period: Option<Period>,
}

impl Default for Comparison<'_> {
    /// All of the book in the file's own days, at most three days apart.
    fn default() -> Self {
        Self { name: None, scope: Scope::All, currency: None, window: 3, period: None }
    }
}

/// Compares a book with a settlement file, which is read wholly first.
///
/// Charges are positive, refunds and disputes negative. An entry is known in the file by the refund's
/// external reference or the dispute's network reference, else by its own id, the charge's or the payment intent's. Whatever has no reference on
/// one side is matched by currency, amount and day, at most [`window`](Comparison::window) days apart.
///
/// # Errors
/// [`Error::Line`] and [`Error::Mapping`] if the file can't be read wholly; [`Error::OtherCurrency`]; [`Error::Unsound`](crate::Error::Unsound) and failures of the machine.
pub fn reconcile(
    snapshot: &mut Snapshot<'_>,
    from: impl Read,
    layout: &Layout,
    comparison: &Comparison<'_>,
) -> Result<Reconciliation> {
    let settlement = file::read(from, layout, snapshot)?;
    let is_other = |line: &&Theirs| comparison.currency.is_some_and(|only| only != line.currency);
    if let (Some(line), Some(only)) = (settlement.lines.iter().find(is_other), comparison.currency)
    {
        let Theirs { line, currency, .. } = *line;
        return Err(Error::OtherCurrency { line, currency, only });
    }
    let window = Window(comparison.window);
    let days = Days::of(&settlement.lines, layout, comparison.period)?;
    let is_due = |entry: &JournalEntry, posting: &Posting| {
        days.period.holds(entry.effective_at)
            && comparison.currency.is_none_or(|only| only == posting.currency)
    };
    let references: HashSet<&str> =
        settlement.lines.iter().filter_map(|line| line.reference.as_deref()).collect();
    let mut ours = Vec::new();
    snapshot.walk_named(|named| {
        if !comparison.scope.has(named.entry.cause) {
            return Ok(());
        }
        for posting in named.entry.postings.iter().filter(|posting| moves_clearing(posting)) {
            let is_due = is_due(&named.entry, posting);
            let entry = known(named, posting, &references, layout, is_due);
            if entry.is_due || entry.key.is_some() || days.are_near(&window, entry.day) {
                ours.push(entry);
            }
        }
        Ok(())
    })?;
    let pairings = matching::pair(&settlement.lines, &ours, &window);
    let report = Reconciliation::of(snapshot, &settlement, &ours, &pairings, &window);
    let (from, to) = days.period.ends(&layout.zone);
    let (file_name, currency) = (comparison.name.map(str::to_owned), comparison.currency);
    Ok(Reconciliation { file_name, from, to, currency, ..report })
}

/// Which days the file is about.
struct Days {
    first: jiff::civil::Date,
    last: jiff::civil::Date,
    period: Period,
}

impl Days {
    fn of(lines: &[Theirs], layout: &Layout, period: Option<Period>) -> Result<Self> {
        let days = lines.iter().map(|line| line.day);
        // There is a line.
        let first = days.clone().min().unwrap_or_default();
        let last = days.max().unwrap_or_default();
        let period = match period {
            Some(period) => period,
            None => {
                let (from, to) = (first.to_string(), last.to_string());
                Period::between(Some(&from), Some(&to), &layout.zone)?
            }
        };
        Ok(Self { first, last, period })
    }

    fn are_near(&self, window: &Window, day: jiff::civil::Date) -> bool {
        (self.first..=self.last).contains(&day)
            || window.holds(self.first, day)
            || window.holds(self.last, day)
    }
}

/// An entry, and the reference under which the file knows it.
fn known(
    named: &NamedEntry,
    posting: &Posting,
    references: &HashSet<&str>,
    layout: &Layout,
    is_due: bool,
) -> Ours {
    let NamedEntry { entry, charge_id, payment_intent_id, external_reference } = named;
    let amount = posting.amount.minor();
    let is_paid = posting.debit == Account::Clearing;
    let is_known = |name: &&str| references.contains(name);
    // The acquirer's own reference comes before ids.
    let own = [external_reference.as_deref(), Some(entry.source.as_str())];
    let own = own.into_iter().flatten().find(is_known);
    let other = || [charge_id, payment_intent_id].into_iter().flatten().map(String::as_str);
    let key = own.or_else(|| other().find(is_known));
    Ours {
        seq: entry.seq,
        cause: entry.cause,
        source: entry.source.clone(),
        // A charge may have the shop's own, which the acquirer does not know.
        reference: external_reference.clone().filter(|_| entry.cause != Cause::Charge),
        key: key.map(str::to_owned),
        is_own: own.is_some(),
        amount: if is_paid { amount } else { amount.saturating_neg() },
        currency: posting.currency,
        day: layout.zone.clock(entry.effective_at.millis()).date(),
        is_due,
    }
}

/// Whether the acquirer owes more or less for it.
fn moves_clearing(posting: &Posting) -> bool {
    posting.debit == Account::Clearing || posting.credit == Account::Clearing
}
