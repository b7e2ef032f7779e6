//! Charges: attempts to take money. Only a succeeded one can be refunded.

use std::ffi::c_char;

use refundry::{Charge, ChargeStatus, Conclusion, NewCharge, Recorded, Timestamp};

use crate::{
    argument::{self, Extensible, amount, currency, fee, key, optional_text, page, text},
    call::Failure,
    filter::{self, refundry_charge_filter},
    handle::{on_book, refundry_book},
    memory::{Give, Memory},
    metadata::{self, refundry_pair},
    refundry_list,
    status::refundry_status,
};

/// What became of the attempt is not known yet.
pub const REFUNDRY_CHARGE_PENDING: i32 = 1;
/// The money was taken.
pub const REFUNDRY_CHARGE_SUCCEEDED: i32 = 2;
/// The money was not taken.
pub const REFUNDRY_CHARGE_FAILED: i32 = 3;
/// The attempt was called off.
pub const REFUNDRY_CHARGE_CANCELED: i32 = 4;

/// One attempt to take money.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_charge {
    /// `ch_...`
    pub id: *const c_char,
    /// The payment intent that it is an attempt at; `NULL` if there is none.
    pub payment_intent_id: *const c_char,
    /// What was authorized.
    pub amount: i64,
    /// What was taken: the same or less.
    pub amount_captured: i64,
    /// What has been refunded, without refunds that failed.
    pub amount_refunded: i64,
    /// The platform's fee, at most what was taken.
    pub fee: i64,
    /// The currency.
    pub currency: *const c_char,
    /// One of the `REFUNDRY_CHARGE_` constants.
    pub status: i32,
    /// Whether an earlier call with the same idempotency key had done it already.
    pub replayed: i32,
    /// When the merchant's funds from it mature.
    pub available_on: i64,
    /// When it was created.
    pub created_at: i64,
    /// What it was for; `NULL` if that is not said.
    pub description: *const c_char,
    /// The order, terminal or acquirer's own reference; `NULL` if there is none.
    pub external_reference: *const c_char,
    /// The caller's facts, in the order of their keys' bytes; `NULL` if there are none.
    pub metadata: *const refundry_pair,
    /// How many pairs.
    pub metadata_count: usize,
    /// What is disputed and was not won: the cardholder's bank has it.
    pub amount_disputed: i64,
    /// What only other books may give back of it: what was handed over to them, or did not come from them.
    pub amount_elsewhere: i64,
}

/// Charges, newest first.
pub type refundry_charge_list = refundry_list<refundry_charge>;

/// A charge about to be created.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_new_charge {
    /// `sizeof(refundry_new_charge)`.
    pub struct_size: u32,
    /// One of the `REFUNDRY_CHARGE_` constants.
    pub status: i32,
    /// `ch_...`; `NULL` for a generated id.
    pub id: *const c_char,
    /// The payment intent that it is an attempt at; `NULL` if there is none.
    pub payment_intent_id: *const c_char,
    /// What is authorized, in minor units.
    pub amount: i64,
    /// What is taken: the same or less. Must be set, also for charges that have not succeeded.
    pub amount_captured: i64,
    /// The platform's fee, at most what is taken.
    pub fee: i64,
    /// The currency's code.
    pub currency: *const c_char,
    /// When the merchant's funds from it mature. It is part of the request that an idempotency key
    /// stands for: work it out once for a sale and keep it with the key, because the same sale with
    /// another date is another request.
    pub available_on: i64,
    /// What it is for: at most 500 characters; `NULL` for none.
    pub description: *const c_char,
    /// The order, terminal or acquirer's own reference: 1 to 64 visible ASCII characters; `NULL` for
    /// none.
    pub external_reference: *const c_char,
    /// At most 50 pairs, in any order; no key twice.
    pub metadata: *const refundry_pair,
    /// How many pairs.
    pub metadata_count: usize,
}

// SAFETY: it begins with its size, and zeros are valid.
unsafe impl Extensible for refundry_new_charge {
    const FIRST_SIZE: usize = size_of::<Self>();
}

