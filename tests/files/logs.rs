//! A log that lies beside another file than the one that it was written for.

use std::{fs, ops::ControlFlow, path::Path};

use refundry::{Access, FileError, Ledger, NewMerchant};
use rusqlite::Connection;

use super::{create, folder, head, open, options, top_up, verify};
use crate::shop::number;

const EVERY_ACCESS: [Access; 3] = [Access::OpenOrCreate, Access::Open, Access::ReadOnly];

/// What a process leaves behind that dies now.
fn killed(path: &Path) -> (tempfile::TempDir, std::path::PathBuf) {
    let (folder, copy) = folder();
    for name in ["ledger", "ledger-wal"] {
        fs::copy(path.with_file_name(name), copy.with_file_name(name)).unwrap();
    }
    (folder, copy)
}

fn refused(what: &str, path: &Path) {
    let log = path.with_file_name("ledger-wal");
    let before = (fs::read(path).unwrap(), fs::read(&log).unwrap());
    for access in EVERY_ACCESS {
        match Ledger::open(path, options(access)) {
            Err(error) if error.number() == FileError::FOREIGN_LOG => {
                let told = error.to_string();
                for named in [path, &log] {
                    assert!(told.contains(&*named.to_string_lossy()), "{what}: {told}");
                }
            }
            Err(other) => panic!("{what}, {access:?}: {other:?}"),
            Ok(_) => panic!("{what}, {access:?}: opened"),
        }
        assert!((fs::read(path).unwrap(), fs::read(&log).unwrap()) == before, "{what}: changed");
    }
}

/// The log would undo it without a word: it holds what the shop did since.
#[test]
fn a_backup_beside_the_log_of_what_it_replaces_is_refused() {
    let (folder, path) = folder();
    let mut ledger = create(&path);
    let copies = [folder.path().join("backup"), folder.path().join("bytes")];
    ledger.backup(&copies[0], |_| ControlFlow::Continue(())).unwrap();
    fs::write(&copies[1], ledger.to_bytes().unwrap()).unwrap();
    let restored = head(&mut ledger);
    let later = top_up(&mut ledger).unwrap();
    for copy in copies {
        let (_other_folder, other) = killed(&path);
        fs::copy(&copy, &other).unwrap();
        refused("a backup", &other);
        // The control: what SQLite makes of it is what was to be undone.
        let (_control_folder, control) = killed(&path);
        fs::copy(&copy, &control).unwrap();
        let conn = Connection::open(&control).unwrap();
        let seq: i64 = conn
            .query_row("SELECT max(entry) & 1099511627775 FROM entries", [], |row| row.get(0))
            .unwrap();
        assert_eq!(seq, later.seq);
        drop(conn);
        // What the error says to do.
        fs::remove_file(other.with_file_name("ledger-wal")).unwrap();
        let mut ledger = open(&other);
        assert_eq!(head(&mut ledger), restored);
        verify(&mut ledger);
    }
}

/// A file that was copied while nobody used it says that it has a log, as every ledger does. Its
/// first page has a number that does not go with the log's.
#[test]
fn a_copy_of_the_file_beside_a_log_of_other_days_is_refused() {
    let (folder, path) = folder();
    drop(create(&path));
    let mut days = vec![];
    for day in 0..4 {
        let copy = folder.path().join(format!("day-{day}"));
        fs::copy(&path, &copy).unwrap();
        days.push(copy);
        let mut ledger = open(&path);
        let mut new = NewMerchant::named("n".repeat(500));
        for number in 0..20 + 100 * (day / 2) {
            new.id = Some(format!("acct_{day}_{number}"));
            ledger.create_merchant(&new).unwrap();
        }
    }
    // What a process leaves behind on the third day that dies in the evening.
    fs::copy(&days[2], &path).unwrap();
    let mut ledger = open(&path);
    for _ in 0..60 {
        top_up(&mut ledger).unwrap();
    }
    let noted = head(&mut ledger);
    let (_other_folder, other) = killed(&path);
    for day in [0, 1, 3] {
        fs::copy(&days[day], &other).unwrap();
        refused(&format!("the file of day {day}"), &other);
    }
    fs::copy(&days[2], &other).unwrap();
    assert_eq!(head(&mut open(&other)), noted, "the file that it was written for");
}

