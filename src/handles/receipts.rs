//! Receipts: what a book proves of its refunds and charges to anyone.

use refundry_receipt::{Checkpoint, Consistency, Receipt, tree};

use super::book::Book;
use crate::{
    sqlite::{entries, proven, recordings, tree::Tree},
    words::{
        chain::Hash,
        error::{Error, Result},
    },
};

/// How many nodes one call keeps at most: those over 8,192 entries, which takes some milliseconds.
const NODES: usize = 128;

impl Book<'_> {
    /// The checkpoint of the book as it was after the entry with this sequence number: `None` means now.
    /// A shop publishes it, signed or not.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if the book never had so many entries.
    pub fn checkpoint(&self, size: Option<i64>) -> Result<Checkpoint> {
        let size = self.size(size, 0)?;
        let mut whole = |level, place| self.whole(level, place);
        let root = tree::root(unsigned(size), &mut whole)?;
        Ok(Checkpoint::new(&self.merchant_id, unsigned(size), root, self.hash(size)?.0)?)
    }

    /// The receipt of a refund, or of a charge that succeeded, by its id: under the checkpoint as of
    /// the entry with the sequence number `size`, or under one of its own. That is the checkpoint right
    /// after the object's own entry, which needs no path, so that the receipt is short.
    ///
    /// A receipt is worth something once it is signed (`Receipt::sign`, which the crate `refundry-receipt` has by its
    /// feature `ed25519`), or its checkpoint is published. docs/receipts.md has the format.
    ///
    /// ```
    /// use refundry::{
    ///     Amount, Currency, Fee, Ledger, NewCharge, NewMerchant, Options, RefundRequest, Timestamp,
    ///     receipt::Receipt,
    /// };
    ///
    /// let mut ledger = Ledger::in_memory(Options::default())?;
    /// let merchant = ledger.create_merchant(&NewMerchant::named("Cairo Books"))?;
    /// let mut book = ledger.book(&merchant.id)?;
    /// let (egp, due) = (Currency::from_code("EGP")?, Timestamp::from_millis(0));
    /// let new = NewCharge::succeeded(Amount::from_minor(22_604)?, Fee::ZERO, egp, due);
    /// let charge = book.create_charge(&new, None)?;
    /// let refund = book.create_refund(&RefundRequest::of_charge(&charge.id), None)?;
    ///
    /// let text = book.receipt(&refund.id, None)?.to_string();
    /// let read = Receipt::parse(&text)?;
    /// assert_eq!((read.entry().id(), read.entry().amount()), (&*refund.id, 22_604));
    /// assert_eq!(*read.checkpoint(), book.checkpoint(None)?);
    /// # Ok::<(), refundry::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if this book has no such refund, and no such charge that succeeded in it
    /// (a charge that was taken over has its receipt in the book that sold);
    /// [`Error::ParameterInvalid`] for a size before the entry, or that the book never had;
    /// [`CORRUPT`](crate::FileError::CORRUPT) if the entry, its hash and the tree do not fit.
    pub fn receipt(&self, id: &str, size: Option<i64>) -> Result<Receipt> {
        let found = self.read(|conn, merchant| proven::entry(conn, merchant, id))?;
        let (seq, encoding) = found.ok_or_else(|| Error::missing("id", id))?;
        let size = self.size(Some(size.unwrap_or(seq)), seq)?;
        let path = if size == seq {
            Vec::new()
        } else {
            let mut whole = |level, place| self.whole(level, place);
            tree::inclusion(unsigned(seq.saturating_sub(1)), unsigned(size), &mut whole)?
        };
        let previous = self.hash(seq.saturating_sub(1))?.0;
        Receipt::new(previous, encoding, self.checkpoint(Some(size))?, path)
            .map_err(|_| Error::corrupt("an entry that its hash or the tree does not prove"))
    }

    /// The proof that the book only grew between two checkpoints, by their numbers of entries.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if the book never had so many entries, or `from` is larger than `to`.
    pub fn consistency(&self, from: i64, to: i64) -> Result<Consistency> {
        let to = self.size(Some(to), from)?;
        let from = self.size(Some(from), 0)?;
        if from == 0 {
            // Everything grew from nothing.
            return Ok(Consistency::default());
        }
        let mut whole = |level, place| self.whole(level, place);
        Ok(Consistency(tree::consistency(unsigned(from), unsigned(to), &mut whole)?))
    }

    /// Keeps some more nodes of the tree over the book's entries, so that checkpoints and receipts
    /// need not hash all entries anew. Returns whether all are kept: call it again until then. One call
    /// takes some milliseconds, in which others wait. Refunds never do this, so they pay nothing for
    /// it; a book that nobody proves anything of has no nodes.
    ///
    /// # Errors
    /// [`Error::LockTimeout`]; failures of the machine.
    pub fn extend_tree(&mut self) -> Result<bool> {
        let size = self.head()?.seq;
        // Looking first keeps the write lock free when there is nothing to do.
        if self.read(|conn, merchant| Tree::of(conn, merchant).is_extended(size))? {
            return Ok(true);
        }
        let merchant = self.merchant;
        let merchant_id = self.merchant_id.clone();
        self.ledger.transact(|store, _, _| {
            let head = recordings::head(store.conn, merchant, &merchant_id)?;
            Tree::of(store.conn, merchant).extend(head.seq, NODES)
        })
    }

    /// A number of entries that the book has had, at least so many.
    fn size(&self, size: Option<i64>, least: i64) -> Result<i64> {
        let last = self.head()?.seq;
        let size = size.unwrap_or(last);
        if (least.max(0)..=last).contains(&size) {
            return Ok(size);
        }
        let expected = "the number of an entry of this book, not before what is to be proven";
        Err(Error::ParameterInvalid { param: "size", expected })
    }

    /// The hash of an entry; the genesis hash before the first.
    fn hash(&self, seq: i64) -> Result<Hash> {
        if seq == 0 {
            return Ok(Hash::genesis(&self.merchant_id));
        }
        let hash = self.read(|conn, merchant| entries::hash_at(conn, merchant, seq))?;
        hash.ok_or_else(|| Error::corrupt("an entry that is missing"))
    }

    fn whole(&self, level: u32, place: u64) -> Result<[u8; 32]> {
        self.read(|conn, merchant| Tree::of(conn, merchant).whole(level, place))
    }
}

/// A number of entries is never negative.
fn unsigned(size: i64) -> u64 {
    u64::try_from(size).unwrap_or(0)
}