impl Give for Recorded<Charge> {
    type Object = refundry_charge;

    fn give(&self, memory: &Memory<'_>) -> refundry_charge {
        refundry_charge { replayed: self.replayed.into(), ..self.value.give(memory) }
    }
}

impl Give for Charge {
    type Object = refundry_charge;

    fn give(&self, memory: &Memory<'_>) -> refundry_charge {
        let (metadata, metadata_count) = metadata::give(&self.metadata, memory);
        refundry_charge {
            id: memory.text(&self.id),
            payment_intent_id: memory.optional_text(self.payment_intent_id.as_deref()),
            amount: self.amount.minor(),
            amount_captured: self.amount_captured.minor(),
            amount_refunded: self.amount_refunded.minor(),
            fee: self.fee.minor(),
            currency: memory.text(self.currency.code()),
            status: match self.status {
                ChargeStatus::Pending => REFUNDRY_CHARGE_PENDING,
                ChargeStatus::Succeeded => REFUNDRY_CHARGE_SUCCEEDED,
                ChargeStatus::Failed => REFUNDRY_CHARGE_FAILED,
                ChargeStatus::Canceled => REFUNDRY_CHARGE_CANCELED,
            },
            replayed: 0,
            available_on: self.available_on.millis(),
            created_at: self.created_at.millis(),
            description: memory.optional_text(self.description.as_deref()),
            external_reference: memory.optional_text(self.external_reference.as_deref()),
            metadata,
            metadata_count,
            amount_disputed: self.amount_disputed.minor(),
            amount_elsewhere: self.amount_elsewhere.minor(),
        }
    }
}

fn status(number: i32) -> Result<ChargeStatus, Failure> {
    match number {
        REFUNDRY_CHARGE_PENDING => Ok(ChargeStatus::Pending),
        REFUNDRY_CHARGE_SUCCEEDED => Ok(ChargeStatus::Succeeded),
        REFUNDRY_CHARGE_FAILED => Ok(ChargeStatus::Failed),
        REFUNDRY_CHARGE_CANCELED => Ok(ChargeStatus::Canceled),
        _ => {
            let problem = "must be one of the REFUNDRY_CHARGE_ constants";
            Err(Failure::BadArgument { argument: "status", problem })
        }
    }
}

/// # Safety
/// `new_charge` is null or as the header has it.
unsafe fn read(new_charge: *const refundry_new_charge) -> Result<NewCharge, Failure> {
    // SAFETY: as the caller of this function promises.
    unsafe {
        let given = argument::sized(new_charge, "new_charge")?;
        let mut new = NewCharge::succeeded(
            amount(given.amount, "amount")?,
            fee(given.fee)?,
            currency(given.currency)?,
            Timestamp::from_millis(given.available_on),
        );
        new.id = optional_text(given.id, "id")?.map(str::to_owned);
        new.payment_intent_id =
            optional_text(given.payment_intent_id, "payment_intent_id")?.map(str::to_owned);
        new.amount_captured = amount(given.amount_captured, "amountCaptured")?;
        new.status = status(given.status)?;
        new.description = optional_text(given.description, "description")?.map(str::to_owned);
        new.metadata = metadata::read(given.metadata, given.metadata_count)?;
        new.external_reference =
            optional_text(given.external_reference, "external_reference")?.map(str::to_owned);
        Ok(new)
    }
}

/// Creates a charge. One that succeeded is posted: pending grows by what was captured less the fee.
///
/// `key` is an idempotency key or `REFUNDRY_NO_KEY`. On success `*charge` is an object; free it
/// with `refundry_free`.
///
/// Statuses, in this order: `REFUNDRY_PARAMETER_INVALID` and `REFUNDRY_PARAMETER_OUT_OF_RANGE`,
/// `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_RESOURCE_MISSING` for the payment intent,
/// `REFUNDRY_BALANCE_OUT_OF_RANGE`, `REFUNDRY_RESOURCE_CONFLICT` if the id exists; and the
/// machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_charge_create(
    book: *mut refundry_book,
    new_charge: *const refundry_new_charge,
    key: *const c_char,
    charge: *mut *const refundry_charge,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, charge, |book| {
            let (new, key) = (read(new_charge)?, self::key(key)?);
            Ok(book.create_charge(&new, key.as_ref())?)
        })
    }
}

