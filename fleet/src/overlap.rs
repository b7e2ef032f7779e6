//! Overlap: while the engine keeps one group, the next is decided on top of it. It is sent once that one is
//! kept; if that one is not, both are undone and decided anew. They are in the same transactions of the
//! cache, which can be committed only when nothing in them is still to be kept. Where many ask, several
//! groups share such a commit: it writes a page of the file once for all of them.

use std::{
    future::{Future, poll_fn},
    mem,
    pin::Pin,
    sync::Arc,
    task::Poll,
    time::{Duration, Instant},
};

use refundry::Timestamp;
use tokio::{
    runtime::{Builder, Runtime},
    sync::{
        mpsc::Receiver,
        oneshot::{self, error::TryRecvError},
    },
    time::timeout,
};

use crate::{
    courier::{Answer, Courier},
    draft::Draft,
    engine::{Appended, EngineError, Group},
    error::Error,
    job::{Job, Subject, Task},
    state::Count,
    worker::{Attempt, Attempts, Jobs, Purpose, TOGETHER, Worker, fail},
};

/// How many groups, and recordings in them, are kept and not committed until nothing more is decided on top.
/// If what is on top comes to nothing, all of them are taken in again.
const MOST_GROUPS: usize = 64;
const MOST_RECORDINGS: usize = 2_048;

/// How many operations share a group where many ask.
const MANY: usize = 8;

/// How long more is waited for until what is kept is committed.
const LINGER: Duration = Duration::from_millis(2);

pub(crate) struct Overlap {
    courier: Courier,
    /// What the worker waits by.
    runtime: Runtime,
    flight: Option<Flight>,
    /// What is decided on top of that, and not sent.
    draft: Draft,
    jobs: Jobs,
    /// How long it took to decide that.
    worked: Duration,
    /// How long the last group was in flight.
    flew: Duration,
    /// What the engine has kept and the cache has not committed.
    kept: Vec<Arc<Group>>,
    /// What waits until all is committed, because it can't be decided on top of others.
    aside: Vec<Task>,
}

/// Operations whose group the engine is asked to keep.
pub(crate) struct Flight {
    jobs: Jobs,
    group: Arc<Group>,
    sent: Instant,
    landing: oneshot::Receiver<Answer>,
}

/// What happens next.
pub(crate) enum Event {
    Task(Task),
    Landed(Flight, Answer),
    /// What is decided can be sent.
    Ready,
    /// All that was decided is kept, and can be committed.
    Settled,
    /// Nobody can ask any more.
    Closed,
    Timeout,
}

/// What is waited for.
enum Next {
    Task(Option<Task>),
    Landed(Answer),
}

impl Overlap {
    pub(crate) fn new(courier: Courier) -> std::io::Result<Self> {
        Ok(Self {
            courier,
            runtime: Builder::new_current_thread().enable_time().build()?,
            flight: None,
            draft: Draft::default(),
            jobs: Jobs::new(),
            worked: Duration::ZERO,
            flew: Duration::ZERO,
            kept: Vec::new(),
            aside: Vec::new(),
        })
    }

    /// Whether all that was decided is kept and committed.
    pub(crate) fn is_over(&self) -> bool {
        self.flight.is_none() && self.jobs.is_empty() && self.kept.is_empty()
    }

    /// Whether more may be kept before the next commit.
    fn has_room(&self) -> bool {
        let recordings: usize = self.kept.iter().map(|group| group.recordings.len()).sum();
        self.kept.len() < MOST_GROUPS && recordings < MOST_RECORDINGS
    }

    /// Lets something wait until all is committed.
    pub(crate) fn set_aside(&mut self, task: Task) {
        self.aside.push(task);
    }

    pub(crate) fn take_aside(&mut self) -> Vec<Task> {
        mem::take(&mut self.aside)
    }

    /// What happens next, within a time. Something new is taken if it is wanted and there is room.
    pub(crate) fn next(
        &mut self,
        tasks: &mut Receiver<Task>,
        is_wanted: bool,
        pause: Duration,
    ) -> Event {
        let takes =
            is_wanted && self.aside.is_empty() && self.jobs.len() < TOGETHER && self.has_room();
        if let Some(answer) = self.flight.as_mut().and_then(Flight::look) {
            return self.landed(answer);
        }
        let is_first = self.flight.is_none() && !self.jobs.is_empty();
        if is_first && self.is_enough() {
            return Event::Ready;
        }
        if takes && let Ok(task) = tasks.try_recv() {
            return Event::Task(task);
        }
        if is_first {
            return Event::Ready;
        }
        let is_settled = self.flight.is_none() && !self.kept.is_empty();
        if is_settled && !takes {
            return Event::Settled;
        }
        let pause = if is_settled { pause.min(LINGER) } else { pause };
        let flight = &mut self.flight;
        let next = poll_fn(|context| {
            if let Some(flight) = flight
                && let Poll::Ready(landed) = Pin::new(&mut flight.landing).poll(context)
            {
                return Poll::Ready(Next::Landed(answer_of(landed)));
            }
            if takes { tasks.poll_recv(context).map(Next::Task) } else { Poll::Pending }
        });
        match self.runtime.block_on(async { timeout(pause, next).await }) {
            Ok(Next::Task(task)) => task.map_or(Event::Closed, Event::Task),
            Ok(Next::Landed(answer)) => self.landed(answer),
            Err(_) if is_settled => Event::Settled,
            Err(_) => Event::Timeout,
        }
    }

