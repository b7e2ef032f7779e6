//! The chain of a book: each entry's hash covers the one before it and all that the entry records.
//!
//! The encoding is canonical and permanent; docs/chain.md writes it down with a test vector.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::words::{
    charge::Charge,
    dispute::DisputeReason,
    entry::{Cause, Postings},
    error::{Error, Result},
    hex::Hex,
    money::SignedAmount,
    refund::Reason,
    time::Timestamp,
};

/// The version of the encoding, first in what each entry's hash covers.
const VERSION: u8 = 1;

/// A SHA-256 hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub(crate) [u8; 32]);

impl Hash {
    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash of these bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The first 16 bytes: enough to tell a merchant's own requests apart.
    pub(crate) fn half(&self) -> [u8; 16] {
        let mut half = [0; 16];
        half.copy_from_slice(&self.0[..16]);
        half
    }

    /// What the first entry of a merchant's book is chained to.
    pub(crate) fn genesis(merchant_id: &str) -> Self {
        Self(
            Sha256::new()
                .chain_update("refundry/book/1")
                .chain_update(merchant_id)
                .finalize()
                .into(),
        )
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(self.0).fmt(f)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        Hex(self.0).serialize(to)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        Hex::deserialize(from).map(|Hex(bytes)| Self(bytes))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where a book's chain ends. Anyone who keeps one can detect later that something before it was
/// altered or cut off: see [`Ledger::verify`](crate::Ledger::verify).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The sequence number of the last entry; 0 if the book has none.
    pub seq: i64,
    /// The hash of the last entry; the genesis hash if the book has none.
    pub hash: Hash,
}

impl Head {
    /// Reads what a head is written as, `seq:hash`.
    ///
    /// ```
    /// let text = format!("12:{:064x}", 7);
    /// assert_eq!(refundry::Head::parse(&text)?.to_string(), text);
    /// # Ok::<(), refundry::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] for any other text.
    pub fn parse(text: &str) -> Result<Self> {
        const INVALID: Error = Error::ParameterInvalid {
            param: "head",
            expected: "a sequence number, a colon and 64 lower-case hexadecimal digits",
        };
        let (seq, digits) = text.split_once(':').ok_or(INVALID)?;
        let Hex(hash) = Hex::parse(digits).ok_or(INVALID)?;
        let head = Self { seq: seq.parse().map_err(|_| INVALID)?, hash: Hash(hash) };
        // One head has one text.
        if head.seq >= 0 && head.to_string() == text { Ok(head) } else { Err(INVALID) }
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

/// A place among all recordings of a book, those without a journal entry included. Anyone who keeps
/// one can detect later that something before it was altered or left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The number of the recording; 0 before the first.
    pub n: i64,
    /// The running hash over all recordings up to it.
    pub hash: Hash,
}

impl Mark {
    /// Where the book of a merchant begins.
    #[must_use]
    pub fn genesis(merchant_id: &str) -> Self {
        let mut to = Encoder::new();
        to.bytes(b"refundry/recordings/1").bytes(merchant_id.as_bytes());
        Self { n: 0, hash: to.finish() }
    }

    /// Reads what a mark is written as, `n:hash`.
    ///
    /// ```
    /// let text = format!("12:{:064x}", 7);
    /// assert_eq!(refundry::Mark::parse(&text)?.to_string(), text);
    /// # Ok::<(), refundry::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] for any other text.
    pub fn parse(text: &str) -> Result<Self> {
        const INVALID: Error = Error::ParameterInvalid {
            param: "after",
            expected: "a recording's number, a colon and 64 lower-case hexadecimal digits",
        };
        let Head { seq: n, hash } = Head::parse(text).map_err(|_| INVALID)?;
        Ok(Self { n, hash })
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.n, self.hash)
    }
}

/// What takes the canonical encoding in: a hash, or the bytes themselves.
pub(crate) trait Sink {
    fn put(&mut self, bytes: &[u8]);
}

impl Sink for Sha256 {
    fn put(&mut self, bytes: &[u8]) {
        self.update(bytes);
    }
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Values written in the canonical encoding: a hash in the making, or bytes.
pub(crate) struct Encoder<S = Sha256>(S);

impl Encoder {
    pub(crate) fn new() -> Self {
        Self(Sha256::new())
    }

