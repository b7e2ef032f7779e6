//! Idempotency keys: where the recording of a key is found, and what its request was told.

use rusqlite::{Connection, OptionalExtension, params};

use super::{columns::Columns, number};
use crate::{
    recording::{
        body::{Body, KeyedBody},
        hash::digest,
    },
    words::{
        entry::Cause,
        error::{Error, Result},
        idempotency::{IdempotencyKey, KeyRecord, Operation, StoredOutcome},
        time::Timestamp,
    },
};

/// The hash by which a key is found: FNV-1a of 64 bits over the merchant's number, the operation's and
/// the key. Keys that share one are told apart by the rows that they lead to.
pub(crate) fn lookup(merchant: i64, operation: i64, key: &str) -> i64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let bytes = [merchant.to_be_bytes(), operation.to_be_bytes()];
    let hash = bytes
        .as_flattened()
        .iter()
        .chain(key.as_bytes())
        .fold(BASIS, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME));
    hash.cast_signed()
}

/// Notes where the recording of a key is found.
pub(crate) fn insert(
    conn: &Connection,
    merchant: i64,
    n: i64,
    operation: Operation,
    key: &IdempotencyKey,
) -> Result<()> {
    let lookup = lookup(merchant, i64::from(operation as u8), key.as_str());
    conn.prepare_cached("INSERT INTO idempotency VALUES (?1, ?2)")?
        .execute([lookup, number::key(merchant, n)])?;
    Ok(())
}

/// What is kept of a request with this key.
pub(crate) fn find(
    conn: &Connection,
    merchant: i64,
    operation: Operation,
    key: &IdempotencyKey,
) -> Result<Option<StoredOutcome>> {
    let operation_number = i64::from(operation as u8);
    let mut recordings =
        conn.prepare_cached("SELECT recording FROM idempotency WHERE lookup = ?1")?;
    let mut rows = recordings.query([lookup(merchant, operation_number, key.as_str())])?;
    // Two keys may share a hash, also of two merchants, so the key itself decides.
    while let Some(row) = rows.next()? {
        let recording = row.get(0)?;
        if number::merchant(recording) != merchant {
            continue;
        }
        let found = read(conn, merchant, number::within(recording))?;
        if found.operation == Some(operation_number) && found.key.as_deref() == Some(key.as_str()) {
            return found.outcome(conn, merchant).map(Some);
        }
    }
    Ok(None)
}

/// What a recording's row says of its key, and of the object that the key made or changed.
struct Found {
    operation: Option<i64>,
    key: Option<String>,
    fingerprint: Option<[u8; 16]>,
    recorded_at: i64,
    told: Told,
}

enum Told {
    /// An entry: its sequence number, its cause, its charge, and the entry that it is about.
    Entry { seq: i64, cause: i64, charge: Option<i64>, about: Option<i64> },
    /// A change, by its body.
    Change(String),
}

/// A recording is an entry or a change. The last change up to its number tells which entry it would be.
fn read(conn: &Connection, merchant: i64, n: i64) -> Result<Found> {
    let recording = number::key(merchant, n);
    let entry = conn
        .prepare_cached(
            "SELECT operation, idempotency_key, fingerprint, recorded_at, entry, cause, charge, about \
             FROM entries WHERE entry = ( \
                 SELECT CASE WHEN change < ?2 THEN ?1 + seq + ?2 - change END \
                 FROM changes WHERE change BETWEEN ?1 AND ?2 ORDER BY change DESC LIMIT 1)",
        )?
        .query_row([number::key(merchant, 0), recording], |row| {
            Ok(Found::read(&mut Columns::of(row), |columns| {
                Ok(Told::Entry {
                    seq: number::within(columns.next()?),
                    cause: columns.next()?,
                    charge: columns.next()?,
                    about: columns.next()?,
                })
            }))
        })
        .optional()?;
    if let Some(entry) = entry {
        return entry;
    }
    let change = conn
        .prepare_cached(
            "SELECT operation, idempotency_key, fingerprint, recorded_at, body \
             FROM changes WHERE change = ?1",
        )?
        .query_row([recording], |row| {
            Ok(Found::read(&mut Columns::of(row), |columns| Ok(Told::Change(columns.next()?))))
        })
        .optional()?;
    change.ok_or_else(|| Error::corrupt("an idempotency key of no recording"))?
}

impl Found {
    fn read(
        columns: &mut Columns<'_, '_>,
        told: impl FnOnce(&mut Columns<'_, '_>) -> Result<Told>,
    ) -> Result<Self> {
        Ok(Self {
            operation: columns.next()?,
            key: columns.next()?,
            fingerprint: columns.next()?,
            recorded_at: columns.next()?,
            told: told(columns)?,
        })
    }

