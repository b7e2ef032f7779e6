//! The canonical line of a recording: one JSON object with its fields in one fixed order, written
//! down in docs/feed.md. One recording has one line.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Action, Entry, Outcome, Recording, Text, hash};
use crate::words::{
    chain::{Hash, Head, text_hash},
    charge::{Charge, ChargeStatus},
    currency::Currency,
    entry::Posting,
    error::{Error, Result},
    hex::Hex,
    idempotency::Operation,
    merchant::{Merchant, NegativeBalanceLimit},
    money::{Amount, Fee, SignedAmount},
    refund::Reason,
    refusal::Refusal,
    time::Timestamp,
    transfer::{PayoutOutcome, TransferKind},
};

/// A recording as it travels: public ids only, so that it means the same in every ledger.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Line {
    pub(crate) n: i64,
    pub(crate) recorded_at: Timestamp,
    pub(crate) action: Body,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) entry: Option<EntryLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<TextLine>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) outcome: Option<OutcomeLine>,
    pub(crate) hash: Hash,
}

/// What was done, by the public ids of what it is about.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(crate) enum Body {
    Merchant(Merchant),
    Limit {
        negative_balance_limit: NegativeBalanceLimit,
    },
    UniqueReferences {
        required: bool,
    },
    ApiKey {
        hash: Hash,
    },
    ApiKeyRevocation {
        hash: Hash,
    },
    PaymentIntent {
        id: String,
        amount: Amount,
        currency: Currency,
        exponent: u32,
        created_at: Timestamp,
    },
    Charge(ChargeBody),
    ChargeConclusion(ChargeBody),
    Maturity {
        charge_id: String,
    },
    Refund {
        id: String,
        charge_id: String,
        amount: Amount,
        currency: Currency,
        reason: Option<Reason>,
        external_reference: Option<String>,
    },
    RefundFailure {
        refund_id: String,
    },
    Payout(TransferBody),
    #[serde(rename = "topup")]
    TopUp(TransferBody),
    Settlement(TransferBody),
    Adjustment(TransferBody),
    PayoutPaid {
        payout_id: String,
    },
    PayoutFailed {
        payout_id: String,
    },
    PayoutReturned {
        payout_id: String,
    },
    Refusal {
        number: u16,
        /// As digits, because JSON readers may round a large number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fact: Option<String>,
    },
    Pruning {
        through: i64,
    },
    Erasure {
        n: i64,
    },
    Answer {
        source: String,
    },
}

/// A charge, as it was created or concluded.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ChargeBody {
    pub(crate) id: String,
    pub(crate) payment_intent_id: Option<String>,
    pub(crate) amount: Amount,
    pub(crate) amount_captured: Amount,
    pub(crate) fee: Fee,
    pub(crate) currency: Currency,
    /// Only of a charge that is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) exponent: Option<u32>,
    pub(crate) status: ChargeStatus,
    pub(crate) available_on: Timestamp,
    pub(crate) created_at: Timestamp,
    /// Of a charge that is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) external_reference: Option<String>,
    /// The hash of the description and metadata of a charge that is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) text_hash: Option<Hash>,
}

/// A payout, top-up, settlement or adjustment.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TransferBody {
    pub(crate) id: String,
    pub(crate) amount: SignedAmount,
    pub(crate) currency: Currency,
    pub(crate) exponent: u32,
}

/// The journal entry of a recording.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct EntryLine {
    pub(crate) seq: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reverses: Option<i64>,
    pub(crate) effective_at: Timestamp,
    pub(crate) postings: Vec<Posting>,
    pub(crate) hash: Hash,
}

/// The personal text of a recording, or the hash that it left.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum TextLine {
    Kept { salt: Hex<16>, description: Option<String>, metadata: BTreeMap<String, String> },
    Erased { hash: Hash },
}

/// What became of an idempotency key, or the digest that it left.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum OutcomeLine {
    Kept { operation: String, key: String, fingerprint: Hex<16> },
    Pruned { digest: Hex<16> },
}

