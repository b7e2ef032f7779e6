//! Recording: the rows of one recording, in one fixed order, each before what refers to it.

use rusqlite::{Connection, params};

use super::{charges, idempotency, intents, keys, maturing, merchants, number, texts};
use crate::{
    recording::{Action, Entry, Outcome, Recording, Taken, Text},
    words::{
        chain::Hash,
        error::{Error, Result},
        handover::Share,
        money::{Amount, Balance},
    },
};

/// Where a recording is written.
pub(crate) struct Record<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) merchant: i64,
    pub(crate) recording: &'a Recording,
    /// The number of the currency that it moves or names, if any.
    pub(crate) currency: Option<i64>,
    /// The last entry before it.
    pub(crate) last_seq: i64,
}

/// The columns of an entry that its action tells.
#[derive(Default)]
struct Columns<'a> {
    charge: Option<i64>,
    about: Option<i64>,
    id: Option<&'a str>,
    reason: Option<u8>,
    external_reference: Option<&'a str>,
    taken: Option<Taken>,
    /// What is handed over or taken over, and from which entry.
    share: Option<Amount>,
    source: Option<Hash>,
}

impl<'a> Columns<'a> {
    fn of(share: &'a Share) -> Self {
        Self {
            id: Some(&share.id),
            external_reference: Some(&share.other),
            share: Some(share.amount),
            ..Self::default()
        }
    }
}

