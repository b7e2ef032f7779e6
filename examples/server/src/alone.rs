//! A refund that is alone: it is made by the thread that brings it, which serves connections.
//!
//! That thread may be the one that listens for all connections. To have another listen before each refund
//! would take as long as the refund, so a lookout sees to it if one takes long.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, MutexGuard, OnceLock, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread::{self, Builder, Thread},
    time::Duration,
};

use tokio::runtime::{self, Handle, Runtime};

use crate::writer::{Job, Writer};

/// For how long a refund that is alone keeps its thread at most before another listens.
const LONG: Duration = Duration::from_millis(2);

/// After so many looks at nothing the lookout sleeps.
const LOOKS: u32 = 20;

/// So many refunds in a row have to be alone, after some that were not, before one is made by the thread that
/// brings it: whoever comes while it is made is not heard, and should share a commit.
const QUIET: usize = 16;

/// The refunds that somebody waits for.
#[derive(Default)]
pub(crate) struct Refunds {
    waiting: AtomicUsize,
    /// How many have to be alone before one is made at once.
    noise: AtomicUsize,
}

/// One of them, while somebody waits for it.
pub(crate) struct Waiting<'a> {
    among: &'a AtomicUsize,
    /// Whether it is alone, as those before it were.
    pub(crate) is_alone: bool,
}

impl Refunds {
    pub(crate) fn one_more(&self) -> Waiting<'_> {
        let others = self.waiting.fetch_add(1, Ordering::Relaxed);
        let noise = self.noise.load(Ordering::Relaxed);
        let left = if others == 0 { noise.saturating_sub(1) } else { QUIET };
        self.noise.store(left, Ordering::Relaxed);
        Waiting { among: &self.waiting, is_alone: others == 0 && noise == 0 }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.among.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The threads that serve connections: two at least, so that one may make a refund.
pub(crate) fn runtime() -> io::Result<Runtime> {
    let mut threads = runtime::Builder::new_multi_thread();
    if thread::available_parallelism().map_or(1, usize::from) < 2 {
        threads.worker_threads(2);
    }
    threads.enable_all().build()
}

/// Has another thread listen where a refund that is alone takes long.
pub(crate) struct Lookout {
    watched: Arc<Watched>,
    thread: Thread,
}

/// What the lookout looks at.
#[derive(Default)]
struct Watched {
    /// How many refunds were begun and how many ended: it is odd while one is made.
    turns: AtomicU64,
    sleeps: AtomicBool,
    /// Whose threads make the refunds.
    runtime: OnceLock<Handle>,
}

impl Lookout {
    /// Puts the lookout to work, until this value is dropped.
    pub(crate) fn start() -> io::Result<Self> {
        let watched = Arc::new(Watched::default());
        let looks_at = Arc::downgrade(&watched);
        let thread = Builder::new().name("lookout".into()).spawn(move || look(&looks_at))?;
        Ok(Self { watched, thread: thread.thread().clone() })
    }

