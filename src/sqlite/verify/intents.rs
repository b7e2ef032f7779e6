//! A book's payment intents, read along with the recordings that make them.

use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, Statement, params};

use super::{along::Along, charges::is_within, row::text, wrong::Checked};
use crate::words::error::Result;

macro_rules! select_intents {
    ($where:literal) => {
        concat!(
            "SELECT n, intent, merchant, id, amount, currency, created_at FROM payment_intents ",
            $where
        )
    };
}

/// The payment intents of a book in the order of their numbers.
pub(super) const INTENTS: &str = select_intents!("WHERE intent BETWEEN ?1 AND ?2 ORDER BY intent");

/// A payment intent as its row says.
pub(super) struct IntentRow {
    pub(super) n: i64,
    pub(super) amount: i64,
    /// The number of its currency.
    pub(super) currency: i64,
    pub(super) created_at: i64,
}

/// Payment intents in the order of their numbers, which is that of the recordings that made them.
/// One that is not there in that order is looked up.
pub(super) struct Intents<'a> {
    merchant: i64,
    along: Along<'a>,
    by_id: CachedStatement<'a>,
}

impl<'a> Intents<'a> {
    /// From the statement of [`INTENTS`].
    pub(super) fn of(
        conn: &'a Connection,
        merchant: i64,
        statement: &'a mut Statement<'_>,
        book: [i64; 2],
    ) -> Result<Self> {
        let along = Along::of(statement.query(book)?);
        let by_id = conn.prepare_cached(select_intents!("WHERE merchant = ?1 AND id = ?2"))?;
        Ok(Self { merchant, along, by_id })
    }

    /// The payment intent with this id that the recording `n` makes.
    pub(super) fn by_id(&mut self, n: i64, id: &str) -> Checked<Option<IntentRow>> {
        let merchant = self.merchant;
        if let Some(row) = self.along.next_of(n)?
            && text(row, 3)? == Some(id)
        {
            return Ok(read(row, merchant)?);
        }
        let found = self.by_id.query_row(params![merchant, id], |row| read(row, merchant));
        Ok(found.optional()?.flatten())
    }

    /// How many payment intents the book has. None can be read afterwards.
    pub(super) fn count(&mut self) -> Result<i64> {
        self.along.count()
    }
}

/// The row, if its key and its merchant agree.
fn read(row: &Row<'_>, merchant: i64) -> rusqlite::Result<Option<IntentRow>> {
    let is_own = row.get::<_, i64>(2)? == merchant && is_within(row.get(1)?, merchant);
    let intent = IntentRow {
        n: row.get(0)?,
        amount: row.get(4)?,
        currency: row.get(5)?,
        created_at: row.get(6)?,
    };
    Ok(is_own.then_some(intent))
}