/// While one handle is open, the number in the first page stays. But the copy lacks pages that the
/// log does not have either, because they went into the file that it was written for.
#[test]
fn a_copy_from_before_a_checkpoint_is_refused_and_the_file_never() {
    let (folder, path) = folder();
    drop(create(&path));
    let copy = folder.path().join("copy");
    fs::copy(&path, &copy).unwrap();
    let mut ledger = open(&path);
    let mut new = NewMerchant::named("n".repeat(500));
    let log = path.with_file_name("ledger-wal");
    let mut checkpoints = 0;
    for number in 0..900 {
        new.id = Some(format!("acct_{number}"));
        let length = fs::metadata(&path).unwrap().len();
        ledger.create_merchant(&new).unwrap();
        checkpoints += u32::from(fs::metadata(&path).unwrap().len() > length);
        if number % 11 == 0 {
            let (_other_folder, other) = killed(&path);
            assert_eq!(open(&other).merchants().unwrap().len(), number + 2);
        }
    }
    assert!(checkpoints > 1 && fs::metadata(&log).unwrap().len() > 0);
    let (_other_folder, other) = killed(&path);
    fs::copy(&copy, &other).unwrap();
    refused("a copy from the beginning", &other);
}

/// A log of another shop, and of another page size.
#[test]
fn the_log_of_another_ledger_is_refused() {
    let (_folder, path) = folder();
    let (_other_folder, other) = folder();
    let mut ledger = create(&path);
    drop(create(&other));
    top_up(&mut ledger).unwrap();
    let wide = Connection::open(path.with_file_name("wide")).unwrap();
    wide.execute_batch(
        "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; CREATE TABLE notes (note)",
    )
    .unwrap();
    fs::copy(path.with_file_name("wide-wal"), other.with_file_name("ledger-wal")).unwrap();
    refused("a log of larger pages", &other);
}

/// SQLite takes nothing from them, so they are in nobody's way.
#[test]
fn logs_in_which_nothing_is_committed_do_no_harm() {
    let (_folder, path) = folder();
    let noted = {
        let mut ledger = create(&path);
        fs::copy(path.with_file_name("ledger-wal"), path.with_file_name("kept")).unwrap();
        head(&mut ledger)
    };
    let log = fs::read(path.with_file_name("kept")).unwrap();
    let mut spoiled = log.clone();
    spoiled[40] ^= 1;
    for bytes in [&log[..20], &log[..32], &log[..32 + 24 + 2_048], &spoiled, &[7; 5_000]] {
        fs::write(path.with_file_name("ledger-wal"), bytes).unwrap();
        assert_eq!(head(&mut open(&path)), noted, "{} bytes", bytes.len());
    }
}

/// The bytes of a file that is in use lack what is in its log: of a new one, everything.
#[test]
fn bytes_of_a_file_whose_log_is_missing_are_refused() {
    let (_folder, path) = folder();
    let ledger = create(&path);
    let refused = Ledger::from_bytes(&fs::read(&path).unwrap(), options(Access::Open)).map(drop);
    assert_eq!(number(&refused), FileError::LOG_MISSING, "{refused:?}");
    assert_eq!(refused.unwrap_err().number(), 327);
    drop(ledger);
    let bytes = fs::read(&path).unwrap();
    assert_eq!(head(&mut Ledger::from_bytes(&bytes, options(Access::Open)).unwrap()).seq, 1);
    // A ledger in which there is nothing yet is one nevertheless.
    let empty = Ledger::in_memory(options(Access::Open)).unwrap().to_bytes().unwrap();
    verify(&mut Ledger::from_bytes(&empty, options(Access::Open)).unwrap());
    let empty = open(&path.with_file_name("empty")).to_bytes().unwrap();
    verify(&mut Ledger::from_bytes(&empty, options(Access::Open)).unwrap());
}
