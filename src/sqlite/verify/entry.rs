//! What an entry must look like, told from the object that it is about.

use rusqlite::{CachedStatement, Connection, OptionalExtension};

use super::{
    charges::{ChargeRow, Charges},
    currencies::Currencies,
    outcomes::Outcomes,
    row::EntryRow,
    wrong::{Checked, Wrong, hold},
};
use crate::words::{
    chain::{Facts, Hash},
    currency::Currency,
    dispute::{self, DisputeReason},
    entry::{Cause, Posting, Postings},
    error::{Error, Result},
    finding::Invariant,
    money::{Amount, Fee},
    refund::{self, Reason},
    transfer::{PayoutOutcome, TransferKind},
};

/// What is expected of an entry that posts what its object says.
pub(super) struct Expected {
    /// Its link in the chain.
    pub(super) link: Hash,
    /// The kind of its recording.
    pub(super) kind: i64,
    /// The exponent that the recording may have frozen.
    pub(super) exponent: Option<u32>,
    /// The charge that it posts.
    pub(super) posted: Option<Posted>,
}

/// A charge that an entry posts.
pub(super) struct Posted {
    pub(super) row: ChargeRow,
    /// Whether the charge's funds still wait to mature.
    pub(super) waits: bool,
}

/// What the entries of a book are about.
pub(super) struct Objects<'a> {
    pub(super) currencies: &'a Currencies,
    pub(super) charges: Charges<'a>,
    pub(super) outcomes: Outcomes<'a>,
    by_entry: CachedStatement<'a>,
}

/// An earlier entry, whose refund, payout or dispute has an outcome.
struct Object {
    cause: Option<Cause>,
    id: String,
    amount: Amount,
    fee: Fee,
    currency: Currency,
    charge: Option<i64>,
}

impl<'a> Objects<'a> {
    pub(super) fn of(
        conn: &'a Connection,
        currencies: &'a Currencies,
        charges: Charges<'a>,
        outcomes: Outcomes<'a>,
    ) -> Result<Self> {
        let by_entry = conn.prepare_cached(
            "SELECT cause, id, amount, currency, charge, fee FROM entries WHERE entry = ?1",
        )?;
        Ok(Self { currencies, charges, outcomes, by_entry })
    }

    /// Tells what is expected of `entry` after `previous`.
    pub(super) fn expected(&mut self, entry: &EntryRow<'_>, previous: Hash) -> Checked<Expected> {
        let has_outcomes = self.outcomes.check(entry)?;
        match entry.cause {
            Cause::Charge => self.charge(entry, previous, has_outcomes),
            Cause::Maturity => self.maturity(entry, previous),
            Cause::Refund => self.refund(entry, previous),
            Cause::RefundFailure => self.refund_failure(entry, previous),
            Cause::Payout => transfer(entry, previous, TransferKind::Payout),
            Cause::TopUp => transfer(entry, previous, TransferKind::TopUp),
            Cause::Settlement => transfer(entry, previous, TransferKind::Settlement),
            Cause::Adjustment => transfer(entry, previous, TransferKind::Adjustment),
            Cause::PayoutPaid => self.payout_outcome(entry, previous, PayoutOutcome::Paid),
            Cause::PayoutFailed => self.payout_outcome(entry, previous, PayoutOutcome::Failed),
            Cause::PayoutReturned => self.payout_outcome(entry, previous, PayoutOutcome::Returned),
            Cause::Dispute => self.dispute(entry, previous),
            Cause::DisputeWon | Cause::DisputeLost => self.dispute_outcome(entry, previous),
            Cause::HandedOver => self.handed_over(entry, previous),
            Cause::TakenOver => self.taken_over(entry, previous),
        }
    }

    fn charge(
        &mut self,
        entry: &EntryRow<'_>,
        previous: Hash,
        has_matured: bool,
    ) -> Checked<Expected> {
        let row = self.charges.by_number(entry.n, about(entry.charge)?)?;
        let charge = &row.charge;
        let posted_here = row.entry == Some(entry.key);
        hold(posted_here && charge.postings() == Some(entry.postings), Invariant::Entry)?;
        let can_mature = charge.net().is_some();
        hold(can_mature || !has_matured, Invariant::Maturity)?;
        let link = entry.link(previous, Facts::Charge(charge));
        // One that an earlier recording made is concluded by this one.
        hold(row.n <= entry.n, Invariant::Change)?;
        let concluded = row.n < entry.n;
        Ok(Expected {
            link,
            kind: if concluded { 26 } else { Cause::Charge.number() },
            exponent: (!concluded).then_some(row.exponent),
            posted: Some(Posted { row, waits: can_mature && !has_matured }),
        })
    }

