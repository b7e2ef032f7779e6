//! Taking in feeds.

#[cfg(not(target_family = "wasm"))]
use std::{fs::File, io, path::Path};
use std::{
    io::{BufRead, Read},
    mem,
    ops::ControlFlow,
};

use super::ledger::Ledger;
use crate::{
    operations::receive::{Receiving, With},
    sqlite::{merchants, recordings},
    words::{
        chain::Mark,
        error::{Error, Result, file::FileProblem},
        feed::FeedReport,
        progress::ImportProgress,
    },
};

/// The longest line, in bytes: the largest recording needs a fraction of it.
const LONGEST: usize = 1 << 20;

/// How many bytes of a feed are taken in in one transaction at most, but for a longer line: some five
/// hundred recordings. Others wait for no more than that.
const TOGETHER: usize = 1 << 18;

/// A feed that is being taken in, from pieces that end anywhere. [`Ledger::receive`] does the same
/// for whoever can wait for all of it.
///
/// ```
/// use refundry::{Ledger, Mark, NewMerchant, Options, Receiver};
///
/// let mut till = Ledger::in_memory(Options::default())?;
/// let merchant = till.create_merchant(&NewMerchant::named("Cairo Books"))?;
/// let book = till.book(&merchant.id)?;
/// let feed = book.feed_piece(&Mark::genesis(&merchant.id), 1 << 20)?.text;
///
/// let mut office = Ledger::in_memory(Options::default())?;
/// let mut receiver = Receiver::default();
/// for piece in feed.as_bytes().chunks(100) {
///     receiver.take(&mut office, piece)?;
/// }
/// assert_eq!(receiver.end(&mut office)?.recorded, 1);
/// assert_eq!(office.book(&merchant.id)?.mark()?, book.mark()?);
/// # Ok::<(), refundry::Error>(())
/// ```
#[derive(Debug)]
pub struct Receiver {
    state: Receiving,
    /// A line of which the end has not come.
    rest: Vec<u8>,
}

impl Default for Receiver {
    /// Takes in the feed of any merchant.
    fn default() -> Self {
        Self { state: Receiving::new(None), rest: Vec::new() }
    }
}

impl Receiver {
    /// Takes in the feed of one merchant alone.
    #[must_use]
    pub fn of(merchant_id: &str) -> Self {
        Self { state: Receiving::new(Some(merchant_id.to_owned())), rest: Vec::new() }
    }

    /// Takes in the lines that end in these bytes, in bounded transactions. When it returns, they are
    /// on disk.
    ///
    /// # Errors
    /// As [`Ledger::receive`]. The lines before the one that is refused are kept; another feed has to go
    /// on from there, with a new receiver.
    pub fn take(&mut self, ledger: &mut Ledger, bytes: &[u8]) -> Result<()> {
        ledger.outside_a_batch()?;
        for piece in bytes.chunks(TOGETHER) {
            self.rest.extend_from_slice(piece);
            let whole = self.rest.iter().rposition(|byte| *byte == b'\n');
            let begun = self.rest.split_off(whole.map_or(0, |last| last.saturating_add(1)));
            let lines = mem::replace(&mut self.rest, begun);
            if !lines.is_empty() {
                self.lines(ledger, &lines)?;
            }
            if self.rest.len() > LONGEST {
                return Err(self.wrong(ledger, "is longer than 1 MiB")?);
            }
        }
        Ok(())
    }

    /// Ends: all of the feed has come.
    ///
    /// # Errors
    /// As [`Ledger::receive`]; [`Error::Feed`] also if the last line has not come. What came before it
    /// is kept.
    pub fn end(mut self, ledger: &mut Ledger) -> Result<FeedReport> {
        ledger.outside_a_batch()?;
        let rest = mem::take(&mut self.rest);
        if !rest.is_empty() {
            self.lines(ledger, &rest)?;
        }
        if !self.state.is_complete() {
            return Err(self.wrong(ledger, "is missing: the feed was cut off")?);
        }
        let merchant_id = self.state.merchant_id().unwrap_or_default().to_owned();
        let mark = mark(ledger, &merchant_id)?;
        let Receiving { recorded, skipped, .. } = self.state;
        Ok(FeedReport { merchant_id, recorded, skipped, mark })
    }

