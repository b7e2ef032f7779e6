//! Callbacks that are told how far a long call has come.

use std::{
    ffi::{c_int, c_void},
    ops::ControlFlow,
};

/// Told now and then how far a long call has come: `done` of `total`, which is 0 if it is not
/// known. Returns 0 to go on, anything else to cancel.
///
/// It runs in the thread of the call. Within it, calls on the same ledger are refused with
/// `REFUNDRY_HANDLE_IN_USE`.
pub type refundry_progress =
    Option<unsafe extern "C" fn(context: *mut c_void, done: u64, total: u64) -> c_int>;

/// Tells the caller, if it wants to know.
///
/// # Safety
/// `progress` is a function that may be called with `context`.
pub(crate) unsafe fn tell(
    progress: refundry_progress,
    context: *mut c_void,
    done: u64,
    total: u64,
) -> ControlFlow<()> {
    match progress {
        // SAFETY: as the caller of this function promises.
        Some(progress) if unsafe { progress(context, done, total) } != 0 => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    }
}
