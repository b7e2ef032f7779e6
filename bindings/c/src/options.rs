//! How a ledger is opened.

use std::{ffi::c_void, io, time::Duration};

use refundry::{Access, Options, Timestamp};

use crate::{
    argument::{self, Extensible},
    call::Failure,
};

/// Read and write; create the file if there is none.
pub const REFUNDRY_OPEN_OR_CREATE: i32 = 0;
/// Read and write a file that must exist.
pub const REFUNDRY_OPEN_EXISTING: i32 = 1;
/// Only read a file that must exist.
pub const REFUNDRY_OPEN_READ_ONLY: i32 = 2;

/// How to open a ledger. Zero is the default of every field but the first.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_options {
    /// `sizeof(refundry_options)`.
    pub struct_size: u32,
    /// `REFUNDRY_OPEN_OR_CREATE`, `REFUNDRY_OPEN_EXISTING` or `REFUNDRY_OPEN_READ_ONLY`.
    pub access: i32,
    /// How long a call waits for another process or handle that writes, in milliseconds; 0 for
    /// 5000.
    pub busy_timeout_ms: u32,
    /// How much of the file is kept in memory at most, in KiB; 0 for 1024. Twice that while
    /// `refundry_verify` reads a larger file.
    pub cache_kib: u32,
    /// The clock: the moment in milliseconds since 1970-01-01T00:00:00Z, asked once for each
    /// operation. `NULL` for the system's.
    pub clock: Option<unsafe extern "C" fn(context: *mut c_void) -> i64>,
    /// Passed to `clock`.
    pub clock_context: *mut c_void,
    /// The source of ids and salts: fills `bytes` and returns 0, or anything else if it can't.
    /// `NULL` for the operating system's. API keys always come from the operating system.
    pub random:
        Option<unsafe extern "C" fn(context: *mut c_void, bytes: *mut u8, length: usize) -> i32>,
    /// Passed to `random`.
    pub random_context: *mut c_void,
}

// SAFETY: it begins with its size, and zeros are valid: numbers, null pointers, no functions.
unsafe impl Extensible for refundry_options {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// What a callback is given back of its caller's.
struct Context(*mut c_void);

// SAFETY: the header says that callbacks run in the thread of the call, and that whoever moves a
// handle to another thread moves what its callbacks need as well.
unsafe impl Send for Context {}

/// A terminal has little memory, and a larger cache would not make refunds faster.
const CACHE_KIB: u32 = 1_024;

/// # Safety
/// `options` is null or as the header has it.
pub(crate) unsafe fn read(options: *const refundry_options) -> Result<Options, Failure> {
    let mut read = Options::default();
    read.cache_kib = CACHE_KIB;
    if options.is_null() {
        return Ok(read);
    }
    // SAFETY: as the caller of this function promises.
    let given = unsafe { argument::sized(options, "options") }?;
    read.access = match given.access {
        REFUNDRY_OPEN_OR_CREATE => Access::OpenOrCreate,
        REFUNDRY_OPEN_EXISTING => Access::Open,
        REFUNDRY_OPEN_READ_ONLY => Access::ReadOnly,
        _ => {
            let problem = "must be one of the REFUNDRY_OPEN_ constants";
            return Err(Failure::BadArgument { argument: "access", problem });
        }
    };
    if given.busy_timeout_ms > 0 {
        read.busy_timeout = Duration::from_millis(given.busy_timeout_ms.into());
    }
    if given.cache_kib > 0 {
        read.cache_kib = given.cache_kib;
    }
    if let Some(clock) = given.clock {
        let context = Context(given.clock_context);
        read.clock = Box::new(move || {
            let context = &context;
            // SAFETY: the caller gave this function and this context for each other.
            Timestamp::from_millis(unsafe { clock(context.0) })
        });
    }
    if let Some(random) = given.random {
        let context = Context(given.random_context);
        read.random = Box::new(move |bytes| {
            let context = &context;
            // SAFETY: the caller gave this function and this context for each other, and the
            // slice may be written.
            match unsafe { random(context.0, bytes.as_mut_ptr(), bytes.len()) } {
                0 => Ok(()),
                other => Err(io::Error::other(format!("the random callback returned {other}"))),
            }
        });
    }
    Ok(read)
}
