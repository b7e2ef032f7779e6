//! The file itself refuses to change what was recorded, whoever opens it.

use std::path::Path;

use rusqlite::Connection;

use super::fixture;

/// The append-only tables, with the key and a column that is harmless to set.
const TABLES: [(&str, &str, &str); 2] =
    [("entries", "entry", "recorded_at"), ("changes", "change", "recorded_at")];

/// What every row has that is copied with another key: all columns of an entry but its key and its
/// merchant.
const REST: &str = "n, cause, charge, about, recorded_at, effective_at, debit, credit, amount, currency,
    fee, id, reason, external_reference, refunded, text_hash, operation, idempotency_key, fingerprint,
    hash, running, disputed";

/// Every way to replace a row that SQL has, tried with the default settings of a plain connection.
#[test]
fn no_row_is_changed_removed_or_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fixture::fill(&path);
    let before = std::fs::read(&path).unwrap();
    for (table, key, column) in TABLES {
        for sql in [
            format!("UPDATE {table} SET {column} = {column} + 1"),
            format!("UPDATE {table} SET {column} = {column}"),
            format!("UPDATE OR REPLACE {table} SET {key} = 1"),
            format!("UPDATE OR IGNORE {table} SET {key} = {key} + 1000"),
            format!("DELETE FROM {table}"),
            format!("DELETE FROM {table} WHERE {key} & 1099511627775 IN (1, 2)"),
            format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}"),
            format!("REPLACE INTO {table} SELECT * FROM {table} ORDER BY {key} DESC LIMIT 1"),
            format!("INSERT OR IGNORE INTO {table} SELECT * FROM {table}"),
            format!(
                "INSERT INTO {table} SELECT * FROM {table} WHERE true
                 ON CONFLICT DO UPDATE SET {column} = 1"
            ),
        ] {
            refused(&path, &sql);
        }
    }
    assert_eq!(std::fs::read(&path).unwrap(), before, "not a byte differs");
}

/// The statements by which programs of version 1 changed merchants and keys without a recording: one
/// may still have the file open when it is upgraded.
#[test]
fn merchants_and_keys_change_only_with_a_recording() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fixture::fill(&path);
    let before = std::fs::read(&path).unwrap();
    for sql in [
        "UPDATE merchants SET negative_balance_limit = NULL WHERE merchant = 1",
        "UPDATE api_keys SET revoked_at = 1",
        "UPDATE api_keys SET revoked_at = NULL",
        "INSERT INTO api_keys (hash, merchant, created_at) VALUES (zeroblob(32), 1, 0)",
        "INSERT INTO merchants VALUES (9, 'acct_x', 'x', 0, NULL, 0, 0)",
        "DELETE FROM api_keys",
        "DELETE FROM merchants",
    ] {
        refused(&path, sql);
    }
    assert_eq!(std::fs::read(&path).unwrap(), before, "not a byte differs");
}

/// No column is forgotten by the guards but the two by which a key is forgotten.
#[test]
fn no_column_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fixture::fill(&path);
    for (table, ..) in TABLES {
        let conn = Connection::open(&path).unwrap();
        let columns: Vec<String> = conn
            .prepare("SELECT name FROM pragma_table_info(?1)")
            .unwrap()
            .query_map([table], |row| row.get(0))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        drop(conn);
        assert!(columns.len() > 8, "the columns of {table} were not found");
        for column in columns {
            refused(&path, &format!("UPDATE {table} SET {column} = {column}"));
        }
    }
}

