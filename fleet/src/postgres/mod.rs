//! The engine on PostgreSQL, 13 or newer.

mod append;
mod endpoints;
mod nodes;
mod session;
mod setup;
mod snapshots;
mod url;

use std::{fmt, io, path::PathBuf, time::Duration};

use tokio::runtime::Runtime;
use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

use self::session::Session;
pub use self::{
    endpoints::Endpoints,
    nodes::{Announced, Nodes},
    url::is_database_url,
};
use crate::engine::{Appended, Engine, EngineError, Group, Head, Kept, Snapshot};

/// How to reach PostgreSQL.
#[derive(Clone)]
#[non_exhaustive]
pub struct PostgresOptions {
    /// `postgres://user:password@host/database`, with the parameters that libpq knows. Several hosts
    /// may be named; the one that can be written to is used.
    pub url: String,
    /// A file with the certificates (PEM) that the server's has to be signed by. TLS is used for all
    /// hosts but those of the loopback, and can't be switched off.
    pub certificates: Option<PathBuf>,
    /// How long a question may take before it counts as unanswered.
    pub deadline: Duration,
}

impl PostgresOptions {
    /// With a deadline of five seconds.
    #[must_use]
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: url.into(), certificates: None, deadline: Duration::from_secs(5) }
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address holds a password.
        f.debug_struct("PostgresOptions").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// Recordings kept in PostgreSQL. It connects when it is first asked, and again after a connection
/// was lost.
pub struct Postgres {
    options: PostgresOptions,
    runtime: Runtime,
    session: Option<Session>,
}

impl Postgres {
    /// An engine that has not connected yet.
    ///
    /// # Errors
    /// [`EngineError::Refused`] for an address that can't be read, or that would send a password in
    /// plain text to another machine.
    pub fn new(options: PostgresOptions) -> Result<Self, EngineError> {
        url::read(&options)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| EngineError::Unavailable(error.to_string()))?;
        Ok(Self { options, runtime, session: None })
    }

    /// Makes the tables of a new fleet, and lets a role that exists append to them and read them. The
    /// address is that of a role who may create a schema. Of a fleet that is there, it adds what a newer program
    /// has, and brings the views up to date; whoever may read a view still may.
    ///
    /// # Errors
    /// [`EngineError::Refused`] if the tables or views are of another version, or if nodes of the fleet that
    /// is there connect as another role, among others. Nothing was changed then.
    pub fn set_up(options: &PostgresOptions, application: &str) -> Result<(), EngineError> {
        let engine = Self::new(options.clone())?;
        engine.runtime.block_on(setup::run(options, application))
    }

    /// Lets a role that exists read the views, and no table: for reports. The address is that of the
    /// tables' owner.
    ///
    /// # Errors
    /// [`EngineError::Refused`] if the role is not there, among others. Nothing was changed then.
    pub fn let_read(options: &PostgresOptions, reader: &str) -> Result<(), EngineError> {
        let engine = Self::new(options.clone())?;
        engine.runtime.block_on(setup::let_read(options, reader))
    }

    /// Takes the right to append away from the role that nodes connect as: from now on this fleet can
    /// only be read. The address is that of the tables' owner.
    ///
    /// # Errors
    /// [`EngineError::Refused`] if the role is not there, among others.
    pub fn close(options: &PostgresOptions, application: &str) -> Result<(), EngineError> {
        let engine = Self::new(options.clone())?;
        engine.runtime.block_on(setup::close(options, application))
    }

    /// Asks something that changes nothing.
    fn read(
        &mut self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, EngineError> {
        self.read_by(async |session| session.query(sql, parameters).await)
    }

    /// Asks something that changes nothing. A session that was lost meanwhile is replaced once.
    fn read_by(
        &mut self,
        ask: impl AsyncFn(&Session) -> Result<Vec<Row>, EngineError>,
    ) -> Result<Vec<Row>, EngineError> {
        let had_one = self.session.is_some();
        match self.with_session(&ask) {
            Err(EngineError::InDoubt(_)) if had_one => self.with_session(&ask),
            answer => answer,
        }
        .map_err(|error| match error {
            EngineError::InDoubt(why) => EngineError::Unavailable(why),
            error => error,
        })
    }

    /// Asks through the session, which is given up after anything that leaves a doubt.
    fn with_session<T>(
        &mut self,
        ask: impl AsyncFnOnce(&Session) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let Self { options, runtime, session } = self;
        let answer = runtime.block_on(async {
            let open = match session {
                Some(open) if !open.is_closed() => open,
                _ => session.insert(Session::open(options, true).await?),
            };
            ask(open).await
        });
        if let Err(EngineError::InDoubt(_)) = answer {
            self.session = None;
        }
        answer
    }
}

