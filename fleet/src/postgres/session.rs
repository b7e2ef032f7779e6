//! One connection, whose settings are known.

use std::{
    cell::RefCell,
    collections::HashMap,
    future::poll_fn,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    task::JoinSet,
    time::timeout,
};
use tokio_postgres::{
    AsyncMessage, Client, Config, Connection, Error, NoTls, Row, Statement,
    error::{Severity, SqlState},
    types::{ToSql, Type},
};

use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    PostgresOptions, setup,
    url::{self, Target},
};
use crate::engine::EngineError;

pub(super) struct Session {
    client: Client,
    /// The server's process. A pool that hands us another one for a moment is noticed by it.
    pub(super) process: i32,
    /// The server gave a warning.
    warned: Arc<AtomicBool>,
    deadline: Duration,
    /// What the server has prepared, by its text. There are few texts: see `append`.
    prepared: RefCell<HashMap<String, Statement>>,
}

/// What is checked and set when a session begins. The server ends what takes longer than we wait. All
/// that we ask for is found by an index. Without statistics the planner would rather sort and hash
/// whole books: a page of 1000 recordings out of 100,000 took 123 ms in place of 7.
const BEGIN: &str = "
SELECT pg_backend_pid(),
    current_setting('server_version_num')::int,
    current_setting('server_encoding'),
    current_setting('fsync'),
    pg_is_in_recovery(),
    CASE WHEN current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')
        THEN set_config('synchronous_commit', 'on', false) END,
    set_config('search_path', 'pg_catalog', false),
    set_config('lock_timeout', $1, false),
    set_config('statement_timeout', $1, false),
    set_config('idle_in_transaction_session_timeout', $1, false),
    set_config('default_transaction_isolation', 'read committed', false),
    set_config('default_transaction_read_only', 'off', false),
    set_config('default_transaction_deferrable', 'off', false),
    set_config('enable_seqscan', 'off', false),
    set_config('enable_bitmapscan', 'off', false),
    set_config('enable_hashjoin', 'off', false),
    set_config('enable_mergejoin', 'off', false),
    set_config('plan_cache_mode', 'force_generic_plan', false),
    set_config('jit', 'off', false)";

impl Session {
    /// Connects. A session for a fleet that is there checks its version too.
    pub(super) async fn open(
        options: &PostgresOptions,
        is_set_up: bool,
    ) -> Result<Self, EngineError> {
        let target = url::read(options)?;
        let deadline = options.deadline;
        let (client, warned) = match timeout(deadline, connect(target)).await {
            Ok(Ok(connected)) => connected,
            Ok(Err(why)) => return Err(EngineError::Unavailable(why)),
            Err(_) => return Err(EngineError::Unavailable("it can't be reached in time".into())),
        };
        let prepared = RefCell::default();
        let mut session = Self { client, process: 0, warned, deadline, prepared };
        let begun = session.begin().await;
        let begun = match begun {
            Ok(()) if is_set_up => setup::check(&session).await,
            begun => begun,
        };
        // Nothing was asked yet, so there is nothing to doubt.
        begun.map_err(|error| match error {
            EngineError::InDoubt(why) => EngineError::Unavailable(why),
            error => error,
        })?;
        Ok(session)
    }

    async fn begin(&mut self) -> Result<(), EngineError> {
        let milliseconds = self.deadline.as_millis().to_string();
        let rows = self.query(BEGIN, &[(&milliseconds, Type::TEXT)]).await?;
        let row = rows.first().ok_or_else(|| EngineError::Refused("it said nothing".into()))?;
        let refused = |why: &str| Err(EngineError::Refused(why.to_owned()));
        let (version, encoding, fsync): (i32, &str, &str) =
            (super::get(row, 1)?, super::get(row, 2)?, super::get(row, 3)?);
        if version < 130_000 {
            return refused("it is older than PostgreSQL 13");
        }
        if encoding != "UTF8" {
            return refused("its encoding is not UTF8; create the database with ENCODING 'UTF8'");
        }
        if fsync != "on" {
            return refused("it loses what it has acknowledged; set fsync = on");
        }
        if super::get(row, 4)? {
            return Err(EngineError::Unavailable("it is a standby".into()));
        }
        self.process = super::get(row, 0)?;
        Ok(())
    }

