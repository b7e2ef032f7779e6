//! Many operations in one commit.

use super::{book::Book, ledger::Ledger};
use crate::{
    recording::noted::Noted,
    sqlite::tx,
    words::error::{Error, Result},
};

/// How far a ledger's batch has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum BatchState {
    /// There is none: each operation has its own transaction.
    #[default]
    Closed,
    /// Operations share one transaction.
    Open,
    /// One of its operations failed, and everything is rolled back.
    Broken,
}

/// Many operations in one commit: the cost of a durable commit is shared, and none of them is on
/// disk before [`Batch::commit`] returns. A batch that is dropped instead leaves nothing behind.
///
/// Each operation has its own outcome. One that is refused, or whose request is invalid, changes
/// nothing and does not disturb the others. A failure of the machine rolls back the whole batch,
/// and what is asked of it afterwards is refused with [`Error::Batch`].
///
/// ```
/// use refundry::{Amount, Currency, Ledger, NewMerchant, NewTransfer, Options, RefundRequest};
///
/// let mut ledger = Ledger::in_memory(Options::default())?;
/// let merchant = ledger.create_merchant(&NewMerchant::named("Cairo Books"))?;
///
/// let egp = Currency::from_code("EGP")?;
/// let mut batch = ledger.batch()?;
/// let mut book = batch.book(&merchant.id)?;
/// let top_up = NewTransfer::top_up(Amount::from_minor(5_000)?, egp);
/// let first = book.create_transfer(&top_up, None);
/// let second = book.create_refund(&RefundRequest::of_charge("ch_unknown"), None);
/// batch.commit()?;
///
/// assert!(first.is_ok() && second.is_err());
/// assert_eq!(ledger.book(&merchant.id)?.head()?.seq, 1);
/// # Ok::<(), refundry::Error>(())
/// ```
pub struct Batch<'a> {
    ledger: &'a mut Ledger,
}

impl Batch<'_> {
    /// One merchant's book, whose operations join this batch and whose answers show what the batch
    /// has done so far.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if there is no such merchant.
    pub fn book(&mut self, merchant_id: &str) -> Result<Book<'_>> {
        self.ledger.book(merchant_id)
    }

    /// Commits every operation of the batch. When it returns, they are on disk.
    ///
    /// # Errors
    /// As [`Ledger::commit_batch`].
    pub fn commit(self) -> Result<()> {
        self.ledger.commit_batch()
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        self.ledger.roll_back_batch();
    }
}

impl Ledger {
    /// Begins a batch: many operations in one commit.
    ///
    /// # Errors
    /// As [`Ledger::begin_batch`].
    pub fn batch(&mut self) -> Result<Batch<'_>> {
        self.begin_batch()?;
        Ok(Batch { ledger: self })
    }

    /// Begins a batch that is ended by [`Ledger::commit_batch`] or [`Ledger::roll_back_batch`]: for
    /// languages in which a handle can't borrow another. In Rust, use [`Ledger::batch`].
    ///
    /// # Errors
    /// [`Error::Batch`] if one is open already; [`Error::LockTimeout`]; failures of the machine.
    pub fn begin_batch(&mut self) -> Result<()> {
        self.outside_a_batch()?;
        self.begin()?;
        self.batch = BatchState::Open;
        Ok(())
    }

    /// Notes the canonical line of each recording from now on, until the batch that is open ends.
    pub fn note_lines(&mut self) {
        if self.batch == BatchState::Open {
            self.noted = Some(Noted::begin());
        }
    }

    /// The lines that were noted so far, in the order in which they were recorded, each with the merchant
    /// whose book it is in; no more are noted then. They are what
    /// [`Book::recordings_after`] reads, without reading it.
    ///
    /// `None` if none were noted; if this batch erased a text or forgot keys, which changes lines that were
    /// noted before, so that they have to be read; or if one of its operations failed, which rolled all of
    /// them back.
    ///
    /// ```
    /// use refundry::{Ledger, Mark, NewMerchant, Options};
    ///
    /// let mut ledger = Ledger::in_memory(Options::default())?;
    /// ledger.begin_batch()?;
    /// ledger.note_lines();
    /// let merchant = ledger.create_merchant(&NewMerchant::named("Cairo Books"))?;
    /// let lines = ledger.noted_lines().expect("nothing was forgotten");
    /// let read = ledger.book(&merchant.id)?.recordings_after(&Mark::genesis(&merchant.id), 1)?;
    /// assert_eq!(lines, [(merchant.id, read[0].clone())]);
    /// # Ok::<(), refundry::Error>(())
    /// ```
    pub fn noted_lines(&mut self) -> Option<Vec<(String, String)>> {
        self.noted.take().filter(|_| self.has_open_batch())?.end()
    }

    /// Commits every operation since [`Ledger::begin_batch`]. When it returns, they are on disk.
    ///
    /// # Errors
    /// [`Error::Batch`] if no batch is open, or if one of its operations failed;
    /// [`Error::OutcomeUnknown`] or another failure of the machine. The batch has ended then, and
    /// but for [`Error::OutcomeUnknown`] nothing of it was kept.
    pub fn commit_batch(&mut self) -> Result<()> {
        self.noted = None;
        match self.batch {
            BatchState::Closed => Err(Error::Batch { problem: "no batch is open; begin one" }),
            BatchState::Broken => {
                self.roll_back_batch();
                Err(BROKEN)
            }
            BatchState::Open => match self.commit() {
                Ok(()) => {
                    self.batch = BatchState::Closed;
                    Ok(())
                }
                Err(error) => {
                    self.roll_back_batch();
                    self.make_room(&error);
                    Err(error)
                }
            },
        }
    }

    /// Ends a batch and keeps nothing of what it has not committed; does nothing if none is open.
    pub fn roll_back_batch(&mut self) {
        self.noted = None;
        if self.batch != BatchState::Closed {
            tx::roll_back(&self.conn);
            self.known.clear();
            self.batch = BatchState::Closed;
        }
    }

    /// Rolls back a batch of which nobody knows any more what is in it.
    pub(crate) fn break_batch(&mut self) {
        self.roll_back_batch();
        self.batch = BatchState::Broken;
    }

    /// Whether a batch is open and all that was asked of it so far is in it: none of its operations
    /// failed, which would have rolled it back.
    #[must_use]
    pub fn has_open_batch(&self) -> bool {
        self.batch == BatchState::Open
    }

    /// Refuses what has a transaction of its own.
    pub(crate) fn outside_a_batch(&self) -> Result<()> {
        match self.batch {
            BatchState::Closed => Ok(()),
            BatchState::Open | BatchState::Broken => {
                Err(Error::Batch { problem: "a batch is open; commit it or roll it back first" })
            }
        }
    }
}

/// What is said of a batch that was rolled back.
pub(crate) const BROKEN: Error = Error::Batch {
    problem: "an operation of this batch failed, and all of it was rolled back; begin another",
};
