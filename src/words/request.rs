//! What a caller may ask of a refund, and the form it must have.

use std::collections::BTreeMap;

use crate::words::{
    chain::Encoder,
    error::{Error, Result},
    json::{self, Json},
    money::Amount,
    refund::Reason,
};

/// What is to be refunded: exactly one of the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The charge with this id.
    Charge(String),
    /// The one succeeded charge under the payment intent with this id.
    PaymentIntent(String),
}

impl Target {
    /// The target that a request names in one of two fields.
    ///
    /// # Errors
    /// [`Error::ParametersExclusive`] if it names both, [`Error::ParameterMissing`] if neither.
    pub fn of(charge_id: Option<String>, payment_intent_id: Option<String>) -> Result<Self> {
        match (charge_id, payment_intent_id) {
            (Some(id), None) => Ok(Self::Charge(id)),
            (None, Some(id)) => Ok(Self::PaymentIntent(id)),
            (Some(_), Some(_)) => Err(Error::ParametersExclusive),
            (None, None) => Err(Error::ParameterMissing { param: "chargeId" }),
        }
    }

    /// The id.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Charge(id) | Self::PaymentIntent(id) => id,
        }
    }

    /// The request's field that names it.
    pub(crate) const fn param(&self) -> &'static str {
        match self {
            Self::Charge(_) => "chargeId",
            Self::PaymentIntent(_) => "paymentIntentId",
        }
    }
}

/// A request to create a refund.
///
/// ```
/// use refundry::{Amount, Reason, RefundRequest};
///
/// let request = RefundRequest {
///     amount: Some(Amount::from_minor(100)?),
///     reason: Some(Reason::Duplicate),
///     ..RefundRequest::of_charge("ch_1")
/// };
/// let body = br#"{"chargeId": "ch_1", "amount": "100", "reason": "duplicate"}"#;
/// assert_eq!(RefundRequest::from_json(body)?, request);
/// # Ok::<(), refundry::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundRequest {
    /// What is to be refunded.
    pub target: Target,
    /// How much, in minor units of the charge's currency; `None` for all that is left.
    pub amount: Option<Amount>,
    /// Why.
    pub reason: Option<Reason>,
    /// At most 500 characters, none of them U+0000.
    pub description: Option<String>,
    /// At most 50 keys of 1 to 40 characters; values of at most 500. No U+0000.
    pub metadata: BTreeMap<String, String>,
    /// The acquirer's or terminal's own reference: 1 to 64 visible ASCII characters.
    pub external_reference: Option<String>,
}

/// The fields of a request, in the order of the contract's table.
const FIELDS: [&str; 7] = [
    "chargeId",
    "paymentIntentId",
    "amount",
    "reason",
    "description",
    "metadata",
    "externalReference",
];

impl RefundRequest {
    /// A request to refund a charge in full.
    #[must_use]
    pub fn of_charge(id: impl Into<String>) -> Self {
        Self::of(Target::Charge(id.into()))
    }

    /// A request to refund the one succeeded charge under a payment intent, in full.
    #[must_use]
    pub fn of_payment_intent(id: impl Into<String>) -> Self {
        Self::of(Target::PaymentIntent(id.into()))
    }

    /// A request to refund this target in full.
    #[must_use]
    pub const fn of(target: Target) -> Self {
        Self {
            target,
            amount: None,
            reason: None,
            description: None,
            metadata: BTreeMap::new(),
            external_reference: None,
        }
    }

