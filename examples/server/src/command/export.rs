//! `export`: a merchant's book for accountants' programs.

use std::io::{self, IsTerminal};

use clap::{Args, ValueEnum};
use refundry_books::{
    Dialect, Period, Snapshot, Table, Zone, write_journal, write_parquet, write_table,
};

use super::{Books, Failure, print};

/// Writes a merchant's book to standard output. Days are those of UTC. The book is exported up to
/// the head that it has now, also while it is being served.
#[derive(Args)]
pub(super) struct Export {
    /// For which program
    format: Format,
    /// Whose: `acct_…`
    merchant: String,
    /// Which table, for csv and parquet
    #[arg(long, value_enum, default_value_t = Of::Journal)]
    table: Of,
    /// From when: a day, a moment, or after a head, seq:hash, as `verify` prints
    #[arg(long, value_name = "WHEN")]
    from: Option<String>,
    /// Until when: a day (itself included), a moment (not included), or a head
    #[arg(long, value_name = "WHEN")]
    to: Option<String>,
    #[command(flatten)]
    books: Books,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A journal that `hledger check --strict ordereddates` accepts
    Hledger,
    /// A journal that `ledger --pedantic` accepts
    Ledger,
    /// A journal that `bean-check` accepts
    Beancount,
    /// A table as RFC 4180 has it; a text that could be a formula begins with an apostrophe
    Csv,
    /// A table for data frames, such as those of DuckDB, pandas and Polars
    Parquet,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Of {
    /// The postings of all entries
    Journal,
    /// The lines of the statement, the newest first
    Statement,
    /// The refunds, the newest first
    Refunds,
    /// The charges, the newest first
    Charges,
    /// The disputes, the newest first
    Disputes,
}

impl Export {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self { format, merchant, table, from, to, books } = self;
        let period = Period::between(from.as_deref(), to.as_deref(), &Zone::UTC)?;
        let dialect = match format {
            Format::Hledger => Some(Dialect::Hledger),
            Format::Ledger => Some(Dialect::Ledger),
            Format::Beancount => Some(Dialect::Beancount),
            Format::Csv | Format::Parquet => None,
        };
        if dialect.is_some() && table != Of::Journal {
            return Err(Failure::usage(
                "--table is for csv and parquet; leave it out, or write one of these",
            ));
        }
        let is_parquet = format == Format::Parquet;
        if is_parquet && io::stdout().is_terminal() {
            return Err(Failure::usage("parquet is not for a terminal; send it to a file with >"));
        }
        let table = match table {
            Of::Journal => Table::Journal,
            Of::Statement => Table::Statement,
            Of::Refunds => Table::Refunds,
            Of::Charges => Table::Charges,
            Of::Disputes => Table::Disputes,
        };
        books.read(&merchant, |ledger| {
            let mut snapshot = Snapshot::of(ledger, &merchant)?;
            print::stream(|to| match dialect {
                Some(dialect) => write_journal(&mut snapshot, &period, dialect, to),
                None if is_parquet => write_parquet(&mut snapshot, &period, table, to),
                None => write_table(&mut snapshot, &period, table, to),
            })
        })
    }
}
