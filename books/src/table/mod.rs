//! A book's objects as tables: CSV as RFC 4180 has it for spreadsheets, Parquet for data frames.

mod column;
#[cfg(feature = "parquet")]
mod parquet;
mod rows;
mod sheet;

use std::io::Write;

#[cfg(feature = "parquet")]
pub use self::parquet::write_parquet;
pub(crate) use self::sheet::{Sheet, text};
use crate::{
    error::{Error, Result},
    period::Period,
    snapshot::Snapshot,
};

/// Which objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// The postings of all entries, the oldest first.
    Journal,
    /// The lines of the merchant's statement, the newest first.
    Statement,
    /// The refunds, the newest first.
    Refunds,
    /// The charges, the newest first, also those that did not succeed.
    Charges,
    /// The disputes, the newest first.
    Disputes,
}

/// Writes a table with one row a line. Amounts stand in major and in minor units. A text that a
/// spreadsheet would take for a formula has an apostrophe before it.
///
/// A period holds the entries that took effect in it, and other objects that were created in it.
///
/// # Errors
/// [`Error::Head`]; [`Error::Period`] if another table than the journal is to begin or end with a
/// head; [`Error::Unsound`] and failures of the machine: what was written is not whole
/// then.
pub fn write_table(
    snapshot: &mut Snapshot<'_>,
    period: &Period,
    table: Table,
    to: &mut impl Write,
) -> Result<()> {
    check(snapshot, period, table)?;
    let mut sheet = Sheet::to(to);
    sheet.titles(table.columns())?;
    rows::each(snapshot, period, table, &mut |cells| sheet.cells(cells))?;
    sheet.flush()
}

/// Refuses a period that the table can't have.
fn check(snapshot: &Snapshot<'_>, period: &Period, table: Table) -> Result<()> {
    snapshot.check(period)?;
    match period.heads().next() {
        Some(head) if table != Table::Journal => {
            let expected = "a day or a moment; only the journal can begin or end with a head";
            Err(Error::Period { value: head.to_string(), expected })
        }
        _ => Ok(()),
    }
}
