//! The table of charges.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{Charge, ChargeStatus, Known};
use crate::{
    book::BookTx,
    columns::Columns,
    error::{Error, Result},
    journal,
    money::{Balance, Fee},
    page::{List, Page},
};

/// Stores a charge whose id is free. One that succeeded has to be posted next.
pub(crate) fn insert(book: &BookTx<'_>, charge: &Charge) -> Result<i64> {
    charge.currency.freeze(book.tx)?;
    let seq = match charge.status {
        ChargeStatus::Succeeded => Some(book.next_seq()?),
        ChargeStatus::Pending | ChargeStatus::Failed | ChargeStatus::Canceled => None,
    };
    let number: i64 = book
        .tx
        .prepare_cached(
            "SELECT 1 + coalesce(max(charge), 0) FROM charges WHERE merchant = :merchant",
        )?
        .query_row(named_params! { ":merchant": book.merchant }, |row| row.get(0))?;
    book.tx
        .prepare_cached(
            "INSERT INTO charges (merchant, charge, id, intent, amount, captured, fee, currency,
                 status, available_on, created_at, seq)
             VALUES (:merchant, :charge, :id,
                 (SELECT intent FROM payment_intents WHERE merchant = :merchant AND id = :intent_id),
                 :amount, :captured, :fee, :currency, :status, :available_on, :created_at, :seq)",
        )?
        .execute(named_params! {
            ":merchant": book.merchant,
            ":charge": number,
            ":id": charge.id,
            ":intent_id": charge.payment_intent_id,
            ":amount": charge.amount.minor(),
            ":captured": charge.amount_captured.minor(),
            ":fee": charge.fee.minor(),
            ":currency": charge.currency.number(),
            ":status": charge.status.number(),
            ":available_on": charge.available_on.millis(),
            ":created_at": charge.created_at.millis(),
            ":seq": seq,
        })?;
    Ok(number)
}

macro_rules! select_charges {
    ($where:literal) => {
        concat!(
            "SELECT c.charge, c.seq, c.id, i.id AS intent_id, c.amount, c.captured, c.fee,
                 c.currency, code, c.status, c.available_on, c.created_at
             FROM charges c JOIN currencies USING (currency)
             LEFT JOIN payment_intents i ON i.merchant = c.merchant AND i.intent = c.intent ",
            $where
        )
    };
}

/// A charge by its id.
pub(crate) fn by_id(conn: &Connection, merchant: i64, id: &str) -> Result<Option<Known>> {
    conn.prepare_cached(select_charges!("WHERE c.merchant = :merchant AND c.id = :id"))?
        .query_row(named_params! { ":merchant": merchant, ":id": id }, |row| {
            Ok(from_row(conn, merchant, row))
        })
        .optional()?
        .transpose()
}

/// A charge by its number.
pub(crate) fn by_number(conn: &Connection, merchant: i64, number: i64) -> Result<Known> {
    conn.prepare_cached(select_charges!("WHERE c.merchant = :merchant AND c.charge = :number"))?
        .query_row(named_params! { ":merchant": merchant, ":number": number }, |row| {
            Ok(from_row(conn, merchant, row))
        })?
}

/// A charge by its number, without what was refunded of it.
pub(crate) fn facts_by_number(conn: &Connection, merchant: i64, number: i64) -> Result<Known> {
    conn.prepare_cached(select_charges!("WHERE c.merchant = :merchant AND c.charge = :number"))?
        .query_row(named_params! { ":merchant": merchant, ":number": number }, |row| {
            Ok(facts_from(&mut Columns::of(row)))
        })?
}

/// All charges in the order of their numbers, for [`facts_from`].
pub(crate) const ALL: &str = select_charges!("WHERE c.merchant = :merchant ORDER BY c.charge");

/// The numbers of the succeeded charges under an intent.
pub(crate) fn succeeded_under(conn: &Connection, merchant: i64, intent: i64) -> Result<Vec<i64>> {
    let numbers = conn
        .prepare_cached(
            "SELECT charge FROM charges INDEXED BY charges_of_intent
             WHERE merchant = :merchant AND intent = :intent AND status = 2",
        )?
        .query_map(named_params! { ":merchant": merchant, ":intent": intent }, |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(numbers)
}

/// A page of the charges, newest first.
pub(crate) fn list(conn: &Connection, merchant: i64, page: &Page) -> Result<List<Charge>> {
    let limit = page.limit()?;
    let before = match &page.starting_after {
        Some(id) => by_id(conn, merchant, id)?.ok_or(Page::UNKNOWN)?.number,
        None => i64::MAX,
    };
    let data = conn
        .prepare_cached(select_charges!(
            "WHERE c.merchant = :merchant AND c.charge < :before ORDER BY c.charge DESC LIMIT :rows"
        ))?
        .query_map(
            named_params! {
                ":merchant": merchant,
                ":before": before,
                ":rows": limit.rows_and_one_more(),
            },
            |row| Ok(from_row(conn, merchant, row)),
        )?
        .map(|row| Ok(row??.charge))
        .collect::<Result<_>>()?;
    Ok(List::of(data, limit))
}

fn from_row(conn: &Connection, merchant: i64, row: &Row<'_>) -> Result<Known> {
    let mut known = facts_from(&mut Columns::of(row))?;
    if known.seq.is_some() {
        known.charge.amount_refunded = refunded(conn, merchant, known.number)?;
    }
    Ok(known)
}

/// Reads what the row itself says, which is all but what was refunded.
pub(crate) fn facts_from(columns: &mut Columns<'_, '_>) -> Result<Known> {
    let (number, seq) = (columns.next()?, columns.next()?);
    let charge = Charge {
        id: columns.next()?,
        payment_intent_id: columns.next()?,
        amount: columns.amount()?,
        amount_captured: columns.amount()?,
        amount_refunded: Balance::ZERO,
        fee: Fee::from_stored(columns.next()?)?,
        currency: columns.currency()?,
        status: ChargeStatus::from_number(columns.next()?)
            .ok_or_else(|| Error::corrupt("an unknown charge status"))?,
        available_on: columns.moment()?,
        created_at: columns.moment()?,
    };
    Ok(Known { number, seq, charge })
}

/// What has been refunded of a charge, without refunds that failed: derived, so that it can't be
/// wrong.
pub(crate) fn refunded(conn: &Connection, merchant: i64, charge: i64) -> Result<Balance> {
    Ok(conn
        .prepare_cached(
            "SELECT sum(amount) FROM refunds r
             WHERE merchant = :merchant AND charge = :charge AND NOT EXISTS (
                 SELECT 1 FROM entries e
                 WHERE e.merchant = r.merchant AND e.source = r.seq
                     AND e.cause = 4)",
        )?
        .query_row(
            named_params! { ":merchant": merchant, ":charge": charge },
            journal::sum_from_row,
        )?)
}
