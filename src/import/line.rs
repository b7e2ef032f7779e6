//! One line of an import: its form, before anything is looked up.

use crate::{
    charge::{Charge, ChargeStatus},
    currency::Currency,
    error::{Error, Result},
    id,
    intent::PaymentIntent,
    json::{self, Json},
    key,
    merchant::{NegativeBalanceLimit, NewMerchant},
    money::{Amount, Balance, Fee, SignedAmount},
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
        let fields = &Fields(json::parse_object(text)?);
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
    let told = match fields.find("liveMode") {
        None | Some(Json::Null) => None,
        Some(Json::Bool(mode)) => Some(*mode),
        Some(_) => {
            return Err(Error::ParameterInvalid { param: "liveMode", expected: "true or false" });
        }
    };
    let live_mode = told.or(told_by_keys).unwrap_or(false);
    if keys.iter().any(|key| key::mode(key) != Some(live_mode)) {
        return Err(Error::ParameterInvalid {
            param: "apiKeys",
            expected: "keys of the merchant's mode, which begin with sk_live_ or rk_live_, or with sk_test_ or rk_test_",
        });
    }
    let limit = fields.find("negativeBalanceLimit").unwrap_or(&Json::Null);
    let merchant = NewMerchant {
        id: Some(fields.id("id", "acct_")?),
        name: fields.text("name")?,
        live_mode,
        negative_balance_limit: NegativeBalanceLimit::from_json(limit)?,
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
    let status = ChargeStatus::from_name(&fields.text("status")?).ok_or({
        Error::ParameterInvalid {
            param: "status",
            expected: "pending, succeeded, failed or canceled",
        }
    })?;
    let fee = json::whole_number(fields.needed("fee")?).ok_or(Error::ParameterInvalid {
        param: "fee",
        expected: "a whole number of minor units",
    })?;
    Ok(Object::Charge(Charge {
        id: fields.id("id", "ch_")?,
        payment_intent_id: request::string(fields.find("paymentIntentId"), "paymentIntentId")?,
        amount: fields.amount("amount")?,
        amount_captured: fields.amount("amountCaptured")?,
        amount_refunded: Balance::ZERO,
        fee: Fee::from_minor(fee)?,
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
    request.reason = match request::string(fields.find("reason"), "reason")? {
        Some(name) => Some(Reason::from_name(&name)?),
        None => None,
    };
    request.description = request::string(fields.find("description"), "description")?;
    request.metadata = request::metadata(fields.find("metadata"))?;
    request.external_reference =
        request::string(fields.find("externalReference"), "externalReference")?;
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
    let minor = json::signed_number(fields.needed("amount")?).ok_or(Error::ParameterInvalid {
        param: "amount",
        expected: "a whole number of minor units, with a minus if it is against the merchant",
    })?;
    let mut transfer =
        NewTransfer::adjustment(SignedAmount::from_minor(minor)?, fields.currency()?);
    transfer.description = request::string(fields.find("description"), "description")?;
    Ok(Object::Adjustment {
        transfer,
        id: fields.id("id", "adj_")?,
        created_at: fields.moment("createdAt")?,
    })
}

/// The members of a line's object.
struct Fields(Vec<(String, Json)>);

impl Fields {
    /// Checks that there is no other field; names the first in the text.
    fn only(&self, known: &[&str]) -> Result<()> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => Err(Error::ParameterUnknown { param: name.clone() }),
            None => Ok(()),
        }
    }

    fn find(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, json)| json)
    }

    fn needed(&self, name: &'static str) -> Result<&Json> {
        self.find(name).ok_or(Error::ParameterMissing { param: name })
    }

    fn text(&self, name: &'static str) -> Result<String> {
        request::string(self.find(name), name)?.ok_or(Error::ParameterMissing { param: name })
    }

    fn id(&self, name: &'static str, prefix: &str) -> Result<String> {
        let id = self.text(name)?;
        id::check(&id, prefix, name)?;
        Ok(id)
    }

    fn amount(&self, name: &'static str) -> Result<Amount> {
        request::amount(self.needed(name)?).map_err(|error| error.in_param(name))
    }

    fn currency(&self) -> Result<Currency> {
        Currency::from_code(&self.text("currency")?)
    }

    fn moment(&self, name: &'static str) -> Result<Timestamp> {
        Timestamp::parse(&self.text(name)?).map_err(|error| error.in_param(name))
    }
}
