//! Transfers: money that moves other than by charges and refunds.

use std::ffi::c_char;

use refundry::{
    NewTransfer, PayoutOutcome, PayoutStatus, Recorded, SignedAmount, Transfer, TransferKind,
};

use crate::{
    argument::{self, Extensible, currency, key, optional_text, page, text},
    call::Failure,
    filter::{self, refundry_transfer_filter},
    handle::{on_book, refundry_book},
    memory::{Give, Memory},
    refundry_list,
    status::refundry_status,
};

/// Available funds are sent to the merchant's bank account.
pub const REFUNDRY_TRANSFER_PAYOUT: i32 = 1;
/// The merchant pays in.
pub const REFUNDRY_TRANSFER_TOP_UP: i32 = 2;
/// The acquirer pays what it owes; negative: takes back.
pub const REFUNDRY_TRANSFER_SETTLEMENT: i32 = 3;
/// The platform gives; negative: takes.
pub const REFUNDRY_TRANSFER_ADJUSTMENT: i32 = 4;

/// It is not a payout.
pub const REFUNDRY_PAYOUT_NONE: i32 = 0;
/// The payout is on its way.
pub const REFUNDRY_PAYOUT_IN_TRANSIT: i32 = 1;
/// It arrived.
pub const REFUNDRY_PAYOUT_PAID: i32 = 2;
/// It failed while in transit.
pub const REFUNDRY_PAYOUT_FAILED: i32 = 3;
/// It came back after it had arrived.
pub const REFUNDRY_PAYOUT_RETURNED: i32 = 4;

/// Money that moved other than by a charge or refund.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_transfer {
    /// `po_...`, `tu_...`, `stl_...` or `adj_...`
    pub id: *const c_char,
    /// One of the `REFUNDRY_TRANSFER_` constants.
    pub kind: i32,
    /// One of the `REFUNDRY_PAYOUT_` constants.
    pub payout_status: i32,
    /// How much; negative if it went the other way.
    pub amount: i64,
    /// The currency.
    pub currency: *const c_char,
    /// The caller's words; `NULL` if there are none.
    pub description: *const c_char,
    /// Its journal entry.
    pub journal_entry_id: *const c_char,
    /// When it was made.
    pub created_at: i64,
    /// Whether an earlier call with the same idempotency key had done it already.
    pub replayed: i32,
}

/// Transfers, newest first.
pub type refundry_transfer_list = refundry_list<refundry_transfer>;

/// A transfer about to be made.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_new_transfer {
    /// `sizeof(refundry_new_transfer)`.
    pub struct_size: u32,
    /// One of the `REFUNDRY_TRANSFER_` constants.
    pub kind: i32,
    /// The prefix of the kind and more; `NULL` for a generated id.
    pub id: *const c_char,
    /// How much, in minor units; only settlements and adjustments may be negative.
    pub amount: i64,
    /// The currency's code.
    pub currency: *const c_char,
    /// At most 500 characters; `NULL` for none.
    pub description: *const c_char,
}

// SAFETY: it begins with its size, and zeros are valid.
unsafe impl Extensible for refundry_new_transfer {
    const FIRST_SIZE: usize = size_of::<Self>();
}

impl Give for Recorded<Transfer> {
    type Object = refundry_transfer;

    fn give(&self, memory: &Memory<'_>) -> refundry_transfer {
        refundry_transfer { replayed: self.replayed.into(), ..self.value.give(memory) }
    }
}

impl Give for Transfer {
    type Object = refundry_transfer;

    fn give(&self, memory: &Memory<'_>) -> refundry_transfer {
        refundry_transfer {
            id: memory.text(&self.id),
            kind: match self.kind {
                TransferKind::Payout => REFUNDRY_TRANSFER_PAYOUT,
                TransferKind::TopUp => REFUNDRY_TRANSFER_TOP_UP,
                TransferKind::Settlement => REFUNDRY_TRANSFER_SETTLEMENT,
                TransferKind::Adjustment => REFUNDRY_TRANSFER_ADJUSTMENT,
            },
            payout_status: match self.status {
                None => REFUNDRY_PAYOUT_NONE,
                Some(PayoutStatus::InTransit) => REFUNDRY_PAYOUT_IN_TRANSIT,
                Some(PayoutStatus::Paid) => REFUNDRY_PAYOUT_PAID,
                Some(PayoutStatus::Failed) => REFUNDRY_PAYOUT_FAILED,
                Some(PayoutStatus::Returned) => REFUNDRY_PAYOUT_RETURNED,
            },
            amount: self.amount.minor(),
            currency: memory.text(self.currency.code()),
            description: memory.optional_text(self.description.as_deref()),
            journal_entry_id: memory.text(&self.journal_entry_id),
            created_at: self.created_at.millis(),
            replayed: 0,
        }
    }
}

