//! Disputes: a cardholder's bank takes the money of a charge back.

use std::ffi::c_char;

use refundry::{Dispute, DisputeReason, DisputeStatus, NewDispute, Recorded};

use crate::{
    argument::{self, Extensible, amount, fee, key, optional_text, page, text},
    call::Failure,
    filter::{self, refundry_dispute_filter},
    handle::{on_book, refundry_book},
    memory::{Give, Memory},
    refundry_list,
    status::refundry_status,
};

/// No reason is given.
pub const REFUNDRY_DISPUTE_REASON_NONE: i32 = 0;
/// The charge was made twice.
pub const REFUNDRY_DISPUTE_REASON_DUPLICATE: i32 = 1;
/// The cardholder did not pay.
pub const REFUNDRY_DISPUTE_REASON_FRAUDULENT: i32 = 2;
/// A refund was promised and did not come.
pub const REFUNDRY_DISPUTE_REASON_CREDIT_NOT_PROCESSED: i32 = 3;
/// The goods did not come.
pub const REFUNDRY_DISPUTE_REASON_PRODUCT_NOT_RECEIVED: i32 = 4;
/// The goods are not as they were described.
pub const REFUNDRY_DISPUTE_REASON_PRODUCT_UNACCEPTABLE: i32 = 5;
/// The cardholder had called the subscription off.
pub const REFUNDRY_DISPUTE_REASON_SUBSCRIPTION_CANCELED: i32 = 6;
/// The cardholder does not know the charge.
pub const REFUNDRY_DISPUTE_REASON_UNRECOGNIZED: i32 = 7;
/// Something else.
pub const REFUNDRY_DISPUTE_REASON_GENERAL: i32 = 8;

/// Nobody has decided yet: the bank has the money.
pub const REFUNDRY_DISPUTE_OPEN: i32 = 1;
/// The merchant was right, and has the money again.
pub const REFUNDRY_DISPUTE_WON: i32 = 2;
/// The cardholder was right, and keeps the money.
pub const REFUNDRY_DISPUTE_LOST: i32 = 3;

/// The platform keeps its fee on a dispute that is won.
pub const REFUNDRY_DISPUTE_FEE_KEPT: i32 = 1;
/// The platform gives its fee on a dispute that is won back.
pub const REFUNDRY_DISPUTE_FEE_RETURNED: i32 = 2;

/// A dispute about to be opened. How much is an argument of its own.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_new_dispute {
    /// `sizeof(refundry_new_dispute)`.
    pub struct_size: u32,
    /// One of the `REFUNDRY_DISPUTE_REASON_` constants.
    pub reason: i32,
    /// `dp_...`; `NULL` for a generated id.
    pub id: *const c_char,
    /// The charge that is disputed.
    pub charge_id: *const c_char,
    /// What the platform charges the merchant for it, in minor units; 0 for nothing.
    pub fee: i64,
    /// The card network's own reference: 1 to 64 visible ASCII characters; `NULL` for none.
    pub network_reference: *const c_char,
}

// SAFETY: it begins with its size, and zeros are valid.
unsafe impl Extensible for refundry_new_dispute {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// Money of a charge that the cardholder's bank has taken back.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_dispute {
    /// `dp_...`
    pub id: *const c_char,
    /// The charge that is disputed.
    pub charge_id: *const c_char,
    /// The charge's payment intent; `NULL` if it has none.
    pub payment_intent_id: *const c_char,
    /// How much of the charge.
    pub amount: i64,
    /// What the platform charged the merchant for it.
    pub fee: i64,
    /// The charge's currency.
    pub currency: *const c_char,
    /// One of `REFUNDRY_DISPUTE_OPEN`, `REFUNDRY_DISPUTE_WON` and `REFUNDRY_DISPUTE_LOST`.
    pub status: i32,
    /// One of the `REFUNDRY_DISPUTE_REASON_` constants.
    pub reason: i32,
    /// Its line on the merchant's statement.
    pub balance_transaction_id: *const c_char,
    /// Its journal entry.
    pub journal_entry_id: *const c_char,
    /// When it was opened.
    pub created_at: i64,
    /// The card network's own reference; `NULL` if there is none.
    pub network_reference: *const c_char,
    /// Whether the fee was given back when it was won.
    pub fee_returned: i32,
    /// Whether an earlier call with the same idempotency key had done it already.
    pub replayed: i32,
}