    pub(crate) fn finish(self) -> Hash {
        Hash(self.0.finalize().into())
    }
}

impl Encoder<Vec<u8>> {
    pub(crate) const fn of_bytes() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl<S: Sink> Encoder<S> {
    /// Bytes of a known length, as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.put(bytes);
        self
    }

    /// A 64-bit integer, big-endian.
    pub(crate) fn int(&mut self, int: i64) -> &mut Self {
        self.bytes(&int.to_be_bytes())
    }

    /// A string: its length in bytes as 32 bits, big-endian, and its UTF-8.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.bytes(&length.to_be_bytes()).bytes(text.as_bytes())
    }

    /// Something that may be absent: a byte 0, or a byte 1 and the value.
    pub(crate) fn optional<T>(
        &mut self,
        value: Option<T>,
        write: impl FnOnce(&mut Self, T),
    ) -> &mut Self {
        self.bytes(&[u8::from(value.is_some())]);
        if let Some(value) = value {
            write(self, value);
        }
        self
    }

    pub(crate) fn optional_text(&mut self, text: Option<&str>) -> &mut Self {
        self.optional(text, |to, text| {
            to.text(text);
        })
    }

    /// A description and metadata: both or either may be absent.
    pub(crate) fn texts(
        &mut self,
        description: Option<&str>,
        metadata: &BTreeMap<String, String>,
    ) -> &mut Self {
        self.optional_text(description).int(i64::try_from(metadata.len()).unwrap_or(i64::MAX));
        for (key, value) in metadata {
            self.text(key).text(value);
        }
        self
    }
}

/// An entry as the chain sees it.
pub(crate) struct Link<'a> {
    pub(crate) seq: i64,
    pub(crate) effective_at: Timestamp,
    pub(crate) recorded_at: Timestamp,
    pub(crate) postings: &'a Postings,
    pub(crate) reverses: Option<i64>,
    pub(crate) facts: Facts<'a>,
}

/// The facts behind an entry, by its cause. Public ids only, so that the hash does not depend on
/// where the book is stored.
#[derive(Clone, Copy)]
pub(crate) enum Facts<'a> {
    Charge(&'a Charge),
    Maturity {
        charge_id: &'a str,
    },
    Refund {
        id: &'a str,
        charge_id: &'a str,
        amount: i64,
        reason: Option<Reason>,
        external_reference: Option<&'a str>,
        text_hash: Option<Hash>,
    },
    /// A payout, top-up, settlement or adjustment: the cause tells which.
    Transfer {
        cause: Cause,
        id: &'a str,
        amount: SignedAmount,
        currency: &'a str,
        text_hash: Option<Hash>,
    },
    Dispute {
        id: &'a str,
        charge_id: &'a str,
        amount: i64,
        fee: i64,
        reason: Option<DisputeReason>,
        network_reference: Option<&'a str>,
    },
    /// The share of a charge that goes to another book, or came from an entry of that.
    HandedOver {
        id: &'a str,
        charge: &'a Charge,
        amount: i64,
        other: &'a str,
    },
    TakenOver {
        id: &'a str,
        charge: &'a Charge,
        amount: i64,
        other: &'a str,
        source: Hash,
    },
    /// What became of a refund, payout or dispute: the cause tells what.
    Outcome {
        cause: Cause,
        id: &'a str,
    },
}