/// # Safety
/// `new_transfer` is null or as the header has it.
unsafe fn read(new_transfer: *const refundry_new_transfer) -> Result<NewTransfer, Failure> {
    // SAFETY: as the caller of this function promises.
    unsafe {
        let given = argument::sized(new_transfer, "new_transfer")?;
        let (amount, currency) =
            (SignedAmount::from_minor(given.amount)?, currency(given.currency)?);
        let mut new = NewTransfer::adjustment(amount, currency);
        new.kind = match given.kind {
            REFUNDRY_TRANSFER_PAYOUT => TransferKind::Payout,
            REFUNDRY_TRANSFER_TOP_UP => TransferKind::TopUp,
            REFUNDRY_TRANSFER_SETTLEMENT => TransferKind::Settlement,
            REFUNDRY_TRANSFER_ADJUSTMENT => TransferKind::Adjustment,
            _ => {
                let problem = "must be one of the REFUNDRY_TRANSFER_ constants";
                return Err(Failure::BadArgument { argument: "kind", problem });
            }
        };
        new.id = optional_text(given.id, "id")?.map(str::to_owned);
        new.description = optional_text(given.description, "description")?.map(str::to_owned);
        Ok(new)
    }
}

/// Makes a payout, top-up, settlement or adjustment.
///
/// `key` is an idempotency key or `REFUNDRY_NO_KEY`; each kind has keys of its own. On success
/// `*transfer` is an object; free it with `refundry_free`.
///
/// Statuses, in this order: `REFUNDRY_PARAMETER_INVALID` and `REFUNDRY_PARAMETER_OUT_OF_RANGE`,
/// `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_BALANCE_INSUFFICIENT` (payouts),
/// `REFUNDRY_BALANCE_OUT_OF_RANGE`, `REFUNDRY_RESOURCE_CONFLICT` if the id exists; and the
/// machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_transfer_create(
    book: *mut refundry_book,
    new_transfer: *const refundry_new_transfer,
    key: *const c_char,
    transfer: *mut *const refundry_transfer,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, transfer, |book| {
            let (new, key) = (read(new_transfer)?, self::key(key)?);
            Ok(book.create_transfer(&new, key.as_ref())?)
        })
    }
}

/// Records what became of a payout: in transit, then paid or failed; a paid one may be returned.
///
/// `outcome` is `REFUNDRY_PAYOUT_PAID`, `REFUNDRY_PAYOUT_FAILED` or `REFUNDRY_PAYOUT_RETURNED`.
/// `key` is an idempotency key or `REFUNDRY_NO_KEY`. On success `*payout` is an object; free it
/// with `refundry_free`.
///
/// Statuses, in this order: `REFUNDRY_IDEMPOTENCY_KEY_REUSED`, `REFUNDRY_RESOURCE_MISSING`,
/// `REFUNDRY_PAYOUT_NOT_THERE`, `REFUNDRY_BALANCE_OUT_OF_RANGE`; and the machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_payout_conclude(
    book: *mut refundry_book,
    id: *const c_char,
    outcome: i32,
    key: *const c_char,
    payout: *mut *const refundry_transfer,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, payout, |book| {
            let outcome = match outcome {
                REFUNDRY_PAYOUT_PAID => PayoutOutcome::Paid,
                REFUNDRY_PAYOUT_FAILED => PayoutOutcome::Failed,
                REFUNDRY_PAYOUT_RETURNED => PayoutOutcome::Returned,
                _ => {
                    let problem = "must be REFUNDRY_PAYOUT_PAID, _FAILED or _RETURNED";
                    return Err(Failure::BadArgument { argument: "outcome", problem });
                }
            };
            let (id, key) = (text(id, "id")?, self::key(key)?);
            Ok(book.conclude_payout(id, outcome, key.as_ref())?)
        })
    }
}

/// A payout, top-up, settlement or adjustment by its id.
///
/// On success `*transfer` is an object; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_RESOURCE_MISSING` if this book has none, and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_transfer_get(
    book: *mut refundry_book,
    id: *const c_char,
    transfer: *mut *const refundry_transfer,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_book(book, transfer, |book| Ok(book.transfer(text(id, "id")?)?)) }
}

/// A page of the payouts, top-ups, settlements and adjustments, newest first: those that `filter`
/// shows, or all if it is `NULL`.
///
/// On success `*transfers` is an object; free it with `refundry_free`. Pages hold 1 to 100 objects:
/// `limit` says how many, and `starting_after` is the id of the last object of the page before,
/// or `NULL` for the first page.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` for a bad limit or an unknown `starting_after`, and the
/// machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_transfers(
    book: *mut refundry_book,
    filter: *const refundry_transfer_filter,
    limit: u32,
    starting_after: *const c_char,
    transfers: *mut *const refundry_transfer_list,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, transfers, |book| {
            Ok(book.transfers(&filter::transfers(filter)?, &page(limit, starting_after)?)?)
        })
    }
}