    /// Reads the body of `POST /refunds`.
    ///
    /// # Errors
    /// In this order: [`Error::InvalidRequest`] if the text is not one strict JSON object;
    /// [`Error::ParameterUnknown`]; [`Error::ParameterInvalid`];
    /// [`Error::ParametersExclusive`] or [`Error::ParameterMissing`];
    /// [`Error::ParameterOutOfRange`].
    pub fn from_json(body: &[u8]) -> Result<Self> {
        let members = json::parse_object(body)?;
        if let Some((unknown, _)) = members.iter().find(|(key, _)| !FIELDS.contains(&key.as_str()))
        {
            return Err(Error::ParameterUnknown { param: unknown.clone() });
        }
        let field = |name| members.iter().find(|(key, _)| key == name).map(|(_, json)| json);
        let charge_id = string(field("chargeId"), "chargeId")?;
        let intent_id = string(field("paymentIntentId"), "paymentIntentId")?;
        // A number out of range is reported only if nothing is malformed and the target is clear.
        let amount = match field("amount").map(amount).transpose() {
            Err(malformed @ Error::ParameterInvalid { .. }) => return Err(malformed),
            other => other,
        };
        let reason = match string(field("reason"), "reason")? {
            Some(name) => Some(Reason::from_name(&name)?),
            None => None,
        };
        let description = string(field("description"), "description")?;
        check_description(description.as_deref())?;
        let metadata = metadata(field("metadata"))?;
        check_metadata(&metadata)?;
        let external_reference = string(field("externalReference"), "externalReference")?;
        check_external_reference(external_reference.as_deref())?;
        let target = Target::of(charge_id, intent_id)?;
        Ok(Self { target, amount: amount?, reason, description, metadata, external_reference })
    }

    /// Checks the form of what a caller in Rust may have set.
    pub(crate) fn check(&self) -> Result<()> {
        check_description(self.description.as_deref())?;
        check_metadata(&self.metadata)?;
        check_external_reference(self.external_reference.as_deref())
    }

    /// Writes what distinguishes this request from others, for its fingerprint.
    pub(crate) fn encode(&self, to: &mut Encoder) {
        match &self.target {
            Target::Charge(id) => to.int(1).text(id),
            Target::PaymentIntent(id) => to.int(2).text(id),
        };
        to.optional(self.amount, |to, amount| {
            to.int(amount.minor());
        })
        .optional_text(self.reason.map(Reason::name))
        .texts(self.description.as_deref(), &self.metadata)
        .optional_text(self.external_reference.as_deref());
    }
}

/// A string, or null or nothing for none.
pub(crate) fn string(json: Option<&Json>, param: &'static str) -> Result<Option<String>> {
    match json {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Error::ParameterInvalid { param, expected: "a string" }),
    }
}

/// An amount. Null is refused: a program that computed NaN serializes it as null, and that must
/// not refund everything.
pub(crate) fn amount(json: &Json) -> Result<Amount> {
    let minor = json::whole_number(json).ok_or(Error::ParameterInvalid {
        param: "amount",
        expected: "a whole number of minor units: a string of digits such as \"100\", or an integer",
    })?;
    Amount::from_minor(minor)
}

pub(crate) fn metadata(json: Option<&Json>) -> Result<BTreeMap<String, String>> {
    const INVALID: Error =
        Error::ParameterInvalid { param: "metadata", expected: "an object of strings" };
    match json {
        None | Some(Json::Null) => Ok(BTreeMap::new()),
        Some(Json::Object(members)) => {
            let mut metadata = BTreeMap::new();
            for (key, value) in members {
                let Json::String(text) = value else { return Err(INVALID) };
                metadata.insert(key.clone(), text.clone());
            }
            Ok(metadata)
        }
        Some(_) => Err(INVALID),
    }
}

/// Characters are Unicode scalar values, in every language.
fn has_length(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.chars().count()) && !text.contains('\0')
}

pub(crate) fn check_description(description: Option<&str>) -> Result<()> {
    match description {
        Some(text) if !has_length(text, 0, 500) => Err(Error::ParameterInvalid {
            param: "description",
            expected: "at most 500 characters, none of them U+0000",
        }),
        _ => Ok(()),
    }
}

pub(crate) fn check_metadata(metadata: &BTreeMap<String, String>) -> Result<()> {
    let valid = metadata.len() <= 50
        && metadata.iter().all(|(key, value)| has_length(key, 1, 40) && has_length(value, 0, 500));
    if valid {
        Ok(())
    } else {
        Err(Error::ParameterInvalid {
            param: "metadata",
            expected: "at most 50 keys of 1 to 40 characters with values of at most 500, none of them U+0000",
        })
    }
}

pub(crate) fn check_external_reference(reference: Option<&str>) -> Result<()> {
    match reference {
        Some(text)
            if !(1..=64).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_graphic()) =>
        {
            Err(Error::ParameterInvalid {
                param: "externalReference",
                expected: "1 to 64 visible ASCII characters",
            })
        }
        _ => Ok(()),
    }
}
