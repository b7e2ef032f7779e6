//! Handles: a ledger, and a merchant's book in it.

use std::{
    cell::RefCell,
    ffi::c_char,
    ptr,
    sync::{Arc, Mutex, MutexGuard, TryLockError},
};

use refundry::{Book, Ledger, Timestamp};

use crate::{
    amount,
    argument::{currency, text},
    call::{Failure, Output, caught, deliver},
    error::Kept,
    options::{self, refundry_options},
    status::{REFUNDRY_OK, refundry_status},
    version::REFUNDRY_ABI,
};

/// A ledger: one file, or memory, with the books of all its merchants. Opaque.
pub struct refundry_ledger(Arc<Shared>);

/// One merchant's book: everything of that merchant. Opaque.
///
/// It keeps its ledger open: the file is closed once the ledger and all its books are.
pub struct refundry_book {
    shared: Arc<Shared>,
    merchant_id: Arc<str>,
}

/// What a ledger and its books have in common. The mutex is never waited for: two calls at once
/// on one handle are a mistake, and a callback that calls its own handle would wait for ever.
struct Shared(Mutex<State>);

struct State {
    ledger: Ledger,
    /// The last call that failed.
    last: Option<Kept>,
}

thread_local! {
    /// The last call of this thread that failed without a handle to keep that in.
    static LAST: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

impl Shared {
    fn state(&self) -> Result<MutexGuard<'_, State>, Failure> {
        match self.0.try_lock() {
            Ok(state) => Ok(state),
            Err(TryLockError::WouldBlock) => Err(Failure::InUse),
            // A panic is caught while the lock is held, so none can poison it.
            Err(TryLockError::Poisoned(state)) => Ok(state.into_inner()),
        }
    }
}

impl Output<*mut refundry_ledger> for Ledger {
    fn output(self) -> *mut refundry_ledger {
        let shared = Arc::new(Shared(Mutex::new(State { ledger: self, last: None })));
        Box::into_raw(Box::new(refundry_ledger(shared)))
    }
}

impl Output<*mut refundry_book> for refundry_book {
    fn output(self) -> *mut refundry_book {
        Box::into_raw(Box::new(self))
    }
}

/// One call without a handle: its failure is kept for the thread.
///
/// # Safety
/// `place` is null or may be written.
pub(crate) unsafe fn on_nothing<O, V: Output<O>>(
    place: *mut O,
    body: impl FnOnce() -> Result<V, Failure>,
) -> refundry_status {
    // SAFETY: as the caller of this function promises.
    match unsafe { deliver(place, body) } {
        Ok(()) => REFUNDRY_OK,
        Err(failure) => fail_without_handle(&failure),
    }
}

pub(crate) fn fail_without_handle(failure: &Failure) -> refundry_status {
    // A thread that is ending can't keep it any more.
    let _ = LAST.try_with(|last| last.replace(Some(Kept::of(failure))));
    failure.status()
}

/// One call on what a ledger and its books share. The output is written last.
///
/// # Safety
/// `place` is null or may be written.
unsafe fn on_shared<O, V: Output<O>>(
    shared: &Arc<Shared>,
    place: *mut O,
    body: impl FnOnce(&mut Ledger) -> Result<V, Failure>,
) -> refundry_status {
    // The handle may be closed by a callback of this very call.
    let shared = Arc::clone(shared);
    let mut state = match shared.state() {
        Ok(state) => state,
        Err(failure) => return failure.status(),
    };
    // SAFETY: as the caller of this function promises.
    match unsafe { deliver(place, || body(&mut state.ledger)) } {
        Ok(()) => REFUNDRY_OK,
        Err(failure) => {
            state.last = Some(Kept::of(&failure));
            failure.status()
        }
    }
}

/// One call on a ledger.
///
/// # Safety
/// `handle` is null or a ledger that is open; `place` is null or may be written.
pub(crate) unsafe fn on_ledger<O, V: Output<O>>(
    handle: *const refundry_ledger,
    place: *mut O,
    body: impl FnOnce(&mut Ledger) -> Result<V, Failure>,
) -> refundry_status {
    // SAFETY: as the caller of this function promises.
    match unsafe { handle.as_ref() } {
        // SAFETY: as the caller of this function promises.
        Some(handle) => unsafe { on_shared(&handle.0, place, body) },
        None => fail_without_handle(&MISSING_LEDGER),
    }
}