/// A row can also be replaced by a new one that is equal in another unique column.
#[test]
fn no_row_is_replaced_through_another_unique_column() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fixture::fill(&path);
    let before = std::fs::read(&path).unwrap();
    // The next number, and the id of a refund or transfer, or an outcome, that is there.
    for seq in [5, 10, 8, 15] {
        let sql = format!(
            "INSERT OR REPLACE INTO entries (entry, merchant, {REST})
             SELECT (1 << 40) + 24, merchant, {REST} FROM entries WHERE entry = (1 << 40) + {seq}"
        );
        refused(&path, &sql);
    }
    // A dispute, one that is won, and one that is lost.
    for seq in [2, 6, 7] {
        let sql = format!(
            "INSERT OR REPLACE INTO entries (entry, merchant, {REST})
             SELECT (4 << 40) + 8, merchant, {REST} FROM entries WHERE entry = (4 << 40) + {seq}"
        );
        refused(&path, &sql);
    }
    for sql in [
        "UPDATE OR REPLACE entries SET id = 'po_way' WHERE id = 'po_paid'",
        "UPDATE OR REPLACE entries SET about = (1 << 40) + 1 WHERE entry = (1 << 40) + 9",
    ] {
        refused(&path, sql);
    }
    assert_eq!(std::fs::read(&path).unwrap(), before, "not a byte differs");
}

/// Numbers follow each other, so nothing can be appended to leave a gap either.
#[test]
fn no_entry_skips_a_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fixture::fill(&path);
    for seq in [-1, 0, 1, 23, 25, (1 << 40) - 1, i64::MAX - (1 << 40)] {
        refused(
            &path,
            &format!(
                "INSERT INTO entries (entry, merchant, {REST})
                 SELECT (1 << 40) + {seq}, merchant, {REST} FROM entries WHERE id = 'stl_1'"
            ),
        );
    }
}

/// A key that was recorded can be forgotten, by whoever prunes; nothing else can become of it.
#[test]
fn an_idempotency_key_can_only_be_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fixture::fill(&path);
    for (table, ..) in TABLES {
        for sql in [
            "SET idempotency_key = 'x' WHERE idempotency_key IS NOT NULL",
            "SET idempotency_key = idempotency_key WHERE idempotency_key IS NOT NULL",
            "SET fingerprint = zeroblob(16) WHERE idempotency_key IS NOT NULL",
            "SET fingerprint = zeroblob(16) WHERE idempotency_key IS NULL",
            "SET idempotency_key = NULL, fingerprint = zeroblob(16) WHERE idempotency_key IS NULL",
            "SET idempotency_key = 'old', fingerprint = zeroblob(16) WHERE idempotency_key IS NULL",
            "SET idempotency_key = NULL, fingerprint = NULL WHERE fingerprint IS NULL",
            "SET idempotency_key = NULL WHERE idempotency_key IS NOT NULL",
            "SET operation = NULL WHERE idempotency_key IS NOT NULL",
        ] {
            refused(&path, &format!("UPDATE {table} {sql}"));
        }
        let conn = Connection::open(&path).unwrap();
        let forget = format!(
            "UPDATE {table} SET operation = NULL, idempotency_key = NULL, fingerprint = zeroblob(16)
             WHERE idempotency_key IS NOT NULL"
        );
        assert!(conn.execute(&forget, []).unwrap() > 1, "{table} has keys");
    }
}

/// The exponent of a currency is frozen when it is first used.
#[test]
fn no_currency_is_changed_removed_or_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fixture::fill(&path);
    for sql in [
        "UPDATE currencies SET exponent = 3 WHERE code = 'EGP'",
        "UPDATE OR REPLACE currencies SET code = 'USD' WHERE code = 'EGP'",
        "DELETE FROM currencies WHERE code = 'SAR'",
        "INSERT OR REPLACE INTO currencies VALUES (1, 'XXX', 3)",
        "REPLACE INTO currencies VALUES (99, 'EGP', 3)",
    ] {
        refused(&path, sql);
    }
}

fn refused(path: &Path, sql: &str) {
    let conn = Connection::open(path).unwrap();
    let rows = |conn: &Connection| -> Vec<i64> {
        ["entries", "changes", "currencies"]
            .iter()
            .map(|table| {
                conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
                    .unwrap()
            })
            .collect()
    };
    let before = rows(&conn);
    let error = conn.execute_batch(sql).expect_err(sql).to_string();
    let guards =
        ["append-only", "recorded once", "can only be forgotten", "change only with a recording"];
    assert!(guards.iter().any(|guard| error.contains(guard)), "{sql}: {error}");
    assert_eq!(rows(&conn), before, "{sql}");
}
