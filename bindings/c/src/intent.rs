//! Payment intents: one purchase each, which may take several charge attempts.

use std::ffi::c_char;

use refundry::{NewPaymentIntent, PaymentIntent};

use crate::{
    argument::{amount, currency, optional_text, page, text},
    handle::{on_book, refundry_book},
    memory::{Give, Memory},
    refundry_list,
    status::refundry_status,
};

/// One purchase.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_payment_intent {
    /// `pi_...`
    pub id: *const c_char,
    /// What was to be paid.
    pub amount: i64,
    /// What has been refunded of its charges.
    pub amount_refunded: i64,
    /// The currency of all its charges.
    pub currency: *const c_char,
    /// When it was created.
    pub created_at: i64,
}

/// Payment intents, newest first.
pub type refundry_payment_intent_list = refundry_list<refundry_payment_intent>;

impl Give for PaymentIntent {
    type Object = refundry_payment_intent;

    fn give(&self, memory: &Memory<'_>) -> refundry_payment_intent {
        refundry_payment_intent {
            id: memory.text(&self.id),
            amount: self.amount.minor(),
            amount_refunded: self.amount_refunded.minor(),
            currency: memory.text(self.currency.code()),
            created_at: self.created_at.millis(),
        }
    }
}

/// Creates a payment intent of `amount` minor units. `id` is `pi_...`, or `NULL` for a generated
/// one.
///
/// On success `*intent` is an object; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` for a malformed id or an unknown currency,
/// `REFUNDRY_PARAMETER_OUT_OF_RANGE`, `REFUNDRY_RESOURCE_CONFLICT` if the id exists, and the
/// machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_payment_intent_create(
    book: *mut refundry_book,
    id: *const c_char,
    amount: i64,
    currency_code: *const c_char,
    intent: *mut *const refundry_payment_intent,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, intent, |book| {
            let amount = self::amount(amount, "amount")?;
            let mut new = NewPaymentIntent::of(amount, currency(currency_code)?);
            new.id = optional_text(id, "id")?.map(str::to_owned);
            Ok(book.create_payment_intent(&new)?)
        })
    }
}

/// A payment intent by its id.
///
/// On success `*intent` is an object; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_RESOURCE_MISSING` if this book has none, and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_payment_intent_get(
    book: *mut refundry_book,
    id: *const c_char,
    intent: *mut *const refundry_payment_intent,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_book(book, intent, |book| Ok(book.payment_intent(text(id, "id")?)?)) }
}

/// A page of the payment intents, newest first.
///
/// On success `*intents` is an object; free it with `refundry_free`. Pages hold 1 to 100 objects:
/// `limit` says how many, and `starting_after` is the id of the last object of the page before,
/// or `NULL` for the first page.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` for a bad limit or an unknown `starting_after`, and the
/// machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_payment_intents(
    book: *mut refundry_book,
    limit: u32,
    starting_after: *const c_char,
    intents: *mut *const refundry_payment_intent_list,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, intents, |book| Ok(book.payment_intents(&page(limit, starting_after)?)?))
    }
}
