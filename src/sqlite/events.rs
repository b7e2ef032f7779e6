//! Events, read from the journal: each entry is one, and its object is shown as it was right after.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{
    charges,
    columns::Columns,
    disputes, entries, handovers, number,
    recordings::{self, Kind},
    refunds, transfers,
};
use crate::{
    recording::store::By,
    words::{
        chain::Hash,
        dispute::{Dispute, DisputeStatus},
        entry::Cause,
        error::{Error, Result},
        event::{Event, EventData, EventFilter, EventId, EventObject, EventType},
        page::{Limit, List, Page},
        refund::RefundStatus,
        time::Timestamp,
        transfer::{PayoutStatus, Transfer},
    },
};

const NOTHING: &str = "an entry about nothing";

/// The sequence number of the entry whose event has this id.
pub(crate) fn place(conn: &Connection, merchant: i64, id: &str) -> Result<Option<i64>> {
    let Some(id) = EventId::parse(id) else { return Ok(None) };
    let Kind::Entry(seq) = recordings::kind(conn, merchant, id.n)? else { return Ok(None) };
    let found = conn
        .prepare_cached("SELECT n, running FROM entries WHERE entry = ?1")?
        .query_row([number::key(merchant, seq)], |row| {
            Ok(EventId::of(row.get(0)?, &Hash(row.get(1)?)))
        })
        .optional()?;
    Ok((found == Some(id)).then_some(seq))
}

macro_rules! select_events {
    ($where:literal) => {
        concat!(
            "SELECT entry, n, cause, charge, about, recorded_at, running FROM entries WHERE ",
            $where
        )
    };
}

/// At most so many events after an entry, the oldest first.
pub(crate) fn after(
    conn: &Connection,
    merchant: i64,
    livemode: bool,
    seq: i64,
    limit: Limit,
) -> Result<Vec<Event>> {
    rows_after(conn, merchant, seq, None, limit.rows())?
        .iter()
        .map(|row| row.event(conn, merchant, livemode))
        .collect()
}

/// A page of the events, newest first.
pub(crate) fn list(
    conn: &Connection,
    merchant: i64,
    livemode: bool,
    filter: &EventFilter,
    page: &Page,
) -> Result<List<Event>> {
    let limit = page.limit()?;
    let (most, cause) = (limit.rows_and_one_more(), filter.event_type.map(EventType::cause));
    let place = |id| place(conn, merchant, id);
    let rows = match (&page.starting_after, &filter.ending_before) {
        (Some(_), Some(_)) => return Err(EventFilter::BOTH),
        (None, Some(id)) => {
            let last = place(id)?.ok_or(EventFilter::UNKNOWN)?;
            rows_after(conn, merchant, last, cause, most)?
        }
        (Some(id), None) => {
            let last = place(id)?.ok_or(Page::UNKNOWN)?;
            rows_before(conn, merchant, last, cause, most)?
        }
        (None, None) => {
            rows_before(conn, merchant, number::within(number::last(merchant)), cause, most)?
        }
    };
    let data = rows.iter().map(|row| row.event(conn, merchant, livemode)).collect::<Result<_>>()?;
    let mut page = List::of(data, limit);
    if filter.ending_before.is_some() {
        page.data.reverse();
    }
    Ok(page)
}

fn rows_after(
    conn: &Connection,
    merchant: i64,
    seq: i64,
    cause: Option<Cause>,
    most: u32,
) -> Result<Vec<EventRow>> {
    conn.prepare_cached(select_events!(
        "entry > ?1 AND entry <= ?2 AND (?3 IS NULL OR cause = ?3) ORDER BY entry LIMIT ?4"
    ))?
    .query_map(
        params![number::key(merchant, seq), number::last(merchant), cause.map(Cause::number), most],
        |row| Ok(EventRow::read(row)),
    )?
    .map(|row| row?)
    .collect()
}

fn rows_before(
    conn: &Connection,
    merchant: i64,
    seq: i64,
    cause: Option<Cause>,
    most: u32,
) -> Result<Vec<EventRow>> {
    conn.prepare_cached(select_events!(
        "entry >= ?1 AND entry < ?2 AND (?3 IS NULL OR cause = ?3) ORDER BY entry DESC LIMIT ?4"
    ))?
    .query_map(
        params![
            number::key(merchant, 0),
            number::key(merchant, seq),
            cause.map(Cause::number),
            most
        ],
        |row| Ok(EventRow::read(row)),
    )?
    .map(|row| row?)
    .collect()
}

