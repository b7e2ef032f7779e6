//! The journal with the names under which others know what its entries are about.

use rusqlite::{Connection, params};

use super::{columns::Columns, entries, number};
use crate::words::{entry::NamedEntry, error::Result, page::Limit};

/// The entries after a sequence number, oldest first. To ask for each refund or charge by its id costs
/// several times what one query does.
pub(crate) fn after(
    conn: &Connection,
    merchant: i64,
    seq: i64,
    limit: Limit,
) -> Result<Vec<NamedEntry>> {
    let last = number::within(number::last(merchant));
    conn.prepare_cached(
        // Its own id, or that of the charge or of the entry that it is about.
        "SELECT e.entry, e.cause, coalesce(e.id, CASE WHEN e.cause <= 2 THEN c.id
                 ELSE (SELECT id FROM entries WHERE entry = e.about) END),
             e.about, coalesce(e.effective_at, e.recorded_at), e.recorded_at, e.hash,
             e.debit, e.credit, e.amount, code, e.fee,
             c.id, i.id, CASE WHEN e.cause = 1 THEN c.external_reference
                 WHEN e.cause = 4 OR e.cause >= 13
                     THEN (SELECT external_reference FROM entries WHERE entry = e.about)
                 ELSE e.external_reference END
         FROM entries e JOIN currencies ON currencies.currency = e.currency
         LEFT JOIN charges c ON c.charge = e.charge
         LEFT JOIN payment_intents i ON i.intent = c.intent
         WHERE e.entry > ?1 AND e.entry <= ?2 ORDER BY e.entry LIMIT ?3",
    )?
    .query_map(
        params![number::key(merchant, seq.clamp(0, last)), number::last(merchant), limit.rows()],
        |row| {
            let mut columns = Columns::of(row);
            Ok(entries::read(&mut columns).and_then(|entry| {
                Ok(NamedEntry {
                    entry,
                    charge_id: columns.next()?,
                    payment_intent_id: columns.next()?,
                    external_reference: columns.next()?,
                })
            }))
        },
    )?
    .map(|row| row?)
    .collect()
}
