//! The table of transfers.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{PayoutStatus, Transfer, TransferKind};
use crate::{
    currency::Currency,
    error::{Error, Result},
    journal::{self, Cause},
    money::SignedAmount,
    page::{List, Page},
    time::Timestamp,
};

macro_rules! select_transfers {
    ($where:literal) => {
        concat!(
            "SELECT r.seq, r.id, r.amount, r.currency, code, e.cause, e.effective_at, t.description,
                 (SELECT max(o.cause) FROM entries o
                  WHERE o.merchant = r.merchant AND o.source = r.seq
                      AND (o.cause = 2 OR o.cause = 4 OR o.cause = 6 OR o.cause = 7 OR o.cause = 8)
                 ) AS outcome
             FROM transfers r JOIN entries e USING (merchant, seq)
             JOIN currencies ON currencies.currency = r.currency
             LEFT JOIN texts t ON t.merchant = r.merchant AND t.seq = r.seq ",
            $where
        )
    };
}

/// A transfer by its id, and its sequence number.
pub(crate) fn by_id(conn: &Connection, merchant: i64, id: &str) -> Result<Option<(i64, Transfer)>> {
    conn.prepare_cached(select_transfers!("WHERE r.merchant = :merchant AND r.id = :id"))?
        .query_row(named_params! { ":merchant": merchant, ":id": id }, |row| Ok(from_row(row)))
        .optional()?
        .transpose()
}

pub(crate) fn by_seq(conn: &Connection, merchant: i64, seq: i64) -> Result<Transfer> {
    let row = conn
        .prepare_cached(select_transfers!("WHERE r.merchant = :merchant AND r.seq = :seq"))?
        .query_row(named_params! { ":merchant": merchant, ":seq": seq }, |row| Ok(from_row(row)))?;
    Ok(row?.1)
}

/// A page of the transfers, newest first.
pub(crate) fn list(conn: &Connection, merchant: i64, page: &Page) -> Result<List<Transfer>> {
    let limit = page.limit()?;
    let before = match &page.starting_after {
        Some(id) => by_id(conn, merchant, id)?.ok_or(Page::UNKNOWN)?.0,
        None => i64::MAX,
    };
    let data = conn
        .prepare_cached(select_transfers!(
            "WHERE r.merchant = :merchant AND r.seq < :before ORDER BY r.seq DESC LIMIT :rows"
        ))?
        .query_map(
            named_params! {
                ":merchant": merchant,
                ":before": before,
                ":rows": limit.rows_and_one_more(),
            },
            |row| Ok(from_row(row)),
        )?
        .map(|row| Ok(row??.1))
        .collect::<Result<_>>()?;
    Ok(List::of(data, limit))
}

fn from_row(row: &Row<'_>) -> Result<(i64, Transfer)> {
    let seq = row.get("seq")?;
    let kind = TransferKind::from_cause(journal::cause_from_row(row)?)
        .ok_or_else(|| Error::corrupt("a transfer with another cause"))?;
    let outcome: Option<i64> = row.get("outcome")?;
    let status = match outcome.and_then(Cause::from_number) {
        Some(Cause::PayoutPaid) => PayoutStatus::Paid,
        Some(Cause::PayoutFailed) => PayoutStatus::Failed,
        Some(Cause::PayoutReturned) => PayoutStatus::Returned,
        _ => PayoutStatus::InTransit,
    };
    let transfer = Transfer {
        id: row.get("id")?,
        kind,
        amount: SignedAmount::from_stored(row.get("amount")?)?,
        currency: Currency::from_row(row)?,
        status: (kind == TransferKind::Payout).then_some(status),
        description: row.get("description")?,
        journal_entry_id: format!("je_{seq}"),
        created_at: Timestamp::from_stored(row.get("effective_at")?)?,
    };
    Ok((seq, transfer))
}
