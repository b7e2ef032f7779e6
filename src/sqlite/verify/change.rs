//! A change as its row says: a recording that posts no entry.

use rusqlite::Row;

use super::{
    keys::KeyRow,
    row::text,
    wrong::{Checked, Wrong, hold},
};
use crate::{
    recording::{body::Body, hash::Covered},
    words::{chain::Hash, finding::Invariant, time::Timestamp},
};

/// The changes of a book in their order, for [`ChangeRow::read`].
pub(super) const CHANGES: &str = "
    SELECT change & 1099511627775, seq, kind, recorded_at, body, running, operation,
        idempotency_key, fingerprint
    FROM changes WHERE change BETWEEN ?1 AND ?2 ORDER BY change";

/// A row of the changes.
pub(super) struct ChangeRow<'a> {
    pub(super) n: i64,
    /// The last entry before it.
    pub(super) seq: i64,
    pub(super) kind: i64,
    pub(super) recorded_at: Timestamp,
    pub(super) running: Hash,
    pub(super) outcome: KeyRow<'a>,
    body: &'a str,
}

impl<'a> ChangeRow<'a> {
    pub(super) fn read(row: &'a Row<'_>) -> Checked<Self> {
        Ok(Self {
            n: row.get(0)?,
            seq: row.get(1)?,
            kind: row.get(2)?,
            recorded_at: Timestamp::from_stored(row.get(3)?)?,
            body: text(row, 4)?.ok_or(Wrong::Here(Invariant::Readable))?,
            running: Hash(row.get(5)?),
            outcome: KeyRow::read(row, 6)?,
        })
    }

    /// The running hash after `previous`.
    pub(super) fn hash(&self, previous: Hash) -> Hash {
        Covered {
            n: self.n,
            kind: self.kind,
            recorded_at: self.recorded_at.millis(),
            entry: None,
            exponent: None,
            body: Some(self.body),
            outcome: self.outcome.digest(),
        }
        .hash(previous)
    }

    /// What it says, in its one spelling and of its kind.
    pub(super) fn body(&self) -> Checked<Body> {
        let body = Body::decode(self.body)?;
        let canonical = body.encode()? == self.body;
        hold(canonical && kind(&body) == Some(self.kind), Invariant::Readable)?;
        Ok(body)
    }
}

/// The kind of a recording without an entry.
const fn kind(body: &Body) -> Option<i64> {
    Some(match body {
        Body::Merchant(_) => 20,
        Body::Limit { .. } => 21,
        Body::UniqueReferences { .. } => 31,
        Body::ApiKey { .. } => 22,
        Body::ApiKeyRevocation { .. } => 23,
        Body::PaymentIntent { .. } => 24,
        Body::Charge(_) => 25,
        Body::ChargeConclusion(_) => 26,
        Body::Refusal { .. } => 27,
        Body::Pruning { .. } => 28,
        Body::Erasure { .. } => 29,
        Body::Answer { .. } => 30,
        Body::Maturity { .. }
        | Body::Refund { .. }
        | Body::RefundFailure { .. }
        | Body::Payout(_)
        | Body::TopUp(_)
        | Body::Settlement(_)
        | Body::Adjustment(_)
        | Body::PayoutPaid { .. }
        | Body::PayoutFailed { .. }
        | Body::PayoutReturned { .. }
        | Body::Dispute(_)
        | Body::DisputeWon { .. }
        | Body::DisputeLost { .. }
        | Body::HandedOver { .. }
        | Body::TakenOver(_) => return None,
    })
}
