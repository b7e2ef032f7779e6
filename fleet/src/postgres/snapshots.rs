//! Snapshots in PostgreSQL: one of a book at most.

use std::io;

use refundry::Mark;
use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

use super::{get, session::Session, strange};
use crate::engine::{EngineError, Head, Snapshot};

type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// The newest snapshot of a book.
pub(super) const NEWEST: &str = "SELECT id, mark, format, bytes, digest, pieces
    FROM refundry.snapshots WHERE merchant = $1";

/// Some of its pieces.
pub(super) const PIECES: &str = "SELECT bytes FROM refundry.snapshot_pieces
    WHERE merchant = $1 AND id = $2 AND piece >= $3 ORDER BY piece LIMIT $4";

pub(super) const ERASURES: &str = "SELECT count FROM refundry.erasures WHERE merchant = $1";

/// What a row says of a snapshot.
pub(super) fn read(merchant: &str, row: &Row) -> Result<Snapshot, EngineError> {
    let (mark, digest): (&str, &[u8]) = (get(row, 1)?, get(row, 4)?);
    let (bytes, pieces): (i64, i32) = (get(row, 3)?, get(row, 5)?);
    let sound = Mark::parse(mark).ok().zip(digest.try_into().ok());
    let sizes = u64::try_from(bytes).ok().zip(u32::try_from(pieces).ok());
    let ((mark, digest), (bytes, pieces)) =
        sound.zip(sizes).ok_or_else(|| strange("a snapshot that says nothing of use"))?;
    let head = Head { merchant: merchant.to_owned(), mark };
    Ok(Snapshot { head, id: get(row, 0)?, format: get(row, 2)?, bytes, digest, pieces })
}

/// Keeps a snapshot in one transaction. The old one is replaced at its end, because what erases a text
/// of that book waits from then on.
pub(super) async fn keep(
    session: &Session,
    snapshot: &Snapshot,
    erasures: i64,
    pieces: &mut dyn Iterator<Item = io::Result<Vec<u8>>>,
) -> Result<bool, EngineError> {
    let Snapshot { head: Head { merchant, mark }, format, digest, .. } = snapshot;
    let too_large = |_| EngineError::Refused("there is no room for so large a snapshot".into());
    let bytes = i64::try_from(snapshot.bytes).map_err(too_large)?;
    let count = i32::try_from(snapshot.pieces).map_err(too_large)?;
    let id = fastrand::i64(..);
    session.query("BEGIN", &[]).await?;
    for (number, piece) in (0_i32..).zip(pieces) {
        let piece = piece.map_err(|error| EngineError::Refused(error.to_string()))?;
        let sql = "INSERT INTO refundry.snapshot_pieces (merchant, id, piece, bytes)
            VALUES ($1, $2, $3, $4)";
        let row: [Parameter<'_>; 4] = [
            (merchant, Type::TEXT),
            (&id, Type::INT8),
            (&number, Type::INT4),
            (&piece, Type::BYTEA),
        ];
        session.query(sql, &row).await?;
    }
    let sql = "SELECT refundry.replace_snapshot($1, $2, $3)";
    let row: [Parameter<'_>; 3] =
        [(merchant, Type::TEXT), (&id, Type::INT8), (&erasures, Type::INT8)];
    let rows = session.query(sql, &row).await?;
    if !get::<bool>(rows.first().ok_or_else(|| strange("no answer"))?, 0)? {
        session.query("ROLLBACK", &[]).await?;
        return Ok(false);
    }
    let (mark, digest) = (mark.to_string(), digest.as_slice());
    let sql = "INSERT INTO refundry.snapshots (merchant, id, mark, format, bytes, digest, pieces)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let row: [Parameter<'_>; 7] = [
        (merchant, Type::TEXT),
        (&id, Type::INT8),
        (&mark, Type::TEXT),
        (format, Type::INT4),
        (&bytes, Type::INT8),
        (&digest, Type::BYTEA),
        (&count, Type::INT4),
    ];
    session.query(sql, &row).await?;
    session.query("COMMIT", &[]).await?;
    Ok(true)
}
