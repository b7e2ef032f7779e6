//! Files in which somebody defined what SQLite would run when the ledger reads or writes: for
//! ever, or until memory is full. They are refused before anything of them is used.

use std::fs;

use refundry::{Access, Error, Invariant, Ledger};
use rusqlite::Connection;

use super::{create, folder, options};
use crate::shop::enlarge;

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
             SELECT x AS text, NULL AS salt, NULL AS description, NULL AS metadata
             FROM n WHERE x < 0",
            "view texts",
        ),
        (
            "DROP TABLE texts; CREATE VIEW TEXTS AS {ENDLESS}
             SELECT x AS text, NULL AS salt, NULL AS description, NULL AS metadata
             FROM n WHERE x < 0",
            "view TEXTS",
        ),
        (
            "CREATE TRIGGER endless AFTER INSERT ON Entries BEGIN
             INSERT INTO idempotency SELECT x, 1 FROM (
                 {ENDLESS} SELECT x FROM n); END",
            "trigger endless",
        ),
        (
            "ALTER TABLE merchants ADD COLUMN much TEXT AS (hex(zeroblob(4000000)))",
            "table merchants",
        ),
        ("CREATE INDEX much ON entries (hex(zeroblob(4000000)))", "index much"),
        ("DROP TABLE texts", "table texts"),
        ("CREATE INDEX some ON entries (charge) WHERE hex(zeroblob(4000000)) > ''", "index some"),
        ("CREATE UNIQUE INDEX one ON entries (amount)", "index one"),
        ("CREATE TABLE mine (id TEXT REFERENCES Charges (id) ON DELETE CASCADE)", "table mine"),
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
        ("DROP TRIGGER entries_no_update", "trigger entries_no_update"),
        ("DROP INDEX refunds_of_charge", "index refunds_of_charge"),
        // A verification has SQLite read them.
        ("CREATE TABLE notes (a, much AS (hex(zeroblob(4000000))) STORED)", "table notes"),
        (
            "CREATE TABLE notes (a); CREATE INDEX much ON notes (hex(zeroblob(4000000)))",
            "index much",
        ),
        ("CREATE VIRTUAL TABLE words USING fts5(word)", "table words"),
    ] {
        let (_folder, path) = changed(sql);
        let mut ledger = Ledger::open(&path, options(Access::Open)).unwrap();
        super::top_up(&mut ledger).unwrap();
        match ledger.verify(&[], |_| std::ops::ControlFlow::Continue(())) {
            Err(Error::Unsound(finding)) => assert_eq!(finding.place, place, "{sql}"),
            other => panic!("{sql}: {other:?}"),
        }
    }
}

/// A report, a program that copies the file, an analyst who is in a hurry: they may use the file.
#[test]
fn what_others_keep_for_themselves_is_noted() {
    for (sql, noted) in [
        ("", vec![]),
        // Statistics of SQLite are no definition of anybody's.
        ("ANALYZE", vec![]),
        (
            "CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER);
             CREATE TABLE _litestream_lock (id INTEGER)",
            vec!["table _litestream_lock", "table _litestream_seq"],
        ),
        (
            "CREATE TABLE report (day TEXT UNIQUE, sum INTEGER CHECK (sum > 0), n INTEGER
             PRIMARY KEY AUTOINCREMENT); CREATE INDEX report_of_sum ON report (sum);
             CREATE TRIGGER report_counts AFTER INSERT ON report BEGIN SELECT 1; END",
            vec![
                "index report_of_sum",
                "index sqlite_autoindex_report_1",
                "table report",
                "table sqlite_sequence",
                "trigger report_counts",
            ],
        ),
        // This would take four hundred megabytes for each row if it were looked at.
        (
            "CREATE TABLE notes (note TEXT CHECK (length(hex(zeroblob(4000000))) > 1));
             PRAGMA ignore_check_constraints = ON; INSERT INTO notes VALUES ('broken')",
            vec!["table notes"],
        ),
        (
            "CREATE INDEX by_amount ON entries (amount DESC, id COLLATE NOCASE)",
            vec!["index by_amount"],
        ),
        (
            "CREATE VIEW endless AS {ENDLESS} SELECT x FROM n;
             CREATE TRIGGER instead INSTEAD OF INSERT ON endless BEGIN SELECT 1; END",
            vec!["trigger instead", "view endless"],
        ),
    ] {
        let (_folder, path) = changed(sql);
        for access in [Access::OpenOrCreate, Access::Open, Access::ReadOnly] {
            let mut ledger = Ledger::open(&path, options(access)).unwrap();
            if access != Access::ReadOnly {
                super::top_up(&mut ledger).unwrap();
            }
            let report = ledger.verify(&[], |_| std::ops::ControlFlow::Continue(())).unwrap();
            assert_eq!(report.foreign, noted, "{sql}");
        }
    }
}

