//! The courier: the thread that sends events to endpoints. It reads a ledger with a handle of its
//! own, so that no endpoint can hold up a refund, and waits for all endpoints at once, so that none
//! can hold up another. On a fleet one node's courier sends at a time; the others wait for its place.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    io, mem,
    path::PathBuf,
    rc::Rc,
    sync::Arc,
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

use refundry::Timestamp;
use refundry_fleet::{Error as FleetError, Node, Sender};
use tokio::{
    sync::{Notify, watch},
    task::{AbortHandle, LocalSet, spawn_local},
    time::{sleep, timeout},
};

use super::{
    books::Books,
    delivery::{Delivery, Hindrance, Office, passed},
    endpoint::{Cursor, Endpoint},
    lease::Lease,
    pace::Pace,
    store::{
        Change, Listed, Store, StoreError, Unreadable,
        file::File,
        fleet::{self, Clerk, Fleet},
    },
};
use crate::metrics::METRICS;

/// Told when something was recorded.
pub(crate) static NEWS: Notify = Notify::const_new();

/// How often a file of endpoints is looked at, and either home is told how far they have come.
const TICK: Duration = Duration::from_millis(200);

/// How often the books are looked at, if nobody tells that something was recorded: another process
/// may have done so. As often a fleet's endpoints are read, and its sender comes for its place.
const LOOK: Duration = Duration::from_secs(1);

/// For how long what a node of a fleet records comes together.
const TOGETHER: Duration = Duration::from_millis(50);

/// How long events that are on their way may take when the server stops.
const GRACE: Duration = Duration::from_secs(2);

/// The thread, while it works.
pub(crate) struct Courier {
    thread: JoinHandle<()>,
    stop: Arc<Notify>,
}

/// Where events come from and endpoints stand.
pub(crate) enum Home {
    /// A ledger's file, and the file beside it.
    File(PathBuf),
    Fleet {
        node: Arc<Node>,
        clerk: Clerk,
    },
}

