//! The desk: the ledger's two threads, and the queues before them.
//!
//! SQLite blocks, so the threads that serve connections don't call it, but for one quick look at
//! whose key it is, and for a refund that is alone. The [writer] has the only handle that writes and
//! takes refunds from one queue, in order. The reader has its own handle, so that reads don't wait
//! behind writes.

use std::{
    error::Error,
    fmt,
    path::Path,
    sync::{
        Arc, Mutex, Weak,
        mpsc::{SyncSender, TrySendError, sync_channel},
    },
    thread::{Builder, JoinHandle},
    time::Duration,
};

use prometheus_client::metrics::gauge::Gauge;
use refundry::{
    Access, Currency, Error as LedgerError, IdempotencyKey, Ledger, Merchant, Options, Recorded,
    Refund, RefundRequest,
};
use tokio::{sync::oneshot, time::timeout};

use crate::{
    alone::{Lookout, Refunds},
    metrics::METRICS,
    piece::Intake,
    problem::Problem,
    writer::{self, Job, Task, Writer},
};

/// How many requests may wait before each clerk; more are told to come back.
const QUEUE: usize = 1024;

/// How many threads may look up a key at the same time; more ask the reader.
const DOORS: usize = 2;

/// Where requests are handed in.
pub(crate) struct Desk {
    writing: SyncSender<Task>,
    /// The writer, for a refund that is alone.
    writer: Arc<Mutex<Writer>>,
    refunds: Refunds,
    lookout: Lookout,
    reading: SyncSender<Question>,
    /// Takes in feeds.
    pub(crate) feeds: Intake,
    /// Held once by each clerk at work.
    at_work: Weak<()>,
    /// They look keys up, and never wait.
    doors: [Mutex<Ledger>; DOORS],
}

/// Whoever asks whether the server is ready has an answer within this time.
const READY: Duration = Duration::from_secs(1);

type Question = Box<dyn FnOnce(&mut Ledger) + Send>;

/// A clerk broke down, and does not come back: only a new process helps.
#[derive(Debug)]
pub(crate) struct Breakdown;

impl fmt::Display for Breakdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a thread of the ledger broke down; what it had answered is kept; start the server again",
        )
    }
}

/// The two threads.
pub(crate) struct Clerks {
    writer: JoinHandle<()>,
    reader: JoinHandle<()>,
}

/// Lets every charge mature that is due, and puts both clerks to work.
pub(crate) fn open(mut ledger: Ledger, path: &Path) -> Result<(Desk, Clerks), Box<dyn Error>> {
    if let Err(error) = writer::release_due(&mut ledger, |_| {}) {
        match error.downcast_ref() {
            // Refunds go on meanwhile.
            Some(LedgerError::TooFarAhead { .. }) => writer::not_matured(&*error),
            _ => return Err(error),
        }
    }
    let for_reading = |busy_timeout| {
        let mut options = Options::default();
        options.access = Access::ReadOnly;
        options.busy_timeout = busy_timeout;
        Ledger::open(path, options)
    };
    let door = || for_reading(Duration::ZERO).map(Mutex::new);
    let doors = [door()?, door()?];
    let mut for_reading = for_reading(Options::default().busy_timeout)?;
    let (writing, jobs) = sync_channel(QUEUE);
    let (reading, questions) = sync_channel::<Question>(QUEUE);
    let writer_is_here = Arc::new(());
    let reader_is_here = Arc::clone(&writer_is_here);
    let at_work = Arc::downgrade(&writer_is_here);
    let shared = Arc::new(Mutex::new(Writer::of(ledger)));
    let its_own = Arc::clone(&shared);
    let writer = Builder::new().name("writer".into()).spawn(move || {
        // Dropped however the thread ends.
        let _here = writer_is_here;
        writer::work(&its_own, &jobs);
    })?;
    let reader = Builder::new().name("reader".into()).spawn(move || {
        let _here = reader_is_here;
        for question in questions {
            METRICS.reading.dec();
            question(&mut for_reading);
        }
    })?;
    let feeds = Intake::to(writing.clone());
    let (refunds, lookout) = (Refunds::default(), Lookout::start()?);
    let desk = Desk { writing, writer: shared, refunds, lookout, reading, feeds, doors, at_work };
    Ok((desk, Clerks { writer, reader }))
}

