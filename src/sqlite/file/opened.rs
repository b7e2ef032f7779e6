//! Which files this process has open as ledgers, under whatever name.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::place::Identity;
use crate::words::error::Result;

/// How many handles of this process use each file.
static OPENED: Mutex<BTreeMap<Identity, usize>> = Mutex::new(BTreeMap::new());

/// Held while handles close: two that close at once would each find the other still there, and
/// neither would remove the log.
static CLOSING: Mutex<()> = Mutex::new(());

/// A handle's share in a file. It lasts longer than the handle's connection.
pub(crate) struct Opened(Identity);

impl Opened {
    /// Notes one more handle. `first` runs if there was none, and nobody else opens a ledger
    /// meanwhile: only then may a file be read other than by SQLite, because a process that closes
    /// any descriptor of a file loses all its locks on it.
    pub(crate) fn note(file: Identity, first: impl FnOnce() -> Result<()>) -> Result<Self> {
        let mut opened = hold(&OPENED);
        if !opened.contains_key(&file) {
            first()?;
        }
        let handles = opened.entry(file).or_default();
        *handles = handles.saturating_add(1);
        Ok(Self(file))
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let mut opened = hold(&OPENED);
        if let Some(handles) = opened.get_mut(&self.0) {
            *handles = handles.saturating_sub(1);
        }
        opened.retain(|_, handles| *handles > 0);
        if opened.is_empty() {
            // An empty map may keep memory, which a program's last look for leaks would find.
            *opened = BTreeMap::new();
        }
    }
}

/// Waits until no other handle is closing.
pub(crate) fn one_at_a_time() -> MutexGuard<'static, ()> {
    hold(&CLOSING)
}

/// A panic elsewhere leaves nothing half done here.
fn hold<T>(mutex: &'static Mutex<T>) -> MutexGuard<'static, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
