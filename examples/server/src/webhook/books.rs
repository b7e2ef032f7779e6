//! The books as the courier reads them: what is new in each, without asking all of them all the time.

use std::{collections::BTreeMap, path::Path};

use refundry::{Access, Error, Event, EventFilter, Ledger, Options, Page, Result, Timestamp};

/// How many events are read at a time.
pub(crate) const PAGE: u32 = 100;

/// A handle on the ledger that only reads.
pub(crate) struct Books {
    ledger: Ledger,
    /// Where each book ended when it was looked at last.
    ends: BTreeMap<String, i64>,
}

impl Books {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let mut options = Options::default();
        options.access = Access::ReadOnly;
        Ok(Self { ledger: Ledger::open(path, options)?, ends: BTreeMap::new() })
    }

    /// Looks where each book ends now. Returns whether anything was recorded since.
    pub(crate) fn look(&mut self) -> Result<bool> {
        let mut is_new = false;
        for merchant in self.ledger.merchants()? {
            let end = self.ledger.book(&merchant.id)?.mark()?.n;
            is_new |= self.ends.insert(merchant.id, end) != Some(end);
        }
        Ok(is_new)
    }

    /// The books and where each ended.
    pub(crate) const fn ends(&self) -> &BTreeMap<String, i64> {
        &self.ends
    }

    /// The next events of a book after one; `None` if the book never had that one.
    pub(crate) fn after(
        &mut self,
        merchant: &str,
        event: Option<&str>,
    ) -> Result<Option<Vec<Event>>> {
        match self.ledger.book(merchant)?.events_after(event, PAGE) {
            Err(Error::ParameterInvalid { .. }) => Ok(None),
            found => found.map(Some),
        }
    }

    /// An event by its id.
    pub(crate) fn event(&mut self, merchant: &str, id: &str) -> Result<Event> {
        self.ledger.book(merchant)?.event(id)
    }

    /// Where an endpoint begins in each book that is to be told only from now on.
    pub(crate) fn newest(&mut self, merchant: &str) -> Result<Option<Event>> {
        let page = Page { limit: 1, starting_after: None };
        Ok(self.ledger.book(merchant)?.events(&EventFilter::default(), &page)?.data.pop())
    }

    /// The last event that was recorded before a moment. A book that was restored from an older copy has
    /// gone on from about there.
    pub(crate) fn before(&mut self, merchant: &str, moment: Timestamp) -> Result<Option<String>> {
        let book = self.ledger.book(merchant)?;
        let mut page = Page { limit: PAGE, starting_after: None };
        loop {
            let list = book.events(&EventFilter::default(), &page)?;
            let known = list.data.iter().find(|event| event.created_at < moment);
            if let Some(event) = known {
                return Ok(Some(event.id.clone()));
            }
            page.starting_after = list.data.last().map(|event| event.id.clone());
            if !list.has_more {
                return Ok(None);
            }
        }
    }
}
