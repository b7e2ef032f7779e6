//! The file of a ledger: created, opened, set up, refused, shared and copied.

mod backup;
mod bytes;
mod child;
mod closing;
mod logs;
mod mounts;
mod named;
mod places;
mod refused;
mod rehearsal;
mod remains;
mod strange;

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use refundry::{Access, Error, FileError, Head, Ledger, NewMerchant, NewTransfer, Options, Result};
use rusqlite::{Connection, OpenFlags};

use crate::shop::{enlarge, number};

fn options(access: Access) -> Options {
    let mut options = Options::default();
    options.access = access;
    options.busy_timeout = Duration::from_millis(50);
    options
}

fn open(path: &Path) -> Ledger {
    Ledger::open(path, options(Access::OpenOrCreate)).unwrap()
}

/// A new ledger with one merchant and one entry, still open.
fn create(path: &Path) -> Ledger {
    let mut ledger = open(path);
    let mut new = NewMerchant::named("Cairo Books");
    new.id = Some("acct_cairo".to_owned());
    ledger.create_merchant(&new).unwrap();
    top_up(&mut ledger).unwrap();
    ledger
}

fn top_up(ledger: &mut Ledger) -> Result<Head> {
    let amount = refundry::Amount::from_minor(100).unwrap();
    let egp = refundry::Currency::from_code("EGP").unwrap();
    let mut book = ledger.book("acct_cairo")?;
    book.create_transfer(&NewTransfer::top_up(amount, egp), None)?;
    book.head()
}

fn head(ledger: &mut Ledger) -> Head {
    ledger.book("acct_cairo").unwrap().head().unwrap()
}

fn verify(ledger: &mut Ledger) {
    ledger.verify(&[], |_| std::ops::ControlFlow::Continue(())).unwrap();
}

/// What is in a folder, sorted by name.
fn names(folder: &Path) -> Vec<OsString> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    (folder, path)
}

#[test]
fn a_ledger_is_created_and_opened_again() {
    let (folder, path) = folder();
    let mut ledger = create(&path);
    let noted = head(&mut ledger);
    drop(ledger);
    assert_eq!(names(folder.path()), ["ledger"], "a closed ledger is one file");
    for access in [Access::OpenOrCreate, Access::Open, Access::ReadOnly] {
        let mut ledger = Ledger::open(&path, options(access)).unwrap();
        assert_eq!(head(&mut ledger), noted, "{access:?}");
        verify(&mut ledger);
    }
}

#[test]
fn the_file_says_what_it_is() {
    let (_folder, path) = folder();
    let _ledger = create(&path);
    let conn = Connection::open(&path).unwrap();
    let number = |pragma: &str| -> i64 {
        conn.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0)).unwrap()
    };
    assert_eq!(number("application_id"), i64::from(i32::from_be_bytes(*b"RFND")));
    assert_eq!(number("user_version"), 4);
    assert_eq!(number("page_size"), 2_048);
    let mode: String = conn.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    let encoding: String = conn.query_row("PRAGMA encoding", [], |row| row.get(0)).unwrap();
    assert_eq!(encoding, "UTF-8");
}

/// Version 4 is in the hands of users: whatever is changed now takes a fifth version. To accept a
/// change before the first release, remove the file and run this test twice.
#[test]
fn the_schema_of_version_4_is_as_it_was() {
    let (_folder, path) = folder();
    drop(open(&path));
    let mut schema = String::new();
    let conn = Connection::open(&path).unwrap();
    let mut rows = conn
        .prepare("SELECT type, name, tbl_name, coalesce(sql, '(automatic)') FROM sqlite_schema ORDER BY type, name")
        .unwrap();
    let mut rows = rows.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let text = |column: usize| row.get::<_, String>(column).unwrap();
        schema += &format!("{} {} on {}\n{}\n\n", text(0), text(1), text(2), text(3));
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/schema-4.txt");
    if !golden.exists() {
        fs::write(&golden, &schema).unwrap();
        panic!("{} was missing; it is written now", golden.display());
    }
    let golden = fs::read_to_string(golden).unwrap();
    assert_eq!(schema, golden.replace("\r\n", "\n"), "version 4 can't change");
}

#[test]
fn an_empty_file_becomes_a_ledger() {
    let (_folder, path) = folder();
    fs::write(&path, b"").unwrap();
    let refused = Ledger::open(&path, options(Access::Open)).map(drop);
    assert_eq!(number(&refused), FileError::NOT_A_LEDGER, "{refused:?}");
    let mut ledger = Ledger::open(&path, options(Access::OpenOrCreate)).unwrap();
    verify(&mut ledger);
    drop(ledger);
    assert!(fs::metadata(&path).unwrap().len() > 0);
    let (_folder, path) = folder();
    fs::write(&path, b"").unwrap();
    let refused = Ledger::open(&path, options(Access::ReadOnly)).map(drop);
    assert_eq!(number(&refused), FileError::NOT_A_LEDGER, "{refused:?}");
    assert_eq!(fs::metadata(&path).unwrap().len(), 0);
}

