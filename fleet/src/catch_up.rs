//! Catching up: the cache takes in what other nodes recorded, and every hash is looked at.

use std::{
    collections::{BTreeSet, HashMap},
    mem,
};

use crate::{
    cache::{News, NotTaken},
    engine::{EngineError, Head, Kept},
    error::Error,
    job::Subject,
    line,
    snapshot::{self, Incoming},
    state::Count,
    worker::{Doubt, Jobs, Purpose, Worker},
};

/// How many recordings of each book are read at once. A book of which more is new is taken in bit by
/// bit, between other operations.
const PAGE: u32 = 1_000;

/// How many snapshots of a book are tried: one may be replaced while its pieces arrive.
const MOST_UNUSABLE: u32 = 2;

enum CatchUp {
    Engine(EngineError),
    Cache(refundry::Error),
}

impl Worker {
    /// Takes in what is new in the books of these operations. Tells whether an attempt in doubt is
    /// there: then all of it is.
    pub(crate) fn catch_up(
        &mut self,
        jobs: &Jobs,
        doubts: &[Doubt],
    ) -> Result<Option<usize>, String> {
        let books = jobs.iter().filter_map(|job| match job.subject() {
            Subject::Merchant(id) => Some(id.clone()),
            Subject::Key { .. } | Subject::New => None,
        });
        let in_doubt = doubts.iter().flat_map(|doubt| &doubt.ends).map(|end| end.merchant.clone());
        let mut left: BTreeSet<String> = books.chain(in_doubt).collect();
        loop {
            left = self.take_in_a_bit(left).map_err(|error| match error {
                CatchUp::Engine(error) => error.to_string(),
                CatchUp::Cache(error) => {
                    self.cache_failed(&error);
                    error.to_string()
                }
            })?;
            // A doubt has to be settled here and now.
            if left.is_empty() || doubts.is_empty() {
                break;
            }
        }
        self.behind.append(&mut left);
        self.state.behind(self.behind.len());
        for doubt in doubts {
            if self.is_there(doubt).map_err(|error| error.to_string())? {
                return Ok(Some(doubt.attempt));
            }
        }
        Ok(None)
    }

    /// Whether the cache has what was decided in an attempt, in each of its books that can be looked at.
    fn is_there(&mut self, doubt: &Doubt) -> refundry::Result<bool> {
        let mut is_there = false;
        for end in doubt.ends.iter().filter(|end| !self.stopped.contains_key(&end.merchant)) {
            is_there = self.cache.has(end)?;
            if !is_there {
                break;
            }
        }
        Ok(is_there)
    }

    /// Takes in one bit of each book that is behind. Returns what need not wait any more.
    pub(crate) fn catch_up_a_bit(&mut self) -> Jobs {
        let behind = mem::take(&mut self.behind);
        match self.take_in_a_bit(behind) {
            Ok(left) => self.behind = left,
            Err(CatchUp::Cache(error)) => self.cache_failed(&error),
            // They are told so when they are tried.
            Err(CatchUp::Engine(_)) => {}
        }
        let (waiting, ready) = mem::take(&mut self.waiting).into_iter().partition(
            |job| matches!(job.subject(), Subject::Merchant(id) if self.behind.contains(id)),
        );
        self.waiting = waiting;
        self.state.behind(self.behind.len());
        ready
    }

    /// Lets wait what is about books that are far behind, so that others need not.
    pub(crate) fn set_aside(&mut self, jobs: &mut Jobs, purpose: Purpose) {
        if self.behind.is_empty() {
            return;
        }
        let (aside, left) = mem::take(jobs).into_iter().partition::<Jobs, _>(
            |job| matches!(job.subject(), Subject::Merchant(id) if self.behind.contains(id)),
        );
        *jobs = left;
        // What is due is asked for again at the next tick.
        if purpose == Purpose::Requests {
            self.waiting.extend(aside);
        }
    }

