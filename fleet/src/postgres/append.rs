//! Appending a group: one statement, which keeps all of it or nothing.

use sha2::{Digest, Sha256};
use tokio_postgres::types::{ToSql, Type};

use super::{
    get, not_on_standby,
    session::{Ended, POOL, Session, sort},
};
use crate::engine::{Appended, EngineError, Group, Recording};

/// Where the books have to end ($1 to $3), in the process that we connected to ($4), by the statement that we
/// prepared ($5): a pool may hand us a session in which another node has given its name to another one. What
/// comes between the look and the insertion is caught by the keys of the tables: one of two nodes fails.
const GUARD: &str = "
WITH guard AS MATERIALIZED (
    SELECT pg_backend_pid() = $4 AND $5 = '{digest}' AS same_process, NOT EXISTS (
        SELECT FROM unnest($1, $2, $3) AS h (merchant, n, hash)
        LEFT JOIN LATERAL (
            SELECT r.n, r.hash FROM refundry.recordings r
            WHERE r.merchant = h.merchant ORDER BY r.n DESC LIMIT 1
        ) last ON true
        WHERE coalesce(last.n, 0) <> h.n OR last.hash <> h.hash
    ) AS same_heads
)";

/// The condition of everything that the statement changes.
const FITS: &str = " WHERE (SELECT same_process AND same_heads FROM guard)";

/// What the columns of a part are called.
const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// A part of the statement: what it does with the rows of these columns. Most groups have few parts, and all
/// groups have 64 kinds of statements at most.
struct Part<'a> {
    /// Up to the rows, whose columns are named a, b, c and d.
    begin: &'static str,
    columns: Vec<Column<'a>>,
    /// It is a query, which is run only if its answer is asked for.
    is_query: bool,
}

enum Column<'a> {
    Texts(Vec<&'a str>),
    Numbers(Vec<i64>),
    Bytes(Vec<&'a [u8]>),
}

impl Column<'_> {
    fn is_empty(&self) -> bool {
        match self {
            Self::Texts(all) => all.is_empty(),
            Self::Numbers(all) => all.is_empty(),
            Self::Bytes(all) => all.is_empty(),
        }
    }

    fn parameter(&self) -> (&(dyn ToSql + Sync), Type) {
        match self {
            Self::Texts(all) => (all, Type::TEXT_ARRAY),
            Self::Numbers(all) => (all, Type::INT8_ARRAY),
            Self::Bytes(all) => (all, Type::BYTEA_ARRAY),
        }
    }
}

/// Appends a group.
pub(super) async fn run(session: &Session, group: &Group) -> Result<Appended, EngineError> {
    let heads = &group.heads;
    let guard = [
        Column::Texts(heads.iter().map(|head| head.merchant.as_str()).collect()),
        Column::Numbers(heads.iter().map(|head| head.mark.n).collect()),
        Column::Bytes(heads.iter().map(|head| head.mark.hash.as_bytes().as_slice()).collect()),
    ];
    let parts = parts(group);
    let (sql, digest) = statement(&parts);
    let mut parameters: Vec<_> = guard.iter().map(Column::parameter).collect();
    parameters.extend([(&session.process as _, Type::INT4), (&digest as _, Type::TEXT)]);
    parameters.extend(parts.iter().flat_map(|part| &part.columns).map(Column::parameter));
    let rows = match session.ask(&sql, &parameters).await {
        Ok(_) if session.was_warned() => return Err(not_on_standby()),
        Ok(rows) => rows,
        Err(Ended::Said(error)) if is_overtaken(&error) => return Ok(Appended::Overtaken),
        Err(Ended::Said(error)) => return Err(sort(&error)),
        Err(Ended::InDoubt(why)) => return Err(EngineError::InDoubt(why.to_owned())),
    };
    let row = rows.first().ok_or_else(|| EngineError::InDoubt("it said nothing".into()))?;
    if !get::<bool>(row, 0)? {
        return Err(EngineError::Refused(POOL.into()));
    }
    Ok(if get(row, 1)? { Appended::Whole } else { Appended::Overtaken })
}

