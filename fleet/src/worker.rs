//! The worker: the one thread of a node that decides. Operations that wait together are decided
//! together on the cache, recorded by the engine as one group, and answered then.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use refundry::Timestamp;
use tokio::sync::mpsc::Receiver;

use crate::{
    cache::{Cache, is_damage},
    courier::{Answer, SharedEngine},
    draft::Draft,
    engine::{Appended, Engine, EngineError, Group, Head},
    error::Error,
    job::{Job, Subject, Task},
    often::Often,
    overlap::{Event, Overlap},
    snapshot::Incoming,
    state::{Count, State},
};

/// How many operations share a group at most.
pub(crate) const TOGETHER: usize = 1_024;

/// How long a node leaves a turn to others at most.
const LONGEST_TURN: Duration = Duration::from_millis(20);

/// Every how many ticks the standby is looked for.
const STANDBY: u32 = 8;

/// In how many attempts an operation may find the cache damaged until it is blamed itself.
const MOST_CACHES: usize = 4;

pub(crate) struct Worker {
    pub(crate) engine: SharedEngine,
    pub(crate) cache: Cache,
    /// What is decided and not committed.
    pub(crate) overlap: Overlap,
    pub(crate) state: Arc<State>,
    /// How long a group is tried.
    pub(crate) patience: Duration,
    /// How large the cache may become.
    pub(crate) most_bytes: u64,
    /// Whether charges that are due mature here.
    pub(crate) matures: bool,
    /// How often they do.
    pub(crate) tick: Duration,
    /// The books that this node does not serve any more, and why.
    pub(crate) stopped: HashMap<String, String>,
    /// The books of which so much is new that it is taken in bit by bit.
    pub(crate) behind: BTreeSet<String>,
    /// The snapshots that arrive for some of those, by merchant.
    pub(crate) incoming: HashMap<String, Incoming>,
    /// How many snapshots of a book could not be used.
    pub(crate) unusable: HashMap<String, u32>,
    /// What waits for those.
    pub(crate) waiting: Jobs,
    /// Whether the books of a group often have something new: then it is looked for first.
    pub(crate) new: Often,
    /// Whether that is often in books of which the cache had something: other nodes are at work in them.
    pub(crate) met: Often,
    /// The cache may have something that the engine could still lose.
    pub(crate) unconfirmed: bool,
}

/// What a group of operations is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Requests,
    /// Charges that are due at a moment mature.
    Maturity(i64),
}

/// An attempt of which nobody knows yet whether the engine kept it.
pub(crate) struct Doubt {
    pub(crate) attempt: usize,
    /// The ends of its books, of which one does not tell of all: in one book two attempts may decide the
    /// same to the bit, and another refund in the next. A book that was stopped meanwhile can't be looked at.
    pub(crate) ends: Vec<Head>,
    pub(crate) why: String,
}

/// The attempts of operations that are decided together.
pub(crate) struct Attempts {
    pub(crate) begun: Instant,
    /// The number of the next one.
    pub(crate) next: usize,
    pub(crate) doubts: Vec<Doubt>,
}

impl Attempts {
    /// None was made yet, or none that matters: numbers begin here.
    pub(crate) fn from(next: usize) -> Self {
        Self { begun: Instant::now(), next, doubts: Vec::new() }
    }
}

/// How an attempt ended.
pub(crate) enum Attempt {
    /// What was decided in this attempt is kept by the engine.
    Kept(usize),
    /// Nothing is known to be kept; another attempt may be.
    Again(String),
    /// The cache's transaction broke, and nothing was sent to the engine.
    Broken,
    /// Nothing was kept, and another attempt would not change that.
    Refused(String),
}

pub(crate) type Jobs = Vec<Box<dyn Job>>;

