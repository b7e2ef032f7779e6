//! The running hash over a book's recordings: docs/feed.md writes the encoding down.

use super::{Outcome, Position, Recording};
use crate::words::chain::{Encoder, Hash, Head, Mark};

/// The version of the encoding, first in what each hash covers.
const VERSION: u8 = 1;

impl Position {
    /// Where a book begins, before its merchant is recorded.
    pub(crate) fn genesis(merchant_id: &str) -> Self {
        let head = Head { seq: 0, hash: Hash::genesis(merchant_id) };
        let Mark { n, hash } = Mark::genesis(merchant_id);
        Self { n, hash, head }
    }
}

/// What the running hash covers of a recording.
pub(crate) struct Covered<'a> {
    pub(crate) n: i64,
    pub(crate) kind: i64,
    pub(crate) recorded_at: i64,
    /// The entry's link in the journal's chain, which covers the rest of it.
    pub(crate) entry: Option<Hash>,
    pub(crate) exponent: Option<u32>,
    /// The body of a recording without an entry.
    pub(crate) body: Option<&'a str>,
    pub(crate) outcome: Option<[u8; 16]>,
}

impl Covered<'_> {
    /// The running hash after `previous`.
    pub(crate) fn hash(&self, previous: Hash) -> Hash {
        let mut to = Encoder::new();
        to.bytes(&[VERSION]).bytes(&previous.0);
        to.int(self.n).int(self.kind).int(self.recorded_at);
        to.optional(self.entry, |to, hash| {
            to.bytes(&hash.0);
        });
        to.optional(self.exponent, |to, exponent| {
            to.int(exponent.into());
        });
        to.optional_text(self.body);
        to.optional(self.outcome, |to, digest| {
            to.bytes(&digest);
        });
        to.finish()
    }
}

impl Recording {
    /// The running hash after `previous`, where `body` is the body of a recording without an entry.
    pub(crate) fn hash_after(&self, previous: Hash, body: Option<&str>) -> Hash {
        Covered {
            n: self.n,
            kind: self.action.kind(),
            recorded_at: self.recorded_at.millis(),
            entry: self.entry.as_ref().map(|entry| entry.head.hash),
            exponent: if self.entry.is_some() { self.action.exponent() } else { None },
            body,
            outcome: self.outcome.as_ref().map(Outcome::digest),
        }
        .hash(previous)
    }
}

impl Outcome {
    /// What the running hash covers of the outcome. It stays when the key is forgotten.
    pub(crate) fn digest(&self) -> [u8; 16] {
        match self {
            Self::Pruned { digest } => *digest,
            Self::Kept { operation, key, fingerprint } => {
                digest(i64::from(*operation as u8), key.as_str(), fingerprint)
            }
        }
    }
}

/// What the running hash covers of an idempotency key.
pub(crate) fn digest(operation: i64, key: &str, fingerprint: &[u8; 16]) -> [u8; 16] {
    let mut to = Encoder::new();
    to.int(operation).text(key).bytes(fingerprint);
    to.finish().half()
}
