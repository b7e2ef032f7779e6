//! What is known of a call that failed.

use std::{ffi::c_char, fmt, path::Path, ptr};

use refundry::{Error, Finding};

use crate::{
    argument,
    call::Failure,
    handle::{self, refundry_ledger},
    memory::{self, Give, Memory},
    status::{REFUNDRY_OK, refundry_status, refundry_status_code},
    version::REFUNDRY_ABI,
};

/// What is known of a call that failed: its facts, without parsing any text.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_error {
    /// The status that the call returned.
    pub status: refundry_status,
    /// Whether this is the outcome of an earlier call with the same idempotency key.
    pub replayed: i32,
    /// The status's permanent code, for example `charge_already_refunded`.
    pub code: *const c_char,
    /// What happened, what was not changed, and what to do.
    pub message: *const c_char,
    /// The argument or field that is to blame; `NULL` if none is. Names are the ledger's, for
    /// example `chargeId`, but for `REFUNDRY_BAD_ARGUMENT` and an idempotency key, which is `key`.
    pub param: *const c_char,
    /// Whether `fact` is set.
    pub has_fact: i32,
    /// In an import, the status of the line that is to blame; else `REFUNDRY_OK`.
    pub line_status: refundry_status,
    /// The one number that the status does not tell: for `REFUNDRY_FEED` the number of the book's last
    /// recording or entry, for `REFUNDRY_AMOUNT_EXCEEDS_REFUNDABLE` and `REFUNDRY_CHARGE_DISPUTED` what
    /// can still be refunded, for `REFUNDRY_BALANCE_INSUFFICIENT` what can be spent, for
    /// `REFUNDRY_INTENT_WITH_SEVERAL_SUCCEEDED_CHARGES` how many charges, and for
    /// `REFUNDRY_CHARGE_NOT_SUCCEEDED`, `REFUNDRY_CHARGE_NOT_PENDING`,
    /// `REFUNDRY_PAYOUT_NOT_THERE` and `REFUNDRY_DISPUTE_NOT_OPEN` the status that the object has instead, and for `REFUNDRY_FORKED`
    /// the number of the recording.
    pub fact: i64,
    /// In an import or a feed, the line that is to blame, from 1; else 0.
    pub line: u64,
    /// For `REFUNDRY_UNSOUND`, the merchant in whose book it is; else `NULL`.
    pub merchant_id: *const c_char,
    /// For `REFUNDRY_UNSOUND`, the id of what is wrong, or the name of the table; for `REFUNDRY_FEED`,
    /// the text of the mark after which to send; else `NULL`.
    pub place: *const c_char,
    /// The id that named nothing or is taken, for `REFUNDRY_RESOURCE_MISSING` and
    /// `REFUNDRY_RESOURCE_CONFLICT`; the merchant's, for `REFUNDRY_FEED` and `REFUNDRY_UNSOUND`; else
    /// `NULL`.
    pub id: *const c_char,
    /// The file that the error is about, if it is one and is known; else `NULL`.
    pub path: *const c_char,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Library(error) => error.fmt(f),
            Self::BadArgument { argument, problem } => {
                write!(f, "{argument} {problem}; nothing was changed; correct the call")
            }
            Self::InUse => f.write_str(
                "another call on this handle has not returned; nothing was changed; \
                 use a handle of its own in each thread, and none within its own callbacks",
            ),
            Self::AbiMismatch { compiled } => write!(
                f,
                "this program was compiled for ABI {compiled}, and this library has ABI \
                 {REFUNDRY_ABI}; nothing was opened; compile it with this library's header"
            ),
            Self::Panic(what) => write!(
                f,
                "there is a defect in Refundry ({what}); the operation was rolled back; \
                 please report it"
            ),
        }
    }
}

impl Give for Failure {
    type Object = refundry_error;

    fn give(&self, memory: &Memory<'_>) -> refundry_error {
        let error = if let Self::Library(error) = self { Some(error) } else { None };
        let param = match self {
            Self::BadArgument { argument, .. } => Some(*argument),
            Self::Library(Error::IdempotencyKeyReused) => Some(argument::KEY),
            _ => error.and_then(Error::param),
        };
        let (line, line_status) = match error {
            Some(Error::Import { line, problem }) => (*line, i32::from(problem.number())),
            Some(Error::Feed { line, .. } | Error::Forked { line, .. }) => (*line, REFUNDRY_OK),
            _ => (0, REFUNDRY_OK),
        };
        let finding = match error {
            Some(Error::Unsound(finding)) => Some(finding),
            _ => None,
        };
        let place = match error {
            Some(Error::Feed { after, .. }) => Some(after.to_string()),
            _ => finding.map(|finding| finding.place.clone()),
        };
        let fact = error.and_then(Error::fact);
        let path = error.and_then(Error::path).map(Path::to_string_lossy);
        refundry_error {
            status: self.status(),
            replayed: error.is_some_and(Error::is_replayed).into(),
            code: match error {
                // The problem of an import has the code.
                Some(error) => memory.text(error.code()),
                None => refundry_status_code(self.status()),
            },
            message: memory.text(&self.to_string()),
            param: memory.optional_text(param),
            has_fact: fact.is_some().into(),
            line_status,
            fact: fact.unwrap_or_default(),
            line,
            merchant_id: memory.optional_text(finding.and_then(merchant_of)),
            place: memory.optional_text(place.as_deref()),
            id: memory.optional_text(error.and_then(Error::id)),
            path: memory.optional_text(path.as_deref()),
        }
    }
}

fn merchant_of(finding: &Finding) -> Option<&str> {
    finding.merchant.as_deref()
}

/// A failure that is kept until the next one.
pub(crate) struct Kept(*const refundry_error);

// SAFETY: it is the only pointer to its object, which has no ties to a thread.
unsafe impl Send for Kept {}

impl Kept {
    pub(crate) fn of(failure: &Failure) -> Self {
        Self(memory::make(failure))
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // SAFETY: `of` made it, and it is freed nowhere else.
        unsafe { memory::release(self.0.cast()) };
    }
}

/// The facts of the last call on `ledger` or one of its books that failed; `NULL` if none did, or
/// if the ledger is in use by another call.
///
/// With `NULL` for `ledger`: of the last call of this thread that failed without a handle, as
/// `refundry_open` does.
///
/// The object belongs to the ledger, or to the thread: do not free it. It stays as it is until the
/// next call there that fails, or until the ledger is closed or the thread ends.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_last_error(
    ledger: *const refundry_ledger,
) -> *const refundry_error {
    // SAFETY: the caller keeps to the header's conventions; the failure stands until the next one.
    unsafe { handle::last_error(ledger).map_or(ptr::null(), |kept| (*kept).0) }
}

/// The message of `refundry_last_error`; never `NULL`. It is valid as long as that object.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_errmsg(ledger: *const refundry_ledger) -> *const c_char {
    // SAFETY: the caller keeps to the header's conventions.
    match unsafe { refundry_last_error(ledger).as_ref() } {
        Some(error) => error.message,
        None => c"no call has failed".as_ptr(),
    }
}