impl Worker {
    /// Does what is asked, until nobody can ask any more.
    pub(crate) fn work(mut self, mut tasks: Receiver<Task>) {
        // What is due matures before anything is answered.
        self.release_due();
        let (mut ticked, mut tick, mut ticks) = (Instant::now(), self.next_tick(), 0_u32);
        let mut is_closed = false;
        loop {
            let pause = if !self.overlap.is_over() {
                // What is in flight is waited for, whatever is due.
                self.tick
            } else if self.behind.is_empty() {
                tick.saturating_sub(ticked.elapsed())
            } else {
                Duration::ZERO
            };
            // Nothing more is decided on top of what is in flight then, so that it comes to its end.
            let is_due = ticked.elapsed() >= tick;
            match self.overlap.next(&mut tasks, !is_closed && !is_due, pause) {
                Event::Task(task) => self.take(task),
                Event::Landed(flight, answer) => self.landed(flight, answer, true),
                Event::Ready => self.send(),
                Event::Settled => self.commit(),
                Event::Closed => is_closed = true,
                Event::Timeout => {}
            }
            if !self.overlap.is_over() {
                continue;
            }
            self.serve_aside(&mut tasks);
            // Nobody waits for the other books that are behind.
            if is_closed && self.waiting.is_empty() {
                return;
            }
            if !self.behind.is_empty() {
                let ready = self.catch_up_a_bit();
                self.settle(ready, Purpose::Requests, Attempts::from(0));
            }
            if is_due {
                self.release_due();
                self.bound_the_cache();
                if ticks.is_multiple_of(STANDBY) {
                    self.look_for_a_standby();
                }
                ticks = ticks.wrapping_add(1);
                (ticked, tick) = (Instant::now(), self.next_tick());
            }
        }
    }

    /// Nodes that were started together do not all look at the same moment.
    fn next_tick(&self) -> Duration {
        self.tick.saturating_add(Duration::from_millis(fastrand::u64(0..200)))
    }

    /// Decides what is asked, or lets it wait until it can be served.
    fn take(&mut self, task: Task) {
        match task {
            Task::Job(mut job) => {
                self.state.add(Count::Operations, 1);
                if self.may_overlap(&mut *job) {
                    self.decide_on_top(job);
                } else {
                    self.overlap.set_aside(Task::Job(job));
                }
            }
            rehearsal @ Task::Rehearsal(_) => self.overlap.set_aside(rehearsal),
        }
    }

    /// Does everything that can't be decided on top of others, together with what waits by now.
    fn serve_aside(&mut self, tasks: &mut Receiver<Task>) {
        let mut aside = self.overlap.take_aside();
        if aside.is_empty() {
            return;
        }
        while aside.len() < TOGETHER
            && let Ok(task) = tasks.try_recv()
        {
            if matches!(task, Task::Job(_)) {
                self.state.add(Count::Operations, 1);
            }
            aside.push(task);
        }
        let (mut jobs, mut rehearsals) = (Jobs::new(), Vec::new());
        for task in aside {
            match task {
                Task::Job(job) => jobs.push(job),
                Task::Rehearsal(reply) => rehearsals.push(reply),
            }
        }
        if !jobs.is_empty() {
            let begun = Instant::now();
            self.settle(jobs, Purpose::Requests, Attempts::from(0));
            if self.met.is() {
                // Whoever was overtaken by this group has its turn, and more comes together meanwhile.
                self.state.add(Count::Turns, 1);
                thread::sleep(begun.elapsed().min(LONGEST_TURN));
            }
        }
        // One does for all who are still there.
        rehearsals.retain(|reply| !reply.is_closed());
        if !rehearsals.is_empty() {
            let rehearsed = self.rehearse();
            for reply in rehearsals {
                let problem = rehearsed.as_ref().err().map(ToString::to_string);
                let _ = reply.send(problem.map_or(Ok(()), |why| Err(Error::Unavailable(why))));
            }
        }
    }

    /// Whether an operation could be recorded now.
    fn rehearse(&mut self) -> Result<(), Box<dyn std::error::Error>> {
        self.cache.ledger()?.rehearse()?;
        self.asked(|engine| engine.confirm())?;
        self.unconfirmed = false;
        Ok(())
    }

    /// Notes whether commits wait for a standby: without one the engine's machine must not be lost.
    fn look_for_a_standby(&mut self) {
        if let Ok(has_standby) = self.asked(|engine| engine.has_standby()) {
            self.state.standby(has_standby);
        }
    }

    /// A cache that became too large is made anew: books come back when they are asked for.
    fn bound_the_cache(&mut self) {
        let bytes = self.cache.bytes();
        self.state.cache_bytes(bytes);
        if bytes > self.most_bytes {
            self.renew_cache();
        }
    }

    fn renew_cache(&mut self) {
        self.state.add(Count::CachesRenewed, 1);
        self.incoming.clear();
        self.unusable.clear();
        if let Err(error) = self.cache.renew() {
            tracing::error!(%error, "the cache could not be made anew");
        }
    }

