//! The definitions in a ledger's file. Some are run whenever a row is read or written (views,
//! triggers, generated columns, expressions in indexes), so a file in which somebody else defined
//! them is refused before anything of it is used: they could run for ever.

use std::collections::BTreeMap;

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::VERSIONS;
use crate::words::{
    chain::Hash,
    error::{Error, Result},
    finding::{Invariant, unsound},
};

/// The hash of each version's definitions, so that ordinary files are known at a glance.
const KNOWN: [&str; VERSIONS.len()] =
    ["1aafbe98df08f5e622066f72d5c691eb7cdb7c2b3899f00bb5412b3268fae29f", ""];

/// What is defined under a kind and a name.
#[derive(PartialEq, Eq)]
pub(crate) struct Definition {
    /// The table that it belongs to, in lower case, as SQLite compares names.
    table: String,
    /// How it was defined; `None` for the indexes that SQLite makes itself.
    sql: Option<String>,
}

/// All definitions, by kind and name.
pub(crate) type Schema = BTreeMap<String, Definition>;

/// The definitions of a file. SQLite's own statistics may be there or not.
pub(crate) fn read(conn: &Connection) -> Result<Schema> {
    conn.prepare(
        "SELECT type || ' ' || name, lower(tbl_name), sql FROM sqlite_schema
         WHERE name NOT IN ('sqlite_stat1', 'sqlite_stat4')",
    )?
    .query_map([], |row| Ok((row.get(0)?, Definition { table: row.get(1)?, sql: row.get(2)? })))?
    .map(|row| row.map_err(Error::from))
    .collect()
}

/// The definitions of a new file of this version.
fn fresh(version: usize) -> Result<Schema> {
    let conn = Connection::open_in_memory()?;
    let definitions = version.checked_sub(1).and_then(|version| VERSIONS.get(version));
    conn.execute_batch(definitions.copied().unwrap_or_default())?;
    read(&conn)
}

/// The definitions of a new file.
pub(crate) fn newest() -> Result<Schema> {
    fresh(VERSIONS.len())
}

/// Refuses a file of this version in which anything that belongs to the ledger's tables is defined
/// otherwise, or has been added. Guards and indexes that are gone can do no harm here, nor can
/// tables of somebody else; a verification finds them.
pub(crate) fn check(conn: &Connection, version: usize) -> Result<()> {
    let here = read(conn)?;
    let known = version.checked_sub(1).and_then(|step| KNOWN.get(step));
    if known.is_some_and(|known| **known == *hash(&here)) {
        return Ok(());
    }
    let fresh = fresh(version)?;
    let is_ours =
        |definition: &Definition| fresh.values().any(|known| known.table == definition.table);
    let strange = here
        .iter()
        .find(|(name, definition)| is_ours(definition) && fresh.get(*name) != Some(definition));
    let gone = fresh.keys().find(|name| name.starts_with("table ") && !here.contains_key(*name));
    match strange.map(|(name, _)| name).or(gone) {
        Some(name) => Err(unsound(None, name, Invariant::Schema)),
        None => Ok(()),
    }
}

fn hash(schema: &Schema) -> String {
    let mut hasher = Sha256::new();
    for (name, definition) in schema {
        for text in [name, &definition.table, definition.sql.as_deref().unwrap_or_default()] {
            hasher.update(text);
            hasher.update([0]);
        }
    }
    Hash(hasher.finalize().into()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_is_known_at_a_glance() {
        for (version, known) in (1..).zip(KNOWN) {
            assert_eq!(hash(&fresh(version).unwrap()), known, "version {version}");
        }
    }
}
