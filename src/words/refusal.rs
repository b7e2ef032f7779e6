//! The refusals of the ledger's rules: the request is valid, but an object is in the wrong state.

use crate::words::{
    charge::ChargeStatus,
    dispute::DisputeStatus,
    money::{Amount, Balance},
    transfer::PayoutStatus,
};

/// Why the ledger's rules refused an operation whose target was found. A refusal is final for the
/// idempotency key it was given under, so each can be kept as two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Row 12: no charge under the intent has succeeded.
    #[error(
        "this payment intent has no succeeded charge; nothing was refunded; refund it once a charge under it has succeeded"
    )]
    IntentWithoutSucceededCharge,
    /// Row 12: the intent does not tell which charge is meant.
    #[error(
        "{charges} charges under this payment intent have succeeded; nothing was refunded; name the one to refund in chargeId"
    )]
    IntentWithSeveralSucceededCharges {
        /// How many succeeded.
        charges: i64,
    },
    /// Row 12: only a succeeded charge can be refunded.
    #[error(
        "this charge is {status}; nothing was refunded; only a succeeded charge can be refunded"
    )]
    ChargeNotSucceeded {
        /// What it is instead.
        status: ChargeStatus,
    },
    /// A charge leaves `pending` once.
    #[error(
        "this charge is {status} already; nothing was changed; only a pending charge can still succeed, fail or be canceled"
    )]
    ChargeNotPending {
        /// What it is instead.
        status: ChargeStatus,
    },
    /// A refund fails once.
    #[error("this refund has failed already; nothing was changed; its amount is available again")]
    RefundFailedAlready,
    /// A payout goes in transit → paid | failed, paid → returned.
    #[error(
        "this payout is {status}; nothing was changed; only a payout in transit can be paid or fail, and only a paid one can be returned"
    )]
    PayoutNotThere {
        /// What it is instead.
        status: PayoutStatus,
    },
    /// The merchant wants each refund to have an external reference of its own.
    #[error(
        "the refund of journal entry je_{seq} has this external reference already; nothing was refunded; if this is another refund, give it its own reference"
    )]
    ExternalReferenceUsed {
        /// The sequence number of the other refund's entry.
        seq: i64,
    },
    /// Row 13: nothing is left to refund.
    #[error(
        "this charge is refunded in full already; nothing was refunded; there is nothing to do"
    )]
    ChargeAlreadyRefunded,
    /// After row 13: another book may give the rest back, by a hand-over.
    #[error(
        "at most {refundable} minor units of this charge can be given back by this book: the rest was handed over and is another book's; nothing was changed; ask for no more than that, or ask the other book"
    )]
    ChargeHandedOver {
        /// What this book can still refund, dispute or hand over.
        refundable: Balance,
    },
    /// After row 13: a dispute holds what is left, or too much of it.
    #[error(
        "at most {refundable} minor units of this charge can still be given back: the rest is disputed, or was lost in a dispute; nothing was changed; ask for no more than that, or wait until the dispute is won"
    )]
    ChargeDisputed {
        /// What can still be refunded or disputed.
        refundable: Balance,
    },
    /// A dispute is won or lost once.
    #[error("this dispute is {} already; nothing was changed; only an open one can be won or lost", status.name())]
    DisputeNotOpen {
        /// What it is instead.
        status: DisputeStatus,
    },
    /// Row 14: more than is left.
    #[error(
        "at most {refundable} minor units of this charge can still be refunded; nothing was refunded; ask for no more than that"
    )]
    AmountExceedsRefundable {
        /// What can still be refunded.
        refundable: Amount,
    },
    /// Row 15, and payouts: more than the merchant may spend.
    #[error(
        "the merchant can spend {spendable} minor units now; nothing was changed; wait until funds mature, top up, or ask for less"
    )]
    BalanceInsufficient {
        /// The available balance plus the negative-balance limit, for a payout without the limit.
        spendable: Balance,
    },
    /// Row 16: a balance would leave the range of a 64-bit integer.
    #[error(
        "a balance would become larger than the ledger can hold; nothing was changed; ask for less"
    )]
    BalanceOutOfRange,
}

impl Refusal {
    /// The permanent number.
    #[must_use]
    pub const fn number(&self) -> u16 {
        match self {
            Self::IntentWithoutSucceededCharge => 120,
            Self::IntentWithSeveralSucceededCharges { .. } => 121,
            Self::ChargeNotSucceeded { .. } => 122,
            Self::ChargeNotPending { .. } => 123,
            Self::RefundFailedAlready => 124,
            Self::PayoutNotThere { .. } => 125,
            Self::ExternalReferenceUsed { .. } => 126,
            Self::ChargeDisputed { .. } => 127,
            Self::DisputeNotOpen { .. } => 128,
            Self::ChargeAlreadyRefunded => 130,
            Self::ChargeHandedOver { .. } => 131,
            Self::AmountExceedsRefundable { .. } => 140,
            Self::BalanceInsufficient { .. } => 150,
            Self::BalanceOutOfRange => 160,
        }
    }

