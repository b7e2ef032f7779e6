//! The file of endpoints beside the ledger: what operators have said of them, and how far each has
//! come. The server and its commands share it, so it is SQLite's; this is the only SQL of the server.
//!
//! It holds secrets, so that only its owner may read it.

mod moving;

use std::{
    cell::{Cell, RefCell},
    fs::OpenOptions,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use refundry::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::{Change, Listed, Result, Settings, StoreError, Unreadable};
use crate::webhook::endpoint::{Cursor, Endpoint, SetAside, Trouble};

const SCHEMA: &str = "
CREATE TABLE endpoints (
    endpoint INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    url TEXT NOT NULL,
    private INTEGER NOT NULL, -- whether its host may have private addresses
    merchant TEXT, -- null: all of them
    types TEXT NOT NULL, -- with spaces between; empty: all of them
    header TEXT,
    secret TEXT NOT NULL,
    old_secret TEXT,
    old_until INTEGER NOT NULL DEFAULT 0,
    paused INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    -- What is wrong with the next event.
    attempts INTEGER NOT NULL DEFAULT 0,
    failing_since INTEGER NOT NULL DEFAULT 0,
    next_attempt INTEGER NOT NULL DEFAULT 0,
    problem TEXT NOT NULL DEFAULT '',
    failing_merchant TEXT NOT NULL DEFAULT '',
    failing_event TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE cursors (
    endpoint INTEGER NOT NULL REFERENCES endpoints ON DELETE CASCADE,
    merchant TEXT NOT NULL,
    event TEXT, -- the last that is done with; null before the first
    moment INTEGER NOT NULL, -- when that was recorded
    PRIMARY KEY (endpoint, merchant)
) STRICT, WITHOUT ROWID;
CREATE TABLE set_aside (
    endpoint INTEGER NOT NULL REFERENCES endpoints ON DELETE CASCADE,
    event TEXT NOT NULL,
    type TEXT NOT NULL,
    merchant TEXT NOT NULL,
    moment INTEGER NOT NULL, -- when it was set aside
    problem TEXT NOT NULL,
    again INTEGER NOT NULL DEFAULT 0, -- whether it is to be sent again
    PRIMARY KEY (endpoint, event)
) STRICT, WITHOUT ROWID;
PRAGMA application_id = 1380338504; -- RFWH
PRAGMA user_version = 2;";

/// What a file of version 1 lacks: which event is the one in trouble.
const UPGRADE: &str = "
ALTER TABLE endpoints ADD COLUMN failing_merchant TEXT NOT NULL DEFAULT '';
ALTER TABLE endpoints ADD COLUMN failing_event TEXT NOT NULL DEFAULT '';
PRAGMA user_version = 2;";

const APPLICATION: i64 = 1_380_338_504;
const VERSION: i64 = 2;

/// The file of endpoints.
pub(crate) struct File {
    conn: RefCell<Connection>,
    /// What its version was when it was asked whether it had changed.
    version: Cell<Option<i64>>,
}

/// Where the endpoints of a ledger stand.
pub(crate) fn path(ledger: &Path) -> PathBuf {
    let mut path = ledger.as_os_str().to_owned();
    path.push("-webhooks");
    path.into()
}

impl File {
    /// Opens the endpoints of a ledger, if it has any.
    pub(crate) fn open(ledger: &Path) -> Result<Option<Self>> {
        let path = path(ledger);
        if path.try_exists()? { Self::at(&path).map(Some) } else { Ok(None) }
    }

    /// Opens the endpoints of a ledger, and begins their file if there is none.
    pub(crate) fn open_or_create(ledger: &Path) -> Result<Self> {
        let path = path(ledger);
        let mut options = OpenOptions::new();
        options.create_new(true).write(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        match options.open(&path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error.into()),
            // SQLite gives its log the mode of the file.
            Ok(_) | Err(_) => Self::at(&path),
        }
    }

    fn at(path: &Path) -> Result<Self> {
        let mut conn = Connection::open(path)?;
        conn.busy_timeout(Duration::from_secs(5))?;
        // A cursor that a power cut takes back sends an event twice, which receivers expect.
        conn.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;",
        )?;
        let pragma = |conn: &Connection, name: &str| -> rusqlite::Result<i64> {
            conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))
        };
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let tables: i64 =
            tx.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables == 0 {
            tx.execute_batch(SCHEMA)?;
        }
        let found = |conn| -> rusqlite::Result<_> {
            Ok((pragma(conn, "application_id")?, pragma(conn, "user_version")?))
        };
        if found(&tx)? == (APPLICATION, 1) {
            tx.execute_batch(UPGRADE)?;
        }
        if found(&tx)? != (APPLICATION, VERSION) {
            return Err(StoreError::Foreign);
        }
        tx.commit()?;
        Ok(Self { conn: RefCell::new(conn), version: Cell::new(None) })
    }

    /// Whether another process has changed the file since this was asked last.
    pub(super) fn has_changed(&self) -> Result<bool> {
        let conn = self.conn.borrow();
        let version = conn.query_row("PRAGMA data_version", [], |row| row.get(0))?;
        Ok(self.version.replace(Some(version)) != Some(version))
    }

    pub(super) fn add(&self, new: &Endpoint, begin: &[(String, Cursor)]) -> Result<()> {
        let settings = Settings::of(new);
        let mut conn = self.conn.borrow_mut();
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute(
            "INSERT INTO endpoints (id, url, private, merchant, types, header, secret, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                new.id,
                settings.url,
                settings.private,
                settings.merchant,
                settings.types,
                settings.header,
                settings.secret,
                settings.created_at
            ],
        )?;
        let number = tx.last_insert_rowid();
        for (merchant, cursor) in begin {
            advance(&tx, number, merchant, cursor)?;
        }
        Ok(tx.commit()?)
    }

    pub(super) fn list(&self) -> Result<Listed> {
        let conn = self.conn.borrow();
        let listed = conn
            .prepare_cached(
                "SELECT endpoint, id, url, private, merchant, types, header, secret, old_secret,
                     old_until, paused, created_at, revision, attempts, failing_since, next_attempt,
                     problem, failing_merchant, failing_event
                 FROM endpoints WHERE revision > 0 ORDER BY endpoint",
            )?
            .query_map([], read)?
            .collect::<rusqlite::Result<_>>()?;
        Ok(listed)
    }

    pub(super) fn remove(&self, id: &str) -> Result<bool> {
        Ok(self
            .conn
            .borrow()
            .execute("DELETE FROM endpoints WHERE id = ?1 AND revision > 0", [id])?
            > 0)
    }

    /// Puts an endpoint in the place of its revision before, if that is still there.
    pub(super) fn replace(&self, changed: &Endpoint, afresh: bool) -> Result<bool> {
        let settings = Settings::of(changed);
        let mut conn = self.conn.borrow_mut();
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let is_known = tx.execute(
            "UPDATE endpoints SET paused = ?3, secret = ?4, old_secret = ?5, old_until = ?6,
                 revision = ?2
             WHERE id = ?1 AND revision = ?2 - 1",
            params![
                changed.id,
                changed.revision,
                settings.paused,
                settings.secret,
                settings.old_secret,
                settings.old_until
            ],
        )? > 0;
        if is_known && afresh {
            note(&tx, changed.number, None)?;
            let sql = "UPDATE set_aside SET again = 1 WHERE endpoint = ?1";
            tx.execute(sql, [changed.number])?;
        }
        tx.commit()?;
        Ok(is_known)
    }

    pub(super) fn cursors(&self, endpoint: i64) -> Result<Vec<(String, Cursor)>> {
        let conn = self.conn.borrow();
        let rows = conn
            .prepare_cached("SELECT merchant, event, moment FROM cursors WHERE endpoint = ?1")?
            .query_map([endpoint], |row| {
                let moment = Timestamp::from_millis(row.get(2)?);
                Ok((row.get(0)?, Cursor { event: row.get(1)?, moment }))
            })?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    pub(super) fn record(&self, changes: &[Change]) -> Result<()> {
        let mut conn = self.conn.borrow_mut();
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        record(&tx, changes)?;
        Ok(tx.commit()?)
    }

    /// Notes changes if an endpoint still has this revision.
    pub(super) fn record_if(&self, unchanged: (i64, i64), changes: &[Change]) -> Result<()> {
        let mut conn = self.conn.borrow_mut();
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql = "SELECT EXISTS (SELECT 1 FROM endpoints WHERE endpoint = ?1 AND revision = ?2)";
        if !tx.query_row(sql, unchanged, |row| row.get::<_, bool>(0))? {
            return Err(StoreError::Changed);
        }
        record(&tx, changes)?;
        Ok(tx.commit()?)
    }

    pub(super) fn aside(&self, endpoint: i64, only_again: bool) -> Result<Vec<SetAside>> {
        let conn = self.conn.borrow();
        let rows = conn
            .prepare_cached(
                // The ids of a book's events sort as they happened.
                "SELECT event, type, merchant, moment, problem FROM set_aside
                 WHERE endpoint = ?1 AND (again = 1 OR NOT ?2) ORDER BY merchant, event",
            )?
            .query_map(params![endpoint, only_again], |row| {
                Ok(SetAside {
                    event: row.get(0)?,
                    r#type: row.get(1)?,
                    merchant: row.get(2)?,
                    set_aside_at: Timestamp::from_millis(row.get(3)?),
                    problem: row.get(4)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    pub(super) fn count_aside(&self) -> Result<i64> {
        let sql = "SELECT count(*) FROM set_aside";
        Ok(self.conn.borrow().query_row(sql, [], |row| row.get(0)).optional()?.unwrap_or(0))
    }
}

fn record(conn: &Connection, changes: &[Change]) -> Result<()> {
    for change in changes {
        match change {
            Change::Advance(endpoint, merchant, cursor) => {
                advance(conn, *endpoint, merchant, cursor)?;
            }
            Change::Trouble(endpoint, trouble) => note(conn, *endpoint, trouble.as_ref())?,
            Change::SetAside(endpoint, given_up) => set_aside(conn, *endpoint, given_up)?,
            Change::Settle { endpoint, event, arrived } => {
                settle(conn, *endpoint, event, *arrived)?;
            }
        }
    }
    Ok(())
}

fn advance(conn: &Connection, endpoint: i64, merchant: &str, cursor: &Cursor) -> Result<()> {
    conn.prepare_cached(
        "INSERT OR REPLACE INTO cursors (endpoint, merchant, event, moment)
         SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM endpoints WHERE endpoint = ?1)",
    )?
    .execute(params![endpoint, merchant, cursor.event, cursor.moment.millis()])?;
    Ok(())
}

/// Notes what is wrong with an endpoint's next event, or that nothing is.
fn note(conn: &Connection, endpoint: i64, trouble: Option<&Trouble>) -> Result<()> {
    let Some(trouble) = trouble else {
        let sql = "UPDATE endpoints SET attempts = 0, problem = '' WHERE endpoint = ?1";
        conn.execute(sql, [endpoint])?;
        return Ok(());
    };
    let Trouble { merchant, event, since, attempts, next_attempt, problem } = trouble;
    let (since, next) = (since.millis(), next_attempt.millis());
    conn.prepare_cached(
        "UPDATE endpoints SET attempts = ?2, failing_since = ?3, next_attempt = ?4,
             problem = ?5, failing_merchant = ?6, failing_event = ?7
         WHERE endpoint = ?1",
    )?
    .execute(params![endpoint, attempts, since, next, problem, merchant, event])?;
    Ok(())
}

fn set_aside(conn: &Connection, endpoint: i64, given_up: &SetAside) -> Result<()> {
    let SetAside { event, r#type, merchant, set_aside_at, problem } = given_up;
    conn.execute(
        "INSERT OR REPLACE INTO set_aside (endpoint, event, type, merchant, moment, problem)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6
         WHERE EXISTS (SELECT 1 FROM endpoints WHERE endpoint = ?1)",
        params![endpoint, event, r#type, merchant, set_aside_at.millis(), problem],
    )?;
    Ok(())
}

fn settle(conn: &Connection, endpoint: i64, event: &str, arrived: bool) -> Result<()> {
    let sql = if arrived {
        "DELETE FROM set_aside WHERE endpoint = ?1 AND event = ?2"
    } else {
        "UPDATE set_aside SET again = 0 WHERE endpoint = ?1 AND event = ?2"
    };
    conn.execute(sql, params![endpoint, event])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Result<Endpoint, Unreadable>> {
    let moment = |millis: i64| Timestamp::from_millis(millis);
    let settings = Settings {
        url: row.get(2)?,
        private: row.get(3)?,
        merchant: row.get(4)?,
        types: row.get(5)?,
        header: row.get(6)?,
        secret: row.get(7)?,
        old_secret: row.get(8)?,
        old_until: row.get(9)?,
        paused: row.get(10)?,
        created_at: row.get(11)?,
    };
    let trouble = Trouble {
        attempts: row.get(13)?,
        since: moment(row.get(14)?),
        next_attempt: moment(row.get(15)?),
        problem: row.get(16)?,
        merchant: row.get(17)?,
        event: row.get(18)?,
    };
    let trouble = (trouble.attempts > 0).then_some(trouble);
    Ok(settings.endpoint(row.get(0)?, row.get(1)?, row.get(12)?, trouble))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_version_1_is_upgraded() {
        let folder = tempfile::tempdir().unwrap();
        let ledger = folder.path().join("ledger");
        let old = "ALTER TABLE endpoints DROP COLUMN failing_merchant;
            ALTER TABLE endpoints DROP COLUMN failing_event;
            INSERT INTO endpoints (id, url, private, types, secret, created_at, attempts)
            VALUES ('we_1', 'https://shop.example/', 0, '', 'a secret', 0, 3);
            PRAGMA user_version = 1;";
        File::open_or_create(&ledger).unwrap().conn.borrow().execute_batch(old).unwrap();
        let trouble = |store: &File| store.list().unwrap().endpoints.remove(0).trouble.unwrap();
        let store = File::open(&ledger).unwrap().unwrap();
        let mut known = trouble(&store);
        assert_eq!((known.attempts, known.event.as_str()), (3, ""));
        (known.merchant, known.event) = ("acct_giza".into(), "evt_1".into());
        store.record(&[Change::Trouble(1, Some(known.clone()))]).unwrap();
        assert_eq!(trouble(&File::open(&ledger).unwrap().unwrap()), known);
    }
}
