//! Maturity: a charge's funds become available on the day they are due.

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::{
    account::{Account, Balances},
    book::BookTx,
    chain::Facts,
    charge::{self, Charge},
    error::{Error, Result},
    journal::{self, NewEntry, posting},
    money::Amount,
    refusal::Refusal,
    time::Timestamp,
};

/// How many charges mature in one transaction at most.
pub(crate) const BATCH: u32 = 500;

/// What a charge leaves to mature: nothing if the fee takes all.
pub(crate) fn net(charge: &Charge) -> Option<Amount> {
    let net = charge.amount_captured.minor().saturating_sub(charge.fee.minor());
    Amount::from_minor(net).ok()
}

/// Notes that a charge's funds mature later.
pub(crate) fn await_it(book: &BookTx<'_>, number: i64, charge: &Charge) -> Result<()> {
    if net(charge).is_some() {
        book.tx
            .prepare_cached(
                "INSERT INTO maturing (merchant, available_on, id, charge)
                 VALUES (:merchant, :available_on, :id, :charge)",
            )?
            .execute(named_params! {
                ":merchant": book.merchant,
                ":available_on": charge.available_on.millis(),
                ":id": charge.id,
                ":charge": number,
            })?;
    }
    Ok(())
}

/// The ids of the merchants who have charges due at `now`.
pub(crate) fn merchants_due(conn: &Connection, now: Timestamp) -> Result<Vec<String>> {
    conn.prepare_cached(
        "SELECT id FROM merchants WHERE merchant IN (
             SELECT merchant FROM maturing WHERE available_on <= :now)
         ORDER BY merchant",
    )?
    .query_map(named_params! { ":now": now.millis() }, |row| row.get(0))?
    .map(|row| row.map_err(Error::from))
    .collect()
}

/// Whether anything of this book is due at `now`.
pub(crate) fn is_due(conn: &Connection, merchant: i64, now: Timestamp) -> Result<bool> {
    Ok(conn
        .prepare_cached(
            "SELECT 1 FROM maturing WHERE merchant = :merchant AND available_on <= :now LIMIT 1",
        )?
        .query_row(named_params! { ":merchant": merchant, ":now": now.millis() }, |_| Ok(()))
        .optional()?
        .is_some())
}

/// Makes the first charges that are due available, in the order they are due and then of their
/// ids' bytes. Returns how many.
pub(crate) fn release_batch(book: &BookTx<'_>, now: Timestamp) -> Result<u32> {
    let due: Vec<i64> = book
        .tx
        .prepare_cached(
            "SELECT charge FROM maturing WHERE merchant = :merchant AND available_on <= :now
             ORDER BY available_on, id LIMIT :batch",
        )?
        .query_map(
            named_params! { ":merchant": book.merchant, ":now": now.millis(), ":batch": BATCH },
            |row| row.get(0),
        )?
        .collect::<rusqlite::Result<_>>()?;
    for number in &due {
        release(book, *number)?;
    }
    Ok(u32::try_from(due.len()).unwrap_or(u32::MAX))
}

fn release(book: &BookTx<'_>, number: i64) -> Result<()> {
    let charge = charge::facts_by_number(book.tx, book.merchant, number)?.charge;
    let net = net(&charge).ok_or_else(|| Error::corrupt("a charge that can't mature"))?;
    let mature = posting(Account::Pending, Account::Available, net, charge.currency);
    let balances = Balances::load(book.tx, book.merchant, charge.currency)?;
    let entry = NewEntry {
        source: number,
        reverses: None,
        effective_at: charge.available_on,
        currency: charge.currency,
        postings: &[mature],
        balances: balances
            .after(&mature)
            .ok_or(Error::refused(Refusal::BalanceOutOfRange, "amount"))?,
        facts: Facts::Maturity { charge_id: &charge.id },
    };
    journal::record(book, &entry, None)?;
    book.tx
        .prepare_cached(
            "DELETE FROM maturing
             WHERE merchant = :merchant AND available_on = :available_on AND id = :id",
        )?
        .execute(named_params! {
            ":merchant": book.merchant,
            ":available_on": charge.available_on.millis(),
            ":id": charge.id,
        })?;
    Ok(())
}
