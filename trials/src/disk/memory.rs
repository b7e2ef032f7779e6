//! SQLite's allocator, which fails under a plan and counts what each thread has not freed.

use std::{
    cell::Cell,
    ffi::{c_int, c_void},
    ptr,
    sync::OnceLock,
};

use rusqlite::ffi;

use super::fault::{self, Call};

thread_local! {
    static BLOCKS: Cell<i64> = const { Cell::new(0) };
}

/// The blocks of memory that SQLite has allocated on this thread and not freed on it.
#[must_use]
pub fn blocks() -> i64 {
    BLOCKS.get()
}

/// The functions that really allocate.
struct Ordinary {
    malloc: unsafe extern "C" fn(c_int) -> *mut c_void,
    free: unsafe extern "C" fn(*mut c_void),
    realloc: unsafe extern "C" fn(*mut c_void, c_int) -> *mut c_void,
}

static ORDINARY: OnceLock<Ordinary> = OnceLock::new();

fn ordinary() -> &'static Ordinary {
    ORDINARY.get().expect("installed before SQLite was used")
}

/// Puts this allocator in place. SQLite must not have been used yet.
pub(super) fn install() {
    // SAFETY: SQLite fills in the struct, which is plain pointers and may begin as null.
    let found = unsafe {
        let mut found: ffi::sqlite3_mem_methods = std::mem::zeroed();
        let done = ffi::sqlite3_config(ffi::SQLITE_CONFIG_GETMALLOC, ptr::from_mut(&mut found));
        assert_eq!(done, ffi::SQLITE_OK, "SQLite was in use before the trial's disk");
        found
    };
    let _ = ORDINARY.set(Ordinary {
        malloc: found.xMalloc.expect("SQLite has an allocator"),
        free: found.xFree.expect("SQLite has an allocator"),
        realloc: found.xRealloc.expect("SQLite has an allocator"),
    });
    let mut ours = ffi::sqlite3_mem_methods {
        xMalloc: Some(malloc),
        xFree: Some(free),
        xRealloc: Some(realloc),
        ..found
    };
    // SAFETY: SQLite copies the struct. Each function is of the type it is declared with.
    let done = unsafe { ffi::sqlite3_config(ffi::SQLITE_CONFIG_MALLOC, ptr::from_mut(&mut ours)) };
    assert_eq!(done, ffi::SQLITE_OK, "SQLite was in use before the trial's disk");
}

fn count(change: i64) {
    BLOCKS.set(BLOCKS.get().saturating_add(change));
}

unsafe extern "C" fn malloc(size: c_int) -> *mut c_void {
    if fault::strikes(Call::Allocate).is_some() {
        return ptr::null_mut();
    }
    // SAFETY: what SQLite asked of this allocator is asked of the ordinary one.
    let block = unsafe { (ordinary().malloc)(size) };
    count(i64::from(!block.is_null()));
    block
}

unsafe extern "C" fn free(block: *mut c_void) {
    count(i64::from(!block.is_null()).saturating_neg());
    // SAFETY: every block came from the ordinary allocator.
    unsafe { (ordinary().free)(block) }
}

unsafe extern "C" fn realloc(block: *mut c_void, size: c_int) -> *mut c_void {
    if fault::strikes(Call::Allocate).is_some() {
        return ptr::null_mut();
    }
    // SAFETY: every block came from the ordinary allocator.
    unsafe { (ordinary().realloc)(block, size) }
}
