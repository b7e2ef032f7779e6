//! Minor units as people write them: with the decimals of their currency.

use std::fmt;

/// A number of minor units, shown in major units with all decimals of its currency.
#[derive(Clone, Copy)]
pub(crate) struct Major {
    pub(crate) minor: i128,
    pub(crate) exponent: u32,
}

impl Major {
    pub(crate) fn new(minor: impl Into<i128>, exponent: u32) -> Self {
        Self { minor: minor.into(), exponent }
    }

    /// The whole units and the rest, which has as many digits as the exponent says.
    fn parts(self) -> (u128, u128) {
        let scale = 10_u128.saturating_pow(self.exponent);
        let magnitude = self.minor.unsigned_abs();
        // The scale is at least 1.
        (magnitude.checked_div(scale).unwrap_or(0), magnitude.checked_rem(scale).unwrap_or(0))
    }

    fn sign(self) -> &'static str {
        if self.minor.is_negative() { "-" } else { "" }
    }

    /// With a comma between thousands, for people.
    pub(crate) fn grouped(self) -> String {
        let (whole, rest) = self.parts();
        let digits = whole.to_string();
        let mut text = String::from(self.sign());
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && digits.len().saturating_sub(at).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        if let width @ 1.. = self.exponent as usize {
            text.push_str(&format!(".{rest:0width$}"));
        }
        text
    }
}

/// As programs read it: a point, no separator of thousands.
impl fmt::Display for Major {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = self.parts();
        let sign = self.sign();
        match self.exponent as usize {
            0 => write!(f, "{sign}{whole}"),
            width => write!(f, "{sign}{whole}.{rest:0width$}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_decimal_of_the_currency_is_shown() {
        for (minor, exponent, plain, grouped) in [
            (0, 2, "0.00", "0.00"),
            (-5, 3, "-0.005", "-0.005"),
            (-912, 2, "-9.12", "-9.12"),
            (123, 0, "123", "123"),
            (-1_234_567, 0, "-1234567", "-1,234,567"),
            (1_234_567, 3, "1234.567", "1,234.567"),
            (i64::MIN, 2, "-92233720368547758.08", "-92,233,720,368,547,758.08"),
        ] {
            let major = Major::new(minor, exponent);
            assert_eq!((major.to_string().as_str(), major.grouped().as_str()), (plain, grouped));
        }
    }
}
