//! API keys.

use std::ffi::c_char;

use refundry::{ApiKey, IssuedKey};

use crate::{
    argument::text,
    handle::{on_book, refundry_book},
    memory::{Give, Memory},
    refundry_list,
    status::refundry_status,
};

/// An API key that was just issued. It can be read only here.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_issued_key {
    /// What names it from now on: `key_...`
    pub id: *const c_char,
    /// The key itself, to hand to the merchant.
    pub key: *const c_char,
}

/// What is known of an API key. The key itself is kept nowhere.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_key {
    /// `key_...`
    pub id: *const c_char,
    /// When it was issued.
    pub created_at: i64,
    /// Whether it was revoked.
    pub is_revoked: i32,
    /// When it was revoked, if it was.
    pub revoked_at: i64,
}

/// API keys, the oldest first.
pub type refundry_key_list = refundry_list<refundry_key>;

impl Give for IssuedKey {
    type Object = refundry_issued_key;

    fn give(&self, memory: &Memory<'_>) -> refundry_issued_key {
        refundry_issued_key { id: memory.text(&self.id), key: memory.text(&self.key) }
    }
}

impl Give for ApiKey {
    type Object = refundry_key;

    fn give(&self, memory: &Memory<'_>) -> refundry_key {
        refundry_key {
            id: memory.text(&self.id),
            created_at: self.created_at.millis(),
            is_revoked: self.revoked_at.is_some().into(),
            revoked_at: self.revoked_at.map_or(0, |moment| moment.millis()),
        }
    }
}

/// Issues an API key. It can't be read again: only its SHA-256 is kept.
///
/// On success `*issued` is an object; free it with `refundry_free`.
///
/// Statuses: the machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_key_issue(
    book: *mut refundry_book,
    issued: *mut *const refundry_issued_key,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_book(book, issued, |book| Ok(book.issue_key()?)) }
}

/// Revokes an API key by its id, for ever.
///
/// Statuses: `REFUNDRY_RESOURCE_MISSING` if the merchant has no such key, and the machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_key_revoke(
    book: *mut refundry_book,
    id: *const c_char,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_book(book, &mut (), |book| Ok(book.revoke_key(text(id, "id")?)?)) }
}

/// What is known of the merchant's API keys, the oldest first.
///
/// On success `*keys` is an object; free it with `refundry_free`.
///
/// Statuses: the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_keys(
    book: *mut refundry_book,
    keys: *mut *const refundry_key_list,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_book(book, keys, |book| Ok(book.keys()?)) }
}
