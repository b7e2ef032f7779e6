//! Whole numbers of a currency's minor unit: amounts, fees, signed amounts and balances.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::words::{
    error::{Error, Result},
    json,
};

/// 2^53 − 1: the largest whole number that a JavaScript number holds exactly.
const MAX_MINOR: i64 = (1 << 53) - 1;

/// A positive amount of money in the minor unit of its currency: piastres, cents, fils.
///
/// ```
/// use refundry::Amount;
/// use rust_decimal::Decimal;
///
/// let amount = Amount::from_minor(22_604)?;
/// assert_eq!(amount.to_major(2), Decimal::new(22_604, 2));
/// assert_eq!(Amount::from_major(Decimal::new(22_604, 2), 2)?, amount);
/// assert!(Amount::from_minor(0).is_err());
/// # Ok::<(), refundry::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i64);

// A thousand of the largest amounts still fit a balance.
const _: () = assert!(Amount::MAX.0.checked_mul(1_000).is_some());

impl Amount {
    /// The largest amount: 2^53 − 1, exact in a JavaScript number.
    pub const MAX: Self = Self(MAX_MINOR);

    /// Checks that `minor` is within `1..=Amount::MAX` minor units.
    ///
    /// # Errors
    /// [`Error::ParameterOutOfRange`] for every other number.
    pub const fn from_minor(minor: i64) -> Result<Self> {
        if 1 <= minor && minor <= MAX_MINOR {
            Ok(Self(minor))
        } else {
            Err(Error::ParameterOutOfRange { param: "amount", least: 1 })
        }
    }

    /// Converts major units (`226.04` EGP has the exponent 2) without rounding anything away.
    ///
    /// The exponent is the currency's: see [`Ledger::exponent`](crate::Ledger::exponent).
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if `major` has more decimals than the currency;
    /// [`Error::ParameterOutOfRange`] if the amount is not within `1..=Amount::MAX` minor units.
    pub fn from_major(major: Decimal, exponent: u32) -> Result<Self> {
        const OUT_OF_RANGE: Error = Error::ParameterOutOfRange { param: "amount", least: 1 };
        let scale = Decimal::from(10_i64.checked_pow(exponent).ok_or(OUT_OF_RANGE)?);
        let minor = major.checked_mul(scale).ok_or(OUT_OF_RANGE)?;
        // The product may have been rounded to fit a Decimal; dividing again tells.
        if !minor.fract().is_zero() || minor.checked_div(scale) != Some(major) {
            return Err(Error::ParameterInvalid {
                param: "amount",
                expected: "a number with no more decimals than its currency has",
            });
        }
        Self::from_minor(i64::try_from(minor).map_err(|_| OUT_OF_RANGE)?)
    }

    /// The amount in minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// The amount in major units, with as many decimals as the exponent says.
    #[must_use]
    pub fn to_major(self, exponent: u32) -> Decimal {
        Decimal::new(self.0, exponent)
    }
}

/// The platform's fee on a charge: an amount, or nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fee(i64);

impl Fee {
    /// No fee.
    pub const ZERO: Self = Self(0);

    /// Checks that `minor` is within `0..=Amount::MAX` minor units.
    ///
    /// # Errors
    /// [`Error::ParameterOutOfRange`] for every other number.
    pub const fn from_minor(minor: i64) -> Result<Self> {
        if 0 <= minor && minor <= MAX_MINOR {
            Ok(Self(minor))
        } else {
            Err(Error::ParameterOutOfRange { param: "fee", least: 0 })
        }
    }

    /// The fee in minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// The fee as an amount to post; `None` if there is none, because zero is no posting.
    #[must_use]
    pub const fn amount(self) -> Option<Amount> {
        if self.0 == 0 { None } else { Some(Amount(self.0)) }
    }
}

/// An amount with a direction: positive in the merchant's favour, negative against; never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignedAmount(i64);

impl SignedAmount {
    /// Checks that the magnitude of `minor` is an [`Amount`].
    ///
    /// # Errors
    /// [`Error::ParameterOutOfRange`] for zero and for magnitudes above [`Amount::MAX`].
    pub fn from_minor(minor: i64) -> Result<Self> {
        Amount::from_minor(minor.saturating_abs()).map(|_| Self(minor))
    }

    /// The number of minor units, with its sign.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// Whether the amount is against the merchant.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0.is_negative()
    }

    /// The amount without its sign.
    #[must_use]
    pub const fn magnitude(self) -> Amount {
        Amount(self.0.saturating_abs())
    }
}

