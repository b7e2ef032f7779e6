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

use refundry::{Account, Cause, JournalEntry, Posting};

use self::{
    file::Theirs,
    matching::{Ours, Window},
};
pub use self::{
    layout::{CurrencyIn, Layout},
    report::{Difference, Entry, FileLine, Finding, Match, Reconciliation, Total},
};
use crate::{error::Result, period::Period, snapshot::Snapshot};

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

/// Compares a book with a settlement file, which is read wholly first.
///
/// Charges are positive, refunds and disputes negative. An entry is known in the file by the refund's
/// external reference or the dispute's network reference, else by its own id, the charge's or the payment intent's. Whatever has no reference on
/// one side is matched by currency, amount and day, at most `window` days apart. Without a period,
/// the file should have everything from its first day to its last.
///
/// # Errors
/// [`Error::Line`](crate::Error::Line) and [`Error::Mapping`](crate::Error::Mapping) if the file
/// can't be read wholly; [`Error::Unsound`](crate::Error::Unsound) and failures of the machine.
pub fn reconcile(
    snapshot: &mut Snapshot<'_>,
    from: impl Read,
    layout: &Layout,
    scope: Scope,
    window: u16,
    period: Option<&Period>,
) -> Result<Reconciliation> {
    let settlement = file::read(from, layout, snapshot)?;
    let window = Window(window);
    let days = Days::of(&settlement.lines, layout, period)?;
    let references: HashSet<&str> =
        settlement.lines.iter().filter_map(|line| line.reference.as_deref()).collect();
    let mut ours = Vec::new();
    snapshot.walk(|entry| {
        if !scope.has(entry.cause) {
            return Ok(());
        }
        for posting in entry.postings.iter().filter(|posting| moves_clearing(posting)) {
            let entry = known(snapshot, entry, posting, &references, layout, &days)?;
            if entry.is_due || entry.key.is_some() || days.are_near(&window, entry.day) {
                ours.push(entry);
            }
        }
        Ok(())
    })?;
    let pairings = matching::pair(&settlement.lines, &ours, &window);
    Ok(Reconciliation::of(snapshot, &settlement, &ours, &pairings, &window))
}

/// Which days the file is about.
struct Days {
    first: jiff::civil::Date,
    last: jiff::civil::Date,
    period: Period,
}

impl Days {
    fn of(lines: &[Theirs], layout: &Layout, period: Option<&Period>) -> Result<Self> {
        let days = lines.iter().map(|line| line.day);
        // There is a line.
        let first = days.clone().min().unwrap_or_default();
        let last = days.max().unwrap_or_default();
        let period = match period {
            Some(period) => *period,
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
    snapshot: &Snapshot<'_>,
    entry: &JournalEntry,
    posting: &Posting,
    references: &HashSet<&str>,
    layout: &Layout,
    days: &Days,
) -> Result<Ours> {
    let amount = posting.amount.minor();
    let is_paid = posting.debit == Account::Clearing;
    let mut reference = None;
    let (mut own, mut names) = (vec![entry.source.clone()], Vec::new());
    match entry.cause {
        Cause::Charge => {
            // Looking up a charge is dear, and seldom needed.
            if !references.is_empty() && !references.contains(entry.source.as_str()) {
                names.extend(snapshot.book.charge(&entry.source)?.payment_intent_id);
            }
        }
        Cause::Dispute | Cause::DisputeWon => {
            let dispute = snapshot.book.dispute(&entry.source)?;
            reference = dispute.network_reference;
            names.push(dispute.charge_id);
            names.extend(dispute.payment_intent_id);
        }
        _ => {
            let refund = snapshot.book.refund(&entry.source)?;
            reference = refund.external_reference;
            names.push(refund.charge_id);
            names.extend(refund.payment_intent_id);
        }
    }
    own.extend(reference.clone());
    let is_known = |name: &String| references.contains(name.as_str());
    // A refund's or dispute's reference comes before its id.
    let own = own.into_iter().rev().find(is_known);
    let is_own = own.is_some();
    let key = own.or_else(|| names.into_iter().find(is_known));
    Ok(Ours {
        seq: entry.seq,
        cause: entry.cause,
        source: entry.source.clone(),
        reference,
        key,
        is_own,
        amount: if is_paid { amount } else { amount.saturating_neg() },
        currency: posting.currency,
        day: layout.zone.clock(entry.effective_at.millis()).date(),
        is_due: days.period.holds(entry.effective_at),
    })
}

/// Whether the acquirer owes more or less for it.
fn moves_clearing(posting: &Posting) -> bool {
    posting.debit == Account::Clearing || posting.credit == Account::Clearing
}
