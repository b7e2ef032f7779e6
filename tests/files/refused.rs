//! What is refused when it is opened, and left as it is.

use std::{fs, path::Path};

use refundry::{Access, Error, FileError, Ledger};
use rusqlite::Connection;

use super::{create, folder, head, names, newer, open, options};
use crate::shop::number;

const EVERY_ACCESS: [Access; 3] = [Access::OpenOrCreate, Access::Open, Access::ReadOnly];

/// Opens a file in every way; each must be refused as expected, and not a byte may change.
fn refused(what: &str, path: &Path, expected: fn(&Error) -> bool) {
    let before = fs::read(path).ok();
    for access in EVERY_ACCESS {
        match Ledger::open(path, options(access)) {
            Ok(_) => panic!("{what} was opened, {access:?}"),
            Err(error) => assert!(expected(&error), "{what}, {access:?}: {error:?}"),
        }
        assert!(fs::read(path).ok() == before, "{what} was changed, {access:?}");
    }
}

fn not_a_ledger(error: &Error) -> bool {
    error.number() == FileError::NOT_A_LEDGER
}

fn corrupt(error: &Error) -> bool {
    error.number() == FileError::CORRUPT
}

#[test]
fn files_of_something_else_are_refused() {
    let (folder, path) = folder();
    fs::write(&path, "Dear diary, today I refunded a charge.\n").unwrap();
    refused("a short text", &path, not_a_ledger);
    fs::write(&path, "line\n".repeat(10_000)).unwrap();
    refused("a long text", &path, not_a_ledger);
    fs::write(&path, b"S").unwrap();
    refused("one byte", &path, not_a_ledger);
    fs::write(&path, b"SQLite format 3\0").unwrap();
    refused("the beginning of a header", &path, not_a_ledger);
    refused("a folder", folder.path(), not_a_ledger);
    fs::write(&path, [0; 4_096]).unwrap();
    refused("zeros", &path, |error| not_a_ledger(error) || corrupt(error));
}

#[test]
fn other_databases_are_refused() {
    for mode in ["DELETE", "WAL"] {
        for sql in [
            "CREATE TABLE notes (note TEXT)",
            "PRAGMA user_version = 1; CREATE TABLE notes (note TEXT)",
            "PRAGMA application_id = 17; CREATE TABLE notes (note TEXT)",
            // Ours by name alone: no version of ours has nothing to it.
            "PRAGMA application_id = 0x52464e44; CREATE TABLE notes (note TEXT)",
        ] {
            let (_folder, path) = folder();
            Connection::open(&path)
                .unwrap()
                .execute_batch(&format!("PRAGMA journal_mode = {mode}; {sql}"))
                .unwrap();
            refused(sql, &path, not_a_ledger);
        }
    }
}

/// Not every build of SQLite reads UTF-16: those of the C packages do not.
#[test]
fn a_ledger_in_another_encoding_is_refused() {
    let (_folder, path) = folder();
    drop(create(&path));
    let conn = Connection::open(&path).unwrap();
    let mut definitions = conn
        .prepare(
            "SELECT sql || ';' FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY rowid",
        )
        .unwrap();
    let definitions: Vec<String> =
        definitions.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let of_it = "PRAGMA application_id = 0x52464e44; PRAGMA user_version = 4";
    for encoding in ["UTF-8", "UTF-16le", "UTF-16be"] {
        let other = path.with_extension(encoding);
        let sql = format!("PRAGMA encoding = '{encoding}'; {} {of_it}", definitions.concat());
        Connection::open(&other).unwrap().execute_batch(&sql).unwrap();
        if encoding == "UTF-8" {
            Ledger::open(&other, options(Access::ReadOnly)).unwrap();
        } else {
            refused(encoding, &other, not_a_ledger);
            let bytes = Ledger::from_bytes(&fs::read(&other).unwrap(), options(Access::Open));
            assert_eq!(number(&bytes.map(drop)), FileError::NOT_A_LEDGER);
        }
    }
}

