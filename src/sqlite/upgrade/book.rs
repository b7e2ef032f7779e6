//! A merchant's book while it is copied: where its recordings end.

use rusqlite::{Connection, params};

use super::{copy::Copy, key, write};
use crate::{
    recording::{Action, Outcome, Position, hash::Covered},
    words::{chain::Hash, error::Result, time::Timestamp},
};

/// The book of one merchant.
pub(super) struct Book<'c, 'a> {
    pub(super) copy: &'c mut Copy<'a>,
    pub(super) merchant: i64,
    /// The number of the last recording.
    pub(super) n: i64,
    /// The sequence number of the last entry.
    pub(super) seq: i64,
    /// The running hash over all recordings so far.
    running: Hash,
}

impl<'c, 'a> Book<'c, 'a> {
    pub(super) fn begin(copy: &'c mut Copy<'a>, merchant: i64, id: &str) -> Self {
        let Position { n, hash, head } = Position::genesis(id);
        Self { copy, merchant, n, seq: head.seq, running: hash }
    }

    pub(super) const fn conn(&self) -> &'a Connection {
        self.copy.conn
    }

    /// The key of the row with this number.
    pub(super) fn key(&self, number: i64) -> Result<i64> {
        key(self.merchant, number)
    }

    /// The number of the recording that comes next.
    pub(super) const fn next(&self) -> i64 {
        self.n.saturating_add(1)
    }

    /// Writes a recording without an entry.
    pub(super) fn change(
        &mut self,
        recorded_at: Timestamp,
        action: &Action,
        outcome: Option<&Outcome>,
    ) -> Result<()> {
        let body = action.body(None).encode()?;
        let covered = Covered {
            n: self.next(),
            kind: action.kind(),
            recorded_at: recorded_at.millis(),
            entry: None,
            exponent: None,
            body: Some(&body),
            outcome: outcome.map(Outcome::digest),
        };
        let running = covered.hash(self.running);
        let (operation, idempotency_key, fingerprint) = match outcome {
            Some(Outcome::Kept { operation, key, fingerprint }) => {
                (Some(*operation as u8), Some(key.as_str()), Some(fingerprint))
            }
            Some(Outcome::Pruned { digest }) => (None, None, Some(digest)),
            None => (None, None, None),
        };
        write(
            self.conn(),
            "INSERT INTO changes (change, seq, kind, recorded_at, body, operation,
                 idempotency_key, fingerprint, running)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                self.key(covered.n)?,
                self.seq,
                covered.kind,
                covered.recorded_at,
                body,
                operation,
                idempotency_key,
                fingerprint,
                running.as_bytes(),
            ],
        )?;
        self.recorded(running)
    }

    /// The running hash after the next recording, which posts an entry with this hash.
    pub(super) fn hash_of_entry(
        &self,
        kind: i64,
        recorded_at: Timestamp,
        entry: Hash,
        exponent: Option<u32>,
    ) -> Hash {
        Covered {
            n: self.next(),
            kind,
            recorded_at: recorded_at.millis(),
            entry: Some(entry),
            exponent,
            body: None,
            outcome: None,
        }
        .hash(self.running)
    }

    /// Notes that the next recording was written.
    pub(super) fn recorded(&mut self, running: Hash) -> Result<()> {
        self.n = self.next();
        self.running = running;
        self.copy.recorded()
    }
}
