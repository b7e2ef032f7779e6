//! Moments, as milliseconds since 1970-01-01T00:00:00Z.

use std::fmt;
#[cfg(not(target_family = "wasm"))]
use std::time::SystemTime;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
#[cfg(target_family = "wasm")]
use web_time::SystemTime;

use crate::words::{
    error::{Error, Result},
    json,
};

/// A moment in UTC, exact to the millisecond.
///
/// ```
/// use refundry::Timestamp;
///
/// let moment = Timestamp::parse("2024-01-01T02:00:00.000+02:00")?;
/// assert_eq!(moment.millis(), 1_704_067_200_000);
/// assert_eq!(moment.to_string(), "2024-01-01T00:00:00.000Z");
/// # Ok::<(), refundry::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 0001-01-01T00:00:00.000Z.
    pub const MIN: Self = Self(-62_135_596_800_000);
    /// 9999-12-30T22:00:00.000Z: the last moment whose year has four digits in every time zone.
    pub const MAX: Self = Self(253_402_207_200_000);

    /// The moment `millis` milliseconds after 1970-01-01T00:00:00Z, held within
    /// [`Timestamp::MIN`] and [`Timestamp::MAX`].
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// The moment in milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Reads an RFC 3339 date and time, in its upper-case form, with any offset.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if `text` is something else, is finer than a millisecond, or
    /// is outside [`Timestamp::MIN`] and [`Timestamp::MAX`].
    pub fn parse(text: &str) -> Result<Self> {
        const INVALID: Error = Error::ParameterInvalid {
            param: "createdAt",
            expected: "a date and time such as 2024-01-01T00:00:00.000Z, no finer than a millisecond",
        };
        // The parser knows looser forms too; a ledger's dates have one form.
        let has = |at: usize, byte: u8| text.as_bytes().get(at) == Some(&byte);
        let leap_second = text.get(17..19) == Some("60");
        let rest = text.get(19..).unwrap_or_default();
        let is_digit = |character: char| character.is_ascii_digit();
        let offset = rest.strip_prefix('.').map_or(rest, |rest| rest.trim_start_matches(is_digit));
        let has_offset = match offset.len() {
            1 => offset == "Z",
            6 => {
                offset.get(1..3).is_some_and(|hours| hours < "24") && offset.get(3..4) == Some(":")
            }
            _ => false,
        };
        if !has(10, b'T') || !has(16, b':') || leap_second || !has_offset {
            return Err(INVALID);
        }
        let moment: jiff::Timestamp = text.parse().map_err(|_| INVALID)?;
        let millis = moment.as_millisecond();
        let whole = moment.subsec_nanosecond() % 1_000_000 == 0;
        if whole && (Self::MIN.0..=Self::MAX.0).contains(&millis) {
            Ok(Self(millis))
        } else {
            Err(INVALID)
        }
    }

    /// What the file keeps is within the range; if it isn't, the file is damaged.
    pub(crate) fn from_stored(millis: i64) -> Result<Self> {
        let moment = Self::from_millis(millis);
        if moment.0 == millis {
            Ok(moment)
        } else {
            Err(Error::corrupt(format!("the moment {millis}")))
        }
    }

    /// What the system's clock says.
    #[must_use]
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// How far maturity goes ahead of the last moment that a ledger has seen. Longer than funds usually take
/// to mature, and than most shops are ever closed; less than clocks are usually wrong by.
const FURTHEST: i64 = 90 * OwnTime::DAY;

/// The rule for making charges mature at `now`.
pub(crate) fn decide_maturity(seen: Timestamp, now: Timestamp) -> Result<()> {
    if now.0.saturating_sub(seen.0) > FURTHEST {
        Err(Error::TooFarAhead { now, seen })
    } else {
        Ok(())
    }
}

/// The time that has passed by a book's own account. It follows the highest moment seen, by at most
/// a day for each recording. A clock that goes back does not move it, and one that jumps ahead
/// moves it by a day.
#[derive(Default)]
pub(crate) struct OwnTime {
    highest: Option<i64>,
    passed: i64,
}

impl OwnTime {
    const DAY: i64 = 24 * 60 * 60 * 1_000;

    /// Notes the moment of the next recording, and returns how many milliseconds have passed.
    pub(crate) fn pass(&mut self, recorded_at: Timestamp) -> i64 {
        let highest = self.highest.unwrap_or(recorded_at.0);
        let step = recorded_at.0.saturating_sub(highest).clamp(0, Self::DAY);
        self.passed = self.passed.saturating_add(step);
        self.highest = Some(highest.max(recorded_at.0));
        self.passed
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(moment) => write!(f, "{moment:.3}"),
            Err(_) => Err(fmt::Error),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        json::parsed(from, "a date and time", |text| Self::parse(text).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_in_and_one_form_out() {
        for text in
            ["1969-12-31T23:59:59.999Z", "2024-02-29T23:59:59.001Z", "0001-01-01T00:00:00.000Z"]
        {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), text);
        }
        for text in ["2024-01-01T02:00:00.5+02:00", "2023-12-31T00:01:00.500000-23:59"] {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), "2024-01-01T00:00:00.500Z");
        }
        for text in [
            "",
            "2024-01-01",
            "2024-01-01 00:00:00Z",
            "2024-01-01T00:00:00",
            "2024-02-30T00:00:00Z",
            "2024-01-01T00:00:00.0001Z",
            "-000001-01-01T00:00:00Z",
            "2024-01-01T00:00:00Z[UTC]",
            "9999-12-31T23:59:59Z",
            "2024-01-01T00Z",
            "2024-01-01T00:00Z",
            "2016-12-31T23:59:60Z",
            "2024-01-01t00:00:00Z",
            "2024-01-01T00:00:00z",
            "2024-01-01T000000.1Z",
            "2024-01-01T0000:00.1Z",
            "2024-01-01T00:0000.1Z",
            "2024-01-01T00:00:00+02",
            "2024-01-01T00:00:00+0200",
            "2024-01-01T00:00:00.5+0200",
            "2024-01-01T00:00:00+02:00:30",
            "2024-01-01T00:00:00+24:00",
            "2024-01-01T00:00:00,5Z",
            "2024-01-01T00:00:00.5",
            "2024-01-01T00:00:00é",
        ] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
        assert_eq!(Timestamp::from_millis(i64::MAX), Timestamp::MAX);
    }
}
