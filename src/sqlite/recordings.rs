//! A book's recordings, read back from its rows: where they end, and their canonical lines.

use rusqlite::{Connection, OptionalExtension};

use super::{charges, columns::Columns, entries, number, refunds, texts};
use crate::{
    recording::{
        Position,
        line::{Body, ChargeBody, EntryLine, Line, OutcomeLine, TextLine, TransferBody},
        store::By,
    },
    words::{
        chain::{Hash, Head},
        entry::{Cause, Postings},
        error::{Error, Result},
        hex::Hex,
        idempotency::Operation,
        time::Timestamp,
        transfer::{PayoutOutcome, TransferKind},
    },
};

/// Where a book ends.
pub(crate) fn position(conn: &Connection, merchant: i64, merchant_id: &str) -> Result<Position> {
    let bounds = [number::key(merchant, 0), number::last(merchant)];
    let entry = conn
        .prepare_cached(
            "SELECT entry, n, hash, running FROM entries WHERE entry BETWEEN ?1 AND ?2
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
            "SELECT change, running FROM changes WHERE change BETWEEN ?1 AND ?2
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
            "SELECT change, seq FROM changes WHERE change BETWEEN ?1 AND ?2
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
    let (mut n, mut seq) = (place.n, place.head.seq);
    let mut lines = Vec::new();
    // The next entry, whose turn has not come while there are changes before it.
    let mut waiting = None;
    for _ in 0..limit {
        n = n.saturating_add(1);
        if waiting.is_none() {
            seq = seq.saturating_add(1);
            waiting = entry(conn, merchant, seq)?;
        }
        let line = match waiting.take_if(|line| line.n == n) {
            Some(line) => Some(line),
            None => change(conn, merchant, n)?,
        };
        match line {
            Some(line) => lines.push(line),
            None if waiting.is_some() => {
                return Err(Error::corrupt("recordings that are not in their order"));
            }
            None => break,
        }
    }
    Ok(lines)
}

/// The canonical line of one recording, if the book has come so far.
pub(crate) fn at(conn: &Connection, merchant: i64, n: i64) -> Result<Option<Line>> {
    match kind(conn, merchant, n)? {
        Kind::Entry(seq) => entry(conn, merchant, seq),
        Kind::Change => change(conn, merchant, n),
    }
}

fn change(conn: &Connection, merchant: i64, n: i64) -> Result<Option<Line>> {
    conn.prepare_cached(
        "SELECT recorded_at, body, operation, idempotency_key, fingerprint, running
             FROM changes WHERE change = ?1",
    )?
    .query_row([number::key(merchant, n)], |row| {
        Ok(change_line(conn, merchant, n, &mut Columns::of(row)))
    })
    .optional()?
    .transpose()
}

fn change_line(
    conn: &Connection,
    merchant: i64,
    n: i64,
    columns: &mut Columns<'_, '_>,
) -> Result<Line> {
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

fn entry(conn: &Connection, merchant: i64, seq: i64) -> Result<Option<Line>> {
    conn.prepare_cached(
        "SELECT e.n, e.recorded_at, coalesce(e.effective_at, e.recorded_at), e.cause, e.about,
             e.debit, e.credit, e.amount, code, e.fee, exponent, e.charge, e.id, e.reason,
             e.external_reference, e.text_hash, e.operation, e.idempotency_key, e.fingerprint, e.hash,
             e.running
         FROM entries e JOIN currencies ON currencies.currency = e.currency WHERE e.entry = ?1",
    )?
    .query_row([number::key(merchant, seq)], |row| {
        Ok(entry_line(conn, merchant, seq, &mut Columns::of(row)))
    })
    .optional()?
    .transpose()
}

fn entry_line(
    conn: &Connection,
    merchant: i64,
    seq: i64,
    columns: &mut Columns<'_, '_>,
) -> Result<Line> {
    let (n, recorded_at, effective_at) = (columns.next()?, columns.moment()?, columns.moment()?);
    let cause = entries::cause(columns)?;
    let about: Option<i64> = columns.next()?;
    let postings = entries::postings(columns)?;
    let row = ObjectColumns {
        exponent: columns.next()?,
        charge: columns.next()?,
        id: columns.next()?,
        reason: columns.next()?,
        external_reference: columns.next()?,
    };
    let text_hash: Option<[u8; 32]> = columns.next()?;
    let outcome = outcome(columns)?;
    let action = body(conn, merchant, n, cause, about, &postings, row)?;
    // The text of a charge is noted in its own row.
    let text_hash = action.text_hash().or_else(|| text_hash.map(Hash));
    Ok(Line {
        n,
        recorded_at,
        action,
        entry: Some(EntryLine {
            seq,
            reverses: about.filter(|_| cause.is_reversal()).map(number::within),
            effective_at,
            postings: postings.iter().collect(),
            hash: Hash(columns.next()?),
        }),
        text: text_hash.map(|hash| text(conn, merchant, n, hash)).transpose()?,
        outcome,
        hash: Hash(columns.next()?),
    })
}

/// The columns of an entry that tell its object.
struct ObjectColumns {
    exponent: u32,
    charge: Option<i64>,
    id: Option<String>,
    reason: Option<i64>,
    external_reference: Option<String>,
}

fn body(
    conn: &Connection,
    merchant: i64,
    n: i64,
    cause: Cause,
    about: Option<i64>,
    postings: &Postings,
    row: ObjectColumns,
) -> Result<Body> {
    const NOTHING: &str = "an entry about nothing";
    let currency = postings.first.currency;
    let id_of = |sql: &str, key: Option<i64>| -> Result<String> {
        let key = key.ok_or_else(|| Error::corrupt(NOTHING))?;
        Ok(conn.prepare_cached(sql)?.query_row([key], |row| row.get(0))?)
    };
    let charge_id = || id_of("SELECT id FROM charges WHERE charge = ?1", row.charge);
    let object_id = || id_of("SELECT id FROM entries WHERE entry = ?1", about);
    if let Some(outcome) = PayoutOutcome::from_cause(cause) {
        return Ok(Body::payout_outcome(outcome, object_id()?));
    }
    if let Some(kind) = TransferKind::from_cause(cause) {
        let amount = kind.amount_of(&postings.first).ok_or_else(|| Error::corrupt(NOTHING))?;
        let id = row.id.ok_or_else(|| Error::corrupt(NOTHING))?;
        return Ok(Body::transfer(
            kind,
            TransferBody { id, amount, currency, exponent: row.exponent },
        ));
    }
    Ok(match cause {
        Cause::Maturity => Body::Maturity { charge_id: charge_id()? },
        Cause::RefundFailure => Body::RefundFailure { refund_id: object_id()? },
        Cause::Refund => Body::Refund {
            charge_id: charge_id()?,
            id: row.id.ok_or_else(|| Error::corrupt(NOTHING))?,
            amount: postings.first.amount,
            currency,
            reason: refunds::reason(row.reason)?,
            external_reference: row.external_reference,
        },
        _ => {
            let number = row.charge.ok_or_else(|| Error::corrupt(NOTHING))?;
            let stored = charges::find(conn, merchant, By::Number(number))?
                .ok_or_else(|| Error::corrupt(NOTHING))?;
            // If an earlier recording made the charge, this one concludes it.
            if stored.n < n {
                Body::ChargeConclusion(ChargeBody::concluded(&stored.charge))
            } else {
                Body::Charge(ChargeBody::created(&stored.charge, row.exponent, stored.text_hash))
            }
        }
    })
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