    /// Takes in whole lines in one transaction.
    fn lines(&mut self, ledger: &mut Ledger, mut lines: &[u8]) -> Result<()> {
        let mut state = self.state.clone();
        let mut line = Vec::new();
        let refused = ledger.transact(|store, now, random| {
            // This looks for the end of a line at many bytes at a time. Reading from memory can't fail.
            while lines.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                let text = line.strip_suffix(b"\n").unwrap_or(&line);
                match state.line(text, With { store: &mut *store, now, random: &mut *random }) {
                    Ok(()) => line.clear(),
                    // The lines before it are kept, and the evidence of a fork.
                    Err(error @ (Error::Feed { .. } | Error::Forked { .. })) => {
                        return Ok(Some(error));
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(None)
        })?;
        self.state = state;
        refused.map_or(Ok(()), Err)
    }

    /// What is said of the line that comes next.
    fn wrong(&self, ledger: &Ledger, problem: &'static str) -> Result<Error> {
        let Some(merchant_id) = self.state.merchant_id() else {
            return Ok(Error::NotAFeed { problem });
        };
        let after = mark(ledger, merchant_id)?;
        Ok(Error::Feed { line: self.state.next_line(), problem, after })
    }
}

/// Where a book ends, which may not be there yet.
fn mark(ledger: &Ledger, merchant_id: &str) -> Result<Mark> {
    let Some(merchant) = merchants::number(&ledger.conn, merchant_id)? else {
        return Ok(Mark::genesis(merchant_id));
    };
    Ok(recordings::position(&ledger.conn, merchant, merchant_id)?.mark())
}

impl Ledger {
    /// Takes in a feed of a book in another ledger, whose book here is a mirror: it has the same rows
    /// and heads, can be read and verified, and every operation on it is refused with
    /// [`Error::Mirrored`]. Recordings that are known are compared and skipped, so a feed may begin
    /// anywhere up to where the mirror ends, and be sent twice.
    ///
    /// Lines are taken in in bounded transactions, so that others wait for none of them long: wherever
    /// it is interrupted, the mirror is whole up to a line, and the next feed goes on from there.
    /// `progress` is told after each, and may stop it.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    ///
    /// use refundry::{Error, Ledger, Mark, NewMerchant, Options};
    ///
    /// let mut till = Ledger::in_memory(Options::default())?;
    /// let merchant = till.create_merchant(&NewMerchant::named("Cairo Books"))?;
    /// let feed = till.book(&merchant.id)?.feed_piece(&Mark::genesis(&merchant.id), 1 << 20)?;
    ///
    /// let mut office = Ledger::in_memory(Options::default())?;
    /// let report = office.receive(feed.text.as_bytes(), |_| ControlFlow::Continue(()))?;
    /// assert_eq!(report.mark, feed.mark, "the next feed begins there");
    ///
    /// let refused = office.book(&merchant.id)?.issue_key();
    /// assert!(matches!(refused, Err(Error::Mirrored)));
    /// # Ok::<(), refundry::Error>(())
    /// ```
    ///
    /// # Errors
    /// Of the first line: [`Error::NotAFeed`], [`Error::ParameterInvalid`] and
    /// [`Error::ResourceMissing`] (a merchant that may not be sent). [`Error::Feed`] for a line that
    /// does not follow, with its number and the place from which to send; [`Error::Forked`] for one
    /// that is another recording than the book has, and is kept as evidence: [`Ledger::forks`].
    /// [`Error::Canceled`]; [`Error::LockTimeout`]; failures of the machine; [`Error::Batch`] while a
    /// batch is open. What was taken in before stays.
    pub fn receive(
        &mut self,
        mut lines: impl Read,
        mut progress: impl FnMut(&ImportProgress) -> ControlFlow<()>,
    ) -> Result<FeedReport> {
        let mut receiver = Receiver::default();
        let mut told = ImportProgress::default();
        let mut piece = Vec::new();
        loop {
            piece.clear();
            let most = u64::try_from(TOGETHER).unwrap_or(u64::MAX);
            let read = Read::take(&mut lines, most).read_to_end(&mut piece);
            // What came before a failure is as good as any.
            receiver.take(self, &piece)?;
            if read.map_err(FileProblem::InputOutput)? == 0 {
                return receiver.end(self);
            }
            told.bytes = told.bytes.saturating_add(u64::try_from(piece.len()).unwrap_or(0));
            told.lines = receiver.state.next_line().saturating_sub(1);
            if progress(&told).is_break() {
                return Err(Error::Canceled);
            }
        }
    }

    /// Takes in the feed in a file, as [`Ledger::receive`] does. The ledger's own files are not opened,
    /// as [`Ledger::import_file`] says.
    ///
    /// # Errors
    /// As [`Ledger::receive`]; [`INPUT_OUTPUT`](crate::FileError::INPUT_OUTPUT) also for a file that can't be read, or is one of
    /// the ledger's own.
    #[cfg(not(target_family = "wasm"))]
    pub fn receive_file(
        &mut self,
        path: impl AsRef<Path>,
        progress: impl FnMut(&ImportProgress) -> ControlFlow<()>,
    ) -> Result<FeedReport> {
        let lines = self.foreign_file(path.as_ref())?;
        self.receive(lines, progress)
    }

    /// Opens a file that is none of the ledger's own.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn foreign_file(&self, path: &Path) -> Result<File> {
        if self.place.as_ref().is_some_and(|place| place.holds(path)) {
            let own = io::Error::new(io::ErrorKind::InvalidInput, "it is the ledger's own");
            return Err(FileProblem::InputOutput(own).at(path));
        }
        File::open(path).map_err(|error| FileProblem::InputOutput(error).at(path))
    }
}
