//! Faults: the n-th call of a kind fails, once or from then on, on the thread that asked for it.

use std::{cell::Cell, ffi::c_int};

use rusqlite::ffi;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A file can't be opened.
    Open,
    /// A read fails.
    Read,
    /// The system reads only a half of what it should; SQLite has to ask for the rest.
    ShortRead,
    /// A write fails halfway.
    Write,
    /// The system writes only a half of what it should.
    ShortWrite,
    /// The disk is full.
    Full,
    /// A sync of a file or folder fails.
    Sync,
    /// A file can't be shortened.
    Truncate,
    /// A file can't be removed.
    Delete,
    /// Whether a file is there can't be told.
    Access,
    /// A file's size can't be told.
    Size,
    /// A lock can't be asked for.
    Lock,
    /// A lock is held by another process.
    Busy,
    /// The shared memory can't be had.
    Map,
    /// SQLite gets no memory.
    Memory,
    /// A control: the write does not happen, and nobody is told.
    LostWrite,
}

/// The calls that are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    Open,
    Read,
    Write,
    Sync,
    Truncate,
    Delete,
    Access,
    Size,
    Lock,
    Map,
    SystemRead,
    SystemWrite,
    Allocate,
}

impl Fault {
    const fn call(self) -> Call {
        match self {
            Self::Open => Call::Open,
            Self::Read => Call::Read,
            Self::ShortRead => Call::SystemRead,
            Self::ShortWrite => Call::SystemWrite,
            Self::Write | Self::Full | Self::LostWrite => Call::Write,
            Self::Sync => Call::Sync,
            Self::Truncate => Call::Truncate,
            Self::Delete => Call::Delete,
            Self::Access => Call::Access,
            Self::Size => Call::Size,
            Self::Lock | Self::Busy => Call::Lock,
            Self::Map => Call::Map,
            Self::Memory => Call::Allocate,
        }
    }

    /// What SQLite is told.
    pub(super) const fn code(self) -> c_int {
        match self {
            Self::Open => ffi::SQLITE_CANTOPEN,
            Self::Read => ffi::SQLITE_IOERR_READ,
            Self::Write => ffi::SQLITE_IOERR_WRITE,
            Self::Full => ffi::SQLITE_FULL,
            Self::Sync => ffi::SQLITE_IOERR_FSYNC,
            Self::Truncate => ffi::SQLITE_IOERR_TRUNCATE,
            Self::Delete => ffi::SQLITE_IOERR_DELETE,
            Self::Access => ffi::SQLITE_IOERR_ACCESS,
            Self::Size => ffi::SQLITE_IOERR_FSTAT,
            Self::Lock => ffi::SQLITE_IOERR_LOCK,
            Self::Busy => ffi::SQLITE_BUSY,
            Self::Map => ffi::SQLITE_IOERR_SHMMAP,
            Self::Memory => ffi::SQLITE_NOMEM,
            Self::ShortRead | Self::ShortWrite | Self::LostWrite => ffi::SQLITE_OK,
        }
    }
}

/// Which call of a kind fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What goes wrong.
    pub fault: Fault,
    /// Which call of its kind is hit, from 1.
    pub nth: u64,
    /// Whether every later one is hit as well.
    pub from_then_on: bool,
}

thread_local! {
    static PLAN: Cell<Option<Plan>> = const { Cell::new(None) };
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

/// Runs something on this thread under a plan. Tells also how many calls of the kind there were:
/// fewer than the plan's number, and nothing failed.
///
/// # Panics
/// If what runs panics.
pub fn under<T>(plan: Plan, run: impl FnOnce() -> T) -> (T, u64) {
    struct Disarm;
    impl Drop for Disarm {
        fn drop(&mut self) {
            PLAN.set(None);
        }
    }
    CALLS.set(0);
    PLAN.set(Some(plan));
    let disarm = Disarm;
    let result = run();
    drop(disarm);
    (result, CALLS.get())
}

/// Whether this thread runs under a plan.
pub(super) fn is_planned() -> bool {
    PLAN.get().is_some()
}

/// Counts a call, and says what is to go wrong with it.
pub(super) fn strikes(call: Call) -> Option<Fault> {
    let plan = PLAN.get()?;
    if plan.fault.call() != call {
        return None;
    }
    let calls = CALLS.get().saturating_add(1);
    CALLS.set(calls);
    (calls == plan.nth || plan.from_then_on && calls > plan.nth).then_some(plan.fault)
}