/// Ends a pending charge: the money was taken.
///
/// `amount_captured` is at most the charge's amount, `platform_fee` at most that. The merchant's
/// funds mature at the moment `available_on`. `key` is an idempotency key or `REFUNDRY_NO_KEY`. On
/// success `*charge` is an object; free it with `refundry_free`.
///
/// Statuses, in this order: `REFUNDRY_PARAMETER_OUT_OF_RANGE`, `REFUNDRY_IDEMPOTENCY_KEY_REUSED`,
/// `REFUNDRY_RESOURCE_MISSING`, `REFUNDRY_CHARGE_NOT_PENDING`, `REFUNDRY_PARAMETER_INVALID`,
/// `REFUNDRY_BALANCE_OUT_OF_RANGE`; and the machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_charge_succeed(
    book: *mut refundry_book,
    id: *const c_char,
    amount_captured: i64,
    platform_fee: i64,
    available_on: i64,
    key: *const c_char,
    charge: *mut *const refundry_charge,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, charge, |book| {
            let conclusion = Conclusion::Succeeded {
                amount_captured: amount(amount_captured, "amountCaptured")?,
                fee: fee(platform_fee)?,
                available_on: Timestamp::from_millis(available_on),
            };
            let (id, key) = (text(id, "id")?, self::key(key)?);
            Ok(book.conclude_charge(id, conclusion, key.as_ref())?)
        })
    }
}

/// Ends a pending charge: the money was not taken.
///
/// `key` is an idempotency key or `REFUNDRY_NO_KEY`. On success `*charge` is an object; free it
/// with `refundry_free`.
///
/// Statuses, in this order: `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_RESOURCE_MISSING`,
/// `REFUNDRY_CHARGE_NOT_PENDING`; and the machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_charge_fail(
    book: *mut refundry_book,
    id: *const c_char,
    key: *const c_char,
    charge: *mut *const refundry_charge,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, charge, |book| {
            let (id, key) = (text(id, "id")?, self::key(key)?);
            Ok(book.conclude_charge(id, Conclusion::Failed, key.as_ref())?)
        })
    }
}

/// Ends a pending charge: the attempt was called off.
///
/// `key` is an idempotency key or `REFUNDRY_NO_KEY`. On success `*charge` is an object; free it
/// with `refundry_free`.
///
/// Statuses, in this order: `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_RESOURCE_MISSING`,
/// `REFUNDRY_CHARGE_NOT_PENDING`; and the machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_charge_cancel(
    book: *mut refundry_book,
    id: *const c_char,
    key: *const c_char,
    charge: *mut *const refundry_charge,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, charge, |book| {
            let (id, key) = (text(id, "id")?, self::key(key)?);
            Ok(book.conclude_charge(id, Conclusion::Canceled, key.as_ref())?)
        })
    }
}

/// A charge by its id.
///
/// On success `*charge` is an object; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_RESOURCE_MISSING` if this book has none, and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_charge_get(
    book: *mut refundry_book,
    id: *const c_char,
    charge: *mut *const refundry_charge,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_book(book, charge, |book| Ok(book.charge(text(id, "id")?)?)) }
}

/// A page of the charges, newest first: those that `filter` shows, or all if it is `NULL`.
///
/// On success `*charges` is an object; free it with `refundry_free`. Pages hold 1 to 100 objects:
/// `limit` says how many, and `starting_after` is the id of the last object of the page before,
/// or `NULL` for the first page.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` for a bad limit or an unknown `starting_after`, and the
/// machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_charges(
    book: *mut refundry_book,
    filter: *const refundry_charge_filter,
    limit: u32,
    starting_after: *const c_char,
    charges: *mut *const refundry_charge_list,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, charges, |book| {
            Ok(book.charges(&filter::charges(filter)?, &page(limit, starting_after)?)?)
        })
    }
}
