//! The SQL transaction that an operation runs in.

use std::{ops::Deref, path::Path};

use rusqlite::Connection;

use crate::{
    error::{Error, Result},
    file::Place,
};

/// An IMMEDIATE transaction: it holds the write lock from the beginning, and is rolled back unless
/// it is committed. Unlike rusqlite's own it begins and ends by statements prepared once.
pub(crate) struct Tx<'a>(&'a Connection);

impl<'a> Tx<'a> {
    pub(crate) fn begin(conn: &'a mut Connection) -> Result<Self> {
        begin(conn)?;
        Ok(Self(conn))
    }

    pub(crate) fn commit(self, place: Option<&Place>) -> Result<()> {
        commit(self.0, place)
    }
}

impl Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0
    }
}

impl Drop for Tx<'_> {
    fn drop(&mut self) {
        roll_back(self.0);
    }
}

pub(crate) fn begin(conn: &Connection) -> Result<()> {
    let begin = || conn.prepare_cached("BEGIN IMMEDIATE")?.execute([]);
    begin().map(drop).map_err(|error| of_file(error.into(), conn))
}

/// A failure, and the file that it is about.
fn of_file(error: Error, conn: &Connection) -> Error {
    match conn.path() {
        Some(path) if !path.is_empty() => error.at(Path::new(path)),
        _ => error,
    }
}

/// Commits to a file that is still where it was opened, or to memory.
pub(crate) fn commit(conn: &Connection, place: Option<&Place>) -> Result<()> {
    place.map_or(Ok(()), Place::check)?;
    conn.prepare_cached("COMMIT")?
        .execute([])
        .map_err(|error| of_file(Error::of_commit(error), conn))?;
    Ok(())
}

/// Rolls back what is not committed, if there is anything: SQLite does so by itself after some
/// failures.
pub(crate) fn roll_back(conn: &Connection) {
    if !conn.is_autocommit() {
        // It fails only where SQLite has lost the transaction already.
        let _ = conn.execute_batch("ROLLBACK");
    }
}
