//! What somebody else has put into the file of a ledger stays as it is, or keeps the file from being
//! upgraded.

use std::{fs, path::Path};

use refundry::{Access, Error, Ledger};
use rusqlite::Connection;

use super::{Golden, describe, options, schema, verify};

/// The golden ledger of version 1 after somebody else has run this.
fn with(sql: &str) -> (tempfile::TempDir, std::path::PathBuf, Golden) {
    of_version(1, sql)
}

/// The golden ledger of a version after somebody else has run this.
fn of_version(version: i64, sql: &str) -> (tempfile::TempDir, std::path::PathBuf, Golden) {
    let golden = Golden::read(version);
    let (folder, path) = golden.copy();
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    (folder, path, golden)
}

fn definition(path: &Path, name: &str) -> String {
    schema(path).into_iter().find(|(found, _)| found == name).unwrap().1
}

#[test]
fn views_and_tables_of_others_stay_as_they_are() {
    let reports = [
        "CREATE VIEW report AS SELECT id, amount FROM charges",
        "CREATE VIEW refunded AS SELECT id, amount FROM refunds",
        "CREATE VIEW broken AS SELECT id FROM no_such_table",
        "CREATE TABLE old_entries (note TEXT)",
    ];
    let (_folder, path, golden) = with(&format!(
        "{}; INSERT INTO old_entries VALUES ('theirs'); CREATE TRIGGER told AFTER INSERT ON
         old_entries BEGIN DELETE FROM old_entries WHERE rowid < NEW.rowid; END",
        reports.join("; ")
    ));
    let mut ledger = Ledger::open(&path, options(Access::Open)).unwrap();
    assert_eq!(describe(&mut ledger), golden.said_now());
    drop(ledger);
    for (name, sql) in ["report", "refunded", "broken", "old_entries"].into_iter().zip(reports) {
        assert_eq!(definition(&path, name), sql);
    }
    let conn = Connection::open(&path).unwrap();
    let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM old_entries WHERE note = 'theirs'"), 1);
    assert_eq!(count("SELECT count(*) FROM report"), 21);
}

/// A name that version 2 needs for itself is not taken from whoever has it.
#[test]
fn a_file_in_which_somebody_else_has_a_needed_name_is_left_as_it_is() {
    for sql in [
        "CREATE TABLE changes (note TEXT)",
        "CREATE VIEW changes AS SELECT 1",
        "CREATE TABLE notes (note TEXT); CREATE INDEX entries_by_id ON notes (note)",
        "CREATE TABLE schema_1_charges (note TEXT)",
    ] {
        let (_folder, path, golden) = with(sql);
        let before = fs::read(&path).unwrap();
        for access in [Access::Open, Access::OpenOrCreate] {
            match Ledger::open(&path, options(access)) {
                Err(Error::Engine(engine)) => {
                    assert!(engine.to_string().contains("already"), "{sql}: {engine}");
                }
                other => panic!("{sql}: {:?}", other.map(drop)),
            }
        }
        assert!(fs::read(&path).unwrap() == before, "{sql}: the file was changed");
        // Once the name is free again, the upgrade goes through.
        let names = "DROP INDEX IF EXISTS entries_by_id; DROP TABLE IF EXISTS schema_1_charges";
        let kind = if sql.contains("VIEW") { "VIEW" } else { "TABLE" };
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch(&format!("{names}; DROP {kind} IF EXISTS changes")).unwrap();
        drop(conn);
        let mut ledger = Ledger::open(&path, options(Access::Open)).unwrap();
        assert_eq!(describe(&mut ledger), golden.said_now(), "{sql}");
    }
}

/// What SQLite noted about the old tables says nothing about the new ones.
#[test]
fn statistics_of_the_old_tables_are_forgotten() {
    let (_folder, path, golden) =
        with("CREATE TABLE notes (note TEXT); INSERT INTO notes VALUES ('theirs'); ANALYZE");
    let conn = Connection::open(&path).unwrap();
    let noted = |conn: &Connection| -> Vec<String> {
        let mut statement = conn.prepare("SELECT DISTINCT tbl FROM sqlite_stat1").unwrap();
        let names = statement.query_map([], |row| row.get(0)).unwrap();
        names.collect::<rusqlite::Result<_>>().unwrap()
    };
    assert!(noted(&conn).len() > 5);
    drop(conn);
    let mut ledger = Ledger::open(&path, options(Access::Open)).unwrap();
    verify(&mut ledger, &golden.heads());
    assert_eq!(describe(&mut ledger), golden.said_now());
    drop(ledger);
    assert_eq!(noted(&Connection::open(&path).unwrap()), ["notes"]);
}

