//! Receive: takes in the feed of a book that another ledger keeps, line by line. The book here is a
//! mirror: nothing else changes it.

use std::str;

use super::apply::apply;
use crate::{
    recording::{
        Position,
        feed::{Closing, Opening, VERSION},
        line::Line,
        store::{Records, Store},
    },
    words::{
        chain::Mark,
        error::{Error, Result},
        id::{self, Random},
        time::Timestamp,
    },
};

/// How many forks of a book are kept: evidence, and no room for whoever would fill the disk.
const FORKS: u32 = 100;

/// How far a feed has been taken in.
#[derive(Clone, Debug)]
pub(crate) struct Receiving {
    /// The one merchant whose feed may come, if only one's may.
    only: Option<String>,
    part: Part,
    /// Lines taken in so far.
    lines: u64,
    pub(crate) recorded: u64,
    pub(crate) skipped: u64,
}

/// What of the feed comes next.
#[derive(Clone, Debug)]
enum Part {
    Opening,
    /// Recordings of this merchant's book, after a place in it.
    Recordings {
        merchant_id: String,
        at: Position,
    },
    Nothing {
        merchant_id: String,
    },
}

/// What is needed to take in a line.
pub(crate) struct With<'a, S> {
    pub(crate) store: &'a mut S,
    pub(crate) now: Timestamp,
    pub(crate) random: &'a mut Random,
}

impl Receiving {
    pub(crate) const fn new(only: Option<String>) -> Self {
        Self { only, part: Part::Opening, lines: 0, recorded: 0, skipped: 0 }
    }

    /// Whose feed it is, once its first line has come.
    pub(crate) fn merchant_id(&self) -> Option<&str> {
        match &self.part {
            Part::Opening => None,
            Part::Recordings { merchant_id, .. } | Part::Nothing { merchant_id } => {
                Some(merchant_id)
            }
        }
    }

    /// Whether the last line has come.
    pub(crate) const fn is_complete(&self) -> bool {
        matches!(self.part, Part::Nothing { .. })
    }

    /// The number of the line that comes next.
    pub(crate) const fn next_line(&self) -> u64 {
        self.lines.saturating_add(1)
    }

    /// Takes in the next line, without its end.
    ///
    /// # Errors
    /// [`Error::NotAFeed`], [`Error::ParameterInvalid`] or [`Error::ResourceMissing`] for a
    /// first line; [`Error::Forked`], whose line is kept; [`Error::Feed`]. Nothing else is left behind
    /// by a line that is refused.
    pub(crate) fn line<S: Store>(&mut self, bytes: &[u8], with: With<'_, S>) -> Result<()> {
        // What is not text is no line either.
        let text = str::from_utf8(bytes).unwrap_or_default();
        match &self.part {
            Part::Opening => self.open(text, with)?,
            Part::Recordings { merchant_id, at } => {
                let (merchant_id, at) = (merchant_id.clone(), *at);
                self.recording(text, merchant_id, &at, with)?;
            }
            Part::Nothing { merchant_id } => {
                let after = end(with.store, merchant_id)?;
                return Err(self.wrong("comes after the last line", after));
            }
        }
        self.lines = self.next_line();
        Ok(())
    }

    fn wrong(&self, problem: &'static str, after: Mark) -> Error {
        Error::Feed { line: self.next_line(), problem, after }
    }

    /// The first line: the book has to have come as far as where the feed begins.
    fn open<S: Store>(&mut self, text: &str, with: With<'_, S>) -> Result<()> {
        let problem = "is not that of a feed";
        let opening = Opening::decode(text).ok_or(Error::NotAFeed { problem })?;
        if opening.feed != VERSION {
            let problem = "says a format that this Refundry does not know";
            return Err(Error::NotAFeed { problem });
        }
        let merchant_id = &opening.merchant_id;
        id::check(merchant_id, "acct_", "merchantId")?;
        if self.only.as_ref().is_some_and(|only| only != merchant_id) {
            return Err(Error::missing("merchantId", merchant_id));
        }
        let genesis = Position::genesis(merchant_id);
        let (after, at) = match with.store.book(merchant_id)? {
            None => (genesis.mark(), (opening.n == 0).then_some(genesis)),
            Some(mut book) => {
                let after = book.position()?.mark();
                if !book.is_mirror()? {
                    return Err(self.wrong(OWN, after));
                }
                (after, book.position_at(opening.n)?)
            }
        };
        let at = at.ok_or_else(|| self.wrong("begins after a gap", after))?;
        if at.hash != opening.hash {
            if at.n == 0 {
                return Err(self.wrong("begins as another merchant's book does", after));
            }
            return Err(self.fork(merchant_id, at.n, text, with)?);
        }
        self.part = Part::Recordings { merchant_id: opening.merchant_id, at };
        Ok(())
    }

    /// A recording, or the last line.
    fn recording<S: Store>(
        &mut self,
        text: &str,
        merchant_id: String,
        at: &Position,
        with: With<'_, S>,
    ) -> Result<()> {
        let (after, is_mirror) = match with.store.book(&merchant_id)? {
            Some(mut book) => (book.position()?.mark(), Some(book.is_mirror()?)),
            None => (Mark::genesis(&merchant_id), None),
        };
        if is_mirror == Some(false) {
            // Somebody has begun it since the first line came.
            return Err(self.wrong(OWN, after));
        }
        let Ok(line) = Line::decode(text) else {
            let closing = Closing::decode(text)
                .ok_or_else(|| self.wrong("is not the canonical line of a recording", after))?;
            if closing != Closing::of(at) {
                return Err(self.wrong("says another end than the lines before it have", after));
            }
            self.part = Part::Nothing { merchant_id };
            return Ok(());
        };
        if line.n != at.n.saturating_add(1) {
            return Err(self.wrong("does not come after the line before it", after));
        }
        let place = self.next_line();
        match apply(with.store, &merchant_id, &line, place, with.random) {
            Ok(true) => self.recorded = self.recorded.saturating_add(1),
            Ok(false) => self.skipped = self.skipped.saturating_add(1),
            Err(Error::Forked { n, .. }) => return Err(self.fork(&merchant_id, n, text, with)?),
            Err(Error::ResourceMissing { .. }) => {
                return Err(self.wrong("does not begin the book of its merchant", after));
            }
            Err(error) => return Err(error),
        }
        if is_mirror.is_none()
            && let Some(mut book) = with.store.book(&merchant_id)?
        {
            book.become_mirror(with.now)?;
        }
        let head = line.entry.as_ref().map_or(at.head, |entry| entry.head());
        let at = Position { n: line.n, hash: line.hash, head };
        self.part = Part::Recordings { merchant_id, at };
        Ok(())
    }

    /// Keeps a line that forked as evidence beside the book, which keeps its own.
    fn fork<S: Store>(
        &self,
        merchant_id: &str,
        n: i64,
        text: &str,
        with: With<'_, S>,
    ) -> Result<Error> {
        if let Some(mut book) = with.store.book(merchant_id)? {
            book.keep_fork(n, text, with.now, FORKS)?;
        }
        Ok(Error::Forked { line: self.next_line(), n })
    }
}

const OWN: &str = "is of a book that this ledger keeps itself";

/// Where a book ends, which may not be there yet.
fn end<S: Store>(store: &mut S, merchant_id: &str) -> Result<Mark> {
    let position = match store.book(merchant_id)? {
        Some(mut book) => book.position()?,
        None => Position::genesis(merchant_id),
    };
    Ok(position.mark())
}
