//! One line of an import: its form, before anything is looked up.

use crate::{
    charge::Charge,
    error::{Error, Result},
    fields::Fields,
    intent::PaymentIntent,
    json::Json,
    key,
    merchant::NewMerchant,
    money::Balance,
    refund::Reason,
    request::{self, RefundRequest},
    time::Timestamp,
    transfer::{NewTransfer, PayoutStatus},
};

/// What a line says.
pub(super) enum Line {
    Merchant {
        merchant: NewMerchant,
        keys: Vec<String>,
        /// Whether the line tells the mode, in words or by its keys.
        live_mode_told: bool,
    },
    InBook {
        merchant_id: String,
        object: Object,
    },
}

/// An object of a merchant's book.
pub(super) enum Object {
    PaymentIntent(PaymentIntent),
    Charge(Charge),
    Refund { id: String, request: RefundRequest, created_at: Timestamp },
    Payout { transfer: NewTransfer, id: String, status: PayoutStatus, created_at: Timestamp },
    Adjustment { transfer: NewTransfer, id: String, created_at: Timestamp },
}

impl Line {
    /// Reads a line.
    pub(super) fn parse(text: &[u8]) -> Result<Self> {
        let fields = &Fields::parse(text)?;
        let read = match fields.text("object")?.as_str() {
            "merchant" => return merchant(fields),
            "payment_intent" => payment_intent as fn(&Fields) -> Result<Object>,
            "charge" => charge,
            "refund" => refund,
            "payout" => payout,
            "adjustment" => adjustment,
            _ => {
                return Err(Error::ParameterInvalid {
                    param: "object",
                    expected: "merchant, payment_intent, charge, refund, payout or adjustment",
                });
            }
        };
        Ok(Self::InBook { merchant_id: fields.id("merchantId", "acct_")?, object: read(fields)? })
    }
}

fn merchant(fields: &Fields) -> Result<Line> {
    fields.only(&["object", "id", "name", "liveMode", "apiKeys", "negativeBalanceLimit"])?;
    let keys = keys(fields.find("apiKeys"))?;
    let told_by_keys = keys.first().and_then(|key| key::mode(key));
    let told = fields.live_mode()?;
    let live_mode = told.or(told_by_keys).unwrap_or(false);
    if keys.iter().any(|key| key::mode(key) != Some(live_mode)) {
        return Err(Error::ParameterInvalid {
            param: "apiKeys",
            expected: "keys of the merchant's mode, which begin with sk_live_ or rk_live_, or with sk_test_ or rk_test_",
        });
    }
    let merchant = NewMerchant {
        id: Some(fields.id("id", "acct_")?),
        name: fields.text("name")?,
        live_mode,
        negative_balance_limit: fields.negative_balance_limit()?,
    };
    Ok(Line::Merchant { merchant, keys, live_mode_told: told.or(told_by_keys).is_some() })
}

fn keys(json: Option<&Json>) -> Result<Vec<String>> {
    const INVALID: Error = Error::ParameterInvalid {
        param: "apiKeys",
        expected: "a list of keys, each of 16 to 255 visible ASCII characters",
    };
    match json {
        None | Some(Json::Null) => Ok(Vec::new()),
        Some(Json::Array(keys)) => keys
            .iter()
            .map(|key| match key {
                Json::String(key)
                    if (16..=255).contains(&key.len())
                        && key.bytes().all(|byte| byte.is_ascii_graphic()) =>
                {
                    Ok(key.clone())
                }
                _ => Err(INVALID),
            })
            .collect(),
        Some(_) => Err(INVALID),
    }
}

fn payment_intent(fields: &Fields) -> Result<Object> {
    fields.only(&["object", "id", "merchantId", "amount", "currency", "createdAt"])?;
    Ok(Object::PaymentIntent(PaymentIntent {
        id: fields.id("id", "pi_")?,
        amount: fields.amount("amount")?,
        amount_refunded: Balance::ZERO,
        currency: fields.currency()?,
        created_at: fields.moment("createdAt")?,
    }))
}

fn charge(fields: &Fields) -> Result<Object> {
    fields.only(&[
        "object",
        "id",
        "merchantId",
        "paymentIntentId",
        "amount",
        "amountCaptured",
        "fee",
        "currency",
        "status",
        "availableOn",
        "createdAt",
    ])?;
    let status = fields.charge_status()?;
    let fee = fields.fee()?;
    Ok(Object::Charge(Charge {
        id: fields.id("id", "ch_")?,
        payment_intent_id: fields.optional_text("paymentIntentId")?,
        amount: fields.amount("amount")?,
        amount_captured: fields.amount("amountCaptured")?,
        amount_refunded: Balance::ZERO,
        fee,
        currency: fields.currency()?,
        status,
        available_on: fields.moment("availableOn")?,
        created_at: fields.moment("createdAt")?,
    }))
}

fn refund(fields: &Fields) -> Result<Object> {
    fields.only(&[
        "object",
        "id",
        "merchantId",
        "chargeId",
        "amount",
        "reason",
        "description",
        "metadata",
        "externalReference",
        "createdAt",
    ])?;
    let mut request = RefundRequest::of_charge(fields.text("chargeId")?);
    request.amount = Some(fields.amount("amount")?);
    request.reason = match fields.optional_text("reason")? {
        Some(name) => Some(Reason::from_name(&name)?),
        None => None,
    };
    request.description = fields.optional_text("description")?;
    request.metadata = request::metadata(fields.find("metadata"))?;
    request.external_reference = fields.optional_text("externalReference")?;
    Ok(Object::Refund {
        id: fields.id("id", "re_")?,
        request,
        created_at: fields.moment("createdAt")?,
    })
}

fn payout(fields: &Fields) -> Result<Object> {
    fields.only(&["object", "id", "merchantId", "amount", "currency", "status", "createdAt"])?;
    let status = PayoutStatus::from_name(&fields.text("status")?).ok_or({
        Error::ParameterInvalid {
            param: "status",
            expected: "in_transit, paid, failed or returned",
        }
    })?;
    Ok(Object::Payout {
        transfer: NewTransfer::payout(fields.amount("amount")?, fields.currency()?),
        id: fields.id("id", "po_")?,
        status,
        created_at: fields.moment("createdAt")?,
    })
}

fn adjustment(fields: &Fields) -> Result<Object> {
    fields.only(&[
        "object",
        "id",
        "merchantId",
        "amount",
        "currency",
        "description",
        "createdAt",
    ])?;
    let mut transfer = NewTransfer::adjustment(fields.signed_amount()?, fields.currency()?);
    transfer.description = fields.optional_text("description")?;
    Ok(Object::Adjustment {
        transfer,
        id: fields.id("id", "adj_")?,
        created_at: fields.moment("createdAt")?,
    })
}