    /// Takes in one page of each book, or some pieces of its snapshot. Returns those of which there is
    /// more.
    fn take_in_a_bit(&mut self, books: BTreeSet<String>) -> Result<BTreeSet<String>, CatchUp> {
        let (mut heads, mut behind) = (Vec::new(), BTreeSet::new());
        for merchant in books {
            if self.stopped.contains_key(&merchant) {
                continue;
            }
            if self.incoming.contains_key(&merchant) {
                self.take_in_pieces(&merchant).map_err(CatchUp::Engine)?;
                behind.insert(merchant);
            } else {
                heads.push(self.cache.head(&merchant).map_err(CatchUp::Cache)?);
            }
        }
        if heads.is_empty() {
            return Ok(behind);
        }
        let kept = self.asked(|engine| engine.kept_from(&heads, PAGE)).map_err(CatchUp::Engine)?;
        let mut by_book: HashMap<String, Vec<Kept>> = HashMap::new();
        for one in kept {
            by_book.entry(one.merchant.clone()).or_default().push(one);
        }
        let (mut news, mut others) = (Vec::new(), false);
        for head in heads {
            let new = by_book.remove(&head.merchant).unwrap_or_default();
            let is_all = new.len() < usize::try_from(PAGE).unwrap_or(usize::MAX);
            if !is_all && head.mark.n == 0 && self.begins_with_a_snapshot(&head.merchant) {
                behind.insert(head.merchant);
                continue;
            }
            match lines_after(&head, new) {
                Ok(lines) if lines.is_empty() => self.cache.is_whole(&head.merchant),
                Ok(lines) => {
                    // What a cache that was begun anew takes in tells of nobody.
                    others |= is_all && head.mark.n > 0;
                    news.push(News { merchant: head.merchant, lines, is_all });
                }
                Err(problem) => self.stop(head.merchant, problem),
            }
        }
        if others {
            self.met.happened();
        }
        self.take_in(news, &mut behind)?;
        Ok(behind)
    }

    /// Takes in what is new in books, of which some are whole then, and others behind.
    fn take_in(&mut self, news: Vec<News>, behind: &mut BTreeSet<String>) -> Result<(), CatchUp> {
        if news.is_empty() {
            return Ok(());
        }
        self.unconfirmed = true;
        self.new.happened();
        self.state.add(Count::TakenIn, news.iter().map(|book| book.lines.len()).sum());
        let together = self.cache.take_in_together(&news);
        for book in news {
            let taken_in = if together { Ok(()) } else { self.cache.take_in(&book) };
            let News { merchant, is_all, .. } = book;
            match taken_in {
                Ok(()) if is_all => self.cache.is_whole(&merchant),
                Ok(()) => _ = behind.insert(merchant),
                Err(NotTaken::Book(problem)) => self.stop(merchant, problem),
                Err(NotTaken::Cache(error)) => return Err(CatchUp::Cache(error)),
            }
        }
        Ok(())
    }

    /// Whether a long book of which the cache has nothing has a snapshot, which arrives from now on.
    fn begins_with_a_snapshot(&mut self, merchant: &str) -> bool {
        if self.unusable.get(merchant).is_some_and(|times| *times >= MOST_UNUSABLE) {
            return false;
        }
        let begun = match self.asked(|engine| engine.snapshot(merchant)) {
            Ok(None) => return false,
            Ok(Some(snapshot)) => Incoming::begin(snapshot, self.cache.own_path()),
            Err(error) => Err(error.to_string()),
        };
        match begun {
            Ok(incoming) => _ = self.incoming.insert(merchant.to_owned(), incoming),
            Err(why) => self.leave_snapshot(merchant, &why),
        }
        self.incoming.contains_key(merchant)
    }

