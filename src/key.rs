//! API keys: issued once, kept only as their SHA-256.

use std::fmt;

use rusqlite::{Connection, OptionalExtension, named_params};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
    chain::Hash,
    error::{Error, Result},
    id,
    merchant::{self, Merchant},
    time::Timestamp,
};

/// What is known of an API key. The key itself was shown when it was issued and is kept nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiKey {
    /// `key_` and the first 16 hexadecimal digits of the key's SHA-256.
    pub id: String,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// An API key that was just issued: the only time that it can be read.
#[derive(Clone, PartialEq, Eq)]
pub struct IssuedKey {
    /// What names it from now on, as in [`ApiKey`].
    pub id: String,
    /// The key itself, to hand to the merchant.
    pub key: String,
}

impl fmt::Debug for IssuedKey {
    // The key itself must not get into a log by accident.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedKey").field("id", &self.id).finish_non_exhaustive()
    }
}

fn hash(key: &str) -> Hash {
    Hash(Sha256::digest(key).into())
}

/// The mode that a key's prefix tells; `None` if it has no known prefix.
pub(crate) fn mode(key: &str) -> Option<bool> {
    let has = |prefixes: [&str; 2]| prefixes.iter().any(|prefix| key.starts_with(prefix));
    if has(["sk_live_", "rk_live_"]) {
        Some(true)
    } else if has(["sk_test_", "rk_test_"]) {
        Some(false)
    } else {
        None
    }
}

/// Issues a key: the prefix of the merchant's mode and 128 random bits of the operating system.
/// The ledger's own source of ids is not asked, because a simulation's is known to everyone.
pub(crate) fn issue(
    conn: &Connection,
    merchant: i64,
    live_mode: bool,
    now: Timestamp,
) -> Result<IssuedKey> {
    let mut bytes = [0; 16];
    id::system_random(&mut bytes).map_err(Error::Random)?;
    let mut key = String::from(if live_mode { "sk_live_" } else { "sk_test_" });
    id::push_base32(&mut key, u128::from_be_bytes(bytes));
    keep(conn, merchant, &key, now)?;
    let digits: String = hash(&key).to_string().chars().take(16).collect();
    Ok(IssuedKey { id: format!("key_{digits}"), key })
}

/// Keeps the hash of a key that this merchant has.
pub(crate) fn keep(conn: &Connection, merchant: i64, key: &str, now: Timestamp) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO api_keys (hash, merchant, created_at) VALUES (:hash, :merchant, :created_at)",
    )?
    .execute(named_params! {
        ":hash": hash(key).0,
        ":merchant": merchant,
        ":created_at": now.millis(),
    })?;
    Ok(())
}

/// The number of the merchant that holds a key, revoked or not.
pub(crate) fn holder(conn: &Connection, key: &str) -> Result<Option<i64>> {
    Ok(conn
        .prepare_cached("SELECT merchant FROM api_keys WHERE hash = :hash")?
        .query_row(named_params! { ":hash": hash(key).0 }, |row| row.get(0))
        .optional()?)
}

/// The merchant whose key this is. The key is looked up by its hash, so that the time it takes
/// does not tell how much of a guess is right.
pub(crate) fn authenticate(conn: &Connection, key: &str) -> Result<Merchant> {
    let found = conn
        .prepare_cached(
            "SELECT id, name, live_mode, negative_balance_limit, merchants.created_at, revoked_at
             FROM api_keys JOIN merchants USING (merchant) WHERE hash = :hash",
        )?
        .query_row(named_params! { ":hash": hash(key).0 }, |row| {
            let revoked_at: Option<i64> = row.get("revoked_at")?;
            Ok((revoked_at.is_some(), merchant::from_row(row)))
        })
        .optional()?;
    match found {
        None => Err(Error::ApiKeyInvalid),
        Some((true, _)) => Err(Error::ApiKeyInactive),
        Some((false, merchant)) => merchant,
    }
}

/// Every key of a merchant, the oldest first.
pub(crate) fn list(conn: &Connection, merchant: i64) -> Result<Vec<ApiKey>> {
    conn.prepare_cached(
        "SELECT 'key_' || lower(substr(hex(hash), 1, 16)) AS id, created_at, revoked_at
         FROM api_keys WHERE merchant = :merchant ORDER BY created_at, id",
    )?
    .query_map(named_params! { ":merchant": merchant }, |row| {
        let revoked_at: Option<i64> = row.get("revoked_at")?;
        Ok(ApiKey {
            id: row.get("id")?,
            created_at: Timestamp::from_millis(row.get("created_at")?),
            revoked_at: revoked_at.map(Timestamp::from_millis),
        })
    })?
    .map(|row| row.map_err(Error::from))
    .collect()
}

/// Revokes a key by its id; a key that is revoked already stays so.
pub(crate) fn revoke(conn: &Connection, merchant: i64, id: &str, now: Timestamp) -> Result<()> {
    let revoked = conn
        .prepare_cached(
            "UPDATE api_keys SET revoked_at = coalesce(revoked_at, :now)
             WHERE merchant = :merchant AND 'key_' || lower(substr(hex(hash), 1, 16)) = :id",
        )?
        .execute(named_params! { ":now": now.millis(), ":merchant": merchant, ":id": id })?;
    if revoked == 0 { Err(Error::ResourceMissing { param: "id" }) } else { Ok(()) }
}