    fn outcome(self, conn: &Connection, merchant: i64) -> Result<StoredOutcome> {
        let nothing = || Error::corrupt("an idempotency key with no outcome");
        let result = match self.told {
            Told::Entry { seq, cause, charge, about } => Ok(match Cause::from_number(cause) {
                Some(Cause::Charge | Cause::Maturity) => charge.ok_or_else(nothing)?,
                Some(
                    Cause::Refund
                    | Cause::Payout
                    | Cause::TopUp
                    | Cause::Settlement
                    | Cause::Adjustment
                    | Cause::Dispute
                    | Cause::HandedOver,
                ) => seq,
                Some(
                    Cause::RefundFailure
                    | Cause::PayoutPaid
                    | Cause::PayoutFailed
                    | Cause::PayoutReturned
                    | Cause::DisputeWon
                    | Cause::DisputeLost,
                ) => number::within(about.ok_or_else(nothing)?),
                Some(Cause::TakenOver) | None => return Err(nothing()),
            }),
            Told::Change(body) => match Body::outcome(&body)? {
                KeyedBody::Refusal { number, fact } => {
                    Err(Body::refusal(number, fact.as_deref()).ok_or_else(nothing)?)
                }
                KeyedBody::Charge { id }
                | KeyedBody::ChargeConclusion { id }
                | KeyedBody::Answer { source: id } => {
                    Ok(number_of(conn, merchant, &id)?.ok_or_else(nothing)?)
                }
            },
        };
        Ok(StoredOutcome {
            fingerprint: self.fingerprint.ok_or_else(nothing)?,
            result,
            recorded_at: Timestamp::from_stored(self.recorded_at)?,
        })
    }
}

/// The number of a charge, or the sequence number of a refund or transfer, by its id.
fn number_of(conn: &Connection, merchant: i64, id: &str) -> Result<Option<i64>> {
    let charge = conn
        .prepare_cached("SELECT charge FROM charges WHERE merchant = ?1 AND id = ?2")?
        .query_row(params![merchant, id], |row| row.get(0))
        .optional()?;
    if charge.is_some() {
        return Ok(charge);
    }
    let entry: Option<i64> = conn
        .prepare_cached("SELECT entry FROM entries WHERE merchant = ?1 AND id = ?2")?
        .query_row(params![merchant, id], |row| row.get(0))
        .optional()?;
    Ok(entry.map(number::within))
}

/// What became of the request with this key, if it was ever recorded.
pub(crate) fn look_up(
    conn: &Connection,
    merchant: i64,
    operation: Operation,
    key: &IdempotencyKey,
) -> Result<Option<KeyRecord>> {
    let Some(kept) = find(conn, merchant, operation, key)? else {
        return Ok(None);
    };
    let outcome = match kept.result {
        Ok(source) => Ok(source_id(conn, merchant, operation, source)?),
        Err(refusal) => Err(refusal),
    };
    Ok(Some(KeyRecord { outcome, recorded_at: kept.recorded_at }))
}

/// The id of the object that an operation made or changed.
fn source_id(
    conn: &Connection,
    merchant: i64,
    operation: Operation,
    source: i64,
) -> Result<String> {
    let (sql, key) = if operation.is_about_a_charge() {
        ("SELECT id FROM charges WHERE charge = ?1", source)
    } else {
        ("SELECT id FROM entries WHERE entry = ?1", number::key(merchant, source))
    };
    Ok(conn.prepare_cached(sql)?.query_row([key], |row| row.get(0))?)
}

/// How many keys the recordings up to a number have.
pub(crate) fn count_through(conn: &Connection, merchant: i64, n: i64) -> Result<u64> {
    let count: i64 = conn
        .prepare_cached(
            "SELECT (SELECT count(*) FROM entries
                     WHERE entry BETWEEN ?1 AND ?2 AND n <= ?3 AND idempotency_key IS NOT NULL)
                 + (SELECT count(*) FROM changes
                     WHERE change BETWEEN ?1 AND ?1 + ?3 AND idempotency_key IS NOT NULL)",
        )?
        .query_row([number::key(merchant, 0), number::last(merchant), n], |row| row.get(0))?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Forgets the keys of all recordings up to a number; their digests stay.
pub(crate) fn prune(conn: &Connection, merchant: i64, through: i64) -> Result<()> {
    prune_rows(
        conn,
        merchant,
        through,
        "SELECT entry, n, operation, idempotency_key, fingerprint FROM entries
         WHERE entry BETWEEN ?1 AND ?2 AND n <= ?3 AND idempotency_key IS NOT NULL
         ORDER BY entry LIMIT 1000",
        "UPDATE entries SET operation = NULL, idempotency_key = NULL, fingerprint = ?2
         WHERE entry = ?1",
    )?;
    prune_rows(
        conn,
        merchant,
        through,
        "SELECT change, change & 1099511627775, operation, idempotency_key, fingerprint FROM changes
         WHERE change BETWEEN ?1 AND ?2 AND change & 1099511627775 <= ?3
             AND idempotency_key IS NOT NULL
         ORDER BY change LIMIT 1000",
        "UPDATE changes SET operation = NULL, idempotency_key = NULL, fingerprint = ?2
         WHERE change = ?1",
    )
}

fn prune_rows(
    conn: &Connection,
    merchant: i64,
    through: i64,
    select: &str,
    update: &str,
) -> Result<()> {
    let mut first = number::key(merchant, 0);
    loop {
        // A thousand at a time: rows are not changed while they are read.
        let rows: Vec<(i64, i64, i64, String, [u8; 16])> = conn
            .prepare_cached(select)?
            .query_map([first, number::last(merchant), through], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        let Some((last, ..)) = rows.last() else { return Ok(()) };
        first = last.saturating_add(1);
        for (row, n, operation, key, fingerprint) in rows {
            let digest = digest(operation, &key, &fingerprint);
            conn.prepare_cached(update)?.execute(params![row, digest])?;
            conn.prepare_cached("DELETE FROM idempotency WHERE lookup = ?1 AND recording = ?2")?
                .execute([lookup(merchant, operation, &key), number::key(merchant, n)])?;
        }
    }
}