impl Facts<'_> {
    pub(crate) const fn cause(&self) -> Cause {
        match self {
            Self::Charge(_) => Cause::Charge,
            Self::Maturity { .. } => Cause::Maturity,
            Self::Refund { .. } => Cause::Refund,
            Self::Dispute { .. } => Cause::Dispute,
            Self::HandedOver { .. } => Cause::HandedOver,
            Self::TakenOver { .. } => Cause::TakenOver,
            Self::Transfer { cause, .. } | Self::Outcome { cause, .. } => *cause,
        }
    }

    /// Writes the facts in the order that docs/chain.md gives.
    fn encode(&self, to: &mut Encoder<impl Sink>) {
        match self {
            Self::Charge(charge) => {
                to.text(&charge.id)
                    .optional_text(charge.payment_intent_id.as_deref())
                    .int(charge.amount.minor())
                    .int(charge.amount_captured.minor())
                    .int(charge.fee.minor())
                    .text(charge.currency.code())
                    .int(charge.available_on.millis())
                    .int(charge.created_at.millis());
            }
            Self::Maturity { charge_id } => {
                to.text(charge_id);
            }
            Self::Refund { id, charge_id, amount, reason, external_reference, text_hash } => {
                to.text(id).text(charge_id).int(*amount);
                to.optional_text(reason.map(Reason::name)).optional_text(*external_reference);
                to.optional(*text_hash, |to, hash| {
                    to.bytes(&hash.0);
                });
            }
            Self::Transfer { id, amount, currency, text_hash, .. } => {
                to.text(id).int(amount.minor()).text(currency).optional(*text_hash, |to, hash| {
                    to.bytes(&hash.0);
                });
            }
            Self::Dispute { id, charge_id, amount, fee, reason, network_reference } => {
                to.text(id).text(charge_id).int(*amount).int(*fee);
                to.optional_text(reason.map(DisputeReason::name));
                to.optional_text(*network_reference);
            }
            Self::HandedOver { id, charge, amount, other } => share(to, id, charge, *amount, other),
            Self::TakenOver { id, charge, amount, other, source } => {
                share(to, id, charge, *amount, other);
                to.bytes(&source.0);
            }
            Self::Outcome { id, .. } => {
                to.text(id);
            }
        }
    }
}

/// Writes what both books say of a hand-over.
fn share(to: &mut Encoder<impl Sink>, id: &str, charge: &Charge, amount: i64, other: &str) {
    to.text(id)
        .text(&charge.id)
        .int(amount)
        .text(other)
        .int(charge.amount.minor())
        .int(charge.amount_captured.minor())
        .int(charge.fee.minor())
        .text(charge.currency.code())
        .int(charge.available_on.millis())
        .int(charge.created_at.millis());
}

impl Link<'_> {
    /// The hash of this entry after `previous`.
    pub(crate) fn hash(&self, previous: Hash) -> Hash {
        let mut to = Encoder::new();
        to.bytes(&[VERSION]).bytes(&previous.0);
        self.encode(&mut to);
        to.finish()
    }

    /// The entry itself, in the canonical encoding.
    pub(crate) fn encoding(&self) -> Vec<u8> {
        let mut to = Encoder::of_bytes();
        self.encode(&mut to);
        to.into_bytes()
    }

    fn encode(&self, to: &mut Encoder<impl Sink>) {
        to.int(self.seq)
            .int(self.facts.cause().number())
            .int(self.effective_at.millis())
            .int(self.recorded_at.millis())
            .optional(self.reverses, |to, seq| {
                to.int(seq);
            })
            .int(i64::try_from(self.postings.iter().count()).unwrap_or(i64::MAX));
        for posting in self.postings.iter() {
            to.int(posting.debit.number().into())
                .int(posting.credit.number().into())
                .int(posting.amount.minor())
                .text(posting.currency.code());
        }
        self.facts.encode(to);
    }
}

/// The hash that the chain covers in place of personal text: of 16 random bytes and the text.
pub(crate) fn text_hash(
    salt: [u8; 16],
    description: Option<&str>,
    metadata: &BTreeMap<String, String>,
) -> Hash {
    let mut to = Encoder::new();
    to.bytes(&salt).texts(description, metadata);
    to.finish()
}