    /// Makes a refund on this thread. If it breaks down the writer is broken for everybody, as if it had
    /// done so on the writer's own thread.
    pub(crate) fn make_here(&self, mut writer: MutexGuard<'_, Writer>, job: Job) {
        if let Ok(runtime) = Handle::try_current() {
            self.watched.runtime.get_or_init(|| runtime);
        }
        self.watched.turns.fetch_add(1, Ordering::SeqCst);
        if self.watched.sleeps.swap(false, Ordering::SeqCst) {
            self.thread.unpark();
        }
        // The one who waits is told that there is no answer.
        drop(catch_unwind(AssertUnwindSafe(move || writer.make(job))));
        self.watched.turns.fetch_add(1, Ordering::SeqCst);
    }
}

impl Drop for Lookout {
    fn drop(&mut self) {
        self.watched = Arc::default();
        self.thread.unpark();
    }
}

/// Looks again and again while refunds are made.
fn look(watched: &Weak<Watched>) {
    let (mut seen, mut same) = (0, 0_u32);
    loop {
        thread::sleep(LONG);
        let Some(watched) = watched.upgrade() else { return };
        let turns = watched.turns.load(Ordering::SeqCst);
        same = if turns == seen { same.saturating_add(1) } else { 0 };
        seen = turns;
        if same == 1
            && turns % 2 == 1
            && let Some(runtime) = watched.runtime.get()
        {
            // A thread that sleeps is woken for it, and listens once it is done.
            drop(runtime.spawn(async {}));
        }
        if same < LOOKS || turns % 2 == 1 {
            continue;
        }
        watched.sleeps.store(true, Ordering::SeqCst);
        if watched.turns.load(Ordering::SeqCst) == seen {
            drop(watched);
            thread::park();
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{
        io::Write,
        os::unix::net::UnixStream,
        sync::mpsc::{Receiver, Sender, channel},
    };

    use refundry::{Ledger, NewMerchant, Options, RefundRequest, Timestamp};
    use tokio::io::AsyncReadExt;

    use super::*;
    use crate::desk;

    /// For how long something is waited for that comes at once.
    const PATIENCE: Duration = Duration::from_secs(20);

    /// A clock that says by which thread it is asked, and answers when it may.
    fn clock(asked: Sender<String>, may: Receiver<()>) -> Box<dyn FnMut() -> Timestamp + Send> {
        Box::new(move || {
            let name = thread::current().name().map(str::to_owned);
            // Nobody listens before and after the test.
            if asked.send(name.unwrap_or_default()).is_ok() {
                let _ = may.recv();
            }
            Timestamp::from_millis(0)
        })
    }

    /// Two ends of a connection: the client's, and the server's.
    fn pair() -> (UnixStream, UnixStream) {
        let (client, server) = UnixStream::pair().unwrap();
        server.set_nonblocking(true).unwrap();
        (client, server)
    }

    async fn until_asked(server: UnixStream) {
        let mut server = tokio::net::UnixStream::from_std(server).unwrap();
        server.read_u8().await.unwrap();
    }

    #[test]
    fn refunds_are_alone_again_once_some_were() {
        let refunds = Refunds::default();
        assert!(refunds.one_more().is_alone);
        let one = refunds.one_more();
        assert!(one.is_alone && !refunds.one_more().is_alone);
        drop(one);
        assert!((0..QUIET).all(|_| !refunds.one_more().is_alone));
        assert!(refunds.one_more().is_alone);
    }

    #[test]
    fn others_are_served_while_a_refund_that_is_alone_takes_long() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let (asks, asked) = channel();
        let (lets, may) = channel();
        let mut options = Options::default();
        options.clock = clock(asks, may);
        let mut ledger = Ledger::open(&path, options).unwrap();
        lets.send(()).unwrap();
        let id = ledger.create_merchant(&NewMerchant::named("Cairo Books")).unwrap().id;
        asked.recv().unwrap();
        let (desk, clerks) = desk::open(ledger, &path).unwrap();
        let desk = Arc::new(desk);
        let runtime = runtime().unwrap();
        let (answers, answered) = channel();
        for _ in 0..10 {
            let ((mut refund, of_refund), (mut other, of_other)) = (pair(), pair());
            let (desk, id, answers) = (Arc::clone(&desk), id.clone(), answers.clone());
            let refunded = runtime.spawn(async move {
                until_asked(of_refund).await;
                desk.create_refund(id, RefundRequest::of_charge("ch_1"), None).await
            });
            runtime.spawn(async move {
                until_asked(of_other).await;
                answers.send(()).unwrap();
            });
            // Then both threads have nothing to do, and the one of them that listens makes the refund.
            thread::sleep(Duration::from_millis(20));
            refund.write_all(&[1]).unwrap();
            let by = asked.recv_timeout(PATIENCE).unwrap();
            other.write_all(&[1]).unwrap();
            let is_answered = answered.recv_timeout(PATIENCE).is_ok();
            lets.send(()).unwrap();
            assert!(is_answered, "a refund by {by} held up the other connection");
            assert!(runtime.block_on(refunded).unwrap().is_err(), "there is no such charge");
        }
        drop((runtime, desk, asked));
        clerks.leave().unwrap();
    }
}
