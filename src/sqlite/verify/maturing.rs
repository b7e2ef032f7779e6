//! The charges that wait to mature.

use rusqlite::{Connection, OptionalExtension};

use super::{
    charges::ChargeRow,
    tally::Tally,
    wrong::{Checked, Wrong},
};
use crate::words::finding::Invariant;

/// The charges of a book that should wait.
#[derive(Default)]
pub(super) struct Maturing(Tally);

impl Maturing {
    /// Notes a charge whose funds wait.
    pub(super) fn note(&mut self, row: &ChargeRow) {
        let charge = &row.charge;
        self.0.expect((charge.available_on.millis(), charge.id.as_bytes(), row.key));
    }

    /// Those charges wait, and no others.
    pub(super) fn check(mut self, conn: &Connection, merchant: i64, book: [i64; 2]) -> Checked<()> {
        let mut statement = conn
            .prepare_cached("SELECT available_on, id, charge FROM maturing WHERE merchant = ?1")?;
        let mut rows = statement.query([merchant])?;
        while let Some(row) = rows.next()? {
            let (available_on, charge): (i64, i64) = (row.get(0)?, row.get(2)?);
            let id = row.get_ref(1)?.as_bytes().map_err(|_| Wrong::Here(Invariant::Readable))?;
            self.0.strike((available_on, id, charge));
        }
        if self.0.is_even() { Ok(()) } else { Err(first_wrong(conn, merchant, book)?) }
    }
}

/// The first charge that waits and should not, or the other way around; else the first row that is
/// of no charge that waits.
fn first_wrong(conn: &Connection, merchant: i64, book: [i64; 2]) -> Checked<Wrong> {
    let entry: Option<i64> = conn
        .prepare(
            "SELECT entry & 1099511627775 FROM charges c
             WHERE charge BETWEEN ?1 AND ?2 AND status = 2 AND (
                 captured > fee AND NOT EXISTS (
                     SELECT 1 FROM entries e WHERE e.about = c.entry AND e.cause = 2))
                 <> EXISTS (
                     SELECT 1 FROM maturing m
                     WHERE m.merchant = c.merchant AND m.available_on = c.available_on
                         AND m.id = c.id AND m.charge = c.charge)
             ORDER BY entry LIMIT 1",
        )?
        .query_row(book, |row| row.get(0))
        .optional()?;
    if let Some(seq) = entry {
        return Ok(Wrong::At(format!("je_{seq}"), Invariant::Maturity));
    }
    let stray: Option<String> = conn
        .prepare(
            "SELECT id FROM maturing m WHERE merchant = ?1 AND NOT EXISTS (
                 SELECT 1 FROM charges c WHERE c.charge = m.charge AND c.merchant = m.merchant
                 AND c.id = m.id AND c.available_on = m.available_on AND c.status = 2)
             LIMIT 1",
        )?
        .query_row([merchant], |row| {
            // The id may have been altered to anything. It is shown as well as possible.
            Ok(String::from_utf8_lossy(row.get_ref(0)?.as_bytes()?).into_owned())
        })
        .optional()?;
    let place = stray.map_or_else(|| "a table of the book".to_owned(), |id| id + " (maturing)");
    Ok(Wrong::At(place, Invariant::Recorded))
}