impl Desk {
    /// Tells whose key it is: on this thread if a door is free, because asking the reader takes
    /// two changes of thread, which take longer than the refund.
    pub(crate) async fn authenticate(&self, key: String) -> Result<Merchant, Problem> {
        let door = self.doors.iter().find_map(|door| door.try_lock().ok());
        let found = door.map(|door| door.authenticate(&key));
        match found {
            None | Some(Err(LedgerError::LockTimeout { .. })) => {
                self.read(move |ledger| ledger.authenticate(&key)).await
            }
            Some(found) => found.map_err(Problem::Ledger),
        }
    }

    /// Tells whose feed may be sent with a key.
    pub(crate) async fn authenticate_feed(&self, key: String) -> Result<String, Problem> {
        self.read(move |ledger| ledger.authenticate_feed(&key)).await
    }

    /// Makes a refund. Once it is queued it will be made, whether or not the caller still waits. One
    /// that is alone is made at once: to hand it over takes two changes of thread.
    pub(crate) async fn create_refund(
        &self,
        merchant_id: String,
        request: RefundRequest,
        key: Option<IdempotencyKey>,
    ) -> Result<Recorded<Refund>, Problem> {
        let (reply, outcome) = oneshot::channel();
        let job = Job { merchant_id, request, key, reply };
        let waiting = self.refunds.one_more();
        match self.writer.try_lock() {
            Ok(writer) if waiting.is_alone => self.lookout.make_here(writer, job),
            _ => queue(&self.writing, &METRICS.writing, Task::Refund(job))?,
        }
        outcome.await.map_err(|_| Problem::Stopped)?
    }

    /// Keeps all nodes of the tree over a book's entries. Refunds take their turns between two steps.
    pub(crate) async fn extend_tree(&self, merchant_id: &str) -> Result<(), Problem> {
        loop {
            let (reply, extended) = oneshot::channel();
            let task = Task::Tree { merchant_id: merchant_id.to_owned(), reply };
            queue(&self.writing, &METRICS.writing, task)?;
            if extended.await.map_err(|_| Problem::Stopped)?? {
                return Ok(());
            }
        }
    }

    /// Whether both clerks are at work. One that broke down does not come back: only a new process
    /// helps. The ledger is not asked, because a new process would not make its disk faster.
    pub(crate) fn is_healthy(&self) -> Result<(), Problem> {
        if self.at_work.strong_count() == 2 { Ok(()) } else { Err(Problem::Stopped) }
    }

    /// Whether requests can be served: the ledger can be read, both clerks are at work, and a refund
    /// could be recorded.
    pub(crate) async fn is_ready(&self) -> Result<(), Problem> {
        // Any question does that needs the file to be read.
        let egp = Currency::from_code("EGP")?;
        let read = self.read(move |ledger| ledger.exponent(egp)).await;
        read.map_err(not_ready)?;
        self.is_healthy()?;
        let (reply, rehearsed) = oneshot::channel();
        let asked = queue(&self.writing, &METRICS.writing, Task::Rehearse(reply));
        asked.map_err(not_ready)?;
        match timeout(READY, rehearsed).await {
            Ok(Ok(rehearsed)) => rehearsed.map_err(Problem::NotReady),
            Ok(Err(_)) => Err(Problem::Stopped),
            Err(_) => Err(Problem::NotReady(LedgerError::LockTimeout { path: None })),
        }
    }

    /// Asks the ledger something.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Ledger) -> refundry::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let (reply, outcome) = oneshot::channel();
        let ask = move |ledger: &mut Ledger| {
            // Nobody may be waiting any more.
            let _ = reply.send(question(ledger));
        };
        queue(&self.reading, &METRICS.reading, Box::new(ask))?;
        outcome.await.map_err(|_| Problem::Stopped)?.map_err(Problem::Ledger)
    }
}

fn not_ready(problem: Problem) -> Problem {
    if let Problem::Ledger(error) = problem { Problem::NotReady(error) } else { problem }
}

/// Hands something in, unless too much waits already.
pub(crate) fn queue<T>(queue: &SyncSender<T>, depth: &Gauge, job: T) -> Result<(), Problem> {
    depth.inc();
    queue.try_send(job).map_err(|error| {
        depth.dec();
        match error {
            TrySendError::Full(_) => Problem::Overloaded,
            TrySendError::Disconnected(_) => Problem::Stopped,
        }
    })
}

