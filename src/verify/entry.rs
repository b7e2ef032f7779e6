//! What an entry must look like, told from the object that it is about.

use rusqlite::{Connection, OptionalExtension, named_params};

use super::{Invariant, book::EntryRow, charges::Charges};
use crate::{
    account::Account,
    chain::{Facts, Hash, text_hash},
    charge::{self, Charge},
    currency::Currency,
    error::{Error, Result},
    journal::{Cause, NewLine, Posting, posting},
    maturity,
    money::SignedAmount,
    refund::{self, Refund},
    text::metadata_from,
    transfer::{self, PayoutOutcome, Transfer, TransferKind},
};

/// What an entry must look like.
pub(super) struct Expected {
    /// Whether what is told of the object itself holds, and the promise that is broken if not.
    pub(super) sound: bool,
    pub(super) invariant: Invariant,
    pub(super) currency: Currency,
    pub(super) postings: Vec<Posting>,
    pub(super) reverses: Option<i64>,
    pub(super) line: Option<NewLine>,
    /// Whether the line's net still waits to mature.
    pub(super) matures: bool,
    pub(super) is_transfer: bool,
    object: Object,
}

/// The object that an entry is about.
enum Object {
    Charge(Box<Charge>),
    Maturity(String),
    Refund(Box<Refund>, Option<Hash>),
    RefundFailure(String),
    Transfer(Box<Transfer>, Cause, Option<Hash>),
    PayoutOutcome(String, Cause),
}