    fn maturity(&mut self, entry: &EntryRow<'_>, previous: Hash) -> Checked<Expected> {
        let row = self.charges.known(about(entry.charge)?)?;
        let charge = row.charge;
        let in_time = row.entry == entry.about && charge.available_on == entry.effective_at;
        hold(in_time, Invariant::Maturity)?;
        let posting = charge.maturity().ok_or(Wrong::Here(Invariant::Maturity))?;
        entry.posts(Postings::one(posting))?;
        Ok(unfreezing(entry, previous, Facts::Maturity { charge_id: &charge.id }))
    }

    fn refund(&mut self, entry: &EntryRow<'_>, previous: Hash) -> Checked<Expected> {
        let target = self.charges.target(about(entry.charge)?, entry.key)?;
        let amount = first(entry)?.amount;
        entry.posts(Postings::one(refund::posting(amount, self.currency(target.currency)?)))?;
        hold(entry.about == target.entry, Invariant::Reversal)?;
        let refunded = target.refunded.checked_add(amount.minor());
        entry.takes(refunded, Some(target.disputed), Some(target.elsewhere))?;
        target.check_left(refunded, Some(target.disputed), Some(target.elsewhere))?;
        let facts = Facts::Refund {
            id: about(entry.id)?,
            charge_id: &target.id,
            amount: amount.minor(),
            reason: reason(entry.reason, Reason::from_number)?,
            external_reference: entry.external_reference,
            text_hash: entry.text_hash,
        };
        Ok(unfreezing(entry, previous, facts))
    }

    fn refund_failure(&mut self, entry: &EntryRow<'_>, previous: Hash) -> Checked<Expected> {
        let refund = self.by_entry(about(entry.about)?)?;
        let of_charge = refund.cause == Some(Cause::Refund) && refund.charge == entry.charge;
        hold(of_charge, Invariant::Reversal)?;
        entry.posts(Postings::one(refund::failure_posting(refund.amount, refund.currency)))?;
        let target = self.charges.target(about(entry.charge)?, entry.key)?;
        let refunded = target.refunded.checked_sub(refund.amount.minor());
        entry.takes(refunded, Some(target.disputed), Some(target.elsewhere))?;
        Ok(unfreezing(entry, previous, Facts::Outcome { cause: entry.cause, id: &refund.id }))
    }

    fn payout_outcome(
        &mut self,
        entry: &EntryRow<'_>,
        previous: Hash,
        outcome: PayoutOutcome,
    ) -> Checked<Expected> {
        let payout = self.by_entry(about(entry.about)?)?;
        hold(payout.cause == Some(Cause::Payout), Invariant::Payout)?;
        entry.posts(Postings::one(outcome.posting(payout.amount, payout.currency)))?;
        Ok(unfreezing(entry, previous, Facts::Outcome { cause: entry.cause, id: &payout.id }))
    }

    fn dispute(&mut self, entry: &EntryRow<'_>, previous: Hash) -> Checked<Expected> {
        let target = self.charges.target(about(entry.charge)?, entry.key)?;
        let (amount, fee) = (first(entry)?.amount, fee_of(entry.postings.fee()));
        entry.posts(dispute::postings(amount, fee, self.currency(target.currency)?))?;
        hold(entry.about == target.entry, Invariant::Reversal)?;
        let disputed = target.disputed.checked_add(amount.minor());
        entry.takes(Some(target.refunded), disputed, Some(target.elsewhere))?;
        target.check_left(Some(target.refunded), disputed, Some(target.elsewhere))?;
        let facts = Facts::Dispute {
            id: about(entry.id)?,
            charge_id: &target.id,
            amount: amount.minor(),
            fee: fee.minor(),
            reason: reason(entry.reason, DisputeReason::from_number)?,
            network_reference: entry.external_reference,
        };
        Ok(unfreezing(entry, previous, facts))
    }