#[test]
fn a_path_to_nothing_is_refused() {
    let (folder, path) = folder();
    for access in [Access::Open, Access::ReadOnly] {
        let refused = Ledger::open(&path, options(access)).unwrap_err();
        assert_eq!((refused.number(), refused.path()), (FileError::FILE_MISSING, Some(&*path)));
    }
    for access in EVERY_ACCESS {
        assert!(Ledger::open("", options(access)).is_err(), "the empty path, {access:?}");
        let nowhere = folder.path().join("nowhere").join("ledger");
        assert!(Ledger::open(nowhere, options(access)).is_err(), "no folder, {access:?}");
        // Nobody can tell what is there, so it is not said that nothing is.
        let endless =
            Ledger::open(folder.path().join("x".repeat(1_000)), options(access)).map(drop);
        assert_eq!(number(&endless), FileError::INPUT_OUTPUT, "{endless:?}");
    }
    assert!(names(folder.path()).is_empty(), "nothing was created");
}

#[cfg(unix)]
#[test]
fn a_link_to_the_file_is_refused() {
    let (folder, path) = folder();
    drop(create(&path));
    let is_link = |error: &Error| error.number() == FileError::SYMBOLIC_LINK;
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    refused("a link", &link, is_link);
    // The control: SQLite itself follows it.
    let conn = Connection::open(&link).unwrap();
    assert!(conn.prepare("SELECT id FROM merchants").unwrap().exists([]).unwrap());
    drop(conn);
    let dangling = folder.path().join("dangling");
    std::os::unix::fs::symlink(folder.path().join("target"), &dangling).unwrap();
    refused("a link to nothing", &dangling, is_link);
    assert_eq!(names(folder.path()), ["dangling", "ledger", "link"], "nothing was created");
}

#[test]
fn a_newer_ledger_is_refused() {
    let is_newer = |error: &Error| newer(error) == Some((99, 4));
    let (_folder, path) = folder();
    drop(create(&path));
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch("PRAGMA user_version = 99").unwrap();
    // The version stands in the log alone.
    refused("a newer version in the log", &path, is_newer);
    drop(conn);
    refused("a newer version", &path, is_newer);
}

/// A negative version, or none, was never ours.
#[test]
fn a_ledger_of_no_version_is_refused() {
    for version in [0, -1, i32::MIN] {
        let (_folder, path) = folder();
        drop(create(&path));
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch(&format!("PRAGMA user_version = {version}")).unwrap();
        drop(conn);
        refused("no version", &path, not_a_ledger);
    }
}

#[test]
fn a_damaged_ledger_is_refused() {
    let (_folder, path) = folder();
    drop(create(&path));
    let sound = fs::read(&path).unwrap();
    let mut garbage = sound.clone();
    for byte in &mut garbage[100..2_048] {
        *byte = 0xA5;
    }
    fs::write(&path, &garbage).unwrap();
    refused("a damaged first page", &path, corrupt);
    fs::write(&path, &sound[..2_048]).unwrap();
    refused("one page of many", &path, corrupt);
    fs::write(&path, &sound[..sound.len() / 2]).unwrap();
    refused("half a file", &path, corrupt);
    fs::write(&path, &sound[..100]).unwrap();
    refused("a header", &path, corrupt);
    let mut format = sound.clone();
    format[18] = 9;
    format[19] = 9;
    fs::write(&path, &format).unwrap();
    assert!(Ledger::open(&path, options(Access::Open)).is_err(), "an unknown format");
    assert!(fs::read(&path).unwrap() == format);
    let mut format = sound.clone();
    format[47] = 9;
    fs::write(&path, &format).unwrap();
    refused("an unknown format of the schema", &path, corrupt);
}

