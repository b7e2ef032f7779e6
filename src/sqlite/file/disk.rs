//! A ledger's file on a disk: what a path leads to, and the journal that is kept there.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{
    APPLICATION_ID, NEWEST, Place, connect, limit_log, place::has_other_names, protect, set,
};
use crate::words::{
    access::Access,
    error::{
        Error, Result,
        file::{FileError, FileProblem},
    },
};

/// What is put after a ledger's name to name its files.
pub(crate) const ITS_FILES: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// What is put after the name of a backup, and before something unique, until all of it is on disk.
pub(crate) const PARTIAL: &str = ".partial-";

/// Refuses what is not a ledger, and makes the file if it is to be new.
///
/// Returns its absolute path, because SQLite takes some relative ones (":memory:", "") for
/// something else, and whether it was made.
pub(crate) fn prepare(path: &Path, access: Access) -> Result<(PathBuf, bool)> {
    let failed = |error| FileProblem::InputOutput(error).at(path);
    let path = std::path::absolute(path).map_err(failed)?;
    let is_new = check(&path, access)?;
    Ok((path, is_new))
}

/// Whether the file was made.
fn check(path: &Path, access: Access) -> Result<bool> {
    match look(path)? {
        Look::Ledger => Ok(false),
        Look::SomethingElse => Err(FileProblem::NotALedger.at(path)),
        Look::Newer(found) => Err(FileProblem::Newer { found, known: NEWEST }.at(path)),
        Look::Missing if access != Access::OpenOrCreate => Err(FileProblem::Missing.at(path)),
        Look::Unfinished if access != Access::OpenOrCreate => Err(FileProblem::NotALedger.at(path)),
        // SQLite would throw the log away. Another process may have created the ledger meanwhile.
        Look::Missing | Look::Unfinished
            if has_content(path, "-wal") && !matches!(look(path)?, Look::Ledger) =>
        {
            let log = named(path, "-wal");
            let gone = format!("it is gone or empty, but its log {} is not", log.display());
            Err(FileProblem::Corrupt(gone).at(path))
        }
        Look::Missing => {
            check_name(path, "")?;
            match create_private(path) {
                Ok(()) => Ok(true),
                // Another process was faster; its file will do.
                Err(Error::File(file)) if file.number() == FileError::FILE_EXISTS => Ok(false),
                Err(error) => Err(error),
            }
        }
        Look::Unfinished => Ok(false),
    }
}

/// The longest name that file systems take.
const LONGEST_NAME: usize = 255;

