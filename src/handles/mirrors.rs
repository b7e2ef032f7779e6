//! What is known of mirrors: their forks, and who may send to them.

use super::{book::Book, ledger::Ledger};
use crate::{
    sqlite::mirrors,
    words::{
        error::{Error, Result},
        feed::{FeedKey, Fork},
        id,
        key::{self, IssuedKey},
    },
};

impl Book<'_> {
    /// Whether this book is a mirror of one that another ledger keeps: it can be read, and is changed
    /// by [`Ledger::receive`] alone.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn is_mirror(&self) -> Result<bool> {
        mirrors::is_mirror(&self.ledger.conn, self.merchant)
    }
}

impl Ledger {
    /// The evidence of all forks: lines of feeds that are other recordings than the mirrors have. At
    /// most a hundred are kept of each book.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn forks(&self) -> Result<Vec<Fork>> {
        mirrors::forks(&self.conn)
    }

    /// Issues a key that may send the feed of one book and nothing else, and returns it. The book need
    /// not have come yet. The key can't be read again: only its SHA-256 is kept.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] for a malformed id; [`Error::LockTimeout`]; failures of the machine.
    pub fn issue_feed_key(&mut self, merchant_id: &str) -> Result<IssuedKey> {
        id::check(merchant_id, "acct_", "merchantId")?;
        let issued = key::issue("fk_")?;
        let hash = key::hash(&issued.key);
        self.transact(|store, now, _| mirrors::insert_key(store.conn, merchant_id, &hash, now))?;
        Ok(issued)
    }

    /// Revokes such a key by its id, for ever.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if there is no such key; [`Error::LockTimeout`]; failures of the
    /// machine.
    pub fn revoke_feed_key(&mut self, id: &str) -> Result<()> {
        let found = self.transact(|store, now, _| mirrors::revoke_key(store.conn, id, now))?;
        if found { Ok(()) } else { Err(Error::missing("id", id)) }
    }

    /// What is known of such keys, the oldest first.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn feed_keys(&self) -> Result<Vec<FeedKey>> {
        Ok(mirrors::keys(&self.conn)?.into_iter().map(|(_, key)| key).collect())
    }

    /// The id of the merchant whose feed may be sent with this key.
    ///
    /// # Errors
    /// [`Error::ApiKeyInvalid`] for an unknown key, [`Error::ApiKeyInactive`] for a revoked one.
    pub fn authenticate_feed(&self, key: &str) -> Result<String> {
        mirrors::authenticate(&self.conn, key)
    }
}