impl Line {
    /// Writes the line, without an end of line.
    pub(crate) fn encode(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|_| Error::Internal { expected: "a line of JSON" })
    }

    /// The line as it is read once its text was erased.
    pub(crate) fn without_text(self) -> Self {
        let text = self.text.map(|text| match text {
            TextLine::Kept { salt: Hex(salt), description, metadata } => {
                TextLine::Erased { hash: text_hash(salt, description.as_deref(), &metadata) }
            }
            erased @ TextLine::Erased { .. } => erased,
        });
        Self { text, ..self }
    }

    /// Reads a line. One that is not written exactly as [`Line::encode`] writes it is refused.
    pub(crate) fn decode(text: &str) -> Result<Self> {
        const MALFORMED: Error =
            Error::InvalidRequest { problem: "it is not the canonical line of a recording" };
        let line: Self = serde_json::from_str(text).map_err(|_| MALFORMED)?;
        if line.encode()? == text { Ok(line) } else { Err(MALFORMED) }
    }
}

impl Line {
    /// Whether this is the recording that a book keeps as `kept`. A text that was erased since, and a
    /// key that was forgotten, are told by the hashes that they left.
    pub(crate) fn is(&self, kept: &Self) -> bool {
        let text = |line: &Self| line.text.as_ref().map(TextLine::hash);
        let outcome = |line: &Self| line.outcome.as_ref().map(OutcomeLine::digest);
        let rest = |line: &Self| (line.n, line.recorded_at, line.hash);
        rest(self) == rest(kept)
            && self.action == kept.action
            && self.entry == kept.entry
            && text(self) == text(kept)
            && outcome(self) == outcome(kept)
    }
}

impl TextLine {
    pub(crate) fn hash(&self) -> Hash {
        match self {
            Self::Kept { salt: Hex(salt), description, metadata } => {
                text_hash(*salt, description.as_deref(), metadata)
            }
            Self::Erased { hash } => *hash,
        }
    }
}

impl OutcomeLine {
    /// What the running hash covers; `None` for an operation that there is not.
    fn digest(&self) -> Option<[u8; 16]> {
        match self {
            Self::Pruned { digest: Hex(digest) } => Some(*digest),
            Self::Kept { operation, key, fingerprint: Hex(fingerprint) } => {
                let operation = Operation::from_name(operation).ok()?;
                Some(hash::digest(i64::from(operation as u8), key, fingerprint))
            }
        }
    }
}

impl EntryLine {
    pub(crate) const fn head(&self) -> Head {
        Head { seq: self.seq, hash: self.hash }
    }
}

impl Body {
    /// The body of a recording without an entry, as the store keeps it and the running hash covers
    /// it.
    pub(crate) fn encode(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|_| Error::Internal { expected: "a body of JSON" })
    }

    /// Reads what [`Body::encode`] wrote.
    pub(crate) fn decode(text: &str) -> Result<Self> {
        let corrupt = |_| Error::corrupt("a change that can't be read");
        serde_json::from_str(text).map_err(corrupt)
    }

    /// The hash of the text of a charge that is created.
    pub(crate) const fn text_hash(&self) -> Option<Hash> {
        match self {
            Self::Charge(charge) => charge.text_hash,
            _ => None,
        }
    }

    /// The refusal in a body, if it is a known one.
    pub(crate) fn refusal(number: u16, fact: Option<&str>) -> Option<Refusal> {
        let fact = fact.map(str::parse).transpose().ok()?;
        Refusal::from_numbers(number.into(), fact)
    }

    pub(crate) const fn transfer(kind: TransferKind, body: TransferBody) -> Self {
        match kind {
            TransferKind::Payout => Self::Payout(body),
            TransferKind::TopUp => Self::TopUp(body),
            TransferKind::Settlement => Self::Settlement(body),
            TransferKind::Adjustment => Self::Adjustment(body),
        }
    }

    pub(crate) const fn payout_outcome(outcome: PayoutOutcome, payout_id: String) -> Self {
        match outcome {
            PayoutOutcome::Paid => Self::PayoutPaid { payout_id },
            PayoutOutcome::Failed => Self::PayoutFailed { payout_id },
            PayoutOutcome::Returned => Self::PayoutReturned { payout_id },
        }
    }
}

impl ChargeBody {
    /// A charge that is created.
    pub(crate) fn created(charge: &Charge, exponent: u32, text_hash: Option<Hash>) -> Self {
        Self {
            exponent: Some(exponent),
            external_reference: charge.external_reference.clone(),
            text_hash,
            ..Self::concluded(charge)
        }
    }

