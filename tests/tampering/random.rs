//! Random edits of every column of every table: each that covered.rs does not except is found, and what is
//! found is named after the row that was edited or one that depends on it.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use refundry::{Access, Finding, Invariant, Result};
use rusqlite::Connection;

use super::{
    covered::{TABLES, is_covered, merchants, names, names_of_currency},
    edit::{Edit, Row, Table},
    fixture::{fill, finding_in, tamper},
};
use crate::{fuzzing::dice::Dice, size::rounds};

/// How the edits of a run ended.
#[derive(Debug, Default)]
struct Tally {
    /// Found, and named after the row.
    found: u64,
    /// Found among the rows that belong to no merchant, and named after the table.
    of_no_merchant: u64,
    /// Not found, or named after something else.
    missed: Vec<String>,
    /// Of what nothing covers.
    uncovered: u64,
    /// Without a difference, or refused by the file's types and unique columns.
    without_effect: u64,
}

/// A ledger to be edited again and again.
struct Original {
    folder: tempfile::TempDir,
    bytes: Vec<u8>,
    conn: Connection,
    tables: Vec<(Table, Vec<Row>)>,
}

impl Original {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("original");
        fill(&path);
        let bytes = fs::read(&path).unwrap();
        let conn = Connection::open(&path).unwrap();
        let tables = TABLES
            .map(|name| {
                let table = Table::read(&conn, name);
                let rows = table.rows(&conn);
                (table, rows)
            })
            .into();
        Self { folder, bytes, conn, tables }
    }

    /// A copy of the ledger in the place of the last copy.
    fn copy(&self) -> PathBuf {
        let path = self.folder.path().join("copy");
        for companion in ["copy-wal", "copy-shm"] {
            let _ = fs::remove_file(self.folder.path().join(companion));
        }
        fs::write(&path, &self.bytes).unwrap();
        path
    }

    /// Makes one edit after the other until so many mattered, and has each copy judged.
    fn try_edits(&self, count: u64, judge: impl Fn(&Path) -> Result<Option<Finding>>) -> Tally {
        let mut dice = Dice::seeded(count);
        let mut tally = Tally::default();
        while tally.found + tally.of_no_merchant + (tally.missed.len() as u64) < count {
            let (table, rows) = dice.pick(&self.tables);
            let edit = table.edit(rows, &mut dice);
            let path = self.copy();
            if tamper(&path, &edit.sql).is_err() {
                tally.without_effect += 1;
                continue;
            }
            let edited = Connection::open(&path).unwrap();
            let (gone, come) = differences(rows, &table.rows(&edited));
            if gone.is_empty() && come.is_empty() {
                tally.without_effect += 1;
            } else if !is_covered(&edit, &come) {
                tally.uncovered += 1;
            } else {
                match judge(&path) {
                    Ok(Some(found)) if self.is_named(&edited, &found, &edit, &gone, &come) => {
                        tally.found += 1;
                    }
                    Ok(Some(found)) if names_table(&edited, &found, &edit, &gone, &come) => {
                        tally.of_no_merchant += 1;
                    }
                    other => tally.missed.push(format!("{}\n    {other:?}", edit.sql)),
                }
            }
        }
        tally
    }

    /// Whether a finding names a row that was edited, in its book.
    fn is_named(
        &self,
        edited: &Connection,
        found: &Finding,
        edit: &Edit,
        gone: &[Row],
        come: &[Row],
    ) -> bool {
        let versions = gone.iter().chain(come);
        versions.flat_map(|row| [(&self.conn, row), (edited, row)]).any(|(conn, row)| {
            if edit.table == "currencies" {
                let place = (found.merchant.clone(), found.place.clone());
                return names_of_currency(conn, row).contains(&place);
            }
            merchants(conn, edit.table, row).contains(&found.merchant)
                && names(conn, edit.table, row).contains(&found.place)
        })
    }
}

/// The rows of one table that are there only before, and those that are there only after.
fn differences(before: &[Row], after: &[Row]) -> (Vec<Row>, Vec<Row>) {
    let only = |here: &[Row], there: &[Row]| -> Vec<Row> {
        here.iter().filter(|row| !there.contains(row)).cloned().collect()
    };
    (only(before, after), only(after, before))
}

/// Whether a finding names the table of a row that belongs to no merchant any more: it has no
/// other name.
fn names_table(
    conn: &Connection,
    found: &Finding,
    edit: &Edit,
    gone: &[Row],
    come: &[Row],
) -> bool {
    found.merchant.is_none()
        && found.invariant == Invariant::Reference
        && found.place.contains(edit.table)
        && gone.iter().chain(come).any(|row| merchants(conn, edit.table, row).contains(&None))
}

fn verify(path: &Path) -> Result<Option<Finding>> {
    finding_in(path, Access::ReadOnly, &[])
}

#[test]
fn every_random_edit_is_found_and_named() {
    let begin = Instant::now();
    let tally = Original::new().try_edits(rounds(1_000, 10_000), verify);
    println!(
        "tampering: {} edits found and named, {} more in rows of no merchant; {} missed; left out: \
         {} of what is not covered, {} without effect; {} s",
        tally.found,
        tally.of_no_merchant,
        tally.missed.len(),
        tally.uncovered,
        tally.without_effect,
        begin.elapsed().as_secs()
    );
    let some: Vec<_> = tally.missed.iter().take(20).map(String::as_str).collect();
    assert!(tally.missed.is_empty(), "{}", some.join("\n"));
}

/// The control: what SQLite itself can tell misses nearly everything, and a verification that
/// always blames the same entry is not taken for one that names the row.
#[test]
fn a_weaker_verification_misses_random_edits() {
    let original = Original::new();
    let by_sqlite = |path: &Path| {
        let conn = Connection::open(path).unwrap();
        let broken = conn.prepare("PRAGMA foreign_key_check").unwrap().exists([]).unwrap();
        let told: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        let place = if broken { "a row".to_owned() } else { told };
        let finding = Finding { merchant: None, place, invariant: Invariant::File };
        Ok((finding.place != "ok").then_some(finding))
    };
    let tally = original.try_edits(100, by_sqlite);
    let unnoticed = tally.missed.iter().filter(|missed| missed.contains("Ok(None)")).count();
    let always_the_first = |path: &Path| {
        let found = verify(path)?;
        Ok(found.map(|found| Finding { place: "je_1".to_owned(), ..found }))
    };
    let misnamed = original.try_edits(100, always_the_first).missed.len();
    println!(
        "tampering, control: of 100 edits SQLite's own checks leave {unnoticed} unnoticed; \
         {misnamed} are named wrongly by a verification that always blames je_1"
    );
    assert!(unnoticed > 50, "SQLite alone finds so much that this proves little: {unnoticed}");
    assert!(misnamed > 50, "a wrong name passes: {misnamed}");
}