    /// Whether what is decided is sent although more waits: then half of the callers are in flight, and
    /// those of the other half are decided meanwhile. Where flights take much longer than deciding, it is
    /// faster to have all of them in each.
    const fn is_enough(&self) -> bool {
        self.worked.as_nanos() >= self.flew.as_nanos() / 2
    }

    fn landed(&mut self, answer: Answer) -> Event {
        let Some(flight) = self.flight.take() else { return Event::Timeout };
        self.flew = flight.sent.elapsed();
        Event::Landed(flight, answer)
    }
}

impl Flight {
    /// The answer, if it is there. Once it was taken it must not be waited for.
    fn look(&mut self) -> Option<Answer> {
        match self.landing.try_recv() {
            Err(TryRecvError::Empty) => None,
            landed => Some(answer_of(landed)),
        }
    }
}

/// What the engine said. It may have kept the group, if the courier broke down before it told.
fn answer_of<E>(landed: Result<Answer, E>) -> Answer {
    landed.unwrap_or_else(|_| Err(EngineError::InDoubt("the node's courier broke down".into())))
}

impl Worker {
    /// Whether an operation can be decided on top of a group that is in flight: it is likely that the
    /// group is kept, and nothing has to be asked of the engine first.
    pub(crate) fn may_overlap(&mut self, job: &mut dyn Job) -> bool {
        let is_calm = !(self.unconfirmed || self.new.is() || self.met.is());
        if !is_calm || !self.behind.is_empty() {
            return false;
        }
        if let Subject::Key { key, .. } = job.subject()
            && let Ok(holder) = self.cache.ledger().and_then(|ledger| ledger.authenticate(key))
        {
            job.found(holder.id);
        }
        match job.subject() {
            Subject::Merchant(id) => !self.stopped.contains_key(id),
            Subject::New => true,
            // The engine has to be asked.
            Subject::Key { .. } => false,
        }
    }

    /// Decides an operation on top of all that was decided before.
    pub(crate) fn decide_on_top(&mut self, mut job: Box<dyn Job>) {
        let Overlap { draft, jobs, worked, .. } = &mut self.overlap;
        let begun = Instant::now();
        // What is below may be in flight for long.
        self.cache.set_moment(Timestamp::now());
        if jobs.is_empty() {
            *worked = Duration::ZERO;
        }
        let decided = draft.decide(&mut self.cache, &mut *job, 0);
        jobs.push(job);
        *worked = worked.saturating_add(begun.elapsed());
        if !decided.is_ok_and(|is_sound| is_sound) {
            self.break_off();
        }
    }

    /// Sends what is decided to the engine.
    pub(crate) fn send(&mut self) {
        let Overlap { courier, flight, draft, jobs, .. } = &mut self.overlap;
        let Ok(group) = mem::take(draft).end(&mut self.cache, Purpose::Requests) else {
            return self.break_off();
        };
        self.state.add(Count::Groups, 1);
        let (jobs, group) = (mem::take(jobs), Arc::new(group));
        let landing = courier.send(Arc::clone(&group));
        *flight = Some(Flight { jobs, group, sent: Instant::now(), landing });
    }

    /// What is decided is not sent, but decided anew: the cache failed. What is in flight may be kept.
    fn break_off(&mut self) {
        match self.overlap.flight.take() {
            None => self.undo_uncommitted(),
            Some(mut flight) => {
                let landed = self.overlap.runtime.block_on(&mut flight.landing);
                self.landed(flight, answer_of(landed), false);
            }
        }
    }

    /// The engine has answered. What is decided on top goes on from there, if that is sound.
    pub(crate) fn landed(&mut self, flight: Flight, answer: Answer, is_sound: bool) {
        let Flight { jobs, group, sent, .. } = flight;
        self.noted(&answer);
        let is_kept = answer == Ok(Appended::Whole);
        if is_kept {
            self.is_kept(&group);
            self.overlap.kept.push(Arc::clone(&group));
        }
        if !is_kept || !is_sound {
            self.undo_uncommitted();
        } else if self.overlap.jobs.is_empty() && jobs.len() < MANY {
            self.commit();
        } else {
            // Before anyone is answered, who may look for it then.
            group.ends().for_each(|end| self.cache.is_ahead(&end.merchant));
            if !self.overlap.jobs.is_empty() && self.overlap.is_enough() {
                self.send();
            }
        }
        if is_kept {
            return jobs.into_iter().for_each(|job| job.answer(0));
        }
        let mut attempts = Attempts { begun: sent, next: 1, doubts: Vec::new() };
        match self.failed(answer, &group, 0, &mut attempts.doubts) {
            Attempt::Refused(why) => fail(jobs, || Error::Unavailable(why.clone())),
            _ => self.settle(jobs, Purpose::Requests, attempts),
        }
    }

    /// Commits what is kept, once nothing is on top of it.
    pub(crate) fn commit(&mut self) {
        self.cache.keep(&mem::take(&mut self.overlap.kept));
    }

    /// Undoes all that is not committed, and puts back what the engine has kept of it. What is not sent yet
    /// is decided anew.
    fn undo_uncommitted(&mut self) {
        let Overlap { draft, jobs, kept, aside, .. } = &mut self.overlap;
        self.cache.undo();
        self.cache.put_back(&mem::take(kept));
        *draft = Draft::default();
        aside.extend(jobs.drain(..).map(Task::Job));
    }
}
