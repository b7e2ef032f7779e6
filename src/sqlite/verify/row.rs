//! An entry as its row says, before any of it is trusted.

use rusqlite::Row;

use super::{
    currencies::{Currencies, Known},
    keys::KeyRow,
    wrong::{Checked, Wrong, hold},
};
use crate::{
    sqlite::number,
    words::{
        account::Account,
        chain::{Facts, Hash, Link},
        entry::{Cause, Posting, Postings},
        finding::Invariant,
        money::Amount,
        time::Timestamp,
    },
};

/// The entries of a book in their order, for [`EntryRow::read`].
pub(super) const ENTRIES: &str = "
    SELECT n, entry, merchant, cause, charge, about, recorded_at, effective_at, debit, credit, amount,
        currency, fee, id, reason, external_reference, refunded, text_hash, hash, running,
        operation, idempotency_key, fingerprint, disputed, elsewhere
    FROM entries WHERE entry BETWEEN ?1 AND ?2 ORDER BY entry";

/// A row of the journal.
pub(super) struct EntryRow<'a> {
    pub(super) n: i64,
    /// The merchant and the sequence number.
    pub(super) key: i64,
    pub(super) cause: Cause,
    pub(super) charge: Option<i64>,
    pub(super) about: Option<i64>,
    pub(super) recorded_at: Timestamp,
    pub(super) effective_at: Timestamp,
    pub(super) postings: Postings,
    /// What is handed over or taken over.
    pub(super) share: Option<Amount>,
    /// The number of the currency, and what is known of it.
    pub(super) currency: i64,
    pub(super) exponent: u32,
    pub(super) id: Option<&'a str>,
    /// The number of a refund's or dispute's reason.
    pub(super) reason: Option<i64>,
    pub(super) external_reference: Option<&'a str>,
    pub(super) refunded: Option<i64>,
    pub(super) disputed: Option<i64>,
    pub(super) elsewhere: Option<i64>,
    pub(super) text_hash: Option<Hash>,
    pub(super) hash: Hash,
    pub(super) running: Hash,
    pub(super) outcome: KeyRow<'a>,
}

/// The sequence number of the entry in a row of [`ENTRIES`].
pub(super) fn seq(row: &Row<'_>) -> rusqlite::Result<i64> {
    Ok(number::within(row.get(1)?))
}

impl<'a> EntryRow<'a> {
    /// Reads a row of a merchant's book.
    pub(super) fn read(row: &'a Row<'_>, merchant: i64, currencies: &Currencies) -> Checked<Self> {
        hold(row.get::<_, i64>(2)? == merchant, Invariant::Readable)?;
        let cause = Cause::from_number(row.get(3)?).ok_or(Wrong::Here(Invariant::Readable))?;
        let recorded_at = Timestamp::from_stored(row.get(6)?)?;
        let currency = row.get(11)?;
        let is_handover = matches!(cause, Cause::HandedOver | Cause::TakenOver);
        let share = if is_handover { Some(share(row)?) } else { None };
        let (postings, known) = postings(row, currencies.get(currency), is_handover)?;
        let entry = Self {
            n: row.get(0)?,
            key: row.get(1)?,
            cause,
            charge: row.get(4)?,
            about: row.get(5)?,
            recorded_at,
            effective_at: effective_at(row.get(7)?, recorded_at)?,
            postings,
            share,
            currency,
            exponent: known.exponent,
            id: text(row, 13)?,
            reason: row.get(14)?,
            external_reference: text(row, 15)?,
            refunded: row.get(16)?,
            disputed: row.get(23)?,
            elsewhere: row.get(24)?,
            text_hash: row.get::<_, Option<[u8; 32]>>(17)?.map(Hash),
            hash: Hash(row.get(18)?),
            running: Hash(row.get(19)?),
            outcome: KeyRow::read(row, 20)?,
        };
        entry.check_form(merchant)?;
        Ok(entry)
    }

