//! Files in which somebody defined what SQLite would run when the ledger reads or writes: for
//! ever, or until memory is full. They are refused before anything of them is used.

use std::fs;

use refundry::{Access, Error, Invariant, Ledger};
use rusqlite::Connection;

use super::{create, folder, options};

const ENDLESS: &str = "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)";

/// A sound ledger to which somebody has done this.
fn changed(sql: &str) -> (tempfile::TempDir, std::path::PathBuf) {
    let (folder, path) = folder();
    drop(create(&path));
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON").unwrap();
    conn.execute_batch(&sql.replace("{ENDLESS}", ENDLESS)).unwrap();
    (folder, path)
}

#[test]
fn strange_definitions_are_refused_before_they_run() {
    for (sql, place) in [
        (
            "DROP TABLE texts; CREATE VIEW texts AS {ENDLESS}
             SELECT x AS merchant, x AS seq, NULL AS salt, NULL AS description, NULL AS metadata
             FROM n WHERE x < 0",
            "view texts",
        ),
        (
            "DROP TABLE texts; CREATE VIEW TEXTS AS {ENDLESS}
             SELECT x AS merchant, x AS seq, NULL AS salt, NULL AS description, NULL AS metadata
             FROM n WHERE x < 0",
            "view TEXTS",
        ),
        (
            "CREATE TRIGGER endless AFTER INSERT ON Entries BEGIN
             INSERT INTO idempotency SELECT 1, x, 'k', x'00', 1, NULL, NULL, 0 FROM (
                 {ENDLESS} SELECT x FROM n); END",
            "trigger endless",
        ),
        (
            "ALTER TABLE merchants ADD COLUMN much TEXT AS (hex(zeroblob(400000000)))",
            "table merchants",
        ),
        ("CREATE INDEX much ON refunds (hex(zeroblob(400000000)))", "index much"),
        ("DROP TABLE texts", "table texts"),
    ] {
        let (_folder, path) = changed(sql);
        let before = fs::read(&path).unwrap();
        for access in [Access::OpenOrCreate, Access::Open, Access::ReadOnly] {
            match Ledger::open(&path, options(access)) {
                Err(Error::Unsound(finding)) => {
                    assert_eq!(finding.place, place, "{sql}");
                    assert_eq!(finding.invariant, Invariant::Schema, "{sql}");
                }
                Err(other) => panic!("{sql}, {access:?}: {other:?}"),
                Ok(_) => panic!("{sql}, {access:?}: opened"),
            }
            assert!(fs::read(&path).unwrap() == before, "{sql}, {access:?}: changed");
        }
        let in_memory = Ledger::from_bytes(&before, options(Access::Open)).map(drop);
        assert!(matches!(in_memory, Err(Error::Unsound(_))), "{sql}, {in_memory:?}");
    }
}

/// What is not run by anything that the ledger does is not refused, but found.
#[test]
fn what_can_do_no_harm_is_left_to_a_verification() {
    for (sql, place) in [
        ("CREATE TABLE notes (note TEXT)", "table notes"),
        ("CREATE VIEW endless AS {ENDLESS} SELECT x FROM n", "view endless"),
        ("DROP TRIGGER entries_no_update", "trigger entries_no_update"),
        ("DROP INDEX refunds_of_charge", "index refunds_of_charge"),
    ] {
        let (_folder, path) = changed(sql);
        let mut ledger = Ledger::open(&path, options(Access::Open)).unwrap();
        super::top_up(&mut ledger).unwrap();
        match ledger.verify(&[], |_| std::ops::ControlFlow::Continue(())) {
            Err(Error::Unsound(finding)) => assert_eq!(finding.place, place, "{sql}"),
            other => panic!("{sql}: {other:?}"),
        }
    }
    // Statistics of SQLite are no definition of anybody's.
    let (_folder, path) = changed("ANALYZE");
    super::verify(&mut super::open(&path));
}