/// Disputes, newest first.
pub type refundry_dispute_list = refundry_list<refundry_dispute>;

impl Give for Recorded<Dispute> {
    type Object = refundry_dispute;

    fn give(&self, memory: &Memory<'_>) -> refundry_dispute {
        refundry_dispute { replayed: self.replayed.into(), ..self.value.give(memory) }
    }
}

impl Give for Dispute {
    type Object = refundry_dispute;

    fn give(&self, memory: &Memory<'_>) -> refundry_dispute {
        refundry_dispute {
            id: memory.text(&self.id),
            charge_id: memory.text(&self.charge_id),
            payment_intent_id: memory.optional_text(self.payment_intent_id.as_deref()),
            amount: self.amount.minor(),
            fee: self.fee.minor(),
            currency: memory.text(self.currency.code()),
            status: match self.status {
                DisputeStatus::Open => REFUNDRY_DISPUTE_OPEN,
                DisputeStatus::Won => REFUNDRY_DISPUTE_WON,
                DisputeStatus::Lost => REFUNDRY_DISPUTE_LOST,
            },
            reason: self.reason.map_or(REFUNDRY_DISPUTE_REASON_NONE, number),
            balance_transaction_id: memory.text(&self.balance_transaction_id),
            journal_entry_id: memory.text(&self.journal_entry_id),
            created_at: self.created_at.millis(),
            network_reference: memory.optional_text(self.network_reference.as_deref()),
            fee_returned: self.fee_returned.into(),
            replayed: 0,
        }
    }
}

/// The reasons by their constants, from 1.
const REASONS: [DisputeReason; 8] = [
    DisputeReason::Duplicate,
    DisputeReason::Fraudulent,
    DisputeReason::CreditNotProcessed,
    DisputeReason::ProductNotReceived,
    DisputeReason::ProductUnacceptable,
    DisputeReason::SubscriptionCanceled,
    DisputeReason::Unrecognized,
    DisputeReason::General,
];

const fn number(reason: DisputeReason) -> i32 {
    match reason {
        DisputeReason::Duplicate => REFUNDRY_DISPUTE_REASON_DUPLICATE,
        DisputeReason::Fraudulent => REFUNDRY_DISPUTE_REASON_FRAUDULENT,
        DisputeReason::CreditNotProcessed => REFUNDRY_DISPUTE_REASON_CREDIT_NOT_PROCESSED,
        DisputeReason::ProductNotReceived => REFUNDRY_DISPUTE_REASON_PRODUCT_NOT_RECEIVED,
        DisputeReason::ProductUnacceptable => REFUNDRY_DISPUTE_REASON_PRODUCT_UNACCEPTABLE,
        DisputeReason::SubscriptionCanceled => REFUNDRY_DISPUTE_REASON_SUBSCRIPTION_CANCELED,
        DisputeReason::Unrecognized => REFUNDRY_DISPUTE_REASON_UNRECOGNIZED,
        DisputeReason::General => REFUNDRY_DISPUTE_REASON_GENERAL,
    }
}

fn reason(given: i32) -> Result<Option<DisputeReason>, Failure> {
    if given == REFUNDRY_DISPUTE_REASON_NONE {
        return Ok(None);
    }
    let problem = "must be one of the REFUNDRY_DISPUTE_REASON_ constants";
    let known = REASONS.into_iter().find(|reason| number(*reason) == given);
    known.map(Some).ok_or(Failure::BadArgument { argument: "reason", problem })
}

/// # Safety
/// `new_dispute` is null or as the header has it.
unsafe fn read(
    new_dispute: *const refundry_new_dispute,
    amount: i64,
) -> Result<NewDispute, Failure> {
    // SAFETY: as the caller of this function promises.
    unsafe {
        let given = argument::sized(new_dispute, "new_dispute")?;
        let charge_id = text(given.charge_id, "charge_id")?;
        let mut new = NewDispute::of_charge(charge_id, self::amount(amount, "amount")?);
        new.id = optional_text(given.id, "id")?.map(str::to_owned);
        new.fee = fee(given.fee)?;
        new.reason = reason(given.reason)?;
        new.network_reference =
            optional_text(given.network_reference, "network_reference")?.map(str::to_owned);
        Ok(new)
    }
}

