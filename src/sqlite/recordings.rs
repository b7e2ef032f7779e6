//! A book's recordings, read back from its rows: where they end, and their canonical lines.

use rusqlite::{Connection, OptionalExtension};

use super::{columns::Columns, disputes, entries, number, refunds, texts};
use crate::{
    recording::{
        Position,
        body::{Body, ChargeBody, DisputeBody, TakenOverBody, TransferBody},
        line::{EntryLine, Line, OutcomeLine, TextLine},
    },
    words::{
        chain::{Hash, Head},
        charge::ChargeStatus,
        entry::{Cause, Postings},
        error::{Error, Result},
        hex::Hex,
        idempotency::Operation,
        money::Fee,
        time::Timestamp,
        transfer::{PayoutOutcome, TransferKind},
    },
};

/// Where a book ends.
pub(crate) fn position(conn: &Connection, merchant: i64, merchant_id: &str) -> Result<Position> {
    let bounds = [number::key(merchant, 0), number::last(merchant)];
    let entry = conn
        .prepare_cached(
            "SELECT entry, n, hash, running FROM entries WHERE entry BETWEEN ?1 AND ?2 \
             ORDER BY entry DESC LIMIT 1",
        )?
        .query_row(bounds, |row| {
            let head = Head { seq: number::within(row.get(0)?), hash: Hash(row.get(2)?) };
            Ok(Position { n: row.get(1)?, hash: Hash(row.get(3)?), head })
        })
        .optional()?
        .unwrap_or_else(|| Position::genesis(merchant_id));
    let change = conn
        .prepare_cached(
            "SELECT change, running FROM changes WHERE change BETWEEN ?1 AND ?2 \
             ORDER BY change DESC LIMIT 1",
        )?
        .query_row(bounds, |row| Ok((number::within(row.get(0)?), Hash(row.get(1)?))))
        .optional()?;
    Ok(match change {
        Some((n, hash)) if n > entry.n => Position { n, hash, head: entry.head },
        Some(_) | None => entry,
    })
}

/// Where a book's journal ends.
pub(crate) fn head(conn: &Connection, merchant: i64, merchant_id: &str) -> Result<Head> {
    Ok(position(conn, merchant, merchant_id)?.head)
}

/// What the recording with the number `n` is: an entry with this sequence number, or a change.
pub(crate) enum Kind {
    Entry(i64),
    Change,
}

/// Every recording is an entry or a change, so the last change up to a number tells the sequence
/// number of the entry that follows it.
pub(crate) fn kind(conn: &Connection, merchant: i64, n: i64) -> Result<Kind> {
    let last: Option<(i64, i64)> = conn
        .prepare_cached(
            "SELECT change, seq FROM changes WHERE change BETWEEN ?1 AND ?2 \
             ORDER BY change DESC LIMIT 1",
        )?
        .query_row([number::key(merchant, 0), number::key(merchant, n)], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    Ok(match last.map(|(change, seq)| (number::within(change), seq)) {
        Some((change, _)) if change == n => Kind::Change,
        Some((change, seq)) => Kind::Entry(seq.saturating_add(n.saturating_sub(change))),
        None => Kind::Entry(n),
    })
}

/// Visits every recording's number and moment, in their order.
pub(crate) fn moments(
    conn: &Connection,
    merchant: i64,
    visit: &mut dyn FnMut(i64, Timestamp),
) -> Result<()> {
    let bounds = [number::key(merchant, 0), number::last(merchant)];
    let mut changes = conn.prepare_cached(
        "SELECT change, recorded_at FROM changes WHERE change BETWEEN ?1 AND ?2 ORDER BY change",
    )?;
    let mut entries = conn.prepare_cached(
        "SELECT n, recorded_at FROM entries WHERE entry BETWEEN ?1 AND ?2 ORDER BY entry",
    )?;
    let (mut changes, mut entries) = (changes.query(bounds)?, entries.query(bounds)?);
    let read = |rows: &mut rusqlite::Rows<'_>| -> Result<Option<(i64, Timestamp)>> {
        let row = rows.next()?;
        row.map(|row| Ok((number::within(row.get(0)?), Timestamp::from_millis(row.get(1)?))))
            .transpose()
    };
    let (mut change, mut entry) = (read(&mut changes)?, read(&mut entries)?);
    loop {
        let next_is_change = match (change, entry) {
            (None, None) => return Ok(()),
            (Some((c, _)), Some((e, _))) => c < e,
            (Some(_), None) => true,
            (None, Some(_)) => false,
        };
        let next = if next_is_change { &mut change } else { &mut entry };
        if let Some((n, moment)) = *next {
            visit(n, moment);
        }
        *next = read(if next_is_change { &mut changes } else { &mut entries })?;
    }
}

