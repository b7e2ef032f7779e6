//! Books that people read, made from a Refundry ledger: journals for plain-text accounting, tables
//! for spreadsheets, statements to print, and reconciliation with an acquirer's file.
//!
//! Everything here stands on the ledger's public API, reads a book up to the head that it had at
//! the beginning, and compares what it adds up with the balances that the ledger keeps.
//!
//! ```
//! use refundry::{Amount, Currency, Ledger, NewMerchant, NewTransfer, Options};
//! use refundry_books::{Dialect, Period, Snapshot, write_journal};
//!
//! let mut ledger = Ledger::in_memory(Options::default())?;
//! let merchant = ledger.create_merchant(&NewMerchant::named("Cairo Books"))?;
//! let egp = Currency::from_code("EGP")?;
//! let top_up = NewTransfer::top_up(Amount::from_minor(5_000)?, egp);
//! ledger.book(&merchant.id)?.create_transfer(&top_up, None)?;
//!
//! let mut journal = Vec::new();
//! let mut snapshot = Snapshot::of(&mut ledger, &merchant.id)?;
//! write_journal(&mut snapshot, &Period::ALL, Dialect::Hledger, &mut journal)?;
//! assert!(String::from_utf8(journal)?.contains(" 50.00 EGP"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod asked;
mod error;
mod money;
mod name;
mod period;
mod snapshot;
mod sorter;
mod sums;

mod journal;
mod page;
mod reconciliation;
mod statement;
mod table;

pub use error::{Error, Result};
pub use journal::{Dialect, write_journal};
pub use period::{Period, Zone};
pub use reconciliation::{
    Comparison, CurrencyIn, Difference, Entry, FileLine, Finding, Layout, Match, Reconciliation,
    Scope, Total, reconcile,
};
pub use snapshot::Snapshot;
pub use statement::{Language, Statement, StatementFormat};
#[cfg(feature = "parquet")]
pub use table::write_parquet;
pub use table::{Table, write_table};
