//! Objects that callers get. Each lies in an arena of its own, with all its texts and arrays, and
//! is freed at once.

use std::{
    collections::BTreeSet,
    ffi::{c_char, c_void},
    mem, ptr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bumpalo::Bump;

use crate::{
    call::Failure,
    handle::fail_without_handle,
    status::{REFUNDRY_OK, refundry_status},
};

/// What becomes an object that the caller owns.
pub(crate) trait Give {
    /// The object, as C sees it.
    type Object;

    /// Makes the object; what it points to is put into `memory`.
    fn give(&self, memory: &Memory<'_>) -> Self::Object;
}

/// Where the texts and arrays of one object lie.
pub(crate) struct Memory<'a>(&'a Bump);

impl Memory<'_> {
    /// A text with its NUL. What a damaged file has after a NUL of its own is not shown.
    pub(crate) fn text(&self, text: &str) -> *const c_char {
        let bytes = self.0.alloc_slice_fill_copy(text.len().saturating_add(1), 0_u8);
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        bytes.as_ptr().cast()
    }

    /// A text, or null for none.
    pub(crate) fn optional_text(&self, text: Option<&str>) -> *const c_char {
        text.map_or(ptr::null(), |text| self.text(text))
    }

    /// An object within the object.
    pub(crate) fn object<V: Give>(&self, value: &V) -> *const V::Object {
        const { assert!(!mem::needs_drop::<V::Object>()) }
        self.0.alloc(value.give(self))
    }

    /// An array and how many items it has; null if it has none.
    pub(crate) fn array<T: Copy>(
        &self,
        items: impl ExactSizeIterator<Item = T>,
    ) -> (*const T, usize) {
        match items.len() {
            0 => (ptr::null(), 0),
            count => (self.0.alloc_slice_fill_iter(items).as_ptr(), count),
        }
    }

    /// An array of pointers to objects within the object.
    pub(crate) fn objects<'v, V: Give + 'v>(
        &self,
        values: impl ExactSizeIterator<Item = &'v V>,
    ) -> (*const *const V::Object, usize) {
        self.array(values.map(|value| self.object(value)))
    }
}

/// Stands before every object that a caller gets, and leads back to its arena.
#[repr(C, align(8))]
struct Header {
    arena: *mut Bump,
}

#[repr(C)]
struct Owned<T> {
    header: Header,
    object: T,
}

/// Room for most objects, so that one allocation does for them.
const ROOM: usize = 512;

/// The objects that callers own. What is not among them can't be freed: a handle, part of an object,
/// an object that was freed before.
static OWNED: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());

fn owned() -> MutexGuard<'static, BTreeSet<usize>> {
    // Nothing can be done by half there.
    OWNED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes an object that the caller owns from now on.
pub(crate) fn hand_over<V: Give>(value: &V) -> *const V::Object {
    let object = make(value);
    owned().insert(object.addr());
    object
}

/// Makes an object that `release` frees.
pub(crate) fn make<V: Give>(value: &V) -> *const V::Object {
    const { assert!(!mem::needs_drop::<V::Object>()) }
    // The header is found from the object alone, so it must lie right before it.
    const { assert!(mem::align_of::<V::Object>() <= mem::align_of::<Header>()) }
    let arena = Box::into_raw(Box::new(Bump::with_capacity(ROOM)));
    // SAFETY: the box was just made and nobody else knows it; `release` makes a box of it again.
    let bump = unsafe { &*arena };
    let object = value.give(&Memory(bump));
    let owned: *mut Owned<V::Object> = bump.alloc(Owned { header: Header { arena }, object });
    // SAFETY: `owned` points to what was just put there. The pointer keeps the right to all of it.
    unsafe { &raw const (*owned).object }
}

/// Frees an object that a function of this header has given. `NULL` is ignored.
///
/// Whatever the object points to is freed with it. Handles are not objects: they have
/// `refundry_close` and `refundry_book_close`. What `refundry_last_error` gives is not yours.
///
/// Any thread may call it, also after the ledger was closed. The ledger's state is not touched.
///
/// Statuses: `REFUNDRY_BAD_ARGUMENT` for a pointer that is not to an object of yours, such as a
/// handle, a text or an object that was freed before; nothing is freed then. (If a new object has
/// come to lie where the freed one was, nobody can tell.)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_free(object: *const c_void) -> refundry_status {
    if object.is_null() {
        return REFUNDRY_OK;
    }
    let mut owned = owned();
    if !owned.remove(&object.addr()) {
        drop(owned);
        let problem = "must be an object that was given and not freed yet";
        return fail_without_handle(&Failure::BadArgument { argument: "object", problem });
    }
    if owned.is_empty() {
        // An empty set may keep memory; a program's last look for leaks is to find none.
        *owned = BTreeSet::new();
    }
    drop(owned);
    // SAFETY: `hand_over` made it with `make`, and it was not freed since.
    unsafe { release(object) };
    REFUNDRY_OK
}

/// Frees an object.
///
/// # Safety
/// `make` returned it, and it is freed once.
pub(crate) unsafe fn release(object: *const c_void) {
    let header = object.cast::<Header>().wrapping_sub(1);
    // SAFETY: the header lies before the object, and its arena is a box that nobody else frees.
    drop(unsafe { Box::from_raw((*header).arena) });
}