/// What an entry's row says of its event.
struct EventRow {
    seq: i64,
    id: EventId,
    cause: Cause,
    charge: Option<i64>,
    about: Option<i64>,
    recorded_at: Timestamp,
}

impl EventRow {
    fn read(row: &Row<'_>) -> Result<Self> {
        let mut columns = Columns::of(row);
        let (seq, n) = (number::within(columns.next()?), columns.next()?);
        Ok(Self {
            seq,
            cause: entries::cause(&mut columns)?,
            charge: columns.next()?,
            about: columns.next::<Option<i64>>()?.map(number::within),
            recorded_at: columns.moment()?,
            id: EventId::of(n, &Hash(columns.next()?)),
        })
    }

    fn event(&self, conn: &Connection, merchant: i64, livemode: bool) -> Result<Event> {
        Ok(Event {
            id: self.id.to_string(),
            event_type: EventType::of(self.cause),
            livemode,
            created_at: self.recorded_at,
            data: EventData { object: self.object(conn, merchant)? },
        })
    }

    /// The object as it was right after this entry.
    fn object(&self, conn: &Connection, merchant: i64) -> Result<EventObject> {
        let about = || self.about.ok_or_else(|| Error::corrupt(NOTHING));
        let refund = |seq, status| refund(conn, merchant, seq, status);
        let payout = |seq, status| transfer(conn, merchant, seq, Some(status));
        let dispute = |seq, status| dispute(conn, merchant, seq, status);
        match self.cause {
            Cause::Charge | Cause::Maturity => self.charge(conn, merchant),
            Cause::Refund => refund(self.seq, RefundStatus::Succeeded),
            Cause::RefundFailure => refund(about()?, RefundStatus::Failed),
            Cause::Payout => payout(self.seq, PayoutStatus::InTransit),
            Cause::PayoutPaid => payout(about()?, PayoutStatus::Paid),
            Cause::PayoutFailed => payout(about()?, PayoutStatus::Failed),
            Cause::PayoutReturned => payout(about()?, PayoutStatus::Returned),
            Cause::TopUp | Cause::Settlement | Cause::Adjustment => {
                transfer(conn, merchant, self.seq, None)
            }
            Cause::Dispute => dispute(self.seq, DisputeStatus::Open),
            Cause::DisputeWon => dispute(about()?, DisputeStatus::Won),
            Cause::DisputeLost => dispute(about()?, DisputeStatus::Lost),
            Cause::HandedOver | Cause::TakenOver => {
                let stored = handovers::find(conn, merchant, By::Number(self.seq))?;
                let stored = stored.ok_or_else(|| Error::corrupt(NOTHING))?;
                Ok(EventObject::Handover(stored.handover))
            }
        }
    }

    fn charge(&self, conn: &Connection, merchant: i64) -> Result<EventObject> {
        let number = self.charge.ok_or_else(|| Error::corrupt(NOTHING))?;
        let stored = charges::find(conn, merchant, By::Number(number))?
            .ok_or_else(|| Error::corrupt(NOTHING))?;
        let mut charge = stored.charge;
        let entry = number::key(merchant, self.seq);
        charge.amount_refunded = charges::refunded_before(conn, number, entry)?;
        [charge.amount_disputed, charge.amount_elsewhere] =
            charges::held_before(conn, number, entry)?;
        Ok(EventObject::Charge(charge))
    }
}

fn refund(conn: &Connection, merchant: i64, seq: i64, status: RefundStatus) -> Result<EventObject> {
    let stored = refunds::find(conn, merchant, By::Number(seq))?;
    let mut refund = stored.ok_or_else(|| Error::corrupt(NOTHING))?.refund;
    refund.status = status;
    Ok(EventObject::Refund(refund))
}

fn transfer(
    conn: &Connection,
    merchant: i64,
    seq: i64,
    status: Option<PayoutStatus>,
) -> Result<EventObject> {
    let found = transfers::find(conn, merchant, By::Number(seq))?;
    let (_, transfer) = found.ok_or_else(|| Error::corrupt(NOTHING))?;
    Ok(EventObject::Transfer(Transfer { status, ..transfer }))
}

fn dispute(
    conn: &Connection,
    merchant: i64,
    seq: i64,
    status: DisputeStatus,
) -> Result<EventObject> {
    let stored = disputes::find(conn, merchant, By::Number(seq))?;
    let dispute = stored.ok_or_else(|| Error::corrupt(NOTHING))?.dispute;
    let fee_returned = dispute.fee_returned && status == DisputeStatus::Won;
    Ok(EventObject::Dispute(Dispute { status, fee_returned, ..dispute }))
}
