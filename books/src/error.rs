//! What can go wrong while books are written or compared.

use std::io;

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong. Nothing in the ledger was changed, unless a settlement was being recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The ledger refused or failed.
    #[error(transparent)]
    Ledger(#[from] refundry::Error),
    /// What was made can't be written where it was to go.
    #[error("the output can't be written ({0}); what is there of it is not whole")]
    Output(#[source] io::Error),
    /// The temporary file in which entries are sorted can't be written or read.
    #[error(
        "the temporary file for sorting can't be used ({0}); nothing in the ledger was changed; \
         make room in the temporary folder, or set TMPDIR to another"
    )]
    Sorting(#[source] io::Error),
    /// The entries do not add up to the balances that the ledger keeps.
    #[error(
        "the entries of {merchant_id} up to je_{seq} do not add up to its balances in {currency}; \
         the ledger is unsound: run `verify`"
    )]
    Unsound {
        /// Whose book.
        merchant_id: String,
        /// The last entry that was read.
        seq: i64,
        /// In which currency.
        currency: refundry::Currency,
    },
    /// A head that the book never had.
    #[error("{merchant_id} never had the head {head}; nothing was written; check where it is from")]
    Head {
        /// Whose book.
        merchant_id: String,
        /// As it was given.
        head: String,
    },
    /// A period, day, month or time zone that can't be read.
    #[error("{value:?} is not {expected}")]
    Period {
        /// As it was given.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The program for which the journal is meant can't read its years.
    #[error(
        "the entry {entry} is of the year {year}, and {program} reads the years {first} to {last} \
         only; nothing was written; leave the entry out with a period, or choose another format"
    )]
    Year {
        /// Which entry.
        entry: String,
        /// Its year.
        year: i16,
        /// Which program.
        program: &'static str,
        /// The first year that it reads.
        first: i16,
        /// The last one.
        last: i16,
    },
    /// A settlement file that can't be read wholly.
    #[error("line {line}: {problem}; nothing was compared; correct the line or the options")]
    Line {
        /// Which line, counted from 1.
        line: u64,
        /// What is wrong with it.
        problem: String,
    },
    /// A line of a settlement file that should have one currency alone is in another.
    #[error(
        "line {line} is in {currency}, and {only} alone is compared; nothing was compared; leave out the \
         restriction, or compare a file of {only}"
    )]
    OtherCurrency {
        /// Which line, counted from 1.
        line: u64,
        /// Its currency.
        currency: refundry::Currency,
        /// The only currency that was asked for.
        only: refundry::Currency,
    },
    /// Options that do not fit a settlement file.
    #[error("{0}; nothing was compared")]
    Mapping(String),
    /// There is something to settle, but not everything is matched.
    #[error("{open} lines are open, so nothing was settled; the report says which")]
    Open {
        /// How many.
        open: u64,
    },
}

impl Error {
    /// Whether it is the fault of the one who asks, not of the machine or the ledger.
    #[must_use]
    pub const fn is_of_the_request(&self) -> bool {
        match self {
            Self::Head { .. }
            | Self::Period { .. }
            | Self::Year { .. }
            | Self::Line { .. }
            | Self::OtherCurrency { .. }
            | Self::Mapping(_)
            | Self::Open { .. } => true,
            Self::Ledger(_) | Self::Output(_) | Self::Sorting(_) | Self::Unsound { .. } => false,
        }
    }
}
