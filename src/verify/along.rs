//! Rows that are read along with the entries that they belong to.

use rusqlite::{Rows, fallible_streaming_iterator::FallibleStreamingIterator};

use crate::{columns::Columns, error::Result};

/// The rows of a table of the book in the order of its entries: reading them side by side costs a
/// fraction of looking up those of each entry.
pub(super) struct Along<'a> {
    rows: Rows<'a>,
    /// Whether the row where it stands was given out already.
    given: bool,
}

impl<'a> Along<'a> {
    /// Of rows whose first column is the sequence number, sorted by it.
    pub(super) const fn of(rows: Rows<'a>) -> Self {
        Self { rows, given: true }
    }

    /// The other columns of the next row that belongs to an entry; `None` after the last. Rows of
    /// entries that are not there are passed over: they are missed when all are counted.
    pub(super) fn next_of(&mut self, seq: i64) -> Result<Option<Columns<'_, 'a>>> {
        loop {
            if self.given {
                self.rows.advance()?;
                self.given = false;
            }
            match self.rows.get().map(|row| row.get::<_, i64>(0)).transpose()? {
                Some(of) if of < seq => self.given = true,
                Some(of) if of == seq => break,
                Some(_) | None => return Ok(None),
            }
        }
        self.given = true;
        Ok(self.rows.get().map(Columns::after_first))
    }
}
