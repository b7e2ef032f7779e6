//! Merchants: whose money it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};

use crate::words::{
    currency::Currency,
    error::{Error, Result},
    json::{self, Json},
    time::Timestamp,
};

/// Whose money it is; live or test for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Merchant {
    /// `acct_…`
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whether it moves real money.
    pub live_mode: bool,
    /// How far refunds may take its available balance below zero.
    pub negative_balance_limit: NegativeBalanceLimit,
    /// When it was added.
    pub created_at: Timestamp,
    /// Whether a refund is refused whose external reference another refund has already.
    #[serde(default)]
    pub unique_references: bool,
}

impl Merchant {
    /// Checks that the merchant is in the mode that the caller expects.
    ///
    /// # Errors
    /// [`Error::PermissionDenied`] if it is in the other.
    pub fn require_mode(&self, live_mode: bool) -> Result<()> {
        if self.live_mode == live_mode {
            Ok(())
        } else {
            Err(Error::PermissionDenied { live_mode: self.live_mode })
        }
    }
}

/// A merchant about to be added.
#[derive(Clone, Debug)]
pub struct NewMerchant {
    /// `acct_…`; generated if there is none.
    pub id: Option<String>,
    /// What people call it.
    pub name: String,
    /// Whether it moves real money; can't be changed later.
    pub live_mode: bool,
    /// How far refunds may take its available balance below zero.
    pub negative_balance_limit: NegativeBalanceLimit,
    /// Whether a refund is refused whose external reference another refund has already. Acquirers
    /// and tills send twice.
    pub unique_references: bool,
}

impl NewMerchant {
    /// A test merchant with a generated id and no limit.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            id: None,
            name: name.into(),
            live_mode: false,
            negative_balance_limit: NegativeBalanceLimit::Unlimited,
            unique_references: false,
        }
    }
}

/// How far refunds may take a merchant's available balance below zero. Funds that are still
/// pending don't count, so a limit of 0 refuses refunds of charges that have not matured, unless
/// other funds are available.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NegativeBalanceLimit {
    /// As far as it takes.
    #[default]
    Unlimited,
    /// At most this many minor units, in each currency.
    Each(u64),
    /// At most this many minor units in these currencies; without limit in others.
    PerCurrency(BTreeMap<Currency, u64>),
}

impl NegativeBalanceLimit {
    /// The limit in one currency, in minor units; `None` if there is none.
    #[must_use]
    pub fn of(&self, currency: Currency) -> Option<u64> {
        match self {
            Self::Unlimited => None,
            Self::Each(limit) => Some(*limit),
            Self::PerCurrency(limits) => limits.get(&currency).copied(),
        }
    }

    /// Reads null, a digit string, or an object from currency to digit string.
    pub(crate) fn from_json(json: &Json) -> Result<Self> {
        const INVALID: Error = Error::ParameterInvalid {
            param: "negativeBalanceLimit",
            expected: "null, a string of digits, or an object from currency to string of digits",
        };
        let digits = |json: &Json| match json {
            Json::String(text) if json::is_digits(text) => text.parse::<u64>().map_err(|_| INVALID),
            _ => Err(INVALID),
        };
        match json {
            Json::Null => Ok(Self::Unlimited),
            Json::Object(members) => {
                let mut limits = BTreeMap::new();
                for (code, limit) in members {
                    let currency = Currency::from_code(code).map_err(|_| INVALID)?;
                    limits.insert(currency, digits(limit)?);
                }
                Ok(Self::PerCurrency(limits))
            }
            other => digits(other).map(Self::Each),
        }
    }

    /// The text that the file keeps; none for no limit.
    pub(crate) fn to_stored(&self) -> Option<String> {
        match self {
            Self::Unlimited => None,
            limit => serde_json::to_string(limit).ok(),
        }
    }

    pub(crate) fn from_stored(text: Option<String>) -> Result<Self> {
        let Some(text) = text else {
            return Ok(Self::Unlimited);
        };
        let corrupt = |_| Error::corrupt("a negative-balance limit that can't be read");
        Self::from_json(&json::parse(text.as_bytes()).map_err(corrupt)?).map_err(corrupt)
    }
}

impl Serialize for NegativeBalanceLimit {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Unlimited => to.serialize_none(),
            Self::Each(limit) => to.collect_str(limit),
            Self::PerCurrency(limits) => {
                let mut map = to.serialize_map(Some(limits.len()))?;
                for (currency, limit) in limits {
                    map.serialize_entry(currency.code(), &limit.to_string())?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for NegativeBalanceLimit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Each(String),
            PerCurrency(BTreeMap<Currency, String>),
        }
        let digits = |text: &str| {
            let number = if json::is_digits(text) { text.parse().ok() } else { None };
            number.ok_or_else(|| de::Error::custom("not a string of digits"))
        };
        Ok(match Option::<Form>::deserialize(from)? {
            None => Self::Unlimited,
            Some(Form::Each(limit)) => Self::Each(digits(&limit)?),
            Some(Form::PerCurrency(texts)) => {
                let mut limits = BTreeMap::new();
                for (currency, limit) in texts {
                    limits.insert(currency, digits(&limit)?);
                }
                Self::PerCurrency(limits)
            }
        })
    }
}

/// Checks a merchant's name.
pub(crate) fn check_name(name: &str) -> Result<()> {
    if (1..=500).contains(&name.chars().count()) && !name.contains('\0') {
        Ok(())
    } else {
        Err(Error::ParameterInvalid {
            param: "name",
            expected: "1 to 500 characters, none of them U+0000",
        })
    }
}
