//! Objects that callers get. Each lies in an arena of its own, with all its texts and arrays, and
//! is freed at once.

use std::{
    ffi::{c_char, c_void},
    mem, ptr,
};

use bumpalo::Bump;

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

/// Makes an object that the caller owns from now on.
pub(crate) fn hand_over<V: Give>(value: &V) -> *const V::Object {
    const { assert!(!mem::needs_drop::<V::Object>()) }
    // The header is found from the object alone, so it must lie right before it.
    const { assert!(mem::align_of::<V::Object>() <= mem::align_of::<Header>()) }
    let arena = Box::into_raw(Box::new(Bump::with_capacity(ROOM)));
    // SAFETY: the box was just made and nobody else knows it; `free` makes a box of it again.
    let bump = unsafe { &*arena };
    let object = value.give(&Memory(bump));
    let owned: *mut Owned<V::Object> = bump.alloc(Owned { header: Header { arena }, object });
    // SAFETY: `owned` points to what was just put there. The pointer keeps the right to all of it.
    unsafe { &raw const (*owned).object }
}

/// Frees an object that a function of this header has given. `NULL` is ignored.
///
/// Whatever the object points to is freed with it. Handles are not objects: they have
/// `refundry_close` and `refundry_book_close`.
///
/// Any thread may call it, also after the ledger was closed. The ledger's state is not touched.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_free(object: *const c_void) {
    if object.is_null() {
        return;
    }
    let header = object.cast::<Header>().wrapping_sub(1);
    // SAFETY: the caller passes what `hand_over` returned, once. So the header lies before it, and
    // its arena is a box that nobody else frees.
    drop(unsafe { Box::from_raw((*header).arena) });
}
