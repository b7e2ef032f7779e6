//! The file of a ledger: finding out what it is, creating, upgrading and setting it up.

use std::{
    fs,
    io::{self, Read},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags, TransactionBehavior, config::DbConfig};

use crate::{
    error::{Error, Result},
    ledger::Access,
};

/// `RFND`: marks the file as a ledger in SQLite's header.
pub(crate) const APPLICATION_ID: i64 = 0x5246_4e44;

/// What makes each schema version out of the one before; the first makes it out of nothing. A new
/// file takes all steps and an old one those that it lacks, so both end up the same.
const STEPS: [&str; 1] = [include_str!("schema/1.sql")];

/// The newest schema version.
pub(crate) const NEWEST: i64 = STEPS.len() as i64;

/// Opens the ledger at `path`. Whatever is refused is left as it is.
pub(crate) fn open(path: &Path, access: Access, busy_timeout: Duration) -> Result<Connection> {
    // An absolute path, because SQLite takes some relative ones (":memory:", "") for something else.
    let path = &std::path::absolute(path).map_err(Error::InputOutput)?;
    match look(path)? {
        Look::Missing if access == Access::OpenOrCreate => match create_private(path) {
            // Another process was faster; its file will do.
            Ok(()) | Err(Error::FileExists { .. }) => {}
            Err(error) => return Err(error),
        },
        Look::Missing => return Err(Error::FileMissing { path: path.clone() }),
        Look::Unfinished if access == Access::ReadOnly => {
            return Err(Error::NotALedger { path: path.clone() });
        }
        Look::Unfinished | Look::Ledger => {}
        Look::SomethingElse => return Err(Error::NotALedger { path: path.clone() }),
        Look::Newer(found) => {
            return Err(Error::NewerLedger { found, known: NEWEST });
        }
    }
    let mut conn = connect(path, access)?;
    conn.busy_timeout(busy_timeout)?;
    // Until it is known to be ours, not even its write-ahead log may be copied into the file.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    protect(&conn)?;
    let found = check_version(&conn, path)?;
    if access == Access::ReadOnly {
        if found != NEWEST {
            // An older file has to be upgraded first, which is writing.
            return Err(Error::ReadOnly);
        }
        conn.execute_batch("PRAGMA query_only = ON")?;
        return Ok(conn);
    }
    if conn.is_readonly("main")? {
        return Err(Error::ReadOnly);
    }
    set_durable(&conn)?;
    if found < NEWEST {
        upgrade(&mut conn)?;
    }
    set_write_ahead(&conn, busy_timeout)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(conn)
}

/// A new ledger in memory.
pub(crate) fn in_memory() -> Result<Connection> {
    let mut conn = Connection::open_in_memory()?;
    protect(&conn)?;
    set_durable(&conn)?;
    upgrade(&mut conn)?;
    Ok(conn)
}

/// What a path leads to.
enum Look {
    Missing,
    /// Empty, or all zeros: a creation that was cut off before anything was in it.
    Unfinished,
    Ledger,
    SomethingElse,
    Newer(i64),
}

/// Reads the header without SQLite, which might change the file while it looks.
fn look(path: &Path) -> Result<Look> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Look::Missing),
        Err(error) => return Err(Error::InputOutput(error)),
        Ok(found) if found.is_symlink() => {
            return Err(Error::SymbolicLink { path: path.to_owned() });
        }
        Ok(found) if !found.is_file() => return Ok(Look::SomethingElse),
        Ok(_) => {}
    }
    let mut header = Vec::with_capacity(100);
    let file = fs::File::open(path).map_err(Error::InputOutput)?;
    file.take(100).read_to_end(&mut header).map_err(Error::InputOutput)?;
    if header.iter().all(|byte| *byte == 0) {
        return Ok(Look::Unfinished);
    }
    let number = |at: usize| -> Option<i64> {
        let bytes = header.get(at..at.checked_add(4)?)?;
        Some(i64::from(i32::from_be_bytes(bytes.try_into().ok()?)))
    };
    if !header.starts_with(b"SQLite format 3\0") || number(68) != Some(APPLICATION_ID) {
        return Ok(Look::SomethingElse);
    }
    match number(60) {
        Some(found) if found > NEWEST => Ok(Look::Newer(found)),
        _ => Ok(Look::Ledger),
    }
}

