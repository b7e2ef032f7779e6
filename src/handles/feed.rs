//! Feeds: a book's recordings as lines that another ledger can take in.

use std::mem;

use super::{book::Book, ledger::Ledger};
use crate::{
    operations::apply,
    recording::{
        Position,
        feed::{CLOSING_BYTES, Closing, Opening},
        line::Line,
    },
    sqlite::recordings,
    words::{
        chain::Mark,
        error::{Error, Result},
        feed::FeedPiece,
    },
};

/// A feed that is being read: a book's recordings from a mark to where the book ended when the feed
/// was begun. [`Book::feed`] begins one, and [`Book::feed_lines`] reads its lines.
#[derive(Clone, Debug)]
pub struct Feed {
    merchant_id: String,
    /// Where it has come to.
    at: Position,
    end: Position,
    next: Part,
}

/// What of a feed comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Opening,
    Recordings,
    Nothing,
}

impl Feed {
    /// Where the lines that were read so far have come to: whoever took them in goes on from there.
    #[must_use]
    pub const fn mark(&self) -> Mark {
        self.at.mark()
    }

    /// Passes a line of a recording, and returns it as text.
    fn pass(&mut self, line: &Line) -> Result<String> {
        let head = line.entry.as_ref().map_or(self.at.head, |entry| entry.head());
        self.at = Position { n: line.n, hash: line.hash, head };
        line.encode()
    }
}

impl Book<'_> {
    /// Where the book's recordings end: their number, and the running hash over all of them.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn mark(&self) -> Result<Mark> {
        Ok(self.end()?.mark())
    }

    /// The canonical lines of at most `limit` recordings after a mark, the oldest first. Everything
    /// that the book ever changed stands in them; docs/feed.md writes them down.
    ///
    /// # Errors
    /// [`Error::MarkUnknown`] if the book never had this mark: it was restored from an older copy, or
    /// is another book.
    pub fn recordings_after(&self, mark: &Mark, limit: u32) -> Result<Vec<String>> {
        let lines = self.lines_after(&self.place(mark)?, limit)?;
        lines.iter().map(Line::encode).collect()
    }

    /// Begins a feed: the recordings after a mark, between a first line that says whose book it is
    /// and where the feed begins, and a last line that says where it ends. From a mark of the
    /// receiver it goes on where the last one was interrupted.
    ///
    /// ```
    /// use refundry::{Ledger, Mark, NewMerchant, Options};
    ///
    /// let mut till = Ledger::in_memory(Options::default())?;
    /// let merchant = till.create_merchant(&NewMerchant::named("Cairo Books"))?;
    /// let book = till.book(&merchant.id)?;
    ///
    /// let mut feed = book.feed(&Mark::genesis(&merchant.id))?;
    /// let mut lines = Vec::new();
    /// loop {
    ///     // However long the book is, so many lines are in memory.
    ///     let some = book.feed_lines(&mut feed, 100)?;
    ///     if some.is_empty() {
    ///         break;
    ///     }
    ///     lines.extend(some);
    /// }
    /// assert_eq!(lines.len(), 3, "where it begins, the merchant, where it ends");
    /// assert_eq!(feed.mark(), book.mark()?);
    /// # Ok::<(), refundry::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::MarkUnknown`] if the book never had this mark.
    pub fn feed(&self, after: &Mark) -> Result<Feed> {
        Ok(Feed {
            merchant_id: self.merchant_id.clone(),
            at: self.place(after)?,
            end: self.end()?,
            next: Part::Opening,
        })
    }

    /// The next lines of a feed of this book, without their ends of line: those of at most `limit`
    /// recordings. There are none after the last line.
    ///
    /// # Errors
    /// [`CORRUPT`](crate::FileError::CORRUPT) if the recordings are not all there; failures of the machine.
    pub fn feed_lines(&self, feed: &mut Feed, limit: u32) -> Result<Vec<String>> {
        let mut texts = Vec::new();
        match feed.next {
            Part::Nothing => return Ok(texts),
            Part::Opening => {
                let merchant_id = mem::take(&mut feed.merchant_id);
                texts.push(Opening::of(merchant_id, feed.mark()).encode()?);
                feed.next = Part::Recordings;
            }
            Part::Recordings => {}
        }
        let left = feed.end.n.saturating_sub(feed.at.n);
        let some = u32::try_from(left).unwrap_or(u32::MAX).min(limit.max(1));
        for line in self.lines_after(&feed.at, some)? {
            texts.push(feed.pass(&line)?);
        }
        if feed.at.n >= feed.end.n || texts.is_empty() {
            if feed.at != feed.end {
                return Err(Error::corrupt("recordings that are not all there"));
            }
            texts.push(Closing::of(&feed.at).encode()?);
            feed.next = Part::Nothing;
        }
        Ok(texts)
    }

    /// A feed after a mark that ends where the room for it does: `most` bytes. For senders with little
    /// memory, or whose receiver takes requests of limited size.
    ///
    /// # Errors
    /// [`Error::MarkUnknown`] if the book never had this mark; [`Error::ParameterOutOfRange`] with the
    /// least room that there has to be, if the next recording alone has not enough;
    /// [`CORRUPT`](crate::FileError::CORRUPT) if the recordings are not all there.
    pub fn feed_piece(&self, after: &Mark, most: usize) -> Result<FeedPiece> {
        const LINES: u32 = 64;
        let mut feed = self.feed(after)?;
        let mut text = Opening::of(self.merchant_id.clone(), *after).encode()? + "\n";
        'room: while feed.at.n < feed.end.n {
            let lines = self.lines_after(&feed.at, LINES)?;
            if lines.is_empty() {
                return Err(Error::corrupt("recordings that are not all there"));
            }
            for line in lines {
                let mut next = feed.clone();
                let encoded = next.pass(&line)?;
                let needed = [text.len(), encoded.len(), CLOSING_BYTES]
                    .into_iter()
                    .fold(1, usize::saturating_add);
                if needed > most {
                    if feed.at.n == after.n {
                        let least = i64::try_from(needed).unwrap_or(i64::MAX);
                        return Err(Error::ParameterOutOfRange { param: "most", least });
                    }
                    break 'room;
                }
                text = text + &encoded + "\n";
                feed = next;
            }
        }
        text = text + &Closing::of(&feed.at).encode()? + "\n";
        Ok(FeedPiece { text, mark: feed.mark(), complete: feed.at.n >= feed.end.n })
    }

    /// Where the book ends.
    fn end(&self) -> Result<Position> {
        self.read(|conn, merchant| recordings::position(conn, merchant, &self.merchant_id))
    }

    /// The place in the book that a mark names.
    pub(super) fn place(&self, mark: &Mark) -> Result<Position> {
        let place = self.read(|conn, merchant| {
            recordings::position_at(conn, merchant, &self.merchant_id, mark.n)
        })?;
        place.filter(|place| place.hash == mark.hash).ok_or(Error::MarkUnknown { mark: *mark })
    }

    fn lines_after(&self, place: &Position, limit: u32) -> Result<Vec<Line>> {
        self.read(|conn, merchant| recordings::after(conn, merchant, place, limit))
    }
}

