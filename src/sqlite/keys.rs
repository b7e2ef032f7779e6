//! The table of API keys, by their hashes.

use rusqlite::{Connection, OptionalExtension, params};

use super::{columns::Columns, merchants};
use crate::words::{
    chain::Hash,
    error::{Error, Result},
    key::{self, ApiKey},
    merchant::Merchant,
    time::Timestamp,
};

/// Keeps the hash of a key that this merchant has.
pub(crate) fn insert(conn: &Connection, merchant: i64, hash: &Hash, now: Timestamp) -> Result<()> {
    conn.prepare_cached("INSERT INTO api_keys (hash, merchant, created_at) VALUES (?1, ?2, ?3)")?
        .execute(params![hash.0, merchant, now.millis()])?;
    Ok(())
}

/// Notes that a key was revoked.
pub(crate) fn revoke(conn: &Connection, hash: &Hash, now: Timestamp) -> Result<()> {
    conn.prepare_cached("UPDATE api_keys SET revoked_at = ?2 WHERE hash = ?1")?
        .execute(params![hash.0, now.millis()])?;
    Ok(())
}

/// The id of the merchant that holds a key, and whether it was revoked.
pub(crate) fn holder(conn: &Connection, hash: &Hash) -> Result<Option<(String, bool)>> {
    Ok(conn
        .prepare_cached(
            "SELECT id, revoked_at IS NOT NULL FROM api_keys JOIN merchants USING (merchant)
             WHERE hash = ?1",
        )?
        .query_row([hash.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

/// The merchant whose key this is. The key is looked up by its hash, so that the time it takes
/// does not tell how much of a guess is right.
pub(crate) fn authenticate(conn: &Connection, key: &str) -> Result<Merchant> {
    let found = conn
        .prepare_cached(
            "SELECT revoked_at, id, name, live_mode, negative_balance_limit, merchants.created_at,
                 unique_references
             FROM api_keys JOIN merchants USING (merchant) WHERE hash = ?1",
        )?
        .query_row([key::hash(key).0], |row| {
            let mut columns = Columns::of(row);
            Ok(columns.next::<Option<i64>>().map(|at| (at, merchants::read(&mut columns))))
        })
        .optional()?
        .transpose()?;
    match found {
        None => Err(Error::ApiKeyInvalid),
        Some((Some(_), _)) => Err(Error::ApiKeyInactive),
        Some((None, merchant)) => merchant,
    }
}

/// Every key of a merchant, the oldest first.
pub(crate) fn list(conn: &Connection, merchant: i64) -> Result<Vec<ApiKey>> {
    let keys = all(conn, merchant)?.into_iter();
    Ok(keys
        .map(|(hash, created_at, revoked_at)| ApiKey { id: key::id(&hash), created_at, revoked_at })
        .collect())
}

/// The hash of a merchant's key, by its id, and whether it was revoked.
pub(crate) fn find(conn: &Connection, merchant: i64, id: &str) -> Result<Option<(Hash, bool)>> {
    let found = all(conn, merchant)?.into_iter().find(|(hash, ..)| key::id(hash) == id);
    Ok(found.map(|(hash, _, revoked_at)| (hash, revoked_at.is_some())))
}

fn all(conn: &Connection, merchant: i64) -> Result<Vec<(Hash, Timestamp, Option<Timestamp>)>> {
    conn.prepare_cached(
        "SELECT hash, created_at, revoked_at FROM api_keys WHERE merchant = ?1
         ORDER BY created_at, hash",
    )?
    .query_map([merchant], |row| {
        let revoked_at: Option<i64> = row.get(2)?;
        Ok((
            Hash(row.get(0)?),
            Timestamp::from_millis(row.get(1)?),
            revoked_at.map(Timestamp::from_millis),
        ))
    })?
    .map(|row| row.map_err(Error::from))
    .collect()
}