    fn dispute_outcome(&mut self, entry: &EntryRow<'_>, previous: Hash) -> Checked<Expected> {
        let dispute = self.by_entry(about(entry.about)?)?;
        let of_charge = dispute.cause == Some(Cause::Dispute) && dispute.charge == entry.charge;
        hold(of_charge, Invariant::Reversal)?;
        let is_won = entry.cause == Cause::DisputeWon;
        let returned = fee_of(entry.postings.fee());
        hold(returned == Fee::ZERO || returned == dispute.fee, Invariant::Entry)?;
        entry.posts(if is_won {
            let posting = refund::failure_posting(dispute.amount, dispute.currency);
            Postings::with_fee(posting, returned.amount())
        } else {
            Postings::none(dispute.currency)
        })?;
        let target = self.charges.target(about(entry.charge)?, entry.key)?;
        let won = if is_won { dispute.amount.minor() } else { 0 };
        let disputed = target.disputed.checked_sub(won);
        entry.takes(Some(target.refunded), disputed, Some(target.elsewhere))?;
        Ok(unfreezing(entry, previous, Facts::Outcome { cause: entry.cause, id: &dispute.id }))
    }

    /// The refund, payout or dispute of an earlier entry.
    fn by_entry(&mut self, key: i64) -> Checked<Object> {
        let found = self.by_entry.query_row([key], |row| {
            let id: Option<String> = row.get(1)?;
            let fee: Option<i64> = row.get(5)?;
            Ok((
                row.get(0)?,
                id.unwrap_or_default(),
                row.get::<_, Option<i64>>(2)?.unwrap_or(0),
                row.get(3)?,
                row.get(4)?,
                fee.unwrap_or(0),
            ))
        });
        let (cause, id, amount, currency, charge, fee) =
            found.optional()?.ok_or(Wrong::Here(Invariant::Reference))?;
        Ok(Object {
            cause: Cause::from_number(cause),
            id,
            amount: Amount::from_stored(amount)?,
            fee: Fee::from_stored(fee)?,
            currency: self.currency(currency)?,
            charge,
        })
    }

    fn currency(&self, number: i64) -> Checked<Currency> {
        let known = self.currencies.get(number);
        Ok(known.ok_or(Wrong::Here(Invariant::Reference))?.currency)
    }
}

fn transfer(entry: &EntryRow<'_>, previous: Hash, kind: TransferKind) -> Checked<Expected> {
    let first = first(entry)?;
    let amount = kind.amount_of(first).filter(|_| entry.postings.fee().is_none());
    let facts = Facts::Transfer {
        cause: entry.cause,
        id: about(entry.id)?,
        amount: amount.ok_or(Wrong::Here(Invariant::Entry))?,
        currency: first.currency.code(),
        text_hash: entry.text_hash,
    };
    let exponent = Some(entry.exponent);
    Ok(Expected { exponent, ..unfreezing(entry, previous, facts) })
}

/// What is expected of an entry that freezes no exponent.
pub(super) fn unfreezing(entry: &EntryRow<'_>, previous: Hash, facts: Facts<'_>) -> Expected {
    Expected {
        link: entry.link(previous, facts),
        kind: entry.cause.number(),
        exponent: None,
        posted: None,
    }
}

/// The first posting of an entry, which has to have one.
fn first<'a>(entry: &'a EntryRow<'_>) -> Checked<&'a Posting> {
    entry.postings.first.as_ref().ok_or(Wrong::Here(Invariant::Entry))
}

fn fee_of(posted: Option<Amount>) -> Fee {
    posted.map_or(Fee::ZERO, Fee::from)
}

fn reason<T>(number: Option<i64>, known: impl Fn(i64) -> Option<T>) -> Checked<Option<T>> {
    let unknown = || Error::corrupt("an unknown reason");
    Ok(number.map(|number| known(number).ok_or_else(unknown)).transpose()?)
}

/// What an entry's form promised to be there.
pub(super) fn about<T>(column: Option<T>) -> Checked<T> {
    Ok(column.ok_or_else(|| Error::corrupt("an entry about nothing"))?)
}
