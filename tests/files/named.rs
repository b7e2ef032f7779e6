//! Names that can't be those of a ledger, and errors that name the file.

use std::{fs, ops::ControlFlow, path::Path};

use refundry::{Access, EngineError, FileError, Ledger, NewMerchant, Result};
use rusqlite::Connection;

use super::{create, folder, names, open, options, top_up};
use crate::shop::number;

/// A failure that names this, and says that.
fn tells<T>(outcome: Result<T>, path: &Path, what: &str) {
    match outcome {
        Err(error) if error.number() == FileError::INPUT_OUTPUT => {
            let told = error.to_string();
            assert!(told.contains(&*path.to_string_lossy()) && told.contains(what), "{told}");
        }
        Err(other) => panic!("{}: {other:?}", path.display()),
        Ok(_) => panic!("{} was taken", path.display()),
    }
}

fn back_up(ledger: &mut Ledger, to: &Path) -> Result<()> {
    ledger.backup(to, |_| ControlFlow::Continue(()))
}

/// Such a file would be taken for what SQLite keeps beside another one.
#[test]
fn the_names_of_companions_are_not_given_to_ledgers() {
    let (folder, path) = folder();
    let mut ledger = create(&path);
    let before = names(folder.path());
    for end in ["-wal", "-shm", "-journal"] {
        let name = folder.path().join(format!("other{end}"));
        tells(Ledger::open(&name, options(Access::OpenOrCreate)), &name, end);
        tells(back_up(&mut ledger, &name), &name, end);
    }
    assert_eq!(names(folder.path()), before);
    drop(open(&folder.path().join("other-wal-2")));
}

/// SQLite adds up to eight bytes to it, and a backup more.
#[test]
fn a_name_to_which_nothing_can_be_added_is_refused_and_leaves_nothing() {
    let (folder, path) = folder();
    let mut ledger = create(&path);
    let before = names(folder.path());
    let named = |length| folder.path().join("n".repeat(length));
    for length in [248, 255] {
        tells(Ledger::open(named(length), options(Access::OpenOrCreate)), &named(length), "247");
    }
    for length in [213, 247, 255] {
        tells(back_up(&mut ledger, &named(length)), &named(length), "212");
    }
    assert_eq!(names(folder.path()), before);
    // The longest that will do.
    drop(create(&named(247)));
    back_up(&mut ledger, &named(212)).unwrap();
    drop(create(&folder.path().join("nested")));
}

#[test]
fn a_folder_that_is_missing_is_named() {
    let (folder, path) = folder();
    let mut ledger = create(&path);
    let nowhere = folder.path().join("nowhere");
    let name = nowhere.join("ledger");
    tells(Ledger::open(&name, options(Access::OpenOrCreate)), &nowhere, "no folder");
    tells(back_up(&mut ledger, &name), &nowhere, "no folder");
    tells(ledger.import_file(&name, |_| ControlFlow::Continue(())), &name, "");
}

#[test]
fn a_ledger_that_can_only_be_read_is_named() {
    let (_folder, path) = folder();
    let mut ledger = create(&path);
    super::top_up(&mut ledger).unwrap();
    let mut reader = Ledger::open(&path, options(Access::ReadOnly)).unwrap();
    let told = super::top_up(&mut reader).unwrap_err().to_string();
    assert!(told.starts_with(&format!("{} can only be read", path.display())), "{told}");
}

/// A call that says that nothing was changed leaves no empty file either.
#[test]
fn a_new_file_that_can_not_become_a_ledger_is_gone_again() {
    let (folder, path) = folder();
    // What stands in the journal's way stops the first transaction.
    fs::create_dir(folder.path().join("ledger-journal")).unwrap();
    fs::write(folder.path().join("ledger-journal").join("in it"), "").unwrap();
    let refused = Ledger::open(&path, options(Access::OpenOrCreate)).map(drop);
    assert_eq!(number(&refused), FileError::INPUT_OUTPUT, "{refused:?}");
    assert_eq!(names(folder.path()), ["ledger-journal"]);
    // What was there before is left as it was.
    fs::write(&path, "").unwrap();
    assert!(Ledger::open(&path, options(Access::OpenOrCreate)).is_err());
    assert_eq!(names(folder.path()), ["ledger", "ledger-journal"]);
}

/// What fails while the ledger is open names its file as well.
#[test]
fn an_open_ledger_names_its_file() {
    let (_folder, path) = folder();
    let mut ledger = create(&path);
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waited = top_up(&mut ledger).unwrap_err();
    assert_eq!((waited.number(), waited.path()), (300, Some(&*path)));
    assert!(waited.to_string().contains(&*path.to_string_lossy()), "{waited}");
    conn.execute_batch(
        "ROLLBACK; DROP VIEW v_statement; DROP TABLE maturing;
         ALTER TABLE merchants DROP COLUMN name",
    )
    .unwrap();
    let egp = refundry::Currency::from_code("EGP").unwrap();
    let missing = refundry::Timestamp::MAX;
    let reads = [
        ledger.merchants().unwrap_err(),
        ledger.book("acct_cairo").unwrap().merchant().unwrap_err(),
        ledger.release_due(missing).unwrap_err(),
    ];
    for error in reads {
        assert_eq!((error.number(), error.path()), (EngineError::STORAGE, Some(&*path)), "{error}");
    }
    assert_eq!(ledger.exponent(egp).unwrap(), Some(2), "what is not broken can be read");
}

/// The numbers of merchants are the upper bits of every key.
#[test]
fn a_ledger_that_is_full_of_merchants_takes_no_more() {
    let (_folder, path) = folder();
    let mut ledger = create(&path);
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(
        "DROP TRIGGER merchants_no_insert;
         INSERT INTO merchants (merchant, id, name, live_mode, created_at, unique_references)
         VALUES (8388606, 'acct_giza', 'Giza Books', 0, 0, 0)",
    )
    .unwrap();
    let last = ledger.create_merchant(&NewMerchant::named("Luxor Books")).unwrap();
    ledger.book(&last.id).unwrap().issue_key().unwrap();
    let refused = ledger.create_merchant(&NewMerchant::named("Aswan Books")).unwrap_err();
    let told = (refused.number(), refused.path());
    assert_eq!(told, (FileError::MERCHANTS_FULL, Some(&*path)), "{refused}");
    let line = r#"{"object":"merchant","id":"acct_aswan","name":"Aswan Books"}"#;
    let refused = ledger.import(line.as_bytes(), |_| ControlFlow::Continue(())).unwrap_err();
    assert_eq!(refused.number(), FileError::MERCHANTS_FULL, "{refused}");
    assert_eq!(ledger.merchants().unwrap().len(), 3);
}
