//! Idempotency: the same key and request give the first outcome again, and do nothing more.

use std::ops::Deref;

use serde::Serialize;

use crate::words::{
    error::{Error, Result},
    refusal::Refusal,
    time::Timestamp,
};

/// A caller's name for one request: 1 to 255 visible ASCII characters.
///
/// ```
/// use refundry::IdempotencyKey;
///
/// assert!(IdempotencyKey::new("order-17-refund-1").is_ok());
/// assert!(IdempotencyKey::new("").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Checks the key.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if it is empty, too long, or has a character that is not
    /// visible ASCII.
    pub fn new(key: &str) -> Result<Self> {
        Self::from_bytes(key.as_bytes())
    }

    /// Checks the bytes of a key, as they came over a wire.
    ///
    /// # Errors
    /// As [`IdempotencyKey::new`].
    pub fn from_bytes(key: &[u8]) -> Result<Self> {
        let valid = (1..=255).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic);
        match std::str::from_utf8(key) {
            Ok(text) if valid => Ok(Self(text.to_owned())),
            _ => Err(Error::ParameterInvalid {
                param: "Idempotency-Key",
                expected: "1 to 255 visible ASCII characters",
            }),
        }
    }
}

/// The operations that move money. Each has its own idempotency keys, and a permanent number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Operation {
    /// [`Book::create_refund`](crate::Book::create_refund)
    Refund = 1,
    /// [`Book::fail_refund`](crate::Book::fail_refund)
    RefundFailure = 2,
    /// [`Book::create_charge`](crate::Book::create_charge)
    Charge = 3,
    /// [`Book::conclude_charge`](crate::Book::conclude_charge)
    ChargeConclusion = 4,
    /// [`Book::create_transfer`](crate::Book::create_transfer) of a payout
    Payout = 5,
    /// [`Book::conclude_payout`](crate::Book::conclude_payout)
    PayoutOutcome = 6,
    /// [`Book::create_transfer`](crate::Book::create_transfer) of a top-up
    TopUp = 7,
    /// [`Book::create_transfer`](crate::Book::create_transfer) of a settlement
    Settlement = 8,
    /// [`Book::create_transfer`](crate::Book::create_transfer) of an adjustment
    Adjustment = 9,
    /// [`Book::open_dispute`](crate::Book::open_dispute)
    Dispute = 10,
    /// [`Book::win_dispute`](crate::Book::win_dispute) and
    /// [`Book::lose_dispute`](crate::Book::lose_dispute)
    DisputeOutcome = 11,
    /// [`Book::hand_over_charge`](crate::Book::hand_over_charge)
    Handover = 12,
}

impl Operation {
    const ALL: [Self; 12] = [
        Self::Refund,
        Self::RefundFailure,
        Self::Charge,
        Self::ChargeConclusion,
        Self::Payout,
        Self::PayoutOutcome,
        Self::TopUp,
        Self::Settlement,
        Self::Adjustment,
        Self::Dispute,
        Self::DisputeOutcome,
        Self::Handover,
    ];

    /// The name, for languages without enums.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refund => "refund",
            Self::RefundFailure => "refund_failure",
            Self::Charge => "charge",
            Self::ChargeConclusion => "charge_conclusion",
            Self::Payout => "payout",
            Self::PayoutOutcome => "payout_outcome",
            Self::TopUp => "topup",
            Self::Settlement => "settlement",
            Self::Adjustment => "adjustment",
            Self::Dispute => "dispute",
            Self::DisputeOutcome => "dispute_outcome",
            Self::Handover => "handover",
        }
    }

    /// The operation with this number.
    pub(crate) fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| *operation as i64 == number)
    }

    /// The operation with this name.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if there is none.
    pub fn from_name(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name).ok_or(
            Error::ParameterInvalid {
                param: "operation",
                expected: "refund, refund_failure, charge, charge_conclusion, payout, payout_outcome, topup, settlement, adjustment, dispute, dispute_outcome or handover",
            },
        )
    }

    /// Whether the object that it makes or changes is a charge.
    pub(crate) const fn is_about_a_charge(self) -> bool {
        matches!(self, Self::Charge | Self::ChargeConclusion)
    }
}

/// The outcome of an operation, and whether this call or an earlier one brought it about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recorded<T> {
    /// The object, as it was when the operation was done.
    #[serde(flatten)]
    pub value: T,
    /// Whether an earlier request with the same idempotency key had done it already.
    pub replayed: bool,
}

impl<T> Recorded<T> {
    /// What this call brought about.
    pub(crate) const fn now(value: T) -> Self {
        Self { value, replayed: false }
    }

    /// What an earlier call had brought about.
    pub(crate) const fn again(value: T) -> Self {
        Self { value, replayed: true }
    }
}

impl<T> Deref for Recorded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// What became of a request with an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The id of the object made or changed, or why the rules refused.
    pub outcome: std::result::Result<String, Refusal>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

impl IdempotencyKey {
    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a book keeps of a request with an idempotency key.
pub(crate) struct StoredOutcome {
    pub(crate) fingerprint: [u8; 16],
    /// The number of the object made or changed, or why the rules refused.
    pub(crate) result: std::result::Result<i64, Refusal>,
    pub(crate) recorded_at: Timestamp,
}

/// Whether a recording of this kind may have a key or not, and one of this operation if the key is kept.
pub(crate) fn belongs(kind: i64, has_key: bool, operation: Option<Operation>) -> bool {
    // A refusal, and an answer from before recordings were numbered, are there for their key alone.
    let answers_a_key = matches!(kind, 27 | 30);
    let can_have = answers_a_key || matches!(kind, 1 | 3..=15 | 25 | 26);
    let fits = operation.is_none_or(|operation| answers_a_key || makes(operation, kind));
    fits && if has_key { can_have } else { !answers_a_key }
}

/// Whether an operation that succeeds makes a recording of this kind.
const fn makes(operation: Operation, kind: i64) -> bool {
    match operation {
        Operation::Refund => kind == 3,
        Operation::RefundFailure => kind == 4,
        Operation::Charge => matches!(kind, 1 | 25),
        Operation::ChargeConclusion => kind == 26,
        Operation::Payout => kind == 5,
        Operation::PayoutOutcome => matches!(kind, 6..=8),
        Operation::TopUp => kind == 9,
        Operation::Settlement => kind == 10,
        Operation::Adjustment => kind == 11,
        Operation::Dispute => kind == 12,
        Operation::DisputeOutcome => matches!(kind, 13 | 14),
        Operation::Handover => kind == 15,
    }
}