    /// The permanent code, as answers over HTTP carry it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::IntentWithoutSucceededCharge
            | Self::IntentWithSeveralSucceededCharges { .. }
            | Self::ChargeNotSucceeded { .. }
            | Self::ChargeNotPending { .. }
            | Self::RefundFailedAlready
            | Self::PayoutNotThere { .. }
            | Self::DisputeNotOpen { .. } => "resource_invalid_state",
            Self::ExternalReferenceUsed { .. } => "external_reference_used",
            Self::ChargeAlreadyRefunded => "charge_already_refunded",
            Self::ChargeDisputed { .. } => "charge_disputed",
            Self::ChargeHandedOver { .. } => "charge_handed_over",
            Self::AmountExceedsRefundable { .. } => "amount_exceeds_refundable",
            Self::BalanceInsufficient { .. } => "balance_insufficient",
            Self::BalanceOutOfRange => "balance_out_of_range",
        }
    }

    /// The field that is wrong, if it is not the target.
    pub(crate) const fn param(&self) -> Option<&'static str> {
        match self {
            Self::AmountExceedsRefundable { .. }
            | Self::BalanceInsufficient { .. }
            | Self::BalanceOutOfRange => Some("amount"),
            Self::ExternalReferenceUsed { .. } => Some("externalReference"),
            Self::IntentWithoutSucceededCharge
            | Self::IntentWithSeveralSucceededCharges { .. }
            | Self::ChargeNotSucceeded { .. }
            | Self::ChargeNotPending { .. }
            | Self::RefundFailedAlready
            | Self::PayoutNotThere { .. }
            | Self::DisputeNotOpen { .. }
            | Self::ChargeDisputed { .. }
            | Self::ChargeHandedOver { .. }
            | Self::ChargeAlreadyRefunded => None,
        }
    }

    /// The one fact that the number does not tell: how many charges, the permanent number of what
    /// the object is instead, another refund's sequence number, or what can be refunded or spent, in
    /// minor units.
    #[must_use]
    pub const fn fact(&self) -> Option<i64> {
        match self {
            Self::IntentWithSeveralSucceededCharges { charges } => Some(*charges),
            Self::ChargeNotSucceeded { status } | Self::ChargeNotPending { status } => {
                Some(status.number())
            }
            Self::PayoutNotThere { status } => Some(status.number()),
            Self::DisputeNotOpen { status } => Some(status.number()),
            Self::AmountExceedsRefundable { refundable } => Some(refundable.minor()),
            Self::ChargeDisputed { refundable } | Self::ChargeHandedOver { refundable } => {
                Some(refundable.minor())
            }
            Self::BalanceInsufficient { spendable } => Some(spendable.minor()),
            Self::ExternalReferenceUsed { seq } => Some(*seq),
            Self::IntentWithoutSucceededCharge
            | Self::RefundFailedAlready
            | Self::ChargeAlreadyRefunded
            | Self::BalanceOutOfRange => None,
        }
    }

    /// The refusal that was kept as these two numbers.
    pub(crate) fn from_numbers(number: i64, fact: Option<i64>) -> Option<Self> {
        Some(match number {
            120 => Self::IntentWithoutSucceededCharge,
            121 => Self::IntentWithSeveralSucceededCharges { charges: fact? },
            122 => Self::ChargeNotSucceeded { status: ChargeStatus::from_number(fact?)? },
            123 => Self::ChargeNotPending { status: ChargeStatus::from_number(fact?)? },
            124 => Self::RefundFailedAlready,
            125 => Self::PayoutNotThere { status: PayoutStatus::from_number(fact?)? },
            126 => Self::ExternalReferenceUsed { seq: fact? },
            127 => Self::ChargeDisputed { refundable: Balance(fact?) },
            128 => Self::DisputeNotOpen { status: DisputeStatus::from_number(fact?)? },
            130 => Self::ChargeAlreadyRefunded,
            131 => Self::ChargeHandedOver { refundable: Balance(fact?) },
            140 => Self::AmountExceedsRefundable { refundable: Amount::from_minor(fact?).ok()? },
            150 => Self::BalanceInsufficient { spendable: Balance(fact?) },
            160 => Self::BalanceOutOfRange,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_survives_being_kept_as_two_numbers() {
        for refusal in [
            Refusal::IntentWithoutSucceededCharge,
            Refusal::IntentWithSeveralSucceededCharges { charges: 2 },
            Refusal::ChargeNotSucceeded { status: ChargeStatus::Failed },
            Refusal::ChargeNotPending { status: ChargeStatus::Canceled },
            Refusal::RefundFailedAlready,
            Refusal::PayoutNotThere { status: PayoutStatus::Returned },
            Refusal::ExternalReferenceUsed { seq: 7 },
            Refusal::ChargeDisputed { refundable: Balance(0) },
            Refusal::ChargeHandedOver { refundable: Balance(0) },
            Refusal::DisputeNotOpen { status: DisputeStatus::Lost },
            Refusal::ChargeAlreadyRefunded,
            Refusal::AmountExceedsRefundable { refundable: Amount::MAX },
            Refusal::BalanceInsufficient { spendable: Balance(-912) },
            Refusal::BalanceOutOfRange,
        ] {
            let kept = Refusal::from_numbers(refusal.number().into(), refusal.fact());
            assert_eq!(kept, Some(refusal));
        }
    }

    #[test]
    fn a_refusal_says_what_is_there_instead() {
        for (refusal, begins) in [
            (
                Refusal::IntentWithSeveralSucceededCharges { charges: 2 },
                "2 charges under this payment intent have succeeded; ",
            ),
            (
                Refusal::ChargeNotSucceeded { status: ChargeStatus::Failed },
                "this charge is failed; ",
            ),
            (
                Refusal::ChargeNotPending { status: ChargeStatus::Canceled },
                "this charge is canceled already; ",
            ),
            (
                Refusal::PayoutNotThere { status: PayoutStatus::InTransit },
                "this payout is in transit; ",
            ),
            (Refusal::PayoutNotThere { status: PayoutStatus::Paid }, "this payout is paid; "),
            (
                Refusal::DisputeNotOpen { status: DisputeStatus::Won },
                "this dispute is won already; ",
            ),
            (
                Refusal::BalanceInsufficient { spendable: Balance(-912) },
                "the merchant can spend -912 minor units now; ",
            ),
        ] {
            let said = refusal.to_string();
            assert!(said.starts_with(begins), "{said}");
        }
    }
}