impl Courier {
    /// Puts the courier to work on the events of a ledger or a fleet.
    pub(crate) fn start(home: Home, pace: Pace) -> io::Result<Self> {
        let stop = Arc::new(Notify::new());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let asked = Arc::clone(&stop);
        let thread = Builder::new().name("courier".into()).spawn(move || {
            LocalSet::new().block_on(&runtime, work(home, pace, &asked));
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

async fn work(home: Home, pace: Pace, stop: &Notify) {
    let mut shift: Option<Shift> = None;
    // What is wrong, if it was said: it may stay so for hours.
    let mut told = None;
    loop {
        let done = match &mut shift {
            Some(shift) => shift.tick().await,
            None => Shift::begin(&home, pace).await.map(|begun| shift = begun),
        };
        let trouble = done.err().map(|error| error.to_string());
        if let Some(error) = trouble.as_ref().filter(|_| trouble != told) {
            tracing::error!(%error, "webhooks can't go on; trying again");
        }
        told = trouble;
        if told.is_some() {
            sleep(LOOK).await;
        }
        if let Some(over) = shift.take_if(|shift| shift.is_over) {
            over.drop_all();
        }
        let pause = match (&home, &shift) {
            (Home::Fleet { .. }, None) => LOOK,
            _ => TICK,
        };
        // Nobody to tell: to be woken for each commit would take the time of a thread switch from it.
        let is_waited_for = shift.as_ref().is_some_and(|shift| shift.active > 0);
        tokio::select! {
            () = NEWS.notified(), if is_waited_for => if let Some(shift) = &mut shift { shift.news().await },
            () = sleep(pause) => {}
            () = stop.notified() => break,
        }
    }
    if let Some(shift) = shift {
        shift.end().await;
    }
}

/// What the courier does while there are endpoints, and it is the one that sends.
struct Shift {
    office: Rc<Office>,
    /// Whether endpoints may have been changed since they were read last.
    is_stale: bool,
    /// Whether another node sends now.
    is_over: bool,
    running: HashMap<i64, (i64, AbortHandle)>,
    /// Endpoints that get nothing, because this program can't read them.
    unreadable: Vec<Unreadable>,
    /// Which endpoints there were when it was counted what was set aside.
    counted: Vec<i64>,
    /// How many endpoints there are that were not paused.
    active: usize,
    news: watch::Sender<()>,
    /// When it came for its place.
    came: Instant,
    looked: Instant,
    /// How long the last look at the books took.
    look_took: Duration,
}

impl Shift {
    /// Begins, if there are any endpoints, and on a fleet no other node sends to them.
    async fn begin(home: &Home, pace: Pace) -> Result<Option<Self>, Hindrance> {
        let (books, store, until) = match home {
            Home::File(ledger) => {
                let Some(store) = File::open(ledger)? else { return Ok(None) };
                (Books::of_file(ledger).map_err(FleetError::Ledger)?, Store::File(store), None)
            }
            Home::Fleet { node, clerk } => {
                let asked = Instant::now();
                let Some(holder) = take(node, clerk).await? else { return Ok(None) };
                tracing::info!("this node sends webhooks from now on");
                let books = Books::of_fleet(Arc::clone(node), clerk.clone(), Some(holder.clone()));
                let store = Store::Fleet(Fleet::of_sender(clerk.clone(), holder));
                (books, store, asked.checked_add(fleet::TIME))
            }
        };
        let office = Office {
            books,
            store,
            lease: Lease::until(until),
            unsaved: RefCell::default(),
            recount: Cell::new(true),
            sending: Cell::new(0),
            closing: Cell::new(false),
            pace,
        };
        let mut shift = Self {
            office: Rc::new(office),
            is_stale: true,
            is_over: false,
            running: HashMap::new(),
            unreadable: Vec::new(),
            counted: Vec::new(),
            active: 0,
            news: watch::Sender::new(()),
            came: Instant::now(),
            looked: Instant::now(),
            look_took: Duration::ZERO,
        };
        let begun = match shift.office.books.look().await {
            Ok(_) => shift.tick().await,
            Err(error) => Err(error.into()),
        };
        if let Err(error) = begun {
            // Another node may be luckier.
            shift.end().await;
            return Err(error);
        }
        METRICS.webhooks.sending.set(1);
        Ok(Some(shift))
    }

    /// Looks after everything, as is done from time to time.
    async fn tick(&mut self) -> Result<(), Hindrance> {
        let is_time = self.looked.elapsed() >= LOOK;
        if is_time && !self.stays().await? {
            return Ok(());
        }
        self.save().await?;
        self.is_stale |= self.office.store.may_have_changed(is_time)?;
        let broken = self.running.values().any(|(_, task)| task.is_finished());
        let is_read = self.is_stale || broken;
        if is_read {
            self.read_endpoints().await?;
            self.is_stale = false;
        }
        if is_time || !self.office.books.is_whole() {
            self.look().await?;
        }
        if is_time && !is_read {
            let listed = self.office.store.list().await?;
            self.count(&listed).await?;
        }
        Ok(())
    }

    /// Comes for the place of a fleet's sender. Tells whether it still has it.
    async fn stays(&mut self) -> Result<bool, Hindrance> {
        let Store::Fleet(fleet) = &self.office.store else { return Ok(true) };
        let asked = Instant::now();
        if fleet.renew().await? {
            self.office.lease.renew(asked.checked_add(fleet::TIME));
            self.came = asked;
            return Ok(true);
        }
        tracing::warn!(
            "another node sends webhooks now: this one did not say in time that it does"
        );
        self.is_over = true;
        Ok(false)
    }

    /// Something was recorded. Many books are not looked at all the time.
    async fn news(&mut self) {
        // A fleet's node says at once where it recorded, but each endpoint then asks the books.
        let is_file = matches!(self.office.store, Store::File(_));
        let pause = if is_file { self.look_took.saturating_mul(10).min(LOOK) } else { TOGETHER };
        sleep(pause).await;
        let begun = Instant::now();
        match self.office.books.hear() {
            Ok(true) => self.news.send_replace(()),
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, "the books can't be read for webhooks; trying again");
            }
        }
        self.look_took = begun.elapsed();
    }

    async fn look(&mut self) -> Result<(), Hindrance> {
        self.looked = Instant::now();
        // A fleet's other nodes tell where they recorded, whether or not somebody is to be told.
        if self.active == 0 && matches!(self.office.store, Store::File(_)) {
            return Ok(());
        }
        let looked = self.office.books.look().await;
        self.look_took = self.looked.elapsed();
        if looked? {
            self.news.send_replace(());
        }
        Ok(())
    }

    /// Tells the store how far endpoints have come.
    async fn save(&self) -> Result<(), Hindrance> {
        let unsaved = mem::take(&mut *self.office.unsaved.borrow_mut());
        if unsaved.is_empty() {
            return Ok(());
        }
        let change = |((endpoint, merchant), cursor): (&(i64, String), &Cursor)| {
            Change::Advance(*endpoint, merchant.clone(), cursor.clone())
        };
        let noted = self.office.store.record(unsaved.iter().map(change).collect()).await;
        noted.map_err(|error| {
            // It is told again, but for what has gone on meanwhile.
            let mut newer = self.office.unsaved.borrow_mut();
            for (place, cursor) in unsaved {
                newer.entry(place).or_insert(cursor);
            }
            error.into()
        })
    }

    /// Begins with endpoints that are new or were changed, and ends with those that are gone.
    async fn read_endpoints(&mut self) -> Result<(), Hindrance> {
        let listed = self.office.store.list().await?;
        self.count(&listed).await?;
        let Listed { endpoints, unreadable } = listed;
        self.leave_out(unreadable);
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
            self.look().await?;
        }
        for endpoint in endpoints.into_iter().filter(|endpoint| !endpoint.paused) {
            if self.running.contains_key(&endpoint.number) {
                continue;
            }
            // There may be so many that its time would be over.
            if self.came.elapsed() >= LOOK && !self.stays().await? {
                return Ok(());
            }
            self.begin_with(endpoint).await?;
        }
        Ok(())
    }

    async fn begin_with(&mut self, endpoint: Endpoint) -> Result<(), Hindrance> {
        // Where it had come with another revision is noted first.
        self.save().await?;
        let (number, revision) = (endpoint.number, endpoint.revision);
        let delivery = Delivery::new(&self.office, endpoint).await?;
        let task = spawn_local(delivery.run(self.news.subscribe()));
        self.running.insert(number, (revision, task.abort_handle()));
        Ok(())
    }

    /// Says once which endpoints get nothing.
    fn leave_out(&mut self, unreadable: Vec<Unreadable>) {
        for one in unreadable.iter().filter(|one| !self.unreadable.contains(one)) {
            tracing::error!(
                endpoint = one.id,
                problem = one.what,
                "this version can't read an endpoint and sends it nothing; nothing is forgotten; upgrade this server"
            );
        }
        self.unreadable = unreadable;
    }

    async fn count(&mut self, listed: &Listed) -> Result<(), Hindrance> {
        let Listed { endpoints, unreadable } = listed;
        let webhooks = &METRICS.webhooks;
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let failing = endpoints.iter().filter(|endpoint| endpoint.trouble.is_some()).count();
        webhooks.failing.set(count(failing));
        let since = endpoints.iter().filter_map(|endpoint| Some(endpoint.trouble.as_ref()?.since));
        let failing_for =
            since.min().map_or(Duration::ZERO, |since| passed(since, Timestamp::now()));
        webhooks.failing_for.set(i64::try_from(failing_for.as_secs()).unwrap_or(i64::MAX));
        webhooks.unreadable.set(count(unreadable.len()));
        // Nobody else sets anything aside. There may be very many.
        let numbers: Vec<_> = endpoints.iter().map(|endpoint| endpoint.number).collect();
        if self.office.recount.replace(false) || self.counted != numbers {
            let counted = self.office.store.count_aside().await;
            self.office.recount.set(self.office.recount.get() || counted.is_err());
            webhooks.set_aside.set(counted?);
            self.counted = numbers;
        }
        Ok(())
    }

    /// Lets what is on its way arrive, notes how far everything came, and has another node send.
    async fn end(self) {
        self.office.closing.set(true);
        let begun = Instant::now();
        while self.office.sending.get() > 0 && begun.elapsed() < GRACE {
            sleep(Duration::from_millis(5)).await;
        }
        let office = Rc::clone(&self.office);
        let saved = timeout(GRACE, self.save()).await;
        if !matches!(saved, Ok(Ok(()))) {
            tracing::error!("what was sent last is sent again by the next run");
        }
        self.drop_all();
        if let Store::Fleet(fleet) = &office.store {
            // Else the others wait until its time is over.
            let _ = timeout(GRACE, fleet.leave()).await;
        }
    }

    /// Sends nothing more, and tells nobody how far it came: another node sends.
    fn drop_all(self) {
        for (_, task) in self.running.values() {
            task.abort();
        }
        let webhooks = &METRICS.webhooks;
        for gauge in [
            &webhooks.failing,
            &webhooks.failing_for,
            &webhooks.unreadable,
            &webhooks.set_aside,
            &webhooks.sending,
        ] {
            gauge.set(0);
        }
    }
}

/// Makes this node the sender of its fleet, if none is, and returns the name under which it is. Else tells the
/// sender where this node recorded.
async fn take(node: &Node, clerk: &Clerk) -> Result<Option<String>, Hindrance> {
    let holder = format!("{:016x}{:016x}", random()?, random()?);
    let name = holder.clone();
    let sender = clerk.ask(move |endpoints| {
        // A fleet that an older program set up has no endpoints.
        if endpoints.are_there()? { endpoints.take(&name, fleet::TIME) } else { Ok(Sender::Nobody) }
    });
    let sender = sender.await.map_err(StoreError::from)?;
    let news = node.news();
    if sender == Sender::Another && !news.is_empty() {
        let published = clerk.ask(move |endpoints| endpoints.publish(&news)).await;
        published.map_err(StoreError::from)?;
    }
    Ok((sender == Sender::This).then_some(holder))
}

fn random() -> Result<u64, Hindrance> {
    getrandom::u64().map_err(|error| StoreError::File(io::Error::other(error)).into())
}
