//! The file itself refuses to change what was recorded, whoever opens it.

use rusqlite::Connection;

use super::fixture;

/// The append-only tables, with a column that is harmless to set.
const TABLES: [(&str, &str); 5] = [
    ("entries", "recorded_at"),
    ("postings", "amount"),
    ("balance_transactions", "amount"),
    ("refunds", "amount"),
    ("transfers", "amount"),
];

/// Every way to replace a row that SQL has, tried with the default settings of a plain connection.
#[test]
fn no_row_is_changed_removed_or_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fixture::fill(&path);
    let before = std::fs::read(&path).unwrap();
    for (table, column) in TABLES {
        for sql in [
            format!("UPDATE {table} SET {column} = {column} + 1"),
            format!("UPDATE {table} SET {column} = {column}"),
            format!("UPDATE OR REPLACE {table} SET seq = 1"),
            format!("UPDATE OR IGNORE {table} SET seq = seq + 1000"),
            format!("DELETE FROM {table}"),
            format!("DELETE FROM {table} WHERE merchant = 1 AND seq IN (5, 10)"),
            format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}"),
            format!("REPLACE INTO {table} SELECT * FROM {table} ORDER BY seq DESC LIMIT 1"),
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

/// A row can also be replaced by a new one that is equal in another unique column.
#[test]
fn no_row_is_replaced_through_another_unique_column() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fixture::fill(&path);
    let before = std::fs::read(&path).unwrap();
    for sql in [
        // The next number, and a refund's id that is taken.
        "INSERT OR REPLACE INTO refunds
         SELECT merchant, 24, id, charge, 1, reason, external_reference, text_hash FROM refunds
         WHERE merchant = 1 AND seq = 5",
        "INSERT OR REPLACE INTO transfers
         SELECT merchant, 24, id, 1, currency, text_hash FROM transfers
         WHERE merchant = 1 AND seq = 10",
        // The next number, and an outcome that is recorded.
        "INSERT OR REPLACE INTO entries
         SELECT merchant, 24, cause, source, reverses, effective_at, recorded_at, hash FROM entries
         WHERE merchant = 1 AND seq = 8",
        "UPDATE OR REPLACE refunds SET id = (SELECT id FROM refunds WHERE seq = 5) WHERE seq = 6",
        "UPDATE OR REPLACE transfers SET id = 'po_way' WHERE id = 'po_paid'",
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
    for seq in [-1, 0, 1, 23, 25, i64::MAX] {
        refused(
            &path,
            &format!(
                "INSERT INTO entries SELECT merchant, {seq}, 9, source, NULL, effective_at,
                     recorded_at, hash FROM entries WHERE merchant = 1 AND seq = 10"
            ),
        );
    }
}

fn refused(path: &std::path::Path, sql: &str) {
    let conn = Connection::open(path).unwrap();
    let rows = |conn: &Connection| -> Vec<i64> {
        TABLES
            .iter()
            .map(|(table, _)| {
                conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
                    .unwrap()
            })
            .collect()
    };
    let before = rows(&conn);
    let error = conn.execute_batch(sql).expect_err(sql).to_string();
    let by_a_guard = error.contains("append-only") || error.contains("recorded once");
    assert!(by_a_guard, "{sql}: {error}");
    assert_eq!(rows(&conn), before, "{sql}");
}
