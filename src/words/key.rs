//! API keys: issued once, kept only as their SHA-256.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::words::{
    chain::Hash,
    error::{Error, Result},
    id,
    time::Timestamp,
};

/// What is known of an API key. The key itself was shown when it was issued and is kept nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// What is kept of a key: its SHA-256.
pub(crate) fn hash(key: &str) -> Hash {
    Hash(Sha256::digest(key).into())
}

/// A new key: a prefix and 128 random bits of the operating system. The ledger's own source of ids is
/// not asked, because a simulation's is known to everyone.
pub(crate) fn issue(prefix: &str) -> Result<IssuedKey> {
    let mut bytes = [0; 16];
    id::system_random(&mut bytes).map_err(Error::Random)?;
    let mut key = prefix.to_owned();
    id::push_base32(&mut key, u128::from_be_bytes(bytes));
    Ok(IssuedKey { id: self::id(&hash(&key)), key })
}

/// What names a key with this hash.
pub(crate) fn id(hash: &Hash) -> String {
    let digits: String = hash.to_string().chars().take(16).collect();
    format!("key_{digits}")
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