/// Guards and indexes that are gone do not matter, because the new ones are made anew. What others
/// added to the old tables goes with them.
#[test]
fn the_definitions_of_the_ledgers_tables_are_those_of_a_new_file() {
    let fresh = tempfile::tempdir().unwrap();
    let fresh = fresh.path().join("fresh");
    drop(Ledger::open(&fresh, options(Access::OpenOrCreate)).unwrap());
    let (_folder, path, golden) = with(
        "DROP TRIGGER entries_no_update; DROP TRIGGER refunds_only_append;
         DROP INDEX refunds_of_charge; DROP INDEX api_keys_of_merchant;
         DROP INDEX entries_of_outcome; CREATE INDEX \"their \"\"own\"\"\" ON refunds (amount)",
    );
    let mut ledger = Ledger::open(&path, options(Access::Open)).unwrap();
    verify(&mut ledger, &golden.heads());
    assert_eq!(describe(&mut ledger), golden.said_now());
    drop(ledger);
    assert_eq!(schema(&path), schema(&fresh));
}

/// From version 2 on rows stay where they are, and so does what others added to the ledger's tables.
#[test]
fn what_others_added_to_a_ledger_of_version_2_or_3_stays() {
    for version in [2, 3] {
        what_others_added_stays(version);
    }
}

fn what_others_added_stays(version: i64) {
    let theirs = [
        ("amounts", "CREATE INDEX amounts ON entries (amount)"),
        ("report", "CREATE VIEW report AS SELECT id, amount FROM entries"),
        ("notes", "CREATE TABLE notes (note TEXT)"),
    ];
    let sql = theirs.map(|(_, sql)| sql).join("; ");
    let (_folder, path, golden) = of_version(version, &format!("{sql}; ANALYZE"));
    let mut ledger = Ledger::open(&path, options(Access::Open)).unwrap();
    verify(&mut ledger, &golden.heads());
    assert_eq!(describe(&mut ledger), golden.said_now());
    drop(ledger);
    for (name, sql) in theirs {
        assert_eq!(definition(&path, name), sql);
    }
}

/// A name that a later version needs for itself is not taken from whoever has it.
#[test]
fn a_file_of_version_2_or_3_in_which_somebody_else_has_a_needed_name_is_left_as_it_is() {
    for (version, kind, name, sql) in [
        (2, "VIEW", "v_disputes", "CREATE VIEW v_disputes AS SELECT 1"),
        (2, "TABLE", "v_disputes", "CREATE TABLE v_disputes (note TEXT)"),
        (2, "INDEX", "disputes_of_charge", "CREATE INDEX disputes_of_charge ON entries (charge)"),
        (2, "TABLE", "tree", "CREATE TABLE tree (note TEXT)"),
        (3, "VIEW", "v_handovers", "CREATE VIEW v_handovers AS SELECT 1"),
        (3, "TABLE", "tree", "CREATE TABLE tree (note TEXT)"),
    ] {
        let (_folder, path, golden) = of_version(version, sql);
        let before = fs::read(&path).unwrap();
        for access in [Access::Open, Access::OpenOrCreate] {
            match Ledger::open(&path, options(access)) {
                Err(Error::Engine(engine)) => {
                    assert!(engine.to_string().contains("already"), "{sql}: {engine}");
                }
                other => panic!("{sql}: {:?}", other.map(drop)),
            }
        }
        assert!(fs::read(&path).unwrap() == before, "{sql}: the file was changed");
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch(&format!("DROP {kind} {name}")).unwrap();
        drop(conn);
        let mut ledger = Ledger::open(&path, options(Access::Open)).unwrap();
        assert_eq!(describe(&mut ledger), golden.said_now(), "{sql}");
    }
}

/// Definitions that may be gone, and how to make them so.
const GONE: [(&str, &str); 4] = [
    ("trigger entries_no_update", "DROP TRIGGER entries_no_update"),
    ("trigger entries_keep_outcomes", "DROP TRIGGER entries_keep_outcomes"),
    ("index charges_by_reference", "DROP INDEX charges_by_reference"),
    ("view v_charges", "DROP VIEW v_charges"),
];

/// An upgrade repairs nothing: what a verification would have found before, it finds afterwards.
#[test]
fn what_is_gone_from_a_ledger_of_version_2_or_3_stays_gone() {
    for (version, (place, sql)) in
        [2, 3].into_iter().flat_map(|version| GONE.map(|gone| (version, gone)))
    {
        let (_folder, path, golden) = of_version(version, sql);
        let mut ledger = Ledger::open(&path, options(Access::Open)).unwrap();
        match ledger.verify(&golden.heads(), |_| std::ops::ControlFlow::Continue(())) {
            Err(Error::Unsound(finding)) => assert_eq!(finding.place, place),
            other => panic!("{sql}: {other:?}"),
        }
        assert_eq!(describe(&mut ledger), golden.said_now(), "{sql}");
    }
}

/// SQLite finds what older versions wrote in order under the newest definitions.
#[test]
fn sqlite_finds_an_upgraded_file_in_order() {
    for version in [1, 2, 3] {
        let (_folder, path, _) = of_version(version, "");
        drop(Ledger::open(&path, options(Access::Open)).unwrap());
        let conn = Connection::open(&path).unwrap();
        let ok: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(ok, "ok");
    }
}