/// Refuses a name for a new file that could not be used: one that SQLite would give to what it keeps
/// beside another file, or to which it can't add what names its own.
pub(crate) fn check_name(path: &Path, suffix: &str) -> Result<()> {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let refused = |why: String| {
        let error = io::Error::new(io::ErrorKind::InvalidInput, why);
        Err(FileProblem::InputOutput(error).at(path))
    };
    let [_, companions @ ..] = ITS_FILES;
    if let Some(companion) = companions.iter().find(|end| name.ends_with(end.as_bytes())) {
        return refused(format!("a name that ends in {companion} is SQLite's; choose another"));
    }
    let longest = companions.iter().map(|end| end.len()).max().unwrap_or(0);
    let room = LONGEST_NAME.saturating_sub(suffix.len().saturating_add(longest));
    if name.len() > room {
        return refused(format!("its name is longer than {room} bytes; choose a shorter one"));
    }
    match path.parent() {
        Some(folder) if !folder.is_dir() => {
            refused(format!("there is no folder {}; make it first", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Removes a file that was made in vain.
pub(crate) fn remove_empty(path: &Path) {
    // Another process may have begun to use it; then it is not empty any more, or that one is told
    // that the file was removed.
    if fs::symlink_metadata(path).is_ok_and(|found| found.len() == 0) {
        let _ = fs::remove_file(path);
    }
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
        Err(error) => return Err(FileProblem::InputOutput(error).at(path)),
        Ok(found) if found.is_symlink() => {
            return Err(FileProblem::SymbolicLink.at(path));
        }
        Ok(found) if !found.is_file() => return Ok(Look::SomethingElse),
        Ok(_) if has_other_names(path)? => {
            return Err(FileProblem::HardLinks.at(path));
        }
        Ok(found) if found.len() == 0 => return Ok(Look::Unfinished),
        Ok(_) => {}
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
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

/// The path as a URI, in which every byte may be escaped.
fn immutable_uri(path: &Path) -> String {
    let bytes = path.as_os_str().as_encoded_bytes();
    let escaped: String = bytes.iter().map(|byte| format!("%{byte:02x}")).collect();
    format!("file:{escaped}?immutable=1")
}

/// Whether the companion of a file has anything in it.
pub(crate) fn has_content(path: &Path, suffix: &str) -> bool {
    fs::symlink_metadata(named(path, suffix)).is_ok_and(|found| found.len() > 0)
}

/// A file's name, and something after it.
pub(crate) fn named(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Makes an empty file that only its owner may read, whatever the umask. SQLite gives the
/// companions `-wal` and `-shm` the same mode.
pub(crate) fn create_private(path: &Path) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => FileProblem::Exists.at(path),
        _ => FileProblem::InputOutput(error).at(path),
    })?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).map_err(
        |error| {
            // Not all file systems know owners.
            remove_empty(path);
            FileProblem::InputOutput(error).at(path)
        },
    )?;
    Ok(())
}

/// Whether nothing can be made beside a file. A write-ahead log takes two more files even to be
/// read, and SQLite does not say why it can't open them.
pub(crate) fn is_read_only(path: &Path) -> bool {
    let probe = named(path, ".probe");
    match create_private(&probe) {
        Err(Error::File(file)) => file.io_error().is_some_and(|error| {
            matches!(
                error.kind(),
                io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied
            )
        }),
        Err(_) => false,
        Ok(()) => {
            let _ = fs::remove_file(probe);
            false
        }
    }
}

/// Waits for others as long as that, by a clock. SQLite's own timeout adds up the pauses that it
/// asked for, and a signal that ends one early makes it wait for a fraction of the time.
pub(crate) fn share(conn: &mut Connection, limit: Duration) -> Result<()> {
    // Who holds the lock may let go for a moment only: an import in parts does.
    const SOON: Duration = Duration::from_secs(1);
    let mut begun = Instant::now();
    let wait = move |tries: i32| {
        if tries == 0 {
            begun = Instant::now();
        }
        let waited = begun.elapsed();
        let left = limit.saturating_sub(waited);
        let pause = Duration::from_millis(if waited < SOON { 1 } else { 4 });
        thread::sleep(left.min(pause));
        !left.is_zero()
    };
    Ok(conn.busy_handler(Some(wait))?)
}

/// From how many pages on a second connection is worth opening.
const LARGE: i64 = 1_000;

/// A second connection to the file of an open ledger, for another thread. There is none to a small file, to one
/// that has moved, or that somebody has to himself just now, nor where there is a single processor.
pub(crate) fn second(conn: &Connection, place: &Place) -> Option<Connection> {
    let number = |pragma| conn.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).ok();
    if number("page_count")? < LARGE || thread::available_parallelism().ok()?.get() < 2 {
        return None;
    }
    let open = || {
        // SQLite would make a log anew that is gone.
        place.check().ok()?;
        let second = connect(Path::new(conn.path()?), Access::ReadOnly).ok()?;
        second.busy_timeout(Duration::ZERO).ok()?;
        protect(&second).ok()?;
        second.pragma_update(None, "cache_size", number("cache_size")?).ok()?;
        second.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).ok()?;
        Some(second)
    };
    // And once more after file and log were opened.
    open().filter(|_| place.check().is_ok())
}

/// The last handle puts the log into the file, and removes it.
pub(crate) const LOG_STAYS: bool = false;

/// Other handles may read the log, and SQLite sees to it as they let it.
pub(crate) const fn make_room(_conn: &Connection) {}

/// Write-ahead logging; memory has no log. SQLite does not wait for others here by itself.
pub(crate) fn set_journal(conn: &Connection, busy_timeout: Duration) -> Result<()> {
    limit_log(conn)?;
    let sql = "PRAGMA journal_mode = WAL";
    let begin = Instant::now();
    loop {
        match set(conn, sql, "PRAGMA journal_mode", "wal", "journal_mode=WAL") {
            Err(Error::LockTimeout { .. }) if begin.elapsed() < busy_timeout => {
                thread::sleep(Duration::from_millis(5));
            }
            done => return done,
        }
    }
}
