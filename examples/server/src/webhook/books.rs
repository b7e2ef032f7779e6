//! The books as whoever sends reads them: what is new in each, without asking all of them all the time.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    ops::Bound,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use refundry::{
    Access, Book, Error, Event, EventFilter, Ledger, Mark, Options, Page, Result as Told, Timestamp,
};
use refundry_fleet::{Error as FleetError, Head, Node, Result};

use super::{
    endpoint::Cursor,
    store::fleet::{Clerk, PAGE as BOOKS},
};

/// How many events are read at a time.
pub(crate) const PAGE: u32 = 100;

/// How long a look may take that asks a fleet for all its books.
const LONGEST: Duration = Duration::from_millis(500);

/// The books of a ledger, or of a fleet, and where each ended when that was looked at last.
pub(crate) struct Books {
    home: Home,
    ends: RefCell<Ends>,
    /// Whether anything was recorded since that was told last.
    is_new: Cell<bool>,
}

/// Where books end, and in which order that was learnt: there may be very many, and few of them change.
#[derive(Default)]
struct Ends {
    /// With the number of the change.
    by_merchant: BTreeMap<String, (Mark, u64)>,
    by_change: BTreeMap<u64, String>,
    last_change: u64,
}

impl Ends {
    /// Notes where a book ends. Tells whether that is new.
    fn insert(&mut self, merchant: String, mark: Mark) -> bool {
        let known = self.by_merchant.get(&merchant).copied();
        if known.is_some_and(|(end, _)| end == mark) {
            return false;
        }
        if let Some((_, change)) = known {
            self.by_change.remove(&change);
        }
        self.last_change = self.last_change.saturating_add(1);
        self.by_change.insert(self.last_change, merchant.clone());
        self.by_merchant.insert(merchant, (mark, self.last_change));
        true
    }
}

enum Home {
    /// A handle that only reads.
    File(Box<RefCell<Ledger>>),
    Fleet(Fleet),
}

struct Fleet {
    node: Arc<Node>,
    clerk: Clerk,
    /// The name of the sender whom other nodes tell where they recorded, if it is this one.
    holder: Option<String>,
    /// The last book whose end was asked for.
    last: RefCell<String>,
    /// Whether each was asked for.
    is_whole: Cell<bool>,
}

impl Books {
    pub(crate) fn of_file(path: &Path) -> Told<Self> {
        let mut options = Options::default();
        options.access = Access::ReadOnly;
        Ok(Self::of(Home::File(Box::new(RefCell::new(Ledger::open(path, options)?)))))
    }

    /// The books of a fleet, as its sender reads them, or somebody else.
    pub(crate) fn of_fleet(node: Arc<Node>, clerk: Clerk, holder: Option<String>) -> Self {
        let (last, is_whole) = (RefCell::default(), Cell::new(false));
        Self::of(Home::Fleet(Fleet { node, clerk, holder, last, is_whole }))
    }

    fn of(home: Home) -> Self {
        Self { home, ends: RefCell::default(), is_new: Cell::new(false) }
    }

    /// Looks where books end now: all of them, but for a fleet's, of which those are looked at that nodes
    /// told of and some others. Returns whether anything was recorded since.
    pub(crate) async fn look(&self) -> Result<bool> {
        match &self.home {
            Home::File(_) => self.hear(),
            Home::Fleet(fleet) => {
                self.hear_of(fleet.node.news());
                self.hear_of(fleet.news().await?);
                self.note(fleet.heads().await?);
                Ok(self.is_new.take())
            }
        }
    }

    /// Looks where books end, as far as that is known without asking a database.
    pub(crate) fn hear(&self) -> Result<bool> {
        match &self.home {
            Home::File(ledger) => self.note(heads(&mut ledger.borrow_mut())?),
            Home::Fleet(fleet) => self.hear_of(fleet.node.news()),
        }
        Ok(self.is_new.take())
    }