/// The statement that does these parts, and by what it knows itself.
fn statement(parts: &[Part<'_>]) -> (String, String) {
    let (mut changes, mut queries, mut numbers) = (String::new(), String::new(), 6_u32..);
    for (place, part) in parts.iter().enumerate() {
        let (mut values, mut names) = (Vec::new(), Vec::new());
        for ((_, name), number) in part.columns.iter().zip(NAMES).zip(numbers.by_ref()) {
            values.push(format!("${number}"));
            names.push(name);
        }
        let (begin, values, names) = (part.begin, values.join(", "), names.join(", "));
        changes.push_str(&format!(
            ", part_{place} AS ({begin} FROM unnest({values}) AS new ({names}){FITS})"
        ));
        if part.is_query {
            queries.push_str(&format!(", (SELECT count(*) FROM part_{place})"));
        }
    }
    let sql = format!("{GUARD}{changes} SELECT same_process, same_heads{queries} FROM guard");
    let digest: String = Sha256::digest(&sql).iter().map(|byte| format!("{byte:02x}")).collect();
    (sql.replace("{digest}", &digest), digest)
}

/// Another node recorded something at the same place at the same time. Which table notices it first
/// is not ours to say: PostgreSQL runs parts that nothing asks for in an order of its own.
fn is_overtaken(error: &tokio_postgres::Error) -> bool {
    use tokio_postgres::error::{Severity, SqlState};

    error.as_db_error().is_some_and(|said| {
        said.parsed_severity() == Some(Severity::Error)
            && said.code() == &SqlState::UNIQUE_VIOLATION
            && matches!(
                said.constraint(),
                Some("recordings_pkey" | "texts_pkey" | "api_keys_pkey" | "due_pkey")
            )
    })
}

/// What a group changes. The rows of each table are sorted, and every node names the tables in the
/// same order, so that no two nodes wait for each other.
fn parts(group: &Group) -> Vec<Part<'_>> {
    let rows = || group.recordings.iter();
    let texts = || rows().filter(|one| one.text.is_some());
    let keys = || rows().filter(|one| one.api_key.is_some());
    let due = || rows().filter(|one| one.due.is_some());
    let erasures = || rows().filter(|one| one.erases.is_some());
    let matured = || group.matured.iter();
    let parts = [
        insertion(
            "INSERT INTO refundry.recordings (merchant, n, hash, body) SELECT *",
            vec![
                merchants(rows()),
                numbers(rows()),
                Column::Bytes(rows().map(|one| one.mark.hash.as_bytes().as_slice()).collect()),
                Column::Texts(rows().map(|one| one.body.as_str()).collect()),
            ],
        ),
        insertion(
            "INSERT INTO refundry.texts (merchant, n, text) SELECT *",
            vec![
                merchants(texts()),
                numbers(texts()),
                Column::Texts(texts().filter_map(|one| one.text.as_deref()).collect()),
            ],
        ),
        insertion(
            "INSERT INTO refundry.api_keys (merchant, hash) SELECT *",
            vec![merchants(keys()), Column::Bytes(keys().filter_map(api_key).collect())],
        ),
        insertion(
            "INSERT INTO refundry.due (merchant, n, moment) SELECT *",
            vec![
                merchants(due()),
                numbers(due()),
                Column::Numbers(due().filter_map(|one| one.due).collect()),
            ],
        ),
        call(
            "SELECT refundry.erase(a, b)",
            vec![
                merchants(erasures()),
                Column::Numbers(erasures().filter_map(|one| one.erases).collect()),
            ],
        ),
        call(
            "SELECT refundry.matured(a, b, c)",
            vec![
                Column::Texts(matured().map(|(head, _)| head.merchant.as_str()).collect()),
                Column::Numbers(matured().map(|(_, moment)| *moment).collect()),
                Column::Numbers(matured().map(|(head, _)| head.mark.n).collect()),
            ],
        ),
    ];
    let has_rows = |part: &Part<'_>| part.columns.iter().all(|column| !column.is_empty());
    parts.into_iter().filter(has_rows).collect()
}

const fn insertion<'a>(begin: &'static str, columns: Vec<Column<'a>>) -> Part<'a> {
    Part { begin, columns, is_query: false }
}

const fn call<'a>(begin: &'static str, columns: Vec<Column<'a>>) -> Part<'a> {
    Part { begin, columns, is_query: true }
}

fn api_key(recording: &Recording) -> Option<&[u8]> {
    recording.api_key.as_ref().map(<[u8; 32]>::as_slice)
}

fn merchants<'a>(rows: impl Iterator<Item = &'a Recording>) -> Column<'a> {
    Column::Texts(rows.map(|one| one.merchant.as_str()).collect())
}

fn numbers<'a>(rows: impl Iterator<Item = &'a Recording>) -> Column<'a> {
    Column::Numbers(rows.map(|one| one.mark.n).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_not_taken_for_another_with_the_same_parameters() {
        let part = |begin| {
            let columns = vec![Column::Texts(vec![]), Column::Numbers(vec![])];
            [Part { begin, columns, is_query: false }]
        };
        let statements = [part("SELECT one"), part("SELECT two")].map(|part| statement(&part));
        for (sql, digest) in &statements {
            assert!(sql.contains(&format!("$5 = '{digest}'")), "{sql}");
            assert!(sql.contains("unnest($6, $7) AS new (a, b)"), "{sql}");
        }
        assert_ne!(statements[0].1, statements[1].1);
    }
}