    /// Decides operations together until the engine has kept what was decided, and answers each.
    pub(crate) fn settle(&mut self, mut jobs: Jobs, purpose: Purpose, attempts: Attempts) {
        let Attempts { begun, next, mut doubts } = attempts;
        // All attempts are of one moment, so that on the same book the same is decided.
        self.cache.set_moment(Timestamp::now());
        for attempt in next.. {
            jobs = self.without_stopped(jobs, &doubts);
            if jobs.is_empty() {
                return;
            }
            let why = match self.attempt(&mut jobs, attempt, purpose, &mut doubts) {
                Attempt::Kept(kept) => return jobs.into_iter().for_each(|job| job.answer(kept)),
                Attempt::Refused(why) if doubts.is_empty() => {
                    return fail(jobs, || Error::Unavailable(why.clone()));
                }
                Attempt::Broken if doubts.is_empty() => {
                    return self.settle_broken(jobs, attempt, purpose);
                }
                Attempt::Broken => "the cache failed".to_owned(),
                Attempt::Refused(why) | Attempt::Again(why) => why,
            };
            if begun.elapsed() >= self.patience {
                return match doubts.pop() {
                    Some(Doubt { why, .. }) => fail(jobs, || Error::InDoubt(why.clone())),
                    None => fail(jobs, || Error::Unavailable(why.clone())),
                };
            }
            thread::sleep(pause(attempt));
        }
    }

    /// A group whose transaction broke is settled one by one: which operation is to blame is not
    /// known. One alone is answered with its own failure, unless that is the cache's.
    fn settle_broken(&mut self, jobs: Jobs, attempt: usize, purpose: Purpose) {
        let is_damaged = jobs.iter().any(|job| job.failure().is_some_and(is_damage));
        if is_damaged {
            self.renew_cache();
        }
        let alone = jobs.len() == 1;
        for job in jobs {
            match job.failure() {
                _ if !alone || (is_damaged && attempt < MOST_CACHES) => {
                    let attempts = Attempts::from(attempt.saturating_add(1));
                    self.settle(vec![job], purpose, attempts);
                }
                Some(_) => job.answer(attempt),
                None => job.fail(Error::Unavailable("the cache failed".into())),
            }
        }
    }

    /// One attempt, after catching up where that is needed.
    fn attempt(
        &mut self,
        jobs: &mut Jobs,
        attempt: usize,
        purpose: Purpose,
        doubts: &mut Vec<Doubt>,
    ) -> Attempt {
        if let Err(error) = self.find_holders(jobs) {
            return Attempt::Again(error.to_string());
        }
        // Where something is new, it would be decided for nothing.
        if attempt > 0 || self.new.is() {
            match self.catch_up(jobs, doubts) {
                Ok(Some(kept)) => {
                    self.unconfirmed = true;
                    let confirmed = self.confirm(&Group::default());
                    let again = |error: EngineError| Attempt::Again(error.to_string());
                    return confirmed.map_or_else(again, |()| Attempt::Kept(kept));
                }
                Ok(None) => {}
                Err(why) => return Attempt::Again(why),
            }
        }
        if doubts.is_empty() {
            self.set_aside(jobs, purpose);
        }
        if jobs.is_empty() {
            return Attempt::Kept(attempt);
        }
        let group = match self.decide(jobs, purpose, attempt) {
            Ok(Some(group)) => group,
            Ok(None) => {
                self.cache.undo();
                return Attempt::Broken;
            }
            Err(error) => {
                self.cache.undo();
                self.cache_failed(&error);
                return Attempt::Again(error.to_string());
            }
        };
        self.state.add(Count::Groups, 1);
        let answer = self.asked(|engine| engine.append(&group));
        if answer == Ok(Appended::Whole) {
            return self.keep(group, attempt);
        }
        self.cache.undo();
        self.failed(answer, &group, attempt, doubts)
    }

    /// Ends an attempt whose group the engine has not kept, as far as is known.
    pub(crate) fn failed(
        &mut self,
        answer: Answer,
        group: &Group,
        attempt: usize,
        doubts: &mut Vec<Doubt>,
    ) -> Attempt {
        match answer {
            Ok(Appended::Whole | Appended::Overtaken) => {
                self.state.add(Count::Conflicts, 1);
                Attempt::Again("other nodes were always faster".to_owned())
            }
            Err(EngineError::InDoubt(why)) => {
                self.state.add(Count::Doubts, 1);
                self.unconfirmed = true;
                // What leaves nothing behind can't be there in part.
                if !group.recordings.is_empty() {
                    doubts.push(Doubt { attempt, ends: group.ends().collect(), why: why.clone() });
                }
                Attempt::Again(why)
            }
            Err(EngineError::Unavailable(why)) => Attempt::Again(why),
            Err(EngineError::Refused(why)) => Attempt::Refused(why),
        }
    }

