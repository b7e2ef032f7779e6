//! Books that people read: journals for accounting programs, tables and statements, chunk by chunk.

use std::{
    ffi::{c_char, c_int, c_void},
    io::{self, BufWriter, Write},
};

use refundry::{Head, Ledger};
use refundry_books::{
    Dialect, Language, Period, Snapshot, Statement, StatementFormat, Table, Zone, write_journal,
    write_table,
};

use crate::{
    argument::{Extensible, optional_text, sized},
    call::Failure,
    handle::{on_ledger_of, refundry_book},
    journal::refundry_head,
    status::refundry_status,
};

/// A journal for hledger, also for `hledger check --strict ordereddates`.
pub const REFUNDRY_EXPORT_HLEDGER: i32 = 1;
/// A journal for Ledger, also for `ledger --pedantic`.
pub const REFUNDRY_EXPORT_LEDGER: i32 = 2;
/// A journal for Beancount, versions 2 and 3.
pub const REFUNDRY_EXPORT_BEANCOUNT: i32 = 3;
/// The postings of all entries as CSV, the oldest first.
pub const REFUNDRY_EXPORT_CSV_JOURNAL: i32 = 4;
/// The lines of the statement as CSV, the newest first.
pub const REFUNDRY_EXPORT_CSV_STATEMENT: i32 = 5;
/// The refunds as CSV, the newest first.
pub const REFUNDRY_EXPORT_CSV_REFUNDS: i32 = 6;
/// The charges as CSV, the newest first.
pub const REFUNDRY_EXPORT_CSV_CHARGES: i32 = 7;
/// The disputes as CSV, the newest first.
pub const REFUNDRY_EXPORT_CSV_DISPUTES: i32 = 8;

/// A statement for a terminal or a printer of text.
pub const REFUNDRY_STATEMENT_TEXT: i32 = 1;
/// A statement as one HTML file, without scripts, that a browser prints to A4.
pub const REFUNDRY_STATEMENT_HTML: i32 = 2;
/// A statement as CSV.
pub const REFUNDRY_STATEMENT_CSV: i32 = 3;

/// In English, from left to right.
pub const REFUNDRY_LANGUAGE_ENGLISH: i32 = 1;
/// In Arabic, from right to left.
pub const REFUNDRY_LANGUAGE_ARABIC: i32 = 2;

/// Which statement.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_statement_request {
    /// `sizeof(refundry_statement_request)`.
    pub struct_size: u32,
    /// One of the `REFUNDRY_STATEMENT_` constants.
    pub format: i32,
    /// One of the `REFUNDRY_LANGUAGE_` constants.
    pub language: i32,
    /// The time zone whose days are meant, by its name in the IANA database, such as `Africa/Cairo`;
    /// `NULL` for UTC.
    pub zone: *const c_char,
    /// A month such as `2026-11`; `NULL` if `from` and `to` say the period.
    pub month: *const c_char,
    /// From when: a day such as `2026-11-01`, a moment such as `2026-11-01T00:00:00.000Z`, or the text
    /// of a head, after which it begins; `NULL` for the book's beginning.
    pub from: *const c_char,
    /// Until when: a day, which is included, a moment, which is not, or the text of a head; `NULL` for
    /// the book's end.
    pub to: *const c_char,
}

