//! Making a fleet's tables, and knowing them again.

use tokio_postgres::types::Type;

use super::{PostgresOptions, get, session::Session};
use crate::engine::EngineError;

/// The version of the tables that this library works with.
const VERSION: i32 = 1;

/// The version of the views, which nodes don't read.
const VIEWS_VERSION: i32 = 2;

const SCHEMA: &str = include_str!("schema.sql");
/// What fleets of the first programs don't have.
const SNAPSHOTS: &str = include_str!("snapshots.sql");
const WEBHOOKS: &str = include_str!("webhooks.sql");
const NODES: &str = include_str!("nodes.sql");
const VIEWS: &str = include_str!("views.sql");

/// The views that people read.
const READ: &str = "refundry.merchants, refundry.entries, refundry.balances, refundry.refunds,
    refundry.disputes, refundry.handovers, refundry.charges, refundry.statement";

/// Makes the tables in one transaction; or, where they are there already, what is new.
pub(super) async fn run(options: &PostgresOptions, application: &str) -> Result<(), EngineError> {
    let session = Session::open(options, false).await?;
    let role = identifier(application)?;
    if is_set_up(&session).await? {
        check_version(&session).await?;
        check_role(&session, application).await?;
        return renew(&session, &role).await;
    }
    let rights = rights(&role);
    let sql = format!(
        "BEGIN;
         {SCHEMA}
         {SNAPSHOTS}
         {WEBHOOKS}
         {NODES}
         {VIEWS}
         INSERT INTO refundry.fleet (id, version, views)
         VALUES (replace(gen_random_uuid()::text, '-', ''), {VERSION}, {VIEWS_VERSION});
         {rights}
         GRANT INSERT ON refundry.recordings TO {role};
         COMMIT;"
    );
    session.execute_all(&sql).await
}

/// What nodes may do, but for the right to append, which a closed fleet takes away.
fn rights(role: &str) -> String {
    format!(
        "GRANT USAGE ON SCHEMA refundry TO {role};
         GRANT SELECT ON ALL TABLES IN SCHEMA refundry TO {role};
         GRANT INSERT ON refundry.texts, refundry.api_keys, refundry.due, refundry.snapshots,
            refundry.snapshot_pieces, refundry.endpoints, refundry.endpoint_cursors,
            refundry.events_set_aside, refundry.news, refundry.nodes TO {role};
         GRANT UPDATE (revision, settings, trouble) ON refundry.endpoints TO {role};
         GRANT UPDATE (event, moment) ON refundry.endpoint_cursors TO {role};
         REVOKE UPDATE (type, merchant) ON refundry.events_set_aside FROM {role};
         GRANT UPDATE (moment, problem, again) ON refundry.events_set_aside TO {role};
         GRANT UPDATE (holder, until) ON refundry.sender TO {role};
         GRANT UPDATE (token, seen) ON refundry.nodes TO {role};
         GRANT DELETE ON refundry.endpoints, refundry.events_set_aside, refundry.news, refundry.nodes TO {role};
         GRANT EXECUTE ON FUNCTION refundry.erase, refundry.matured, refundry.replace_snapshot TO {role};"
    )
}

/// Refuses a role that nodes don't connect as: it would be let read everything, personal text included.
async fn check_role(session: &Session, application: &str) -> Result<(), EngineError> {
    let sql = "SELECT has_table_privilege(rolname, 'refundry.texts', 'INSERT') FROM pg_roles
        WHERE rolname = $1";
    let rows = session.query(sql, &[(&application, Type::TEXT)]).await?;
    match rows.first().map(|row| get(row, 0)).transpose()? {
        Some(true) => Ok(()),
        Some(false) => Err(EngineError::Refused(format!(
            "{application} is not the role that nodes of this fleet connect as; nothing was changed; to let \
             it read the views, use let-read"
        ))),
        None => Err(EngineError::Refused(format!(
            "there is no role {application}; nothing was changed; create it, or check its name"
        ))),
    }
}

/// Lets a role read the views alone.
pub(super) async fn let_read(options: &PostgresOptions, reader: &str) -> Result<(), EngineError> {
    let session = Session::open(options, true).await?;
    let role = identifier(reader)?;
    let sql = format!(
        "BEGIN;
         GRANT USAGE ON SCHEMA refundry TO {role};
         GRANT SELECT ON {READ} TO {role};
         COMMIT;"
    );
    session.execute_all(&sql).await
}

/// Adds what is new, and brings the views up to date. Whether the role may append stays as it is: the
/// fleet may be closed.
async fn renew(session: &Session, role: &str) -> Result<(), EngineError> {
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
    let rights = rights(role);
    let sql = format!(
        "BEGIN;
         {SNAPSHOTS}
         {WEBHOOKS}
         {NODES}
         {VIEWS}
         UPDATE refundry.fleet SET views = {VIEWS_VERSION};
         {rights}
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
