//! The table of charges whose funds are still pending.

use rusqlite::{Connection, OptionalExtension, params};

use super::{charges, columns::Columns};
use crate::words::{
    charge::{Charge, StoredCharge},
    error::{Error, Result},
    time::Timestamp,
};

/// Notes that a charge's funds mature later, unless the fee takes all.
pub(crate) fn schedule(
    conn: &Connection,
    merchant: i64,
    number: i64,
    charge: &Charge,
) -> Result<()> {
    if charge.net().is_some() {
        conn.prepare_cached("INSERT INTO maturing VALUES (?1, ?2, ?3, ?4)")?.execute(params![
            merchant,
            charge.available_on.millis(),
            charge.id,
            number
        ])?;
    }
    Ok(())
}

/// Notes that a charge's funds have matured.
pub(crate) fn finish(conn: &Connection, merchant: i64, charge: &Charge) -> Result<()> {
    conn.prepare_cached(
        "DELETE FROM maturing WHERE merchant = ?1 AND available_on = ?2 AND id = ?3",
    )?
    .execute(params![merchant, charge.available_on.millis(), charge.id])?;
    Ok(())
}

/// Whether a charge's funds wait to mature.
pub(crate) fn waits(conn: &Connection, merchant: i64, charge: &Charge) -> Result<bool> {
    Ok(conn
        .prepare_cached(
            "SELECT 1 FROM maturing WHERE merchant = ?1 AND available_on = ?2 AND id = ?3",
        )?
        .exists(params![merchant, charge.available_on.millis(), charge.id])?)
}

/// The latest of the moments at which books were last recorded in.
pub(crate) fn last_recorded(conn: &Connection) -> Result<Option<Timestamp>> {
    let last: Option<i64> = conn
        .prepare_cached(
            "SELECT max(last) FROM (
                 SELECT (SELECT recorded_at FROM entries
                         WHERE entry >= merchants.merchant << 40
                             AND entry < (merchants.merchant + 1) << 40
                         ORDER BY entry DESC LIMIT 1) AS last FROM merchants
                 UNION ALL
                 SELECT (SELECT recorded_at FROM changes
                         WHERE change >= merchant << 40 AND change < (merchant + 1) << 40
                         ORDER BY change DESC LIMIT 1) FROM merchants)",
        )?
        .query_row([], |row| row.get(0))?;
    Ok(last.map(Timestamp::from_millis))
}

/// The ids of the merchants who have charges due at `now`. Those of mirrors mature by their feeds.
pub(crate) fn merchants_due(conn: &Connection, now: Timestamp) -> Result<Vec<String>> {
    conn.prepare_cached(
        "SELECT id FROM merchants WHERE merchant IN (
             SELECT merchant FROM maturing WHERE available_on <= ?1
             EXCEPT SELECT merchant FROM mirrors)
         ORDER BY merchant",
    )?
    .query_map([now.millis()], |row| row.get(0))?
    .map(|row| row.map_err(Error::from))
    .collect()
}

/// Whether anything of this book is due at `now`.
pub(crate) fn is_due(conn: &Connection, merchant: i64, now: Timestamp) -> Result<bool> {
    Ok(conn
        .prepare_cached(
            "SELECT 1 FROM maturing WHERE merchant = ?1 AND available_on <= ?2 LIMIT 1",
        )?
        .query_row(params![merchant, now.millis()], |_| Ok(()))
        .optional()?
        .is_some())
}

/// The first charges that are due, in the order they are due and then of their ids' bytes.
pub(crate) fn due(
    conn: &Connection,
    merchant: i64,
    now: Timestamp,
    most: u32,
) -> Result<Vec<StoredCharge>> {
    conn.prepare_cached(charges::DUE)?
        .query_map(params![merchant, now.millis(), most], |row| {
            Ok(charges::read(&mut Columns::of(row)))
        })?
        .map(|row| row?)
        .collect()
}
