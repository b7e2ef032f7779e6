//! Disputes, as rows of the journal.

use rusqlite::{Connection, OptionalExtension, params};

use super::{columns::Columns, number};
use crate::{
    recording::store::{By, StoredDispute},
    words::{
        dispute::{Dispute, DisputeReason, DisputeStatus},
        entry::Cause,
        error::{Error, Result},
        filter::DisputeFilter,
        id,
        money::Fee,
        page::{List, Page},
    },
};

macro_rules! select_disputes {
    ($where:literal) => {
        select_disputes!("", $where)
    };
    ($index:literal, $where:literal) => {
        concat!(
            "SELECT d.entry, d.charge, d.id, c.id, d.amount, coalesce(d.fee, 0), code, d.reason,
                 coalesce(d.effective_at, d.recorded_at), i.id, d.external_reference,
                 (SELECT max(o.cause) FROM entries o
                  WHERE o.about = d.entry AND (o.cause = 2 OR o.cause = 4 OR o.cause = 6
                      OR o.cause = 7 OR o.cause = 8 OR o.cause = 13 OR o.cause = 14)),
                 EXISTS (SELECT 1 FROM entries o
                  WHERE o.about = d.entry AND o.cause = 13 AND o.fee IS NOT NULL)
             FROM entries d ",
            $index,
            " JOIN charges c ON c.charge = d.charge
             JOIN currencies ON currencies.currency = d.currency
             LEFT JOIN payment_intents i ON i.intent = c.intent ",
            $where
        )
    };
}

/// The disputes that a filter shows, of those that their index leads to.
macro_rules! select_filtered {
    ($where:literal) => {
        concat!(
            select_disputes!("INDEXED BY disputes_of_charge", $where),
            " AND d.cause >= 12 AND d.cause = 12 AND d.entry < ?2
             ORDER BY d.entry DESC LIMIT ?4"
        )
    };
}

/// A dispute.
pub(crate) fn find(conn: &Connection, merchant: i64, by: By<'_>) -> Result<Option<StoredDispute>> {
    let found = match by {
        By::Id(id) => conn
            .prepare_cached(select_disputes!(
                "WHERE d.merchant = ?1 AND d.id = ?2 AND d.cause = 12"
            ))?
            .query_row(params![merchant, id], |row| Ok(read(&mut Columns::of(row)))),
        By::Number(seq) => conn
            .prepare_cached(select_disputes!("WHERE d.entry = ?1 AND d.cause = 12"))?
            .query_row([number::key(merchant, seq)], |row| Ok(read(&mut Columns::of(row)))),
    };
    found.optional()?.transpose()
}

/// A page of the disputes, newest first. There are few, and their index leads to those of a charge.
pub(crate) fn list(
    conn: &Connection,
    merchant: i64,
    filter: &DisputeFilter,
    page: &Page,
) -> Result<List<Dispute>> {
    let limit = page.limit()?;
    let before = match &page.starting_after {
        Some(id) => {
            let last = find(conn, merchant, By::Id(id))?.ok_or(Page::UNKNOWN)?;
            number::key(merchant, last.seq)
        }
        None => i64::MAX,
    };
    let most = limit.rows_and_one_more();
    // One statement for each filter that has an index, so that it is used.
    let sql = if filter.charge_id.is_some() {
        select_filtered!(
            "WHERE d.charge = (SELECT charge FROM charges WHERE merchant = ?1 AND id = ?3)"
        )
    } else {
        select_filtered!("WHERE d.charge >= (?1 << 40) AND d.charge < ((?1 + 1) << 40)")
    };
    let data = conn
        .prepare_cached(sql)?
        .query_map(
            params![
                merchant,
                before,
                filter.charge_id.as_ref(),
                // A negative limit is none: the status is looked at here, row by row.
                if filter.status.is_some() { -1 } else { i64::from(most) },
            ],
            |row| Ok(read(&mut Columns::of(row))),
        )?
        .map(|row| Ok(row??.dispute))
        .filter(|dispute: &Result<Dispute>| match (dispute, filter.status) {
            (Ok(dispute), Some(status)) => dispute.status == status,
            (Err(_), _) | (_, None) => true,
        })
        .take(usize::try_from(most).unwrap_or(usize::MAX))
        .collect::<Result<_>>()?;
    Ok(List::of(data, limit))
}

fn read(columns: &mut Columns<'_, '_>) -> Result<StoredDispute> {
    let seq = number::within(columns.next()?);
    let charge = columns.next()?;
    let mut dispute = Dispute {
        id: columns.next()?,
        charge_id: columns.next()?,
        amount: columns.amount()?,
        fee: Fee::from_stored(columns.next()?)?,
        currency: columns.currency()?,
        status: DisputeStatus::Open,
        reason: reason(columns.next()?)?,
        balance_transaction_id: id::numbered("bt_", seq),
        journal_entry_id: id::numbered("je_", seq),
        created_at: columns.moment()?,
        payment_intent_id: columns.next()?,
        network_reference: columns.next()?,
        fee_returned: false,
    };
    dispute.status = match columns.next::<Option<i64>>()?.map(Cause::from_number) {
        None => DisputeStatus::Open,
        Some(Some(Cause::DisputeWon)) => DisputeStatus::Won,
        Some(Some(Cause::DisputeLost)) => DisputeStatus::Lost,
        Some(_) => return Err(Error::corrupt("a dispute with another outcome")),
    };
    dispute.fee_returned = columns.next()?;
    Ok(StoredDispute { seq, charge, dispute })
}

/// A dispute's reason, from its number.
pub(crate) fn reason(number: Option<i64>) -> Result<Option<DisputeReason>> {
    let unknown = || Error::corrupt("an unknown reason");
    number.map(|number| DisputeReason::from_number(number).ok_or_else(unknown)).transpose()
}
