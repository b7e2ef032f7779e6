//! The merchant's statement: its balance transactions.

use std::ffi::c_char;

use refundry::{BalanceTransaction, LineStatus, LineType};

use crate::{
    argument::{page, text},
    filter::{self, refundry_statement_filter},
    handle::{on_book, refundry_book},
    memory::{Give, Memory},
    refundry_list,
    status::refundry_status,
};

/// A charge that succeeded.
pub const REFUNDRY_LINE_CHARGE: i32 = 1;
/// A refund.
pub const REFUNDRY_LINE_REFUND: i32 = 2;
/// A refund that came back.
pub const REFUNDRY_LINE_REFUND_FAILURE: i32 = 3;
/// A payout.
pub const REFUNDRY_LINE_PAYOUT: i32 = 4;
/// A payout that came back.
pub const REFUNDRY_LINE_PAYOUT_FAILURE: i32 = 5;
/// A payment of the merchant.
pub const REFUNDRY_LINE_TOP_UP: i32 = 6;
/// A gift or claim of the platform.
pub const REFUNDRY_LINE_ADJUSTMENT: i32 = 7;
/// A dispute.
pub const REFUNDRY_LINE_DISPUTE: i32 = 8;
/// A dispute that was won.
pub const REFUNDRY_LINE_DISPUTE_REVERSAL: i32 = 9;

/// A line of the merchant's statement.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_balance_transaction {
    /// `bt_` and the sequence number of its journal entry.
    pub id: *const c_char,
    /// One of the `REFUNDRY_LINE_` constants.
    pub line_type: i32,
    /// Whether the net can be paid out; else it matures later.
    pub is_available: i32,
    /// The gross amount, signed as the merchant sees it.
    pub amount: i64,
    /// The platform's fee; negative if it was given back.
    pub fee: i64,
    /// The amount less the fee.
    pub net: i64,
    /// The currency.
    pub currency: *const c_char,
    /// When it could be or can be paid out.
    pub available_on: i64,
    /// The id of the charge, refund, dispute or transfer.
    pub source: *const c_char,
    /// When it took effect.
    pub created_at: i64,
}

/// Lines of the statement, newest first.
pub type refundry_balance_transaction_list = refundry_list<refundry_balance_transaction>;

impl Give for BalanceTransaction {
    type Object = refundry_balance_transaction;

    fn give(&self, memory: &Memory<'_>) -> refundry_balance_transaction {
        refundry_balance_transaction {
            id: memory.text(&self.id),
            line_type: match self.line_type {
                LineType::Charge => REFUNDRY_LINE_CHARGE,
                LineType::Refund => REFUNDRY_LINE_REFUND,
                LineType::RefundFailure => REFUNDRY_LINE_REFUND_FAILURE,
                LineType::Payout => REFUNDRY_LINE_PAYOUT,
                LineType::PayoutFailure => REFUNDRY_LINE_PAYOUT_FAILURE,
                LineType::TopUp => REFUNDRY_LINE_TOP_UP,
                LineType::Adjustment => REFUNDRY_LINE_ADJUSTMENT,
                LineType::Dispute => REFUNDRY_LINE_DISPUTE,
                LineType::DisputeReversal => REFUNDRY_LINE_DISPUTE_REVERSAL,
            },
            is_available: match self.status {
                LineStatus::Pending => 0,
                LineStatus::Available => 1,
            },
            amount: self.amount.minor(),
            fee: self.fee.minor(),
            net: self.net.minor(),
            currency: memory.text(self.currency.code()),
            available_on: self.available_on.millis(),
            source: memory.text(&self.source),
            created_at: self.created_at.millis(),
        }
    }
}

/// A line of the statement by its id.
///
/// On success `*line` is an object; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_RESOURCE_MISSING` if this book has none, and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_balance_transaction_get(
    book: *mut refundry_book,
    id: *const c_char,
    line: *mut *const refundry_balance_transaction,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_book(book, line, |book| Ok(book.balance_transaction(text(id, "id")?)?)) }
}

/// A page of the statement, newest first: the lines that `filter` shows, or all if it is `NULL`.
///
/// On success `*lines` is an object; free it with `refundry_free`. Pages hold 1 to 100 objects:
/// `limit` says how many, and `starting_after` is the id of the last object of the page before,
/// or `NULL` for the first page.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` for a bad limit or an unknown `starting_after`, and the
/// machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_balance_transactions(
    book: *mut refundry_book,
    filter: *const refundry_statement_filter,
    limit: u32,
    starting_after: *const c_char,
    lines: *mut *const refundry_balance_transaction_list,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, lines, |book| {
            Ok(book.balance_transactions(&filter::lines(filter)?, &page(limit, starting_after)?)?)
        })
    }
}
