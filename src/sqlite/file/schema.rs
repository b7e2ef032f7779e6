//! The definitions in a ledger's file. Some are run whenever a row is read or written (views,
//! triggers, generated columns, expressions in indexes), so foreign ones on the ledger's tables are
//! refused before anything of the file is used: SQLite would execute them, perhaps for ever. Other
//! programs may keep tables of their own and add plain indexes.

use std::collections::BTreeMap;

use rusqlite::{Connection, Row};
use sha2::{Digest, Sha256};

use super::VERSIONS;
use crate::words::{
    chain::Hash,
    error::Result,
    finding::{Invariant, unsound},
};

/// The hash of each version's definitions, so that ordinary files are known at a glance.
const KNOWN: [&str; VERSIONS.len()] = [
    "1aafbe98df08f5e622066f72d5c691eb7cdb7c2b3899f00bb5412b3268fae29f",
    "7ab4a959a254ad4cfa8be47a7b4cee99dac499559fea0816c77978b3400b9765",
    "92e1d384aea05aa600da5f9ca48ea9ab71dff34114bb0353dbf20db7c37bb411",
    "9ab21fabc9f079be38fd8b06cfc12e256795429abd28a44a38a488b925931c38",
];

/// What is defined under a kind and a name.
#[derive(PartialEq, Eq)]
pub(crate) struct Definition {
    /// The table that it belongs to, in lower case, as SQLite compares names.
    table: String,
    /// How it was defined; `None` for the indexes that SQLite makes itself.
    pub(crate) sql: Option<String>,
}

/// All definitions, by kind and name.
pub(crate) type Schema = BTreeMap<String, Definition>;

/// The definitions of a file. SQLite's own statistics may be there or not.
pub(crate) fn read(conn: &Connection) -> Result<Schema> {
    let mut definitions = conn.prepare(
        "SELECT type || ' ' || name, lower(tbl_name), sql FROM sqlite_schema
         WHERE name NOT IN ('sqlite_stat1', 'sqlite_stat4')",
    )?;
    let mut rows = definitions.query([])?;
    let mut schema = Schema::new();
    while let Some(row) = rows.next()? {
        schema.insert(row.get(0)?, Definition { table: row.get(1)?, sql: row.get(2)? });
    }
    Ok(schema)
}

/// The definitions of a new file of this version.
pub(crate) fn fresh(version: usize) -> Result<Schema> {
    let conn = Connection::open_in_memory()?;
    let definitions = version.checked_sub(1).and_then(|version| VERSIONS.get(version));
    conn.execute_batch(definitions.copied().unwrap_or_default())?;
    read(&conn)
}

/// Refuses a file of this version in which something that belongs to the ledger's tables is defined
/// otherwise, or was added and could change what they do. Guards and indexes that are gone can do no
/// harm here, nor can what somebody else made for themselves; a verification finds them.
pub(crate) fn check(conn: &Connection, version: usize) -> Result<()> {
    let here = read(conn)?;
    if is_ordinary(&here, version) {
        return Ok(());
    }
    let fresh = fresh(version)?;
    let gone = fresh.keys().find(|name| name.starts_with("table ") && !here.contains_key(*name));
    if let Some(name) = gone {
        // A view in its place says more.
        let in_its_place = here.keys().find(|view| is_of_the_name(view, name));
        return Err(unsound(None, in_its_place.unwrap_or(name), Invariant::Schema));
    }
    foreign(conn, &here, &fresh).map(drop)
}

/// Whether these are a new file's definitions and nothing else.
fn is_ordinary(here: &Schema, version: usize) -> bool {
    let known = version.checked_sub(1).and_then(|step| KNOWN.get(step));
    known.is_some_and(|known| **known == *hash(here))
}

fn is_of_the_name(view: &str, table: &str) -> bool {
    let name =
        |definition: &str| definition.split_once(' ').map(|(_, name)| name.to_ascii_lowercase());
    view.starts_with("view ") && name(view) == name(table)
}