    /// A charge that is concluded.
    pub(crate) fn concluded(charge: &Charge) -> Self {
        Self {
            id: charge.id.clone(),
            payment_intent_id: charge.payment_intent_id.clone(),
            amount: charge.amount,
            amount_captured: charge.amount_captured,
            fee: charge.fee,
            currency: charge.currency,
            exponent: None,
            status: charge.status,
            available_on: charge.available_on,
            created_at: charge.created_at,
            external_reference: None,
            text_hash: None,
        }
    }
}

impl Action {
    /// The action by public ids; `text` is that of the recording.
    pub(crate) fn body(&self, text: Option<&Text>) -> Body {
        match self {
            Self::Merchant(merchant) => Body::Merchant(merchant.clone()),
            Self::Limit(limit) => Body::Limit { negative_balance_limit: limit.clone() },
            Self::UniqueReferences(required) => Body::UniqueReferences { required: *required },
            Self::ApiKey(hash) => Body::ApiKey { hash: *hash },
            Self::ApiKeyRevocation(hash) => Body::ApiKeyRevocation { hash: *hash },
            Self::PaymentIntent { intent, exponent } => Body::PaymentIntent {
                id: intent.id.clone(),
                amount: intent.amount,
                currency: intent.currency,
                exponent: *exponent,
                created_at: intent.created_at,
            },
            Self::Charge { charge, exponent, .. } => {
                Body::Charge(ChargeBody::created(charge, *exponent, text.map(Text::hash)))
            }
            Self::ChargeConclusion { charge, .. } => {
                Body::ChargeConclusion(ChargeBody::concluded(charge))
            }
            Self::Maturity { charge, .. } => Body::Maturity { charge_id: charge.id.clone() },
            Self::Refund { refund, .. } => Body::Refund {
                id: refund.id.clone(),
                charge_id: refund.charge_id.clone(),
                amount: refund.amount,
                currency: refund.currency,
                reason: refund.reason,
                external_reference: refund.external_reference.clone(),
            },
            Self::RefundFailure { refund, .. } => {
                Body::RefundFailure { refund_id: refund.id.clone() }
            }
            Self::Transfer { transfer, exponent } => {
                let body = TransferBody {
                    id: transfer.id.clone(),
                    amount: transfer.amount,
                    currency: transfer.currency,
                    exponent: *exponent,
                };
                Body::transfer(transfer.kind, body)
            }
            Self::PayoutOutcome { payout, outcome, .. } => {
                Body::payout_outcome(*outcome, payout.id.clone())
            }
            Self::Refusal(refusal) => Body::Refusal {
                number: refusal.number(),
                fact: refusal.fact().map(|fact| fact.to_string()),
            },
            Self::Pruning { through } => Body::Pruning { through: *through },
            Self::Erasure { n } => Body::Erasure { n: *n },
            Self::Answer { source } => Body::Answer { source: source.clone() },
        }
    }
}

impl Recording {
    /// The recording as it travels. The words of its text come from the object.
    pub(crate) fn line(&self) -> Line {
        let (description, metadata) = self.words();
        Line {
            n: self.n,
            recorded_at: self.recorded_at,
            action: self.action.body(self.text.as_ref()),
            entry: self.entry.as_ref().map(Entry::line),
            text: self.text.map(|text| text.line(description.map(str::to_owned), metadata.clone())),
            outcome: self.outcome.as_ref().map(Outcome::line),
            hash: self.hash,
        }
    }
}

impl Entry {
    fn line(&self) -> EntryLine {
        EntryLine {
            seq: self.head.seq,
            reverses: self.reverses,
            effective_at: self.effective_at,
            postings: self.postings.iter().collect(),
            hash: self.head.hash,
        }
    }
}

impl Text {
    fn line(self, description: Option<String>, metadata: BTreeMap<String, String>) -> TextLine {
        match self {
            Self::Kept { salt, .. } => TextLine::Kept { salt: Hex(salt), description, metadata },
            Self::Erased { hash } => TextLine::Erased { hash },
        }
    }
}

impl Outcome {
    /// The outcome as it travels.
    pub(crate) fn line(&self) -> OutcomeLine {
        match self {
            Self::Pruned { digest } => OutcomeLine::Pruned { digest: Hex(*digest) },
            Self::Kept { operation, key, fingerprint } => OutcomeLine::Kept {
                operation: operation.name().to_owned(),
                key: key.as_str().to_owned(),
                fingerprint: Hex(*fingerprint),
            },
        }
    }
}