/// The recordings from heads on. Most often there is nothing but the head, whose body nobody needs.
const FROM: &str = "
SELECT r.merchant, r.n, r.hash, CASE WHEN r.n > h.n THEN r.body ELSE '' END, t.text
FROM unnest($1, $2) AS h (merchant, n)
JOIN LATERAL (
    SELECT * FROM refundry.recordings r
    WHERE r.merchant = h.merchant AND r.n >= h.n ORDER BY r.n LIMIT $3
) r ON true
LEFT JOIN refundry.texts t ON t.merchant = r.merchant AND t.n = r.n AND t.n > h.n
ORDER BY r.merchant, r.n";

/// Every merchant of whom any row is there: one whose first recording was deleted is not to be passed over.
/// Each is found by the index.
const MERCHANTS: &str = r#"
WITH RECURSIVE books AS (
    (SELECT merchant FROM refundry.recordings ORDER BY merchant LIMIT 1)
    UNION ALL
    SELECT (
        SELECT r.merchant FROM refundry.recordings r
        WHERE r.merchant > b.merchant ORDER BY r.merchant LIMIT 1
    ) FROM books b WHERE b.merchant IS NOT NULL
)
SELECT merchant COLLATE "C" FROM books WHERE merchant IS NOT NULL
UNION SELECT merchant FROM refundry.texts
UNION SELECT merchant FROM refundry.api_keys
UNION SELECT merchant FROM refundry.due
ORDER BY 1"#;

impl Engine for Postgres {
    fn append(&mut self, group: &Group) -> Result<Appended, EngineError> {
        self.with_session(async |session| append::run(session, group).await)
    }

    fn kept_from(&mut self, heads: &[Head], limit: u32) -> Result<Vec<Kept>, EngineError> {
        let merchants: Vec<&str> = heads.iter().map(|head| head.merchant.as_str()).collect();
        let numbers: Vec<i64> = heads.iter().map(|head| head.mark.n).collect();
        let limit = i64::from(limit);
        let parameters: [(&(dyn ToSql + Sync), Type); 3] =
            [(&merchants, Type::TEXT_ARRAY), (&numbers, Type::INT8_ARRAY), (&limit, Type::INT8)];
        let rows = self.read_by(async |session| session.query_often(FROM, &parameters).await)?;
        rows.iter()
            .map(|row| {
                let hash: &[u8] = get(row, 2)?;
                let hash = hash.try_into().map_err(|_| strange("a hash of another length"))?;
                Ok(Kept {
                    merchant: get(row, 0)?,
                    n: get(row, 1)?,
                    hash,
                    body: get(row, 3)?,
                    text: get(row, 4)?,
                })
            })
            .collect()
    }

    fn key_holders(&mut self, hashes: &[[u8; 32]]) -> Result<Vec<Option<String>>, EngineError> {
        let wanted: Vec<&[u8]> = hashes.iter().map(<[u8; 32]>::as_slice).collect();
        let sql = "SELECT k.merchant FROM unnest($1) WITH ORDINALITY AS h (hash, place)
                   LEFT JOIN refundry.api_keys k ON k.hash = h.hash ORDER BY h.place";
        let rows = self.read(sql, &[(&wanted, Type::BYTEA_ARRAY)])?;
        rows.iter().map(|row| get(row, 0)).collect()
    }

