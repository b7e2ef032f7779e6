//! Payouts, top-ups, settlements and adjustments, as rows of the journal.

use rusqlite::{Connection, OptionalExtension, params};

use super::{columns::Columns, entries, number};
use crate::{
    recording::store::By,
    words::{
        entry::Cause,
        error::{Error, Result},
        filter::TransferFilter,
        id,
        page::{List, Page},
        time::Timestamp,
        transfer::{PayoutStatus, Transfer, TransferKind},
    },
};

macro_rules! select_transfers {
    ($where:literal) => {
        concat!(
            "SELECT r.entry, r.cause, r.debit, r.credit, r.amount, code, r.id,
                 coalesce(r.effective_at, r.recorded_at), t.description,
                 (SELECT max(o.cause) FROM entries o
                  WHERE o.about = r.entry
                      AND (o.cause = 2 OR o.cause = 4 OR o.cause = 6 OR o.cause = 7 OR o.cause = 8))
                     AS outcome
             FROM entries r JOIN currencies ON currencies.currency = r.currency
             LEFT JOIN texts t ON t.text = (r.merchant << 40) + r.n ",
            $where
        )
    };
}

/// A transfer and its sequence number.
pub(crate) fn find(
    conn: &Connection,
    merchant: i64,
    by: By<'_>,
) -> Result<Option<(i64, Transfer)>> {
    let found = match by {
        By::Id(id) => conn
            .prepare_cached(select_transfers!(
                "WHERE r.merchant = ?1 AND r.id = ?2 AND (r.cause = 5 OR r.cause BETWEEN 9 AND 11)"
            ))?
            .query_row(params![merchant, id], |row| Ok(read(&mut Columns::of(row)))),
        By::Number(seq) => conn
            .prepare_cached(select_transfers!(
                "WHERE r.entry = ?1 AND (r.cause = 5 OR r.cause BETWEEN 9 AND 11)"
            ))?
            .query_row([number::key(merchant, seq)], |row| Ok(read(&mut Columns::of(row)))),
    };
    found.optional()?.transpose()
}

/// A page of the transfers, newest first.
pub(crate) fn list(
    conn: &Connection,
    merchant: i64,
    filter: &TransferFilter,
    page: &Page,
) -> Result<List<Transfer>> {
    let limit = page.limit()?;
    let before = match &page.starting_after {
        Some(id) => find(conn, merchant, By::Id(id))?.ok_or(Page::UNKNOWN)?.0,
        None => number::within(number::last(merchant)),
    };
    let data = conn
        .prepare_cached(select_transfers!(
            "WHERE r.entry >= ?1 AND r.entry < ?2
                 AND (r.cause = 5 OR r.cause BETWEEN 9 AND 11)
                 AND (?4 IS NULL OR r.cause = ?4)
                 AND (?5 IS NULL OR (r.cause = 5 AND coalesce(outcome, 5) = ?5))
                 AND (?6 IS NULL OR coalesce(r.effective_at, r.recorded_at) >= ?6)
                 AND (?7 IS NULL OR coalesce(r.effective_at, r.recorded_at) < ?7)
             ORDER BY r.entry DESC LIMIT ?3"
        ))?
        .query_map(
            params![
                number::key(merchant, 0),
                number::key(merchant, before),
                limit.rows_and_one_more(),
                filter.kind.map(|kind| kind.cause().number()),
                filter.status.map(|status| cause_of(status).number()),
                filter.from.map(Timestamp::millis),
                filter.to.map(Timestamp::millis),
            ],
            |row| Ok(read(&mut Columns::of(row))),
        )?
        .map(|row| Ok(row??.1))
        .collect::<Result<_>>()?;
    Ok(List::of(data, limit))
}

/// The last entry of a payout that has come this far.
const fn cause_of(status: PayoutStatus) -> Cause {
    match status {
        PayoutStatus::InTransit => Cause::Payout,
        PayoutStatus::Paid => Cause::PayoutPaid,
        PayoutStatus::Failed => Cause::PayoutFailed,
        PayoutStatus::Returned => Cause::PayoutReturned,
    }
}

fn read(columns: &mut Columns<'_, '_>) -> Result<(i64, Transfer)> {
    let seq = number::within(columns.next()?);
    let kind = Cause::from_number(columns.next()?)
        .and_then(TransferKind::from_cause)
        .ok_or_else(|| Error::corrupt("a transfer with another cause"))?;
    let posting = entries::posting(columns)?;
    let id = columns.next()?;
    let created_at = columns.moment()?;
    let description = columns.next()?;
    let outcome: Option<i64> = columns.next()?;
    let status = match outcome.and_then(Cause::from_number) {
        Some(Cause::PayoutPaid) => PayoutStatus::Paid,
        Some(Cause::PayoutFailed) => PayoutStatus::Failed,
        Some(Cause::PayoutReturned) => PayoutStatus::Returned,
        _ => PayoutStatus::InTransit,
    };
    let amount = kind
        .amount_of(&posting)
        .ok_or_else(|| Error::corrupt("a transfer between other accounts"))?;
    let transfer = Transfer {
        id,
        kind,
        amount,
        currency: posting.currency,
        status: (kind == TransferKind::Payout).then_some(status),
        description,
        journal_entry_id: id::numbered("je_", seq),
        created_at,
    };
    Ok((seq, transfer))
}