/// An index changes how rows are found, and never which.
#[test]
fn an_index_of_every_column_changes_nothing() {
    let (_folder, path) = folder();
    let head = {
        let mut ledger = create(&path);
        super::head(&mut ledger)
    };
    let conn = Connection::open(&path).unwrap();
    let sql = "SELECT s.name, c.name FROM sqlite_schema s, pragma_table_info(s.name) c
               WHERE s.type = 'table'";
    let columns: Vec<(String, String)> = conn
        .prepare(sql)
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(rusqlite::Result::unwrap)
        .collect();
    for (table, column) in &columns {
        let sql = format!("CREATE INDEX \"{table} by {column}\" ON \"{table}\" (\"{column}\")");
        conn.execute_batch(&sql).unwrap();
    }
    drop(conn);
    let mut ledger = Ledger::open(&path, options(Access::Open)).unwrap();
    assert_eq!(super::head(&mut ledger), head);
    for _ in 0..3 {
        super::top_up(&mut ledger).unwrap();
    }
    let report = ledger.verify(&[], |_| std::ops::ControlFlow::Continue(())).unwrap();
    assert!(columns.len() > 60 && report.foreign.len() == columns.len());
    assert_eq!(super::head(&mut ledger).seq, head.seq + 3);
}

/// A page of a tree that leads to the next page two hundred times, which does the same, and so on:
/// to read it to its end would take longer than the sun has.
#[test]
fn trees_that_lead_to_the_same_pages_over_and_over_are_found() {
    const PAGE: usize = 2_048;
    let (table, index) = (("merchants", 0x05), ("sqlite_autoindex_merchants_1", 0x02));
    // In a large file the structure is looked at while the books are read.
    for ((root, kind), is_large) in [(table, false), (index, false), (table, true), (index, true)] {
        let (_folder, path) = folder();
        let mut ledger = create(&path);
        for number in 0..3 {
            let mut new = refundry::NewMerchant::named("Cairo Books");
            new.id = Some(format!("acct_{number}"));
            ledger.create_merchant(&new).unwrap();
        }
        drop(ledger);
        let conn = Connection::open(&path).unwrap();
        if is_large {
            enlarge(&path);
        }
        let page: u32 = conn
            .query_row("SELECT rootpage FROM sqlite_schema WHERE name = ?1", [root], |row| {
                row.get(0)
            })
            .unwrap();
        drop(conn);
        let mut bytes = fs::read(&path).unwrap();
        let page = usize::try_from(page).unwrap();
        let root = (page - 1) * PAGE..page * PAGE;
        // The tree's only page goes to the end of the file, below eight that lead to it.
        let leaf = bytes[root.clone()].to_vec();
        let first = u32::try_from(bytes.len() / PAGE).unwrap() + 1;
        bytes[root.clone()].copy_from_slice(&leading_to(first, kind));
        for below in 1..8 {
            bytes.extend(leading_to(first + below, kind));
        }
        bytes.extend(&leaf);
        let pages = u32::try_from(bytes.len() / PAGE).unwrap();
        bytes[28..32].copy_from_slice(&pages.to_be_bytes());
        fs::write(&path, &bytes).unwrap();
        for ledger in [
            Ledger::open(&path, options(Access::ReadOnly)),
            Ledger::from_bytes(&bytes, options(Access::Open)),
        ] {
            let mut ledger = ledger.unwrap();
            match ledger.verify(&[], |_| std::ops::ControlFlow::Continue(())) {
                Err(Error::Unsound(finding)) => assert_eq!(finding.invariant, Invariant::File),
                other => panic!("{other:?}"),
            }
            assert!(!matches!(ledger.merchants(), Ok(all) if all.len() > 4));
        }
    }
}

/// An inner page of a tree of tables (5) or of indexes (2), with two hundred ways to one page.
fn leading_to(page: u32, kind: u8) -> Vec<u8> {
    let mut bytes = vec![0; 2_048];
    let cell: &[u8] = if kind == 5 { &[1] } else { &[2, 2, 9, 1] };
    let (size, count) = (4 + cell.len(), 200);
    let content = 2_048 - size * count;
    bytes[0] = kind;
    bytes[3..5].copy_from_slice(&u16::try_from(count).unwrap().to_be_bytes());
    bytes[5..7].copy_from_slice(&u16::try_from(content).unwrap().to_be_bytes());
    bytes[8..12].copy_from_slice(&page.to_be_bytes());
    for number in 0..count {
        let at = content + number * size;
        let pointer = 12 + number * 2;
        bytes[pointer..pointer + 2].copy_from_slice(&u16::try_from(at).unwrap().to_be_bytes());
        bytes[at..at + 4].copy_from_slice(&page.to_be_bytes());
        bytes[at + 4..at + size].copy_from_slice(cell);
    }
    bytes
}
