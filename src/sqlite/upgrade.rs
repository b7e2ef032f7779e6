//! From an older schema version to the newest. From version 1 the rows of an entry become one row, and
//! everything that a book holds becomes a numbered recording with a running hash. From version 2
//! definitions change alone.
//!
//! Version 1 kept some facts twice. The newest keeps them once, so a file in which the two disagree
//! is damaged and is refused. Everything else is copied as it is, so a verification finds
//! afterwards what it would have found before.

mod book;
mod copy;
mod definitions;
mod idempotency;
mod journal;
mod objects;

use std::{fmt::Display, ops::ControlFlow};

use rusqlite::{Connection, ErrorCode, Params, config::DbConfig};

use self::copy::Copy;
use super::number;
use crate::words::{
    error::{Error, Result},
    progress::UpgradeProgress,
};

/// The newest definitions: the tables and indexes, and then the guards, which are triggers.
const SCHEMA: &str = include_str!("schema/3.sql");
/// The comment with which the guards begin.
const GUARDS: &str = "-- The guards.";

/// The tables of version 1. Each comes before those that refer to it.
const TABLES: [&str; 14] = [
    "currencies",
    "merchants",
    "api_keys",
    "balances",
    "payment_intents",
    "charges",
    "entries",
    "postings",
    "balance_transactions",
    "refunds",
    "transfers",
    "texts",
    "maturing",
    "idempotency",
];

/// Makes the newest version out of an older one, in the caller's transaction. It holds one row at a time,
/// however large the file is. `progress` is told of every thousand recordings, and can stop it.
///
/// # Errors
/// [`Error::Canceled`] if `progress` says so, or for version 1 without the feature `schema-1`; [`FileError::CORRUPT`](crate::FileError::CORRUPT) for what
/// the newest version cannot express.
/// The caller must roll back after any error.
pub(crate) fn run(
    conn: &Connection,
    version: i64,
    progress: &mut dyn FnMut(&UpgradeProgress) -> ControlFlow<()>,
) -> Result<()> {
    if version == 1 {
        // A page that never had such a ledger does not load what reads it.
        return if cfg!(feature = "schema-1") {
            from_1(conn, progress)
        } else {
            Err(Error::Canceled)
        };
    }
    definitions::run(conn)?;
    // Nothing was copied, so that all is done at once.
    let total: i64 = conn.query_row("SELECT count(*) FROM entries", [], |row| row.get(0))?;
    let total = u64::try_from(total).unwrap_or(0);
    match progress(&UpgradeProgress { entries: total, total }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Canceled),
    }
}

fn from_1(
    conn: &Connection,
    progress: &mut dyn FnMut(&UpgradeProgress) -> ControlFlow<()>,
) -> Result<()> {
    let (tables, guards) = SCHEMA.split_at(SCHEMA.find(GUARDS).unwrap_or(SCHEMA.len()));
    forget_statistics(conn)?;
    set_aside(conn)?;
    conn.execute_batch(tables)?;
    let mut copy = Copy::begin(conn, progress)?;
    copy.run()?;
    copy.finish()?;
    for table in TABLES.iter().rev() {
        conn.execute_batch(&format!("DROP TABLE schema_1_{table}"))?;
    }
    // The guards come last: copying obeys them anyway, and they cost more than the copying.
    conn.execute_batch(guards)?;
    Ok(())
}

/// Deletes what `ANALYZE` noted about the old tables, should anybody have run it. SQLite would take it
/// for notes about the new ones.
fn forget_statistics(conn: &Connection) -> Result<()> {
    for notes in ["sqlite_stat1", "sqlite_stat4"] {
        let exists = conn
            .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1")?
            .exists([notes])?;
        if exists {
            let ours = TABLES.map(|table| format!("'{table}'")).join(", ");
            conn.execute(&format!("DELETE FROM {notes} WHERE tbl IN ({ours})"), [])?;
        }
    }
    Ok(())
}

