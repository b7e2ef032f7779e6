//! Maturity of all books, and the time that a ledger has seen.

use super::ledger::Ledger;
use crate::{
    sqlite::maturing,
    words::{
        error::Result,
        time::{Timestamp, decide_maturity},
    },
};

impl Ledger {
    /// Makes every charge available that is due at `now`, book by book, in bounded transactions.
    /// Returns how many charges matured.
    ///
    /// Maturity can't be undone, so it does not trust a clock that is far ahead: `now` may be 90 days
    /// after the last moment that the ledger has seen. That is the last moment of a recording when this
    /// handle first looks, and then the `now` of each call that was not refused. Where the ledger was
    /// not used for longer, [`Ledger::confirm_time`] says that the time is right.
    ///
    /// # Errors
    /// [`Error::TooFarAhead`](crate::Error::TooFarAhead), if anything is due; nothing has matured
    /// then. [`Error::LockTimeout`](crate::Error::LockTimeout) or a failure of the machine; what
    /// matured before it stays. [`Error::Refused`](crate::Error::Refused) if a balance of a book would
    /// leave the range of a 64-bit integer, or [`CORRUPT`](crate::FileError::CORRUPT) if a book is
    /// damaged; the other books have matured then.
    pub fn release_due(&mut self, now: Timestamp) -> Result<u64> {
        self.release_due_yielding(now, |_| {})
    }

    /// As [`Ledger::release_due`], and lets `between` use the ledger after each of its transactions, of
    /// some hundred charges at most: so that a program whose one thread writes makes nobody wait while
    /// very many charges mature.
    ///
    /// # Errors
    /// As [`Ledger::release_due`].
    pub fn release_due_yielding(
        &mut self,
        now: Timestamp,
        mut between: impl FnMut(&mut Self),
    ) -> Result<u64> {
        let mut released = 0_u64;
        let mut first = None;
        let due = self.read(|conn| maturing::merchants_due(conn, now))?;
        if due.is_empty() {
            self.pass(now)?;
            return Ok(released);
        }
        self.see(now)?;
        for id in due {
            loop {
                match self.book(&id)?.release_some(now) {
                    Ok(0) => break,
                    Ok(count) => released = released.saturating_add(count),
                    Err(error) if error.is_of_the_machine() => return Err(error),
                    // One book that can't go on does not hold up the others.
                    Err(error) => {
                        first = first.or(Some(error));
                        break;
                    }
                }
                between(self);
            }
        }
        first.map_or(Ok(released), Err)
    }

    /// Confirms that it is as late as `now`, however long the ledger was not used, so that
    /// [`Ledger::release_due`] may go that far. It holds for this handle.
    pub fn confirm_time(&mut self, now: Timestamp) {
        self.seen = Some(self.seen.map_or(now, |seen| seen.max(now)));
    }

    /// The last moment that the ledger has seen: one that [`Ledger::release_due`] was not refused at or
    /// that was confirmed, in this handle, and before those the last moment of a recording. `None` where
    /// nothing was recorded yet.
    ///
    /// ```
    /// # use refundry::{Ledger, Options, Timestamp};
    /// let mut ledger = Ledger::in_memory(Options::default())?;
    /// assert_eq!(ledger.last_seen()?, None);
    /// let now = Timestamp::now();
    /// ledger.confirm_time(now);
    /// assert_eq!(ledger.last_seen()?, Some(now));
    /// # Ok::<(), refundry::Error>(())
    /// ```
    ///
    /// # Errors
    /// A failure of the machine.
    pub fn last_seen(&self) -> Result<Option<Timestamp>> {
        self.seen.map_or_else(|| self.read(maturing::last_recorded), |seen| Ok(Some(seen)))
    }

    /// Time passes also where nothing is due: a moment that is not far ahead has been seen then.
    pub(crate) fn pass(&mut self, now: Timestamp) -> Result<()> {
        if decide_maturity(self.last_seen()?.unwrap_or(now), now).is_ok() {
            self.confirm_time(now);
        }
        Ok(())
    }

    /// Refuses a moment that is far ahead of all that the ledger has seen; any other has been seen then.
    pub(crate) fn see(&mut self, now: Timestamp) -> Result<()> {
        let seen = self.last_seen()?.unwrap_or(now);
        // Also where it is refused: what a wrong clock records meanwhile is not looked at.
        self.seen = Some(seen);
        decide_maturity(seen, now)?;
        self.confirm_time(now);
        Ok(())
    }
}
