//! Payment intents: one purchase each, which may take several charge attempts.

use rusqlite::{Connection, OptionalExtension, Row, named_params};
use serde::Serialize;

use crate::{
    book::BookTx,
    currency::Currency,
    error::Result,
    id,
    money::{Amount, Balance},
    page::{List, Page},
    time::Timestamp,
};

/// One purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentIntent {
    /// `pi_…`
    pub id: String,
    /// What was to be paid, in minor units of the currency.
    pub amount: Amount,
    /// What has been refunded of its charges, up to the largest 64-bit integer.
    pub amount_refunded: Balance,
    /// The currency of all its charges.
    pub currency: Currency,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A payment intent about to be created.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewPaymentIntent {
    /// `pi_…`; generated if there is none.
    pub id: Option<String>,
    /// What is to be paid, in minor units of the currency.
    pub amount: Amount,
    /// The currency of all its charges.
    pub currency: Currency,
}

impl NewPaymentIntent {
    /// A payment intent with a generated id.
    #[must_use]
    pub const fn of(amount: Amount, currency: Currency) -> Self {
        Self { id: None, amount, currency }
    }
}

/// Creates a payment intent.
pub(crate) fn create(book: &mut BookTx<'_>, new: &NewPaymentIntent) -> Result<PaymentIntent> {
    id::check_chosen(new.id.as_deref(), "pi_")?;
    let id = book.id_for(new.id.as_deref(), "pi_", EXISTS)?;
    let intent = PaymentIntent {
        id,
        amount: new.amount,
        amount_refunded: Balance::ZERO,
        currency: new.currency,
        created_at: book.now,
    };
    record(book, &intent)?;
    Ok(intent)
}

const EXISTS: &str = "SELECT 1 FROM payment_intents WHERE merchant = :merchant AND id = :id";

/// Stores a payment intent whose id is free.
pub(crate) fn record(book: &BookTx<'_>, intent: &PaymentIntent) -> Result<()> {
    intent.currency.freeze(book.tx)?;
    book.tx
        .prepare_cached(
            "INSERT INTO payment_intents (merchant, intent, id, amount, currency, created_at)
             VALUES (:merchant,
                 1 + coalesce((SELECT max(intent) FROM payment_intents WHERE merchant = :merchant), 0),
                 :id, :amount, :currency, :created_at)",
        )?
        .execute(named_params! {
            ":merchant": book.merchant,
            ":id": intent.id,
            ":amount": intent.amount.minor(),
            ":currency": intent.currency.number(),
            ":created_at": intent.created_at.millis(),
        })?;
    Ok(())
}

/// A payment intent's number and currency: all that other objects need of it.
pub(crate) fn look_up(
    conn: &Connection,
    merchant: i64,
    id: &str,
) -> Result<Option<(i64, Currency)>> {
    Ok(conn
        .prepare_cached(
            "SELECT intent, currency, code FROM payment_intents JOIN currencies USING (currency)
             WHERE merchant = :merchant AND id = :id",
        )?
        .query_row(named_params! { ":merchant": merchant, ":id": id }, |row| {
            Ok((row.get("intent")?, Currency::from_row(row)?))
        })
        .optional()?)
}

/// A payment intent by its id.
pub(crate) fn find(conn: &Connection, merchant: i64, id: &str) -> Result<Option<PaymentIntent>> {
    conn.prepare_cached(
        "SELECT intent, id, amount, currency, code, created_at
             FROM payment_intents JOIN currencies USING (currency)
             WHERE merchant = :merchant AND id = :id",
    )?
    .query_row(named_params! { ":merchant": merchant, ":id": id }, |row| {
        Ok(from_row(conn, merchant, row))
    })
    .optional()?
    .transpose()
}

/// A page of the payment intents, newest first.
pub(crate) fn list(conn: &Connection, merchant: i64, page: &Page) -> Result<List<PaymentIntent>> {
    let limit = page.limit()?;
    let before = match &page.starting_after {
        Some(id) => look_up(conn, merchant, id)?.ok_or(Page::UNKNOWN)?.0,
        None => i64::MAX,
    };
    let data = conn
        .prepare_cached(
            "SELECT intent, id, amount, currency, code, created_at
             FROM payment_intents JOIN currencies USING (currency)
             WHERE merchant = :merchant AND intent < :before ORDER BY intent DESC LIMIT :rows",
        )?
        .query_map(
            named_params! {
                ":merchant": merchant,
                ":before": before,
                ":rows": limit.rows_and_one_more(),
            },
            |row| Ok(from_row(conn, merchant, row)),
        )?
        .map(|row| row?)
        .collect::<Result<_>>()?;
    Ok(List::of(data, limit))
}

fn from_row(conn: &Connection, merchant: i64, row: &Row<'_>) -> Result<PaymentIntent> {
    let number: i64 = row.get("intent")?;
    Ok(PaymentIntent {
        id: row.get("id")?,
        amount: Amount::from_stored(row.get("amount")?)?,
        amount_refunded: refunded(conn, merchant, number)?,
        currency: Currency::from_row(row)?,
        created_at: Timestamp::from_stored(row.get("created_at")?)?,
    })
}

/// What has been refunded of an intent's charges: derived, so that it can't be wrong. A thousand
/// charges of the largest amounts could leave the range; then it is the end of the range.
fn refunded(conn: &Connection, merchant: i64, intent: i64) -> Result<Balance> {
    let charges: Vec<i64> = conn
        .prepare_cached(
            "SELECT charge FROM charges INDEXED BY charges_of_intent
             WHERE merchant = :merchant AND intent = :intent",
        )?
        .query_map(named_params! { ":merchant": merchant, ":intent": intent }, |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    charges.into_iter().try_fold(Balance::ZERO, |sum, charge| {
        let refunded = crate::charge::refunded(conn, merchant, charge)?;
        Ok(Balance(sum.minor().saturating_add(refunded.minor())))
    })
}