    /// Notes what nodes tell of, each in its own time: the book may be known to end further on.
    fn hear_of(&self, mut heads: Vec<Head>) {
        let is_news = |head: &Head| self.end(&head.merchant).is_none_or(|end| end.n < head.mark.n);
        heads.retain(is_news);
        heads.sort_unstable_by_key(|head| head.mark.n);
        self.note(heads);
    }

    fn note(&self, heads: Vec<Head>) {
        let mut ends = self.ends.borrow_mut();
        for Head { merchant, mark } in heads {
            if ends.insert(merchant, mark) {
                self.is_new.set(true);
            }
        }
    }

    /// Whether each book was looked at.
    pub(crate) fn is_whole(&self) -> bool {
        match &self.home {
            Home::File(_) => true,
            Home::Fleet(fleet) => fleet.is_whole.get(),
        }
    }

    /// Where a book ended.
    pub(crate) fn end(&self, merchant: &str) -> Option<Mark> {
        self.ends.borrow().by_merchant.get(merchant).map(|(end, _)| *end)
    }

    /// The books and where each ended.
    pub(crate) fn all(&self) -> Vec<(String, Mark)> {
        let ends = self.ends.borrow();
        ends.by_merchant.iter().map(|(merchant, (end, _))| (merchant.clone(), *end)).collect()
    }

    /// The books whose ends changed after a change, and the number of the last one. All of them changed after 0.
    pub(crate) fn changed_after(&self, change: u64) -> (Vec<String>, u64) {
        let ends = self.ends.borrow();
        let after = (Bound::Excluded(change), Bound::Unbounded);
        (
            ends.by_change.range(after).map(|(_, merchant)| merchant.clone()).collect(),
            ends.last_change,
        )
    }

    /// Asks something of a merchant's book, as it is now.
    async fn ask<T: Send + 'static>(
        &self,
        merchant: &str,
        mut question: impl FnMut(&mut Book<'_>) -> Told<T> + Send + 'static,
    ) -> Result<T> {
        match &self.home {
            Home::File(ledger) => Ok(question(&mut ledger.borrow_mut().book(merchant)?)?),
            Home::Fleet(fleet) => fleet.node.book(merchant, question).await,
        }
    }

    /// The next events of a book after the one that a cursor names; `None` if the book never had that one.
    pub(crate) async fn after(
        &self,
        merchant: &str,
        event: Option<&str>,
    ) -> Result<Option<Vec<Event>>> {
        let event = event.map(str::to_owned);
        let found = self.ask(merchant, move |book| match event.as_deref().map(Mark::parse) {
            Some(Ok(mark)) => book.events_after_mark(&mark, PAGE),
            Some(Err(_)) | None => book.events_after(event.as_deref(), PAGE),
        });
        match found.await {
            Err(FleetError::Ledger(Error::ParameterInvalid { .. } | Error::MarkUnknown { .. })) => {
                Ok(None)
            }
            found => found.map(Some),
        }
    }

    /// An event by its id.
    pub(crate) async fn event(&self, merchant: &str, id: &str) -> Result<Event> {
        let id = id.to_owned();
        self.ask(merchant, move |book| book.event(&id)).await
    }

    /// The last event that was recorded before a moment. A book that was restored from an older copy has
    /// gone on from about there.
    pub(crate) async fn before(&self, merchant: &str, moment: Timestamp) -> Result<Option<String>> {
        self.ask(merchant, move |book| last_before(book, moment)).await
    }
}

fn last_before(book: &Book<'_>, moment: Timestamp) -> Told<Option<String>> {
    let mut page = Page { limit: PAGE, starting_after: None };
    loop {
        let list = book.events(&EventFilter::default(), &page)?;
        if let Some(event) = list.data.iter().find(|event| event.created_at < moment) {
            return Ok(Some(event.id.clone()));
        }
        page.starting_after = list.data.last().map(|event| event.id.clone());
        if !list.has_more {
            return Ok(None);
        }
    }
}