/// The harmless definitions of others, by kind and name. Each definition of the newest version must
/// be there as it is.
///
/// A verification has SQLite read every table, so that here nothing may run in those of others
/// either.
pub(crate) fn verify(conn: &Connection) -> Result<Vec<String>> {
    let here = read(conn)?;
    if is_ordinary(&here, VERSIONS.len()) {
        return Ok(Vec::new());
    }
    let fresh = fresh(VERSIONS.len())?;
    if let Some(name) = fresh.keys().find(|name| here.get(*name) != fresh.get(*name)) {
        return Err(unsound(None, name, Invariant::Schema));
    }
    let foreign = foreign(conn, &here, &fresh)?;
    for name in &foreign {
        if runs_when_it_is_read(conn, name, &here[name])? {
            return Err(unsound(None, name, Invariant::Schema));
        }
    }
    Ok(foreign)
}

/// What is defined beside the ledger's own. Refused are triggers on the ledger's tables, indexes on
/// them that do more than find rows, and tables that refer to them: SQLite would run those, or let
/// them stop it, when the ledger writes.
fn foreign(conn: &Connection, here: &Schema, fresh: &Schema) -> Result<Vec<String>> {
    let is_ours = |table: &str| fresh.values().any(|known| known.table == table);
    let mut foreign = Vec::new();
    for (name, definition) in here {
        if fresh.get(name) == Some(definition) {
            continue;
        }
        let is_harmless = match name.split_once(' ') {
            _ if fresh.contains_key(name) => false,
            Some(("index", index)) if is_ours(&definition.table) => {
                !is_unique(conn, &definition.table, index)?
                    && !has_expressions(conn, &definition.table, index)?
            }
            Some(("table", table)) => {
                let refers = any(conn, "foreign_key_list", table, |row| {
                    Ok(is_ours(&row.get::<_, String>("table")?.to_ascii_lowercase()))
                })?;
                !is_ours(&definition.table) && !refers
            }
            _ => !is_ours(&definition.table),
        };
        if !is_harmless {
            return Err(unsound(None, name, Invariant::Schema));
        }
        foreign.push(name.clone());
    }
    Ok(foreign)
}

/// Whether a pragma says something of a table or an index. As a table (`pragma_index_list`) it would need SQLite's virtual
/// tables, which the small WebAssembly module has not.
fn any(
    conn: &Connection,
    pragma: &str,
    of: &str,
    is_said: impl Fn(&Row<'_>) -> rusqlite::Result<bool>,
) -> Result<bool> {
    let mut said = false;
    conn.pragma(None, pragma, of, |row| {
        said |= is_said(row)?;
        Ok(())
    })?;
    Ok(said)
}

/// Whether an index refuses rows.
fn is_unique(conn: &Connection, table: &str, index: &str) -> Result<bool> {
    any(conn, "index_list", table, |row| {
        Ok(row.get::<_, String>("name")? == index && row.get("unique")?)
    })
}

/// Whether anything is computed for an index: a part of it, its condition, or an order that SQLite
/// does not have by itself.
fn has_expressions(conn: &Connection, table: &str, index: &str) -> Result<bool> {
    let is_partial = any(conn, "index_list", table, |row| {
        Ok(row.get::<_, String>("name")? == index && row.get("partial")?)
    })?;
    let is_computed = |row: &Row<'_>| {
        let order: Option<String> = row.get("coll")?;
        let is_known =
            order.is_none_or(|order| ["BINARY", "NOCASE", "RTRIM"].contains(&order.as_str()));
        Ok(row.get::<_, i64>("cid")? == -2 || !is_known)
    };
    Ok(is_partial || any(conn, "index_xinfo", index, is_computed)?)
}

/// Whether a foreign definition runs when SQLite reads every table and index, CHECK constraints
/// aside.
fn runs_when_it_is_read(conn: &Connection, name: &str, definition: &Definition) -> Result<bool> {
    match name.split_once(' ') {
        Some(("index", index)) => has_expressions(conn, &definition.table, index),
        Some(("table", table)) => {
            let sql = definition.sql.as_deref().unwrap_or_default().to_ascii_lowercase();
            let is_generated = |row: &Row<'_>| Ok([2, 3].contains(&row.get::<_, i64>("hidden")?));
            Ok(sql.starts_with("create virtual") || any(conn, "table_xinfo", table, is_generated)?)
        }
        _ => Ok(false),
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
