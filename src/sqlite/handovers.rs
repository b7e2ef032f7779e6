//! Hand-overs, as rows of the journal.

use rusqlite::{Connection, OptionalExtension, params};

use super::{columns::Columns, number};
use crate::{
    recording::store::{By, StoredHandover},
    words::{
        chain::Hash,
        entry::Cause,
        error::{Error, Result},
        filter::HandoverFilter,
        handover::{ChargeFacts, Handover, HandoverDirection, Share, Ticket},
        money::Fee,
        page::{List, Page},
    },
};

/// Hand-overs, each with all that its text says.
macro_rules! select_handovers {
    ($where:literal) => {
        select_handovers!("", $where)
    };
    ($index:literal, $where:literal) => {
        concat!(
            "SELECT h.entry, h.charge, h.cause, h.recorded_at,
                 coalesce(h.effective_at, h.recorded_at), coalesce(h.text_hash, h.hash), m.id, m.live_mode, exponent,
                 (SELECT hash FROM entries WHERE entry = h.entry - 1),
                 h.id, h.amount, h.external_reference, c.id, c.amount, c.captured, c.fee, code,
                 c.available_on, c.created_at
             FROM entries h ",
            $index,
            " JOIN charges c ON c.charge = h.charge
             JOIN currencies ON currencies.currency = h.currency
             JOIN merchants m ON m.merchant = h.merchant ",
            $where
        )
    };
}

/// The hand-overs that a filter shows, of those that their index leads to.
macro_rules! select_filtered {
    ($where:literal) => {
        concat!(
            select_handovers!("INDEXED BY disputes_of_charge", $where),
            " AND h.cause >= 12 AND h.cause >= 15 AND (?5 IS NULL OR h.cause = ?5) AND h.entry < ?2
             ORDER BY h.entry DESC LIMIT ?4"
        )
    };
}

/// A hand-over.
pub(crate) fn find(conn: &Connection, merchant: i64, by: By<'_>) -> Result<Option<StoredHandover>> {
    let found = match by {
        By::Id(id) => conn
            .prepare_cached(select_handovers!(
                "WHERE h.merchant = ?1 AND h.id = ?2 AND h.cause >= 15"
            ))?
            .query_row(params![merchant, id], |row| Ok(read(&mut Columns::of(row)))),
        By::Number(seq) => conn
            .prepare_cached(select_handovers!("WHERE h.entry = ?1 AND h.cause >= 15"))?
            .query_row([number::key(merchant, seq)], |row| Ok(read(&mut Columns::of(row)))),
    };
    found.optional()?.transpose()
}

/// The sequence number of the first entry after `seq` that handed a charge over to another book.
pub(crate) fn handed_over_after(
    conn: &Connection,
    merchant: i64,
    seq: i64,
    charge: i64,
    to: &str,
) -> Result<Option<i64>> {
    let entry = conn
        .prepare_cached(
            "SELECT entry FROM entries INDEXED BY disputes_of_charge
             WHERE charge = ?1 AND cause >= 12 AND cause = 15 AND external_reference = ?2
             AND entry > ?3 ORDER BY entry LIMIT 1",
        )?
        .query_row(params![charge, to, number::key(merchant, seq)], |row| row.get(0))
        .optional()?;
    Ok(entry.map(number::within))
}

/// A page of the hand-overs, newest first. There are few, and their index leads to those of a charge.
pub(crate) fn list(
    conn: &Connection,
    merchant: i64,
    filter: &HandoverFilter,
    page: &Page,
) -> Result<List<Handover>> {
    let limit = page.limit()?;
    let before = match &page.starting_after {
        Some(id) => {
            let last = find(conn, merchant, By::Id(id))?.ok_or(Page::UNKNOWN)?;
            number::key(merchant, last.seq)
        }
        None => i64::MAX,
    };
    // One statement for each filter that has an index, so that it is used.
    let sql = if filter.charge_id.is_some() {
        select_filtered!(
            "WHERE h.charge = (SELECT charge FROM charges WHERE merchant = ?1 AND id = ?3)"
        )
    } else {
        select_filtered!("WHERE h.charge >= (?1 << 40) AND h.charge < ((?1 + 1) << 40)")
    };
    let cause = filter.direction.map(|direction| direction.cause().number());
    let most = limit.rows_and_one_more();
    let data = conn
        .prepare_cached(sql)?
        .query_map(params![merchant, before, filter.charge_id, most, cause], |row| {
            Ok(read(&mut Columns::of(row)))
        })?
        .map(|row| Ok(row??.handover))
        .collect::<Result<_>>()?;
    Ok(List::of(data, limit))
}

fn read(columns: &mut Columns<'_, '_>) -> Result<StoredHandover> {
    let (entry, charge): (i64, i64) = (columns.next()?, columns.next()?);
    let seq = number::within(entry);
    let direction = match Cause::from_number(columns.next()?) {
        Some(Cause::HandedOver) => HandoverDirection::HandedOver,
        Some(Cause::TakenOver) => HandoverDirection::TakenOver,
        _ => return Err(Error::corrupt("a hand-over with another cause")),
    };
    let (recorded_at, effective_at) = (columns.moment()?, columns.moment()?);
    let entry_hash = Hash(columns.next()?);
    let from: String = columns.next()?;
    let (live_mode, exponent) = (columns.next()?, columns.next()?);
    let previous = columns.next::<Option<[u8; 32]>>()?.map(Hash);
    let share = share(columns)?;
    let ticket = match (direction, previous) {
        (HandoverDirection::HandedOver, Some(previous)) => Some(Ticket {
            from,
            live_mode,
            exponent,
            previous,
            seq,
            effective_at,
            recorded_at,
            share: share.clone(),
        }),
        _ => None,
    };
    let text = ticket.as_ref().map(Ticket::encode);
    let handover = share.handover(direction, seq, entry_hash, recorded_at, text);
    Ok(StoredHandover { seq, charge, handover })
}

/// What both books say of a hand-over.
fn share(columns: &mut Columns<'_, '_>) -> Result<Share> {
    Ok(Share {
        id: columns.next()?,
        amount: columns.amount()?,
        other: columns.next()?,
        charge: ChargeFacts {
            id: columns.next()?,
            amount: columns.amount()?,
            amount_captured: columns.amount()?,
            fee: Fee::from_stored(columns.next()?)?,
            currency: columns.currency()?,
            available_on: columns.moment()?,
            created_at: columns.moment()?,
        }
        .charge(),
    })
}
