//! A book's charges and what became of their funds, read along with the entries that post them.

use rusqlite::{CachedStatement, Connection, OptionalExtension, named_params};

use super::along::Along;
use crate::{
    charge::{self, Known},
    columns::Columns,
    error::{Error, Result},
};

/// The charges whose funds have matured, by their numbers.
pub(super) const MATURITIES: &str =
    "SELECT source FROM entries WHERE merchant = :merchant AND cause = 2 ORDER BY source";

/// Charges in the order of their numbers, which is mostly that of their entries: a charge that
/// succeeds later than the next one is looked up.
pub(super) struct Charges<'a> {
    conn: &'a Connection,
    merchant: i64,
    charges: Along<'a>,
    maturities: Along<'a>,
    last: i64,
}

impl<'a> Charges<'a> {
    /// From the statements of [`charge::ALL`] and [`MATURITIES`].
    pub(super) fn of(
        conn: &'a Connection,
        merchant: i64,
        charges: &'a mut CachedStatement<'_>,
        maturities: &'a mut CachedStatement<'_>,
    ) -> Result<Self> {
        let parameters = named_params! { ":merchant": merchant };
        let charges = Along::of(charges.query(parameters)?);
        let maturities = Along::of(maturities.query(parameters)?);
        Ok(Self { conn, merchant, charges, maturities, last: 0 })
    }

    /// The charge with this number, and whether its funds have matured.
    pub(super) fn next(&mut self, number: i64) -> Result<(Known, bool)> {
        if number <= self.last {
            let known = charge::facts_by_number(self.conn, self.merchant, number)?;
            return Ok((known, has_matured(self.conn, self.merchant, number)?));
        }
        self.last = number;
        let row = self.charges.next_of(number)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let known = charge::facts_from(&mut Columns::of(row))?;
        Ok((known, self.maturities.next_of(number)?.is_some()))
    }
}

fn has_matured(conn: &Connection, merchant: i64, number: i64) -> Result<bool> {
    let mut outcome = conn.prepare_cached(
        "SELECT 1 FROM entries WHERE merchant = :merchant AND source = :number AND cause = 2",
    )?;
    Ok(outcome.exists(named_params! { ":merchant": merchant, ":number": number })?)
}

/// The entry of the first charge that waits to mature and should not, or the other way around,
/// where `expected` charges should wait.
pub(super) fn check_maturing(
    conn: &Connection,
    merchant: i64,
    expected: i64,
) -> Result<Option<i64>> {
    let count = |sql: &str| {
        conn.prepare_cached(sql)?
            .query_row(named_params! { ":merchant": merchant }, |row| row.get::<_, i64>(0))
            .map_err(Error::from)
    };
    let rows = count("SELECT count(*) FROM maturing WHERE merchant = :merchant")?;
    let rightly = count(
        "SELECT count(*) FROM maturing m CROSS JOIN charges c USING (merchant, charge)
         WHERE m.merchant = :merchant AND c.id = m.id AND c.available_on = m.available_on
             AND c.status = 2 AND c.captured > c.fee AND NOT EXISTS (
                 SELECT 1 FROM entries e
                 WHERE e.merchant = m.merchant AND e.source = m.charge AND e.cause = 2)",
    )?;
    if rows == expected && rightly == expected {
        return Ok(None);
    }
    Ok(conn
        .prepare(
            "SELECT seq FROM charges c WHERE merchant = :merchant AND status = 2
                 AND (captured > fee AND NOT EXISTS (
                     SELECT 1 FROM entries e
                     WHERE e.merchant = c.merchant AND e.source = c.charge AND e.cause = 2))
                 <> EXISTS (
                     SELECT 1 FROM maturing m
                     WHERE m.merchant = c.merchant AND m.available_on = c.available_on
                         AND m.id = c.id AND m.charge = c.charge)
             ORDER BY seq LIMIT 1",
        )?
        .query_row(named_params! { ":merchant": merchant }, |row| row.get(0))
        .optional()?)
}