impl SignedAmount {
    /// The same amount the other way.
    pub(crate) const fn reversed(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl From<Amount> for Fee {
    fn from(amount: Amount) -> Self {
        Self(amount.0)
    }
}

impl From<Amount> for SignedAmount {
    fn from(amount: Amount) -> Self {
        Self(amount.0)
    }
}

/// A sum of postings in minor units: any 64-bit number, of either sign.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Balance(pub(crate) i64);

impl Balance {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// A sum of so many minor units.
    #[must_use]
    pub const fn from_minor(minor: i64) -> Self {
        Self(minor)
    }

    /// The sum in minor units.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// The sum in major units, with as many decimals as the exponent says.
    #[must_use]
    pub fn to_major(self, exponent: u32) -> Decimal {
        Decimal::new(self.0, exponent)
    }

    /// The sum without an amount.
    pub(crate) const fn less(self, amount: Amount) -> Self {
        Self(self.0.saturating_sub(amount.0))
    }

    /// The sum with an amount.
    pub(crate) const fn plus(self, amount: Amount) -> Self {
        Self(self.0.saturating_add(amount.0))
    }
}

/// What the file keeps was checked when it was written; if it isn't valid now, the file is damaged.
macro_rules! checked_when_stored {
    ($($money:ty),*) => {$(
        impl $money {
            pub(crate) fn from_stored(minor: i64) -> Result<Self> {
                Self::from_minor(minor).map_err(|_| Error::corrupt(format!("the amount {minor}")))
            }
        }
    )*};
}

checked_when_stored!(Amount, Fee);

/// Numbers of minor units go out as strings, because a JSON reader may round a large number.
macro_rules! minor_units_as_text {
    ($($money:ty: $from:expr),*) => {$(
        impl fmt::Display for $money {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl Serialize for $money {
            fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
                to.collect_str(&self.0)
            }
        }

        /// Reads a string of digits, as it is written.
        impl<'de> Deserialize<'de> for $money {
            fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
                json::parsed(from, "the digits of an amount", |text| {
                    let minor = text.parse().ok()?;
                    // One number has one spelling.
                    let digits = text.strip_prefix('-').unwrap_or(text);
                    let is_plain = digits == "0" || digits.starts_with(|first| matches!(first, '1'..='9'));
                    if is_plain && text != "-0" { ($from)(minor).ok() } else { None }
                })
            }
        }
    )*};
}

minor_units_as_text!(
    Amount: Amount::from_minor,
    Fee: Fee::from_minor,
    SignedAmount: SignedAmount::from_minor,
    Balance: |minor| Ok::<_, Error>(Balance(minor))
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_checked_at_their_edges() {
        for minor in [1, Amount::MAX.minor()] {
            assert_eq!(Amount::from_minor(minor).unwrap().minor(), minor);
            assert_eq!(SignedAmount::from_minor(-minor).unwrap().magnitude().minor(), minor);
        }
        for minor in [i64::MIN, -1, 0, MAX_MINOR + 1, i64::MAX] {
            assert!(Amount::from_minor(minor).is_err(), "{minor}");
        }
        assert!(SignedAmount::from_minor(0).is_err());
        assert!(SignedAmount::from_minor(i64::MIN).is_err());
        assert!(Fee::from_minor(-1).is_err());
        assert_eq!(Fee::from_minor(0).unwrap().amount(), None);
    }

    #[test]
    fn major_units_are_never_rounded() {
        let parse = |text: &str| text.parse::<Decimal>().unwrap();
        assert_eq!(Amount::from_major(parse("1.234"), 3).unwrap().minor(), 1234);
        assert_eq!(Amount::from_major(parse("1.2300"), 2).unwrap().minor(), 123);
        assert_eq!(Amount::from_major(parse("90071992547409.91"), 2).unwrap(), Amount::MAX);
        assert!(matches!(
            Amount::from_major(parse("1.234"), 2),
            Err(Error::ParameterInvalid { .. })
        ));
        for text in ["0", "-1", "90071992547409.92", "79228162514264337593543950335"] {
            assert!(
                matches!(
                    Amount::from_major(parse(text), 2),
                    Err(Error::ParameterOutOfRange { .. })
                ),
                "{text}"
            );
        }
        assert!(Amount::from_major(Decimal::ONE, 40).is_err());
        assert_eq!(Amount::MAX.to_major(3).to_string(), "9007199254740.991");
        assert_eq!(Balance(-912).to_major(2).to_string(), "-9.12");
    }
}