/// Gives the old tables other names, and drops their indexes and triggers, whose names the new ones
/// need. An index that somebody else added would go with its table anyway.
fn set_aside(conn: &Connection) -> Result<()> {
    let ours = TABLES.map(|table| format!("'{table}'")).join(", ");
    let definitions: Vec<(String, String)> = conn
        .prepare(&format!(
            "SELECT type, name FROM sqlite_schema WHERE type IN ('index', 'trigger')
             AND sql IS NOT NULL AND lower(tbl_name) IN ({ours})"
        ))?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (kind, name) in definitions {
        conn.execute_batch(&format!("DROP {kind} \"{}\"", name.replace('"', "\"\"")))?;
    }
    // Otherwise SQLite would write the new names into views that others added, and would refuse if
    // one of these no longer works.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, true)?;
    let renamed = TABLES.iter().try_for_each(|table| {
        conn.execute_batch(&format!("ALTER TABLE {table} RENAME TO schema_1_{table}"))
    });
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, false)?;
    Ok(renamed?)
}

/// Writes rows. What the new schema does not allow, the old one did not allow either.
fn write(conn: &Connection, sql: &str, values: impl Params) -> Result<usize> {
    conn.prepare_cached(sql)?.execute(values).map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => Error::corrupt(error.to_string()),
        _ => error.into(),
    })
}

/// The key of a row of a merchant's book, where version 1 had a number of any size.
fn key(merchant: i64, number: i64) -> Result<i64> {
    if number >= 0 && number::within(number) == number {
        Ok(number::key(merchant, number))
    } else {
        Err(Error::corrupt(format!("the number {number}")))
    }
}

/// Says where something is wrong.
fn at<T>(place: impl Display, result: Result<T>) -> Result<T> {
    result.map_err(|error| error.within(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file of version 1 with something to do: one entry and a few thousand payment intents.
    fn old() -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch("PRAGMA foreign_keys = ON").unwrap();
        conn.execute_batch(include_str!("schema/1.sql")).unwrap();
        conn.execute_batch(
            "INSERT INTO currencies VALUES (818, 'EGP', 2);
             INSERT INTO merchants VALUES (1, 'acct_1', 'Cairo Books', 0, NULL, 0);
             INSERT INTO entries VALUES (1, 1, 9, 1, NULL, 0, 0, zeroblob(32));
             INSERT INTO postings VALUES (1, 1, 0, 5, 2, 700, 818);
             INSERT INTO balance_transactions VALUES (1, 1, 700, 0, 818, NULL);
             INSERT INTO transfers VALUES (1, 1, 'tu_1', 700, 818, NULL);
             WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 2500)
             INSERT INTO payment_intents SELECT 1, n, 'pi_' || n, 500, 818, 0 FROM n",
        )
        .unwrap();
        conn
    }

    /// Every definition and row, as bytes.
    fn all(conn: &mut Connection) -> Vec<u8> {
        conn.serialize("main").unwrap().to_vec()
    }

    /// Upgrades, and stops where `progress` has been told this often.
    fn upgrade(conn: &Connection, stop: usize) -> (Result<()>, Vec<UpgradeProgress>) {
        let mut told = Vec::new();
        conn.execute_batch("BEGIN IMMEDIATE").unwrap();
        let result = run(conn, 1, &mut |progress| {
            told.push(*progress);
            if told.len() == stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        conn.execute_batch(if result.is_ok() { "COMMIT" } else { "ROLLBACK" }).unwrap();
        (result, told)
    }

    #[test]
    fn it_stops_where_it_is_told_to_and_leaves_nothing_behind() {
        let mut conn = old();
        let before = all(&mut conn);
        for stop in 1..=3 {
            let (result, told) = upgrade(&conn, stop);
            assert!(matches!(result, Err(Error::Canceled)), "{stop}: {result:?}");
            assert_eq!(told.len(), stop);
            assert!(all(&mut conn) == before, "{stop}: something was changed");
        }
        let (result, told) = upgrade(&conn, 0);
        result.unwrap();
        let entries = told.iter().map(|told| (told.entries, told.total)).collect::<Vec<_>>();
        // After the intents of each thousand recordings, and at the end.
        assert_eq!(entries, [(0, 1), (0, 1), (1, 1)]);
    }

    #[test]
    fn the_definitions_are_those_of_a_new_file() {
        let definitions = |conn: &Connection| -> Vec<(String, Option<String>)> {
            conn.prepare("SELECT type || name, sql FROM sqlite_schema ORDER BY 1")
                .unwrap()
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap()
                .collect::<rusqlite::Result<_>>()
                .unwrap()
        };
        let fresh = Connection::open_in_memory().unwrap();
        fresh.execute_batch(SCHEMA).unwrap();
        let conn = old();
        upgrade(&conn, 0).0.unwrap();
        assert_eq!(definitions(&conn), definitions(&fresh));
    }
}