/// One call on a book.
///
/// # Safety
/// `handle` is null or a book that is open; `place` is null or may be written.
pub(crate) unsafe fn on_book<O, V: Output<O>>(
    handle: *const refundry_book,
    place: *mut O,
    body: impl FnOnce(&mut Book<'_>) -> Result<V, Failure>,
) -> refundry_status {
    // SAFETY: as the caller of this function promises.
    unsafe { on_ledger_of(handle, place, |ledger, id| body(&mut ledger.book(id)?)) }
}

/// One call on the ledger of a book, with the id of its merchant.
///
/// # Safety
/// `handle` is null or a book that is open; `place` is null or may be written.
pub(crate) unsafe fn on_ledger_of<O, V: Output<O>>(
    handle: *const refundry_book,
    place: *mut O,
    body: impl FnOnce(&mut Ledger, &str) -> Result<V, Failure>,
) -> refundry_status {
    // SAFETY: as the caller of this function promises.
    let Some(book) = (unsafe { handle.as_ref() }) else {
        let problem = "must not be NULL";
        return fail_without_handle(&Failure::BadArgument { argument: "book", problem });
    };
    // The handle may be closed by a callback of this very call.
    let merchant_id = Arc::clone(&book.merchant_id);
    // SAFETY: as the caller of this function promises.
    unsafe { on_shared(&book.shared, place, |ledger| body(ledger, &merchant_id)) }
}

const MISSING_LEDGER: Failure =
    Failure::BadArgument { argument: "ledger", problem: "must not be NULL" };

/// Opens the ledger in the file `path`, or creates it.
///
/// `abi` is `REFUNDRY_ABI`. `options` may be `NULL` for the defaults. What calls on the ledger
/// return as done is on disk. On success `*ledger` is a handle that `refundry_close` closes.
///
/// Statuses: `REFUNDRY_ABI_MISMATCH`, `REFUNDRY_SYMBOLIC_LINK`, `REFUNDRY_HARD_LINKS`,
/// `REFUNDRY_MOUNT_POINT`, `REFUNDRY_FOREIGN_LOG`, `REFUNDRY_FILE_MISSING`,
/// `REFUNDRY_NOT_A_LEDGER`, `REFUNDRY_NEWER_LEDGER`, `REFUNDRY_UNSOUND` if somebody defined
/// triggers, views or columns for its tables, `REFUNDRY_READ_ONLY`, `REFUNDRY_CORRUPT`,
/// `REFUNDRY_SETTING_REFUSED`, and the machine's. The file is then as it was, and
/// `refundry_errmsg(NULL)` says more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_open(
    abi: u32,
    path: *const c_char,
    options: *const refundry_options,
    ledger: *mut *mut refundry_ledger,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_nothing(ledger, || {
            check_abi(abi)?;
            Ok(Ledger::open(text(path, "path")?, options::read(options)?)?)
        })
    }
}

/// Creates a ledger in memory. It is gone when it is closed.
///
/// `abi` is `REFUNDRY_ABI`. `options` may be `NULL` for the defaults. On success `*ledger` is a
/// handle that `refundry_close` closes.
///
/// Statuses: `REFUNDRY_ABI_MISMATCH` and the machine's; `refundry_errmsg(NULL)` says more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_open_in_memory(
    abi: u32,
    options: *const refundry_options,
    ledger: *mut *mut refundry_ledger,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_nothing(ledger, || {
            check_abi(abi)?;
            Ok(Ledger::in_memory(options::read(options)?)?)
        })
    }
}

fn check_abi(compiled: u32) -> Result<(), Failure> {
    if compiled == REFUNDRY_ABI { Ok(()) } else { Err(Failure::AbiMismatch { compiled }) }
}

/// Closes a ledger's handle. `NULL` is ignored.
///
/// The file is closed at once, or with the last of the ledger's books that is still open. Objects
/// that the ledger gave stay; what `refundry_last_error` gave does not. Nothing can be lost: what
/// was acknowledged is on disk already.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_close(ledger: *mut refundry_ledger) {
    if !ledger.is_null() {
        // SAFETY: the caller passes what `refundry_open` gave, once.
        let handle = unsafe { Box::from_raw(ledger) };
        drop(caught(|| {
            drop(handle);
            Ok(())
        }));
    }
}

/// Opens the book of one merchant.
///
/// On success `*book` is a handle that `refundry_book_close` closes, before or after its ledger.
///
/// Statuses: `REFUNDRY_RESOURCE_MISSING` if there is no such merchant, and the machine's. Nothing
/// changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_book_open(
    ledger: *mut refundry_ledger,
    merchant_id: *const c_char,
    book: *mut *mut refundry_book,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    let shared = unsafe { ledger.as_ref() }.map(|ledger| Arc::clone(&ledger.0));
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_ledger(ledger, book, |ledger| {
            let merchant_id = text(merchant_id, "merchant_id")?;
            ledger.book(merchant_id)?;
            let shared = shared.ok_or(MISSING_LEDGER)?;
            Ok(refundry_book { shared, merchant_id: merchant_id.into() })
        })
    }
}

