//! The table of payment intents.

use rusqlite::{Connection, OptionalExtension, params};

use super::{charges, columns::Columns, number};
use crate::{
    recording::store::By,
    words::{
        error::{Error, Result},
        intent::PaymentIntent,
        money::Balance,
        page::{List, Page},
    },
};

/// Adds a payment intent, whose currency has this number, and returns its own.
pub(crate) fn insert(
    conn: &Connection,
    merchant: i64,
    n: i64,
    intent: &PaymentIntent,
    currency: i64,
) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO payment_intents (intent, merchant, n, id, amount, currency, created_at)
         VALUES (1 + coalesce((SELECT max(intent) FROM payment_intents WHERE intent BETWEEN ?1 AND ?2), ?1),
             ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        number::key(merchant, 0),
        number::last(merchant),
        merchant,
        n,
        intent.id,
        intent.amount.minor(),
        currency,
        intent.created_at.millis(),
    ])?;
    Ok(())
}

macro_rules! select_intents {
    ($where:literal) => {
        concat!(
            "SELECT intent, id, amount, code, created_at
             FROM payment_intents JOIN currencies USING (currency) ",
            $where
        )
    };
}

/// A payment intent and its number, without what was refunded.
pub(crate) fn find(
    conn: &Connection,
    merchant: i64,
    by: By<'_>,
) -> Result<Option<(i64, PaymentIntent)>> {
    let found = match by {
        By::Id(id) => conn
            .prepare_cached(select_intents!("WHERE merchant = ?1 AND id = ?2"))?
            .query_row(params![merchant, id], |row| Ok(read(&mut Columns::of(row)))),
        By::Number(number) => conn
            .prepare_cached(select_intents!("WHERE intent = ?1"))?
            .query_row([number], |row| Ok(read(&mut Columns::of(row)))),
    };
    found.optional()?.transpose()
}

/// A payment intent as callers see it.
pub(crate) fn show(conn: &Connection, merchant: i64, id: &str) -> Result<Option<PaymentIntent>> {
    let found = find(conn, merchant, By::Id(id))?;
    found.map(|found| with_refunded(conn, found)).transpose()
}

/// A page of the payment intents, newest first.
pub(crate) fn list(conn: &Connection, merchant: i64, page: &Page) -> Result<List<PaymentIntent>> {
    let limit = page.limit()?;
    let before = match &page.starting_after {
        Some(id) => find(conn, merchant, By::Id(id))?.ok_or(Page::UNKNOWN)?.0,
        None => i64::MAX,
    };
    let data = conn
        .prepare_cached(select_intents!(
            "WHERE intent >= ?1 AND intent <= ?2 AND intent < ?3 ORDER BY intent DESC LIMIT ?4"
        ))?
        .query_map(
            params![
                number::key(merchant, 0),
                number::last(merchant),
                before,
                limit.rows_and_one_more()
            ],
            |row| Ok(read(&mut Columns::of(row))),
        )?
        .map(|row| with_refunded(conn, row??))
        .collect::<Result<_>>()?;
    Ok(List::of(data, limit))
}

fn read(columns: &mut Columns<'_, '_>) -> Result<(i64, PaymentIntent)> {
    let number = columns.next()?;
    let intent = PaymentIntent {
        id: columns.next()?,
        amount: columns.amount()?,
        amount_refunded: Balance::ZERO,
        currency: columns.currency()?,
        created_at: columns.moment()?,
    };
    Ok((number, intent))
}

/// Adds up what has been refunded of an intent's charges. It is not stored, so it can't be wrong. A
/// sum that leaves the range, of a thousand charges of the largest amounts, becomes the end of the
/// range.
fn with_refunded(
    conn: &Connection,
    (number, intent): (i64, PaymentIntent),
) -> Result<PaymentIntent> {
    let charges: Vec<i64> = conn
        .prepare_cached(
            "SELECT charge FROM charges INDEXED BY charges_of_intent WHERE intent = ?1",
        )?
        .query_map([number], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let amount_refunded = charges.into_iter().try_fold(Balance::ZERO, |sum, charge| {
        let refunded = charges::refunded(conn, charge)?;
        Ok::<_, Error>(Balance(sum.minor().saturating_add(refunded.minor())))
    })?;
    Ok(PaymentIntent { amount_refunded, ..intent })
}