impl Ledger {
    /// Takes in the canonical line of a recording of a merchant's book in another ledger. No rule
    /// is checked, but its number, its hashes and its postings have to follow from what this ledger
    /// has. The result is row for row what the other ledger has. Returns whether the line was new.
    ///
    /// The first line of a book adds its merchant. The book is this ledger's own then, to go on with:
    /// to move a book. [`Ledger::receive`] makes a mirror, which only follows.
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
    /// [`Error::InvalidRequest`] for a line that is not canonical; [`Error::Mirrored`] for a book that
    /// [`Ledger::receive`] takes in; [`Error::ResourceMissing`] for a merchant that is not there, unless
    /// the line adds it; [`Error::Forked`] for one that differs from
    /// the recording at its place; [`Error::Feed`] for a line that leaves a gap or does not follow;
    /// [`Error::LockTimeout`]; failures of the machine.
    pub fn apply(&mut self, merchant_id: &str, line: &str) -> Result<bool> {
        self.apply_all(merchant_id, [line]).map(|new| new > 0)
    }

    /// As [`Ledger::apply`] for many lines of one book, in their order: all are taken in, or none. It takes fewer
    /// steps for each. Returns how many were new.
    ///
    /// # Errors
    /// As [`Ledger::apply`]; [`Error::Feed`] and [`Error::Forked`] with the number of the line among these.
    pub fn apply_all<'a>(
        &mut self,
        merchant_id: &str,
        lines: impl IntoIterator<Item = &'a str>,
    ) -> Result<u64> {
        self.transact_whole(|store, _, random| apply::all(store, merchant_id, lines, random))
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