impl Record<'_> {
    /// Writes all rows.
    pub(crate) fn write(&self) -> Result<()> {
        let number = self.object()?;
        match &self.recording.entry {
            Some(entry) => self.entry(entry, number)?,
            None => self.change()?,
        }
        self.after(number)?;
        self.text()?;
        self.key()
    }

    /// The row of the object, where it has one of its own. Returns the number of a charge.
    fn object(&self) -> Result<Option<i64>> {
        let Self { conn, merchant, recording, .. } = *self;
        let seq = recording.entry.as_ref().map(|entry| entry.head.seq);
        match &recording.action {
            Action::Merchant(new) => merchants::insert(conn, merchant, new)?,
            Action::Limit(limit) => merchants::set_limit(conn, merchant, limit)?,
            Action::UniqueReferences(required) => {
                merchants::require_unique_references(conn, merchant, *required)?;
            }
            Action::ApiKey(hash) => keys::insert(conn, merchant, hash, recording.recorded_at)?,
            Action::ApiKeyRevocation(hash) => keys::revoke(conn, hash, recording.recorded_at)?,
            Action::PaymentIntent { intent, .. } => {
                intents::insert(conn, merchant, recording.n, intent, self.currency()?)?;
            }
            Action::Charge { charge, intent, .. } => {
                let references = charges::References {
                    merchant,
                    n: recording.n,
                    intent: *intent,
                    currency: self.currency()?,
                    seq,
                    text_hash: recording.text.as_ref().map(Text::hash),
                };
                return Ok(Some(charges::insert(conn, charge, &references)?));
            }
            Action::TakenOver { charge: None, share, .. } => {
                let references = charges::References {
                    merchant,
                    n: recording.n,
                    intent: None,
                    currency: self.currency()?,
                    seq,
                    text_hash: None,
                };
                return Ok(Some(charges::insert(conn, &share.charge, &references)?));
            }
            Action::TakenOver { charge, .. } => return Ok(*charge),
            Action::ChargeConclusion { number, charge } => {
                charges::conclude(conn, merchant, *number, charge, seq)?;
                return Ok(Some(*number));
            }
            Action::Refund { .. }
            | Action::Transfer { .. }
            | Action::RefundFailure { .. }
            | Action::PayoutOutcome { .. }
            | Action::Dispute { .. }
            | Action::DisputeOutcome { .. }
            | Action::HandedOver { .. }
            | Action::Maturity { .. }
            | Action::Refusal(_)
            | Action::Pruning { .. }
            | Action::Erasure { .. }
            | Action::Answer { .. } => {}
        }
        Ok(None)
    }

    fn currency(&self) -> Result<i64> {
        self.currency.ok_or(Error::Internal { expected: "the currency of what is recorded" })
    }

    /// What the action says in the row of its entry.
    fn columns(&self, number: Option<i64>) -> Columns<'_> {
        let about = |seq: i64| Some(number::key(self.merchant, seq));
        match &self.recording.action {
            Action::Charge { .. } | Action::ChargeConclusion { .. } => {
                Columns { charge: number, ..Columns::default() }
            }
            Action::Maturity { number, posted, .. } => {
                Columns { charge: Some(*number), about: about(*posted), ..Columns::default() }
            }
            Action::Refund { charge, taken, refund } => Columns {
                charge: Some(*charge),
                about: self.recording.entry.as_ref().and_then(|entry| about(entry.reverses?)),
                id: Some(&refund.id),
                reason: refund.reason.map(|reason| reason as u8),
                external_reference: refund.external_reference.as_deref(),
                taken: Some(*taken),
                ..Columns::default()
            },
            Action::RefundFailure { charge, taken, seq, .. } => Columns {
                charge: Some(*charge),
                about: about(*seq),
                taken: Some(*taken),
                ..Columns::default()
            },
            Action::Transfer { transfer, .. } => {
                Columns { id: Some(&transfer.id), ..Columns::default() }
            }
            Action::PayoutOutcome { seq, .. } => {
                Columns { about: about(*seq), ..Columns::default() }
            }
            Action::Dispute { charge, taken, dispute } => Columns {
                charge: Some(*charge),
                about: self.recording.entry.as_ref().and_then(|entry| about(entry.reverses?)),
                id: Some(&dispute.id),
                reason: dispute.reason.map(|reason| reason as u8),
                external_reference: dispute.network_reference.as_deref(),
                taken: Some(*taken),
                ..Columns::default()
            },
            Action::DisputeOutcome { charge, taken, seq, .. } => Columns {
                charge: Some(*charge),
                about: about(*seq),
                taken: Some(*taken),
                ..Columns::default()
            },
            Action::HandedOver { charge, taken, share } => {
                Columns { charge: Some(*charge), taken: Some(*taken), ..Columns::of(share) }
            }
            Action::TakenOver { taken, share, source, .. } => Columns {
                charge: number,
                taken: Some(*taken),
                source: Some(*source),
                ..Columns::of(share)
            },
            Action::Merchant(_)
            | Action::Limit(_)
            | Action::UniqueReferences(_)
            | Action::ApiKey(_)
            | Action::ApiKeyRevocation(_)
            | Action::PaymentIntent { .. }
            | Action::Refusal(_)
            | Action::Pruning { .. }
            | Action::Erasure { .. }
            | Action::Answer { .. } => Columns::default(),
        }
    }

    /// The row of the entry, whose columns are in the schema's order: a statement is looked up by its text each
    /// time, so that a short one is found sooner. The balances after it are stored before the commit.
    fn entry(&self, entry: &Entry, number: Option<i64>) -> Result<()> {
        let recording = self.recording;
        let columns = self.columns(number);
        let cause = recording.action.cause().map(|cause| cause.number());
        let effective_at =
            (entry.effective_at != recording.recorded_at).then_some(entry.effective_at.millis());
        let first = entry.postings.first.as_ref();
        let currency = self.currency()?;
        // Of a charge it stands in the charge's own row.
        let text_hash = recording.text.as_ref().filter(|_| columns.id.is_some()).map(Text::hash);
        let text_hash = text_hash.or(columns.source);
        let key = KeyColumns::of(recording);
        // Nothing is null.
        let sum = |of: fn(Taken) -> Balance| {
            columns.taken.map(|taken| of(taken).minor()).filter(|sum| *sum != 0)
        };
        self.conn
            .prepare_cached(
                "INSERT INTO entries VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            )?
            .execute(params![
                number::key(self.merchant, entry.head.seq),
                self.merchant,
                recording.n,
                cause,
                columns.charge,
                columns.about,
                recording.recorded_at.millis(),
                effective_at,
                first.map(|first| first.debit.number()),
                first.map(|first| first.credit.number()),
                first.map(|first| first.amount).or(columns.share).map(Amount::minor),
                currency,
                entry.postings.fee().map(|fee| fee.minor()),
                columns.id,
                columns.reason,
                columns.external_reference,
                columns.taken.map(|taken| taken.refunded.minor()),
                text_hash.as_ref().map(Hash::as_bytes),
                key.operation,
                key.key,
                key.fingerprint,
                entry.head.hash.as_bytes(),
                recording.hash.as_bytes(),
                sum(|taken| taken.disputed),
                sum(|taken| taken.elsewhere),
            ])?;
        Ok(())
    }

    /// The row of a recording without an entry.
    fn change(&self) -> Result<()> {
        let recording = self.recording;
        let key = KeyColumns::of(recording);
        self.conn.prepare_cached("INSERT INTO changes VALUES (?,?,?,?,?,?,?,?,?)")?.execute(
            params![
                number::key(self.merchant, recording.n),
                self.last_seq,
                recording.action.kind(),
                recording.recorded_at.millis(),
                recording.action.body(recording.text.as_ref()).encode()?,
                key.operation,
                key.key,
                key.fingerprint,
                recording.hash.as_bytes(),
            ],
        )?;
        Ok(())
    }

    /// What follows from the action in other tables.
    fn after(&self, number: Option<i64>) -> Result<()> {
        let Self { conn, merchant, recording, .. } = *self;
        match &recording.action {
            Action::Charge { charge, .. } | Action::ChargeConclusion { charge, .. } => {
                match (&recording.entry, number) {
                    (Some(_), Some(number)) => maturing::schedule(conn, merchant, number, charge),
                    (Some(_) | None, _) => Ok(()),
                }
            }
            Action::Maturity { charge, .. } => maturing::finish(conn, merchant, charge),
            Action::Pruning { through } => idempotency::prune(conn, merchant, *through),
            Action::Erasure { n } => texts::erase(conn, merchant, *n),
            Action::Merchant(_)
            | Action::Limit(_)
            | Action::UniqueReferences(_)
            | Action::ApiKey(_)
            | Action::ApiKeyRevocation(_)
            | Action::PaymentIntent { .. }
            | Action::Refund { .. }
            | Action::RefundFailure { .. }
            | Action::Transfer { .. }
            | Action::PayoutOutcome { .. }
            | Action::Dispute { .. }
            | Action::DisputeOutcome { .. }
            | Action::HandedOver { .. }
            | Action::TakenOver { .. }
            | Action::Refusal(_)
            | Action::Answer { .. } => Ok(()),
        }
    }

    fn text(&self) -> Result<()> {
        let Some(Text::Kept { salt, .. }) = &self.recording.text else { return Ok(()) };
        let (description, metadata) = self.recording.words();
        texts::insert(self.conn, self.merchant, self.recording.n, salt, description, metadata)
    }

    /// Where the idempotency key is found.
    fn key(&self) -> Result<()> {
        match &self.recording.outcome {
            Some(Outcome::Kept { operation, key, .. }) => {
                idempotency::insert(self.conn, self.merchant, self.recording.n, *operation, key)
            }
            Some(Outcome::Pruned { .. }) | None => Ok(()),
        }
    }
}

/// The columns of a recording's idempotency key.
#[derive(Default)]
struct KeyColumns<'a> {
    operation: Option<u8>,
    key: Option<&'a str>,
    fingerprint: Option<&'a [u8; 16]>,
}

impl<'a> KeyColumns<'a> {
    fn of(recording: &'a Recording) -> Self {
        match &recording.outcome {
            None => Self::default(),
            Some(Outcome::Pruned { digest }) => {
                Self { fingerprint: Some(digest), ..Self::default() }
            }
            Some(Outcome::Kept { operation, key, fingerprint }) => Self {
                operation: Some(*operation as u8),
                key: Some(key.as_str()),
                fingerprint: Some(fingerprint),
            },
        }
    }
}
