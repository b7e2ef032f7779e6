//! The table of balances: what a book's accounts of each currency hold.

use rusqlite::{Connection, OptionalExtension, params};

use super::{columns::Columns, number};
use crate::words::{
    account::{Balances, CurrencyBalances},
    error::Result,
};

/// Loads a book's balances in the currency with this number; zeros if it has none.
pub(crate) fn load(conn: &Connection, merchant: i64, currency: i64) -> Result<Balances> {
    let balances = conn
        .prepare_cached(
            "SELECT pending, available, payout_transit, clearing, bank, fees, losses \
             FROM balances WHERE balance = ?1",
        )?
        .query_row([number::key(merchant, currency)], |row| Ok(read(&mut Columns::of(row))))
        .optional()?;
    balances.unwrap_or_else(|| Ok(Balances::default()))
}

/// Reads the seven columns, in the order of the accounts' numbers.
pub(crate) fn read(columns: &mut Columns<'_, '_>) -> Result<Balances> {
    let mut balances = [0; 7];
    for balance in &mut balances {
        *balance = columns.next()?;
    }
    Ok(Balances::from_numbers(balances))
}

/// Stores a book's balances in the currency with this number.
pub(crate) fn store(
    conn: &Connection,
    merchant: i64,
    currency: i64,
    balances: &Balances,
) -> Result<()> {
    let [pending, available, transit, clearing, bank, fees, losses] = balances.numbers();
    let key = number::key(merchant, currency);
    let updated = conn
        .prepare_cached(
            "UPDATE balances \
             SET (pending, available, payout_transit, clearing, bank, fees, losses) = (?2,?3,?4,?5,?6,?7,?8) \
             WHERE balance = ?1",
        )?
        .execute(params![key, pending, available, transit, clearing, bank, fees, losses])?;
    if updated == 0 {
        conn.prepare_cached("INSERT INTO balances VALUES (?,?,?,?,?,?,?,?)")?
            .execute(params![key, pending, available, transit, clearing, bank, fees, losses])?;
    }
    Ok(())
}

/// Every currency of a book with its balances, sorted by the currencies' codes.
pub(crate) fn list(conn: &Connection, merchant: i64) -> Result<Vec<CurrencyBalances>> {
    conn.prepare_cached(
        "SELECT code, pending, available, payout_transit, clearing, bank, fees, losses
         FROM balances JOIN currencies ON currency = balance & 1099511627775
         WHERE balance BETWEEN ?1 AND ?2 ORDER BY code",
    )?
    .query_map([number::key(merchant, 0), number::last(merchant)], |row| {
        let mut columns = Columns::of(row);
        Ok(columns
            .currency()
            .and_then(|currency| Ok(CurrencyBalances { currency, balances: read(&mut columns)? })))
    })?
    .map(|row| row?)
    .collect()
}