/// Where the book stood after the recording with the number `n`, if it has come so far.
pub(crate) fn position_at(
    conn: &Connection,
    merchant: i64,
    merchant_id: &str,
    n: i64,
) -> Result<Option<Position>> {
    let genesis = Position::genesis(merchant_id);
    if n == 0 {
        return Ok(Some(genesis));
    }
    if !(1..=number::within(number::last(merchant))).contains(&n) {
        return Ok(None);
    }
    let (sql, key) = match kind(conn, merchant, n)? {
        Kind::Entry(seq) => ("SELECT running, entry FROM entries WHERE entry = ?1", seq),
        Kind::Change => ("SELECT running, seq FROM changes WHERE change = ?1", n),
    };
    let found = conn
        .prepare_cached(sql)?
        .query_row([number::key(merchant, key)], |row| {
            Ok((Hash(row.get(0)?), number::within(row.get(1)?)))
        })
        .optional()?;
    let Some((hash, seq)) = found else { return Ok(None) };
    if seq == 0 {
        return Ok(Some(Position { n, hash, head: genesis.head }));
    }
    let head = conn
        .prepare_cached("SELECT hash FROM entries WHERE entry = ?1")?
        .query_row([number::key(merchant, seq)], |row| row.get(0))?;
    Ok(Some(Position { n, hash, head: Head { seq, hash: Hash(head) } }))
}

/// The canonical lines of the recordings after a place in the book, at most so many, in their order.
pub(crate) fn after(
    conn: &Connection,
    merchant: i64,
    place: &Position,
    limit: u32,
) -> Result<Vec<Line>> {
    let out_of_order = || Error::corrupt("recordings that are not in their order");
    let (mut n, mut seq) = (place.n, place.head.seq);
    let bounds =
        |after: i64| [number::key(merchant, after).saturating_add(1), number::last(merchant)];
    let (mut entries, mut changes) = (conn.prepare_cached(ENTRIES)?, conn.prepare_cached(CHANGES)?);
    let (mut entries, mut changes) = (entries.query(bounds(seq))?, changes.query(bounds(n))?);
    let mut entry = entries.next()?;
    let mut change = changes.next()?;
    let mut lines = Vec::new();
    while lines.len() < usize::try_from(limit).unwrap_or(usize::MAX) {
        n = n.saturating_add(1);
        // Each recording is an entry or a change, and has the number after the last one's.
        if let Some(row) = change
            && number::within(row.get(0)?) == n
        {
            lines.push(change_line(conn, merchant, &mut Columns::of(row))?);
            change = changes.next()?;
        } else if let Some(row) = entry {
            seq = seq.saturating_add(1);
            let line = entry_line(conn, merchant, &mut Columns::of(row))?;
            if line.n != n || line.entry.as_ref().is_none_or(|entry| entry.seq != seq) {
                return Err(out_of_order());
            }
            lines.push(line);
            entry = entries.next()?;
        } else if change.is_some() {
            return Err(out_of_order());
        } else {
            break;
        }
    }
    Ok(lines)
}

/// The canonical line of one recording, if the book has come so far.
pub(crate) fn at(conn: &Connection, merchant: i64, n: i64) -> Result<Option<Line>> {
    let (sql, key, line): (_, _, fn(&_, _, &mut _) -> _) = match kind(conn, merchant, n)? {
        Kind::Entry(seq) => (ENTRIES, number::key(merchant, seq), entry_line),
        Kind::Change => (CHANGES, number::key(merchant, n), change_line),
    };
    let mut rows = conn.prepare_cached(sql)?;
    let mut rows = rows.query([key, key])?;
    rows.next()?.map(|row| line(conn, merchant, &mut Columns::of(row))).transpose()
}

/// The changes between two keys, for [`change_line`].
const CHANGES: &str =
    "SELECT change, recorded_at, body, operation, idempotency_key, fingerprint, running
     FROM changes WHERE change BETWEEN ?1 AND ?2 ORDER BY change";

fn change_line(conn: &Connection, merchant: i64, columns: &mut Columns<'_, '_>) -> Result<Line> {
    let n = number::within(columns.next()?);
    let recorded_at = columns.moment()?;
    let action = Body::decode(&columns.next::<String>()?)?;
    Ok(Line {
        n,
        recorded_at,
        text: action.text_hash().map(|hash| text(conn, merchant, n, hash)).transpose()?,
        action,
        entry: None,
        outcome: outcome(columns)?,
        hash: Hash(columns.next()?),
    })
}

