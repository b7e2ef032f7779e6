//! The file of a ledger: finding out what it is, creating, upgrading and setting it up.

#[cfg(target_family = "wasm")]
#[path = "browser.rs"]
mod storage;
#[cfg(not(target_family = "wasm"))]
#[path = "disk.rs"]
mod storage;

#[cfg(not(unix))]
#[path = "elsewhere.rs"]
mod place;
#[cfg(unix)]
mod place;

#[cfg(not(target_family = "wasm"))]
mod log;
#[cfg(not(target_family = "wasm"))]
mod opened;
pub(crate) mod schema;

use std::{ops::ControlFlow, path::Path, time::Duration};

use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, TransactionBehavior, backup::Backup,
    config::DbConfig,
};

#[cfg(not(target_family = "wasm"))]
pub(crate) use self::storage::{ITS_FILES, PARTIAL, check_name, named};
pub(crate) use self::{
    place::Place,
    storage::{create_private, make_room, second},
};
use crate::words::{
    access::Access,
    error::{Error, Result, engine::EngineProblem, file::FileProblem},
    progress::UpgradeProgress,
};

/// `RFND`: marks the file as a ledger in SQLite's header.
pub(crate) const APPLICATION_ID: i64 = 0x5246_4e44;

/// The definitions of each schema version: a new file has those of the newest.
const VERSIONS: [&str; 4] = [
    if cfg!(feature = "schema-1") { include_str!("../schema/1.sql") } else { "" },
    include_str!("../schema/2.sql"),
    include_str!("../schema/3.sql"),
    include_str!("../schema/4.sql"),
];

/// The newest schema version.
pub(crate) const NEWEST: i64 = VERSIONS.len() as i64;

/// Is told how far an upgrade has come, and may stop it.
pub(crate) type Upgrading = dyn FnMut(&UpgradeProgress) -> ControlFlow<()> + Send;

/// How a file is opened.
#[derive(Clone, Copy)]
pub(crate) struct Manner {
    pub(crate) access: Access,
    pub(crate) busy_timeout: Duration,
    pub(crate) cache_kib: u32,
}

/// Opens the ledger at `path`. Whatever is refused is left as it is.
pub(crate) fn open(
    path: &Path,
    manner: Manner,
    upgrading: &mut Upgrading,
) -> Result<(Connection, Place)> {
    let (path, is_new) = storage::prepare(path, manner.access)?;
    open_prepared(&path, manner, upgrading).map_err(|error| {
        if is_new {
            storage::remove_empty(&path);
        }
        error.at(&path)
    })
}

fn open_prepared(
    path: &Path,
    Manner { access, busy_timeout, cache_kib }: Manner,
    upgrading: &mut Upgrading,
) -> Result<(Connection, Place)> {
    let mut place = Place::of(path)?;
    let mut conn = connect(path, access)?;
    storage::share(&mut conn, busy_timeout)?;
    if access != Access::ReadOnly && conn.is_readonly("main")? {
        return Err(FileProblem::ReadOnly.into());
    }
    // Until it is known to be ours, not even its write-ahead log may be copied into the file.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    protect(&conn)?;
    let found = check_version(&conn).map_err(|error| match error {
        // The header was read already, so what can't be opened is beside the file.
        Error::File(file) if file.io_error().is_some() && storage::is_read_only(path) => {
            FileProblem::ReadOnly.into()
        }
        other => other,
    })?;
    // Before an upgrade, which reads and writes more than anything else.
    limit_cache(&conn, cache_kib)?;
    if access == Access::ReadOnly {
        if found != NEWEST {
            // An older file has to be upgraded first, which is writing.
            return Err(FileProblem::ReadOnly.into());
        }
        conn.execute_batch("PRAGMA query_only = ON")?;
        place.accept(false)?;
        return Ok((conn, place));
    }
    set_durable(&conn)?;
    if found < NEWEST {
        upgrade(&mut conn, upgrading)?;
    }
    storage::set_journal(&conn, busy_timeout)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, storage::LOG_STAYS)?;
    place.accept(true)?;
    Ok((conn, place))
}

/// A new ledger in memory.
pub(crate) fn in_memory(upgrading: &mut Upgrading) -> Result<Connection> {
    let mut conn = Connection::open_in_memory()?;
    protect(&conn)?;
    set_durable(&conn)?;
    upgrade(&mut conn, upgrading)?;
    Ok(conn)
}