#[test]
fn two_handles_see_each_others_entries() {
    let (_folder, path) = folder();
    let mut one = create(&path);
    let mut other = open(&path);
    let mut reader = Ledger::open(&path, options(Access::ReadOnly)).unwrap();
    for _ in 0..5 {
        let after = top_up(&mut one).unwrap();
        assert_eq!(head(&mut other), after);
        assert_eq!(head(&mut reader), after);
        let after = top_up(&mut other).unwrap();
        assert_eq!(head(&mut one), after);
    }
    let refused = top_up(&mut reader);
    assert_eq!(number(&refused), FileError::READ_ONLY, "{refused:?}");
    verify(&mut reader);
}

#[test]
fn a_lock_that_is_held_too_long_is_a_timeout_and_nothing_more() {
    let (_folder, path) = folder();
    let mut ledger = create(&path);
    let before = head(&mut ledger);
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waited = top_up(&mut ledger);
    assert!(matches!(waited, Err(Error::LockTimeout { .. })), "{waited:?}");
    let import = ledger.import(&b""[..], |_| std::ops::ControlFlow::Continue(()));
    assert!(matches!(import, Err(Error::LockTimeout { .. })), "{import:?}");
    // Readers don't wait for a writer, nor does who opens the file.
    assert_eq!(head(&mut ledger), before);
    assert_eq!(head(&mut open(&path)), before);
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(top_up(&mut ledger).unwrap().seq, before.seq + 1);
    verify(&mut ledger);
}

/// Whoever finds a file that another is about to make a ledger of gets the ledger.
#[test]
fn a_race_to_create_has_one_ledger() {
    // It is won or lost within a moment, so it is run often.
    for _ in 0..25 {
        let (_folder, path) = folder();
        std::thread::scope(|scope| {
            for number in 0..8 {
                let path = &path;
                scope.spawn(move || {
                    let mut patient = Options::default();
                    patient.busy_timeout = Duration::from_secs(30);
                    let mut ledger = Ledger::open(path, patient).unwrap();
                    let mut new = NewMerchant::named("one of many");
                    new.id = Some(format!("acct_{number}"));
                    ledger.create_merchant(&new).unwrap();
                });
            }
        });
        let mut ledger = open(&path);
        assert_eq!(ledger.merchants().unwrap().len(), 8);
        verify(&mut ledger);
    }
}

#[cfg(unix)]
#[test]
fn a_link_to_the_folder_is_followed() {
    let (folder, path) = folder();
    let mut ledger = create(&path);
    let noted = head(&mut ledger);
    drop(ledger);
    let outside = tempfile::tempdir().unwrap();
    let link = outside.path().join("link");
    std::os::unix::fs::symlink(folder.path(), &link).unwrap();
    assert_eq!(head(&mut open(&link.join("ledger"))), noted);
    // The control: SQLite's own refusal of links refuses those to folders as well.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    assert!(Connection::open_with_flags(path, flags).is_ok());
    assert!(Connection::open_with_flags(link.join("ledger"), flags).is_err());
}

#[test]
fn odd_names_are_names_of_files() {
    let (folder, _) = folder();
    let odd = [
        ":memory:",
        "file:x?mode=memory",
        "with spaces",
        "قاهرة 💶",
        "100%25#a?b=c&d",
        "'quoted\"",
    ];
    for name in odd {
        let path = folder.path().join(name);
        drop(create(&path));
        let mut ledger = Ledger::open(&path, options(Access::Open)).unwrap();
        assert_eq!(head(&mut ledger).seq, 1, "{name}");
    }
    assert_eq!(names(folder.path()).len(), odd.len());
}

/// A process that closes a file in any way loses all its locks on it; SQLite alone knows how not
/// to. Without its lock, others believe that the ledger is not in use, and remove its log.
#[test]
#[cfg(target_os = "linux")]
fn a_second_handle_keeps_the_locks_of_the_first() {
    let (_folder, path) = folder();
    // The list of all the system's locks may tell one twice while others come and go.
    // A descriptor tells its own.
    let locks = |file: &Path| {
        let descriptors = fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap());
        let of_file = descriptors.filter(|descriptor| {
            fs::read_link(descriptor.path()).is_ok_and(|target| target == file)
        });
        let told = of_file.map(|descriptor| {
            let told = Path::new("/proc/self/fdinfo").join(descriptor.file_name());
            fs::read_to_string(told).unwrap_or_default()
        });
        told.map(|text| text.matches("lock:").count()).sum::<usize>()
    };
    let mut first = create(&path);
    top_up(&mut first).unwrap();
    let path = fs::canonicalize(path).unwrap();
    let index = path.with_file_name("ledger-shm");
    let before = (locks(&path), locks(&index));
    assert!(before.0 > 0 && before.1 > 0, "this system does not tell its locks");
    let second = open(&path);
    assert_eq!((locks(&path), locks(&index)), before);
    drop(second);
    assert_eq!((locks(&path), locks(&index)), before);
    let copy = path.with_file_name("copy");
    first.backup(&copy, |_| std::ops::ControlFlow::Continue(())).unwrap();
    assert_eq!((locks(&path), locks(&index)), before);
    // A larger file is verified through a second connection.
    enlarge(&path);
    for _ in 0..3 {
        verify(&mut first);
        assert_eq!((locks(&path), locks(&index)), before);
    }
}

/// The schema version of a file that is newer than the library, and the newest known.
fn newer(error: &Error) -> Option<(i64, i64)> {
    if let Error::File(file) = error { file.schema_versions() } else { None }
}
