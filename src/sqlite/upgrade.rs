//! The step from schema version 1 to version 2. The rows of an entry become one row, and everything
//! that a book holds becomes a numbered recording with a running hash.
//!
//! Version 1 kept some facts twice. Version 2 keeps them once, so a file in which the two disagree is
//! damaged and is refused. Everything else is copied as it is, and a verification says afterwards what
//! it would have said before.

mod book;
mod copy;
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

/// The definitions of version 2: its tables and indexes, and then its guards, which are triggers.
const SCHEMA: &str = include_str!("schema/2.sql");
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

/// Makes version 2 out of version 1, in the caller's transaction. It holds one row at a time, however
/// large the file is. `progress` is told of every thousand recordings, and can stop it.
///
/// # Errors
/// [`Error::Canceled`] if `progress` says so; [`Error::Corrupt`] for what version 2 has no words for.
/// The caller must roll back after any error.
pub(crate) fn run(
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
/// need.
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
        conn.execute_batch(&format!("DROP {kind} \"{name}\""))?;
    }
    // Otherwise SQLite would write the other names into the views of whoever added some, and would
    // refuse if one of those no longer works.
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

/// Says where it is that something is wrong.
fn at<T>(place: impl Display, result: Result<T>) -> Result<T> {
    result.map_err(|error| match error {
        Error::Corrupt { detail } => Error::Corrupt { detail: format!("{place}: {detail}") },
        other => other,
    })
}
