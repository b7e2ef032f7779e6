//! What one operation leaves behind, as a value: decided by rules, recorded by a store, and written
//! as one line that another ledger can take in.

pub(crate) mod body;
pub(crate) mod feed;
pub(crate) mod hash;
pub(crate) mod line;
pub(crate) mod noted;
pub(crate) mod store;

use std::collections::BTreeMap;

pub(crate) use crate::words::charge::Taken;
use crate::words::{
    account::Balances,
    chain::{Facts, Hash, Head},
    charge::{Charge, ChargeStatus},
    dispute::Dispute,
    entry::{Cause, Postings},
    handover::Share,
    idempotency::{IdempotencyKey, Operation},
    intent::PaymentIntent,
    merchant::{Merchant, NegativeBalanceLimit},
    refund::Refund,
    refusal::Refusal,
    time::Timestamp,
    transfer::{PayoutOutcome, Transfer},
};

/// All that one operation leaves behind. A refusal leaves only its outcome.
pub(crate) struct Recording {
    /// Its number among the book's recordings, from 1 without gaps.
    pub(crate) n: i64,
    pub(crate) recorded_at: Timestamp,
    pub(crate) action: Action,
    pub(crate) entry: Option<Entry>,
    /// The object's personal text, kept apart so that it can be erased.
    pub(crate) text: Option<Text>,
    pub(crate) outcome: Option<Outcome>,
    /// The running hash over all recordings of the book, this one included.
    pub(crate) hash: Hash,
}

/// What was done: the object made or changed, with the numbers by which a store finds what it is
/// about.
pub(crate) enum Action {
    /// A merchant was added: the first recording of each book.
    Merchant(Merchant),
    /// The limit of the negative balance was set.
    Limit(NegativeBalanceLimit),
    /// Whether each refund must have an external reference of its own was set.
    UniqueReferences(bool),
    /// An API key was issued or imported; only its hash is kept.
    ApiKey(Hash),
    /// An API key was revoked.
    ApiKeyRevocation(Hash),
    /// A payment intent was created, in a currency with this exponent.
    PaymentIntent { intent: PaymentIntent, exponent: u32 },
    /// A charge was created, under the intent with this number.
    Charge { charge: Charge, intent: Option<i64>, exponent: u32 },
    /// A pending charge was concluded.
    ChargeConclusion { number: i64, charge: Charge },
    /// A charge's funds became available.
    Maturity { number: i64, posted: i64, charge: Charge },
    /// A charge was refunded.
    Refund { charge: i64, taken: Taken, refund: Refund },
    /// The refund with this sequence number came back.
    RefundFailure { charge: i64, taken: Taken, seq: i64, refund: Refund },
    /// A payout, top-up, settlement or adjustment was made.
    Transfer { transfer: Transfer, exponent: u32 },
    /// The payout with this sequence number was concluded.
    PayoutOutcome { seq: i64, payout: Transfer, outcome: PayoutOutcome },
    /// A charge was disputed.
    Dispute { charge: i64, taken: Taken, dispute: Dispute },
    /// The dispute with this sequence number was won or lost.
    DisputeOutcome { charge: i64, taken: Taken, seq: i64, dispute: Dispute },
    /// What was left of a charge was handed over to another book.
    HandedOver { charge: i64, taken: Taken, share: Share },
    /// What was left of a charge was taken over from another book's entry with this hash. `charge` is its
    /// number if this book knew it.
    TakenOver { charge: Option<i64>, taken: Taken, share: Share, source: Hash, exponent: u32 },
    /// The rules refused a request under an idempotency key.
    Refusal(Refusal),
    /// The idempotency keys of all recordings up to this number were forgotten.
    Pruning { through: i64 },
    /// The personal text of the recording with this number was erased.
    Erasure { n: i64 },
    /// The object, by its id, that an idempotency key made before recordings were numbered.
    Answer { source: String },
}

