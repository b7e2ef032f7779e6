//! The writer: it has the one handle that changes the ledger. Refunds that wait together share a commit,
//! which its thread makes. A refund that is alone is made by the thread that brings it.

use std::{
    collections::VecDeque,
    error, io,
    sync::{
        Mutex, MutexGuard,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use refundry::{Error, FileError, IdempotencyKey, Ledger, Recorded, Refund, RefundRequest, Result};
use tokio::sync::oneshot;

use crate::{
    clock,
    metrics::METRICS,
    piece::Piece,
    problem::{self, Problem},
    record,
    webhook::courier::NEWS,
};

/// How many refunds share a commit at most.
const TOGETHER: usize = 1024;

/// How often charges that are due mature: well within the second that is promised.
const TICK: Duration = Duration::from_millis(250);

/// For how long a failure is believed more than a rehearsal that goes well.
const DOUBT: Duration = Duration::from_secs(2);
/// An hour of them.
const TICKS_AN_HOUR: u64 = 14_400;

/// How long a commit may take before the log says so.
const SLOW: Duration = Duration::from_millis(500);

/// A refund to be made, and where to send what came of it.
pub(crate) struct Job {
    pub(crate) merchant_id: String,
    pub(crate) request: RefundRequest,
    pub(crate) key: Option<IdempotencyKey>,
    pub(crate) reply: oneshot::Sender<std::result::Result<Recorded<Refund>, Problem>>,
}

type Outcome = Result<Recorded<Refund>>;

/// What the writer is asked to do.
pub(crate) enum Task {
    Refund(Job),
    /// Take in a piece of a feed.
    Feed(Piece),
    /// Keep more nodes of the tree over a book's entries, and say whether all are kept.
    Tree {
        merchant_id: String,
        reply: oneshot::Sender<Result<bool>>,
    },
    /// Say whether a refund could be recorded now.
    Rehearse(oneshot::Sender<Result<()>>),
}

/// Whoever holds it changes the ledger.
pub(crate) struct Writer {
    ledger: Ledger,
    knows: Known,
}

/// What the writer knows beside the ledger.
#[derive(Default)]
struct Known {
    /// Pieces of feeds that wait, as many as have a place: refunds come first, and wait for one of them
    /// at most.
    pieces: VecDeque<Piece>,
    /// When the machine last failed to record refunds, or to rehearse that, unless it has recorded some
    /// since.
    failed: Option<Instant>,
}

/// Does what comes, until nobody can send anything any more.
pub(crate) fn work(writer: &Mutex<Writer>, tasks: &Receiver<Task>) {
    let mut ticked = Instant::now();
    // How often in a row charges that were due could not mature.
    let mut not_due = 0_u64;
    let mut has_pieces = false;
    loop {
        let patience = if has_pieces { Duration::ZERO } else { TICK };
        let first = match tasks.recv_timeout(patience.saturating_sub(ticked.elapsed())) {
            Ok(first) => Some(first),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) if has_pieces => None,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let mut held = hold(writer);
        let Writer { ledger, knows } = &mut *held;
        knows.serve(ledger, first, tasks);
        if let Some(piece) = knows.pieces.pop_front() {
            piece.take_in(ledger);
        }
        if ticked.elapsed() >= TICK {
            // Very many charges may be due: refunds take their turns.
            let between = |ledger: &mut Ledger| knows.serve(ledger, None, tasks);
            not_due = match release_due(ledger, between) {
                Ok(()) => 0,
                Err(error) => {
                    // They are still due at the next tick; a log needs to say so once an hour.
                    if not_due.is_multiple_of(TICKS_AN_HOUR) {
                        not_matured(&*error);
                    }
                    not_due.saturating_add(1)
                }
            };
            ticked = Instant::now();
        }
        has_pieces = !knows.pieces.is_empty();
    }
}

/// Waits for its turn. A refund that broke down elsewhere has broken the writer: nobody knows what it
/// left.
fn hold(writer: &Mutex<Writer>) -> MutexGuard<'_, Writer> {
    writer.lock().unwrap_or_else(|_| panic!("a refund broke down in another thread"))
}

/// Tells the operator that charges stay pending.
pub(crate) fn not_matured(error: &(dyn error::Error + 'static)) {
    tracing::error!(
        error,
        "charges that are due could not mature; if the clock is right: serve --confirm-time"
    );
}

/// Makes the charges available that are due now.
pub(crate) fn release_due(
    ledger: &mut Ledger,
    between: impl FnMut(&mut Ledger),
) -> std::result::Result<(), Box<dyn error::Error>> {
    let matured = ledger.release_due_yielding(clock::now()?, between)?;
    if matured > 0 {
        tracing::info!(matured, "charges matured");
        METRICS.charges_matured.inc_by(matured);
        NEWS.notify_one();
    }
    Ok(())
}

impl Writer {
    pub(crate) fn of(ledger: Ledger) -> Self {
        Self { ledger, knows: Known::default() }
    }

    /// Makes a refund that nobody else waits for.
    pub(crate) fn make(&mut self, job: Job) {
        self.knows.make(&mut self.ledger, vec![job]);
    }
}

impl Known {
    /// Does everything that waits by now. Refunds share one commit, which lets all of them go on.
    fn serve(&mut self, ledger: &mut Ledger, first: Option<Task>, tasks: &Receiver<Task>) {
        let (mut jobs, mut asked, mut trees) = (Vec::new(), Vec::new(), Vec::new());
        for task in first.into_iter().chain(tasks.try_iter()).take(TOGETHER) {
            METRICS.writing.dec();
            match task {
                Task::Refund(job) => jobs.push(job),
                Task::Feed(piece) => self.pieces.push_back(piece),
                Task::Tree { merchant_id, reply } => trees.push((merchant_id, reply)),
                Task::Rehearse(reply) => asked.push(reply),
            }
        }
        if !jobs.is_empty() {
            self.make(ledger, jobs);
        }
        self.answer_all(ledger, asked);
        for (merchant_id, reply) in trees {
            let extended = ledger.book(&merchant_id).and_then(|mut book| book.extend_tree());
            // Whoever asked may have gone; what was kept stays.
            let _ = reply.send(extended);
        }
    }

    fn make(&mut self, ledger: &mut Ledger, jobs: Vec<Job>) {
        let well = make_all(ledger, jobs);
        self.failed = if well { None } else { Some(Instant::now()) };
        NEWS.notify_one();
    }

    /// Answers all who ask whether a refund could be recorded, but those who have gone. One rehearsal
    /// does for all, as each may wait for the lock.
    fn answer_all(&mut self, ledger: &mut Ledger, asked: Vec<oneshot::Sender<Result<()>>>) {
        let mut well = false;
        for reply in asked.into_iter().filter(|reply| !reply.is_closed()) {
            let rehearsed = if well { Ok(()) } else { self.rehearse(ledger) };
            well = rehearsed.is_ok();
            // It may have gone meanwhile.
            let _ = reply.send(rehearsed);
        }
    }

    /// Whether a refund could be recorded now. What has just failed is believed more than a rehearsal,
    /// which syncs nothing.
    fn rehearse(&mut self, ledger: &mut Ledger) -> Result<()> {
        if self.failed.is_some_and(|failed| failed.elapsed() < DOUBT) {
            let problem = "refunds could not be recorded just now";
            return Err(FileError::input_output("the ledger", io::Error::other(problem)).into());
        }
        let rehearsed = ledger.rehearse();
        if rehearsed.is_err() {
            self.failed = Some(Instant::now());
        }
        rehearsed
    }
}

/// Makes refunds in one commit, and answers each after it. Returns whether the machine did its part.
fn make_all(ledger: &mut Ledger, jobs: Vec<Job>) -> bool {
    let mut well = true;
    match timed(|| together(ledger, &jobs)) {
        Ok(outcomes) => {
            for (job, outcome) in jobs.into_iter().zip(outcomes) {
                well &= !is_failure(&outcome);
                job.answer(outcome);
            }
        }
        // Each would wait as long for the lock once more, or is in doubt as all are.
        Err(Error::LockTimeout { path }) => {
            well = false;
            jobs.into_iter()
                .for_each(|job| job.answer(Err(Error::LockTimeout { path: path.clone() })));
        }
        Err(Error::OutcomeUnknown(error)) => {
            well = false;
            tracing::error!(%error, refunds = jobs.len(), "nobody knows whether a commit is on disk");
            jobs.into_iter().for_each(|job| job.reply_with(Err(in_doubt())));
        }
        // Nothing of the batch was kept, and which refund is to blame is not known.
        Err(_) => {
            for job in jobs {
                let outcome = timed(|| job.make(ledger));
                well &= !is_failure(&outcome);
                job.answer(outcome);
            }
        }
    }
    well
}

fn in_doubt() -> Problem {
    Problem::InDoubt("nobody knows whether its commit is on disk".into())
}

fn is_failure(outcome: &Outcome) -> bool {
    outcome.as_ref().is_err_and(|error| problem::status_of(error).is_server_error())
}

fn together(ledger: &mut Ledger, jobs: &[Job]) -> Result<Vec<Outcome>> {
    // A refund that is alone has its own error.
    if let [job] = jobs {
        return match job.make(ledger) {
            Err(error @ (Error::LockTimeout { .. } | Error::OutcomeUnknown(_))) => Err(error),
            outcome => Ok(vec![outcome]),
        };
    }
    let mut batch = ledger.batch()?;
    let outcomes = jobs
        .iter()
        .map(|job| batch.book(&job.merchant_id)?.create_refund(&job.request, job.key.as_ref()))
        .collect();
    batch.commit()?;
    Ok(outcomes)
}

/// Tells how long a commit took.
fn timed<T>(commit: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let done = commit();
    let took = begun.elapsed();
    METRICS.committed(took);
    if took >= SLOW {
        tracing::warn!(seconds = took.as_secs_f64(), "a slow commit");
    }
    done
}

impl Job {
    fn make(&self, ledger: &mut Ledger) -> Outcome {
        ledger.book(&self.merchant_id)?.create_refund(&self.request, self.key.as_ref())
    }

    fn answer(self, outcome: Outcome) {
        self.reply_with(outcome.map_err(Problem::Ledger));
    }

    fn reply_with(self, outcome: std::result::Result<Recorded<Refund>, Problem>) {
        record::refund(&self.merchant_id, &self.request, self.key.as_ref(), &outcome);
        // The caller may have gone; the refund is made all the same.
        let _ = self.reply.send(outcome);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{
            Arc, Mutex,
            atomic::{AtomicU32, Ordering},
        },
    };

    use refundry::{Amount, Currency, Fee, NewCharge, NewMerchant, Options, Timestamp};

    use super::*;
    use crate::desk;

    const MERCHANT: &str = "acct_cairo";

    /// A ledger whose source of random numbers fails once: in as many calls as is told.
    fn ledger() -> (Ledger, Arc<AtomicU32>) {
        let calls_left = Arc::new(AtomicU32::new(u32::MAX));
        let mut options = Options::default();
        let source = Arc::clone(&calls_left);
        options.random = Box::new(move |bytes| {
            bytes.fill(7);
            match source.fetch_sub(1, Ordering::SeqCst) {
                1 => Err(io::Error::other("dry")),
                _ => Ok(()),
            }
        });
        let mut ledger = Ledger::in_memory(options).unwrap();
        fill(&mut ledger);
        (ledger, calls_left)
    }

    /// Two charges of 3.
    fn fill(ledger: &mut Ledger) {
        let mut new = NewMerchant::named("Cairo Books");
        new.id = Some(MERCHANT.into());
        ledger.create_merchant(&new).unwrap();
        let (three, due) = (Amount::from_minor(3).unwrap(), Timestamp::from_millis(0));
        for id in ["ch_1", "ch_2"] {
            let egp = Currency::from_code("EGP").unwrap();
            let mut charge = NewCharge::succeeded(three, Fee::ZERO, egp, due);
            charge.id = Some(id.into());
            ledger.book(MERCHANT).unwrap().create_charge(&charge, None).unwrap();
        }
    }

    type Reply = oneshot::Receiver<std::result::Result<Recorded<Refund>, Problem>>;

    fn jobs<const N: usize>(charges: [&str; N]) -> (Vec<Job>, Vec<Reply>) {
        let job = |charge| {
            let (reply, outcome) = oneshot::channel();
            let mut request = RefundRequest::of_charge(charge);
            request.amount = Some(Amount::from_minor(2).unwrap());
            (Job { merchant_id: MERCHANT.into(), request, key: None, reply }, outcome)
        };
        charges.into_iter().map(job).unzip()
    }

    fn codes(replies: Vec<Reply>) -> Vec<&'static str> {
        let code = |mut reply: Reply| match reply.try_recv().unwrap() {
            Ok(_) => "ok",
            Err(problem) => problem.code(),
        };
        replies.into_iter().map(code).collect()
    }

    #[test]
    fn refunds_that_share_a_commit_have_each_their_own_outcome() {
        let (mut ledger, _) = ledger();
        let (jobs, replies) = jobs(["ch_1", "ch_9", "ch_1"]);
        make_all(&mut ledger, jobs);
        assert_eq!(codes(replies), ["ok", "resource_missing", "amount_exceeds_refundable"]);
        assert_eq!(ledger.book(MERCHANT).unwrap().head().unwrap().seq, 3);
    }

    /// While one refund is made, another handle does not yet see those that share its commit.
    #[test]
    fn they_do_share_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let mut options = Options::default();
        let (told, read) = (Arc::clone(&seen), path.clone());
        options.clock = Box::new(move || {
            let mut other = Ledger::open(&read, Options::default()).unwrap();
            let seq = other.book(MERCHANT).map(|book| book.head().unwrap().seq);
            told.lock().unwrap().push(seq.unwrap_or(0));
            Timestamp::from_millis(0)
        });
        let mut ledger = Ledger::open(&path, options).unwrap();
        fill(&mut ledger);
        seen.lock().unwrap().clear();
        let (jobs, replies) = jobs(["ch_1", "ch_2", "ch_1"]);
        make_all(&mut ledger, jobs);
        assert_eq!(codes(replies), ["ok", "ok", "amount_exceeds_refundable"]);
        assert_eq!(*seen.lock().unwrap(), [2, 2, 2]);
        assert_eq!(ledger.book(MERCHANT).unwrap().head().unwrap().seq, 4);
    }

    #[test]
    fn after_a_failure_each_is_made_alone() {
        let (mut ledger, calls_left) = ledger();
        calls_left.store(1, Ordering::SeqCst);
        let (jobs, replies) = jobs(["ch_1", "ch_9", "ch_1"]);
        make_all(&mut ledger, jobs);
        assert_eq!(codes(replies), ["ok", "resource_missing", "amount_exceeds_refundable"]);
        assert_eq!(ledger.book(MERCHANT).unwrap().head().unwrap().seq, 3);
    }

    #[test]
    fn alone_a_failure_is_the_refunds_own() {
        let (mut ledger, calls_left) = ledger();
        calls_left.store(1, Ordering::SeqCst);
        let (jobs, replies) = jobs(["ch_1"]);
        make_all(&mut ledger, jobs);
        assert_eq!(codes(replies), ["api_error"]);
    }

    /// While another process holds the lock, one of all who ask waits for it, and none who has gone.
    #[test]
    fn one_rehearsal_does_for_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let mut options = Options::default();
        options.busy_timeout = Duration::from_millis(50);
        let mut ledger = Ledger::open(&path, options).unwrap();
        let mut other = Ledger::open(&path, Options::default()).unwrap();
        let mut writer = Known::default();
        let ask = |writer: &mut Known, ledger: &mut Ledger| {
            let (gone, _) = oneshot::channel();
            let (replies, answers): (Vec<_>, Vec<_>) = (0..2).map(|_| oneshot::channel()).unzip();
            writer.answer_all(ledger, [gone].into_iter().chain(replies).collect());
            answers.into_iter().map(|mut answer| answer.try_recv().unwrap()).collect::<Vec<_>>()
        };
        let held = other.batch().unwrap();
        let answers = ask(&mut writer, &mut ledger);
        let [Err(Error::LockTimeout { .. }), Err(Error::File(_))] = &answers[..] else {
            panic!("{answers:?}");
        };
        // And so soon, nobody waits again.
        let answers = ask(&mut writer, &mut ledger);
        assert!(answers.iter().all(|answer| matches!(answer, Err(Error::File(_)))), "{answers:?}");
        drop(held);
        writer.failed = None;
        assert!(ask(&mut writer, &mut ledger).iter().all(Result::is_ok));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn refunds_in_doubt_are_not_made_once_more() {
        desk::tests::run_alone("writer::tests::whose_commit_nobody_knows_of");
    }

    /// A sync fails, once: what shares the commit may be on disk, and each is told so.
    #[cfg(target_os = "linux")]
    #[test]
    #[ignore = "run by the test above"]
    fn whose_commit_nobody_knows_of() {
        use refundry_trials::disk::{
            fault::{Fault, Plan, under},
            install,
        };

        if !desk::tests::is_alone() {
            return;
        }
        install();
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(folder.path().join("ledger"), Options::default()).unwrap();
        fill(&mut ledger);
        let (jobs, replies) = jobs(["ch_1", "ch_2"]);
        let once = Plan { fault: Fault::Sync, nth: 1, from_then_on: false };
        let (well, syncs) = under(once, || make_all(&mut ledger, jobs));
        assert!(!well);
        assert_eq!((codes(replies), syncs), (vec!["api_error"; 2], 1));
    }
}
