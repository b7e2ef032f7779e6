//! A book as a journal of plain-text accounting, in the order of its entries' days.

mod beancount;
mod dialect;
mod hledger;

use std::{collections::BTreeMap, io::Write, ops::RangeInclusive};

use jiff::civil::Date;
use refundry::JournalEntry;

pub use self::dialect::Dialect;
use self::dialect::Notation;
use crate::{
    error::{Error, Result},
    period::{Period, Place, Zone},
    snapshot::Snapshot,
    sorter::Sorter,
    sums::Sums,
};

/// What stands at the top of a journal.
struct Chart<'a> {
    merchant_id: &'a str,
    merchant_name: String,
    head: String,
    /// What the journal leaves out, in words; none if it is whole.
    period: Option<String>,
    /// Currencies and their decimals.
    currencies: Vec<(String, u32)>,
    /// The day of the first entry.
    first: Date,
}

/// The sums at the end of a day.
struct Balances<'a> {
    day: Date,
    sums: &'a Sums,
}

/// Writes the entries of a period, in the order of the moments at which they took effect, after
/// what the accounts held before. The balances at the end of each month, and at the end, are
/// asserted, so that the program that reads the journal finds what was altered in it.
///
/// Days are those of UTC. Memory does not grow with the book: what does not fit in 4 MB is sorted in
/// a temporary file.
///
/// # Errors
/// [`Error::Year`] if the program can't read the year of an entry; [`Error::Head`];
/// [`Error::Unsound`]; [`Error::Ledger`], [`Error::Sorting`] and [`Error::Output`] for failures of
/// the machine. But for the last, nothing was written then.
pub fn write_journal(
    snapshot: &mut Snapshot<'_>,
    period: &Period,
    dialect: Dialect,
    to: &mut impl Write,
) -> Result<()> {
    snapshot.check(period)?;
    let notation = Notation { dialect, snapshot };
    Gathered::of(notation, period)?.write(notation, period, to)
}

/// The entries of a period, rendered and about to be put in order.
struct Gathered {
    opening: Sums,
    /// What each month's entries add up to, by the month's first day.
    months: BTreeMap<Date, Month>,
    entries: Sorter,
}

struct Month {
    sums: Sums,
    last: Date,
}

impl Gathered {
    fn of(notation: Notation<'_>, period: &Period) -> Result<Self> {
        let Notation { dialect, snapshot } = notation;
        let mut gathered =
            Self { opening: Sums::default(), months: BTreeMap::new(), entries: Sorter::new() };
        snapshot.walk_named(|named| match period.place(&named.entry) {
            // Not every program takes an entry that moves nothing: a dispute that was lost, a hand-over.
            Place::After | Place::Within if named.entry.postings.is_empty() => Ok(()),
            Place::After => Ok(()),
            Place::Before => {
                named.entry.postings.iter().for_each(|posting| gathered.opening.add(posting));
                Ok(())
            }
            Place::Within => {
                let entry = &named.entry;
                let day = gathered.count(entry, dialect)?;
                let key = [entry.effective_at.millis(), entry.seq, 0];
                gathered.entries.push(key, |to| notation.entry(named, day, to))
            }
        })?;
        Ok(gathered)
    }

    /// Adds an entry to its month, and returns its day.
    fn count(&mut self, entry: &JournalEntry, dialect: Dialect) -> Result<Date> {
        let day = Zone::UTC.clock(entry.effective_at.millis()).date();
        check_year(entry, day, dialect)?;
        let month = self.months.entry(day.first_of_month());
        let month = month.or_insert_with(|| Month { sums: Sums::default(), last: day });
        month.last = month.last.max(day);
        entry.postings.iter().for_each(|posting| month.sums.add(posting));
        Ok(day)
    }

    fn write(self, notation: Notation<'_>, period: &Period, to: &mut impl Write) -> Result<()> {
        let Self { opening, months, entries } = self;
        let chart = chart(notation.snapshot, period, &months);
        let begin = notation.begin(&chart, to).and_then(|()| {
            let balances = Balances { day: chart.first, sums: &opening };
            notation.opening(&balances, to)
        });
        begin.map_err(Error::Output)?;

        let mut sums = opening;
        let mut months = months.into_iter().peekable();
        // Closes the months before a day.
        let mut close = |before: Option<Date>, to: &mut _| {
            let is_over = |first: &Date| before.is_none_or(|day| *first < day.first_of_month());
            while let Some((_, month)) = months.next_if(|(first, _)| is_over(first)) {
                sums.add_all(&month.sums);
                let balances = Balances { day: month.last, sums: &sums };
                notation.assertions(&balances, to)?;
            }
            Ok(())
        };
        entries.finish(|[millis, ..], text| {
            close(Some(Zone::UTC.clock(millis).date()), to).map_err(Error::Output)?;
            to.write_all(text).map_err(Error::Output)
        })?;
        close(None, to).and_then(|()| to.flush()).map_err(Error::Output)
    }
}

fn chart<'a>(
    snapshot: &'a Snapshot<'_>,
    period: &Period,
    months: &BTreeMap<Date, Month>,
) -> Chart<'a> {
    let is_control = |character: char| character.is_control();
    let period = (*period != Period::ALL).then(|| {
        let (from, to) = period.ends(&Zone::UTC);
        let or = |end: Option<String>, other: &str| end.unwrap_or_else(|| other.to_owned());
        format!("{} to {}", or(from, "the first entry"), or(to, "the last entry"))
    });
    Chart {
        merchant_id: &snapshot.merchant.id,
        // One line, whatever the name is.
        merchant_name: snapshot.merchant.name.replace(is_control, " "),
        head: snapshot.head.to_string(),
        period,
        currencies: snapshot
            .exponents()
            .map(|(currency, exponent)| (currency.code().to_owned(), exponent))
            .collect(),
        first: months.keys().next().copied().unwrap_or(Date::constant(2000, 1, 1)),
    }
}

fn check_year(entry: &JournalEntry, day: Date, dialect: Dialect) -> Result<()> {
    let years: RangeInclusive<i16> = dialect.years();
    if years.contains(&day.year()) {
        return Ok(());
    }
    Err(Error::Year {
        entry: entry.id.clone(),
        year: day.year(),
        program: dialect.name(),
        first: *years.start(),
        last: *years.end(),
    })
}
