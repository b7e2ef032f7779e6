//! A ledger's file in a browser: SQLite's own storage layer is all there is to ask.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

use super::{Place, limit_log, set};
use crate::words::{
    access::Access,
    error::{Result, file::FileProblem},
};

/// Makes the file if it is to be new. One handle at a time has a browser's files, so that nobody
/// can come between.
pub(crate) fn prepare(path: &Path, access: Access) -> Result<(PathBuf, bool)> {
    let open =
        |mode: OpenFlags| Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    match open(OpenFlags::SQLITE_OPEN_READ_ONLY) {
        Ok(_) => {}
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::CannotOpen) => {
            if access != Access::OpenOrCreate {
                return Err(FileProblem::Missing.at(path));
            }
            open(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        }
        Err(error) => return Err(error.into()),
    }
    Ok((path.to_owned(), false))
}

/// An empty file in a browser is as good as none.
pub(crate) const fn remove_empty(_path: &Path) {}

/// Takes the file for this handle alone. Who held it when the power went left a journal, which the first read
/// plays back. A handle that shares the file removes the journal then, and a power cut during that may tear
/// the journal's name in the pool, which nothing mends. This one clears it and leaves it in place.
pub(crate) fn share(conn: &mut Connection, _busy_timeout: Duration) -> Result<()> {
    let sql = "PRAGMA locking_mode = EXCLUSIVE";
    set(conn, sql, "PRAGMA locking_mode", "exclusive", "locking_mode=EXCLUSIVE")
}

/// One handle at a time has a browser's files.
pub(crate) const fn second(_conn: &Connection, _place: &Place) -> Option<Connection> {
    None
}

/// Makes an empty file, unless there is one with something in it.
pub(crate) fn create_private(path: &Path) -> Result<()> {
    let mut conn = Connection::open(path)?;
    // A ledger that is there already has a log. Only a handle that holds the file alone can read it.
    share(&mut conn, Duration::ZERO)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, LOG_STAYS)?;
    let pages: i64 = conn.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    if pages == 0 { Ok(()) } else { Err(FileProblem::Exists.at(path)) }
}

/// A browser's files can be written wherever they can be read.
pub(crate) const fn is_read_only(_path: &Path) -> bool {
    false
}

/// A log needs no memory that handles share, because nobody else has the file. To set this reads the file, so
/// that it comes after [`share`].
pub(crate) fn set_journal(conn: &Connection, _busy_timeout: Duration) -> Result<()> {
    limit_log(conn)?;
    // Each page of a log that stayed is a message to another process when the ledger is opened next.
    let pages = "PRAGMA wal_autocheckpoint = 250";
    set(conn, pages, "PRAGMA wal_autocheckpoint", "250", "wal_autocheckpoint=250")?;
    set(conn, "PRAGMA journal_mode = WAL", "PRAGMA journal_mode", "wal", "journal_mode=WAL")
}

/// To remove the log would change its name in the pool, which a power cut may tear. The next handle reads it.
pub(crate) const LOG_STAYS: bool = true;

/// Puts the log into the file and begins it anew, as far as there is room for that. What fails is done at another time:
/// until then the log keeps all.
pub(crate) fn make_room(conn: &Connection) {
    let _ = conn.execute_batch("PRAGMA wal_checkpoint(RESTART)");
}
