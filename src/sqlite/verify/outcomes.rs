//! What became of charges' funds, refunds, payouts and disputes, read along with the entries of the objects.

use rusqlite::Statement;

use super::{
    along::Along,
    row::EntryRow,
    wrong::{Checked, Wrong},
};
use crate::{
    sqlite::number,
    words::{
        entry::Cause,
        error::{Error, Result},
        finding::Invariant,
    },
};

/// The outcomes in a book, in the order of the entries that they are about. An outcome in another book
/// is found there, because it is about nothing in its own.
pub(super) const OUTCOMES: &str = "
    SELECT about, cause, entry FROM entries INDEXED BY entries_of_outcome
    WHERE about BETWEEN ?1 AND ?2 AND entry BETWEEN ?1 AND ?2
        AND (cause = 2 OR cause = 4 OR cause = 6 OR cause = 7 OR cause = 8
            OR cause = 13 OR cause = 14)
    ORDER BY about, cause";

pub(super) struct Outcomes<'a>(Along<'a>);

impl<'a> Outcomes<'a> {
    /// From the statement of [`OUTCOMES`].
    pub(super) fn of(statement: &'a mut Statement<'_>, book: [i64; 2]) -> Result<Self> {
        Ok(Self(Along::of(statement.query(book)?)))
    }

    /// Checks that the outcomes of an entry's object follow each other. Returns whether there are any.
    pub(super) fn check(&mut self, entry: &EntryRow<'_>) -> Checked<bool> {
        let mut last: Option<(Cause, i64)> = None;
        while let Some(row) = self.0.next_of(entry.key)? {
            let unknown = || Error::corrupt("an outcome with another cause");
            let cause = Cause::from_number(row.get(1)?).ok_or_else(unknown)?;
            let outcome: i64 = row.get(2)?;
            let follows = match (entry.cause, last) {
                (Cause::Charge, None) => cause == Cause::Maturity,
                (Cause::Refund, None) => cause == Cause::RefundFailure,
                (Cause::Dispute, None) => matches!(cause, Cause::DisputeWon | Cause::DisputeLost),
                (Cause::Payout, None) => matches!(cause, Cause::PayoutPaid | Cause::PayoutFailed),
                (Cause::Payout, Some((Cause::PayoutPaid, paid))) => {
                    cause == Cause::PayoutReturned && paid < outcome
                }
                (_, None | Some(_)) => false,
            };
            if !follows {
                return Err(Wrong::At(
                    format!("je_{}", number::within(outcome)),
                    match cause {
                        Cause::Maturity => Invariant::Maturity,
                        Cause::RefundFailure => Invariant::Reversal,
                        Cause::DisputeWon | Cause::DisputeLost => Invariant::Dispute,
                        _ => Invariant::Payout,
                    },
                ));
            }
            last = Some((cause, outcome));
        }
        Ok(last.is_some())
    }
}
