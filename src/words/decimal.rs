//! Money as people write it: `226.04` for 22604 piastres. Texts are read exactly or not at all.

use crate::words::{
    error::{Error, Result},
    money::{Amount, Balance, SignedAmount},
};

impl Amount {
    /// Reads major units as people write them: `"226.04"` with the exponent 2 is 22604.
    ///
    /// Nothing is rounded or guessed: there are only the digits 0 to 9 and perhaps one point,
    /// which has digits on both sides. The exponent is the currency's: see
    /// [`Ledger::exponent`](crate::Ledger::exponent).
    ///
    /// ```
    /// use refundry::Amount;
    ///
    /// let amount = Amount::parse("226.04", 2)?;
    /// assert_eq!(amount.minor(), 22_604);
    /// assert_eq!(amount.format(2), "226.04");
    /// assert!(Amount::parse("226.045", 2).is_err());
    /// # Ok::<(), refundry::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] for a sign, a separator of thousands, a space, a needless zero in
    /// front or more decimals than the currency has; [`Error::ParameterOutOfRange`] if the amount is
    /// not within `1..=Amount::MAX` minor units.
    pub fn parse(text: &str, exponent: u32) -> Result<Self> {
        Self::from_minor(parse(text, exponent)?)
    }
}

impl SignedAmount {
    /// Reads major units as [`Amount::parse`] does, with a `-` in front of what is negative.
    ///
    /// # Errors
    /// As [`Amount::parse`].
    pub fn parse(text: &str, exponent: u32) -> Result<Self> {
        match text.strip_prefix('-') {
            Some(magnitude) => Self::from_minor(parse(magnitude, exponent)?.saturating_neg()),
            None => Self::from_minor(parse(text, exponent)?),
        }
    }
}

macro_rules! written_in_major_units {
    ($($money:ty),*) => {$(
        impl $money {
            /// Writes major units as people do, with as many decimals as the exponent says.
            #[must_use]
            pub fn format(self, exponent: u32) -> String {
                format(self.minor(), exponent)
            }
        }
    )*};
}

written_in_major_units!(Amount, SignedAmount, Balance);

fn format(minor: i64, exponent: u32) -> String {
    let decimals = exponent as usize;
    let digits = format!("{:0>1$}", minor.unsigned_abs(), decimals.saturating_add(1));
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(decimals));
    let sign = if minor < 0 { "-" } else { "" };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

/// The number of minor units in a text without a sign.
fn parse(text: &str, exponent: u32) -> Result<i64> {
    const INVALID: Error = Error::ParameterInvalid {
        param: "amount",
        expected: "digits, with a point before decimals and no more of these than its currency has",
    };
    const OUT_OF_RANGE: Error = Error::ParameterOutOfRange { param: "amount", least: 1 };
    let decimals = exponent as usize;
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) => return Err(INVALID),
        Some(parts) => parts,
        None => (text, ""),
    };
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let has_needless_zero = whole.len() > 1 && whole.starts_with('0');
    if whole.is_empty()
        || has_needless_zero
        || fraction.len() > decimals
        || !is_number(whole)
        || !is_number(fraction)
    {
        return Err(INVALID);
    }
    // No currency has so many decimals; padding to them would have no end.
    10_i64.checked_pow(exponent).ok_or(OUT_OF_RANGE)?;
    format!("{whole}{fraction:0<decimals$}").parse().map_err(|_| OUT_OF_RANGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for (minor, exponent, text) in [
            (22_604, 2, "226.04"),
            (1, 2, "0.01"),
            (100, 2, "1.00"),
            (22_604, 0, "22604"),
            (1, 3, "0.001"),
            (1, 4, "0.0001"),
            (3_000_000_000, 2, "30000000.00"),
            (Amount::MAX.minor(), 0, "9007199254740991"),
            (Amount::MAX.minor(), 3, "9007199254740.991"),
            (1, 18, "0.000000000000000001"),
        ] {
            let amount = Amount::from_minor(minor).unwrap();
            assert_eq!(amount.format(exponent), text);
            assert_eq!(Amount::parse(text, exponent).unwrap(), amount, "{text}");
            let negative = SignedAmount::from_minor(-minor).unwrap();
            assert_eq!(negative.format(exponent), format!("-{text}"));
            assert_eq!(SignedAmount::parse(&format!("-{text}"), exponent).unwrap(), negative);
            assert_eq!(SignedAmount::parse(text, exponent).unwrap(), amount.into());
        }
        assert_eq!(Amount::parse("3.5", 2).unwrap().minor(), 350);
        assert_eq!(Amount::parse("3", 2).unwrap().minor(), 300);
    }

    #[test]
    fn every_balance_can_be_written() {
        assert_eq!(Balance::ZERO.format(2), "0.00");
        assert_eq!(Balance::from_minor(-5).format(2), "-0.05");
        assert_eq!(Balance::from_minor(i64::MIN).format(2), "-92233720368547758.08");
        assert_eq!(Balance::from_minor(i64::MAX).format(0), "9223372036854775807");
    }

    #[test]
    fn a_text_is_read_exactly_or_not_at_all() {
        for text in [
            "", ".", "5.", ".5", "1.234", "-1", "+1", " 1", "1 ", "1,5", "1,000", "1e3", "0x10",
            "1_0", "1.2.3", "007", "00", "00.5", "٢٢٦", "1.٥", "NaN", "EGP 1", "1.-5", "--1",
            "1.2\0",
        ] {
            let refused = Amount::parse(text, 2).unwrap_err();
            assert!(matches!(refused, Error::ParameterInvalid { param: "amount", .. }), "{text:?}");
        }
        assert!(matches!(Amount::parse("1.0", 0), Err(Error::ParameterInvalid { .. })));
        for text in ["--1", "-", "-.5", "+1", "- 1", "-01"] {
            let refused = SignedAmount::parse(text, 2).unwrap_err();
            assert!(matches!(refused, Error::ParameterInvalid { .. }), "{text:?}");
        }
    }

    #[test]
    fn an_amount_out_of_range_is_said_to_be_so() {
        let long = "9".repeat(1_000);
        for text in ["0", "0.00", "90071992547409.92", "92233720368547758.08", &long] {
            let refused = Amount::parse(text, 2).unwrap_err();
            assert!(
                matches!(refused, Error::ParameterOutOfRange { param: "amount", .. }),
                "{text}"
            );
        }
        for text in ["0", "-0", "-0.00", "-90071992547409.92"] {
            let refused = SignedAmount::parse(text, 2).unwrap_err();
            assert!(matches!(refused, Error::ParameterOutOfRange { .. }), "{text}");
        }
        assert!(matches!(Amount::parse("1", 19), Err(Error::ParameterOutOfRange { .. })));
        assert!(matches!(Amount::parse("0", u32::MAX), Err(Error::ParameterOutOfRange { .. })));
    }
}
