//! One call from C: nothing leaves it but a status.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    panic::{self, AssertUnwindSafe, PanicHookInfo},
    sync::{Once, OnceLock},
};

use refundry::Error;

use crate::{
    memory::{self, Give},
    status::{self, refundry_status},
};

/// Why a call did not succeed.
pub(crate) enum Failure {
    /// The library said so.
    Library(Error),
    /// The caller passed something that no call can work with.
    BadArgument {
        /// The argument or field.
        argument: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Another call on the same handle has not returned.
    InUse,
    /// The program was compiled for another ABI.
    AbiMismatch {
        /// The number that it was compiled with.
        compiled: u32,
    },
    /// A defect in Refundry.
    Panic(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Library(error)
    }
}

impl Failure {
    /// The number that C gets: the library's own where it is the library's error.
    pub(crate) fn status(&self) -> refundry_status {
        match self {
            Self::Library(error) => i32::from(error.number()),
            Self::BadArgument { .. } => status::REFUNDRY_BAD_ARGUMENT,
            Self::InUse => status::REFUNDRY_HANDLE_IN_USE,
            Self::AbiMismatch { .. } => status::REFUNDRY_ABI_MISMATCH,
            Self::Panic(_) => status::REFUNDRY_PANIC,
        }
    }
}

/// What a call's result becomes in the place that the caller named for it.
pub(crate) trait Output<O> {
    /// The value to write.
    fn output(self) -> O;
}

impl Output<()> for () {
    fn output(self) {}
}

impl Output<i64> for i64 {
    fn output(self) -> i64 {
        self
    }
}

impl Output<u32> for u32 {
    fn output(self) -> u32 {
        self
    }
}

impl Output<u64> for u64 {
    fn output(self) -> u64 {
        self
    }
}

impl<V: Give> Output<*const V::Object> for V {
    fn output(self) -> *const V::Object {
        memory::hand_over(&self)
    }
}

/// Writes the output of what succeeded, if there is a place for it.
///
/// # Safety
/// `place` is null or may be written.
pub(crate) unsafe fn deliver<O, V: Output<O>>(
    place: *mut O,
    body: impl FnOnce() -> Result<V, Failure>,
) -> Result<(), Failure> {
    if place.is_null() || !place.is_aligned() {
        let problem = "must point to where the result is to be written";
        return Err(Failure::BadArgument { argument: "the last argument", problem });
    }
    let output = caught(|| Ok(body()?.output()))?;
    // SAFETY: not null, aligned, and as the caller of this function promises.
    unsafe { place.write(output) };
    Ok(())
}

thread_local! {
    /// Whether this thread is within a call.
    static CALLED: Cell<bool> = const { Cell::new(false) };
    /// Where the last panic of this thread was.
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Runs what a call does. A panic drops the open transaction, which rolls it back, and becomes a
/// failure: no half-done state is left, and nothing unwinds into C.
pub(crate) fn caught<T>(body: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    static QUIET: Once = Once::new();
    QUIET.call_once(keep_panics_quiet);
    let outer = CALLED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(body));
    CALLED.set(outer);
    result.unwrap_or_else(|payload| Err(Failure::Panic(describe(payload.as_ref()))))
}

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// What a panic did before this library was called.
static BEFORE: OnceLock<Hook> = OnceLock::new();

/// Panics outside of calls, of a program's own Rust code, go where they went before. The hook
/// captures nothing, so that no memory is left when the program ends.
fn keep_panics_quiet() {
    if BEFORE.set(panic::take_hook()).is_ok() {
        panic::set_hook(Box::new(|info| {
            if CALLED.get() {
                PLACE.set(info.location().map(ToString::to_string).unwrap_or_default());
            } else if let Some(before) = BEFORE.get() {
                before(info);
            }
        }));
    }
}

fn describe(payload: &(dyn Any + Send)) -> String {
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    format!("{message} at {}", PLACE.take())
}
