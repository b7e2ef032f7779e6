//! The table of personal texts, kept apart from the rows that they belong to.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::number;
use crate::words::error::{Error, Result};

/// Reads metadata as the file keeps it.
pub(crate) fn metadata_from(text: Option<&str>) -> Result<BTreeMap<String, String>> {
    text.map_or_else(
        || Ok(BTreeMap::new()),
        |text| {
            serde_json::from_str(text).map_err(|_| Error::corrupt("metadata that can't be read"))
        },
    )
}

/// Metadata as the file keeps it: nothing if there is none.
pub(crate) fn metadata_to(metadata: &BTreeMap<String, String>) -> Option<String> {
    if metadata.is_empty() { None } else { serde_json::to_string(metadata).ok() }
}

/// Keeps the personal text of a recording.
pub(crate) fn insert(
    conn: &Connection,
    merchant: i64,
    n: i64,
    salt: &[u8; 16],
    description: Option<&str>,
    metadata: &BTreeMap<String, String>,
) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO texts (text, salt, description, metadata) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![number::key(merchant, n), salt, description, metadata_to(metadata)])?;
    Ok(())
}

/// The number of the recording of this entry, if its text is there.
pub(crate) fn find(conn: &Connection, entry: i64) -> Result<Option<i64>> {
    Ok(conn
        .prepare_cached(
            "SELECT n FROM entries JOIN texts ON text = (merchant << 40) + n WHERE entry = ?1",
        )?
        .query_row([entry], |row| row.get(0))
        .optional()?)
}

/// Erases the personal text of a recording.
pub(crate) fn erase(conn: &Connection, merchant: i64, n: i64) -> Result<()> {
    conn.prepare_cached("DELETE FROM texts WHERE text = ?1")?
        .execute([number::key(merchant, n)])?;
    Ok(())
}
