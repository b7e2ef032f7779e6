//! Feeds: a book's recordings as lines, and taking in those of another ledger's book.

use std::{
    ffi::{c_char, c_int, c_void},
    fs, ptr,
};

use refundry::{Book, Error, FeedPiece, FeedReport, FileError, Fork, ImportProgress, Mark};

use crate::{
    argument::{items, optional_text, text},
    call::Failure,
    handle::{on_book, on_ledger, refundry_book, refundry_ledger},
    memory::{Give, Memory},
    progress::{self, refundry_progress},
    status::refundry_status,
};

/// A place among all recordings of a book, which are more than its journal entries.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_mark {
    /// The number of the recording; 0 before the first.
    pub n: i64,
    /// The mark in one line of text, to keep and to send: the number, a colon and the hash in 64
    /// hexadecimal digits.
    pub text: *const c_char,
    /// The hash over all recordings up to it alone.
    pub hash: *const c_char,
}

/// A feed that was written into room of the caller's.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_feed_piece {
    /// How many bytes were written, without the NUL after them.
    pub length: usize,
    /// Where it ends, and the next one begins.
    pub mark: *const refundry_mark,
    /// Whether the book ends there as well.
    pub complete: i32,
}

/// What became of a feed that was taken in.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_feed_report {
    /// Whose book it is of.
    pub merchant_id: *const c_char,
    /// Recordings that were new.
    pub recorded: u64,
    /// Recordings that the book had already.
    pub skipped: u64,
    /// Where the book ends now, and the next feed has to begin.
    pub mark: *const refundry_mark,
}

/// A line of a feed that was another recording than the mirror has at its place.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_fork {
    /// In whose book.
    pub merchant_id: *const c_char,
    /// The number of the recording.
    pub n: i64,
    /// When the line came.
    pub received_at: i64,
    /// The line as it came.
    pub line: *const c_char,
}

/// Gets the lines of a feed: `length` bytes without an end of line, and a NUL after them. Returns 0 to
/// go on, anything else to stop.
///
/// It runs in the thread of the call. Within it, calls on the same ledger are refused with
/// `REFUNDRY_HANDLE_IN_USE`.
pub type refundry_line_callback =
    Option<unsafe extern "C" fn(context: *mut c_void, line: *const c_char, length: usize) -> c_int>;

impl Give for Mark {
    type Object = refundry_mark;

    fn give(&self, memory: &Memory<'_>) -> refundry_mark {
        refundry_mark {
            n: self.n,
            text: memory.text(&self.to_string()),
            hash: memory.text(&self.hash.to_string()),
        }
    }
}

impl Give for FeedPiece {
    type Object = refundry_feed_piece;

    fn give(&self, memory: &Memory<'_>) -> refundry_feed_piece {
        refundry_feed_piece {
            length: self.text.len(),
            mark: memory.object(&self.mark),
            complete: self.complete.into(),
        }
    }
}

impl Give for FeedReport {
    type Object = refundry_feed_report;

    fn give(&self, memory: &Memory<'_>) -> refundry_feed_report {
        refundry_feed_report {
            merchant_id: memory.text(&self.merchant_id),
            recorded: self.recorded,
            skipped: self.skipped,
            mark: memory.object(&self.mark),
        }
    }
}

impl Give for Fork {
    type Object = refundry_fork;

    fn give(&self, memory: &Memory<'_>) -> refundry_fork {
        refundry_fork {
            merchant_id: memory.text(&self.merchant_id),
            n: self.n,
            received_at: self.received_at.millis(),
            line: memory.text(&self.line),
        }
    }
}

/// The place after which a feed begins; the book's beginning, if none is named.
///
/// # Safety
/// `after` is null or points to a C string.
unsafe fn place(book: &Book<'_>, after: *const c_char) -> Result<Mark, Failure> {
    // SAFETY: as the caller of this function promises.
    match unsafe { optional_text(after, "after") }? {
        Some(after) => Ok(Mark::parse(after)?),
        None => Ok(Mark::genesis(&book.merchant()?.id)),
    }
}

/// Where the book's recordings end.
///
/// On success `*mark` is an object; free it with `refundry_free`.
///
/// Statuses: the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_book_mark(
    book: *mut refundry_book,
    mark: *mut *const refundry_mark,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_book(book, mark, |book| Ok(book.mark()?)) }
}