/// Closes a book's handle. `NULL` is ignored.
///
/// Objects that the book gave stay. If its ledger is closed and this was its last book, the file
/// is closed as well.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_book_close(book: *mut refundry_book) {
    if !book.is_null() {
        // SAFETY: the caller passes what `refundry_book_open` gave, once.
        let handle = unsafe { Box::from_raw(book) };
        drop(caught(|| {
            drop(handle);
            Ok(())
        }));
    }
}

/// What is known of the last call on a ledger that failed, for `crate::error`.
///
/// # Safety
/// `handle` is null or a ledger that is open.
pub(crate) unsafe fn last_error(handle: *const refundry_ledger) -> Option<*const Kept> {
    // SAFETY: as the caller of this function promises.
    match unsafe { handle.as_ref() } {
        Some(handle) => handle.0.state().ok()?.last.as_ref().map(ptr::from_ref),
        None => LAST.try_with(|last| last.borrow().as_ref().map(ptr::from_ref)).ok().flatten(),
    }
}

/// Makes the funds of all charges available that are due at the moment `now`, in all books, and
/// writes to `*released` how many charges that were.
///
/// A terminal calls it on start and once a day. Books are done one by one, in bounded
/// transactions; `refundry_book_release_due` does one book.
///
/// Maturity can't be undone, so it does not trust a clock that is far ahead: `now` may be 90 days
/// after the last moment that the ledger has seen. That is the last moment of a recording when this
/// handle first looks, and then the `now` of each call that was not refused.
///
/// Statuses: `REFUNDRY_TOO_FAR_AHEAD`, if anything is due; nothing has matured then, and
/// `refundry_confirm_time` says that the time is right. `REFUNDRY_BALANCE_OUT_OF_RANGE` or
/// `REFUNDRY_CORRUPT` if a book can't go on (the others have), `REFUNDRY_LOCK_TIMEOUT`, and the
/// machine's. What has matured before stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_release_due(
    ledger: *mut refundry_ledger,
    now: i64,
    released: *mut u64,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_ledger(ledger, released, |ledger| Ok(ledger.release_due(Timestamp::from_millis(now))?))
    }
}

/// Confirms that it is as late as the moment `now`, however long the ledger was not used, so that
/// `refundry_release_due` may go that far. It holds for this handle.
///
/// Statuses: only those of a wrong call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_confirm_time(
    ledger: *mut refundry_ledger,
    now: i64,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_ledger(ledger, &mut (), |ledger| {
            ledger.confirm_time(Timestamp::from_millis(now));
            Ok(())
        })
    }
}

/// Makes the funds of all charges of one book available that are due at the moment `now`, and
/// writes to `*released` how many charges that were.
///
/// Statuses: `REFUNDRY_TOO_FAR_AHEAD`, as `refundry_release_due` says,
/// `REFUNDRY_BALANCE_OUT_OF_RANGE`, `REFUNDRY_LOCK_TIMEOUT`, and the machine's. What has matured
/// before stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_book_release_due(
    book: *mut refundry_book,
    now: i64,
    released: *mut u64,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_book(book, released, |book| Ok(book.release_due(Timestamp::from_millis(now))?)) }
}

/// Writes to `*exponent` how many decimals a currency has: as frozen when the ledger first used
/// it, else the standard's. 2 for EGP: 22604 are 226.04 pounds.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` for a currency that is unknown or has no minor unit, and
/// the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_exponent(
    ledger: *mut refundry_ledger,
    currency_code: *const c_char,
    exponent: *mut u32,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_ledger(ledger, exponent, |ledger| amount::exponent(ledger, currency(currency_code)?))
    }
}

/// Forgets the idempotency keys of all merchants that were recorded before the moment `before`,
/// but none younger than 30 days, and writes to `*pruned` how many.
///
/// Statuses: `REFUNDRY_LOCK_TIMEOUT` and the machine's. What was forgotten before stays forgotten.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_prune_idempotency_keys(
    ledger: *mut refundry_ledger,
    before: i64,
    pruned: *mut u64,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_ledger(ledger, pruned, |ledger| {
            Ok(ledger.prune_idempotency_keys(Timestamp::from_millis(before))?)
        })
    }
}
