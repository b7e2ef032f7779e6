//! Merchants: whose money it is.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, named_params};
use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    currency::Currency,
    error::{Error, Result},
    id::{self, Random},
    json::{self, Json},
    time::Timestamp,
};

/// Whose money it is; live or test for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
#[non_exhaustive]
pub struct NewMerchant {
    /// `acct_…`; generated if there is none.
    pub id: Option<String>,
    /// What people call it.
    pub name: String,
    /// Whether it moves real money; can't be changed later.
    pub live_mode: bool,
    /// How far refunds may take its available balance below zero.
    pub negative_balance_limit: NegativeBalanceLimit,
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
            Json::Object(members) => members
                .iter()
                .map(|(code, limit)| {
                    let currency = Currency::from_code(code).map_err(|_| INVALID)?;
                    Ok((currency, digits(limit)?))
                })
                .collect::<Result<_>>()
                .map(Self::PerCurrency),
            other => digits(other).map(Self::Each),
        }
    }

    /// The text that the file keeps; none for no limit.
    fn to_stored(&self) -> Option<String> {
        match self {
            Self::Unlimited => None,
            limit => serde_json::to_string(limit).ok(),
        }
    }

    fn from_stored(text: Option<String>) -> Result<Self> {
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

/// Adds a merchant.
pub(crate) fn create(
    conn: &Connection,
    new: &NewMerchant,
    now: Timestamp,
    random: &mut Random,
) -> Result<Merchant> {
    check_name(&new.name)?;
    let id = match &new.id {
        Some(id) => {
            id::check(id, "acct_", "id")?;
            id.clone()
        }
        None => id::generate("acct_", now, random)?,
    };
    if find(conn, &id)?.is_some() {
        return Err(Error::ResourceConflict { id, fact: None });
    }
    conn.prepare_cached(
        "INSERT INTO merchants (id, name, live_mode, negative_balance_limit, created_at)
         VALUES (:id, :name, :live_mode, :negative_balance_limit, :created_at)",
    )?
    .execute(named_params! {
        ":id": id,
        ":name": new.name,
        ":live_mode": new.live_mode,
        ":negative_balance_limit": new.negative_balance_limit.to_stored(),
        ":created_at": now.millis(),
    })?;
    Ok(Merchant {
        id,
        name: new.name.clone(),
        live_mode: new.live_mode,
        negative_balance_limit: new.negative_balance_limit.clone(),
        created_at: now,
    })
}

fn check_name(name: &str) -> Result<()> {
    if (1..=500).contains(&name.chars().count()) && !name.contains('\0') {
        Ok(())
    } else {
        Err(Error::ParameterInvalid {
            param: "name",
            expected: "1 to 500 characters, none of them U+0000",
        })
    }
}

/// A merchant and its number in the file.
pub(crate) fn find(conn: &Connection, id: &str) -> Result<Option<(i64, Merchant)>> {
    let row = conn
        .prepare_cached(
            "SELECT merchant, id, name, live_mode, negative_balance_limit, created_at
             FROM merchants WHERE id = :id",
        )?
        .query_row(named_params! { ":id": id }, |row| Ok((row.get("merchant")?, from_row(row))))
        .optional()?;
    row.map(|(number, merchant)| Ok((number, merchant?))).transpose()
}

/// A merchant's number in the file.
pub(crate) fn number(conn: &Connection, id: &str) -> Result<i64> {
    conn.prepare_cached("SELECT merchant FROM merchants WHERE id = :id")?
        .query_row(named_params! { ":id": id }, |row| row.get(0))
        .optional()?
        .ok_or(Error::ResourceMissing { param: "merchantId" })
}

/// Every merchant, sorted by id.
pub(crate) fn list(conn: &Connection) -> Result<Vec<Merchant>> {
    let mut statement = conn.prepare_cached(
        "SELECT id, name, live_mode, negative_balance_limit, created_at FROM merchants ORDER BY id",
    )?;
    let mut rows = statement.query([])?;
    let mut merchants: Vec<Merchant> = Vec::new();
    while let Some(row) = rows.next()? {
        let merchant = from_row(row)?;
        // A damaged index can lead to the same pages over and over.
        if merchants.last().is_some_and(|last| last.id >= merchant.id) {
            return Err(Error::corrupt("merchants are listed more than once"));
        }
        merchants.push(merchant);
    }
    Ok(merchants)
}

/// The limit of one merchant.
pub(crate) fn limit(conn: &Connection, merchant: i64) -> Result<NegativeBalanceLimit> {
    let text = conn
        .prepare_cached("SELECT negative_balance_limit FROM merchants WHERE merchant = :merchant")?
        .query_row(named_params! { ":merchant": merchant }, |row| row.get(0))?;
    NegativeBalanceLimit::from_stored(text)
}

/// Changes the limit of one merchant.
pub(crate) fn set_limit(
    conn: &Connection,
    merchant: i64,
    limit: &NegativeBalanceLimit,
) -> Result<()> {
    conn.prepare_cached(
        "UPDATE merchants SET negative_balance_limit = :limit WHERE merchant = :merchant",
    )?
    .execute(named_params! { ":limit": limit.to_stored(), ":merchant": merchant })?;
    Ok(())
}

/// Reads a merchant from the columns of its table.
pub(crate) fn from_row(row: &Row<'_>) -> Result<Merchant> {
    Ok(Merchant {
        id: row.get("id")?,
        name: row.get("name")?,
        live_mode: row.get("live_mode")?,
        negative_balance_limit: NegativeBalanceLimit::from_stored(
            row.get("negative_balance_limit")?,
        )?,
        created_at: Timestamp::from_stored(row.get("created_at")?)?,
    })
}
