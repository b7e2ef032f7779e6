//! Funds that become available, of all books.

use super::ledger::Ledger;
use crate::{
    sqlite::maturing,
    words::{error::Result, time::Timestamp},
};

impl Ledger {
    /// Makes every charge available that is due at `now`, book by book, in bounded transactions.
    /// Returns how many charges matured.
    ///
    /// # Errors
    /// [`Error::LockTimeout`](crate::Error::LockTimeout) or a failure of the machine; what matured before it stays.
    /// [`Error::Refused`](crate::Error::Refused) if a balance of a book would leave the range of a 64-bit integer, or
    /// [`Error::Corrupt`](crate::Error::Corrupt) if a book is damaged; the other books have matured then.
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
        for id in maturing::merchants_due(&self.conn, now)? {
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
}
