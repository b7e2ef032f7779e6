//! Making a fleet's tables, and knowing them again.

use super::{PostgresOptions, get, session::Session};
use crate::engine::EngineError;

/// The version of the tables that this library works with.
const VERSION: i32 = 1;

/// The version of the views, which nodes don't read.
const VIEWS_VERSION: i32 = 2;

const SCHEMA: &str = include_str!("schema.sql");
const VIEWS: &str = include_str!("views.sql");

/// Makes the tables in one transaction; or, where they are there already, only the views.
pub(super) async fn run(options: &PostgresOptions, application: &str) -> Result<(), EngineError> {
    let session = Session::open(options, false).await?;
    let role = identifier(application)?;
    if is_set_up(&session).await? {
        check_version(&session).await?;
        return renew_views(&session, &role).await;
    }
    let sql = format!(
        "BEGIN;
         {SCHEMA}
         {VIEWS}
         INSERT INTO refundry.fleet (id, version, views)
         VALUES (replace(gen_random_uuid()::text, '-', ''), {VERSION}, {VIEWS_VERSION});
         GRANT USAGE ON SCHEMA refundry TO {role};
         GRANT SELECT ON ALL TABLES IN SCHEMA refundry TO {role};
         GRANT INSERT ON refundry.recordings, refundry.texts, refundry.api_keys, refundry.due TO {role};
         GRANT EXECUTE ON FUNCTION refundry.erase, refundry.matured TO {role};
         COMMIT;"
    );
    session.execute_all(&sql).await
}

/// Brings the views up to date. Whether the role may append stays as it is: the fleet may be closed.
async fn renew_views(session: &Session, role: &str) -> Result<(), EngineError> {
    // Those of the first fleets have no number.
    let column =
        "ALTER TABLE refundry.fleet ADD COLUMN IF NOT EXISTS views integer NOT NULL DEFAULT 0";
    session.execute_all(column).await?;
    let rows = session.query("SELECT views FROM refundry.fleet", &[]).await?;
    let views: i32 = rows.first().map_or(Ok(0), |row| get(row, 0))?;
    if views > VIEWS_VERSION {
        return Err(EngineError::Refused(format!(
            "its views have version {views}, and this program makes version {VIEWS_VERSION}; nothing \
             was changed; use the newer program"
        )));
    }
    let sql = format!(
        "BEGIN;
         {VIEWS}
         UPDATE refundry.fleet SET views = {VIEWS_VERSION};
         GRANT SELECT ON ALL TABLES IN SCHEMA refundry TO {role};
         COMMIT;"
    );
    session.execute_all(&sql).await
}

/// Ends the role's right to append. An append that began before may still wait for its standby, and
/// can't be read yet: it holds its lock on the table, so that the end of this is after it.
pub(super) async fn close(options: &PostgresOptions, application: &str) -> Result<(), EngineError> {
    let session = Session::open(options, true).await?;
    let role = identifier(application)?;
    let sql = format!(
        "BEGIN;
         REVOKE INSERT ON refundry.recordings FROM {role};
         LOCK TABLE refundry.recordings IN SHARE MODE;
         COMMIT;"
    );
    session.execute_all(&sql).await
}

/// A role's name as SQL writes it.
fn identifier(name: &str) -> Result<String, EngineError> {
    if name.is_empty() || name.contains('\0') {
        return Err(EngineError::Refused("name the role that nodes connect as".into()));
    }
    Ok(format!("\"{}\"", name.replace('"', "\"\"")))
}

async fn is_set_up(session: &Session) -> Result<bool, EngineError> {
    let found = session.query("SELECT to_regclass('refundry.fleet') IS NOT NULL", &[]).await?;
    found.first().map_or(Ok(false), |row| get(row, 0))
}

/// Refuses tables that are not there, or of another version.
pub(super) async fn check(session: &Session) -> Result<(), EngineError> {
    if !is_set_up(session).await? {
        return Err(EngineError::Refused("it has no fleet yet; set one up".into()));
    }
    check_version(session).await
}

async fn check_version(session: &Session) -> Result<(), EngineError> {
    let rows = session.query("SELECT version FROM refundry.fleet", &[]).await?;
    let version: i32 = rows.first().map_or(Ok(0), |row| get(row, 0))?;
    if version == VERSION {
        return Ok(());
    }
    Err(EngineError::Refused(format!(
        "its tables have version {version}, and this node works with version {VERSION}; use a node \
         of that version"
    )))
}
