//! Refunds: money given back for a charge.

use std::ffi::c_char;

use refundry::{Reason, Recorded, Refund, RefundRequest, RefundStatus, Target};

use crate::{
    argument::{self, Extensible, amount, key, optional_text, page, text},
    call::Failure,
    filter::{self, refundry_refund_filter},
    handle::{on_book, refundry_book},
    memory::{Give, Memory},
    metadata::{self, refundry_pair},
    refundry_list,
    status::refundry_status,
};

/// No reason is given.
pub const REFUNDRY_REASON_NONE: i32 = 0;
/// The charge was made twice.
pub const REFUNDRY_REASON_DUPLICATE: i32 = 1;
/// The charge was a fraud.
pub const REFUNDRY_REASON_FRAUDULENT: i32 = 2;
/// The customer asked.
pub const REFUNDRY_REASON_REQUESTED_BY_CUSTOMER: i32 = 3;

/// The refund stands.
pub const REFUNDRY_REFUND_SUCCEEDED: i32 = 1;
/// The card's bank sent it back later; a journal entry reversed it.
pub const REFUNDRY_REFUND_FAILED: i32 = 2;

/// What is to be refunded, and what is to be kept with it. How much is an argument of its own.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_refund_request {
    /// `sizeof(refundry_refund_request)`.
    pub struct_size: u32,
    /// One of the `REFUNDRY_REASON_` constants.
    pub reason: i32,
    /// The charge to refund; `NULL` if `payment_intent_id` is set.
    pub charge_id: *const c_char,
    /// The payment intent whose one succeeded charge is to be refunded; `NULL` if `charge_id` is
    /// set.
    pub payment_intent_id: *const c_char,
    /// At most 500 characters; `NULL` for none.
    pub description: *const c_char,
    /// The acquirer's or terminal's own reference: 1 to 64 visible ASCII characters; `NULL` for
    /// none.
    pub external_reference: *const c_char,
    /// At most 50 pairs, in any order; no key twice.
    pub metadata: *const refundry_pair,
    /// How many pairs.
    pub metadata_count: usize,
}

// SAFETY: it begins with its size, and zeros are valid.
unsafe impl Extensible for refundry_refund_request {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// Money given back for a charge.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_refund {
    /// `re_...`
    pub id: *const c_char,
    /// The charge that it gives back.
    pub charge_id: *const c_char,
    /// The charge's payment intent, however the refund was targeted; `NULL` if it has none.
    pub payment_intent_id: *const c_char,
    /// How much.
    pub amount: i64,
    /// The charge's currency.
    pub currency: *const c_char,
    /// One of the `REFUNDRY_REFUND_` constants.
    pub status: i32,
    /// One of the `REFUNDRY_REASON_` constants.
    pub reason: i32,
    /// Its line on the merchant's statement.
    pub balance_transaction_id: *const c_char,
    /// Its journal entry.
    pub journal_entry_id: *const c_char,
    /// When it was made.
    pub created_at: i64,
    /// The caller's words; `NULL` if there are none.
    pub description: *const c_char,
    /// The acquirer's or terminal's own reference; `NULL` if there is none.
    pub external_reference: *const c_char,
    /// The caller's facts, in the order of their keys' bytes; `NULL` if there are none.
    pub metadata: *const refundry_pair,
    /// How many pairs.
    pub metadata_count: usize,
    /// Whether an earlier call with the same idempotency key had done it already.
    pub replayed: i32,
}

/// Refunds, newest first.
pub type refundry_refund_list = refundry_list<refundry_refund>;

impl Give for Recorded<Refund> {
    type Object = refundry_refund;

    fn give(&self, memory: &Memory<'_>) -> refundry_refund {
        refundry_refund { replayed: self.replayed.into(), ..self.value.give(memory) }
    }
}

impl Give for Refund {
    type Object = refundry_refund;

    fn give(&self, memory: &Memory<'_>) -> refundry_refund {
        let (metadata, metadata_count) = metadata::give(&self.metadata, memory);
        refundry_refund {
            id: memory.text(&self.id),
            charge_id: memory.text(&self.charge_id),
            payment_intent_id: memory.optional_text(self.payment_intent_id.as_deref()),
            amount: self.amount.minor(),
            currency: memory.text(self.currency.code()),
            status: match self.status {
                RefundStatus::Succeeded => REFUNDRY_REFUND_SUCCEEDED,
                RefundStatus::Failed => REFUNDRY_REFUND_FAILED,
            },
            reason: match self.reason {
                None => REFUNDRY_REASON_NONE,
                Some(Reason::Duplicate) => REFUNDRY_REASON_DUPLICATE,
                Some(Reason::Fraudulent) => REFUNDRY_REASON_FRAUDULENT,
                Some(Reason::RequestedByCustomer) => REFUNDRY_REASON_REQUESTED_BY_CUSTOMER,
            },
            balance_transaction_id: memory.text(&self.balance_transaction_id),
            journal_entry_id: memory.text(&self.journal_entry_id),
            created_at: self.created_at.millis(),
            description: memory.optional_text(self.description.as_deref()),
            external_reference: memory.optional_text(self.external_reference.as_deref()),
            metadata,
            metadata_count,
            replayed: 0,
        }
    }
}