/// The entries between two keys, each with its charge, for [`entry_line`].
const ENTRIES: &str = "SELECT e.entry, e.n, e.recorded_at, coalesce(e.effective_at, e.recorded_at),
         e.cause, e.about, e.debit, e.credit, e.amount, code, e.fee, exponent, e.text_hash, e.operation,
         e.idempotency_key, e.fingerprint, e.hash, e.running, e.id, e.reason, e.external_reference,
         c.id, c.n, i.id, c.amount, c.captured, c.fee, c.available_on, c.created_at,
         c.external_reference, c.text_hash, e.amount, e.text_hash
     FROM entries e JOIN currencies ON currencies.currency = e.currency
     LEFT JOIN charges c ON c.charge = e.charge LEFT JOIN payment_intents i ON i.intent = c.intent
     WHERE e.entry BETWEEN ?1 AND ?2 ORDER BY e.entry";

fn entry_line(conn: &Connection, merchant: i64, columns: &mut Columns<'_, '_>) -> Result<Line> {
    let (seq, n) = (number::within(columns.next()?), columns.next()?);
    let (recorded_at, effective_at) = (columns.moment()?, columns.moment()?);
    let cause = entries::cause(columns)?;
    let about: Option<i64> = columns.next()?;
    let postings = entries::postings(columns)?;
    let exponent = columns.next()?;
    let text_hash: Option<[u8; 32]> = columns.next()?;
    let outcome = outcome(columns)?;
    let (link, running) = (Hash(columns.next()?), Hash(columns.next()?));
    let told = Told { n, cause, about, postings: &postings, exponent };
    let action = told.body(conn, columns)?;
    // The text of a charge is noted in its own row. What was taken over has another hash in its place.
    let text_hash = text_hash.filter(|_| cause != Cause::TakenOver).map(Hash);
    let text_hash = action.text_hash().or(text_hash);
    Ok(Line {
        n,
        recorded_at,
        action,
        entry: Some(EntryLine {
            seq,
            reverses: about.filter(|_| cause.is_reversal()).map(number::within),
            effective_at,
            postings: postings.iter().collect(),
            hash: link,
        }),
        text: text_hash.map(|hash| text(conn, merchant, n, hash)).transpose()?,
        outcome,
        hash: running,
    })
}

/// What an entry's own columns tell of its object.
struct Told<'a> {
    n: i64,
    cause: Cause,
    about: Option<i64>,
    postings: &'a Postings,
    exponent: u32,
}

const NOTHING: &str = "an entry about nothing";

