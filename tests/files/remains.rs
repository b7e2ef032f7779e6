//! What a process that died, or a person, has left beside the place of a ledger.

use std::{
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use refundry::{Access, Error, FileError, Ledger, NewMerchant};
use rusqlite::Connection;

use super::{create, folder, head, newer, options, verify};

/// Opens the file to create it if need be, and gives the error.
fn refused(path: &Path) -> Error {
    match Ledger::open(path, options(Access::OpenOrCreate)) {
        Err(error) => error,
        Ok(_) => panic!("it was opened"),
    }
}

/// A log without its file may hold all that was recorded; a new ledger in its place would end it.
#[test]
fn a_log_without_its_file_is_kept() {
    let (_folder, path) = folder();
    let log = path.with_file_name("ledger-wal");
    let ledger = create(&path);
    let recorded = fs::read(&log).unwrap();
    drop(ledger);
    fs::remove_file(&path).unwrap();
    fs::write(&log, &recorded).unwrap();
    assert_eq!(refused(&path).number(), FileError::CORRUPT);
    assert!(!path.exists(), "nothing was created");
    fs::write(&path, b"").unwrap();
    assert_eq!(refused(&path).number(), FileError::CORRUPT);
    assert!(fs::read(&log).unwrap() == recorded, "the log is as it was");
    // An empty log has nothing to lose.
    fs::write(&log, b"").unwrap();
    verify(&mut create(&path));
}

/// A file is refused before SQLite mends it with the journal of a process that died.
#[test]
fn the_journal_of_a_newer_ledger_is_left_to_those_who_know_it() {
    let (_folder, path) = folder();
    drop(create(&path));
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(
        "PRAGMA journal_mode = DELETE; PRAGMA user_version = 99; PRAGMA synchronous = OFF;
         PRAGMA cache_size = 1; BEGIN; CREATE TABLE notes AS
         WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 50)
         SELECT hex(zeroblob(1000)) FROM n",
    )
    .unwrap();
    // The process dies here: what it leaves behind is copied.
    let (_other_folder, other) = folder();
    let journal = other.with_file_name("ledger-journal");
    fs::copy(&path, &other).unwrap();
    fs::copy(path.with_file_name("ledger-journal"), &journal).unwrap();
    let left = (fs::read(&other).unwrap(), fs::read(&journal).unwrap());
    assert_eq!(newer(&refused(&other)), Some((99, 4)));
    assert!((fs::read(&other).unwrap(), fs::read(&journal).unwrap()) == left, "as they were");
    // The control: SQLite rolls back as soon as it reads.
    let conn = Connection::open(&other).unwrap();
    conn.query_row("SELECT count(*) FROM merchants", [], |_| Ok(())).unwrap();
    assert!(fs::read(&other).unwrap() != left.0 && !journal.exists());
}

/// A log goes into the file page by page, the first of which says how many there are to be.
#[test]
fn a_log_that_was_copied_in_part_is_there_in_full() {
    let (_folder, path) = folder();
    let mut ledger = create(&path);
    for _ in 0..40 {
        ledger.create_merchant(&NewMerchant::named("n".repeat(500))).unwrap();
    }
    let noted = head(&mut ledger);
    let (_other_folder, other) = folder();
    let before = fs::read(&path).unwrap();
    fs::copy(path.with_file_name("ledger-wal"), other.with_file_name("ledger-wal")).unwrap();
    drop(ledger);
    let after = fs::read(&path).unwrap();
    assert!(before.len() < after.len());
    fs::write(&other, [&after[..2_048], &before[2_048..]].concat()).unwrap();
    let mut ledger = Ledger::open(&other, options(Access::Open)).unwrap();
    assert_eq!((head(&mut ledger), ledger.merchants().unwrap().len()), (noted, 41));
    verify(&mut ledger);
}

/// Whoever opens a file without a log makes one, which takes the file for itself for a moment.
#[test]
fn a_lock_on_a_file_without_a_log_is_waited_for_as_long_as_was_asked() {
    let (_folder, path) = folder();
    let kept = head(&mut create(&path));
    let other = Connection::open(&path).unwrap();
    other.execute_batch("PRAGMA journal_mode = DELETE; BEGIN IMMEDIATE").unwrap();
    let open = |millis| {
        let path = path.clone();
        thread::spawn(move || {
            let mut options = options(Access::Open);
            options.busy_timeout = Duration::from_millis(millis);
            Ledger::open(path, options).map(|mut ledger| head(&mut ledger))
        })
    };
    let begin = Instant::now();
    let (impatient, patient) = (open(50), open(60_000));
    while !impatient.is_finished() && begin.elapsed() < Duration::from_secs(10) {
        thread::sleep(Duration::from_millis(5));
    }
    let waited = begin.elapsed();
    other.execute_batch("ROLLBACK").unwrap();
    let impatient = impatient.join().unwrap();
    assert!(matches!(impatient, Err(Error::LockTimeout { .. })), "{impatient:?}");
    assert!(waited >= Duration::from_millis(50), "given up after {waited:?}");
    assert_eq!(patient.join().unwrap().unwrap(), kept);
}
