//! What a ledger's file says, boiled down to a number: two ledgers that say the same have the same.

use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
    path::Path,
};

use rusqlite::{Connection, OpenFlags, Result, types::ValueRef};

/// A fingerprint of every row of every table. Only the hashes of API keys are left out, because
/// they come from the system's random numbers, and the running hashes, because they cover those: a
/// verification checks them.
///
/// # Errors
/// If SQLite can't read it.
pub fn fingerprint(path: &Path) -> Result<u64> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    // All tables at one moment.
    let tx = conn.unchecked_transaction()?;
    // Schema 1 has no running hashes, and tells of API keys in one table alone.
    let version: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let mut hasher = DefaultHasher::new();
    let mut tables = tx.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'
         ORDER BY name",
    )?;
    let mut names = tables.query([])?;
    while let Some(name) = names.next()? {
        let name: String = name.get(0)?;
        name.hash(&mut hasher);
        let columns = match name.as_str() {
            "api_keys" => "merchant, created_at, revoked_at",
            "changes" if version > 1 => {
                "change, seq, kind, recorded_at, CASE WHEN kind BETWEEN 22 AND 23 THEN '' ELSE body END,
                 operation, idempotency_key, fingerprint"
            }
            "entries" if version > 3 => {
                "entry, merchant, n, cause, charge, about, recorded_at, effective_at, debit, credit,
                 amount, currency, fee, id, reason, external_reference, refunded, text_hash,
                 operation, idempotency_key, fingerprint, hash, disputed, elsewhere"
            }
            "entries" if version > 2 => {
                "entry, merchant, n, cause, charge, about, recorded_at, effective_at, debit, credit,
                 amount, currency, fee, id, reason, external_reference, refunded, text_hash,
                 operation, idempotency_key, fingerprint, hash, disputed"
            }
            "entries" if version > 1 => {
                "entry, merchant, n, cause, charge, about, recorded_at, effective_at, debit, credit,
                 amount, currency, fee, id, reason, external_reference, refunded, text_hash,
                 operation, idempotency_key, fingerprint, hash"
            }
            _ => "*",
        };
        let mut query = tx.prepare(&format!("SELECT {columns} FROM {name} ORDER BY 1, 2"))?;
        let width = query.column_count();
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..width {
                match row.get_ref(column)? {
                    ValueRef::Null => 0_u8.hash(&mut hasher),
                    ValueRef::Integer(number) => (1_u8, number).hash(&mut hasher),
                    ValueRef::Real(number) => (2_u8, number.to_bits()).hash(&mut hasher),
                    ValueRef::Text(text) => (3_u8, text).hash(&mut hasher),
                    ValueRef::Blob(bytes) => (4_u8, bytes).hash(&mut hasher),
                }
            }
        }
    }
    Ok(hasher.finish())
}
