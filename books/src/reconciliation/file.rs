//! Reads a settlement file, wholly or not at all.

use std::io::Read;

use csv::{ReaderBuilder, StringRecord};
use jiff::{civil::Date, fmt::strtime::BrokenDownTime};
use refundry::{Currency, Timestamp};
use sha2::{Digest, Sha256};

use super::{
    amount,
    layout::{CurrencyIn, Layout},
};
use crate::{
    error::{Error, Result},
    snapshot::Snapshot,
};

/// A line of the settlement file.
#[derive(Clone, Debug)]
pub(super) struct Theirs {
    pub(super) line: u64,
    pub(super) reference: Option<String>,
    /// In minor units, positive if it was paid.
    pub(super) amount: i64,
    pub(super) currency: Currency,
    pub(super) day: Date,
}

/// All of a settlement file.
pub(super) struct Settlement {
    pub(super) lines: Vec<Theirs>,
    /// The SHA-256 of its bytes.
    pub(super) hash: String,
}

/// Reads the file. The first line that can't be read refuses all of it.
pub(super) fn read(
    mut from: impl Read,
    layout: &Layout,
    snapshot: &Snapshot<'_>,
) -> Result<Settlement> {
    let mut bytes = Vec::new();
    if let Err(error) = from.read_to_end(&mut bytes) {
        return Err(Error::Line { line: 1, problem: format!("the file can't be read ({error})") });
    }
    let mut place = Place { bytes: &bytes, at: 0, line: 1 };
    let mut reader = ReaderBuilder::new().delimiter(layout.delimiter).from_reader(&bytes[..]);
    let columns = match reader.headers() {
        Ok(headings) => Columns::find(headings, layout)?,
        Err(error) => return Err(place.unreadable(&error)),
    };
    let mut lines = Vec::new();
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(place.unreadable(&error)),
        }
        let line = place.line_of(record.position());
        let theirs = columns.line(&record, line, layout, snapshot);
        lines.push(theirs.map_err(|problem| Error::Line { line, problem })?);
    }
    if bytes.iter().filter(|byte| **byte == b'"').count() % 2 != 0 {
        let line = lines.last().map_or(1, |last| last.line);
        let problem = "a quotation mark up to here is never closed; was the file cut off?".into();
        return Err(Error::Line { line, problem });
    }
    if lines.is_empty() {
        return Err(Error::Line {
            line: 2,
            problem: "there are no lines below the headings".into(),
        });
    }
    let hash = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Settlement { lines, hash })
}

/// How many lines were passed. The reader's own count does not know the blank lines before a record.
struct Place<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl Place<'_> {
    /// The line on which a record begins; records come in order.
    fn line_of(&mut self, position: Option<&csv::Position>) -> u64 {
        let begin = position.and_then(|position| usize::try_from(position.byte()).ok());
        let begin = begin.unwrap_or(self.at).max(self.at);
        let passed = self.bytes.get(self.at..begin).unwrap_or_default();
        let rest = self.bytes.get(begin..).unwrap_or_default();
        let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let blanks = rest.get(..blank).unwrap_or_default();
        let ends = passed.iter().chain(blanks).filter(|byte| **byte == b'\n').count();
        self.line = self.line.saturating_add(ends as u64);
        self.at = begin.saturating_add(blank);
        self.line
    }

    fn unreadable(&mut self, error: &csv::Error) -> Error {
        let line = self.line_of(error.position());
        let problem = match error.kind() {
            csv::ErrorKind::Utf8 { .. } => "it is not UTF-8".into(),
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("it has {len} columns, and the lines before have {expected_len}")
            }
            _ => error.to_string(),
        };
        Error::Line { line, problem }
    }
}

/// Where the columns are.
struct Columns {
    amount: usize,
    date: usize,
    reference: Option<usize>,
    currency: Option<usize>,
}

impl Columns {
    fn find(headings: &StringRecord, layout: &Layout) -> Result<Self> {
        let find = |heading: &str| {
            let mut places = headings.iter().enumerate().filter(|(_, of)| of.trim() == heading);
            match (places.next(), places.next()) {
                (Some((place, _)), None) => Ok(place),
                (Some(_), Some(_)) => {
                    Err(Error::Mapping(format!("the file has several columns {heading:?}")))
                }
                (None, _) => {
                    let all = headings.iter().collect::<Vec<_>>().join(", ");
                    let words = format!("the file has no column {heading:?}, but: {all}");
                    Err(Error::Mapping(words))
                }
            }
        };
        Ok(Self {
            amount: find(&layout.amount)?,
            date: find(&layout.date)?,
            reference: layout.reference.as_deref().map(find).transpose()?,
            currency: match &layout.currency {
                CurrencyIn::Column(heading) => Some(find(heading)?),
                CurrencyIn::All(_) => None,
            },
        })
    }

    /// One line, or what is wrong with it.
    fn line(
        &self,
        record: &StringRecord,
        line: u64,
        layout: &Layout,
        snapshot: &Snapshot<'_>,
    ) -> Result<Theirs, String> {
        let cell = |place: usize| record.get(place).unwrap_or_default().trim();
        let currency = match (self.currency, &layout.currency) {
            (None, CurrencyIn::All(currency)) => *currency,
            (place, _) => {
                let code = place.map_or("", cell);
                Currency::from_code(code)
                    .map_err(|_| format!("{code:?} is not the code of a currency of ISO 4217"))?
            }
        };
        let text = cell(self.amount);
        let exponent = snapshot.decimals.exponent(currency);
        let amount = amount::parse(text, exponent, layout.decimal_comma, layout.minor_units)
            .and_then(|amount| if layout.negated { amount.checked_neg() } else { Some(amount) })
            .ok_or_else(|| {
                format!("{text:?} is not an amount of {currency} in the form that was said")
            })?;
        let text = cell(self.date);
        let day = day(text, layout)
            .ok_or_else(|| format!("{text:?} is not a date in the form that was said"))?;
        let reference = self.reference.map(cell).filter(|reference| !reference.is_empty());
        Ok(Theirs { line, reference: reference.map(str::to_owned), amount, currency, day })
    }
}

/// The day that a text says.
fn day(text: &str, layout: &Layout) -> Option<Date> {
    match &layout.date_format {
        Some(format) => BrokenDownTime::parse(format, text).ok()?.to_date().ok(),
        None if text.len() == 10 => text.parse().ok(),
        None => Some(layout.zone.clock(Timestamp::parse(text).ok()?.millis()).date()),
    }
}
