//! Journals for hledger and for Ledger, which differ in how a currency's decimals are declared.

use std::io::{self, Write};

use jiff::civil::Date;
use refundry::{Account, JournalEntry};

use super::{Chart, Dialect, dialect::Notation};
use crate::name;

/// The tags of entries. Both programs want them declared.
const TAGS: [&str; 6] = ["at", "recorded", "source", "reverses", "reference", "hash"];

/// Describes the book, and declares all that its entries use.
pub(super) fn begin(
    notation: Notation<'_>,
    chart: &Chart<'_>,
    to: &mut impl Write,
) -> io::Result<()> {
    writeln!(to, "; The book of {} ({})", chart.merchant_id, chart.merchant_name)?;
    writeln!(to, "; Head of its chain: {}", chart.head)?;
    if let Some(period) = &chart.period {
        writeln!(to, "; Only from {period}")?;
    }
    writeln!(to, "; Days are those of UTC.\n")?;
    for account in Account::ALL {
        writeln!(to, "account {}", notation.account(account))?;
    }
    for (currency, exponent) in &chart.currencies {
        writeln!(to, "\ncommodity {currency}")?;
        // hledger wants a decimal point even where there are no decimals; Ledger refuses it.
        let point = if notation.dialect == Dialect::Ledger && *exponent == 0 { "" } else { "." };
        let decimals = "0".repeat(*exponent as usize);
        writeln!(to, "    format 1000{point}{decimals} {currency}")?;
    }
    writeln!(to)?;
    TAGS.iter().try_for_each(|tag| writeln!(to, "tag {tag}"))?;
    writeln!(to)
}

/// Writes an entry up to its postings.
pub(super) fn entry(
    entry: &JournalEntry,
    day: Date,
    reference: Option<&str>,
    to: &mut impl Write,
) -> io::Result<()> {
    writeln!(to, "{day} * ({}) {}", entry.id, name::cause(entry.cause))?;
    writeln!(to, "    ; at: {}", entry.effective_at)?;
    // Every line costs the program time.
    if entry.recorded_at != entry.effective_at {
        writeln!(to, "    ; recorded: {}", entry.recorded_at)?;
    }
    writeln!(to, "    ; source: {}", entry.source)?;
    if let Some(reversed) = &entry.reverses {
        writeln!(to, "    ; reverses: {reversed}")?;
    }
    if let Some(reference) = reference {
        writeln!(to, "    ; reference: {reference}")?;
    }
    writeln!(to, "    ; hash: {}", entry.hash)
}
