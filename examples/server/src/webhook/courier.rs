//! The courier: the thread that sends events to endpoints. It reads the ledger with a handle of its
//! own, so that no endpoint can hold up a refund, and waits for all endpoints at once, so that none
//! can hold up another.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    io, mem,
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

use tokio::{
    sync::{Notify, watch},
    task::{AbortHandle, LocalSet, spawn_local},
    time::sleep,
};

use super::{
    books::Books,
    delivery::{Delivery, Office},
    endpoint::Endpoint,
    pace::Pace,
    store::Store,
};
use crate::metrics::METRICS;

/// Told when something was recorded.
pub(crate) static NEWS: Notify = Notify::const_new();

/// How often the file of endpoints is looked at, and told how far they have come.
const TICK: Duration = Duration::from_millis(200);

/// How often the books are looked at, if nobody tells that something was recorded: another process
/// may have done so.
const LOOK: Duration = Duration::from_secs(1);

/// How long events that are on their way may take when the server stops.
const GRACE: Duration = Duration::from_secs(2);

/// The thread, while it works.
pub(crate) struct Courier {
    thread: JoinHandle<()>,
    stop: Arc<Notify>,
}

impl Courier {
    /// Puts the courier to work on the events of a ledger.
    pub(crate) fn start(ledger: &Path, pace: Pace) -> io::Result<Self> {
        let stop = Arc::new(Notify::new());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (ledger, asked) = (ledger.to_owned(), Arc::clone(&stop));
        let thread = Builder::new().name("courier".into()).spawn(move || {
            LocalSet::new().block_on(&runtime, work(ledger, pace, &asked));
        })?;
        Ok(Self { thread, stop })
    }

    /// Has the courier finish what is on its way, and leave.
    pub(crate) fn stop(self) {
        self.stop.notify_one();
        if self.thread.join().is_err() {
            tracing::error!("the courier broke down; what it had not sent is sent by the next run");
        }
    }
}

async fn work(ledger: PathBuf, pace: Pace, stop: &Notify) {
    let mut shift: Option<Shift> = None;
    loop {
        let done = match &mut shift {
            Some(shift) => shift.tick(),
            None => Shift::begin(&ledger, pace).map(|begun| shift = begun),
        };
        if let Err(error) = done {
            tracing::error!(error, "webhooks can't go on; trying again");
            sleep(LOOK).await;
        }
        // Nobody to tell: to be woken for each commit would take the time of a thread switch from it.
        let is_waited_for = shift.as_ref().is_some_and(|shift| shift.active > 0);
        tokio::select! {
            () = NEWS.notified(), if is_waited_for => if let Some(shift) = &mut shift { shift.news().await },
            () = sleep(TICK) => {}
            () = stop.notified() => break,
        }
    }
    if let Some(shift) = shift {
        shift.end().await;
    }
}

/// What the courier does while there are endpoints.
struct Shift {
    office: Rc<Office>,
    /// What the file's version was when it was read last.
    version: Option<i64>,
    running: HashMap<i64, (i64, AbortHandle)>,
    /// How many endpoints there are that were not paused.
    active: usize,
    news: watch::Sender<()>,
    looked: Instant,
    /// How long the last look at the books took.
    look_took: Duration,
}

impl Shift {
    /// Begins, if the ledger has any endpoints.
    fn begin(ledger: &Path, pace: Pace) -> Result<Option<Self>, String> {
        let Some(store) = Store::open(ledger).map_err(|error| error.to_string())? else {
            return Ok(None);
        };
        let mut books = Books::open(ledger).map_err(|error| error.to_string())?;
        books.look().map_err(|error| error.to_string())?;
        let office = Office {
            books: RefCell::new(books),
            store: RefCell::new(store),
            unsaved: RefCell::default(),
            sending: Cell::new(0),
            closing: Cell::new(false),
            pace,
        };
        let mut shift = Self {
            office: Rc::new(office),
            version: None,
            running: HashMap::new(),
            active: 0,
            news: watch::Sender::new(()),
            looked: Instant::now(),
            look_took: Duration::ZERO,
        };
        shift.tick()?;
        Ok(Some(shift))
    }

