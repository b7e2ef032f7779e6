//! What a node tells of itself: counters, and whether it can serve.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use refundry::Mark;

use crate::engine::{EngineError, Group, Head};

/// What is counted since the node began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Operations that were asked.
    Operations,
    /// Groups that were handed to the engine.
    Groups,
    /// Recordings that the engine kept.
    Recordings,
    /// Groups that had been overtaken by another node.
    Conflicts,
    /// Groups of which the engine did not say whether it kept them.
    Doubts,
    /// Turns that were left to other nodes, which often record in the same books.
    Turns,
    /// Questions to the engine, groups included.
    RoundTrips,
    /// Recordings of other nodes that were taken in.
    TakenIn,
    /// Caches that were made anew because they were damaged or too large.
    CachesRenewed,
    /// Snapshots with which a book began here.
    SnapshotsTaken,
    /// Snapshots that could not be used. The log says why.
    SnapshotsIgnored,
    /// Charges that this node made available because they were due.
    Matured,
}

/// All of them, with the names that metrics give them.
pub const COUNTS: [(Count, &str); 12] = [
    (Count::Operations, "operations"),
    (Count::Groups, "groups"),
    (Count::Recordings, "recordings"),
    (Count::Conflicts, "conflicts"),
    (Count::Doubts, "doubts"),
    (Count::Turns, "turns"),
    (Count::RoundTrips, "round_trips"),
    (Count::TakenIn, "taken_in"),
    (Count::CachesRenewed, "caches_renewed"),
    (Count::SnapshotsTaken, "snapshots_taken"),
    (Count::SnapshotsIgnored, "snapshots_ignored"),
    (Count::Matured, "charges_matured"),
];

/// Whether a node can serve.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Why the engine did not answer the last question, if it did not.
    pub engine: Option<String>,
    /// The books that this node does not serve any more, by merchant, and why.
    pub stopped: BTreeMap<String, String>,
    /// Of a merchant whose charges are due, why they did not become available when that was last
    /// tried, if there is one.
    pub maturity: Option<String>,
    /// The size of the cache's files together when they were last looked at.
    pub cache_bytes: u64,
    /// How many books are being taken in, because much is new in them. What is asked of them waits.
    pub behind: usize,
    /// Whether the engine's commits wait for a standby, once it was asked.
    pub standby: Option<bool>,
    /// How long ago the engine answered last, if it has.
    pub silent_for: Option<Duration>,
}

#[derive(Default)]
pub(crate) struct State {
    counts: [AtomicU64; COUNTS.len()],
    health: Mutex<Health>,
    /// When the engine answered last.
    answered: Mutex<Option<Instant>>,
    /// Where the books end in which the node recorded since that was asked, once somebody has asked.
    news: Mutex<Option<HashMap<String, Mark>>>,
}

impl State {
    pub(crate) fn add(&self, count: Count, more: usize) {
        let more = u64::try_from(more).unwrap_or(u64::MAX);
        if let Some(counter) = self.counts.get(count as usize) {
            counter.fetch_add(more, Ordering::Relaxed);
        }
    }

    pub(crate) fn count(&self, count: Count) -> u64 {
        self.counts.get(count as usize).map_or(0, |counter| counter.load(Ordering::Relaxed))
    }

    /// The engine has kept a group.
    pub(crate) fn recorded(&self, group: &Group) {
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(news) = &mut *news {
            news.extend(group.ends().map(|end| (end.merchant, end.mark)));
        }
    }

    /// What was recorded since this was asked last; the first time nothing.
    pub(crate) fn news(&self) -> Vec<Head> {
        let mut news = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = news.replace(HashMap::new()).unwrap_or_default();
        ends.into_iter().map(|(merchant, mark)| Head { merchant, mark }).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn engine(&self, error: Option<&EngineError>) {
        if error.is_none() {
            *self.answered.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
        let mut health = self.lock();
        if error.is_some() || health.engine.is_some() {
            health.engine = error.map(ToString::to_string);
        }
    }

    pub(crate) fn is_stopped(&self, merchant: &str) -> bool {
        self.lock().stopped.contains_key(merchant)
    }

    pub(crate) fn behind(&self, books: usize) {
        self.lock().behind = books;
    }

    /// Notes whether commits wait for a standby, and says so when that changes.
    pub(crate) fn standby(&self, is_there: bool) {
        let mut health = self.lock();
        if health.standby.replace(is_there) == Some(is_there) {
            return;
        }
        if is_there {
            tracing::info!("the database's commits wait for a standby");
        } else {
            tracing::warn!(
                "the database's commits wait for no standby: if its machine is lost, so is what was \
                 answered last"
            );
        }
    }

    pub(crate) fn stopped(&self, merchant: &str, problem: &str) {
        self.lock().stopped.insert(merchant.to_owned(), problem.to_owned());
    }

    pub(crate) fn maturity(&self, problem: Option<String>) {
        let mut health = self.lock();
        if health.maturity == problem {
            return;
        }
        if let Some(problem) = &problem {
            tracing::warn!(problem, "charges that are due did not become available");
        }
        health.maturity = problem;
    }

    pub(crate) fn cache_bytes(&self, bytes: u64) {
        self.lock().cache_bytes = bytes;
    }

    pub(crate) fn health(&self) -> Health {
        let answered = *self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        Health { silent_for: answered.map(|answered| answered.elapsed()), ..self.lock().clone() }
    }
}
