//! Rows that are read along with the entries that they belong to.

use rusqlite::{Row, Rows, fallible_streaming_iterator::FallibleStreamingIterator};

use crate::error::Result;

/// The rows of a table of the book in the order of its entries: reading them side by side costs a
/// fraction of looking up those of each entry.
pub(super) struct Along<'a> {
    rows: Rows<'a>,
    /// Whether the row where it stands was given out already.
    given: bool,
}

impl<'a> Along<'a> {
    /// Of rows whose first column is a sequence number or the number of a charge, sorted by it.
    pub(super) const fn of(rows: Rows<'a>) -> Self {
        Self { rows, given: true }
    }

    /// The next row with this number; `None` after the last. Rows of smaller numbers are passed
    /// over: those of entries that are not there are missed when all are counted.
    pub(super) fn next_of(&mut self, number: i64) -> Result<Option<&Row<'a>>> {
        loop {
            if self.given {
                self.rows.advance()?;
                self.given = false;
            }
            match self.rows.get().map(|row| row.get::<_, i64>(0)).transpose()? {
                Some(of) if of < number => self.given = true,
                Some(of) if of == number => break,
                Some(_) | None => return Ok(None),
            }
        }
        self.given = true;
        Ok(self.rows.get())
    }
}
