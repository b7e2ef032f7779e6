//! What a recording did, by public ids: the part of its line that says so, which of a recording
//! without an entry is also what the store keeps.

use serde::{Deserialize, Serialize};

use super::{Action, Text};
use crate::words::{
    chain::Hash,
    charge::{Charge, ChargeStatus},
    currency::Currency,
    dispute::{Dispute, DisputeReason, DisputeStatus},
    error::{Error, Result},
    merchant::{Merchant, NegativeBalanceLimit},
    money::{Amount, Fee, SignedAmount},
    refund::Reason,
    refusal::Refusal,
    time::Timestamp,
    transfer::{PayoutOutcome, TransferKind},
};

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
    Dispute(DisputeBody),
    DisputeWon {
        dispute_id: String,
    },
    DisputeLost {
        dispute_id: String,
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

/// A dispute that is opened.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DisputeBody {
    pub(crate) id: String,
    pub(crate) charge_id: String,
    pub(crate) amount: Amount,
    pub(crate) fee: Fee,
    pub(crate) currency: Currency,
    pub(crate) reason: Option<DisputeReason>,
    pub(crate) network_reference: Option<String>,
}

/// The outcome of an idempotency key, read from the body of its recording.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyedBody {
    Refusal {
        number: u16,
        #[serde(default)]
        fact: Option<String>,
    },
    Charge {
        id: String,
    },
    ChargeConclusion {
        id: String,
    },
    Answer {
        source: String,
    },
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

    /// Reads only what a body says of the outcome of its key, if it is one that may have a key.
    pub(crate) fn outcome(text: &str) -> Result<KeyedBody> {
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

impl DisputeBody {
    fn of(dispute: &Dispute) -> Self {
        Self {
            id: dispute.id.clone(),
            charge_id: dispute.charge_id.clone(),
            amount: dispute.amount,
            fee: dispute.fee,
            currency: dispute.currency,
            reason: dispute.reason,
            network_reference: dispute.network_reference.clone(),
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
            Self::Dispute { dispute, .. } => Body::Dispute(DisputeBody::of(dispute)),
            Self::DisputeOutcome { dispute, .. } => {
                let dispute_id = dispute.id.clone();
                match dispute.status {
                    DisputeStatus::Won => Body::DisputeWon { dispute_id },
                    DisputeStatus::Open | DisputeStatus::Lost => Body::DisputeLost { dispute_id },
                }
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
