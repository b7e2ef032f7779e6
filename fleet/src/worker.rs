//! The worker: the one thread of a node that decides. Operations that wait together are decided
//! together on the cache, recorded by the engine as one group, and answered then.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use refundry::{Mark, Timestamp};

use crate::{
    cache::{Cache, is_damage},
    engine::{Appended, Engine, EngineError, Group, Head},
    error::Error,
    job::{Job, Subject, Task},
    line,
    often::Often,
    snapshot::Incoming,
    state::{Count, State},
};

/// How many operations share a group at most.
const TOGETHER: usize = 1_024;

/// How often charges that are due mature.
const TICK: Duration = Duration::from_millis(500);

/// How long a node leaves a turn to others at most.
const LONGEST_TURN: Duration = Duration::from_millis(20);

/// Every how many ticks the standby is looked for.
const STANDBY: u32 = 8;

/// In how many attempts an operation may find the cache damaged until it is blamed itself.
const MOST_CACHES: usize = 4;

pub(crate) struct Worker {
    pub(crate) engine: Box<dyn Engine>,
    pub(crate) cache: Cache,
    pub(crate) state: Arc<State>,
    /// How long a group is tried.
    pub(crate) patience: Duration,
    /// How large the cache may become.
    pub(crate) most_bytes: u64,
    /// Whether charges that are due mature here.
    pub(crate) matures: bool,
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
    /// The ends of its books. A group is kept whole or not at all, so any of them tells of all; but
    /// not each can always be looked at: a book may have been stopped meanwhile.
    pub(crate) ends: Vec<Head>,
    pub(crate) why: String,
}

/// How an attempt ended.
enum Attempt {
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
    pub(crate) fn work(mut self, tasks: &Receiver<Task>) {
        // What is due matures before anything is answered.
        self.release_due();
        let (mut ticked, mut tick, mut ticks) = (Instant::now(), next_tick(), 0_u32);
        loop {
            let pause = if self.behind.is_empty() {
                tick.saturating_sub(ticked.elapsed())
            } else {
                Duration::ZERO
            };
            match tasks.recv_timeout(pause) {
                Ok(first) => self.serve(first, tasks),
                Err(RecvTimeoutError::Timeout) => {}
                // Nobody waits for the other books that are behind.
                Err(RecvTimeoutError::Disconnected) if self.waiting.is_empty() => return,
                Err(RecvTimeoutError::Disconnected) => {}
            }
            if !self.behind.is_empty() {
                let ready = self.catch_up_a_bit();
                self.settle(ready, Purpose::Requests, 0);
            }
            if ticked.elapsed() >= tick {
                self.release_due();
                self.bound_the_cache();
                if ticks.is_multiple_of(STANDBY) {
                    self.look_for_a_standby();
                }
                ticks = ticks.wrapping_add(1);
                (ticked, tick) = (Instant::now(), next_tick());
            }
        }
    }

