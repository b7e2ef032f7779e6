//! Refunds, as rows of the journal.

use rusqlite::{Connection, OptionalExtension, params};

use super::{columns::Columns, number, texts};
use crate::{
    recording::store::{By, StoredRefund},
    words::{
        error::{Error, Result},
        filter::RefundFilter,
        id,
        page::{List, Page},
        refund::{Reason, Refund, RefundStatus},
        time::Timestamp,
    },
};

macro_rules! select_refunds {
    ($where:literal) => {
        select_refunds!("", $where)
    };
    ($index:literal, $where:literal) => {
        concat!(
            "SELECT r.entry, r.charge, r.id, c.id, r.amount, code, r.reason, \
                 coalesce(r.effective_at, r.recorded_at), \
                 CASE WHEN c.intent IS NOT NULL THEN ( \
                     SELECT id FROM payment_intents WHERE intent = c.intent) END, \
                 r.external_reference, \
                 CASE WHEN r.text_hash IS NOT NULL THEN ( \
                     SELECT description FROM texts WHERE text = (r.merchant << 40) + r.n) END, \
                 CASE WHEN r.text_hash IS NOT NULL THEN ( \
                     SELECT metadata FROM texts WHERE text = (r.merchant << 40) + r.n) END, \
                 EXISTS (SELECT 1 FROM entries f WHERE f.about = r.entry AND f.cause = 4) \
             FROM entries r ",
            $index,
            " JOIN charges c ON c.charge = r.charge
             JOIN currencies ON currencies.currency = r.currency ",
            $where
        )
    };
}

/// The refunds that a filter shows, of those that an index leads to.
macro_rules! select_filtered {
    ($index:literal, $where:literal) => {
        concat!(
            select_refunds!($index, $where),
            " AND r.cause = 3 AND r.entry < ?2
                 AND (?6 IS NULL OR coalesce(r.effective_at, r.recorded_at) >= ?6)
                 AND (?7 IS NULL OR coalesce(r.effective_at, r.recorded_at) < ?7)
                 AND (?8 IS NULL OR ?8 = EXISTS (
                     SELECT 1 FROM entries f WHERE f.about = r.entry AND f.cause = 4))
                 AND (?9 IS NULL OR r.external_reference = ?9)
             ORDER BY r.entry DESC LIMIT ?3"
        )
    };
}

/// A refund.
pub(crate) fn find(conn: &Connection, merchant: i64, by: By<'_>) -> Result<Option<StoredRefund>> {
    let found = match by {
        By::Id(id) => conn
            .prepare_cached(select_refunds!("WHERE r.merchant = ?1 AND r.id = ?2 AND r.cause = 3"))?
            .query_row(params![merchant, id], |row| Ok(read(&mut Columns::of(row)))),
        By::Number(seq) => conn
            .prepare_cached(select_refunds!("WHERE r.entry = ?1 AND r.cause = 3"))?
            .query_row([number::key(merchant, seq)], |row| Ok(read(&mut Columns::of(row)))),
    };
    found.optional()?.transpose()
}

/// The sequence number of the first refund with this external reference, failed or not.
pub(crate) fn with_reference(
    conn: &Connection,
    merchant: i64,
    reference: &str,
) -> Result<Option<i64>> {
    let entry: Option<i64> = conn
        .prepare_cached(
            "SELECT entry FROM entries INDEXED BY refunds_by_reference
             WHERE merchant = ?1 AND external_reference = ?2 AND cause = 3 ORDER BY entry LIMIT 1",
        )?
        .query_row(params![merchant, reference], |row| row.get(0))
        .optional()?;
    Ok(entry.map(number::within))
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
        Some(id) => {
            let last = find(conn, merchant, By::Id(id))?.ok_or(Page::UNKNOWN)?;
            number::key(merchant, last.seq)
        }
        None => i64::MAX,
    };
    // One statement for each filter that has an index, so that it is used.
    let sql = match (&filter.charge_id, &filter.payment_intent_id, &filter.external_reference) {
        (None, None, None) => {
            select_filtered!("", "WHERE r.entry >= (?1 << 40) AND r.entry < ((?1 + 1) << 40)")
        }
        (None, None, Some(_)) => select_filtered!(
            "INDEXED BY refunds_by_reference",
            "WHERE r.merchant = ?1 AND r.external_reference = ?9"
        ),
        (Some(_), None, _) => select_filtered!(
            "INDEXED BY refunds_of_charge",
            "WHERE r.charge = (SELECT charge FROM charges WHERE merchant = ?1 AND id = ?4)"
        ),
        (_, Some(_), _) => select_filtered!(
            "INDEXED BY refunds_of_charge",
            "WHERE r.charge IN (
                 SELECT charge FROM charges INDEXED BY charges_of_intent
                 WHERE id = coalesce(?4, id) AND intent = (
                     SELECT intent FROM payment_intents WHERE merchant = ?1 AND id = ?5))"
        ),
    };
    // SQLite is built without JSON in places, so metadata is looked at here, row by row.
    let most = limit.rows_and_one_more();
    let data = conn
        .prepare_cached(sql)?
        .query_map(
            params![
                merchant,
                before,
                // A negative limit is none.
                if filter.metadata.is_empty() { i64::from(most) } else { -1 },
                filter.charge_id,
                filter.payment_intent_id,
                filter.from.map(Timestamp::millis),
                filter.to.map(Timestamp::millis),
                filter.status.map(|status| status == RefundStatus::Failed),
                filter.external_reference,
            ],
            |row| Ok(read(&mut Columns::of(row))),
        )?
        .map(|row| Ok(row??.refund))
        .filter(|refund| refund.as_ref().map_or(true, |refund| filter.has_metadata(refund)))
        .take(usize::try_from(most).unwrap_or(usize::MAX))
        .collect::<Result<_>>()?;
    Ok(List::of(data, limit))
}

fn read(columns: &mut Columns<'_, '_>) -> Result<StoredRefund> {
    let seq = number::within(columns.next()?);
    let charge = columns.next()?;
    let mut refund = Refund {
        id: columns.next()?,
        charge_id: columns.next()?,
        amount: columns.amount()?,
        currency: columns.currency()?,
        status: RefundStatus::Succeeded,
        reason: reason(columns.next()?)?,
        balance_transaction_id: id::numbered("bt_", seq),
        journal_entry_id: id::numbered("je_", seq),
        created_at: columns.moment()?,
        payment_intent_id: columns.next()?,
        external_reference: columns.next()?,
        description: columns.next()?,
        metadata: texts::metadata_from(columns.next::<Option<String>>()?.as_deref())?,
    };
    if columns.next()? {
        refund.status = RefundStatus::Failed;
    }
    Ok(StoredRefund { seq, charge, refund })
}

/// A refund's reason, from its number.
pub(crate) fn reason(number: Option<i64>) -> Result<Option<Reason>> {
    number
        .map(|number| {
            Reason::from_number(number).ok_or_else(|| Error::corrupt("an unknown reason"))
        })
        .transpose()
}