/// A ledger in memory that begins as the bytes of a ledger's file. They are checked as a file is
/// that must exist.
pub(crate) fn from_bytes(bytes: &[u8], upgrading: &mut Upgrading) -> Result<Connection> {
    if bytes.is_empty() {
        // SQLite would take them for a new database.
        return Err(FileProblem::NotALedger.into());
    }
    let mut given = Connection::open_in_memory()?;
    // The bytes of a file that is in use, or was not closed, lack what is in its log.
    let may_lack_a_log = matches!(bytes.get(18..20), Some([2, 2]));
    let without_log = without_log(bytes.to_vec());
    given.deserialize_read_exact("main", without_log.as_slice(), bytes.len(), true)?;
    protect(&given)?;
    let found = check_version(&given)?;
    if found == 0 {
        return Err(FileProblem::NotALedger.into());
    }
    // A ledger without a merchant is worth nothing, and is what a new file looks like until its log
    // is copied into it.
    if may_lack_a_log && !given.prepare("SELECT 1 FROM merchants")?.exists([])? {
        return Err(FileProblem::LogMissing.into());
    }
    // A copy of it behaves as every ledger in memory does; pages are copied as they are.
    let mut conn = Connection::open_in_memory()?;
    let page_size: i64 = given.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    conn.pragma_update(None, "page_size", page_size)?;
    Backup::new(&given, &mut conn)?.run_to_completion(i32::MAX, Duration::ZERO, None)?;
    protect(&conn)?;
    set_durable(&conn)?;
    upgrade(&mut conn, upgrading)?;
    Ok(conn)
}

/// The bytes of a ledger's file, as SQLite would have written them by now into a file that has no
/// log: nothing is missing from them, and every program can read them.
pub(crate) fn to_bytes(conn: &mut Connection) -> Result<Vec<u8>> {
    Ok(without_log(conn.serialize("main")?.to_vec()))
}

/// Says in the header that the file has no write-ahead log, which memory can't have. Whether the
/// bytes are a database at all is for SQLite to say.
fn without_log(mut bytes: Vec<u8>) -> Vec<u8> {
    // The version needed to write the file, and the one needed to read it.
    if let Some(versions @ [2, 2]) = bytes.get_mut(18..20) {
        versions.fill(1);
    }
    bytes
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
    // Plans that don't depend on the values bound: else SQLite prepares many statements anew each
    // time they run, which cost more than half of a refund.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    set(conn, "PRAGMA trusted_schema = OFF", "PRAGMA trusted_schema", "0", "trusted_schema=OFF")?;
    set(conn, "PRAGMA cell_size_check = ON", "PRAGMA cell_size_check", "1", "cell_size_check=ON")?;
    set(conn, "PRAGMA foreign_keys = ON", "PRAGMA foreign_keys", "1", "foreign_keys=ON")?;
    // The guards in the file are for everybody else: this library asserts more before it writes.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    // What has to be sorted, or kept for undoing a statement, takes no file of its own: there may be
    // no folder that can be written.
    set(conn, "PRAGMA temp_store = MEMORY", "PRAGMA temp_store", "2", "temp_store=MEMORY")?;
    // Room for every statement of the library; preparing one anew costs more than running it.
    conn.set_prepared_statement_cache_capacity(128);
    Ok(())
}

/// Keeps at most this much of the file in memory; SQLite takes a negative number of 32 bits for KiB.
fn limit_cache(conn: &Connection, kib: u32) -> Result<()> {
    let kib = i32::try_from(kib).unwrap_or(i32::MAX).max(1);
    Ok(conn.pragma_update(None, "cache_size", kib.saturating_neg())?)
}

/// How much of the log stays in its place once all of it is in the file: as much as is written
/// between two checkpoints anyway. An import's log is longer, and would keep its length.
fn limit_log(conn: &Connection) -> Result<()> {
    let sql = "PRAGMA journal_size_limit = 4194304";
    set(conn, sql, "PRAGMA journal_size_limit", "4194304", "journal_size_limit")
}