/// Opens a dispute: the cardholder's bank has taken `amount` minor units of a charge back. They are
/// taken from the available balance at once, also while the charge's own funds are pending, and so is
/// the fee. What is disputed can't be refunded.
///
/// `key` is an idempotency key or `REFUNDRY_NO_KEY`. On success `*dispute` is an object; free it
/// with `refundry_free`.
///
/// Statuses, in this order: `REFUNDRY_PARAMETER_OUT_OF_RANGE` (0 included),
/// `REFUNDRY_PARAMETER_INVALID`, `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_RESOURCE_MISSING`,
/// `REFUNDRY_CHARGE_NOT_SUCCEEDED`, `REFUNDRY_CHARGE_ALREADY_REFUNDED`, `REFUNDRY_CHARGE_DISPUTED`,
/// `REFUNDRY_AMOUNT_EXCEEDS_REFUNDABLE`, `REFUNDRY_BALANCE_OUT_OF_RANGE`,
/// `REFUNDRY_RESOURCE_CONFLICT` if the id exists; and the machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_dispute_open(
    book: *mut refundry_book,
    new_dispute: *const refundry_new_dispute,
    amount: i64,
    key: *const c_char,
    dispute: *mut *const refundry_dispute,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, dispute, |book| {
            let (new, key) = (read(new_dispute, amount)?, self::key(key)?);
            Ok(book.open_dispute(&new, key.as_ref())?)
        })
    }
}

/// Records that the merchant won a dispute: the amount is available again and can be refunded.
///
/// `fee` is `REFUNDRY_DISPUTE_FEE_KEPT` or `REFUNDRY_DISPUTE_FEE_RETURNED`. `key` is an idempotency
/// key or `REFUNDRY_NO_KEY`. On success `*dispute` is an object; free it with `refundry_free`.
///
/// Statuses, in this order: `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_RESOURCE_MISSING`,
/// `REFUNDRY_DISPUTE_NOT_OPEN`, `REFUNDRY_BALANCE_OUT_OF_RANGE`; and the machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_dispute_win(
    book: *mut refundry_book,
    id: *const c_char,
    fee: i32,
    key: *const c_char,
    dispute: *mut *const refundry_dispute,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, dispute, |book| {
            let return_fee = match fee {
                REFUNDRY_DISPUTE_FEE_KEPT => false,
                REFUNDRY_DISPUTE_FEE_RETURNED => true,
                _ => {
                    let problem = "must be REFUNDRY_DISPUTE_FEE_KEPT or _RETURNED";
                    return Err(Failure::BadArgument { argument: "fee", problem });
                }
            };
            let (id, key) = (text(id, "id")?, self::key(key)?);
            Ok(book.win_dispute(id, return_fee, key.as_ref())?)
        })
    }
}

/// Records that the cardholder won a dispute. This moves nothing more, and the amount can never be
/// refunded.
///
/// `key` is an idempotency key or `REFUNDRY_NO_KEY`. On success `*dispute` is an object; free it
/// with `refundry_free`.
///
/// Statuses, in this order: `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_RESOURCE_MISSING`,
/// `REFUNDRY_DISPUTE_NOT_OPEN`; and the machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_dispute_lose(
    book: *mut refundry_book,
    id: *const c_char,
    key: *const c_char,
    dispute: *mut *const refundry_dispute,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, dispute, |book| {
            let (id, key) = (text(id, "id")?, self::key(key)?);
            Ok(book.lose_dispute(id, key.as_ref())?)
        })
    }
}

/// A dispute by its id.
///
/// On success `*dispute` is an object; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_RESOURCE_MISSING` if this book has none, and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_dispute_get(
    book: *mut refundry_book,
    id: *const c_char,
    dispute: *mut *const refundry_dispute,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_book(book, dispute, |book| Ok(book.dispute(text(id, "id")?)?)) }
}

/// A page of the disputes, newest first: those that `filter` shows, or all if it is `NULL`.
///
/// On success `*disputes` is an object; free it with `refundry_free`. Pages hold 1 to 100 objects:
/// `limit` says how many, and `starting_after` is the id of the last object of the page before,
/// or `NULL` for the first page.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` for a bad limit or an unknown `starting_after`, and the
/// machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_disputes(
    book: *mut refundry_book,
    filter: *const refundry_dispute_filter,
    limit: u32,
    starting_after: *const c_char,
    disputes: *mut *const refundry_dispute_list,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, disputes, |book| {
            Ok(book.disputes(&filter::disputes(filter)?, &page(limit, starting_after)?)?)
        })
    }
}
