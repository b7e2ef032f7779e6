//! Rows that are read along with the recordings that they belong to.

use rusqlite::{Row, Rows, fallible_streaming_iterator::FallibleStreamingIterator};

use crate::words::error::Result;

/// The rows of a table of the book in the order of its recordings: reading them side by side costs
/// a fraction of looking up those of each recording.
pub(super) struct Along<'a> {
    rows: Rows<'a>,
    /// The number of the row where it stands.
    number: Option<i64>,
    /// Whether that row was given out already.
    given: bool,
    /// How many rows it has passed.
    count: i64,
}

impl<'a> Along<'a> {
    /// Of rows whose first column is the number by which they are sorted.
    pub(super) const fn of(rows: Rows<'a>) -> Self {
        Self { rows, number: None, given: true, count: 0 }
    }

    /// The number of the next row; `None` after the last.
    pub(super) fn number(&mut self) -> Result<Option<i64>> {
        if self.given {
            self.rows.advance()?;
            self.given = false;
            self.number = self.rows.get().map(|row| row.get(0)).transpose()?;
            self.count = self.count.saturating_add(i64::from(self.number.is_some()));
        }
        Ok(self.number)
    }

    /// The row whose number was told last.
    pub(super) fn take(&mut self) -> Option<&Row<'a>> {
        self.given = true;
        self.rows.get()
    }

    /// The next row with this number; `None` if there is none. Rows of smaller numbers are passed
    /// over, and told by [`Along::count`] alone.
    pub(super) fn next_of(&mut self, number: i64) -> Result<Option<&Row<'a>>> {
        loop {
            match self.number()? {
                Some(of) if of < number => self.given = true,
                Some(of) if of == number => return Ok(self.take()),
                Some(_) | None => return Ok(None),
            }
        }
    }

    /// How many rows there are in all. None can be read afterwards.
    pub(super) fn count(&mut self) -> Result<i64> {
        while self.number()?.is_some() {
            self.given = true;
        }
        Ok(self.count)
    }
}
