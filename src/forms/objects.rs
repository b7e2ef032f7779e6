//! The forms in which callers without Rust's types ask for things: JSON objects in the API's shape.
//!
//! As in [`RefundRequest::from_json`](crate::RefundRequest::from_json), a field that there is not
//! is refused, null is the same as absence where a field may be absent, and amounts are strings of
//! digits or JSON integers, never null.

use super::fields::Fields;
use crate::words::{
    charge::{ChargeStatus, Conclusion, NewCharge},
    dispute::NewDispute,
    error::{Error, Result},
    intent::NewPaymentIntent,
    merchant::{NegativeBalanceLimit, NewMerchant},
    request,
    transfer::{NewTransfer, PayoutOutcome, TransferKind},
};

impl NewMerchant {
    /// Reads `{"id", "name", "liveMode", "negativeBalanceLimit", "uniqueReferences"}`; only `name`
    /// is needed.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`], [`Error::ParameterUnknown`], [`Error::ParameterInvalid`],
    /// [`Error::ParameterMissing`].
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let fields = Fields::parse(text)?;
        fields.only(&["id", "name", "liveMode", "negativeBalanceLimit", "uniqueReferences"])?;
        Ok(Self {
            id: fields.optional_text("id")?,
            name: fields.text("name")?,
            live_mode: fields.flag("liveMode")?.unwrap_or(false),
            negative_balance_limit: fields.negative_balance_limit()?,
            unique_references: fields.flag("uniqueReferences")?.unwrap_or(false),
        })
    }
}

impl NegativeBalanceLimit {
    /// Reads `{"negativeBalanceLimit"}`: null, a string of digits, or an object from currencies to
    /// strings of digits.
    ///
    /// # Errors
    /// [`Error::InvalidRequest`], [`Error::ParameterUnknown`], [`Error::ParameterInvalid`];
    /// [`Error::ParameterMissing`], because saying nothing must not lift a limit.
    pub fn from_json_object(text: &[u8]) -> Result<Self> {
        let fields = Fields::parse(text)?;
        fields.only(&["negativeBalanceLimit"])?;
        fields.needed("negativeBalanceLimit")?;
        fields.negative_balance_limit()
    }
}

impl NewPaymentIntent {
    /// Reads `{"id", "amount", "currency"}`; `id` may be absent.
    ///
    /// # Errors
    /// As [`NewMerchant::from_json`], and [`Error::ParameterOutOfRange`].
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let fields = Fields::parse(text)?;
        fields.only(&["id", "amount", "currency"])?;
        Ok(Self {
            id: fields.optional_text("id")?,
            amount: fields.amount("amount")?,
            currency: fields.currency()?,
        })
    }
}

impl NewCharge {
    /// Reads `{"id", "paymentIntentId", "amount", "amountCaptured", "fee", "currency", "status",
    /// "availableOn", "description", "metadata", "externalReference"}`. All but `amount`, `fee`,
    /// `currency` and `availableOn` may be absent; `amountCaptured` is then the amount, and `status`
    /// is `succeeded`.
    ///
    /// # Errors
    /// As [`NewPaymentIntent::from_json`].
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let fields = Fields::parse(text)?;
        fields.only(&[
            "id",
            "paymentIntentId",
            "amount",
            "amountCaptured",
            "fee",
            "currency",
            "status",
            "availableOn",
            "description",
            "metadata",
            "externalReference",
        ])?;
        let amount = fields.amount("amount")?;
        Ok(Self {
            id: fields.optional_text("id")?,
            payment_intent_id: fields.optional_text("paymentIntentId")?,
            amount,
            amount_captured: match fields.find("amountCaptured") {
                None => amount,
                Some(_) => fields.amount("amountCaptured")?,
            },
            fee: fields.fee()?,
            currency: fields.currency()?,
            status: match fields.optional_text("status")? {
                None => ChargeStatus::Succeeded,
                Some(_) => fields.charge_status()?,
            },
            available_on: fields.moment("availableOn")?,
            description: fields.optional_text("description")?,
            metadata: request::metadata(fields.find("metadata"))?,
            external_reference: fields.optional_text("externalReference")?,
        })
    }
}

impl Conclusion {
    /// Reads `{"status": "succeeded", "amountCaptured", "fee", "availableOn"}`, or `{"status"}`
    /// with `failed` or `canceled` alone.
    ///
    /// # Errors
    /// As [`NewPaymentIntent::from_json`].
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let fields = Fields::parse(text)?;
        fields.only(&["status", "amountCaptured", "fee", "availableOn"])?;
        let conclusion = match fields.charge_status()? {
            ChargeStatus::Succeeded => {
                return Ok(Self::Succeeded {
                    amount_captured: fields.amount("amountCaptured")?,
                    fee: fields.fee()?,
                    available_on: fields.moment("availableOn")?,
                });
            }
            ChargeStatus::Failed => Self::Failed,
            ChargeStatus::Canceled => Self::Canceled,
            ChargeStatus::Pending => {
                return Err(Error::ParameterInvalid {
                    param: "status",
                    expected: "succeeded, failed or canceled",
                });
            }
        };
        fields.only(&["status"])?;
        Ok(conclusion)
    }
}

impl NewTransfer {
    /// Reads `{"id", "kind", "amount", "currency", "description"}`; `id` and `description` may be
    /// absent.
    ///
    /// # Errors
    /// As [`NewPaymentIntent::from_json`].
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let fields = Fields::parse(text)?;
        fields.only(&["id", "kind", "amount", "currency", "description"])?;
        Ok(Self {
            id: fields.optional_text("id")?,
            kind: TransferKind::from_name(&fields.text("kind")?)?,
            amount: fields.signed_amount()?,
            currency: fields.currency()?,
            description: fields.optional_text("description")?,
        })
    }
}

impl NewDispute {
    /// Reads `{"id", "chargeId", "amount", "fee", "reason", "networkReference"}`; all but `chargeId` and
    /// `amount` may be absent.
    ///
    /// # Errors
    /// As [`NewPaymentIntent::from_json`].
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let fields = Fields::parse(text)?;
        fields.only(&["id", "chargeId", "amount", "fee", "reason", "networkReference"])?;
        fields.dispute()
    }
}

impl TransferKind {
    /// The kind with this name.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if there is none.
    pub fn from_name(name: &str) -> Result<Self> {
        match name {
            "payout" => Ok(Self::Payout),
            "topup" => Ok(Self::TopUp),
            "settlement" => Ok(Self::Settlement),
            "adjustment" => Ok(Self::Adjustment),
            _ => Err(Error::ParameterInvalid {
                param: "kind",
                expected: "payout, topup, settlement or adjustment",
            }),
        }
    }
}

impl PayoutOutcome {
    /// The outcome with this name.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if there is none.
    pub fn from_name(name: &str) -> Result<Self> {
        match name {
            "paid" => Ok(Self::Paid),
            "failed" => Ok(Self::Failed),
            "returned" => Ok(Self::Returned),
            _ => Err(Error::ParameterInvalid {
                param: "outcome",
                expected: "paid, failed or returned",
            }),
        }
    }
}
