//! Journals for Beancount.

use std::{
    fmt,
    io::{self, Write},
};

use jiff::civil::Date;
use refundry::{Account, JournalEntry};

use super::{Chart, dialect::Notation};
use crate::name;

/// Describes the book, and opens its accounts.
pub(super) fn begin(
    notation: Notation<'_>,
    chart: &Chart<'_>,
    to: &mut impl Write,
) -> io::Result<()> {
    let Chart { merchant_id, merchant_name, first, .. } = chart;
    writeln!(to, "; Head of the chain: {}", chart.head)?;
    if let Some(period) = &chart.period {
        writeln!(to, "; Only from {period}")?;
    }
    writeln!(to, "; Days are those of UTC.")?;
    writeln!(to, "option \"title\" {}", quoted(&format!("{merchant_name} ({merchant_id})")))?;
    for (currency, _) in &chart.currencies {
        writeln!(to, "option \"operating_currency\" \"{currency}\"")?;
    }
    writeln!(to)?;
    for (currency, exponent) in &chart.currencies {
        writeln!(to, "{first} commodity {currency}\n  exponent: {exponent}")?;
    }
    let codes: Vec<_> = chart.currencies.iter().map(|(code, _)| code.as_str()).collect();
    for account in Account::ALL {
        let name = notation.account(account);
        writeln!(to, "{first} open {name} {}", codes.join(","))?;
        writeln!(to, "  merchant: \"{merchant_id}\"\n  name: {}", quoted(merchant_name))?;
    }
    writeln!(to)
}

/// Writes an entry up to its postings. Entries that belong together share links.
pub(super) fn entry(
    entry: &JournalEntry,
    day: Date,
    reference: Option<&str>,
    to: &mut impl Write,
) -> io::Result<()> {
    write!(to, "{day} * \"{}\" \"{}\" ", name::cause(entry.cause), entry.source)?;
    write!(to, "^{} ^{}", entry.id, entry.source)?;
    if let Some(reversed) = &entry.reverses {
        write!(to, " ^{reversed}\n  reverses: \"{reversed}\"")?;
    }
    writeln!(to, "\n  seq: {}", entry.seq)?;
    writeln!(to, "  at: \"{}\"", entry.effective_at)?;
    if entry.recorded_at != entry.effective_at {
        writeln!(to, "  recorded: \"{}\"", entry.recorded_at)?;
    }
    if let Some(reference) = reference {
        writeln!(to, "  reference: {}", quoted(reference))?;
    }
    writeln!(to, "  hash: \"{}\"", entry.hash)
}

/// A string between quotes.
fn quoted(text: &str) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        f.write_str("\"")?;
        for character in text.chars() {
            if matches!(character, '"' | '\\') {
                f.write_str("\\")?;
            }
            write!(f, "{character}")?;
        }
        f.write_str("\"")
    })
}