    /// Whether the server gave a warning with its last answer.
    pub(super) fn was_warned(&self) -> bool {
        self.warned.load(Ordering::Relaxed)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Asks by a statement that the server has prepared for this session: planning takes it longer than
    /// to append a group. A pool that hands us another session has not prepared it there, or has it from
    /// another node.
    pub(super) async fn ask(
        &self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, Ended> {
        let values: Vec<_> = parameters.iter().map(|(value, _)| *value).collect();
        self.in_time(async {
            let statement = self.prepare(sql, parameters).await?;
            self.client.query(&statement, &values).await
        })
        .await
    }

    async fn prepare(
        &self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Statement, Error> {
        if let Some(statement) = self.prepared.borrow().get(sql) {
            return Ok(statement.clone());
        }
        let types: Vec<Type> = parameters.iter().map(|(_, of)| of.clone()).collect();
        let statement = self.client.prepare_typed(sql, &types).await?;
        self.prepared.borrow_mut().insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    async fn in_time(
        &self,
        answer: impl Future<Output = Result<Vec<Row>, Error>>,
    ) -> Result<Vec<Row>, Ended> {
        self.warned.store(false, Ordering::Relaxed);
        match timeout(self.deadline.saturating_add(GRACE), answer).await {
            Err(_) => Err(Ended::InDoubt("it did not answer in time")),
            Ok(Err(error)) => Err(Ended::Said(error)),
            Ok(Ok(rows)) => Ok(rows),
        }
    }

    /// Asks something that changes nothing, in one round trip, by a statement without a name.
    pub(super) async fn query(
        &self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, EngineError> {
        self.in_time(self.client.query_typed(sql, parameters)).await.map_err(|ended| match ended {
            Ended::Said(error) => sort(&error),
            Ended::InDoubt(why) => EngineError::InDoubt(why.to_owned()),
        })
    }

    /// As [`Session::query`], by a statement that stays prepared.
    pub(super) async fn query_often(
        &self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, EngineError> {
        self.ask(sql, parameters).await.map_err(|ended| match ended {
            Ended::Said(error) => sort(&error),
            Ended::InDoubt(why) => EngineError::InDoubt(why.to_owned()),
        })
    }

    /// Runs several statements, which together may take longer than one question.
    pub(super) async fn execute_all(&self, sql: &str) -> Result<(), EngineError> {
        self.client.batch_execute(sql).await.map_err(|error| sort(&error))
    }
}

/// Why there is no answer.
pub(super) enum Ended {
    /// The server or the connection said so.
    Said(Error),
    InDoubt(&'static str),
}

/// Why a session can't be used that is not the same for each question.
pub(super) const POOL: &str = "a pool between this node and the database hands one session to many (transaction \
     pooling); connect to the database itself, or have the pool keep sessions";

/// Connects to whichever host can be written to. All are tried at the same time: one that is cut off or
/// frozen does not answer, and must not hold up the others.
async fn connect(target: Target) -> Result<(Client, Arc<AtomicBool>), String> {
    let mut tries = JoinSet::new();
    for host in target.hosts {
        tries.spawn(connect_to(host, target.tls.clone()));
    }
    let (mut problems, mut has_standby) = (Vec::new(), false);
    let mut next = tries.join_next().await;
    while let Some(tried) = next {
        match tried {
            Ok(Ok(connected)) => return Ok(connected),
            Ok(Err(error)) => {
                has_standby |= is_standby(&error);
                problems.push(told(&error));
            }
            Err(error) => problems.push(error.to_string()),
        }
        // Where one is a standby and another says nothing, the standby may be promoted any moment: then
        // all are tried again. Else the others have all the time there is.
        next = if has_standby {
            timeout(OTHERS, tries.join_next()).await.unwrap_or_default()
        } else {
            tries.join_next().await
        };
    }
    problems.sort_unstable();
    problems.dedup();
    Err(problems.join("; "))
}

async fn connect_to(
    host: Config,
    tls: Option<MakeRustlsConnect>,
) -> Result<(Client, Arc<AtomicBool>), Error> {
    let warned = Arc::new(AtomicBool::new(false));
    let client = match tls {
        None => {
            let (client, connection) = host.connect(NoTls).await?;
            drive(connection, Arc::clone(&warned));
            client
        }
        Some(tls) => {
            let (client, connection) = host.connect(tls).await?;
            drive(connection, Arc::clone(&warned));
            client
        }
    };
    Ok((client, warned))
}

/// Whether a host answered that it can't be written to.
fn is_standby(error: &Error) -> bool {
    use std::error::Error as _;

    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::PermissionDenied)
}

/// How much longer the other hosts have once one has said that it is a standby.
const OTHERS: Duration = Duration::from_secs(2);

/// How much longer we wait than the server does.
const GRACE: Duration = Duration::from_secs(1);

/// Has the connection do its work, and notes warnings.
fn drive<S, T>(mut connection: Connection<S, T>, warned: Arc<AtomicBool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notice(notice) = message
                && notice.parsed_severity() == Some(Severity::Warning)
            {
                warned.store(true, Ordering::Relaxed);
            }
        }
    });
}

/// Only an ordinary error of the server proves that nothing was kept. A session that was ended, or a
/// connection that was lost, may have committed before.
pub(super) fn sort(error: &Error) -> EngineError {
    let Some(said) = error.as_db_error() else { return EngineError::InDoubt(told(error)) };
    if said.parsed_severity() != Some(Severity::Error) {
        return EngineError::InDoubt(told(error));
    }
    // The statement is not that of this session.
    let others = [
        SqlState::INVALID_SQL_STATEMENT_NAME,
        SqlState::DUPLICATE_PSTATEMENT,
        SqlState::PROTOCOL_VIOLATION,
    ];
    if others.contains(said.code()) {
        return EngineError::Refused(POOL.into());
    }
    let passes = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::QUERY_CANCELED,
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::DISK_FULL,
        SqlState::OUT_OF_MEMORY,
        SqlState::TOO_MANY_CONNECTIONS,
    ];
    if passes.contains(said.code()) {
        EngineError::Unavailable(told(error))
    } else {
        EngineError::Refused(told(error))
    }
}

/// What the server or the connection says. It never holds a value that was sent.
fn told(error: &Error) -> String {
    use std::error::Error as _;

    match (error.as_db_error(), error.source()) {
        (Some(said), _) => format!("{} ({})", said.message(), said.code().code()),
        (None, Some(source)) => format!("{error}: {source}"),
        (None, None) => error.to_string(),
    }
}