impl Clerks {
    /// Waits until both have finished what was queued. Every [`Desk`] must be gone.
    pub(crate) fn leave(self) -> Result<(), Breakdown> {
        let ended = [self.writer.join(), self.reader.join()];
        if ended.iter().all(Result::is_ok) { Ok(()) } else { Err(Breakdown) }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{
        mem,
        time::{Duration, Instant},
    };

    use refundry::{NewMerchant, Timestamp};
    use tempfile::TempDir;

    use super::*;

    /// A thread ends a moment after it has let go of what it was asked.
    async fn until_it_is_unhealthy(desk: &Desk) {
        let begun = Instant::now();
        while desk.is_healthy().is_ok() {
            assert!(begun.elapsed() < Duration::from_secs(60), "it is still said to be healthy");
            tokio::task::yield_now().await;
        }
    }

    /// A desk whose writer breaks down at the first refund, and whose refund that is.
    pub(crate) fn breakable() -> (Desk, Clerks, TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let mut options = Options::default();
        let mut asked = false;
        options.clock = Box::new(move || {
            assert!(
                !mem::replace(&mut asked, true),
                "this clock breaks down when it is asked again"
            );
            Timestamp::from_millis(0)
        });
        let mut ledger = Ledger::open(&path, options).unwrap();
        let merchant = ledger.create_merchant(&NewMerchant::named("Cairo Books")).unwrap();
        let (desk, clerks) = open(ledger, &path).unwrap();
        (desk, clerks, folder, merchant.id)
    }

    /// Asks for a refund later, when the desk has been given away, and for no answer.
    pub(crate) fn later(desk: &Desk, merchant_id: String) -> impl FnOnce() + use<> {
        let writing = desk.writing.clone();
        move || {
            let (reply, _) = oneshot::channel();
            let request = RefundRequest::of_charge("ch_1");
            writing.send(Task::Refund(Job { merchant_id, request, key: None, reply })).unwrap();
        }
    }

    /// A desk whose writer broke down.
    pub(crate) async fn without_its_writer() -> (Desk, Clerks, TempDir) {
        let (desk, clerks, folder, merchant_id) = breakable();
        assert!(desk.is_healthy().is_ok() && desk.is_ready().await.is_ok());
        let request = RefundRequest::of_charge("ch_1");
        let refund = desk.create_refund(merchant_id, request, None).await;
        assert!(matches!(refund, Err(Problem::Stopped)), "{refund:?}");
        until_it_is_unhealthy(&desk).await;
        (desk, clerks, folder)
    }

    #[tokio::test]
    async fn without_its_writer_it_is_neither_healthy_nor_ready() {
        let (desk, clerks, _folder) = without_its_writer().await;
        assert!(matches!(desk.is_healthy(), Err(Problem::Stopped)));
        assert!(matches!(desk.is_ready().await, Err(Problem::Stopped)));
        let read = desk.read(|ledger| ledger.merchants()).await.unwrap();
        assert_eq!(read.len(), 1, "what is there can still be read");
        drop(desk);
        assert!(clerks.leave().is_err());
    }

    #[tokio::test]
    async fn without_its_reader_it_is_neither_healthy_nor_ready() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let ledger = Ledger::open(&path, Options::default()).unwrap();
        let (desk, clerks) = open(ledger, &path).unwrap();
        let read = desk.read(|_| -> refundry::Result<()> { panic!("a question breaks down") });
        assert!(matches!(read.await, Err(Problem::Stopped)));
        until_it_is_unhealthy(&desk).await;
        assert!(matches!(desk.is_ready().await, Err(Problem::Stopped)));
        drop(desk);
        assert!(clerks.leave().is_err());
    }

    /// A desk, a merchant's id, and its key.
    fn with_a_key(path: &Path) -> (Desk, Clerks, String, String) {
        let mut ledger = Ledger::open(path, Options::default()).unwrap();
        let id = ledger.create_merchant(&NewMerchant::named("Cairo Books")).unwrap().id;
        let key = ledger.book(&id).unwrap().issue_key().unwrap().key;
        let (desk, clerks) = open(ledger, path).unwrap();
        (desk, clerks, id, key)
    }

