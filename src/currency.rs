//! The currencies of ISO 4217, and their exponents as the file froze them.

use std::{fmt, str};

use rusqlite::{Connection, OptionalExtension, Row, named_params, types::Type};
use serde::{Serialize, Serializer};

use crate::{
    error::{Error, Result},
    historic,
};

/// A currency of ISO 4217 that has a minor unit, of today or withdrawn: a charge in litas is given
/// back in litas.
///
/// ```
/// use refundry::Currency;
///
/// let currency = Currency::from_code("KWD")?;
/// assert_eq!(currency.code(), "KWD");
/// assert_eq!(currency.standard_exponent(), Some(3));
/// assert!(Currency::from_code("XAU").is_err(), "gold has no minor unit");
/// # Ok::<(), refundry::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: [u8; 3],
    number: u16,
}

impl Currency {
    /// Looks up the currency with this three-letter code.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if there is none, or if it has no minor unit (metals, funds
    /// and test codes).
    pub fn from_code(code: &str) -> Result<Self> {
        standard(code)
            .and_then(|(number, _)| Some(Self { code: code.as_bytes().try_into().ok()?, number }))
            .ok_or(Error::ParameterInvalid {
                param: "currency",
                expected: "the three-letter code of an ISO 4217 currency that has a minor unit",
            })
    }

    /// The three-letter code.
    #[must_use]
    pub fn code(&self) -> &str {
        str::from_utf8(&self.code).unwrap_or("")
    }

    /// The number of decimals that the standard gives this currency today, or gave it last. A ledger
    /// keeps to the one it froze when it first used the currency:
    /// [`Ledger::exponent`](crate::Ledger::exponent).
    #[must_use]
    pub fn standard_exponent(&self) -> Option<u32> {
        standard(self.code()).map(|(_, exponent)| exponent.into())
    }

    /// The currency's number in the file, which is its ISO 4217 number.
    pub(crate) const fn number(self) -> u16 {
        self.number
    }

    /// The currency that a file has under this number, with its code.
    pub(crate) const fn from_stored(code: [u8; 3], number: u16) -> Self {
        Self { code, number }
    }

    /// Reads a currency from the columns `currency` (its number) and `code`.
    pub(crate) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        let code: String = row.get("code")?;
        let code = code.as_bytes().try_into().map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error))
        })?;
        Ok(Self { code, number: row.get("currency")? })
    }

    /// Freezes the exponent in the file, if this is the first use of the currency; the file itself
    /// ignores a second.
    pub(crate) fn freeze(self, conn: &Connection) -> Result<()> {
        conn.prepare_cached(
            "INSERT INTO currencies (currency, code, exponent) VALUES (:currency, :code, :exponent)",
        )?
        .execute(named_params! {
            ":currency": self.number,
            ":code": self.code(),
            ":exponent": self.standard_exponent(),
        })?;
        Ok(())
    }

    /// The exponent this file froze, or the standard's if the currency was never used.
    pub(crate) fn exponent(self, conn: &Connection) -> Result<Option<u32>> {
        let frozen = conn
            .prepare_cached("SELECT exponent FROM currencies WHERE currency = :currency")?
            .query_row(named_params! { ":currency": self.number }, |row| row.get(0))
            .optional()?;
        Ok(frozen.or_else(|| self.standard_exponent()))
    }
}

/// The number and the exponent of a currency that has a minor unit, in the standard as it is, else
/// as it was.
fn standard(code: &str) -> Option<(u16, u8)> {
    match iso_currency::Currency::from_code(code) {
        Some(iso) => Some((iso.numeric(), u8::try_from(iso.exponent()?).ok()?)),
        None => historic::find(code),
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}
