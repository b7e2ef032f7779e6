//! `statement`: what a merchant had, what happened, what it has.

use clap::{Args, ValueEnum};
use refundry_books::{Language, Period, Snapshot, StatementFormat, Zone};

use super::{Books, Failure, print};

/// Writes a merchant's statement to standard output: all of it, of a month, or from one day to
/// another. What it adds up is compared with the ledger's balances.
#[derive(Args)]
pub(super) struct Statement {
    /// Whose: `acct_…`
    merchant: String,
    /// Which month, such as 2026-11
    #[arg(long, conflicts_with_all = ["from", "to"])]
    month: Option<String>,
    /// From when: a day, a moment, or after a head, seq:hash
    #[arg(long, value_name = "WHEN")]
    from: Option<String>,
    /// Until when: a day (itself included), a moment (not included), or a head
    #[arg(long, value_name = "WHEN")]
    to: Option<String>,
    /// Whose days: a time zone of the IANA database, such as Africa/Cairo
    #[arg(long, default_value = "UTC")]
    zone: String,
    /// For whom
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// In which language, if it is not csv
    #[arg(long, value_enum, default_value_t = Lang::En)]
    lang: Lang,
    #[command(flatten)]
    books: Books,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// One page that a browser prints to A4
    Html,
    /// For a spreadsheet
    Csv,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lang {
    /// English
    En,
    /// Arabic
    Ar,
}

impl Statement {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self { merchant, month, from, to, zone, format, lang, books } = self;
        let zone = Zone::named(&zone)?;
        let period = match month {
            Some(month) => Period::month(&month, &zone)?,
            None => Period::between(from.as_deref(), to.as_deref(), &zone)?,
        };
        let format = match format {
            Format::Text => StatementFormat::Text,
            Format::Html => StatementFormat::Html,
            Format::Csv => StatementFormat::Csv,
        };
        let language = match lang {
            Lang::En => Language::English,
            Lang::Ar => Language::Arabic,
        };
        books.read(&merchant, |ledger| {
            let mut snapshot = Snapshot::of(ledger, &merchant)?;
            let statement = refundry_books::Statement::of(&mut snapshot, &period, &zone)?;
            print::stream(|to| statement.write(format, language, to))
        })
    }
}