    /// Tells on which thread each refund was made: nobody needs to hand over what is alone.
    #[test]
    fn a_refund_that_is_alone_is_made_by_the_thread_that_brings_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let (told, threads) = std::sync::mpsc::channel();
        let mut options = Options::default();
        options.clock = Box::new(move || {
            let name = std::thread::current().name().map(str::to_owned);
            told.send(name.unwrap_or_default()).unwrap();
            Timestamp::from_millis(0)
        });
        let mut ledger = Ledger::open(&path, options).unwrap();
        let id = ledger.create_merchant(&NewMerchant::named("Cairo Books")).unwrap().id;
        let (desk, clerks) = open(ledger, &path).unwrap();
        let made_by = |runtime: &tokio::runtime::Runtime| {
            while threads.try_recv().is_ok() {}
            let refund = desk.create_refund(id.clone(), RefundRequest::of_charge("ch_1"), None);
            let refused = runtime.block_on(refund);
            assert!(matches!(refused, Err(Problem::Ledger(LedgerError::ResourceMissing { .. }))));
            threads.try_recv().unwrap()
        };
        let here = std::thread::current().name().unwrap_or_default().to_owned();
        let many = tokio::runtime::Runtime::new().unwrap();
        let one = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for runtime in [&many, &one] {
            // The writer may be about its own business just then; whoever asks again at once finds it so.
            assert!((0..1_000).any(|_| {
                std::thread::sleep(Duration::from_millis(1));
                made_by(runtime) == here
            }));
            let another = desk.refunds.one_more();
            assert!((0..100).all(|_| made_by(runtime) == "writer"));
            drop(another);
        }
        drop(desk);
        clerks.leave().unwrap();
    }

    /// The first look is at the door; the reader says the same.
    #[test]
    fn keys_are_looked_up_also_while_the_doors_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        let (desk, clerks, id, key) = with_a_key(&folder.path().join("ledger"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let asked = || {
            let known = runtime.block_on(desk.authenticate(key.clone())).unwrap();
            let unknown = runtime.block_on(desk.authenticate("sk_test_1".into()));
            assert_eq!(known.id, id);
            assert!(matches!(unknown, Err(Problem::Ledger(LedgerError::ApiKeyInvalid))));
        };
        let one = desk.doors[0].lock().unwrap();
        asked();
        let both = desk.doors[1].lock().unwrap();
        asked();
        drop((one, both));
        asked();
        drop(desk);
        clerks.leave().unwrap();
    }

    /// Set in a process that does nothing but one test.
    #[cfg(target_os = "linux")]
    const ALONE: &str = "REFUNDRY_TEST_ALONE";

    /// Runs an ignored test in a process of its own: the disk of the trials has to be there before
    /// SQLite is used.
    #[cfg(target_os = "linux")]
    pub(crate) fn run_alone(test: &str) {
        let program = std::env::current_exe().unwrap();
        let mut command = std::process::Command::new(program);
        let ended = command.args([test, "--exact", "--ignored"]).env(ALONE, "").output().unwrap();
        let said = String::from_utf8_lossy(&ended.stdout);
        assert!(ended.status.success() && said.contains(" 1 passed"), "{said}");
    }

    /// Whether this is such a process, which ends after a minute whatever happens.
    #[cfg(target_os = "linux")]
    pub(crate) fn is_alone() -> bool {
        let alone = std::env::var_os(ALONE).is_some();
        if alone {
            std::thread::spawn(|| {
                std::thread::sleep(Duration::from_secs(60));
                eprintln!("there is no end of it");
                std::process::abort();
            });
        }
        alone
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn keys_are_looked_up_also_where_the_door_would_have_to_wait() {
        run_alone("desk::tests::where_the_door_would_have_to_wait");
    }

    /// As after a process was killed in a commit: the index of the log is torn, and another process
    /// is about to make it anew. The door would have to wait; the reader may.
    #[cfg(target_os = "linux")]
    #[test]
    #[ignore = "run by the test above"]
    fn where_the_door_would_have_to_wait() {
        use std::os::unix::fs::FileExt;

        use refundry_trials::disk::{
            fault::{Fault, Plan, under},
            install,
        };

        if !is_alone() {
            return;
        }
        install();
        let folder = tempfile::tempdir().unwrap();
        let (desk, clerks, id, key) = with_a_key(&folder.path().join("ledger"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let index = folder.path().join("ledger-shm");
        let index = std::fs::File::options().write(true).open(index).unwrap();
        index.write_all_at(&[0; 48], 0).unwrap();
        let held = Plan { fault: Fault::Busy, nth: 1, from_then_on: true };
        let (known, locks) = under(held, || runtime.block_on(desk.authenticate(key)));
        assert_eq!(known.unwrap().id, id);
        assert!(locks > 0, "the door did not look");
        drop(desk);
        clerks.leave().unwrap();
    }

    #[test]
    fn a_full_queue_is_told_apart_from_a_clerk_who_left() {
        let (sender, receiver) = sync_channel(1);
        let depth = Gauge::default();
        assert!(queue(&sender, &depth, ()).is_ok());
        assert!(matches!(queue(&sender, &depth, ()), Err(Problem::Overloaded)));
        drop(receiver);
        assert!(matches!(queue(&sender, &depth, ()), Err(Problem::Stopped)));
        assert_eq!(depth.get(), 1);
    }
}