    /// Does everything that waits by now.
    fn serve(&mut self, first: Task, tasks: &Receiver<Task>) {
        let (mut jobs, mut rehearsals) = (Jobs::new(), Vec::new());
        for task in std::iter::once(first).chain(tasks.try_iter().take(TOGETHER.saturating_sub(1)))
        {
            match task {
                Task::Job(job) => jobs.push(job),
                Task::Rehearsal(reply) => rehearsals.push(reply),
            }
        }
        if !jobs.is_empty() {
            let begun = Instant::now();
            self.state.add(Count::Operations, jobs.len());
            self.settle(jobs, Purpose::Requests, 0);
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

    /// Decides operations together until the engine has kept what was decided, and answers each. The
    /// number of the first attempt is 0, unless they were tried before.
    pub(crate) fn settle(&mut self, mut jobs: Jobs, purpose: Purpose, first: usize) {
        let begun = Instant::now();
        // All attempts are of one moment, so that on the same book the same is decided.
        self.cache.set_moment(Timestamp::now());
        let mut doubts = Vec::new();
        for attempt in first.. {
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
                    self.settle(vec![job], purpose, attempt.saturating_add(1));
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
        let answered = self.asked(|engine| engine.append(&group));
        if answered == Ok(Appended::Whole) {
            return self.keep(&group, attempt);
        }
        self.cache.undo();
        match answered {
            Ok(Appended::Whole | Appended::Overtaken) => {
                self.state.add(Count::Conflicts, 1);
                Attempt::Again("other nodes were always faster".to_owned())
            }
            Err(EngineError::InDoubt(why)) => {
                self.state.add(Count::Doubts, 1);
                self.unconfirmed = true;
                // What leaves nothing behind can't be there in part.
                if !group.recordings.is_empty() {
                    doubts.push(Doubt { attempt, ends: ends(&group).collect(), why: why.clone() });
                }
                Attempt::Again(why)
            }
            Err(EngineError::Unavailable(why)) => Attempt::Again(why),
            Err(EngineError::Refused(why)) => Attempt::Refused(why),
        }
    }

    /// Ends an attempt whose group the engine has kept.
    fn keep(&mut self, group: &Group, attempt: usize) -> Attempt {
        if let Err(error) = self.confirm(group) {
            self.cache.undo();
            return Attempt::Again(error.to_string());
        }
        self.state.add(Count::Recordings, group.recordings.len());
        self.new.group_ended();
        self.met.group_ended();
        self.cache.keep(&group.heads, ends(group));
        Attempt::Kept(attempt)
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
        self.state.add(Count::RoundTrips, 1);
        let answer = ask(&mut *self.engine);
        self.state.engine(answer.as_ref().err());
        answer
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
        let mut heads = BTreeMap::new();
        for job in jobs.iter() {
            if let Subject::Merchant(id) = job.subject() {
                heads.insert(id.clone(), self.cache.head(id)?.mark);
            }
        }
        self.cache.begin(heads.keys())?;
        let mut released = BTreeSet::new();
        for job in jobs.iter_mut() {
            let has_no_id = matches!(job.subject(), Subject::New);
            let ledger = self.cache.ledger_for(job.subject())?;
            job.decide(attempt, ledger);
            if job.failure().is_some() {
                return Ok(None);
            }
            if let (Subject::Merchant(id), true) = (job.subject(), has_no_id) {
                heads.insert(id.clone(), Mark::genesis(id));
            }
            if let (Subject::Merchant(id), true) = (job.subject(), job.is_done()) {
                released.insert(id.clone());
            }
        }
        // A failure that an operation kept to itself.
        if !self.cache.has_open(heads.keys()) {
            return Ok(None);
        }
        let heads: Vec<Head> =
            heads.into_iter().map(|(merchant, mark)| Head { merchant, mark }).collect();
        let mut lines = self.cache.recorded(&heads)?;
        let mut group = Group::default();
        for head in heads {
            if let Purpose::Maturity(moment) = purpose
                && released.contains(&head.merchant)
            {
                group.matured.push((head.clone(), moment));
            }
            let mut n = head.mark.n;
            for line in lines.remove(&head.merchant).unwrap_or_default() {
                let recording = line::apart(&head.merchant, line)?;
                n = n.saturating_add(1);
                if recording.mark.n != n {
                    return Err(refundry::Error::Internal { expected: "recordings after a head" });
                }
                group.recordings.push(recording);
            }
            group.heads.push(head);
        }
        Ok(Some(group))
    }
}

/// Where the books end in which a group records something.
fn ends(group: &Group) -> impl Iterator<Item = Head> {
    let last = |book: &[crate::engine::Recording]| {
        book.last().map(|last| Head { merchant: last.merchant.clone(), mark: last.mark })
    };
    group.recordings.chunk_by(|one, next| one.merchant == next.merchant).filter_map(last)
}

fn fail(jobs: Jobs, error: impl Fn() -> Error) {
    jobs.into_iter().for_each(|job| job.fail(error()));
}

/// How long to wait before the next attempt. At first it is at once; two nodes that always meet at
/// one book wait for different times, so that each gets its turn.
fn pause(attempt: usize) -> Duration {
    let most = 1_u64 << attempt.min(8);
    Duration::from_micros(fastrand::u64(0..most.saturating_mul(1_000)) / 2)
}

/// Nodes that were started together do not all look at the same moment.
fn next_tick() -> Duration {
    TICK.saturating_add(Duration::from_millis(fastrand::u64(0..200)))
}