    /// Takes in the next pieces of a snapshot, and the book with them if they are the last.
    fn take_in_pieces(&mut self, merchant: &str) -> Result<(), EngineError> {
        let Some(mut incoming) = self.incoming.remove(merchant) else { return Ok(()) };
        let pieces = self.asked(|engine| {
            engine.snapshot_pieces(&incoming.snapshot, incoming.next, incoming.together)
        });
        let taken = match pieces {
            Ok(pieces) => incoming.take(&pieces),
            Err(error @ EngineError::Unavailable(_)) => {
                // A slow link does not bring many in time, and perhaps not one.
                let answers = self.asked(|engine| engine.fleet()).is_ok();
                if answers && incoming.together == 1 {
                    Err(error.to_string())
                } else {
                    if answers {
                        incoming.together = 1;
                    }
                    self.incoming.insert(merchant.to_owned(), incoming);
                    return if answers { Ok(()) } else { Err(error) };
                }
            }
            Err(error) => Err(error.to_string()),
        };
        let adopted = match taken {
            Ok(false) => {
                self.incoming.insert(merchant.to_owned(), incoming);
                return Ok(());
            }
            Ok(true) => self.adopt(incoming),
            Err(why) => Err(why),
        };
        match adopted {
            Ok(()) => self.state.add(Count::SnapshotsTaken, 1),
            Err(why) => self.leave_snapshot(merchant, &why),
        }
        Ok(())
    }

    /// Takes a snapshot of which all has arrived for its book, if it ends where the engine has a
    /// recording with that hash.
    fn adopt(&mut self, incoming: Incoming) -> Result<(), String> {
        let head = incoming.snapshot.head.clone();
        let is_there = self.asked(|engine| snapshot::ends_in(engine, &head));
        if !is_there.map_err(|error| error.to_string())? {
            return Err("the database has no recording with which it ends".into());
        }
        let path = incoming.end()?;
        self.unconfirmed = true;
        self.cache.adopt(&head, path)
    }

    /// A snapshot can't be used: the book is made from its recordings.
    fn leave_snapshot(&mut self, merchant: &str, why: &str) {
        tracing::warn!(
            merchant,
            why,
            "a snapshot can't be used; the book is made from its recordings"
        );
        self.state.add(Count::SnapshotsIgnored, 1);
        let times = self.unusable.entry(merchant.to_owned()).or_default();
        *times = times.saturating_add(1);
    }

    fn stop(&mut self, merchant: String, problem: String) {
        tracing::error!(merchant, problem, "a book is not served any more");
        self.state.stopped(&merchant, &problem);
        self.stopped.insert(merchant, problem);
    }

    /// Answers what is about books that are not served any more, and leaves the rest.
    pub(crate) fn without_stopped(&self, jobs: Jobs, doubts: &[Doubt]) -> Jobs {
        if self.stopped.is_empty() {
            return jobs;
        }
        let mut left = Vec::with_capacity(jobs.len());
        for job in jobs {
            let stopped = match job.subject() {
                Subject::Merchant(id) => self.stopped.get(id).map(|why| (id.clone(), why.clone())),
                Subject::Key { .. } | Subject::New => None,
            };
            match (stopped, doubts.last()) {
                (None, _) => left.push(job),
                (Some((_, problem)), Some(_)) => job.fail(Error::InDoubt(problem)),
                (Some((merchant, problem)), None) => job.fail(Error::Stopped { merchant, problem }),
            }
        }
        left
    }
}

/// The lines of what the engine has of a book after its head. The head itself has to be there, and each row
/// has to say what its recording says.
///
/// # Errors
/// Why the book can't be served any more.
fn lines_after(head: &Head, kept: Vec<Kept>) -> Result<Vec<String>, String> {
    let mut kept = kept.into_iter();
    if head.mark.n > 0 {
        let is_there = kept
            .next()
            .is_some_and(|one| one.n == head.mark.n && one.hash == *head.mark.hash.as_bytes());
        if !is_there {
            return Err(format!(
                "the database no longer has what this node took in as n {}: it lost or altered \
                 what was acknowledged; compare it with a backup, and to go on with what it has, \
                 start this node with an empty folder",
                head.mark.n
            ));
        }
    }
    kept.map(line::checked).collect()
}
