//! The currencies of ISO 4217, and their exponents as the file froze them.

use std::{fmt, str};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::words::{
    error::{Error, Result},
    historic, json,
};

/// A currency of ISO 4217 that has a minor unit. Withdrawn ones are included, because a charge in
/// litas is refunded in litas.
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
}

impl Currency {
    /// Looks up the currency with this three-letter code.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if there is none, or if it has no minor unit (metals, funds
    /// and test codes).
    pub fn from_code(code: &str) -> Result<Self> {
        standard(code).and_then(|_| Self::from_stored(code)).ok_or(Error::ParameterInvalid {
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
        standard(self.code())
    }

    /// The currency that a file has under this code.
    pub(crate) fn from_stored(code: &str) -> Option<Self> {
        Some(Self { code: code.as_bytes().try_into().ok()? })
    }
}

/// The exponent of a currency that has a minor unit, in the standard as it is, else as it was.
fn standard(code: &str) -> Option<u32> {
    match iso_currency::Currency::from_code(code) {
        Some(iso) => iso.exponent().map(u32::from),
        None => historic::exponent(code),
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

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        json::parsed(from, "the code of a currency", |code| Self::from_code(code).ok())
    }
}
