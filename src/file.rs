//! The file of a ledger: finding out what it is, creating, upgrading and setting it up.

use std::{
    fs, io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior, config::DbConfig};

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
    prepare(path, access)?;
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

/// Refuses what is not a ledger, and makes the file if it is to be new.
fn prepare(path: &Path, access: Access) -> Result<()> {
    match look(path)? {
        Look::Ledger => Ok(()),
        Look::SomethingElse => Err(Error::NotALedger { path: path.to_owned() }),
        Look::Newer(found) => Err(Error::NewerLedger { found, known: NEWEST }),
        Look::Missing if access != Access::OpenOrCreate => {
            Err(Error::FileMissing { path: path.to_owned() })
        }
        Look::Unfinished if access != Access::OpenOrCreate => {
            Err(Error::NotALedger { path: path.to_owned() })
        }
        // SQLite would throw the log away. Another process may have created the ledger meanwhile.
        Look::Missing | Look::Unfinished
            if has_content(path, "-wal") && !matches!(look(path)?, Look::Ledger) =>
        {
            Err(Error::corrupt("its file is gone or empty, but its write-ahead log is not"))
        }
        Look::Missing => match create_private(path) {
            // Another process was faster; its file will do.
            Ok(()) | Err(Error::FileExists { .. }) => Ok(()),
            Err(error) => Err(error),
        },
        Look::Unfinished => Ok(()),
    }
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
    /// Empty: a creation that was cut off before anything was in it, or what SQLite can still
    /// make of one with the journal beside it.
    Unfinished,
    Ledger,
    SomethingElse,
    Newer(i64),
}

/// Reads the header as it stands, taking the file for one that nobody may change: the first look
/// must neither write nor bring a journal back.
///
/// It has to be SQLite that reads. A process that opens and closes a file in another way drops the
/// locks of all its handles on that file.
fn look(path: &Path) -> Result<Look> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Look::Missing),
        Err(error) => return Err(Error::InputOutput(error)),
        Ok(found) if found.is_symlink() => {
            return Err(Error::SymbolicLink { path: path.to_owned() });
        }
        Ok(found) if !found.is_file() => return Ok(Look::SomethingElse),
        Ok(found) if found.len() == 0 => return Ok(Look::Unfinished),
        Ok(_) => {}
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    let conn = Connection::open_with_flags(immutable_uri(path), flags)?;
    let number = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0));
    match number("PRAGMA application_id") {
        Ok(APPLICATION_ID) => match number("PRAGMA user_version")? {
            found if found > NEWEST => Ok(Look::Newer(found)),
            _ => Ok(Look::Ledger),
        },
        Ok(_) => Ok(Look::SomethingElse),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            let cut_off = has_content(path, "-journal");
            Ok(if cut_off { Look::Unfinished } else { Look::SomethingElse })
        }
        // Damaged, or being written just now: that can be told only under its locks.
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
            Ok(Look::Ledger)
        }
        Err(error) => Err(error.into()),
    }
}

/// The path as a URI: everything but the plainest characters is escaped.
fn immutable_uri(path: &Path) -> String {
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            uri.push_str(&format!("%{byte:02x}"));
        }
    }
    uri.push_str("?immutable=1");
    uri
}

/// Whether the companion of a file has anything in it.
fn has_content(path: &Path, suffix: &str) -> bool {
    let mut companion = path.as_os_str().to_owned();
    companion.push(suffix);
    fs::symlink_metadata(companion).is_ok_and(|found| found.len() > 0)
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

/// Keeps at most this much of the file in memory; SQLite takes a negative number for KiB.
pub(crate) fn limit_cache(conn: &Connection, kib: u32) -> Result<()> {
    Ok(conn.pragma_update(None, "cache_size", i64::from(kib.max(1)).saturating_neg())?)
}

/// The schema version of a file that says it is a ledger, or 0 of one that is empty.
fn check_version(conn: &Connection, path: &Path) -> Result<i64> {
    // One read transaction, because another process may be creating the file just now.
    let tx = conn.unchecked_transaction()?;
    let integer = |sql: &str| -> Result<i64> {
        tx.query_row(sql, [], |row| row.get(0)).map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Error::NotALedger { path: path.to_owned() },
            _ => error.into(),
        })
    };
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
