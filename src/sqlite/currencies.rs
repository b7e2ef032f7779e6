//! The table of currencies: which the file has used, and their exponents as they were then.

use rusqlite::{Connection, OptionalExtension, params};

use super::columns::Columns;
use crate::words::{
    currency::Currency,
    error::{Error, Result},
};

/// The currency's number in the file and its exponent, if the file has used it.
pub(crate) fn find(conn: &Connection, currency: Currency) -> Result<Option<(i64, u32)>> {
    Ok(conn
        .prepare_cached("SELECT currency, exponent FROM currencies WHERE code = ?1")?
        .query_row([currency.code()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

/// The currency with this number in the file.
pub(crate) fn numbered(conn: &Connection, number: i64) -> Result<Currency> {
    conn.prepare_cached("SELECT code FROM currencies WHERE currency = ?1")?
        .query_row([number], |row| Ok(Columns::of(row).currency()))?
}

/// The exponent that the file froze, or the standard's if the currency was never used.
pub(crate) fn exponent(conn: &Connection, currency: Currency) -> Result<Option<u32>> {
    let frozen = find(conn, currency)?.map(|(_, exponent)| exponent);
    Ok(frozen.or_else(|| currency.standard_exponent()))
}

/// The currency's number in the file. Its exponent is frozen if this is its first use.
pub(crate) fn number(conn: &Connection, currency: Currency, exponent: u32) -> Result<i64> {
    match find(conn, currency)? {
        Some((number, frozen)) if frozen == exponent => Ok(number),
        Some(_) => {
            Err(Error::Internal { expected: "a currency with the exponent of its first use" })
        }
        None => {
            conn.prepare_cached("INSERT INTO currencies (code, exponent) VALUES (?1, ?2)")?
                .execute(params![currency.code(), exponent])?;
            Ok(conn.last_insert_rowid())
        }
    }
}