impl Told<'_> {
    /// The body, from the columns about the object.
    fn body(&self, conn: &Connection, columns: &mut Columns<'_, '_>) -> Result<Body> {
        let nothing = || Error::corrupt(NOTHING);
        let (id, reason): (Option<String>, Option<i64>) = (columns.next()?, columns.next()?);
        let external_reference = columns.next()?;
        let charge_id = columns.next::<Option<String>>()?.ok_or_else(nothing);
        let Postings { currency, first, .. } = *self.postings;
        if let Some(outcome) = PayoutOutcome::from_cause(self.cause) {
            return Ok(Body::payout_outcome(outcome, self.object_id(conn)?));
        }
        if let Some(kind) = TransferKind::from_cause(self.cause) {
            let amount = first.and_then(|first| kind.amount_of(&first)).ok_or_else(nothing)?;
            let (id, exponent) = (id.ok_or_else(nothing)?, self.exponent);
            return Ok(Body::transfer(kind, TransferBody { id, amount, currency, exponent }));
        }
        Ok(match self.cause {
            Cause::Maturity => Body::Maturity { charge_id: charge_id? },
            Cause::RefundFailure => Body::RefundFailure { refund_id: self.object_id(conn)? },
            Cause::Refund => Body::Refund {
                charge_id: charge_id?,
                id: id.ok_or_else(nothing)?,
                amount: first.ok_or_else(nothing)?.amount,
                currency,
                reason: refunds::reason(reason)?,
                external_reference,
            },
            Cause::Dispute => Body::Dispute(DisputeBody {
                charge_id: charge_id?,
                id: id.ok_or_else(nothing)?,
                amount: first.ok_or_else(nothing)?.amount,
                fee: Fee::from_stored(self.postings.fee_taken())?,
                currency,
                reason: disputes::reason(reason)?,
                network_reference: external_reference,
            }),
            Cause::DisputeWon => Body::DisputeWon { dispute_id: self.object_id(conn)? },
            Cause::DisputeLost => Body::DisputeLost { dispute_id: self.object_id(conn)? },
            Cause::HandedOver | Cause::TakenOver => {
                let (id, other) = (id.ok_or_else(nothing)?, external_reference);
                self.handover(id, charge_id?, other.ok_or_else(nothing)?, columns)?
            }
            _ => self.charge(charge_id?, columns)?,
        })
    }

    /// The id of the object that the entry is about.
    fn object_id(&self, conn: &Connection) -> Result<String> {
        let about = self.about.ok_or_else(|| Error::corrupt(NOTHING))?;
        let mut id = conn.prepare_cached("SELECT id FROM entries WHERE entry = ?1")?;
        Ok(id.query_row([about], |row| row.get(0))?)
    }

    /// A hand-over, from the other columns of its charge and its own.
    fn handover(
        &self,
        id: String,
        charge_id: String,
        merchant_id: String,
        columns: &mut Columns<'_, '_>,
    ) -> Result<Body> {
        let currency = self.postings.currency;
        let (_n, _intent): (i64, Option<String>) = (columns.next()?, columns.next()?);
        let (charge_amount, amount_captured) = (columns.amount()?, columns.amount()?);
        let fee = Fee::from_stored(columns.next()?)?;
        let (available_on, created_at) = (columns.moment()?, columns.moment()?);
        let _reference: Option<String> = columns.next()?;
        let _text_hash: Option<[u8; 32]> = columns.next()?;
        let amount = columns.amount()?;
        if self.cause == Cause::HandedOver {
            return Ok(Body::HandedOver { id, charge_id, amount, currency, merchant_id });
        }
        let source: Option<[u8; 32]> = columns.next()?;
        Ok(Body::TakenOver(TakenOverBody {
            id,
            charge_id,
            amount,
            merchant_id,
            charge_amount,
            amount_captured,
            fee,
            currency,
            exponent: self.exponent,
            available_on,
            created_at,
            entry_hash: source.map(Hash).ok_or_else(|| Error::corrupt(NOTHING))?,
        }))
    }

    /// A charge that succeeded, from its other columns.
    fn charge(&self, id: String, columns: &mut Columns<'_, '_>) -> Result<Body> {
        let made: i64 = columns.next()?;
        let concluded = ChargeBody {
            id,
            payment_intent_id: columns.next()?,
            amount: columns.amount()?,
            amount_captured: columns.amount()?,
            fee: Fee::from_stored(columns.next()?)?,
            currency: self.postings.currency,
            exponent: None,
            status: ChargeStatus::Succeeded,
            available_on: columns.moment()?,
            created_at: columns.moment()?,
            external_reference: None,
            text_hash: None,
        };
        // If an earlier recording made the charge, this one concludes it.
        if made < self.n {
            return Ok(Body::ChargeConclusion(concluded));
        }
        Ok(Body::Charge(ChargeBody {
            exponent: Some(self.exponent),
            external_reference: columns.next()?,
            text_hash: columns.next::<Option<[u8; 32]>>()?.map(Hash),
            ..concluded
        }))
    }
}

/// The text of a recording. An erased text has left its hash.
fn text(conn: &Connection, merchant: i64, n: i64, hash: Hash) -> Result<TextLine> {
    let kept: Option<([u8; 16], Option<String>, Option<String>)> = conn
        .prepare_cached("SELECT salt, description, metadata FROM texts WHERE text = ?1")?
        .query_row([number::key(merchant, n)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    Ok(match kept {
        None => TextLine::Erased { hash },
        Some((salt, description, metadata)) => TextLine::Kept {
            salt: Hex(salt),
            description,
            metadata: texts::metadata_from(metadata.as_deref())?,
        },
    })
}

/// The outcome of a recording with a key, from its operation, key and fingerprint. A forgotten key
/// has left its digest.
fn outcome(columns: &mut Columns<'_, '_>) -> Result<Option<OutcomeLine>> {
    let operation: Option<i64> = columns.next()?;
    let key: Option<String> = columns.next()?;
    let fingerprint: Option<[u8; 16]> = columns.next()?;
    Ok(match (operation.and_then(Operation::from_number), key, fingerprint) {
        (Some(operation), Some(key), Some(fingerprint)) => Some(OutcomeLine::Kept {
            operation: operation.name().to_owned(),
            key,
            fingerprint: Hex(fingerprint),
        }),
        (_, None, Some(digest)) => Some(OutcomeLine::Pruned { digest: Hex(digest) }),
        (None, None, None) => None,
        _ => return Err(Error::corrupt("an idempotency key of an unknown operation")),
    })
}
