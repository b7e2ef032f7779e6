//! The tables of mirrors: which books another ledger keeps, the evidence of forks, and the keys that
//! may send a feed.

use rusqlite::{Connection, OptionalExtension, params};

use crate::words::{
    chain::Hash,
    error::{Error, Result},
    feed::{FeedKey, Fork},
    key,
    time::Timestamp,
};

/// Whether another ledger keeps this book.
pub(crate) fn is_mirror(conn: &Connection, merchant: i64) -> Result<bool> {
    Ok(conn.prepare_cached("SELECT 1 FROM mirrors WHERE merchant = ?1")?.exists([merchant])?)
}

/// Notes that another ledger keeps this book.
pub(crate) fn insert(conn: &Connection, merchant: i64, since: Timestamp) -> Result<()> {
    conn.prepare_cached("INSERT INTO mirrors (merchant, since) VALUES (?1, ?2)")?
        .execute([merchant, since.millis()])?;
    Ok(())
}

/// Keeps a line that forked, unless it is kept already or the book has `most` of them. Returns whether
/// it is new.
pub(crate) fn keep_fork(
    conn: &Connection,
    merchant: i64,
    n: i64,
    line: &str,
    now: Timestamp,
    most: u32,
) -> Result<bool> {
    let kept = conn
        .prepare_cached(
            "INSERT INTO forks (merchant, n, received_at, line)
             SELECT ?1, ?2, ?3, ?4
             WHERE (SELECT count(*) FROM forks WHERE merchant = ?1) < ?5
                 AND NOT EXISTS (
                     SELECT 1 FROM forks WHERE merchant = ?1 AND n = ?2 AND line = ?4)",
        )?
        .execute(params![merchant, n, now.millis(), line, most])?;
    Ok(kept > 0)
}

/// The evidence of all forks, in the order in which it came.
pub(crate) fn forks(conn: &Connection) -> Result<Vec<Fork>> {
    conn.prepare_cached(
        "SELECT id, n, received_at, line FROM forks JOIN merchants USING (merchant) ORDER BY fork",
    )?
    .query_map([], |row| {
        Ok(Fork {
            merchant_id: row.get(0)?,
            n: row.get(1)?,
            received_at: Timestamp::from_millis(row.get(2)?),
            line: row.get(3)?,
        })
    })?
    .map(|row| row.map_err(Error::from))
    .collect()
}

/// Keeps the hash of a key that may send the feed of this merchant.
pub(crate) fn insert_key(
    conn: &Connection,
    merchant_id: &str,
    hash: &Hash,
    now: Timestamp,
) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO feed_keys (hash, merchant_id, created_at) VALUES (?1, ?2, ?3)",
    )?
    .execute(params![hash.as_bytes(), merchant_id, now.millis()])?;
    Ok(())
}

/// Revokes a key by its id, unless it is revoked already. Returns whether there is such a key.
pub(crate) fn revoke_key(conn: &Connection, id: &str, now: Timestamp) -> Result<bool> {
    let found = keys(conn)?.into_iter().find(|(hash, _)| key::id(hash) == id);
    let Some((hash, _)) = found else { return Ok(false) };
    conn.prepare_cached(
        "UPDATE feed_keys SET revoked_at = coalesce(revoked_at, ?2) WHERE hash = ?1",
    )?
    .execute(params![hash.as_bytes(), now.millis()])?;
    Ok(true)
}

/// Every key with its hash, the oldest first.
pub(crate) fn keys(conn: &Connection) -> Result<Vec<(Hash, FeedKey)>> {
    conn.prepare_cached(
        "SELECT hash, merchant_id, created_at, revoked_at FROM feed_keys ORDER BY created_at, hash",
    )?
    .query_map([], |row| {
        let hash = Hash(row.get(0)?);
        let revoked_at: Option<i64> = row.get(3)?;
        let found = FeedKey {
            id: key::id(&hash),
            merchant_id: row.get(1)?,
            created_at: Timestamp::from_millis(row.get(2)?),
            revoked_at: revoked_at.map(Timestamp::from_millis),
        };
        Ok((hash, found))
    })?
    .map(|row| row.map_err(Error::from))
    .collect()
}

/// Whose feed a key may send. The key is looked up by its hash, so that the time it takes does not tell
/// how much of a guess is right.
pub(crate) fn authenticate(conn: &Connection, key: &str) -> Result<String> {
    let found: Option<(String, Option<i64>)> = conn
        .prepare_cached("SELECT merchant_id, revoked_at FROM feed_keys WHERE hash = ?1")?
        .query_row([key::hash(key).as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match found {
        None => Err(Error::ApiKeyInvalid),
        Some((_, Some(_))) => Err(Error::ApiKeyInactive),
        Some((merchant_id, None)) => Ok(merchant_id),
    }
}
