//! Hand-overs: what is left to give back of a charge goes from one book to another, by a text.

use std::ffi::c_char;

use refundry::{Handover, HandoverDirection, Recorded};

use crate::{
    argument::{key, page, text},
    filter::{self, refundry_handover_filter},
    handle::{on_book, refundry_book},
    memory::{Give, Memory},
    refundry_list,
    status::refundry_status,
};

/// To the other book.
pub const REFUNDRY_HANDOVER_HANDED_OVER: i32 = 1;
/// From the other book.
pub const REFUNDRY_HANDOVER_TAKEN_OVER: i32 = 2;

/// What was left to give back of a charge, and went from one book to another.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_handover {
    /// `ho_...`; the same in both books.
    pub id: *const c_char,
    /// The charge.
    pub charge_id: *const c_char,
    /// How much of it.
    pub amount: i64,
    /// The charge's currency.
    pub currency: *const c_char,
    /// `REFUNDRY_HANDOVER_HANDED_OVER` or `REFUNDRY_HANDOVER_TAKEN_OVER`.
    pub direction: i32,
    /// Whether an earlier call had done it already.
    pub replayed: i32,
    /// The merchant whose book the other one is.
    pub other_merchant_id: *const c_char,
    /// Its journal entry.
    pub journal_entry_id: *const c_char,
    /// The hash of the entry that handed it over, in 64 hexadecimal digits: the same in both books.
    pub entry_hash: *const c_char,
    /// When it was recorded in this book.
    pub created_at: i64,
    /// What the other book takes over: at most 700 visible ASCII characters, which fit a QR code; `NULL`
    /// of what was taken over.
    pub text: *const c_char,
}

/// Hand-overs, newest first.
pub type refundry_handover_list = refundry_list<refundry_handover>;

impl Give for Recorded<Handover> {
    type Object = refundry_handover;

    fn give(&self, memory: &Memory<'_>) -> refundry_handover {
        refundry_handover { replayed: self.replayed.into(), ..self.value.give(memory) }
    }
}

impl Give for Handover {
    type Object = refundry_handover;

    fn give(&self, memory: &Memory<'_>) -> refundry_handover {
        refundry_handover {
            id: memory.text(&self.id),
            charge_id: memory.text(&self.charge_id),
            amount: self.amount.minor(),
            currency: memory.text(self.currency.code()),
            direction: match self.direction {
                HandoverDirection::HandedOver => REFUNDRY_HANDOVER_HANDED_OVER,
                HandoverDirection::TakenOver => REFUNDRY_HANDOVER_TAKEN_OVER,
            },
            replayed: 0,
            other_merchant_id: memory.text(&self.other_merchant_id),
            journal_entry_id: memory.text(&self.journal_entry_id),
            entry_hash: memory.text(&self.entry_hash.to_string()),
            created_at: self.created_at.millis(),
            text: memory.optional_text(self.text.as_deref()),
        }
    }
}

/// Hands what is left to give back of a charge over to the book of another merchant: another terminal,
/// for instance. From now on this book refuses refunds, disputes and hand-overs of it, and the other one
/// can refund it once it has taken over the text in the answer. Neither has to hear of the other again. No
/// money moves. Only the other book can give it back: `refundry_handover_refuse`.
///
/// `key` is an idempotency key or `REFUNDRY_NO_KEY`. On success `*handover` is an object; free it with
/// `refundry_free`.
///
/// Statuses, in this order: `REFUNDRY_PARAMETER_INVALID`, `REFUNDRY_IDEMPOTENCY_KEY_REUSED`,
/// `REFUNDRY_RESOURCE_MISSING`, `REFUNDRY_CHARGE_NOT_SUCCEEDED`, `REFUNDRY_CHARGE_ALREADY_REFUNDED`,
/// `REFUNDRY_CHARGE_HANDED_OVER`, `REFUNDRY_CHARGE_DISPUTED`; and the machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_charge_hand_over(
    book: *mut refundry_book,
    charge_id: *const c_char,
    to_merchant_id: *const c_char,
    key: *const c_char,
    handover: *mut *const refundry_handover,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, handover, |book| {
            let charge_id = text(charge_id, "charge_id")?;
            let (to, key) = (text(to_merchant_id, "to_merchant_id")?, self::key(key)?);
            Ok(book.hand_over_charge(charge_id, to, key.as_ref())?)
        })
    }
}

/// Takes over what another book has handed over to this one, by the hand-over's text. The charge is then
/// in this book too, and as much of it can be refunded or disputed as was handed over. A book that handed
/// a charge over takes it back in the same way. The same text again does nothing more.
///
/// On success `*handover` is an object; free it with `refundry_free`.
///
/// Statuses, in this order: `REFUNDRY_PARAMETER_INVALID` for a text that is not one,
/// `REFUNDRY_HANDOVER_MISDIRECTED`, `REFUNDRY_HANDOVER_CONFLICT`; and the machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_charge_take_over(
    book: *mut refundry_book,
    handover_text: *const c_char,
    handover: *mut *const refundry_handover,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, handover, |book| {
            Ok(book.take_over_charge(text(handover_text, "handover_text")?)?)
        })
    }
}

/// Gives back what another book has handed over to this one: takes it over, and hands all that is left of
/// the charge here back. The other book takes over the text in the answer. The same text again gives the
/// same answer.
///
/// On success `*handover` is an object; free it with `refundry_free`.
///
/// Statuses, in this order: those of `refundry_charge_take_over`, then
/// `REFUNDRY_CHARGE_ALREADY_REFUNDED`, `REFUNDRY_CHARGE_HANDED_OVER` or `REFUNDRY_CHARGE_DISPUTED` if
/// nothing is left here; and the machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_handover_refuse(
    book: *mut refundry_book,
    handover_text: *const c_char,
    handover: *mut *const refundry_handover,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, handover, |book| {
            Ok(book.refuse_handover(text(handover_text, "handover_text")?)?)
        })
    }
}

/// A hand-over by its id, with its text if this book handed the charge over.
///
/// On success `*handover` is an object; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_RESOURCE_MISSING` if this book has none, and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_handover_get(
    book: *mut refundry_book,
    id: *const c_char,
    handover: *mut *const refundry_handover,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_book(book, handover, |book| Ok(book.handover(text(id, "id")?)?)) }
}

/// A page of the hand-overs, newest first: those that `filter` shows, or all if it is `NULL`.
///
/// On success `*handovers` is an object; free it with `refundry_free`. Pages hold 1 to 100 objects:
/// `limit` says how many, and `starting_after` is the id of the last object of the page before,
/// or `NULL` for the first page.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` for a bad limit or an unknown `starting_after`, and the
/// machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_handovers(
    book: *mut refundry_book,
    filter: *const refundry_handover_filter,
    limit: u32,
    starting_after: *const c_char,
    handovers: *mut *const refundry_handover_list,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, handovers, |book| {
            Ok(book.handovers(&filter::handovers(filter)?, &page(limit, starting_after)?)?)
        })
    }
}
