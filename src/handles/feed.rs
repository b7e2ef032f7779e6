//! A book's recordings as lines that another ledger can take in.

use super::{book::Book, ledger::Ledger};
use crate::{
    operations::apply,
    recording::line::Line,
    sqlite::recordings,
    words::{
        chain::Mark,
        error::{Error, Result, feed::FeedProblem},
    },
};

impl Book<'_> {
    /// Where the book's recordings end: their number, and the running hash over all of them.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn mark(&self) -> Result<Mark> {
        let position =
            self.read(|conn, merchant| recordings::position(conn, merchant, &self.merchant_id))?;
        Ok(Mark { n: position.n, hash: position.hash })
    }

    /// The canonical lines of at most `limit` recordings after a mark, the oldest first. Everything
    /// that the book ever changed stands in them; docs/feed.md writes them down.
    ///
    /// # Errors
    /// [`Error::Feed`] if the book never had this mark: it was restored from an older copy, or is
    /// another book.
    pub fn recordings_after(&self, mark: &Mark, limit: u32) -> Result<Vec<String>> {
        let known = if mark.n == 0 {
            Some(Mark::genesis(&self.merchant_id).hash)
        } else {
            self.read(|conn, merchant| recordings::hash_at(conn, merchant, mark.n))?
        };
        if known != Some(mark.hash) {
            return Err(self.parted(mark.n, self.mark()?.n));
        }
        let lines = self.read(|conn, merchant| recordings::after(conn, merchant, mark.n, limit))?;
        lines.iter().map(Line::encode).collect()
    }

    /// The refusal to go on from a number that this book has not, or not with the hash that was kept.
    /// The book's last number is `last`.
    pub(super) fn parted(&self, at: i64, last: i64) -> Error {
        let problem =
            if at > last { FeedProblem::RolledBack { at } } else { FeedProblem::Forked { at } };
        Error::feed(&self.merchant_id, problem, last)
    }
}

/// The canonical line of a recording as it will be read once its personal text was erased. A line
/// without text, or whose text was erased, is the same.
///
/// # Errors
/// [`Error::InvalidRequest`] for a line that is not canonical.
pub fn without_text(line: &str) -> Result<String> {
    Line::decode(line)?.without_text().encode()
}

impl Ledger {
    /// Takes in the canonical line of a recording of a merchant's book in another ledger. No rule
    /// is checked, but its number, its hashes and its postings have to follow from what this ledger
    /// has. The result is row for row what the other ledger has. Returns whether the line was new.
    ///
    /// The first line of a book adds its merchant.
    ///
    /// ```
    /// use refundry::{Ledger, Mark, NewMerchant, Options};
    ///
    /// let mut till = Ledger::in_memory(Options::default())?;
    /// let merchant = till.create_merchant(&NewMerchant::named("Cairo Books"))?;
    /// let book = till.book(&merchant.id)?;
    ///
    /// let mut office = Ledger::in_memory(Options::default())?;
    /// for line in book.recordings_after(&Mark::genesis(&merchant.id), 1_000)? {
    ///     office.apply(&merchant.id, &line)?;
    /// }
    /// assert_eq!(office.book(&merchant.id)?.mark()?, till.book(&merchant.id)?.mark()?);
    /// # Ok::<(), refundry::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidRequest`] for a line that is not canonical; [`Error::ResourceMissing`] for a
    /// merchant that is not there, unless the line adds it; [`Error::Feed`] for a line that leaves a
    /// gap, differs from the recording at its place, or does not follow; [`Error::LockTimeout`];
    /// failures of the machine.
    pub fn apply(&mut self, merchant_id: &str, line: &str) -> Result<bool> {
        let line = Line::decode(line)?;
        self.transact(|store, _, random| apply::apply(store, merchant_id, &line, random))
    }
}