/// A journal entry about to be recorded.
pub(crate) struct Entry {
    /// The head of the chain after it.
    pub(crate) head: Head,
    /// The entry that it reverses.
    pub(crate) reverses: Option<i64>,
    pub(crate) effective_at: Timestamp,
    pub(crate) postings: Postings,
    /// The balances after the postings.
    pub(crate) after: Balances,
}

/// The personal text of a charge, refund or transfer.
#[derive(Clone, Copy)]
pub(crate) enum Text {
    /// The object has the text.
    Kept { salt: [u8; 16], hash: Hash },
    /// It was erased; the hash that the chain covers stays.
    Erased { hash: Hash },
}

impl Text {
    pub(crate) const fn hash(&self) -> Hash {
        match self {
            Self::Kept { hash, .. } | Self::Erased { hash } => *hash,
        }
    }
}

/// What became of a request with an idempotency key.
pub(crate) enum Outcome {
    Kept {
        operation: Operation,
        key: IdempotencyKey,
        fingerprint: [u8; 16],
    },
    /// The key was forgotten; the digest that the running hash covers stays.
    Pruned {
        digest: [u8; 16],
    },
}

/// Where a book ends: its last recording and its last journal entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    /// The number of the last recording; 0 if there is none.
    pub(crate) n: i64,
    /// The running hash over all recordings.
    pub(crate) hash: Hash,
    /// The head of the journal's chain.
    pub(crate) head: Head,
}

impl Action {
    /// The permanent number of the kind. Below 20 it is the cause of the entry.
    pub(crate) const fn kind(&self) -> i64 {
        match self {
            Self::Charge { charge, .. } => match charge.status {
                ChargeStatus::Succeeded => 1,
                ChargeStatus::Pending | ChargeStatus::Failed | ChargeStatus::Canceled => 25,
            },
            Self::Maturity { .. } => 2,
            Self::Refund { .. } => 3,
            Self::RefundFailure { .. } => 4,
            Self::Transfer { transfer, .. } => transfer.kind.cause().number(),
            Self::PayoutOutcome { outcome, .. } => outcome.cause().number(),
            Self::Dispute { dispute, .. } | Self::DisputeOutcome { dispute, .. } => {
                dispute.status.cause().number()
            }
            Self::HandedOver { .. } => Cause::HandedOver.number(),
            Self::TakenOver { .. } => Cause::TakenOver.number(),
            Self::Merchant(_) => 20,
            Self::Limit(_) => 21,
            Self::UniqueReferences(_) => 31,
            Self::ApiKey(_) => 22,
            Self::ApiKeyRevocation(_) => 23,
            Self::PaymentIntent { .. } => 24,
            Self::ChargeConclusion { .. } => 26,
            Self::Refusal(_) => 27,
            Self::Pruning { .. } => 28,
            Self::Erasure { .. } => 29,
            Self::Answer { .. } => 30,
        }
    }

    /// The cause of the entry that it posts, if it posts one.
    pub(crate) const fn cause(&self) -> Option<Cause> {
        Some(match self {
            Self::Charge { .. } | Self::ChargeConclusion { .. } => Cause::Charge,
            Self::Maturity { .. } => Cause::Maturity,
            Self::Refund { .. } => Cause::Refund,
            Self::RefundFailure { .. } => Cause::RefundFailure,
            Self::Transfer { transfer, .. } => transfer.kind.cause(),
            Self::PayoutOutcome { outcome, .. } => outcome.cause(),
            Self::Dispute { dispute, .. } | Self::DisputeOutcome { dispute, .. } => {
                dispute.status.cause()
            }
            Self::HandedOver { .. } => Cause::HandedOver,
            Self::TakenOver { .. } => Cause::TakenOver,
            Self::Merchant(_)
            | Self::Limit(_)
            | Self::UniqueReferences(_)
            | Self::ApiKey(_)
            | Self::ApiKeyRevocation(_)
            | Self::PaymentIntent { .. }
            | Self::Refusal(_)
            | Self::Pruning { .. }
            | Self::Erasure { .. }
            | Self::Answer { .. } => return None,
        })
    }