/// Gives the recordings of a book after a place in it to `line`, one after another, between a first
/// line that says where the feed begins and a last line that says where it ends. The receiver ends
/// each with a line feed and passes them to `refundry_receive`, or to a server's `POST /feed`.
///
/// `after` is the text of a mark, such as the receiver tells; `NULL` begins at the book's beginning.
/// `context` is passed to `line`. Memory does not grow with the book. On success `*end` is an object,
/// where the next feed begins; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` for a text that is no mark; `REFUNDRY_MARK_UNKNOWN` if the
/// book never had it: the book was restored from an older copy, or is another; `REFUNDRY_CANCELED`;
/// and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_feed(
    book: *mut refundry_book,
    after: *const c_char,
    line: refundry_line_callback,
    context: *mut c_void,
    end: *mut *const refundry_mark,
) -> refundry_status {
    const TOGETHER: u32 = 64;
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, end, |book| {
            let problem = "must not be NULL";
            let line = line.ok_or(Failure::BadArgument { argument: "line", problem })?;
            let mut feed = book.feed(&place(book, after)?)?;
            loop {
                let lines = book.feed_lines(&mut feed, TOGETHER)?;
                if lines.is_empty() {
                    return Ok(feed.mark());
                }
                for text in lines {
                    let length = text.len();
                    let mut bytes = text.into_bytes();
                    bytes.push(0);
                    if line(context, bytes.as_ptr().cast(), length) != 0 {
                        return Err(Error::Canceled.into());
                    }
                }
            }
        })
    }
}

/// The least room in C, where a text has a NUL at its end.
fn with_the_nul(error: Error) -> Error {
    match error {
        Error::ParameterOutOfRange { param: "most", least } => {
            Error::ParameterOutOfRange { param: "size", least: least.saturating_add(1) }
        }
        other => other,
    }
}

/// Writes a feed of a book after a place in it into room of `size` bytes at `to`, with ends of lines
/// and a NUL at the end: as many recordings as there is room for. Each is a whole feed, that can be
/// received by itself; the next begins at its mark.
///
/// `after` is the text of a mark; `NULL` begins at the book's beginning. On success `*piece` is an
/// object; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` and `REFUNDRY_MARK_UNKNOWN` as of `refundry_feed`;
/// `REFUNDRY_PARAMETER_OUT_OF_RANGE` if the next recording alone has no room, with a message that says
/// how much it needs; and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_feed_into(
    book: *mut refundry_book,
    after: *const c_char,
    to: *mut c_char,
    size: usize,
    piece: *mut *const refundry_feed_piece,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions, and has as much room as it says.
    unsafe {
        on_book(book, piece, |book| {
            if to.is_null() {
                let problem = "must not be NULL";
                return Err(Failure::BadArgument { argument: "to", problem });
            }
            let made = book.feed_piece(&place(book, after)?, size.saturating_sub(1));
            let made = made.map_err(with_the_nul)?;
            let text = made.text.as_bytes();
            if text.len() >= size {
                let problem = "must have room for a feed without recordings";
                return Err(Failure::BadArgument { argument: "size", problem });
            }
            ptr::copy_nonoverlapping(text.as_ptr(), to.cast(), text.len());
            to.add(text.len()).write(0);
            Ok(made)
        })
    }
}

/// Takes in a feed of a book in another ledger from a text of `length` bytes. The book here is a
/// mirror: it has the same recordings, can be read and verified, and every operation on it returns
/// `REFUNDRY_MIRRORED`. Recordings that are known are compared and skipped.
///
/// `progress` is told bytes, and may be `NULL`; `context` is passed to it. On success `*report` is an
/// object; free it with `refundry_free`.
///
/// Lines are taken in in bounded transactions: whatever the status, those before the line that is
/// refused are kept, and the next feed goes on from there.
///
/// Statuses: `REFUNDRY_INVALID_REQUEST` and `REFUNDRY_PARAMETER_INVALID` for what does not begin as a
/// feed; `REFUNDRY_FEED` for a line that does not follow, whose error has the `line` and, as its
/// `place`, the mark to send from; `REFUNDRY_FORKED` for another recording than the mirror has, which
/// is kept as evidence; `REFUNDRY_BATCH`; `REFUNDRY_CANCELED`; `REFUNDRY_LOCK_TIMEOUT`; and the
/// machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_receive(
    ledger: *mut refundry_ledger,
    lines: *const c_char,
    length: usize,
    progress: refundry_progress,
    context: *mut c_void,
    report: *mut *const refundry_feed_report,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_ledger(ledger, report, |ledger| {
            let lines = items(lines.cast::<u8>(), length, "lines")?;
            let total = u64::try_from(length).unwrap_or(0);
            let told = |told: &ImportProgress| progress::tell(progress, context, told.bytes, total);
            Ok(ledger.receive(lines, told)?)
        })
    }
}

/// Takes in a feed from the file `path`: like `refundry_receive`. Memory does not grow with the file.
///
/// Statuses: also `REFUNDRY_INPUT_OUTPUT` if the file can't be read or is one of the ledger's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_receive_file(
    ledger: *mut refundry_ledger,
    path: *const c_char,
    progress: refundry_progress,
    context: *mut c_void,
    report: *mut *const refundry_feed_report,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_ledger(ledger, report, |ledger| {
            let path = text(path, "path")?;
            let total = fs::metadata(path)
                .map_err(|error| Error::from(FileError::input_output(path, error)))?
                .len();
            let told = |told: &ImportProgress| progress::tell(progress, context, told.bytes, total);
            Ok(ledger.receive_file(path, told)?)
        })
    }
}
