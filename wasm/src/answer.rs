//! What a call gives back: an object or an error, as JSON.

use refundry::{Error, Mark, Refusal};
use serde::Serialize;
use wasm_bindgen::JsValue;

/// An object as JSON, or an error as JSON, thrown.
pub(crate) type Answer = Result<String, JsValue>;

/// Gives a result of the library back.
pub(crate) fn answer<T: Serialize>(result: refundry::Result<T>) -> Answer {
    result.map_err(|error| thrown(&error)).and_then(|value| text(&value))
}

/// An error of the library, to throw.
#[inline(never)]
pub(crate) fn thrown(error: &Error) -> JsValue {
    match text(&Problem::of(error)) {
        Ok(text) => JsValue::from_str(&text),
        Err(error) => error,
    }
}

/// The wrong form of something that only this adapter reads.
pub(crate) fn invalid(param: &'static str, expected: &'static str) -> JsValue {
    thrown(&Error::ParameterInvalid { param, expected })
}

/// A value as JSON.
pub(crate) fn text<T: Serialize>(value: &T) -> Answer {
    serde_json::to_string(value).map_err(|error| JsValue::from_str(&error.to_string()))
}

/// The facts of an error.
#[derive(Serialize)]
pub(crate) struct Problem {
    code: &'static str,
    number: u16,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    param: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(flatten)]
    facts: Facts,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<Mark>,
    replayed: bool,
}

/// What some refusals tell beside their code.
#[derive(Default, Serialize)]
struct Facts {
    #[serde(skip_serializing_if = "Option::is_none")]
    refundable: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    spendable: Option<String>,
}

impl Facts {
    fn of(refusal: Option<Refusal>) -> Self {
        let mut facts = Self::default();
        match refusal {
            Some(Refusal::AmountExceedsRefundable { refundable }) => {
                facts.refundable = Some(refundable.to_string());
            }
            Some(Refusal::ChargeDisputed { refundable }) => {
                facts.refundable = Some(refundable.to_string());
            }
            Some(Refusal::BalanceInsufficient { spendable }) => {
                facts.spendable = Some(spendable.to_string());
            }
            Some(
                Refusal::IntentWithoutSucceededCharge
                | Refusal::IntentWithSeveralSucceededCharges { .. }
                | Refusal::ChargeNotSucceeded { .. }
                | Refusal::ChargeNotPending { .. }
                | Refusal::RefundFailedAlready
                | Refusal::PayoutNotThere { .. }
                | Refusal::DisputeNotOpen { .. }
                | Refusal::ExternalReferenceUsed { .. }
                | Refusal::ChargeAlreadyRefunded
                | Refusal::BalanceOutOfRange,
            )
            | None => {}
        }
        facts
    }
}

impl Problem {
    fn of(error: &Error) -> Self {
        let (line, cause) = match error {
            Error::Import { line, problem } => (Some(*line), problem.as_ref()),
            Error::Feed { line, .. } | Error::Forked { line, .. } => (Some(*line), error),
            other => (None, other),
        };
        let mark = if let Error::Feed { after, .. } = error { Some(*after) } else { None };
        Self {
            code: error.code(),
            number: error.number(),
            message: error.to_string(),
            param: error.param().map(str::to_owned),
            id: error.id().map(str::to_owned),
            facts: Facts::of(cause.refusal()),
            line,
            mark,
            replayed: error.is_replayed(),
        }
    }

    /// A refusal that is kept under an idempotency key.
    pub(crate) fn of_refusal(refusal: Refusal) -> Self {
        Self {
            code: refusal.code(),
            number: refusal.number(),
            message: refusal.to_string(),
            param: None,
            id: None,
            facts: Facts::of(Some(refusal)),
            line: None,
            mark: None,
            replayed: true,
        }
    }
}
