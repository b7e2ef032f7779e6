//! Whose API keys are, of those that were used lately: so that a request is not held up by a look that
//! the operation itself makes again.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use refundry::Merchant;

/// How many are remembered. Whoever has more of them asks for some again.
const MOST: usize = 65_536;

/// By the hash of the key.
#[derive(Default)]
pub(crate) struct Keys(Mutex<HashMap<[u8; 32], Merchant>>);

impl Keys {
    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Merchant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn holder(&self, hash: &[u8; 32]) -> Option<Merchant> {
        self.lock().get(hash).cloned()
    }

    /// A key was good just now.
    pub(crate) fn saw(&self, hash: [u8; 32], merchant: &Merchant) {
        let mut keys = self.lock();
        if keys.contains_key(&hash) {
            return;
        }
        if keys.len() >= MOST {
            keys.clear();
        }
        keys.insert(hash, merchant.clone());
    }

    pub(crate) fn forget(&self, hash: &[u8; 32]) {
        self.lock().remove(hash);
    }
}
