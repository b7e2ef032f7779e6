//! A node: what programs hold to use a fleet's books.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    thread::{Builder, JoinHandle},
    time::Duration,
};

use refundry::{Book, Ledger, Merchant, NewMerchant};
use sha2::{Digest, Sha256};

use crate::{
    cache::Cache,
    engine::Engine,
    error::{Error, Result},
    job::{Job, Pending, Subject, ask},
    state::{Count, Health, State},
    worker::Worker,
};

/// How many operations may wait; more are told to come back.
const QUEUE: usize = 4_096;

/// How a node works.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NodeOptions {
    /// The folder of the cache, which no other node uses. It is made if it is not there, and what is
    /// in it may be lost.
    pub folder: PathBuf,
    /// How long an operation is tried, from the moment its turn comes.
    pub patience: Duration,
    /// How large the cache's file may become before it is made anew.
    pub most_bytes: u64,
}

impl NodeOptions {
    /// The defaults: ten seconds, four GiB.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), patience: Duration::from_secs(10), most_bytes: 4 << 30 }
    }
}

/// A node of a fleet. Every operation is decided by the library's rules on the node's cache, and
/// answered once the engine has kept it. What is read was true at some moment after it was asked.
///
/// It may be shared between threads. When the last handle is dropped, what was asked is still done.
pub struct Node {
    jobs: Option<SyncSender<Box<dyn Job>>>,
    worker: Option<JoinHandle<()>>,
    state: Arc<State>,
}

impl Node {
    /// Opens the cache and begins to serve.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the engine does not answer; [`Error::Ledger`] if the cache can't be
    /// used.
    pub fn start(mut engine: Box<dyn Engine>, options: &NodeOptions) -> Result<Self> {
        let fleet = engine.fleet().map_err(|error| Error::Unavailable(error.to_string()))?;
        let cache = Cache::open(&options.folder, &fleet)?;
        let state = Arc::new(State::default());
        let worker = Worker {
            engine,
            cache,
            state: Arc::clone(&state),
            patience: options.patience,
            most_bytes: options.most_bytes,
            stopped: Default::default(),
            behind: Default::default(),
            waiting: Vec::new(),
            // What was taken in before it began is in the cache.
            unconfirmed: true,
        };
        let (jobs, waiting) = sync_channel(QUEUE);
        let worker = Builder::new()
            .name("node".into())
            .spawn(move || worker.work(&waiting))
            .map_err(|error| Error::Unavailable(format!("a thread of the node: {error}")))?;
        Ok(Self { jobs: Some(jobs), worker: Some(worker), state })
    }

    /// Does something on a merchant's book: one operation, or several that are recorded together, or
    /// a look. It may be called several times, each time on the book as it is then; only the last
    /// call counts. So it must change nothing but the book, and pass on the errors that it is given.
    pub fn book<T: Send + 'static>(
        &self,
        merchant_id: &str,
        mut operation: impl FnMut(&mut Book<'_>) -> refundry::Result<T> + Send + 'static,
    ) -> Pending<T> {
        let id = merchant_id.to_owned();
        self.ask(
            Subject::Merchant(merchant_id.to_owned()),
            move |ledger: &mut Ledger, _: &mut _| operation(&mut ledger.book(&id)?),
        )
    }

    /// As [`Node::book`], on the book of the merchant who holds an API key.
    ///
    /// The answer is [`Error::Ledger`] with [`refundry::Error::ApiKeyInvalid`] or
    /// [`refundry::Error::ApiKeyInactive`] where the key is no good.
    pub fn book_of_key<T: Send + 'static>(
        &self,
        key: &str,
        mut operation: impl FnMut(&Merchant, &mut Book<'_>) -> refundry::Result<T> + Send + 'static,
    ) -> Pending<T> {
        let key = key.to_owned();
        let subject = Subject::Key { hash: Sha256::digest(&key).into(), key: key.clone() };
        self.ask(subject, move |ledger: &mut Ledger, _: &mut _| {
            let merchant = ledger.authenticate(&key)?;
            operation(&merchant, &mut ledger.book(&merchant.id)?)
        })
    }

    /// Adds a merchant, whose book is empty.
    pub fn create_merchant(&self, new: NewMerchant) -> Pending<Merchant> {
        let mut new = new;
        let subject = new.id.clone().map_or(Subject::New, Subject::Merchant);
        self.ask(subject, move |ledger: &mut Ledger, subject: &mut Subject| {
            let merchant = ledger.create_merchant(&new)?;
            // Another attempt is about the same merchant.
            new.id = Some(merchant.id.clone());
            *subject = Subject::Merchant(merchant.id.clone());
            Ok(merchant)
        })
    }

    fn ask<T: Send + 'static>(
        &self,
        subject: Subject,
        operation: impl FnMut(&mut Ledger, &mut Subject) -> refundry::Result<T> + Send + 'static,
    ) -> Pending<T> {
        let (job, pending) = ask(subject, operation);
        let Some(jobs) = &self.jobs else { return Pending::refused(Error::Closed) };
        match jobs.try_send(job) {
            Ok(()) => pending,
            Err(TrySendError::Full(_)) => Pending::refused(Error::Overloaded),
            Err(TrySendError::Disconnected(_)) => Pending::refused(Error::Closed),
        }
    }

    /// Whether the node can serve.
    #[must_use]
    pub fn health(&self) -> Health {
        self.state.health()
    }

    /// What was counted since the node began.
    #[must_use]
    pub fn count(&self, count: Count) -> u64 {
        self.state.count(count)
    }
}

impl Drop for Node {
    /// Waits until what was asked is done.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(worker) = self.worker.take() {
            // A panic of an operation has been printed, and told to everyone who waited.
            let _ = worker.join();
        }
    }
}