    /// Each column is null or not as the cause demands.
    fn check_form(&self, merchant: i64) -> Checked<()> {
        use Cause::{Charge, Maturity, PayoutFailed, PayoutPaid, PayoutReturned};
        let of_disputes =
            matches!(self.cause, Cause::Dispute | Cause::DisputeWon | Cause::DisputeLost);
        let of_refunds = matches!(self.cause, Cause::Refund | Cause::RefundFailure);
        let of_handovers = matches!(self.cause, Cause::HandedOver | Cause::TakenOver);
        let takes = of_refunds || of_disputes || of_handovers;
        let of_charge = matches!(self.cause, Charge | Maturity) || takes;
        let of_payout = matches!(self.cause, PayoutPaid | PayoutFailed | PayoutReturned);
        let is_about_another = (of_charge && self.cause != Charge && !of_handovers) || of_payout;
        let has_reason = matches!(self.cause, Cause::Refund | Cause::Dispute);
        let is_object = has_reason || of_handovers || (!of_charge && !of_payout);
        let sound = self.charge.is_some() == of_charge
            && self.id.is_some() == is_object
            && self.refunded.is_some() == takes
            && (takes || (self.disputed.is_none() && self.elsewhere.is_none()))
            && (has_reason || self.reason.is_none())
            && (has_reason || self.external_reference.is_some() == of_handovers)
            && (is_object || self.text_hash.is_none())
            && (!of_disputes || self.text_hash.is_none())
            && (!of_handovers || self.text_hash.is_some() == (self.cause == Cause::TakenOver));
        hold(sound, Invariant::Readable)?;
        let first = number::key(merchant, 1);
        let is_before = |about: i64| (first..self.key).contains(&about);
        hold(
            self.about.is_some() == is_about_another && self.about.is_none_or(is_before),
            Invariant::Reversal,
        )
    }

    /// What is refunded, disputed and elsewhere of its charge after it.
    pub(super) fn takes(
        &self,
        refunded: Option<i64>,
        disputed: Option<i64>,
        elsewhere: Option<i64>,
    ) -> Checked<()> {
        let not_negative = |sum: &i64| *sum >= 0;
        let refunded = refunded.filter(not_negative);
        hold(refunded.is_some() && self.refunded == refunded, Invariant::Refunded)?;
        // Nothing is null, as it was before there were disputes.
        let disputed = disputed.filter(not_negative);
        let here = self.disputed.unwrap_or(0);
        hold(disputed == Some(here) && self.disputed != Some(0), Invariant::Dispute)?;
        let elsewhere = elsewhere.filter(not_negative);
        let here = self.elsewhere.unwrap_or(0);
        hold(elsewhere == Some(here) && self.elsewhere != Some(0), Invariant::Handover)
    }

    /// The sequence number of the entry that it reverses.
    pub(super) fn reverses(&self) -> Option<i64> {
        self.about.filter(|_| self.cause.is_reversal()).map(number::within)
    }

    /// Its link in the chain after `previous`, if it is made from these facts.
    pub(super) fn link(&self, previous: Hash, facts: Facts<'_>) -> Hash {
        Link {
            seq: number::within(self.key),
            effective_at: self.effective_at,
            recorded_at: self.recorded_at,
            postings: &self.postings,
            reverses: self.reverses(),
            facts,
        }
        .hash(previous)
    }

    /// It posts this and nothing else.
    pub(super) fn posts(&self, postings: Postings) -> Checked<()> {
        hold(self.postings == postings, Invariant::Entry)
    }
}

/// A text that may be null.
pub(super) fn text<'a>(row: &'a Row<'_>, column: usize) -> Checked<Option<&'a str>> {
    let text = row.get_ref(column)?.as_str_or_null();
    text.map_err(|_| Wrong::Here(Invariant::Readable))
}

/// One moment is written in one way.
fn effective_at(effective_at: Option<i64>, recorded_at: Timestamp) -> Checked<Timestamp> {
    let Some(effective_at) = effective_at else { return Ok(recorded_at) };
    let effective_at = Timestamp::from_stored(effective_at)?;
    hold(effective_at != recorded_at, Invariant::Readable)?;
    Ok(effective_at)
}

/// What a hand-over is of.
fn share(row: &Row<'_>) -> Checked<Amount> {
    let amount: Option<i64> = row.get(10)?;
    amount_of(amount.ok_or(Wrong::Here(Invariant::Handover))?)
}

fn amount_of(minor: i64) -> Checked<Amount> {
    Amount::from_minor(minor).map_err(|_| Wrong::Here(Invariant::Posting))
}

/// What the entry moves: positive, in one currency, between two accounts; or nothing.
fn postings(row: &Row<'_>, known: Option<&Known>, is_handover: bool) -> Checked<(Postings, Known)> {
    let known = known.ok_or(Wrong::Here(Invariant::Posting))?;
    // The amount of a hand-over is no posting's.
    let amount = if is_handover { None } else { row.get(10)? };
    let columns: [Option<i64>; 4] = [row.get(8)?, row.get(9)?, amount, row.get(12)?];
    let [Some(debit), Some(credit), Some(amount), fee] = columns else {
        hold(columns == [None; 4], Invariant::Posting)?;
        return Ok((Postings::none(known.currency), *known));
    };
    let (Some(debit), Some(credit)) = (Account::from_number(debit), Account::from_number(credit))
    else {
        return Err(Wrong::Here(Invariant::Posting));
    };
    hold(debit != credit, Invariant::Posting)?;
    let first = Posting::new(debit, credit, amount_of(amount)?, known.currency);
    Ok((Postings::with_fee(first, fee.map(amount_of).transpose()?), *known))
}