/// A page of which one row lies outside is not read in part.
#[test]
fn no_row_is_read_from_a_damaged_page() {
    let (_folder, path) = folder();
    let mut ledger = create(&path);
    let mut new = refundry::NewMerchant::named("Giza Books");
    new.id = Some("acct_giza".to_owned());
    ledger.create_merchant(&new).unwrap();
    drop(ledger);
    let conn = Connection::open(&path).unwrap();
    let page: i64 = conn
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'merchants'", [], |row| {
            row.get(0)
        })
        .unwrap();
    drop(conn);
    let mut bytes = fs::read(&path).unwrap();
    // Where the second row begins, after the eight bytes of the page's header and the first.
    let place = usize::try_from((page - 1) * 2_048 + 10).unwrap();
    bytes[place..place + 2].copy_from_slice(&[0xff, 0xff]);
    fs::write(&path, &bytes).unwrap();
    let mut damaged = Ledger::open(&path, options(Access::ReadOnly)).unwrap();
    let sound_row = damaged.book("acct_cairo").unwrap().merchant();
    assert_eq!(number(&sound_row), FileError::CORRUPT, "{sound_row:?}");
    // The control: SQLite reads it unless it is told to look at the whole page.
    let conn = Connection::open(&path).unwrap();
    let sql = "SELECT id FROM merchants WHERE merchant = 1";
    assert_eq!(conn.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap(), "acct_cairo");
}

/// What stands in the log's way is told as such, and not as a medium that can only be read.
#[test]
fn a_folder_in_the_place_of_the_log_is_an_error_of_the_disk() {
    let (_folder, path) = folder();
    drop(create(&path));
    fs::create_dir(path.with_file_name("ledger-wal")).unwrap();
    refused("a folder in the log's place", &path, |error| {
        error.number() == FileError::INPUT_OUTPUT
    });
}

/// Damage beyond the first page shows when it is read: at the latest in a verification.
#[test]
fn damage_anywhere_is_found() {
    let (_folder, path) = folder();
    drop(create(&path));
    let sound = fs::read(&path).unwrap();
    for page in 1..sound.len() / 2_048 {
        let mut damaged = sound.clone();
        for byte in &mut damaged[page * 2_048..(page + 1) * 2_048] {
            *byte = 0xA5;
        }
        fs::write(&path, &damaged).unwrap();
        let error = match Ledger::open(&path, options(Access::ReadOnly)) {
            Ok(mut ledger) => ledger
                .verify(&[], |_| std::ops::ControlFlow::Continue(()))
                .expect_err("damage is found"),
            Err(error) => error,
        };
        assert!(
            matches!(error, Error::Unsound(_)) || error.number() == FileError::CORRUPT,
            "page {page}: {error:?}"
        );
        assert!(fs::read(&path).unwrap() == damaged, "page {page}");
    }
}

/// The log of a file that is refused is not copied into it.
#[test]
fn a_refused_file_keeps_its_log_apart() {
    let (_folder, path) = folder();
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA application_id = 0x52464e44; PRAGMA user_version = 1;
         PRAGMA wal_checkpoint(TRUNCATE); PRAGMA user_version = 99; CREATE TABLE notes (note TEXT)",
    )
    .unwrap();
    // The process dies here: what it leaves behind is copied, so that nothing tidies it up.
    let (_other_folder, other) = folder_of_copies(&path);
    drop(conn);
    let log = other.with_file_name("ledger-wal");
    let before = fs::read(&log).unwrap();
    assert!(!before.is_empty());
    refused("a newer version in a log left behind", &other, |error| newer(error) == Some((99, 4)));
    assert!(fs::read(&log).unwrap() == before, "the log is as it was");
}

fn folder_of_copies(of: &Path) -> (tempfile::TempDir, std::path::PathBuf) {
    let (folder, path) = folder();
    for name in ["ledger", "ledger-wal"] {
        fs::copy(of.with_file_name(name), path.with_file_name(name)).unwrap();
    }
    (folder, path)
}

/// What a process left in the log when it died is there for the next that opens the file.
#[test]
fn a_log_left_behind_is_read() {
    let (_folder, path) = folder();
    let mut ledger = create(&path);
    let noted = head(&mut ledger);
    let (_other_folder, other) = folder_of_copies(&path);
    drop(ledger);
    let mut recovered = open(&other);
    assert_eq!(head(&mut recovered), noted);
    super::verify(&mut recovered);
}
