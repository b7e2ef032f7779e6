//! What a book recorded, told as events.

use super::book::Book;
use crate::{
    sqlite::events,
    words::{
        chain::Mark,
        error::{Error, Result},
        event::{Event, EventFilter},
        page::{Limit, List, Page},
    },
};

impl Book<'_> {
    /// At most `limit` events after the one with this id, the oldest first; without an id, from the
    /// first. Whoever keeps the id of the last event that they have seen misses none.
    ///
    /// ```
    /// use refundry::{
    ///     Amount, Currency, EventType, Fee, Ledger, NewCharge, NewMerchant, Options, RefundRequest,
    ///     Timestamp,
    /// };
    ///
    /// let mut ledger = Ledger::in_memory(Options::default())?;
    /// let merchant = ledger.create_merchant(&NewMerchant::named("Cairo Books"))?;
    /// let mut book = ledger.book(&merchant.id)?;
    /// let (amount, egp) = (Amount::from_minor(22_604)?, Currency::from_code("EGP")?);
    /// let due = Timestamp::parse("2024-01-03T00:00:00.000Z")?;
    /// let charge = book.create_charge(&NewCharge::succeeded(amount, Fee::ZERO, egp, due), None)?;
    /// let seen = book.events_after(None, 100)?;
    /// assert_eq!(seen[0].event_type, EventType::ChargeSucceeded);
    ///
    /// let refund = book.create_refund(&RefundRequest::of_charge(&charge.id), None)?;
    /// let news = book.events_after(Some(&seen[0].id), 100)?;
    /// assert_eq!(news.len(), 1);
    /// assert_eq!(news[0].data.object.id(), refund.id);
    /// # Ok::<(), refundry::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if this book never had an event with this id: it was restored from
    /// an older copy, or is another book.
    pub fn events_after(&self, id: Option<&str>, limit: u32) -> Result<Vec<Event>> {
        const UNKNOWN: Error = Error::ParameterInvalid {
            param: "after",
            expected: "the id of an event of this book, which has not forked or been restored since",
        };
        let seq = match id {
            Some(id) => self.event_place(id)?.ok_or(UNKNOWN)?,
            None => 0,
        };
        self.events_after_entry(seq, limit)
    }

    /// The events after a mark, as [`Book::events_after`], for whoever begins where the book ends and has seen
    /// none of them.
    ///
    /// # Errors
    /// [`Error::MarkUnknown`] if the book never had this mark: it was restored from an older copy, or is
    /// another book.
    pub fn events_after_mark(&self, mark: &Mark, limit: u32) -> Result<Vec<Event>> {
        self.events_after_entry(self.place(mark)?.head.seq, limit)
    }

    fn events_after_entry(&self, seq: i64, limit: u32) -> Result<Vec<Event>> {
        let livemode = self.merchant()?.live_mode;
        self.read(|conn, merchant| events::after(conn, merchant, livemode, seq, Limit::of(limit)))
    }

    /// A page of the events, newest first.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] for a bad limit, an unknown `starting_after` or `ending_before`, or
    /// both.
    pub fn events(&self, filter: &EventFilter, page: &Page) -> Result<List<Event>> {
        let livemode = self.merchant()?.live_mode;
        self.read(|conn, merchant| events::list(conn, merchant, livemode, filter, page))
    }

    /// An event by its id.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if this book has none.
    pub fn event(&self, id: &str) -> Result<Event> {
        let missing = || Error::missing("id", id);
        let before = self.event_place(id)?.ok_or_else(missing)?.saturating_sub(1);
        let livemode = self.merchant()?.live_mode;
        let found = self
            .read(|conn, merchant| events::after(conn, merchant, livemode, before, Limit::ONE))?;
        found.into_iter().next().ok_or_else(missing)
    }

    /// The sequence number of the entry that an event tells of, if it is one of this book's.
    fn event_place(&self, id: &str) -> Result<Option<i64>> {
        self.read(|conn, merchant| events::place(conn, merchant, id))
    }
}
