//! What callers pass: checked before anything else happens.

use std::{
    ffi::{CStr, c_char},
    mem::{self, MaybeUninit},
    ptr, slice,
};

use refundry::{Amount, Currency, Fee, IdempotencyKey, Page};

use crate::call::Failure;

/// A text that must be there.
///
/// # Safety
/// `text` is null or points to a C string.
pub(crate) unsafe fn text<'a>(
    text: *const c_char,
    argument: &'static str,
) -> Result<&'a str, Failure> {
    // SAFETY: as the caller of this function promises.
    unsafe { optional_text(text, argument) }?
        .ok_or(Failure::BadArgument { argument, problem: "must not be NULL" })
}

/// A text, or none if it is null.
///
/// # Safety
/// `text` is null or points to a C string.
pub(crate) unsafe fn optional_text<'a>(
    text: *const c_char,
    argument: &'static str,
) -> Result<Option<&'a str>, Failure> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: as the caller of this function promises.
    match unsafe { CStr::from_ptr(text) }.to_str() {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(Failure::BadArgument { argument, problem: "must be UTF-8" }),
    }
}

/// What an idempotency key is called in C. The library's errors have the name of HTTP's header.
pub(crate) const KEY: &str = "key";

/// The value of `REFUNDRY_NO_KEY`. It has spaces, so it cannot be a key.
const NO_KEY: &str = "(no idempotency key)";

/// An idempotency key, or `REFUNDRY_NO_KEY`.
///
/// # Safety
/// `key` is null or points to a C string.
pub(crate) unsafe fn key(key: *const c_char) -> Result<Option<IdempotencyKey>, Failure> {
    if key.is_null() {
        let problem = "must not be NULL; REFUNDRY_NO_KEY says that there is none";
        return Err(Failure::BadArgument { argument: KEY, problem });
    }
    // SAFETY: as the caller of this function promises.
    let key = unsafe { CStr::from_ptr(key) }.to_bytes();
    if key == NO_KEY.as_bytes() {
        return Ok(None);
    }
    let key = IdempotencyKey::from_bytes(key).map_err(|error| error.in_param(KEY))?;
    Ok(Some(key))
}

/// A currency by its code.
///
/// # Safety
/// `code` is null or points to a C string.
pub(crate) unsafe fn currency(code: *const c_char) -> Result<Currency, Failure> {
    // SAFETY: as the caller of this function promises.
    Ok(Currency::from_code(unsafe { text(code, "currency") }?)?)
}

/// An amount in a field that is called `param`.
pub(crate) fn amount(minor: i64, param: &'static str) -> Result<Amount, Failure> {
    Ok(Amount::from_minor(minor).map_err(|error| error.in_param(param))?)
}

/// A fee.
pub(crate) fn fee(minor: i64) -> Result<Fee, Failure> {
    Ok(Fee::from_minor(minor)?)
}

/// Which page of a list.
///
/// # Safety
/// `starting_after` is null or points to a C string.
pub(crate) unsafe fn page(limit: u32, starting_after: *const c_char) -> Result<Page, Failure> {
    // SAFETY: as the caller of this function promises.
    let starting_after = unsafe { optional_text(starting_after, "starting_after") }?;
    Ok(Page { limit, starting_after: starting_after.map(str::to_owned) })
}

/// A truth value: 0 or 1, so that garbage is noticed.
pub(crate) fn truth(value: i32, argument: &'static str) -> Result<bool, Failure> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Failure::BadArgument { argument, problem: "must be 0 or 1" }),
    }
}

/// An array.
///
/// # Safety
/// `items` is null or points to `count` items.
pub(crate) unsafe fn items<'a, T>(
    items: *const T,
    count: usize,
    argument: &'static str,
) -> Result<&'a [T], Failure> {
    if count == 0 {
        return Ok(&[]);
    }
    let bad = |problem| Err(Failure::BadArgument { argument, problem });
    if items.is_null() {
        return bad("must not be NULL if there are any");
    }
    let most = isize::MAX.unsigned_abs().checked_div(mem::size_of::<T>()).unwrap_or(0);
    if !items.is_aligned() || count > most {
        return bad("must be an array of as many items as is said");
    }
    // SAFETY: not null, aligned, not too large, and as the caller of this function promises.
    Ok(unsafe { slice::from_raw_parts(items, count) })
}

/// A struct whose first field is its size, so that later versions can append fields.
///
/// # Safety
/// Implemented only for `repr(C)` structs that begin with `struct_size: u32` and whose fields are
/// all valid as zero bytes.
pub(crate) unsafe trait Extensible: Copy {
    /// The size that the struct had when it was first published: no caller has a smaller one.
    const FIRST_SIZE: usize;
}

/// No struct will be longer; a larger size is garbage.
const LONGEST: usize = 1_024;

/// Reads a struct that the caller filled. Fields that an older caller does not know are zero; those
/// that a newer caller knows, and this library does not, must be zero.
///
/// # Safety
/// `from` is null or points to as many bytes as its first field says.
pub(crate) unsafe fn sized<T: Extensible>(
    from: *const T,
    argument: &'static str,
) -> Result<T, Failure> {
    let bad = |problem| Err(Failure::BadArgument { argument, problem });
    if from.is_null() {
        return bad("must not be NULL");
    }
    if !from.is_aligned() {
        return bad("must be aligned like the struct it is");
    }
    // SAFETY: not null and aligned, and every such struct begins with its size.
    let told = usize::try_from(unsafe { from.cast::<u32>().read() }).unwrap_or(usize::MAX);
    if !(T::FIRST_SIZE..=LONGEST).contains(&told) {
        return bad("must begin with its struct_size, as sizeof gives it");
    }
    let known = mem::size_of::<T>();
    let mut read = MaybeUninit::<T>::zeroed();
    // SAFETY: the caller has at least this many bytes, and `read` has room for them.
    unsafe {
        ptr::copy_nonoverlapping(from.cast::<u8>(), read.as_mut_ptr().cast(), told.min(known));
    }
    if told > known {
        // SAFETY: the caller has this many bytes after those that are known.
        let rest = unsafe {
            slice::from_raw_parts(from.cast::<u8>().add(known), told.saturating_sub(known))
        };
        if rest.iter().any(|byte| *byte != 0) {
            return bad("has a field set that this version of Refundry does not know");
        }
    }
    // SAFETY: every field is valid as zero bytes or was copied from the caller's.
    Ok(unsafe { read.assume_init() })
}