fn heads(ledger: &mut Ledger) -> Told<Vec<Head>> {
    let merchants = ledger.merchants()?;
    let mut head = |id: String| Ok(Head { mark: ledger.book(&id)?.mark()?, merchant: id });
    merchants.into_iter().map(|merchant| head(merchant.id)).collect()
}

impl Fleet {
    /// Where those books ended in which other nodes say that they recorded.
    async fn news(&self) -> Result<Vec<Head>> {
        let Some(holder) = self.holder.clone() else { return Ok(Vec::new()) };
        self.clerk.ask(move |endpoints| endpoints.news(&holder)).await.map_err(away)
    }

    /// Where the next thousand of all books end, in turn: in case that a node could not say so. At first all of
    /// them, as far as there is time.
    async fn heads(&self) -> Result<Vec<Head>> {
        let begun = Instant::now();
        let mut heads = Vec::new();
        loop {
            let after = self.last.borrow().clone();
            let asked = self.clerk.ask(move |endpoints| endpoints.ends(&after, BOOKS)).await;
            let page = asked.map_err(away)?;
            if page.len() < usize::try_from(BOOKS).unwrap_or(usize::MAX) {
                self.last.borrow_mut().clear();
                self.is_whole.set(true);
            } else if let Some(last) = page.last() {
                self.last.borrow_mut().clone_from(&last.merchant);
            }
            heads.extend(page);
            if self.is_whole.get() || begun.elapsed() > LONGEST {
                return Ok(heads);
            }
        }
    }
}

fn away(error: refundry_fleet::EngineError) -> FleetError {
    FleetError::Unavailable(error.to_string())
}

/// Where an endpoint begins in a book that is to be told only from now on.
pub(crate) fn end(mark: &Mark, now: Timestamp) -> Cursor {
    Cursor { event: Some(mark.to_string()), moment: now }
}

/// Whether a cursor is where its book ends.
pub(crate) fn is_at(cursor: &Cursor, end: &Mark) -> bool {
    let event = cursor.event.as_deref();
    event.is_some_and(|event| event == end.event_id() || event == end.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_late_does_not_take_an_end_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        Ledger::open(&path, Options::default()).unwrap();
        let books = Books::of_file(&path).unwrap();
        let mark = |n| Mark { n, ..Mark::genesis("acct_cairo") };
        let head = |n| Head { merchant: "acct_cairo".into(), mark: mark(n) };
        for (told, end) in [(vec![head(6)], 6), (vec![head(5)], 6), (vec![head(8), head(7)], 8)] {
            books.hear_of(told);
            assert_eq!(books.end("acct_cairo"), Some(mark(end)));
        }
        // A database that was restored from an older copy.
        books.note(vec![head(3)]);
        assert_eq!(books.end("acct_cairo"), Some(mark(3)));
    }

    #[test]
    fn only_books_that_changed_are_told_of() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        Ledger::open(&path, Options::default()).unwrap();
        let books = Books::of_file(&path).unwrap();
        let note = |n, merchants: &[&str]| {
            let head = |merchant: &&str| Head {
                merchant: (*merchant).to_owned(),
                mark: Mark { n, ..Mark::genesis(merchant) },
            };
            books.note(merchants.iter().map(head).collect());
        };
        note(1, &["acct_a", "acct_b", "acct_c"]);
        let (first, change) = books.changed_after(0);
        assert_eq!(first, ["acct_a", "acct_b", "acct_c"]);
        note(1, &["acct_a", "acct_b"]);
        assert_eq!(books.changed_after(change), (Vec::new(), change), "nothing is new");
        note(2, &["acct_b"]);
        note(3, &["acct_b"]);
        let (changed, last) = books.changed_after(change);
        assert_eq!(changed, ["acct_b"], "once");
        assert_eq!(books.changed_after(last).0, [""; 0]);
        assert_eq!(books.changed_after(0).0, ["acct_a", "acct_c", "acct_b"]);
    }
}
