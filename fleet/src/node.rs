//! A node: what programs hold to use a fleet's books.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{SyncSender, TrySendError, channel, sync_channel},
    },
    thread::{self, Builder, JoinHandle},
    time::{Duration, Instant},
};

use refundry::{Book, Ledger, Merchant, NewMerchant};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::{
    cache::Cache,
    courier::{self, Courier, SharedEngine},
    engine::{Engine, Head},
    error::{Error, Result},
    job::{Job, Pending, Subject, Task, ask},
    keys::Keys,
    overlap::Overlap,
    reader,
    state::{Count, Health, State},
    window::Window,
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
    /// How large the cache's files may become together before they are made anew. A book that is longer
    /// than that would be taken in over and over.
    pub most_bytes: u64,
    /// Whether charges that are due mature on this node, by its machine's clock. One that is there for a
    /// single question leaves that to the nodes that serve.
    pub matures: bool,
    /// After how long the node looks what is due and how large its cache is. Nothing more is decided on top of
    /// what is in flight then.
    pub tick: Duration,
}

impl NodeOptions {
    /// The defaults: ten seconds, four GiB, and charges mature, half a second after one another.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            patience: Duration::from_secs(10),
            most_bytes: 4 << 30,
            matures: true,
            tick: Duration::from_millis(500),
        }
    }
}

/// A node of a fleet. Every operation is decided by the library's rules on the node's cache, and
/// answered once the engine has kept it. What is read was true at some moment after it was
/// asked, but for [`Node::look`].
///
/// It may be shared between threads. When the last handle is dropped, what was asked is still done.
pub struct Node {
    queues: Option<Queues>,
    threads: Vec<JoinHandle<()>>,
    keys: Arc<Keys>,
    state: Arc<State>,
    cache_file: PathBuf,
    window: Window,
    patience: Duration,
}

/// Where what is asked waits.
struct Queues {
    /// For the worker.
    tasks: mpsc::Sender<Task>,
    /// For the reader.
    looks: SyncSender<Box<dyn Job>>,
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
        let window = cache.window();
        let (cache_file, of_node) = (window.path(), window.clone());
        let (courier, errands) = channel();
        let overlap = Overlap::new(Courier(courier))
            .map_err(|error| Error::Unavailable(format!("a thread of the node: {error}")))?;
        let engine = SharedEngine::new(engine);
        let for_courier = engine.clone();
        let worker = Worker {
            engine,
            cache,
            overlap,
            state: Arc::clone(&state),
            patience: options.patience,
            most_bytes: options.most_bytes,
            matures: options.matures,
            tick: options.tick,
            stopped: Default::default(),
            behind: Default::default(),
            incoming: Default::default(),
            unusable: Default::default(),
            waiting: Vec::new(),
            new: Default::default(),
            met: Default::default(),
            // What was taken in before it began is in the cache.
            unconfirmed: true,
        };
        let (tasks, waiting) = mpsc::channel(QUEUE);
        let (looks, asked) = sync_channel(QUEUE);
        let (for_reader, for_worker) = (Arc::clone(&state), tasks.clone());
        let threads = vec![
            spawn("node", move || worker.work(waiting))?,
            spawn("node's courier", move || courier::work(&for_courier, &errands))?,
            spawn("node's reader", move || {
                reader::work(&window, &for_reader, &asked, &for_worker)
            })?,
        ];
        let queues = Some(Queues { tasks, looks });
        Ok(Self {
            queues,
            threads,
            keys: Arc::default(),
            state,
            cache_file,
            window: of_node,
            patience: options.patience,
        })
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
        operation: impl FnMut(&Merchant, &mut Book<'_>) -> refundry::Result<T> + Send + 'static,
    ) -> Pending<T> {
        let (job, pending) = self.of_key(key, operation);
        self.hand_in(Task::Job(job), pending)
    }

    /// As [`Node::book_of_key`], for a look that need not see what other nodes recorded last. It is
    /// answered from the cache, without the engine; what the cache does not have is asked of the engine.
    pub fn look<T: Send + 'static>(
        &self,
        key: &str,
        question: impl FnMut(&Merchant, &mut Book<'_>) -> refundry::Result<T> + Send + 'static,
    ) -> Pending<T> {
        let (job, pending) = self.of_key(key, question);
        match self.queues.as_ref().map(|queues| queues.looks.try_send(job)) {
            Some(Ok(())) => pending,
            Some(Err(TrySendError::Full(_))) => Pending::refused(Error::Overloaded),
            Some(Err(TrySendError::Disconnected(_))) | None => Pending::refused(Error::Closed),
        }
    }