    /// Looks after everything, as is done from time to time.
    fn tick(&mut self) -> Result<(), String> {
        self.save()?;
        let version = self.office.store.borrow().version().map_err(|error| error.to_string())?;
        let broken = self.running.values().any(|(_, task)| task.is_finished());
        if self.version != Some(version) || broken {
            self.read_endpoints()?;
            self.version = Some(version);
        }
        if self.looked.elapsed() >= LOOK {
            self.look()?;
            self.count()?;
        }
        Ok(())
    }

    /// Something was recorded. Many books are not looked at all the time.
    async fn news(&mut self) {
        sleep(self.look_took.saturating_mul(10).min(LOOK)).await;
        if let Err(error) = self.look() {
            tracing::error!(error, "the books can't be read for webhooks; trying again");
        }
    }

    fn look(&mut self) -> Result<(), String> {
        self.looked = Instant::now();
        if self.active == 0 {
            return Ok(());
        }
        let looked = self.office.books.borrow_mut().look();
        self.look_took = self.looked.elapsed();
        if looked.map_err(|error| error.to_string())? {
            self.news.send_replace(());
        }
        Ok(())
    }

    /// Tells the file how far endpoints have come.
    fn save(&self) -> Result<(), String> {
        let unsaved = mem::take(&mut *self.office.unsaved.borrow_mut());
        if unsaved.is_empty() {
            return Ok(());
        }
        let rows: Vec<_> = unsaved
            .iter()
            .map(|((endpoint, merchant), cursor)| (*endpoint, merchant.clone(), cursor.clone()))
            .collect();
        self.office.store.borrow_mut().advance(&rows).map_err(|error| {
            // Nothing was sent meanwhile: all of it is told again.
            self.office.unsaved.replace(unsaved);
            error.to_string()
        })
    }

    /// Begins with endpoints that are new or were changed, and ends with those that are gone.
    fn read_endpoints(&mut self) -> Result<(), String> {
        let endpoints = self.office.store.borrow().list().map_err(|error| error.to_string())?;
        self.running.retain(|number, (revision, task)| {
            let stays = endpoints.iter().any(|endpoint| {
                endpoint.number == *number && endpoint.revision == *revision && !endpoint.paused
            });
            if !stays || task.is_finished() {
                task.abort();
            }
            stays && !task.is_finished()
        });
        self.active = endpoints.iter().filter(|endpoint| !endpoint.paused).count();
        if self.running.is_empty() && self.active > 0 {
            // Nobody looked while there was nobody to tell.
            self.look()?;
        }
        for endpoint in endpoints.into_iter().filter(|endpoint| !endpoint.paused) {
            if !self.running.contains_key(&endpoint.number) {
                self.begin_with(endpoint)?;
            }
        }
        self.count()
    }

    fn begin_with(&mut self, endpoint: Endpoint) -> Result<(), String> {
        let (number, revision, id) = (endpoint.number, endpoint.revision, endpoint.id.clone());
        let delivery =
            Delivery::new(&self.office, endpoint).map_err(|error| format!("{id}: {error}"))?;
        let task = spawn_local(delivery.run(self.news.subscribe()));
        self.running.insert(number, (revision, task.abort_handle()));
        Ok(())
    }

    fn count(&self) -> Result<(), String> {
        let store = self.office.store.borrow();
        let endpoints = store.list().map_err(|error| error.to_string())?;
        let failing = endpoints.iter().filter(|endpoint| endpoint.trouble.is_some()).count();
        METRICS.webhooks.failing.set(i64::try_from(failing).unwrap_or(i64::MAX));
        let aside = store.count_aside().map_err(|error| error.to_string())?;
        METRICS.webhooks.set_aside.set(aside);
        Ok(())
    }

    /// Lets what is on its way arrive, and notes how far everything came.
    async fn end(self) {
        self.office.closing.set(true);
        let begun = Instant::now();
        while self.office.sending.get() > 0 && begun.elapsed() < GRACE {
            sleep(Duration::from_millis(5)).await;
        }
        for (_, task) in self.running.values() {
            task.abort();
        }
        if let Err(error) = self.save() {
            tracing::error!(error, "what was sent last is sent again by the next run");
        }
    }
}
