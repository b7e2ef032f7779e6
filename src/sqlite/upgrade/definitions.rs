//! The steps from schema versions 2 and 3 to the newest. No row changes: what these versions wrote is what
//! the newest would have written, so the definitions alone become others. Those of tables are rewritten
//! where SQLite keeps them, because copying the journal would take as long as it is large.

use rusqlite::{Connection, config::DbConfig, params};

use crate::{
    sqlite::file::{NEWEST, schema},
    words::error::{Error, Result},
};

/// Makes the newest version out of `version`, in the caller's transaction. A definition that is gone, a guard for
/// instance, stays gone: a verification finds afterwards what it would have found before.
pub(super) fn run(conn: &Connection, version: i64) -> Result<()> {
    let (old, new) = (schema::fresh(number(version))?, schema::fresh(number(NEWEST))?);
    let changed = new
        .iter()
        .filter(|(name, definition)| old.get(*name).is_some_and(|old| old.sql != definition.sql));
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true)?;
    let mut rewritten = Ok(());
    for (name, definition) in changed {
        rewritten = rewritten.and_then(|()| rewrite(conn, name, definition.sql.as_deref()));
    }
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    rewritten?;
    // SQLite still goes by the definitions that it read when the file was opened.
    conn.execute_batch("PRAGMA writable_schema = RESET")?;
    for (_, definition) in new.iter().filter(|(name, _)| !old.contains_key(*name)) {
        conn.execute_batch(definition.sql.as_deref().unwrap_or_default())?;
    }
    Ok(())
}

/// A version as its place in the list of them.
fn number(version: i64) -> usize {
    usize::try_from(version).unwrap_or(0)
}

fn rewrite(conn: &Connection, name: &str, sql: Option<&str>) -> Result<()> {
    let (kind, name) =
        name.split_once(' ').ok_or(Error::Internal { expected: "a kind and a name" })?;
    conn.execute(
        "UPDATE sqlite_schema SET sql = ?3 WHERE type = ?1 AND name = ?2",
        params![kind, name, sql],
    )?;
    Ok(())
}
