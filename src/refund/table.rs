//! The table of refunds.

use rusqlite::{Connection, OptionalExtension, Row, ToSql, named_params};

use super::{Reason, Refund, RefundFilter, RefundStatus};
use crate::{
    currency::Currency,
    error::{Error, Result},
    money::Amount,
    page::{List, Page},
    text,
    time::Timestamp,
};

macro_rules! select_refunds {
    ($where:literal) => {
        select_refunds!("", $where)
    };
    ($index:literal, $where:literal) => {
        concat!(
            "SELECT r.seq, r.id, c.id AS charge_id, r.amount, c.currency, code, r.reason,
                 r.external_reference, e.effective_at, i.id AS intent_id, t.description, t.metadata,
                 EXISTS (
                     SELECT 1 FROM entries f
                     WHERE f.merchant = r.merchant AND f.source = r.seq
                         AND f.cause = 4) AS failed
             FROM refunds r ",
            $index,
            " JOIN entries e USING (merchant, seq)
             JOIN charges c ON c.merchant = r.merchant AND c.charge = r.charge
             JOIN currencies ON currencies.currency = c.currency
             LEFT JOIN payment_intents i ON i.merchant = c.merchant AND i.intent = c.intent
             LEFT JOIN texts t ON t.merchant = r.merchant AND t.seq = r.seq ",
            $where
        )
    };
}

/// A refund by its id, and its sequence number.
pub(crate) fn by_id(conn: &Connection, merchant: i64, id: &str) -> Result<Option<(i64, Refund)>> {
    conn.prepare_cached(select_refunds!("WHERE r.merchant = :merchant AND r.id = :id"))?
        .query_row(named_params! { ":merchant": merchant, ":id": id }, |row| Ok(from_row(row)))
        .optional()?
        .transpose()
}

pub(crate) fn by_seq(conn: &Connection, merchant: i64, seq: i64) -> Result<Refund> {
    let row = conn
        .prepare_cached(select_refunds!("WHERE r.merchant = :merchant AND r.seq = :seq"))?
        .query_row(named_params! { ":merchant": merchant, ":seq": seq }, |row| Ok(from_row(row)))?;
    Ok(row?.1)
}

/// A page of the refunds, newest first.
pub(crate) fn list(
    conn: &Connection,
    merchant: i64,
    filter: &RefundFilter,
    page: &Page,
) -> Result<List<Refund>> {
    let limit = page.limit()?;
    let before = match &page.starting_after {
        Some(id) => by_id(conn, merchant, id)?.ok_or(Page::UNKNOWN)?.0,
        None => i64::MAX,
    };
    // One statement for each filter, so that each finds its rows by an index.
    let (sql, filters): (_, &[(&str, &dyn ToSql)]) =
        match (&filter.charge_id, &filter.payment_intent_id) {
            (None, None) => (
                select_refunds!(
                    "WHERE r.merchant = :merchant AND r.seq < :before
                     ORDER BY r.seq DESC LIMIT :rows"
                ),
                &[],
            ),
            (Some(charge), None) => (
                select_refunds!(
                    "INDEXED BY refunds_of_charge",
                    "WHERE r.merchant = :merchant AND r.seq < :before AND r.charge IN (
                         SELECT charge FROM charges WHERE merchant = :merchant AND id = :charge)
                     ORDER BY r.seq DESC LIMIT :rows"
                ),
                &[(":charge", charge)],
            ),
            (charge, Some(intent)) => (
                select_refunds!(
                    "INDEXED BY refunds_of_charge",
                    "WHERE r.merchant = :merchant AND r.seq < :before AND r.charge IN (
                         SELECT charge FROM charges INDEXED BY charges_of_intent
                         WHERE merchant = :merchant AND id = coalesce(:charge, id) AND intent = (
                             SELECT intent FROM payment_intents
                             WHERE merchant = :merchant AND id = :intent))
                     ORDER BY r.seq DESC LIMIT :rows"
                ),
                &[(":charge", charge), (":intent", intent)],
            ),
        };
    let rows = limit.rows_and_one_more();
    let page: &[(&str, &dyn ToSql)] =
        &[(":merchant", &merchant), (":before", &before), (":rows", &rows)];
    let data = conn
        .prepare_cached(sql)?
        .query_map(&*[page, filters].concat(), |row| Ok(from_row(row)))?
        .map(|row| Ok(row??.1))
        .collect::<Result<_>>()?;
    Ok(List::of(data, limit))
}

fn from_row(row: &Row<'_>) -> Result<(i64, Refund)> {
    let seq = row.get("seq")?;
    let reason: Option<i64> = row.get("reason")?;
    let metadata: Option<String> = row.get("metadata")?;
    let refund = Refund {
        id: row.get("id")?,
        charge_id: row.get("charge_id")?,
        amount: Amount::from_stored(row.get("amount")?)?,
        currency: Currency::from_row(row)?,
        status: if row.get("failed")? { RefundStatus::Failed } else { RefundStatus::Succeeded },
        reason: reason
            .map(|number| {
                Reason::from_number(number).ok_or_else(|| Error::corrupt("an unknown reason"))
            })
            .transpose()?,
        balance_transaction_id: format!("bt_{seq}"),
        journal_entry_id: format!("je_{seq}"),
        created_at: Timestamp::from_stored(row.get("effective_at")?)?,
        payment_intent_id: row.get("intent_id")?,
        description: row.get("description")?,
        metadata: text::metadata_from(metadata.as_deref())?,
        external_reference: row.get("external_reference")?,
    };
    Ok((seq, refund))
}