    /// Ends an attempt whose group the engine has kept.
    fn keep(&mut self, group: Group, attempt: usize) -> Attempt {
        if let Err(error) = self.confirm(&group) {
            self.cache.undo();
            return Attempt::Again(error.to_string());
        }
        self.is_kept(&group);
        self.cache.keep(&[Arc::new(group)]);
        Attempt::Kept(attempt)
    }

    /// Counts a group that the engine has kept.
    pub(crate) fn is_kept(&mut self, group: &Group) {
        self.state.add(Count::Recordings, group.recordings.len());
        self.state.recorded(group);
        self.new.group_ended();
        self.met.group_ended();
    }

    /// Has what is answered with a group kept for good. One with recordings is a commit after all that
    /// was read; one without may tell of a recording that no standby has yet.
    fn confirm(&mut self, group: &Group) -> Result<(), EngineError> {
        if self.unconfirmed && group.recordings.is_empty() {
            self.asked(|engine| engine.confirm())?;
        }
        self.unconfirmed = false;
        Ok(())
    }

    /// Asks the engine, and notes whether it answered.
    pub(crate) fn asked<T>(
        &mut self,
        ask: impl FnOnce(&mut dyn Engine) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let answer = ask(&mut **self.engine.lock());
        self.noted(&answer);
        answer
    }

    /// Notes whether the engine answered.
    pub(crate) fn noted<T>(&self, answer: &Result<T, EngineError>) {
        self.state.add(Count::RoundTrips, 1);
        self.state.engine(answer.as_ref().err());
    }

    pub(crate) fn cache_failed(&mut self, error: &refundry::Error) {
        tracing::warn!(%error, "the cache failed");
        if is_damage(error) {
            self.renew_cache();
        }
    }

    /// Finds the merchants who hold API keys: in the cache, or else in the engine. The book itself
    /// says whether the key is still good.
    fn find_holders(&mut self, jobs: &mut Jobs) -> Result<(), EngineError> {
        let mut unknown = Vec::new();
        for (place, job) in jobs.iter_mut().enumerate() {
            let Subject::Key { key, hash } = job.subject() else { continue };
            match self.cache.ledger().and_then(|ledger| ledger.authenticate(key)) {
                Ok(merchant) => job.found(merchant.id),
                Err(_) => unknown.push((place, *hash)),
            }
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let hashes: Vec<[u8; 32]> = unknown.iter().map(|(_, hash)| *hash).collect();
        let holders = self.asked(|engine| engine.key_holders(&hashes))?;
        let mut nobody = Vec::new();
        for ((place, _), holder) in unknown.into_iter().zip(holders) {
            match (holder, jobs.get_mut(place)) {
                (Some(merchant), Some(job)) => job.found(merchant),
                _ => nobody.push(place),
            }
        }
        for place in nobody.into_iter().rev() {
            jobs.remove(place).fail(Error::Ledger(refundry::Error::ApiKeyInvalid));
        }
        Ok(())
    }

    /// Decides all operations in one transaction of the cache, which stays open. `None` if it broke.
    fn decide(
        &mut self,
        jobs: &mut Jobs,
        purpose: Purpose,
        attempt: usize,
    ) -> refundry::Result<Option<Group>> {
        let mut draft = Draft::default();
        for job in jobs.iter_mut() {
            if !draft.decide(&mut self.cache, &mut **job, attempt)? {
                return Ok(None);
            }
        }
        draft.end(&mut self.cache, purpose).map(Some)
    }
}

pub(crate) fn fail(jobs: Jobs, error: impl Fn() -> Error) {
    jobs.into_iter().for_each(|job| job.fail(error()));
}

/// How long to wait before the next attempt. At first it is at once; two nodes that always meet at
/// one book wait for different times, so that each gets its turn.
fn pause(attempt: usize) -> Duration {
    let most = 1_u64 << attempt.min(8);
    Duration::from_micros(fastrand::u64(0..most.saturating_mul(1_000)) / 2)
}
