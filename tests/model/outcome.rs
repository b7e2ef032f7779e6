//! What a call answered, in a form that the library's answers and the model's share.

use refundry::{ChargeStatus, DisputeStatus, PayoutStatus, Recorded};
use serde::Serialize;

pub(super) type Outcome = Result<Done, Failure>;

/// An object as JSON text, so that its fields' order is compared too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) object: String,
    pub(super) replayed: bool,
}

/// What callers may rely on in an error: not its words, but its code, its field and its facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) code: &'static str,
    pub(super) param: Option<String>,
    pub(super) refusal: Option<Refusal>,
    pub(super) replayed: bool,
}

/// The library's refusals with plain numbers, because nobody else can make a balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    IntentWithoutSucceededCharge,
    IntentWithSeveralSucceededCharges(usize),
    ChargeNotSucceeded(ChargeStatus),
    ChargeNotPending(ChargeStatus),
    RefundFailedAlready,
    PayoutNotThere(PayoutStatus),
    ExternalReferenceUsed(i64),
    ChargeAlreadyRefunded,
    ChargeDisputed(i64),
    ChargeHandedOver(i64),
    DisputeNotOpen(DisputeStatus),
    AmountExceedsRefundable(i64),
    BalanceInsufficient(i128),
    BalanceOutOfRange,
}

impl From<refundry::Refusal> for Refusal {
    fn from(refusal: refundry::Refusal) -> Self {
        use refundry::Refusal as Theirs;
        match refusal {
            Theirs::IntentWithoutSucceededCharge => Self::IntentWithoutSucceededCharge,
            Theirs::IntentWithSeveralSucceededCharges { charges } => {
                Self::IntentWithSeveralSucceededCharges(usize::try_from(charges).unwrap())
            }
            Theirs::ChargeNotSucceeded { status } => Self::ChargeNotSucceeded(status),
            Theirs::ChargeNotPending { status } => Self::ChargeNotPending(status),
            Theirs::RefundFailedAlready => Self::RefundFailedAlready,
            Theirs::PayoutNotThere { status } => Self::PayoutNotThere(status),
            Theirs::ExternalReferenceUsed { seq } => Self::ExternalReferenceUsed(seq),
            Theirs::ChargeAlreadyRefunded => Self::ChargeAlreadyRefunded,
            Theirs::ChargeDisputed { refundable } => Self::ChargeDisputed(refundable.minor()),
            Theirs::ChargeHandedOver { refundable } => Self::ChargeHandedOver(refundable.minor()),
            Theirs::DisputeNotOpen { status } => Self::DisputeNotOpen(status),
            Theirs::AmountExceedsRefundable { refundable } => {
                Self::AmountExceedsRefundable(refundable.minor())
            }
            Theirs::BalanceInsufficient { spendable } => {
                Self::BalanceInsufficient(spendable.minor().into())
            }
            Theirs::BalanceOutOfRange => Self::BalanceOutOfRange,
        }
    }
}

impl Failure {
    pub(super) fn new(code: &'static str, param: &str) -> Self {
        Self { code, param: Some(param.to_owned()), refusal: None, replayed: false }
    }

    pub(super) fn conflict() -> Self {
        Self { code: "resource_conflict", param: None, refusal: None, replayed: false }
    }

    /// A refusal blames the amount where the amount is what is wrong, else the target.
    pub(super) fn refused(refusal: Refusal, target: &str) -> Self {
        let (code, param) = match refusal {
            Refusal::IntentWithoutSucceededCharge
            | Refusal::IntentWithSeveralSucceededCharges(_)
            | Refusal::ChargeNotSucceeded(_)
            | Refusal::ChargeNotPending(_)
            | Refusal::RefundFailedAlready
            | Refusal::PayoutNotThere(_)
            | Refusal::DisputeNotOpen(_) => ("resource_invalid_state", target),
            Refusal::ExternalReferenceUsed(_) => ("external_reference_used", "externalReference"),
            Refusal::ChargeAlreadyRefunded => ("charge_already_refunded", target),
            Refusal::ChargeDisputed(_) => ("charge_disputed", target),
            Refusal::ChargeHandedOver(_) => ("charge_handed_over", target),
            Refusal::AmountExceedsRefundable(_) => ("amount_exceeds_refundable", "amount"),
            Refusal::BalanceInsufficient(_) => ("balance_insufficient", "amount"),
            Refusal::BalanceOutOfRange => ("balance_out_of_range", "amount"),
        };
        Self { refusal: Some(refusal), ..Self::new(code, param) }
    }
}

pub(super) const fn done(object: String) -> Outcome {
    Ok(Done { object, replayed: false })
}

/// The same outcome, as a later request with the same key gets it.
pub(super) fn again(outcome: Outcome) -> Outcome {
    match outcome {
        Ok(done) => Ok(Done { replayed: true, ..done }),
        Err(failure) => Err(Failure { replayed: true, ..failure }),
    }
}

/// The library's answer about an object.
pub(super) fn of<T: Serialize>(result: refundry::Result<T>) -> Outcome {
    of_recorded(result.map(|value| Recorded { value, replayed: false }))
}

/// The library's answer about an object that a key may have made earlier.
pub(super) fn of_recorded<T: Serialize>(result: refundry::Result<Recorded<T>>) -> Outcome {
    match result {
        Ok(Recorded { value, replayed }) => Ok(Done { object: json(&value), replayed }),
        Err(error) => Err(Failure {
            code: error.code(),
            param: error.param().map(str::to_owned),
            refusal: error.refusal().map(Refusal::from),
            replayed: error.is_replayed(),
        }),
    }
}

pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap()
}