impl Expected {
    /// Calls `with` the facts that the entry's hash covers.
    pub(super) fn with_facts<T>(&self, with: impl FnOnce(Facts<'_>) -> T) -> T {
        with(match &self.object {
            Object::Charge(charge) => Facts::Charge(charge),
            Object::Maturity(charge_id) => Facts::Maturity { charge_id },
            Object::Refund(refund, text_hash) => Facts::Refund {
                id: &refund.id,
                charge_id: &refund.charge_id,
                amount: refund.amount.minor(),
                reason: refund.reason,
                external_reference: refund.external_reference.as_deref(),
                text_hash: *text_hash,
            },
            Object::RefundFailure(refund_id) => Facts::RefundFailure { refund_id },
            Object::Transfer(transfer, cause, text_hash) => Facts::Transfer {
                cause: *cause,
                id: &transfer.id,
                amount: transfer.amount,
                currency: transfer.currency.code(),
                text_hash: *text_hash,
            },
            Object::PayoutOutcome(payout_id, cause) => {
                Facts::PayoutOutcome { cause: *cause, payout_id }
            }
        })
    }

    /// An entry that reverses nothing and has no line on the statement.
    const fn plain(currency: Currency, postings: Vec<Posting>, object: Object) -> Self {
        Self {
            sound: true,
            invariant: Invariant::Entry,
            currency,
            postings,
            reverses: None,
            line: None,
            matures: false,
            is_transfer: false,
            object,
        }
    }

    /// A line of the statement that is available at once.
    const fn on_statement(mut self, amount: i64) -> Self {
        self.line = Some(NewLine { amount, fee: 0, available_on: None });
        self
    }

    const fn reversing(mut self, seq: Option<i64>) -> Self {
        self.reverses = seq;
        self
    }

    const fn if_sound(mut self, sound: bool, invariant: Invariant) -> Self {
        if self.sound {
            self.sound = sound;
            self.invariant = invariant;
        }
        self
    }
}

/// Tells what `entry` must look like.
pub(super) fn expected(
    conn: &Connection,
    merchant: i64,
    entry: &EntryRow,
    charges: &mut Charges<'_>,
) -> Result<Expected> {
    match entry.cause {
        Cause::Charge => charge(charges, entry),
        Cause::Maturity => matured(conn, merchant, entry),
        Cause::Refund => refund(conn, merchant, entry),
        Cause::RefundFailure => refund_failure(conn, merchant, entry),
        Cause::Payout => transfer(conn, merchant, entry, TransferKind::Payout),
        Cause::TopUp => transfer(conn, merchant, entry, TransferKind::TopUp),
        Cause::Settlement => transfer(conn, merchant, entry, TransferKind::Settlement),
        Cause::Adjustment => transfer(conn, merchant, entry, TransferKind::Adjustment),
        Cause::PayoutPaid => payout_outcome(conn, merchant, entry, PayoutOutcome::Paid),
        Cause::PayoutFailed => payout_outcome(conn, merchant, entry, PayoutOutcome::Failed),
        Cause::PayoutReturned => payout_outcome(conn, merchant, entry, PayoutOutcome::Returned),
    }
}

fn charge(charges: &mut Charges<'_>, entry: &EntryRow) -> Result<Expected> {
    let (known, has_matured) = charges.next(entry.source)?;
    let charge = known.charge;
    let posted_here =
        known.seq == Some(entry.seq) && charge.status == charge::ChargeStatus::Succeeded;
    let can_mature = maturity::net(&charge).is_some();
    // Whether it does wait is checked once for all charges, at the end.
    let matures = can_mature && !has_matured;
    let once = can_mature || !has_matured;
    let postings = charge::postings(charge.amount_captured, charge.fee, charge.currency);
    let line = NewLine {
        amount: charge.amount_captured.minor(),
        fee: charge.fee.minor(),
        available_on: Some(charge.available_on),
    };
    let plain = Expected::plain(charge.currency, postings, Object::Charge(Box::new(charge)));
    let expected = Expected { line: Some(line), matures, ..plain };
    Ok(expected.if_sound(posted_here, Invariant::Entry).if_sound(once, Invariant::Maturity))
}

fn matured(conn: &Connection, merchant: i64, entry: &EntryRow) -> Result<Expected> {
    let known = charge::facts_by_number(conn, merchant, entry.source)?;
    let charge = known.charge;
    let net = maturity::net(&charge).ok_or_else(|| Error::corrupt("nothing to mature"))?;
    let postings = vec![posting(Account::Pending, Account::Available, net, charge.currency)];
    let in_time =
        known.seq.is_some_and(|seq| seq < entry.seq) && charge.available_on == entry.effective_at;
    Ok(Expected::plain(charge.currency, postings, Object::Maturity(charge.id))
        .if_sound(in_time, Invariant::Maturity))
}

fn refund(conn: &Connection, merchant: i64, entry: &EntryRow) -> Result<Expected> {
    let refund = refund::by_seq(conn, merchant, entry.source)?;
    let reversed: Option<i64> = conn
        .prepare_cached(
            "SELECT c.seq FROM refunds r JOIN charges c USING (merchant, charge)
             WHERE r.merchant = :merchant AND r.seq = :seq",
        )?
        .query_row(named_params! { ":merchant": merchant, ":seq": entry.source }, |row| {
            row.get(0)
        })?;
    let (text_hash, text_sound) = text(
        conn,
        merchant,
        entry.seq,
        "SELECT text_hash FROM refunds WHERE merchant = :merchant AND seq = :seq",
    )?;
    let postings =
        vec![posting(Account::Available, Account::Clearing, refund.amount, refund.currency)];
    let amount = refund.amount.minor().saturating_neg();
    let currency = refund.currency;
    Ok(Expected::plain(currency, postings, Object::Refund(Box::new(refund), text_hash))
        .on_statement(amount)
        .reversing(reversed)
        .if_sound(entry.source == entry.seq, Invariant::Entry)
        .if_sound(text_sound, Invariant::Text))
}

fn refund_failure(conn: &Connection, merchant: i64, entry: &EntryRow) -> Result<Expected> {
    let refund = refund::by_seq(conn, merchant, entry.source)?;
    let postings =
        vec![posting(Account::Clearing, Account::Available, refund.amount, refund.currency)];
    Ok(Expected::plain(refund.currency, postings, Object::RefundFailure(refund.id))
        .on_statement(refund.amount.minor())
        .reversing(Some(entry.source))
        .if_sound(entry.source < entry.seq, Invariant::Reversal))
}

fn transfer(
    conn: &Connection,
    merchant: i64,
    entry: &EntryRow,
    kind: TransferKind,
) -> Result<Expected> {
    let transfer = transfer::by_seq(conn, merchant, entry.source)?;
    let (text_hash, text_sound) = text(
        conn,
        merchant,
        entry.seq,
        "SELECT text_hash FROM transfers WHERE merchant = :merchant AND seq = :seq",
    )?;
    let (currency, amount): (Currency, SignedAmount) = (transfer.currency, transfer.amount);
    let postings = vec![kind.posting(amount, currency)];
    let object = Object::Transfer(Box::new(transfer), entry.cause, text_hash);
    let plain = Expected::plain(currency, postings, object);
    // It is the entry that tells the transfer's kind, so the kinds agree where the entry is its own.
    Ok(Expected { is_transfer: true, line: kind.line(amount), ..plain }
        .if_sound(entry.source == entry.seq, Invariant::Entry)
        .if_sound(text_sound, Invariant::Text))
}

fn payout_outcome(
    conn: &Connection,
    merchant: i64,
    entry: &EntryRow,
    outcome: PayoutOutcome,
) -> Result<Expected> {
    let payout = transfer::by_seq(conn, merchant, entry.source)?;
    let amount = payout.amount.magnitude();
    let postings = vec![outcome.posting(amount, payout.currency)];
    let at = |cause| outcome_seq(conn, merchant, entry.source, cause);
    let follows = match outcome {
        PayoutOutcome::Paid => at(Cause::PayoutFailed)?.is_none(),
        PayoutOutcome::Failed => {
            at(Cause::PayoutPaid)?.is_none() && at(Cause::PayoutReturned)?.is_none()
        }
        PayoutOutcome::Returned => at(Cause::PayoutPaid)?.is_some_and(|paid| paid < entry.seq),
    };
    let follows = follows && entry.source < entry.seq && payout.kind == TransferKind::Payout;
    let object = Object::PayoutOutcome(payout.id, entry.cause);
    let expected =
        Expected::plain(payout.currency, postings, object).if_sound(follows, Invariant::Payout);
    Ok(match outcome {
        PayoutOutcome::Paid => expected,
        PayoutOutcome::Failed | PayoutOutcome::Returned => {
            expected.on_statement(amount.minor()).reversing(Some(entry.source))
        }
    })
}

/// The sequence number of an object's entry of this cause, among those that it can have once.
fn outcome_seq(conn: &Connection, merchant: i64, source: i64, cause: Cause) -> Result<Option<i64>> {
    Ok(conn
        .prepare_cached(
            "SELECT seq FROM entries
             WHERE merchant = :merchant AND source = :source AND cause = :cause
                 AND (cause = 2 OR cause = 4 OR cause = 6 OR cause = 7 OR cause = 8)",
        )?
        .query_row(
            named_params! { ":merchant": merchant, ":source": source, ":cause": cause.number() },
            |row| row.get(0),
        )
        .optional()?)
}

/// The hash that stands for a row's text, and whether the text that is kept is the one it covers.
/// A text that was erased leaves its hash behind.
fn text(conn: &Connection, merchant: i64, seq: i64, sql: &str) -> Result<(Option<Hash>, bool)> {
    let hash: Option<[u8; 32]> = conn
        .prepare_cached(sql)?
        .query_row(named_params! { ":merchant": merchant, ":seq": seq }, |row| row.get(0))?;
    let kept: Option<([u8; 16], Option<String>, Option<String>)> = conn
        .prepare_cached(
            "SELECT salt, description, metadata FROM texts
             WHERE merchant = :merchant AND seq = :seq",
        )?
        .query_row(named_params! { ":merchant": merchant, ":seq": seq }, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let hash = hash.map(Hash);
    let sound = match kept {
        None => true,
        Some((salt, description, metadata)) => {
            let metadata = metadata_from(metadata.as_deref())?;
            hash == Some(text_hash(salt, description.as_deref(), &metadata))
        }
    };
    Ok((hash, sound))
}
