//! Whatever is altered in a ledger of version 1, its upgrade does not hide it: the file is refused, a
//! verification finds it, or the ledger says something else than before.

use std::path::Path;

use refundry::{Access, Error, FileError, IdempotencyKey, Ledger, Mark, Operation};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::{Golden, damage::damaged, describe, options, recordings::MORE, verify};
use crate::size::rounds;

/// Every table of version 1 and what tells its rows apart.
const TABLES: [(&str, &str); 14] = [
    ("currencies", "currency"),
    ("merchants", "merchant"),
    ("api_keys", "hash"),
    ("balances", "merchant, currency"),
    ("payment_intents", "merchant, intent"),
    ("charges", "merchant, charge"),
    ("entries", "merchant, seq"),
    ("postings", "merchant, seq, line"),
    ("balance_transactions", "merchant, seq"),
    ("refunds", "merchant, seq"),
    ("transfers", "merchant, seq"),
    ("texts", "merchant, seq"),
    ("maturing", "merchant, available_on, id"),
    ("idempotency", "merchant, operation, key"),
];

/// Another value of a column, which is not what any other row has.
const OTHER: &str = "CASE typeof({})
    WHEN 'integer' THEN CASE '{}' WHEN 'live_mode' THEN 1 - {} ELSE {} + 1000 END
    WHEN 'text' THEN {} || 'x'
    WHEN 'null' THEN CASE type WHEN 'INTEGER' THEN 1 WHEN 'TEXT' THEN 'x' ELSE zeroblob(32) END
    ELSE CAST(CASE WHEN substr({}, 1, 1) = x'07' THEN x'08' ELSE x'07' END || substr({}, 2) AS BLOB)
    END";

/// Each alteration of a row as SQL: every column in turn gets another value, and the row goes.
fn alterations(conn: &Connection, table: &str, key: &str, row: u64) -> Vec<String> {
    let place =
        format!("({key}) = (SELECT {key} FROM {table} ORDER BY {key} LIMIT 1 OFFSET {row})");
    let mut columns = conn.prepare("SELECT name, type FROM pragma_table_info(?1)").unwrap();
    let columns = columns.query_map([table], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let mut all: Vec<String> = columns
        .map(|column| {
            let (column, kind): (String, String) = column.unwrap();
            let other =
                OTHER.replace("{}", &column).replace("type WHEN", &format!("'{kind}' WHEN"));
            format!("UPDATE {table} SET {column} = {other} WHERE {place}")
        })
        .collect();
    all.push(format!("DELETE FROM {table} WHERE {place}"));
    all
}

/// All that the ledger says, also of its keys.
fn everything(ledger: &mut Ledger, keys: &[(String, i64, String)]) -> Vec<Value> {
    let mut said = describe(ledger);
    for merchant in ledger.merchants().unwrap() {
        let book = ledger.book(&merchant.id).unwrap();
        let keys = format!("{:?}", book.keys());
        let recordings = book.recordings_after(&Mark::genesis(&merchant.id), 1_000).unwrap();
        said.push(json!({ "merchant": merchant.id, "keys": keys, "recordings": recordings }));
    }
    for (merchant, operation, key) in keys {
        let key = IdempotencyKey::new(key).unwrap();
        let operation = OPERATIONS[usize::try_from(operation - 1).unwrap()];
        let found = ledger.book(merchant).map(|book| book.find_by_key(operation, &key));
        said.push(json!({ "found": format!("{found:?}") }));
    }
    said
}

const OPERATIONS: [Operation; 9] = [
    Operation::Refund,
    Operation::RefundFailure,
    Operation::Charge,
    Operation::ChargeConclusion,
    Operation::Payout,
    Operation::PayoutOutcome,
    Operation::TopUp,
    Operation::Settlement,
    Operation::Adjustment,
];

fn keys(path: &Path) -> Vec<(String, i64, String)> {
    let conn = Connection::open(path).unwrap();
    let mut keys = conn
        .prepare("SELECT id, operation, key FROM idempotency JOIN merchants USING (merchant)")
        .unwrap();
    let keys = keys.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    keys.collect::<rusqlite::Result<_>>().unwrap()
}

/// What becomes of the altered ledger; `None` if nobody would notice.
fn noticed(sql: &str, keys: &[(String, i64, String)], before: &[Value]) -> Option<&'static str> {
    let (_folder, path) = damaged(&format!("{MORE}; {sql}"));
    let heads = Golden::read(1).heads();
    let mut ledger = match Ledger::open(&path, options(Access::Open)) {
        Err(error) if error.number() == FileError::CORRUPT => return Some("refused"),
        other => other.unwrap(),
    };
    match ledger.verify(&heads, |_| std::ops::ControlFlow::Continue(())) {
        Err(Error::Unsound(_)) => return Some("found by a verification"),
        other => other.unwrap(),
    };
    (everything(&mut ledger, keys) != before).then_some("said otherwise")
}

#[test]
fn nothing_that_was_altered_looks_unaltered_after_an_upgrade() {
    let (_folder, path) = damaged(MORE);
    let (keys, conn) = (keys(&path), Connection::open(&path).unwrap());
    let rows = rounds(1, 20);
    let alterations: Vec<String> = TABLES
        .into_iter()
        .flat_map(|(table, key)| (0..rows).map(move |row| (table, key, row)))
        .filter(|(table, _, row)| {
            let count = format!("SELECT count(*) > {row} FROM {table}");
            conn.query_row(&count, [], |row| row.get(0)).unwrap()
        })
        .flat_map(|(table, key, row)| alterations(&conn, table, key, row))
        .collect();
    drop(conn);
    let mut ledger = Ledger::open(&path, options(Access::Open)).unwrap();
    verify(&mut ledger, &Golden::read(1).heads());
    let before = everything(&mut ledger, &keys);
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for sql in &alterations {
        let how = noticed(sql, &keys, &before).unwrap_or_else(|| panic!("nobody notices {sql}"));
        *counts.entry(how).or_default() += 1;
    }
    println!(
        "upgrades: {} alterations of an old file, none unnoticed: {counts:?}",
        alterations.len()
    );
    assert_eq!(counts.len(), 3, "each way of noticing is needed");
}
