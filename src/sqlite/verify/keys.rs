//! Idempotency keys: as the recordings have them, and where they are found.

use rusqlite::{Connection, OptionalExtension, Row};

use super::{
    row::text,
    tally::Tally,
    wrong::{Checked, Wrong, hold},
};
use crate::{
    recording::hash::digest,
    sqlite::{
        idempotency::lookup,
        number,
        recordings::{self, Kind},
    },
    words::{
        error::{Error, Result},
        finding::{Invariant, unsound},
        idempotency::{self, Operation},
    },
};

/// The idempotency key of a recording, as its row says.
pub(super) enum KeyRow<'a> {
    None,
    /// Only its digest is left.
    Forgotten {
        digest: [u8; 16],
    },
    Kept {
        operation: Operation,
        key: &'a str,
        fingerprint: [u8; 16],
    },
}

impl<'a> KeyRow<'a> {
    /// Reads operation, key and fingerprint, which begin at this column.
    pub(super) fn read(row: &'a Row<'_>, column: usize) -> Checked<Self> {
        let next = |by| column.saturating_add(by);
        let operation: Option<i64> = row.get(column)?;
        let key = text(row, next(1))?;
        let fingerprint: Option<[u8; 16]> = row.get(next(2))?;
        let unknown = Wrong::Here(Invariant::Readable);
        let operation = match operation.map(Operation::from_number) {
            Some(None) => return Err(unknown),
            Some(known) => known,
            None => None,
        };
        match (operation, key, fingerprint) {
            (None, None, None) => Ok(Self::None),
            (None, None, Some(digest)) => Ok(Self::Forgotten { digest }),
            (Some(operation), Some(key), Some(fingerprint)) => {
                Ok(Self::Kept { operation, key, fingerprint })
            }
            (Some(_) | None, Some(_) | None, None)
            | (None, Some(_), Some(_))
            | (Some(_), None, Some(_)) => Err(unknown),
        }
    }

    /// What the running hash covers of it.
    pub(super) fn digest(&self) -> Option<[u8; 16]> {
        match self {
            Self::None => None,
            Self::Forgotten { digest } => Some(*digest),
            Self::Kept { operation, key, fingerprint } => {
                Some(digest(i64::from(*operation as u8), key, fingerprint))
            }
        }
    }

    /// Its operation makes recordings of this kind, and it exists where one is needed.
    pub(super) fn check(&self, kind: i64) -> Checked<()> {
        let operation = match self {
            Self::None | Self::Forgotten { .. } => None,
            Self::Kept { operation, .. } => Some(*operation),
        };
        let has_key = !matches!(self, Self::None);
        hold(idempotency::belongs(kind, has_key, operation), Invariant::Key)
    }
}

/// Where the keys of all books should be found.
#[derive(Default)]
pub(super) struct Keys(Tally);

impl Keys {
    /// Notes the key of a recording.
    pub(super) fn note(&mut self, merchant: i64, n: i64, row: &KeyRow<'_>) {
        if let KeyRow::Kept { operation, key, .. } = row {
            let lookup = lookup(merchant, i64::from(*operation as u8), key);
            self.0.expect((lookup, number::key(merchant, n)));
        }
    }

    /// Every key is found, and nothing else is.
    pub(super) fn check(mut self, conn: &Connection) -> Result<()> {
        let mut statement =
            conn.prepare("SELECT lookup, recording FROM idempotency ORDER BY lookup, recording")?;
        let mut rows = statement.query([])?;
        let mut last = None;
        while let Some(row) = rows.next()? {
            let (lookup, recording): (i64, i64) = (row.get(0)?, row.get(1)?);
            self.0.strike((lookup, recording));
            // Two keys may share a hash, but a key has one recording.
            if let Some((_, before)) = last.filter(|(of, _)| *of == lookup) {
                check_twice(conn, before, recording)?;
            }
            last = Some((lookup, recording));
        }
        if self.0.is_even() { Ok(()) } else { Err(first_wrong(conn)?) }
    }
}

/// The operation and key that a recording has.
fn key_of(conn: &Connection, recording: i64) -> Result<Option<(i64, String)>> {
    let (merchant, n) = parts(recording);
    let (sql, of) = match recordings::kind(conn, merchant, n)? {
        Kind::Entry(seq) => {
            ("SELECT operation, idempotency_key FROM entries WHERE entry = ?1", seq)
        }
        Kind::Change => ("SELECT operation, idempotency_key FROM changes WHERE change = ?1", n),
    };
    let row: Option<(Option<i64>, Option<String>)> = conn
        .prepare_cached(sql)?
        .query_row([number::key(merchant, of)], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(row.and_then(|(operation, key)| Some((operation?, key?))))
}

/// The merchant and the number of a recording.
const fn parts(recording: i64) -> (i64, i64) {
    (recording >> 40, number::within(recording))
}

fn check_twice(conn: &Connection, first: i64, second: i64) -> Result<()> {
    let same = parts(first).0 == parts(second).0 && key_of(conn, first)? == key_of(conn, second)?;
    if same { Err(wrong(conn, second)?) } else { Ok(()) }
}

/// The finding about the key of a recording.
fn wrong(conn: &Connection, recording: i64) -> Result<Error> {
    let (merchant, n) = parts(recording);
    let id: Option<String> = conn
        .prepare_cached("SELECT id FROM merchants WHERE merchant = ?1")?
        .query_row([merchant], |row| row.get(0))
        .optional()?;
    let Some(id) = id else {
        return Ok(unsound(None, "a row of idempotency for merchants", Invariant::Reference));
    };
    let place = match recordings::kind(conn, merchant, n)? {
        Kind::Entry(seq) => format!("je_{seq}"),
        Kind::Change => format!("recording {n}"),
    };
    Ok(unsound(Some(&id), place, Invariant::Key))
}

/// The first row that finds no such key, or the first key that is not found.
fn first_wrong(conn: &Connection) -> Result<Error> {
    let mut statement = conn.prepare("SELECT lookup, recording FROM idempotency")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let recording: i64 = row.get(1)?;
        let (merchant, _) = parts(recording);
        let found = key_of(conn, recording)?;
        let found = found.map(|(operation, key)| lookup(merchant, operation, &key));
        if found != Some(row.get(0)?) {
            return wrong(conn, recording);
        }
    }
    let mut exists =
        conn.prepare("SELECT 1 FROM idempotency WHERE lookup = ?1 AND recording = ?2")?;
    let mut statement = conn.prepare(
        "SELECT merchant, n, operation, idempotency_key FROM entries
         WHERE idempotency_key IS NOT NULL
         UNION ALL
         SELECT change >> 40, change & 1099511627775, operation, idempotency_key FROM changes
         WHERE idempotency_key IS NOT NULL",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (merchant, n): (i64, i64) = (row.get(0)?, row.get(1)?);
        let lookup = lookup(merchant, row.get(2)?, &row.get::<_, String>(3)?);
        let recording = number::key(merchant, n);
        if !exists.exists([lookup, recording])? {
            return wrong(conn, recording);
        }
    }
    Ok(unsound(None, "the table of idempotency keys", Invariant::Key))
}