fn reason(number: i32) -> Result<Option<Reason>, Failure> {
    match number {
        REFUNDRY_REASON_NONE => Ok(None),
        REFUNDRY_REASON_DUPLICATE => Ok(Some(Reason::Duplicate)),
        REFUNDRY_REASON_FRAUDULENT => Ok(Some(Reason::Fraudulent)),
        REFUNDRY_REASON_REQUESTED_BY_CUSTOMER => Ok(Some(Reason::RequestedByCustomer)),
        _ => {
            let problem = "must be one of the REFUNDRY_REASON_ constants";
            Err(Failure::BadArgument { argument: "reason", problem })
        }
    }
}

/// # Safety
/// `request` is null or as the header has it.
unsafe fn read(request: *const refundry_refund_request) -> Result<RefundRequest, Failure> {
    // SAFETY: as the caller of this function promises.
    unsafe {
        let given = argument::sized(request, "request")?;
        let owned = |text: *const c_char, name| -> Result<Option<String>, Failure> {
            Ok(optional_text(text, name)?.map(str::to_owned))
        };
        let charge_id = owned(given.charge_id, "charge_id")?;
        let intent_id = owned(given.payment_intent_id, "payment_intent_id")?;
        let mut read = RefundRequest::of(Target::of(charge_id, intent_id)?);
        read.reason = reason(given.reason)?;
        read.description = owned(given.description, "description")?;
        read.metadata = metadata::read(given.metadata, given.metadata_count)?;
        read.external_reference = owned(given.external_reference, "external_reference")?;
        Ok(read)
    }
}

/// Refunds `amount` minor units of a charge. They are taken from the available balance at once,
/// and the charge's journal entry is reversed by them; the platform keeps its fee.
///
/// `key` is an idempotency key or `REFUNDRY_NO_KEY`. On success `*refund` is an object; free it
/// with `refundry_free`.
///
/// Statuses, in this order: `REFUNDRY_PARAMETERS_EXCLUSIVE` and `REFUNDRY_PARAMETER_MISSING` for
/// the target, `REFUNDRY_PARAMETER_OUT_OF_RANGE` (0 included), `REFUNDRY_PARAMETER_INVALID`,
/// `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_RESOURCE_MISSING`,
/// `REFUNDRY_INTENT_WITHOUT_SUCCEEDED_CHARGE`, `REFUNDRY_INTENT_WITH_SEVERAL_SUCCEEDED_CHARGES` and
/// `REFUNDRY_CHARGE_NOT_SUCCEEDED`, `REFUNDRY_EXTERNAL_REFERENCE_USED`,
/// `REFUNDRY_CHARGE_ALREADY_REFUNDED`, `REFUNDRY_CHARGE_DISPUTED`,
/// `REFUNDRY_AMOUNT_EXCEEDS_REFUNDABLE`, `REFUNDRY_BALANCE_INSUFFICIENT`,
/// `REFUNDRY_BALANCE_OUT_OF_RANGE`; and the machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_refund_create(
    book: *mut refundry_book,
    request: *const refundry_refund_request,
    amount: i64,
    key: *const c_char,
    refund: *mut *const refundry_refund,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, refund, |book| {
            let mut request = read(request)?;
            request.amount = Some(self::amount(amount, "amount")?);
            let key = self::key(key)?;
            Ok(book.create_refund(&request, key.as_ref())?)
        })
    }
}

/// Refunds all that is left of a charge: like `refundry_refund_create`, but for the amount.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_refund_create_full(
    book: *mut refundry_book,
    request: *const refundry_refund_request,
    key: *const c_char,
    refund: *mut *const refundry_refund,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, refund, |book| {
            let (request, key) = (read(request)?, self::key(key)?);
            Ok(book.create_refund(&request, key.as_ref())?)
        })
    }
}

/// Records that the card's bank sent a refund back: its amount is available again, and the charge
/// can be refunded anew.
///
/// `key` is an idempotency key or `REFUNDRY_NO_KEY`. On success `*refund` is an object; free it
/// with `refundry_free`.
///
/// Statuses, in this order: `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_RESOURCE_MISSING`,
/// `REFUNDRY_REFUND_FAILED_ALREADY`, `REFUNDRY_BALANCE_OUT_OF_RANGE`; and the machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_refund_fail(
    book: *mut refundry_book,
    id: *const c_char,
    key: *const c_char,
    refund: *mut *const refundry_refund,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, refund, |book| {
            let (id, key) = (text(id, "id")?, self::key(key)?);
            Ok(book.fail_refund(id, key.as_ref())?)
        })
    }
}

/// A refund by its id.
///
/// On success `*refund` is an object; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_RESOURCE_MISSING` if this book has none, and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_refund_get(
    book: *mut refundry_book,
    id: *const c_char,
    refund: *mut *const refundry_refund,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_book(book, refund, |book| Ok(book.refund(text(id, "id")?)?)) }
}

/// A page of the refunds, newest first: those that `filter` shows, or all if it is `NULL`. A filter
/// by an unknown id finds none.
///
/// On success `*refunds` is an object; free it with `refundry_free`. Pages hold 1 to 100 objects:
/// `limit` says how many, and `starting_after` is the id of the last object of the page before,
/// or `NULL` for the first page.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` for a bad limit or an unknown `starting_after`, and the
/// machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_refunds(
    book: *mut refundry_book,
    filter: *const refundry_refund_filter,
    limit: u32,
    starting_after: *const c_char,
    refunds: *mut *const refundry_refund_list,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, refunds, |book| {
            Ok(book.refunds(&filter::refunds(filter)?, &page(limit, starting_after)?)?)
        })
    }
}