    /// Whether its object can have a personal text.
    pub(crate) const fn takes_text(&self) -> bool {
        matches!(self, Self::Charge { .. } | Self::Refund { .. } | Self::Transfer { .. })
    }

    /// Whether it says something of a charge that the chain of entries does not cover. The running
    /// hash covers the body then.
    pub(crate) const fn has_particulars(&self, text: Option<&Text>) -> bool {
        match self {
            Self::Charge { charge, .. } => charge.external_reference.is_some() || text.is_some(),
            _ => false,
        }
    }

    /// The exponent that this may freeze for its currency.
    pub(crate) const fn exponent(&self) -> Option<u32> {
        match self {
            Self::PaymentIntent { exponent, .. }
            | Self::Charge { exponent, .. }
            | Self::Transfer { exponent, .. }
            | Self::TakenOver { exponent, .. } => Some(*exponent),
            Self::Merchant(_)
            | Self::Limit(_)
            | Self::UniqueReferences(_)
            | Self::ApiKey(_)
            | Self::ApiKeyRevocation(_)
            | Self::ChargeConclusion { .. }
            | Self::Maturity { .. }
            | Self::Refund { .. }
            | Self::RefundFailure { .. }
            | Self::PayoutOutcome { .. }
            | Self::Dispute { .. }
            | Self::DisputeOutcome { .. }
            | Self::HandedOver { .. }
            | Self::Refusal(_)
            | Self::Pruning { .. }
            | Self::Erasure { .. }
            | Self::Answer { .. } => None,
        }
    }

    /// What the journal's chain covers of it, if it posts an entry.
    pub(crate) fn facts(&self, text: Option<&Text>) -> Option<Facts<'_>> {
        let text_hash = text.map(Text::hash);
        Some(match self {
            Self::Charge { charge, .. } | Self::ChargeConclusion { charge, .. } => {
                Facts::Charge(charge)
            }
            Self::Maturity { charge, .. } => Facts::Maturity { charge_id: &charge.id },
            Self::Refund { refund, .. } => refund.facts(text_hash),
            Self::RefundFailure { refund, .. } => {
                Facts::Outcome { cause: Cause::RefundFailure, id: &refund.id }
            }
            Self::Transfer { transfer, .. } => transfer.facts(text_hash),
            Self::PayoutOutcome { payout, outcome, .. } => {
                Facts::Outcome { cause: outcome.cause(), id: &payout.id }
            }
            Self::Dispute { dispute, .. } => dispute.facts(),
            Self::HandedOver { share, .. } => share.handed_over(),
            Self::TakenOver { share, source, .. } => share.taken_over(*source),
            Self::DisputeOutcome { dispute, .. } => {
                Facts::Outcome { cause: dispute.status.cause(), id: &dispute.id }
            }
            Self::Merchant(_)
            | Self::Limit(_)
            | Self::UniqueReferences(_)
            | Self::ApiKey(_)
            | Self::ApiKeyRevocation(_)
            | Self::PaymentIntent { .. }
            | Self::Refusal(_)
            | Self::Pruning { .. }
            | Self::Erasure { .. }
            | Self::Answer { .. } => return None,
        })
    }
}

impl Recording {
    /// The personal text of the object: description and metadata.
    pub(crate) fn words(&self) -> (Option<&str>, &BTreeMap<String, String>) {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        match &self.action {
            Action::Charge { charge, .. } => (charge.description.as_deref(), &charge.metadata),
            Action::Refund { refund, .. } => (refund.description.as_deref(), &refund.metadata),
            Action::Transfer { transfer, .. } => (transfer.description.as_deref(), &NONE),
            _ => (None, &NONE),
        }
    }
}
