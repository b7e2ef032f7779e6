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
        let millis = read(text).ok_or(INVALID)?;
        if (Self::MIN.0..=Self::MAX.0).contains(&millis) { Ok(Self(millis)) } else { Err(INVALID) }
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

/// Reads `2024-01-01T02:00:00.000+02:00` as milliseconds since 1970. A ledger's dates have this form
/// alone, so that few lines do, and a library's tables of time zones need not be loaded in browsers.
fn read(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize, most: i64| {
        let digits = text.get(from..to)?;
        let number =
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?;
        number.filter(|number| *number <= most)
    };
    let has = |at: usize, byte: u8| text.as_bytes().get(at) == Some(&byte);
    if !(has(4, b'-') && has(7, b'-') && has(10, b'T') && has(13, b':') && has(16, b':')) {
        return None;
    }
    let date = (number(0, 4, 9_999)?, number(5, 7, 12)?, number(8, 10, 31)?);
    let days = days_until(date);
    // A day that the month does not have is one of the next month.
    if date_of(days) != date {
        return None;
    }
    let clock = [number(11, 13, 23)?, number(14, 16, 59)?, number(17, 19, 59)?];
    let rest = text.get(19..)?;
    let at = rest.find(['Z', '+', '-'])?;
    let (fraction, offset) = rest.split_at(at);
    let offset = match offset.as_bytes() {
        [b'Z'] => 0,
        [sign, _, _, b':', _, _] => {
            let at = text.len().checked_sub(5)?;
            let minutes = minutes(
                number(at, at.checked_add(2)?, 23)?,
                number(at.checked_add(3)?, text.len(), 59)?,
            );
            if *sign == b'-' { minutes.saturating_neg() } else { minutes }
        }
        _ => return None,
    };
    let [hour, minute, second] = clock;
    let minutes =
        days.saturating_mul(24 * 60).saturating_add(minutes(hour, minute)).saturating_sub(offset);
    let seconds = minutes.saturating_mul(60).saturating_add(second);
    Some(seconds.saturating_mul(1_000).saturating_add(millis_of(fraction)?))
}

fn minutes(hours: i64, minutes: i64) -> i64 {
    hours.saturating_mul(60).saturating_add(minutes)
}

/// Reads nothing, or a point and up to nine digits of which no more than three count.
fn millis_of(fraction: &str) -> Option<i64> {
    if fraction.is_empty() {
        return Some(0);
    }
    let digits = fraction.strip_prefix('.')?;
    let fine = digits.get(3..).unwrap_or_default();
    if !(1..=9).contains(&digits.len())
        || !digits.bytes().all(|byte| byte.is_ascii_digit())
        || fine.bytes().any(|byte| byte != b'0')
    {
        return None;
    }
    let (whole, _) = digits.split_at(digits.len().min(3));
    let each = [100, 10, 1].get(whole.len().checked_sub(1)?)?;
    whole.parse::<i64>().ok()?.checked_mul(*each)
}

/// Days from 1970-01-01 until a date, by the calendar that everybody has now. Years begin in March here,
/// so that the day that some have more is their last.
#[expect(clippy::arithmetic_side_effects, reason = "years have four digits")]
fn days_until((year, month, day): (i64, i64, i64)) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leaps + (month * 153 + 2) / 5 + day - 1 - EPOCH
}

/// The date, so many days from 1970-01-01: year, month and day.
#[expect(clippy::arithmetic_side_effects, reason = "years have four digits")]
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH;
    let (era, day) = (days.div_euclid(ERA), days.rem_euclid(ERA));
    let year = (day - day / 1_460 + day / 36_524 - day / (ERA - 1)) / 365;
    let day = day - (year * 365 + year / 4 - year / 100);
    let month = (day * 5 + 2) / 153;
    let day = day - (month * 153 + 2) / 5 + 1;
    let year = year + era * 400;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

/// Days of four hundred years, after which the calendar repeats itself.
const ERA: i64 = 146_097;

/// Days from 0000-03-01 until 1970-01-01.
const EPOCH: i64 = 719_468;

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, millis) = (self.0.div_euclid(OwnTime::DAY), self.0.rem_euclid(OwnTime::DAY));
        let (year, month, day) = date_of(days);
        let (seconds, millis) = (millis / 1_000, millis % 1_000);
        // Digit by digit: every answer has moments, and the language's own formatting takes longer.
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let mut put = |places: std::ops::Range<usize>, mut number: i64| {
            for digit in text.get_mut(places).into_iter().flatten().rev() {
                *digit = b"0123456789"[usize::try_from(number % 10).unwrap_or_default()];
                number /= 10;
            }
        };
        put(0..4, year);
        put(5..7, month);
        put(8..10, day);
        put(11..13, seconds / 3_600);
        put(14..16, seconds / 60 % 60);
        put(17..19, seconds % 60);
        put(20..23, millis);
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
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

    /// By a library that knows every form and calendar.
    fn read_by_jiff(text: &str) -> Option<i64> {
        let moment: jiff::Timestamp = text.parse().ok()?;
        let whole = moment.subsec_nanosecond() % 1_000_000 == 0;
        let range = Timestamp::MIN.0..=Timestamp::MAX.0;
        Some(moment.as_millisecond()).filter(|millis| whole && range.contains(millis))
    }

    #[test]
    fn every_day_is_the_calendars() {
        // All days of four hundred years, after which all repeats, and a day of each year.
        let from = Timestamp::parse("2000-01-01T00:00:00.000Z").unwrap().millis();
        let eras = (0..ERA).map(|day| from + day * OwnTime::DAY);
        let years = (Timestamp::MIN.0..=Timestamp::MAX.0).step_by(367 * 86_400_000);
        for begin in eras.chain(years).chain([Timestamp::MAX.0]) {
            // Another moment each day.
            let moment = Timestamp::from_millis(begin + begin / OwnTime::DAY % 86_400 * 1_000 + 7);
            let known = jiff::Timestamp::from_millisecond(moment.millis()).unwrap();
            assert_eq!(moment.to_string(), format!("{known:.3}"));
            assert_eq!(Timestamp::parse(&moment.to_string()).unwrap(), moment);
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_read_is_what_a_library_reads(
            (year, month, day) in (0_u32..10_020, 0_u32..15, 0_u32..34),
            (hour, minute, second) in (0_u32..26, 0_u32..62, 0_u32..60),
            fraction in "(\\.[0-9]{0,10}|\\.[0-9]{1,3}0{0,6})?",
            offset in "(Z|[+-][0-2][0-9]:[0-7][0-9])",
        ) {
            let text = format!(
                "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{offset}"
            );
            let offset_is_known = offset == "Z" || &offset[1..3] < "24";
            let expected = read_by_jiff(&text).filter(|_| offset_is_known && text.get(10..11) == Some("T"));
            assert_eq!(Timestamp::parse(&text).ok().map(Timestamp::millis), expected, "{text}");
        }

        #[test]
        fn no_text_is_read_as_a_moment_that_it_is_not(text in "[0-9TZ:.+-]{0,32}|\\PC{0,32}") {
            if let Ok(moment) = Timestamp::parse(&text) {
                assert_eq!(read_by_jiff(&text), Some(moment.millis()), "{text}");
            }
        }
    }
}
