//! The merchant's statement: the entries that change what the merchant has, as lines.

use rusqlite::{Connection, params};

use super::{columns::Columns, entries, number};
use crate::words::{
    error::{Error, Result},
    filter::StatementFilter,
    id,
    money::Balance,
    page::{Limit, List, Page},
    statement::{BalanceTransaction, LineStatus, LineType},
    time::Timestamp,
};

/// A line by its id.
pub(crate) fn find(
    conn: &Connection,
    merchant: i64,
    id: &str,
    now: Timestamp,
) -> Result<BalanceTransaction> {
    let missing = || Error::missing("id", id);
    let Some(seq) = id::sequence_number(id, "bt_") else {
        return Err(missing());
    };
    // The first line at or before this number is the line itself, or there is none.
    let any = StatementFilter::default();
    let lines = before(conn, merchant, &any, seq.saturating_add(1), Limit::ONE, now)?;
    lines.into_iter().next().filter(|line| line.id == id).ok_or_else(missing)
}

/// A page of the statement, newest first.
pub(crate) fn list(
    conn: &Connection,
    merchant: i64,
    filter: &StatementFilter,
    page: &Page,
    now: Timestamp,
) -> Result<List<BalanceTransaction>> {
    let limit = page.limit()?;
    let first = match &page.starting_after {
        Some(id) => {
            find(conn, merchant, id, now).map_err(|error| match error {
                Error::ResourceMissing { .. } => Page::UNKNOWN,
                other => other,
            })?;
            id::sequence_number(id, "bt_").ok_or(Page::UNKNOWN)?
        }
        None => i64::MAX,
    };
    let data = before(conn, merchant, filter, first, Limit::of(limit.rows_and_one_more()), now)?;
    Ok(List::of(data, limit))
}

fn before(
    conn: &Connection,
    merchant: i64,
    filter: &StatementFilter,
    seq: i64,
    limit: Limit,
    now: Timestamp,
) -> Result<Vec<BalanceTransaction>> {
    let last = number::within(number::last(merchant));
    let causes = filter.line_type.map_or(&[][..], LineType::causes);
    conn.prepare_cached(
        "SELECT e.entry, e.cause, e.debit, e.credit, e.amount, code, e.fee,
             coalesce(e.effective_at, e.recorded_at),
             coalesce(c.id, e.id, (SELECT id FROM entries WHERE entry = e.about)),
             c.available_on,
             EXISTS (SELECT 1 FROM maturing m WHERE m.merchant = c.merchant
                 AND m.available_on = c.available_on AND m.id = c.id)
         FROM entries e JOIN currencies ON currencies.currency = e.currency
         LEFT JOIN charges c ON c.charge = e.charge AND e.cause = 1
         WHERE e.entry >= ?1 AND e.entry < ?2 AND e.cause <> 2 AND e.cause <> 6
             AND e.cause <> 10 AND e.cause < 14
             AND (?4 IS NULL OR e.cause = ?4 OR e.cause = ?5)
             AND (?6 IS NULL OR coalesce(e.effective_at, e.recorded_at) >= ?6)
             AND (?7 IS NULL OR coalesce(e.effective_at, e.recorded_at) < ?7)
         ORDER BY e.entry DESC LIMIT ?3",
    )?
    .query_map(
        params![
            number::key(merchant, 0),
            number::key(merchant, seq.clamp(0, last)),
            limit.rows(),
            causes.first().map(|cause| cause.number()),
            causes.get(1).map(|cause| cause.number()),
            filter.from.map(Timestamp::millis),
            filter.to.map(Timestamp::millis),
        ],
        |row| Ok(read(&mut Columns::of(row), now)),
    )?
    .map(|row| row?)
    .collect()
}

fn read(columns: &mut Columns<'_, '_>, now: Timestamp) -> Result<BalanceTransaction> {
    let seq = number::within(columns.next()?);
    let cause = entries::cause(columns)?;
    let postings = entries::postings(columns)?;
    let created_at = columns.moment()?;
    let source: Option<String> = columns.next()?;
    let matures_on: Option<i64> = columns.next()?;
    let waits: bool = columns.next()?;
    let (amount, fee) = (LineType::amount(&postings), postings.fee_taken());
    let net = amount
        .checked_sub(fee)
        .ok_or_else(|| Error::corrupt("a line of the statement out of range"))?;
    let available_on = matures_on.map_or(created_at, Timestamp::from_millis);
    // Where nothing has to mature, the day alone decides.
    let pending = waits || (net == 0 && matures_on.is_some() && now < available_on);
    Ok(BalanceTransaction {
        id: id::numbered("bt_", seq),
        line_type: LineType::of(cause)
            .ok_or_else(|| Error::corrupt("a line of the statement with another cause"))?,
        amount: Balance(amount),
        fee: Balance(fee),
        net: Balance(net),
        currency: postings.currency,
        status: if pending { LineStatus::Pending } else { LineStatus::Available },
        available_on,
        source: source.ok_or_else(|| Error::corrupt("a line of the statement about nothing"))?,
        created_at,
    })
}
