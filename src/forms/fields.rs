//! The fields of a JSON object, each read as what it must be.

use crate::words::{
    charge::ChargeStatus,
    currency::Currency,
    dispute::{DisputeReason, NewDispute},
    error::{Error, Result},
    id,
    json::{self, Json},
    merchant::NegativeBalanceLimit,
    money::{Amount, Fee, SignedAmount},
    request,
    time::Timestamp,
};

/// The members of an object.
pub(crate) struct Fields(Vec<(String, Json)>);

impl Fields {
    /// Reads one JSON object.
    pub(crate) fn parse(text: &[u8]) -> Result<Self> {
        Ok(Self(json::parse_object(text)?))
    }

    /// Checks that there is no other field; names the first in the text.
    pub(crate) fn only(&self, known: &[&str]) -> Result<()> {
        match self.0.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            Some((name, _)) => Err(Error::ParameterUnknown { param: name.clone() }),
            None => Ok(()),
        }
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, json)| json)
    }

    pub(crate) fn needed(&self, name: &'static str) -> Result<&Json> {
        self.find(name).ok_or(Error::ParameterMissing { param: name })
    }

    pub(crate) fn text(&self, name: &'static str) -> Result<String> {
        request::string(self.find(name), name)?.ok_or(Error::ParameterMissing { param: name })
    }

    pub(crate) fn id(&self, name: &'static str, prefix: &str) -> Result<String> {
        let id = self.text(name)?;
        id::check(&id, prefix, name)?;
        Ok(id)
    }

    pub(crate) fn amount(&self, name: &'static str) -> Result<Amount> {
        request::amount(self.needed(name)?).map_err(|error| error.in_param(name))
    }

    pub(crate) fn currency(&self) -> Result<Currency> {
        Currency::from_code(&self.text("currency")?)
    }

    pub(crate) fn moment(&self, name: &'static str) -> Result<Timestamp> {
        Timestamp::parse(&self.text(name)?).map_err(|error| error.in_param(name))
    }

    pub(crate) fn optional_moment(&self, name: &'static str) -> Result<Option<Timestamp>> {
        let text = self.optional_text(name)?;
        text.map(|text| Timestamp::parse(&text).map_err(|error| error.in_param(name))).transpose()
    }

    pub(crate) fn optional_text(&self, name: &'static str) -> Result<Option<String>> {
        request::string(self.find(name), name)
    }

    /// What a text names, if there is one.
    pub(crate) fn named<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T>,
    ) -> Result<Option<T>> {
        self.optional_text(name)?.as_deref().map(read).transpose()
    }

    /// An amount that may go either way.
    pub(crate) fn signed_amount(&self) -> Result<SignedAmount> {
        let minor = json::signed_number(self.needed("amount")?).ok_or(Error::ParameterInvalid {
            param: "amount",
            expected: "a whole number of minor units, with a minus if it is against the merchant",
        })?;
        SignedAmount::from_minor(minor)
    }

    pub(crate) fn fee(&self) -> Result<Fee> {
        let minor = json::whole_number(self.needed("fee")?).ok_or(Error::ParameterInvalid {
            param: "fee",
            expected: "a whole number of minor units",
        })?;
        Fee::from_minor(minor)
    }

    /// The facts of a dispute. Where no fee is told there is none.
    pub(crate) fn dispute(&self) -> Result<NewDispute> {
        let reason = self.optional_text("reason")?;
        Ok(NewDispute {
            id: self.optional_text("id")?,
            charge_id: self.text("chargeId")?,
            amount: self.amount("amount")?,
            fee: if self.find("fee").is_some() { self.fee()? } else { Fee::ZERO },
            reason: reason.map(|name| DisputeReason::from_name(&name)).transpose()?,
            network_reference: self.optional_text("networkReference")?,
        })
    }

    pub(crate) fn charge_status(&self) -> Result<ChargeStatus> {
        ChargeStatus::from_name(&self.text("status")?)
    }

    pub(crate) fn flag(&self, param: &'static str) -> Result<Option<bool>> {
        match self.find(param) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(Error::ParameterInvalid { param, expected: "true or false" }),
        }
    }

    pub(crate) fn negative_balance_limit(&self) -> Result<NegativeBalanceLimit> {
        NegativeBalanceLimit::from_json(self.find("negativeBalanceLimit").unwrap_or(&Json::Null))
    }
}