    fn confirm(&mut self) -> Result<(), EngineError> {
        // A commit of its own, which waits for the standby to have all before it.
        let sql = "SELECT pg_logical_emit_message(true, 'refundry', '')";
        let confirmed = self.with_session(async |session| {
            session.query(sql, &[]).await?;
            if session.was_warned() { Err(not_on_standby()) } else { Ok(()) }
        });
        confirmed.map_err(|error| match error {
            EngineError::InDoubt(why) => EngineError::Unavailable(why),
            error => error,
        })
    }

    fn has_standby(&mut self) -> Result<bool, EngineError> {
        let rows = self.read("SELECT current_setting('synchronous_standby_names') <> ''", &[])?;
        get(rows.first().ok_or_else(|| strange("no settings"))?, 0)
    }

    fn due(&mut self, moment: i64, limit: u32) -> Result<Vec<String>, EngineError> {
        let sql = "SELECT merchant FROM (
                       SELECT merchant, min(moment) AS first FROM refundry.due
                       WHERE moment <= $1 GROUP BY merchant ORDER BY first LIMIT $2
                   ) AS due ORDER BY merchant";
        let limit = i64::from(limit);
        let rows = self.read(sql, &[(&moment, Type::INT8), (&limit, Type::INT8)])?;
        rows.iter().map(|row| get(row, 0)).collect()
    }

    fn merchants(&mut self) -> Result<Vec<String>, EngineError> {
        self.read(MERCHANTS, &[])?.iter().map(|row| get(row, 0)).collect()
    }

    fn fleet(&mut self) -> Result<String, EngineError> {
        let rows = self.read("SELECT id FROM refundry.fleet", &[])?;
        let row = rows.first().ok_or_else(|| strange("no fleet"))?;
        let id: String = get(row, 0)?;
        // It names the cache's file.
        if id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()) {
            Ok(id)
        } else {
            Err(strange("a fleet without an id of 32 hexadecimal digits"))
        }
    }

    fn snapshot(&mut self, merchant: &str) -> Result<Option<Snapshot>, EngineError> {
        let rows = self.read(snapshots::NEWEST, &[(&merchant, Type::TEXT)])?;
        rows.first().map(|row| snapshots::read(merchant, row)).transpose()
    }

    fn snapshot_pieces(
        &mut self,
        snapshot: &Snapshot,
        first: u32,
        limit: u32,
    ) -> Result<Vec<Vec<u8>>, EngineError> {
        let (first, limit) = (i64::from(first), i64::from(limit));
        let parameters: [(&(dyn ToSql + Sync), Type); 4] = [
            (&snapshot.head.merchant, Type::TEXT),
            (&snapshot.id, Type::INT8),
            (&first, Type::INT8),
            (&limit, Type::INT8),
        ];
        self.read(snapshots::PIECES, &parameters)?.iter().map(|row| get(row, 0)).collect()
    }

    fn erasures(&mut self, merchant: &str) -> Result<i64, EngineError> {
        let rows = self.read(snapshots::ERASURES, &[(&merchant, Type::TEXT)])?;
        rows.first().map_or(Ok(0), |row| get(row, 0))
    }

    fn keep_snapshot(
        &mut self,
        snapshot: &Snapshot,
        erasures: i64,
        pieces: &mut dyn Iterator<Item = io::Result<Vec<u8>>>,
    ) -> Result<bool, EngineError> {
        let kept = self.with_session(async |session| {
            snapshots::keep(session, snapshot, erasures, pieces).await
        });
        if kept.is_err() {
            // Its transaction may be open still.
            self.session = None;
        }
        kept
    }
}

fn get<'a, T: tokio_postgres::types::FromSql<'a>>(
    row: &'a Row,
    column: usize,
) -> Result<T, EngineError> {
    row.try_get(column).map_err(|error| EngineError::Refused(error.to_string()))
}

/// A commit that did not wait for its standby says so in a warning alone.
fn not_on_standby() -> EngineError {
    EngineError::InDoubt("it warned that its standby may not have this".into())
}

fn strange(what: &str) -> EngineError {
    EngineError::Refused(format!("the database has {what}; it is not a fleet's, or was altered"))
}
