//! The table of merchants.

use rusqlite::{Connection, OptionalExtension, params};

use super::{columns::Columns, number};
use crate::words::{
    error::{Error, Result, file::FileProblem},
    merchant::{Merchant, NegativeBalanceLimit},
};

/// A merchant and its number in the file.
pub(crate) fn find(conn: &Connection, id: &str) -> Result<Option<(i64, Merchant)>> {
    conn.prepare_cached(
        "SELECT merchant, id, name, live_mode, negative_balance_limit, created_at, unique_references
         FROM merchants WHERE id = ?1",
    )?
    .query_row([id], |row| {
        let mut columns = Columns::of(row);
        Ok(columns.next().and_then(|number| Ok((number, read(&mut columns)?))))
    })
    .optional()?
    .transpose()
}

/// A merchant's number in the file.
pub(crate) fn number(conn: &Connection, id: &str) -> Result<Option<i64>> {
    Ok(conn
        .prepare_cached("SELECT merchant FROM merchants WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?)
}

/// The number of the merchant that will be added next, if there is one.
pub(crate) fn next_number(conn: &Connection) -> Result<i64> {
    let last: i64 = conn
        .prepare_cached("SELECT coalesce(max(merchant), 0) FROM merchants")?
        .query_row([], |row| row.get(0))?;
    if last < number::LAST_MERCHANT {
        Ok(last.saturating_add(1))
    } else {
        Err(FileProblem::MerchantsFull { most: number::LAST_MERCHANT }.into())
    }
}

/// Adds a merchant under this number.
pub(crate) fn insert(conn: &Connection, number: i64, merchant: &Merchant) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO merchants (merchant, id, name, live_mode, negative_balance_limit, created_at,
             unique_references)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        number,
        merchant.id,
        merchant.name,
        merchant.live_mode,
        merchant.negative_balance_limit.to_stored(),
        merchant.created_at.millis(),
        merchant.unique_references,
    ])?;
    Ok(())
}

/// Every merchant, sorted by id.
pub(crate) fn list(conn: &Connection) -> Result<Vec<Merchant>> {
    let mut statement = conn.prepare_cached(
        "SELECT id, name, live_mode, negative_balance_limit, created_at, unique_references
         FROM merchants ORDER BY id",
    )?;
    let mut rows = statement.query([])?;
    let mut merchants: Vec<Merchant> = Vec::new();
    while let Some(row) = rows.next()? {
        let merchant = read(&mut Columns::of(row))?;
        // A damaged index can lead to the same pages over and over.
        if merchants.last().is_some_and(|last| last.id >= merchant.id) {
            return Err(Error::corrupt("merchants are listed more than once"));
        }
        merchants.push(merchant);
    }
    Ok(merchants)
}

/// The limit of one merchant.
pub(crate) fn limit(conn: &Connection, merchant: i64) -> Result<NegativeBalanceLimit> {
    let text = conn
        .prepare_cached("SELECT negative_balance_limit FROM merchants WHERE merchant = ?1")?
        .query_row([merchant], |row| row.get(0))?;
    NegativeBalanceLimit::from_stored(text)
}

/// Changes the limit of one merchant.
pub(crate) fn set_limit(
    conn: &Connection,
    merchant: i64,
    limit: &NegativeBalanceLimit,
) -> Result<()> {
    conn.prepare_cached("UPDATE merchants SET negative_balance_limit = ?2 WHERE merchant = ?1")?
        .execute(params![merchant, limit.to_stored()])?;
    Ok(())
}

/// Whether each refund of one merchant must have an external reference of its own.
pub(crate) fn unique_references(conn: &Connection, merchant: i64) -> Result<bool> {
    Ok(conn
        .prepare_cached("SELECT unique_references FROM merchants WHERE merchant = ?1")?
        .query_row([merchant], |row| row.get(0))?)
}

/// Changes whether each refund of one merchant must have an external reference of its own.
pub(crate) fn require_unique_references(
    conn: &Connection,
    merchant: i64,
    required: bool,
) -> Result<()> {
    conn.prepare_cached("UPDATE merchants SET unique_references = ?2 WHERE merchant = ?1")?
        .execute(params![merchant, required])?;
    Ok(())
}

/// Reads a merchant from its id, name, mode, limit, date and rule for references.
pub(crate) fn read(columns: &mut Columns<'_, '_>) -> Result<Merchant> {
    Ok(Merchant {
        id: columns.next()?,
        name: columns.next()?,
        live_mode: columns.next()?,
        negative_balance_limit: NegativeBalanceLimit::from_stored(columns.next()?)?,
        created_at: columns.moment()?,
        unique_references: columns.next()?,
    })
}