/// The schema version of a file that says it is a ledger, or 0 of one that is empty.
fn check_version(conn: &Connection) -> Result<i64> {
    // One read transaction, because another process may be creating the file just now.
    let tx = conn.unchecked_transaction()?;
    let integer = |sql: &str| -> Result<i64> {
        tx.query_row(sql, [], |row| row.get(0)).map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => FileProblem::NotALedger.into(),
            // These questions can be answered of every file that SQLite made.
            Some(ErrorCode::Unknown) => Error::corrupt(error.to_string()),
            _ => error.into(),
        })
    };
    let found = integer("PRAGMA user_version")?;
    if found > NEWEST {
        return Err(FileProblem::Newer { found, known: NEWEST }.into());
    }
    // The schema is read here too, so that damage to it is found before anything is written.
    let objects = integer("SELECT count(*) FROM sqlite_schema")?;
    let unused = found == 0 && objects == 0;
    if !unused && (integer("PRAGMA application_id")? != APPLICATION_ID || found < 1) {
        return Err(FileProblem::NotALedger.into());
    }
    // No version of ours makes texts in UTF-16. A build of SQLite that can't read them has no such
    // pragma, and finds the definitions corrupt.
    let encoding = tx.query_row("PRAGMA encoding", [], |row| row.get::<_, String>(0)).optional()?;
    if encoding.is_some_and(|encoding| encoding != "UTF-8") {
        return Err(FileProblem::NotALedger.into());
    }
    if !unused {
        schema::check(&tx, usize::try_from(found).unwrap_or(0))?;
    }
    Ok(found)
}

/// Refuses a file that a newer program has upgraded meanwhile.
pub(crate) fn check_newest(conn: &Connection) -> Result<()> {
    let found: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > NEWEST {
        return Err(FileProblem::Newer { found, known: NEWEST }.into());
    }
    Ok(())
}

/// Every commit is on disk when it returns, whichever journal is in use.
fn set_durable(conn: &Connection) -> Result<()> {
    set(conn, "PRAGMA synchronous = EXTRA", "PRAGMA synchronous", "3", "synchronous=EXTRA")
}

/// Commits are on disk when the log is next copied into the file. Nothing is torn by a power cut.
/// They wait there for long, because copying costs two waits for the disk, and a page that changed often in
/// between is copied once.
pub(crate) fn set_durable_later(conn: &Connection) -> Result<()> {
    let later = [
        ("PRAGMA synchronous = NORMAL", "PRAGMA synchronous", "1", "synchronous=NORMAL"),
        // 16 MiB, in pages of 2 KiB.
        (
            "PRAGMA wal_autocheckpoint = 8192",
            "PRAGMA wal_autocheckpoint",
            "8192",
            "wal_autocheckpoint=8192",
        ),
        // The log's file keeps the length that it has between two checkpoints.
        (
            "PRAGMA journal_size_limit = 20971520",
            "PRAGMA journal_size_limit",
            "20971520",
            "journal_size_limit=20971520",
        ),
    ];
    later.iter().try_for_each(|(sql, read, wanted, setting)| set(conn, sql, read, wanted, setting))
}

/// Runs a pragma to its end. One that answers with a row may write only after that row; the failure
/// appears only on the next step.
pub(crate) fn obey(conn: &Connection, pragma: &str) -> Result<()> {
    let mut statement = conn.prepare(pragma)?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// Gives a setting and reads it back, because SQLite ignores in silence what it can't do.
fn set(
    conn: &Connection,
    sql: &str,
    read: &str,
    wanted: &str,
    setting: &'static str,
) -> Result<()> {
    obey(conn, sql)?;
    let got = conn.query_row(read, [], |row| {
        Ok(match row.get_ref(0)? {
            rusqlite::types::ValueRef::Integer(number) => number.to_string(),
            other => other.as_str()?.to_owned(),
        })
    })?;
    if got == wanted { Ok(()) } else { Err(EngineProblem::SettingRefused(setting).into()) }
}

/// Makes a new file, or makes the newest version out of an older one, in one transaction.
fn upgrade(conn: &mut Connection, upgrading: &mut Upgrading) -> Result<()> {
    // Small pages: a refund touches few bytes of several tables, and each page is written whole.
    // This has no effect once there is a table.
    conn.execute_batch("PRAGMA page_size = 2048")?;
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have done it while this one waited for the lock.
    let found: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    match found {
        0 => tx.execute_batch(VERSIONS.last().copied().unwrap_or_default())?,
        NEWEST => return Ok(()),
        older => super::upgrade::run(&tx, older, upgrading)?,
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", NEWEST)?;
    tx.commit()?;
    Ok(())
}
