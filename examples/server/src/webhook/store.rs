//! The file of endpoints beside the ledger: what operators have said of them, and how far each has
//! come. The server and its commands share it, so it is SQLite's; this is the only SQL of the server.
//!
//! It holds secrets, so that only its owner may read it.

use std::{
    fs::OpenOptions,
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use refundry::{EventType, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::{
    endpoint::{Cursor, Endpoint, SetAside, Trouble},
    sign::Secret,
    target::Target,
};

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
pub(crate) struct Store {
    conn: Connection,
}

/// Why the file could not do something.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("{0}")]
    File(#[from] io::Error),
    #[error("{0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("it is not a file of endpoints of this version; nothing was changed; move it aside")]
    Foreign,
    #[error("it has an endpoint that can't be read: {0}")]
    Damaged(&'static str),
}

pub(crate) type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Where the endpoints of a ledger stand.
pub(crate) fn path(ledger: &Path) -> PathBuf {
    let mut path = ledger.as_os_str().to_owned();
    path.push("-webhooks");
    path.into()
}

impl Store {
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
        Ok(Self { conn })
    }

    /// A number that changes when another process has changed the file.
    pub(crate) fn version(&self) -> Result<i64> {
        Ok(self.conn.query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }

    /// Adds an endpoint, and where it begins in each book; elsewhere it begins with the first event.
    pub(crate) fn add(&mut self, new: &Endpoint, begin: &[(String, Cursor)]) -> Result<()> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let types: Vec<_> = new.types.iter().map(|known| known.name()).collect();
        tx.execute(
            "INSERT INTO endpoints (id, url, private, merchant, types, header, secret, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                new.id,
                new.target.uri.to_string(),
                new.target.is_private(),
                new.merchant,
                types.join(" "),
                new.header,
                new.secret.reveal(),
                new.created_at.millis()
            ],
        )?;
        let number = tx.last_insert_rowid();
        for (merchant, cursor) in begin {
            advance(&tx, number, merchant, cursor)?;
        }
        Ok(tx.commit()?)
    }

    /// Every endpoint, the oldest first.
    pub(crate) fn list(&self) -> Result<Vec<Endpoint>> {
        self.conn
            .prepare_cached(
                "SELECT endpoint, id, url, private, merchant, types, header, secret, old_secret,
                     old_until, paused, created_at, revision, attempts, failing_since, next_attempt,
                     problem, failing_merchant, failing_event
                 FROM endpoints ORDER BY endpoint",
            )?
            .query_map([], |row| Ok(read(row)))?
            .map(|row| row?)
            .collect()
    }

    /// An endpoint by its id.
    pub(crate) fn find(&self, id: &str) -> Result<Option<Endpoint>> {
        Ok(self.list()?.into_iter().find(|endpoint| endpoint.id == id))
    }

    /// Removes an endpoint, and all that is known of it.
    pub(crate) fn remove(&self, id: &str) -> Result<bool> {
        Ok(self.conn.execute("DELETE FROM endpoints WHERE id = ?1", [id])? > 0)
    }

    /// Stops sending to an endpoint.
    pub(crate) fn pause(&self, id: &str) -> Result<bool> {
        let sql = "UPDATE endpoints SET paused = 1, revision = revision + 1 WHERE id = ?1";
        Ok(self.conn.execute(sql, [id])? > 0)
    }

    /// Sends to an endpoint again, at once, also what was set aside.
    pub(crate) fn resume(&mut self, id: &str) -> Result<bool> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let known = tx.execute(
            "UPDATE endpoints SET paused = 0, attempts = 0, problem = '', revision = revision + 1
             WHERE id = ?1",
            [id],
        )?;
        tx.execute(
            "UPDATE set_aside SET again = 1
             WHERE endpoint = (SELECT endpoint FROM endpoints WHERE id = ?1)",
            [id],
        )?;
        tx.commit()?;
        Ok(known > 0)
    }

    /// Gives an endpoint a new secret; the old one signs too until a moment.
    pub(crate) fn rotate(&self, id: &str, secret: &Secret, until: Timestamp) -> Result<bool> {
        let sql = "UPDATE endpoints SET old_secret = secret, old_until = ?3, secret = ?2,
                       revision = revision + 1
                   WHERE id = ?1";
        Ok(self.conn.execute(sql, params![id, secret.reveal(), until.millis()])? > 0)
    }

    /// How far an endpoint has come in each book.
    pub(crate) fn cursors(&self, endpoint: i64) -> Result<Vec<(String, Cursor)>> {
        let rows = self
            .conn
            .prepare_cached("SELECT merchant, event, moment FROM cursors WHERE endpoint = ?1")?
            .query_map([endpoint], |row| {
                let moment = Timestamp::from_millis(row.get(2)?);
                Ok((row.get(0)?, Cursor { event: row.get(1)?, moment }))
            })?
            .collect::<rusqlite::Result<_>>()?;
        Ok(rows)
    }

    /// Notes how far endpoints have come. One that was removed meanwhile is passed over.
    pub(crate) fn advance(&mut self, done: &[(i64, String, Cursor)]) -> Result<()> {
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (endpoint, merchant, cursor) in done {
            advance(&tx, *endpoint, merchant, cursor)?;
        }
        Ok(tx.commit()?)
    }

    /// Notes what is wrong with an endpoint's next event, or that nothing is.
    pub(crate) fn note(&self, endpoint: i64, trouble: Option<&Trouble>) -> Result<()> {
        let Some(trouble) = trouble else {
            let sql = "UPDATE endpoints SET attempts = 0, problem = '' WHERE endpoint = ?1";
            self.conn.execute(sql, [endpoint])?;
            return Ok(());
        };
        let Trouble { merchant, event, since, attempts, next_attempt, problem } = trouble;
        let (since, next) = (since.millis(), next_attempt.millis());
        self.conn
            .prepare_cached(
                "UPDATE endpoints SET attempts = ?2, failing_since = ?3, next_attempt = ?4,
                     problem = ?5, failing_merchant = ?6, failing_event = ?7
                 WHERE endpoint = ?1",
            )?
            .execute(params![endpoint, attempts, since, next, problem, merchant, event])?;
        Ok(())
    }

    /// Sets an event aside, and goes on after it: both or neither.
    pub(crate) fn set_aside(
        &mut self,
        endpoint: i64,
        given_up: &SetAside,
        cursor: &Cursor,
    ) -> Result<()> {
        let SetAside { event, r#type, merchant, set_aside_at, problem } = given_up;
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        advance(&tx, endpoint, merchant, cursor)?;
        tx.execute(
            "INSERT OR REPLACE INTO set_aside (endpoint, event, type, merchant, moment, problem)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6
             WHERE EXISTS (SELECT 1 FROM endpoints WHERE endpoint = ?1)",
            params![endpoint, event, r#type, merchant, set_aside_at.millis(), problem],
        )?;
        tx.execute(
            "UPDATE endpoints SET attempts = 0, problem = '' WHERE endpoint = ?1",
            [endpoint],
        )?;
        Ok(tx.commit()?)
    }

    /// Notes that an event which had been set aside has arrived, or has been given up once more.
    pub(crate) fn settle(&mut self, endpoint: i64, event: &str, arrived: bool) -> Result<()> {
        let sql = if arrived {
            "DELETE FROM set_aside WHERE endpoint = ?1 AND event = ?2"
        } else {
            "UPDATE set_aside SET again = 0 WHERE endpoint = ?1 AND event = ?2"
        };
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute(sql, params![endpoint, event])?;
        tx.execute(
            "UPDATE endpoints SET attempts = 0, problem = '' WHERE endpoint = ?1",
            [endpoint],
        )?;
        Ok(tx.commit()?)
    }

    /// What was set aside of an endpoint, the oldest first; only what is to be sent again, or all.
    pub(crate) fn aside(&self, endpoint: i64, only_again: bool) -> Result<Vec<SetAside>> {
        let rows = self
            .conn
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

    /// How many events of all endpoints are set aside.
    pub(crate) fn count_aside(&self) -> Result<i64> {
        let sql = "SELECT count(*) FROM set_aside";
        Ok(self.conn.query_row(sql, [], |row| row.get(0)).optional()?.unwrap_or(0))
    }
}

fn advance(conn: &Connection, endpoint: i64, merchant: &str, cursor: &Cursor) -> Result<()> {
    conn.prepare_cached(
        "INSERT OR REPLACE INTO cursors (endpoint, merchant, event, moment)
         SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM endpoints WHERE endpoint = ?1)",
    )?
    .execute(params![endpoint, merchant, cursor.event, cursor.moment.millis()])?;
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Endpoint> {
    let moment = |millis: i64| Timestamp::from_millis(millis);
    let (url, private): (String, bool) = (row.get(2)?, row.get(3)?);
    let types: String = row.get(5)?;
    let types = types.split_whitespace().map(EventType::from_name).collect::<Result<_, _>>();
    let old: Option<String> = row.get(8)?;
    let until = moment(row.get(9)?);
    let trouble = Trouble {
        attempts: row.get(13)?,
        since: moment(row.get(14)?),
        next_attempt: moment(row.get(15)?),
        problem: row.get(16)?,
        merchant: row.get(17)?,
        event: row.get(18)?,
    };
    Ok(Endpoint {
        number: row.get(0)?,
        id: row.get(1)?,
        target: Target::new(&url, private).map_err(StoreError::Damaged)?,
        merchant: row.get(4)?,
        types: types.map_err(|_| StoreError::Damaged("its types of events"))?,
        header: row.get(6)?,
        secret: Secret::from_stored(row.get(7)?),
        old_secret: old.map(|old| (Secret::from_stored(old), until)),
        paused: row.get(10)?,
        created_at: moment(row.get(11)?),
        revision: row.get(12)?,
        trouble: (trouble.attempts > 0).then_some(trouble),
    })
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
        Store::open_or_create(&ledger).unwrap().conn.execute_batch(old).unwrap();
        let trouble = |store: &Store| store.list().unwrap().remove(0).trouble.unwrap();
        let store = Store::open(&ledger).unwrap().unwrap();
        let mut known = trouble(&store);
        assert_eq!((known.attempts, known.event.as_str()), (3, ""));
        (known.merchant, known.event) = ("acct_giza".into(), "evt_1".into());
        store.note(1, Some(&known)).unwrap();
        assert_eq!(trouble(&Store::open(&ledger).unwrap().unwrap()), known);
    }
}
