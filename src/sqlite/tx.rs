//! The SQL transaction that an operation runs in.

use std::path::Path;

use rusqlite::Connection;

use super::{error::of_commit, file::Place};
use crate::words::error::{Error, Result};

/// Begins an IMMEDIATE transaction: it holds the write lock from the beginning. Unlike rusqlite's own
/// it begins and ends by statements prepared once.
pub(crate) fn begin(conn: &Connection) -> Result<()> {
    let begin = || conn.prepare_cached("BEGIN IMMEDIATE")?.execute([]);
    begin().map(drop).map_err(|error| of_file(error.into(), conn))
}

/// A failure, and the file that it is about.
pub(crate) fn of_file(error: Error, conn: &Connection) -> Error {
    match conn.path() {
        Some(path) if !path.is_empty() => error.at(Path::new(path)),
        _ => error,
    }
}

/// A number that changes whenever another connection commits.
pub(crate) fn version(conn: &Connection) -> Result<i64> {
    Ok(conn.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?)
}

/// Commits to a file that is still where it was opened, or to memory.
pub(crate) fn commit(conn: &Connection, place: Option<&Place>) -> Result<()> {
    place.map_or(Ok(()), Place::check)?;
    conn.prepare_cached("COMMIT")?.execute([]).map_err(|error| of_file(of_commit(error), conn))?;
    Ok(())
}

/// Does all of a commit that can be taken back: the write lock, a page that is written to the log, and
/// the look at the file's place.
pub(crate) fn rehearse(conn: &Connection, place: Option<&Place>) -> Result<()> {
    begin(conn)?;
    let rehearsed = (|| {
        let version: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        conn.execute_batch(&format!("PRAGMA user_version = {version}"))?;
        conn.cache_flush()?;
        place.map_or(Ok(()), Place::check)
    })();
    roll_back(conn);
    rehearsed.map_err(|error| of_file(error, conn))
}

/// A part of a transaction, which can be undone without the rest.
pub(crate) fn begin_part(conn: &Connection) -> Result<()> {
    conn.prepare_cached("SAVEPOINT part")?
        .execute([])
        .map_err(|error| of_file(error.into(), conn))?;
    Ok(())
}

/// Ends a part: it stays in the transaction, or is undone.
pub(crate) fn end_part(conn: &Connection, stays: bool) -> Result<()> {
    let end = || {
        if !stays {
            conn.prepare_cached("ROLLBACK TO part")?.execute([])?;
        }
        conn.prepare_cached("RELEASE part")?.execute([])
    };
    end().map(drop).map_err(|error: rusqlite::Error| of_file(error.into(), conn))
}

/// Rolls back what is not committed, if there is anything: SQLite does so by itself after some
/// failures.
pub(crate) fn roll_back(conn: &Connection) {
    if !conn.is_autocommit() {
        // It fails only where SQLite has lost the transaction already.
        let _ = conn.execute_batch("ROLLBACK");
    }
}

/// Reads in one transaction, which sees the ledger as it is when it begins. A second connection, if there is one,
/// sees the same in a transaction of its own. It is left out if it can't begin one, or if somebody committed
/// just then.
pub(crate) fn read<T>(
    conn: &mut Connection,
    second: Option<Connection>,
    read: impl FnOnce(&Connection, Option<Connection>) -> Result<T>,
) -> Result<T> {
    let before = version(conn)?;
    let begins = |second: &Connection| second.execute_batch("BEGIN; PRAGMA user_version").is_ok();
    let second = second.filter(begins);
    let tx = conn.transaction()?;
    let same = version(&tx)? == before;
    read(&tx, second.filter(|_| same))
}
