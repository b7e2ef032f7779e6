//! The window: what a node's reader sees of the cache while the worker is at work in it.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use refundry::{Access, Ledger, Options, Result};

use crate::job::{Job, Subject};

/// Second handles on the files, which can only read: opened when they are first asked, and closed while
/// the files are made anew.
#[derive(Clone)]
pub(crate) struct Window {
    panes: Arc<Mutex<Panes>>,
    /// The books of which the cache has had all that the engine had. What it has of others may be their
    /// beginning alone. Apart from the panes, because a look may take long and the worker must not wait.
    whole: Arc<Mutex<HashSet<String>>>,
}

pub(crate) struct Panes {
    pub(crate) path: PathBuf,
    pub(crate) shared: Option<Ledger>,
    pub(crate) own: HashMap<String, (PathBuf, Option<Ledger>)>,
}

impl Window {
    /// One that was not opened yet, on the file that books share.
    pub(crate) fn on(path: PathBuf) -> Self {
        let panes = Panes { path, shared: None, own: HashMap::new() };
        Self { panes: Arc::new(Mutex::new(panes)), whole: Arc::default() }
    }

    /// Has a job decided on what is committed, if its book is known whole. Tells whether it was done.
    pub(crate) fn look(&self, job: &mut dyn Job) -> Result<bool> {
        // Held meanwhile: a cache that is made anew knows no book whole.
        let mut panes = self.lock();
        let merchant = match job.subject() {
            Subject::Merchant(id) => Some(id.clone()),
            Subject::Key { key, .. } => panes.holder(key)?,
            Subject::New => None,
        };
        let Some(merchant) = merchant.filter(|merchant| self.whole().contains(merchant)) else {
            return Ok(false);
        };
        job.decide(0, panes.of(&merchant)?);
        Ok(job.is_done())
    }

    /// A further handle on the file that has a merchant's book, which only reads.
    pub(crate) fn open(&self, merchant: &str) -> Result<Ledger> {
        let panes = self.lock();
        read_only(panes.own.get(merchant).map_or(&panes.path, |(path, _)| path))
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.lock().path.clone()
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Panes> {
        self.panes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The books that may be looked at. Whoever locks the panes too does so first.
    pub(crate) fn whole(&self) -> MutexGuard<'_, HashSet<String>> {
        self.whole.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Panes {
    /// The merchant who holds an API key, in whichever file its book is. Whether the key is still good
    /// is asked of the book.
    fn holder(&mut self, key: &str) -> Result<Option<String>> {
        let shared = (self.path.as_path(), &mut self.shared);
        let own = self.own.values_mut().map(|(path, ledger)| (path.as_path(), ledger));
        for (path, ledger) in std::iter::once(shared).chain(own) {
            if let Ok(merchant) = opened(path, ledger)?.authenticate(key) {
                return Ok(Some(merchant.id));
            }
        }
        Ok(None)
    }

    fn of(&mut self, merchant: &str) -> Result<&mut Ledger> {
        let Some((path, ledger)) = self.own.get_mut(merchant) else {
            return opened(&self.path, &mut self.shared);
        };
        opened(path, ledger)
    }
}

/// A handle that only reads, opened if it is not yet.
fn opened<'a>(path: &Path, ledger: &'a mut Option<Ledger>) -> Result<&'a mut Ledger> {
    match ledger {
        Some(ledger) => Ok(ledger),
        none => Ok(none.insert(read_only(path)?)),
    }
}

fn read_only(path: &Path) -> Result<Ledger> {
    let mut options = Options::default();
    options.access = Access::ReadOnly;
    Ledger::open(path, options)
}