    /// Whose an API key was when this node last saw it used, without asking anyone. Whoever acts on that
    /// does so by [`Node::book_of_key`], where the key is looked at again.
    #[must_use]
    pub fn holder(&self, key: &str) -> Option<Merchant> {
        self.keys.holder(&Sha256::digest(key).into())
    }

    /// An operation on the book of whoever holds a key. Where the holder is known it is not looked for;
    /// the key is looked at in any case, in the book as it is then.
    fn of_key<T: Send + 'static>(
        &self,
        key: &str,
        mut operation: impl FnMut(&Merchant, &mut Book<'_>) -> refundry::Result<T> + Send + 'static,
    ) -> (Box<dyn Job>, Pending<T>) {
        let (key, hash) = (key.to_owned(), Sha256::digest(key).into());
        let keys = Arc::clone(&self.keys);
        let subject = match keys.holder(&hash) {
            Some(merchant) => Subject::Merchant(merchant.id),
            None => Subject::Key { hash, key: key.clone() },
        };
        ask(subject, move |ledger: &mut Ledger, subject: &mut Subject| {
            let merchant = ledger.authenticate(&key).inspect_err(|_| keys.forget(&hash))?;
            keys.saw(hash, &merchant);
            *subject = Subject::Merchant(merchant.id.clone());
            operation(&merchant, &mut ledger.book(&merchant.id)?)
        })
    }

    /// A handle that only reads, on the file of the cache which has a merchant's book, with all that any
    /// node had answered before this was asked. It is for what takes long or reads in many steps, such as
    /// an export: it holds up nobody. Of other books the file may have less than there is. It waits: not
    /// for async code.
    ///
    /// # Errors
    /// As any operation on the book; [`Error::Unavailable`] if the cache does not commit in time.
    pub fn reading(&self, merchant_id: &str) -> Result<Ledger> {
        let told = self.book(merchant_id, |book| book.mark()).wait()?;
        let begun = Instant::now();
        while begun.elapsed() < self.patience {
            // The cache commits what it was told of a little later.
            let mut ledger = self.window.open(merchant_id)?;
            match ledger.book(merchant_id).and_then(|book| book.mark()) {
                Ok(mark) if mark.n >= told.n => return Ok(ledger),
                Ok(_) | Err(refundry::Error::ResourceMissing { .. }) => {
                    thread::sleep(Duration::from_millis(5));
                }
                Err(error) => return Err(error.into()),
            }
            // A cache that was made anew has the book once it is asked for again.
            self.book(merchant_id, |book| book.mark()).wait()?;
        }
        Err(Error::Unavailable("the node's cache has not committed what it has".into()))
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

    /// Whether an operation could be recorded now: the cache can be written to, and the engine keeps
    /// something that nobody reads, on its standby too if it has one.
    pub fn rehearse(&self) -> Pending<()> {
        let (reply, pending) = Pending::open();
        self.hand_in(Task::Rehearsal(reply), pending)
    }

    pub(crate) fn ask<T: Send + 'static>(
        &self,
        subject: Subject,
        operation: impl FnMut(&mut Ledger, &mut Subject) -> refundry::Result<T> + Send + 'static,
    ) -> Pending<T> {
        let (job, pending) = ask(subject, operation);
        self.hand_in(Task::Job(job), pending)
    }

    fn hand_in<T>(&self, task: Task, pending: Pending<T>) -> Pending<T> {
        match self.queues.as_ref().map(|queues| queues.tasks.try_send(task)) {
            Some(Ok(())) => pending,
            Some(Err(mpsc::error::TrySendError::Full(_))) => Pending::refused(Error::Overloaded),
            Some(Err(mpsc::error::TrySendError::Closed(_))) | None => {
                Pending::refused(Error::Closed)
            }
        }
    }

    /// Whether the node's threads are at work. One that broke down does not come back.
    #[must_use]
    pub fn is_at_work(&self) -> bool {
        !self.threads.iter().any(JoinHandle::is_finished)
    }

    /// The file of the cache, for whoever measures it.
    #[must_use]
    pub fn cache_file(&self) -> &Path {
        &self.cache_file
    }

    /// Whether the node can serve.
    #[must_use]
    pub fn health(&self) -> Health {
        self.state.health()
    }

    /// Where the books end in which this node recorded since this was asked last. The first time there are
    /// none: they are noted from then on. A recording of which the engine did not say at once that it is kept may
    /// be missing.
    #[must_use]
    pub fn news(&self) -> Vec<Head> {
        self.state.news()
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
        self.queues = None;
        for thread in self.threads.drain(..) {
            // A panic of an operation has been printed, and told to everyone who waited.
            let _ = thread.join();
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    Builder::new()
        .name(name.into())
        .spawn(work)
        .map_err(|error| Error::Unavailable(format!("a thread of the node: {error}")))
}