// SAFETY: it begins with its size, and zeros are valid: numbers and null pointers.
unsafe impl Extensible for refundry_statement_request {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// Gets the next `length` bytes of a text, which are not NUL-terminated and may end within a
/// character. Returns 0 to go on, anything else to stop.
///
/// It runs in the thread of the call. Within it, calls on the same ledger are refused with
/// `REFUNDRY_HANDLE_IN_USE`.
pub type refundry_chunk_callback = Option<
    unsafe extern "C" fn(context: *mut c_void, bytes: *const c_char, length: usize) -> c_int,
>;

/// How many bytes a chunk has at most, but for a single longer text.
const CHUNK: usize = 16 << 10;

/// Where chunks go.
struct Chunks {
    chunk: unsafe extern "C" fn(*mut c_void, *const c_char, usize) -> c_int,
    context: *mut c_void,
    /// Writers try again when they are dropped.
    is_stopped: bool,
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_stopped {
            // SAFETY: the caller gave this function and this context for each other.
            let stop = unsafe { (self.chunk)(self.context, bytes.as_ptr().cast(), bytes.len()) };
            self.is_stopped = stop != 0;
        }
        if self.is_stopped {
            return Err(io::Error::other("the callback asked to stop"));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Gives what is written to a callback.
fn in_chunks(
    chunk: refundry_chunk_callback,
    context: *mut c_void,
    write: impl FnOnce(&mut BufWriter<Chunks>) -> refundry_books::Result<Head>,
) -> Result<Head, Failure> {
    let problem = "must not be NULL";
    let chunk = chunk.ok_or(Failure::BadArgument { argument: "chunk", problem })?;
    let mut to = BufWriter::with_capacity(CHUNK, Chunks { chunk, context, is_stopped: false });
    let written = write(&mut to);
    // What is left of a text that failed is nobody's.
    drop(to.into_parts());
    written.map_err(|error| error.into_ledgers("from").into())
}

/// The period that texts name. A head has to be the book's.
///
/// # Safety
/// Both are null or point to C strings.
unsafe fn period(
    ledger: &mut Ledger,
    merchant_id: &str,
    from: *const c_char,
    to: *const c_char,
    zone: &Zone,
) -> Result<Period, Failure> {
    // SAFETY: as the caller of this function promises.
    let (from, to) = unsafe { (optional_text(from, "from")?, optional_text(to, "to")?) };
    Ok(Period::asked(ledger, merchant_id, from, to, zone)?)
}

/// Gives a book to `chunk`, piece by piece, in one of the formats that the `REFUNDRY_EXPORT_`
/// constants name.
///
/// `from` and `to` say of which period, as in `refundry_statement_request`; days are those of UTC, and
/// `NULL` is no bound. Only a journal can begin or end with a head. `context` is passed to `chunk`.
/// Memory does not grow with the book: what does not fit in 4 MB is sorted in a temporary file, in the
/// folder that the environment variable `TMPDIR` names, else `/tmp`. On success `*head` is an object,
/// the head up to which the book was read; free it with `refundry_free`.
///
/// What was given before a call fails is not whole.
///
/// Statuses: `REFUNDRY_HEAD_UNKNOWN` for a head that the book never had; `REFUNDRY_PARAMETER_INVALID`
/// for a period that is none, or a year that the format's program can't read; `REFUNDRY_UNSOUND` if the
/// entries do not add up to the balances; `REFUNDRY_CANCELED`; and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_export(
    book: *mut refundry_book,
    format: i32,
    from: *const c_char,
    to: *const c_char,
    chunk: refundry_chunk_callback,
    context: *mut c_void,
    head: *mut *const refundry_head,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_ledger_of(book, head, |ledger, merchant_id| {
            let (dialect, table) = match format {
                REFUNDRY_EXPORT_HLEDGER => (Some(Dialect::Hledger), Table::Journal),
                REFUNDRY_EXPORT_LEDGER => (Some(Dialect::Ledger), Table::Journal),
                REFUNDRY_EXPORT_BEANCOUNT => (Some(Dialect::Beancount), Table::Journal),
                REFUNDRY_EXPORT_CSV_JOURNAL => (None, Table::Journal),
                REFUNDRY_EXPORT_CSV_STATEMENT => (None, Table::Statement),
                REFUNDRY_EXPORT_CSV_REFUNDS => (None, Table::Refunds),
                REFUNDRY_EXPORT_CSV_CHARGES => (None, Table::Charges),
                REFUNDRY_EXPORT_CSV_DISPUTES => (None, Table::Disputes),
                _ => {
                    let problem = "must be one of the REFUNDRY_EXPORT_ constants";
                    return Err(Failure::BadArgument { argument: "format", problem });
                }
            };
            let period = period(ledger, merchant_id, from, to, &Zone::UTC)?;
            in_chunks(chunk, context, |to| {
                let mut snapshot = Snapshot::of(ledger, merchant_id)?;
                match dialect {
                    Some(dialect) => write_journal(&mut snapshot, &period, dialect, to)?,
                    None => write_table(&mut snapshot, &period, table, to)?,
                }
                Ok(snapshot.head())
            })
        })
    }
}

/// Gives the statement of a merchant to `chunk`, piece by piece: what it had, every line of the period
/// in groups, and what it has in the end. All accounts are compared with the ledger's own balances.
///
/// `context` is passed to `chunk`. Memory does not grow with the book, as of `refundry_export`. On
/// success `*head` is an object, the head up to which the book was read; free it with `refundry_free`.
///
/// What was given before a call fails is not whole.
///
/// Statuses: `REFUNDRY_HEAD_UNKNOWN` for a head that the book never had; `REFUNDRY_PARAMETER_INVALID`
/// for a zone or a period that is none; `REFUNDRY_UNSOUND` if the entries do not add up to the
/// balances; `REFUNDRY_CANCELED`; and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_statement(
    book: *mut refundry_book,
    request: *const refundry_statement_request,
    chunk: refundry_chunk_callback,
    context: *mut c_void,
    head: *mut *const refundry_head,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_ledger_of(book, head, |ledger, merchant_id| {
            let request = sized(request, "request")?;
            let form = form(request.format, request.language)?;
            let zone = optional_text(request.zone, "zone")?.map(Zone::named).transpose();
            let zone = zone.map_err(|error| error.into_ledgers("zone"))?.unwrap_or(Zone::UTC);
            let period = match optional_text(request.month, "month")? {
                Some(_) if !request.from.is_null() || !request.to.is_null() => {
                    let problem = "must be NULL if from or to is set";
                    return Err(Failure::BadArgument { argument: "month", problem });
                }
                Some(month) => {
                    Period::month(month, &zone).map_err(|error| error.into_ledgers("month"))?
                }
                None => period(ledger, merchant_id, request.from, request.to, &zone)?,
            };
            in_chunks(chunk, context, |to| {
                let mut snapshot = Snapshot::of(ledger, merchant_id)?;
                let statement = Statement::of(&mut snapshot, &period, &zone)?;
                statement.write(form.0, form.1, to)?;
                Ok(snapshot.head())
            })
        })
    }
}

/// The format and the language of a statement.
fn form(format: i32, language: i32) -> Result<(StatementFormat, Language), Failure> {
    let bad = |argument, problem| Err(Failure::BadArgument { argument, problem });
    let format = match format {
        REFUNDRY_STATEMENT_TEXT => StatementFormat::Text,
        REFUNDRY_STATEMENT_HTML => StatementFormat::Html,
        REFUNDRY_STATEMENT_CSV => StatementFormat::Csv,
        _ => return bad("format", "must be one of the REFUNDRY_STATEMENT_ constants"),
    };
    match language {
        REFUNDRY_LANGUAGE_ENGLISH => Ok((format, Language::English)),
        REFUNDRY_LANGUAGE_ARABIC => Ok((format, Language::Arabic)),
        _ => bad("language", "must be one of the REFUNDRY_LANGUAGE_ constants"),
    }
}
