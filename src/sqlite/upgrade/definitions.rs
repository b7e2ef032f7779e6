//! The step from schema version 2 to version 3, which has disputes. No row changes: what version 2 wrote
//! is what version 3 would have written, so the definitions alone become others. Those of tables are
//! rewritten where SQLite keeps them, because copying the journal would take as long as it is large.

use rusqlite::{Connection, config::DbConfig, params};

use crate::{
    sqlite::file::schema,
    words::error::{Error, Result},
};

/// Makes version 3 out of version 2, in the caller's transaction. A definition that is gone, a guard for
/// instance, stays gone: a verification finds afterwards what it would have found before.
pub(super) fn run(conn: &Connection) -> Result<()> {
    let (old, new) = (schema::fresh(2)?, schema::fresh(3)?);
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

fn rewrite(conn: &Connection, name: &str, sql: Option<&str>) -> Result<()> {
    let (kind, name) =
        name.split_once(' ').ok_or(Error::Internal { expected: "a kind and a name" })?;
    conn.execute(
        "UPDATE sqlite_schema SET sql = ?3 WHERE type = ?1 AND name = ?2",
        params![kind, name, sql],
    )?;
    Ok(())
}