/// Makes an empty file that only its owner may read, whatever the umask. SQLite gives the
/// companions `-wal` and `-shm` the same mode.
pub(crate) fn create_private(path: &Path) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Error::FileExists { path: path.to_owned() },
        _ => Error::InputOutput(error),
    })?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .map_err(Error::InputOutput)?;
    Ok(())
}

fn connect(path: &Path, access: Access) -> Result<Connection> {
    let mode = match access {
        Access::OpenOrCreate | Access::Open => OpenFlags::SQLITE_OPEN_READ_WRITE,
        Access::ReadOnly => OpenFlags::SQLITE_OPEN_READ_ONLY,
    };
    Ok(Connection::open_with_flags(path, mode | OpenFlags::SQLITE_OPEN_NO_MUTEX)?)
}

/// Settings that keep a hostile or damaged file from doing harm, and none that writes to it.
fn protect(conn: &Connection) -> Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    set(conn, "PRAGMA trusted_schema = OFF", "PRAGMA trusted_schema", "0", "trusted_schema=OFF")?;
    set(conn, "PRAGMA cell_size_check = ON", "PRAGMA cell_size_check", "1", "cell_size_check=ON")?;
    set(conn, "PRAGMA foreign_keys = ON", "PRAGMA foreign_keys", "1", "foreign_keys=ON")?;
    // Room for every statement of the library; preparing one anew costs more than running it.
    conn.set_prepared_statement_cache_capacity(128);
    Ok(())
}

/// The schema version of a file that says it is a ledger, or 0 of one that is empty.
fn check_version(conn: &Connection, path: &Path) -> Result<i64> {
    // One read transaction, because another process may be creating the file just now.
    let tx = conn.unchecked_transaction()?;
    let integer = |sql: &str| -> Result<i64> { Ok(tx.query_row(sql, [], |row| row.get(0))?) };
    let found = integer("PRAGMA user_version")?;
    if found > NEWEST {
        return Err(Error::NewerLedger { found, known: NEWEST });
    }
    // The schema is read here too, so that damage to it is found before anything is written.
    let objects = integer("SELECT count(*) FROM sqlite_schema")?;
    let unused = found == 0 && objects == 0;
    if !unused && (integer("PRAGMA application_id")? != APPLICATION_ID || found < 1) {
        return Err(Error::NotALedger { path: path.to_owned() });
    }
    Ok(found)
}

/// Every commit is on disk when it returns, whichever journal is in use.
fn set_durable(conn: &Connection) -> Result<()> {
    set(conn, "PRAGMA synchronous = EXTRA", "PRAGMA synchronous", "3", "synchronous=EXTRA")
}

/// Write-ahead logging; memory has no log. SQLite does not wait for others here by itself.
fn set_write_ahead(conn: &Connection, busy_timeout: Duration) -> Result<()> {
    let sql = "PRAGMA journal_mode = WAL";
    let begin = Instant::now();
    loop {
        match set(conn, sql, "PRAGMA journal_mode", "wal", "journal_mode=WAL") {
            Err(Error::LockTimeout) if begin.elapsed() < busy_timeout => {
                thread::sleep(Duration::from_millis(5));
            }
            done => return done,
        }
    }
}

/// Gives a setting and reads it back, because SQLite ignores in silence what it can't do.
fn set(
    conn: &Connection,
    sql: &str,
    read: &str,
    wanted: &str,
    setting: &'static str,
) -> Result<()> {
    conn.execute_batch(sql)?;
    let got = conn.query_row(read, [], |row| {
        Ok(match row.get_ref(0)? {
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            other => other.as_str()?.to_owned(),
        })
    })?;
    if got == wanted { Ok(()) } else { Err(Error::SettingRefused { setting }) }
}

/// Takes the steps that the file lacks, all of them in one transaction.
fn upgrade(conn: &mut Connection) -> Result<()> {
    // Small pages: a refund touches few bytes of several tables, and each page is written whole.
    // This has no effect once there is a table.
    conn.execute_batch("PRAGMA page_size = 2048")?;
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have done it while this one waited for the lock.
    let found: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        tx.execute_batch(step)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", NEWEST)?;
    tx.commit()?;
    Ok(())
}
