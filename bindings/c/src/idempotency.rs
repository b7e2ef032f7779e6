//! Looking operations up by their idempotency key.

use std::{ffi::c_char, ptr};

use refundry::{KeyRecord, Operation};

use crate::{
    argument::key,
    call::Failure,
    handle::{on_book, refundry_book},
    memory::{Give, Memory},
    status::{REFUNDRY_OK, refundry_status},
};

/// `refundry_refund_create` and `refundry_refund_create_full`
pub const REFUNDRY_OPERATION_REFUND: i32 = 1;
/// `refundry_refund_fail`
pub const REFUNDRY_OPERATION_REFUND_FAILURE: i32 = 2;
/// `refundry_charge_create`
pub const REFUNDRY_OPERATION_CHARGE: i32 = 3;
/// `refundry_charge_succeed`, `refundry_charge_fail` and `refundry_charge_cancel`
pub const REFUNDRY_OPERATION_CHARGE_CONCLUSION: i32 = 4;
/// `refundry_transfer_create` of a payout
pub const REFUNDRY_OPERATION_PAYOUT: i32 = 5;
/// `refundry_payout_conclude`
pub const REFUNDRY_OPERATION_PAYOUT_OUTCOME: i32 = 6;
/// `refundry_transfer_create` of a top-up
pub const REFUNDRY_OPERATION_TOP_UP: i32 = 7;
/// `refundry_transfer_create` of a settlement
pub const REFUNDRY_OPERATION_SETTLEMENT: i32 = 8;
/// `refundry_transfer_create` of an adjustment
pub const REFUNDRY_OPERATION_ADJUSTMENT: i32 = 9;
/// `refundry_dispute_open`
pub const REFUNDRY_OPERATION_DISPUTE: i32 = 10;
/// `refundry_dispute_win` and `refundry_dispute_lose`
pub const REFUNDRY_OPERATION_DISPUTE_OUTCOME: i32 = 11;
/// `refundry_charge_hand_over`
pub const REFUNDRY_OPERATION_HANDOVER: i32 = 12;

/// What became of the call with an idempotency key.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_key_record {
    /// Whether anything was recorded under the key. If not, nothing happened, and the call can be
    /// made with this key.
    pub is_recorded: i32,
    /// If it was: `REFUNDRY_OK`, or the refusal that is final for this key.
    pub outcome: refundry_status,
    /// The id of the object that was made or changed; `NULL` if there is none.
    pub id: *const c_char,
    /// When it was recorded.
    pub recorded_at: i64,
    /// Whether `fact` is set.
    pub has_fact: i32,
    /// The number that belongs to a refusal, as in `refundry_error`.
    pub fact: i64,
}

impl Give for Option<KeyRecord> {
    type Object = refundry_key_record;

    fn give(&self, memory: &Memory<'_>) -> refundry_key_record {
        let none = refundry_key_record {
            is_recorded: 0,
            outcome: REFUNDRY_OK,
            id: ptr::null(),
            recorded_at: 0,
            has_fact: 0,
            fact: 0,
        };
        let Some(record) = self else { return none };
        let recorded = refundry_key_record {
            is_recorded: 1,
            recorded_at: record.recorded_at.millis(),
            ..none
        };
        match &record.outcome {
            Ok(id) => refundry_key_record { id: memory.text(id), ..recorded },
            Err(refusal) => refundry_key_record {
                outcome: refusal.number().into(),
                has_fact: refusal.fact().is_some().into(),
                fact: refusal.fact().unwrap_or_default(),
                ..recorded
            },
        }
    }
}

fn operation(number: i32) -> Result<Operation, Failure> {
    Ok(match number {
        REFUNDRY_OPERATION_REFUND => Operation::Refund,
        REFUNDRY_OPERATION_REFUND_FAILURE => Operation::RefundFailure,
        REFUNDRY_OPERATION_CHARGE => Operation::Charge,
        REFUNDRY_OPERATION_CHARGE_CONCLUSION => Operation::ChargeConclusion,
        REFUNDRY_OPERATION_PAYOUT => Operation::Payout,
        REFUNDRY_OPERATION_PAYOUT_OUTCOME => Operation::PayoutOutcome,
        REFUNDRY_OPERATION_TOP_UP => Operation::TopUp,
        REFUNDRY_OPERATION_SETTLEMENT => Operation::Settlement,
        REFUNDRY_OPERATION_ADJUSTMENT => Operation::Adjustment,
        REFUNDRY_OPERATION_DISPUTE => Operation::Dispute,
        REFUNDRY_OPERATION_DISPUTE_OUTCOME => Operation::DisputeOutcome,
        REFUNDRY_OPERATION_HANDOVER => Operation::Handover,
        _ => {
            let problem = "must be one of the REFUNDRY_OPERATION_ constants";
            return Err(Failure::BadArgument { argument: "operation", problem });
        }
    })
}

/// What became of the call with an idempotency key: did it happen before the power went?
///
/// `operation` is one of the `REFUNDRY_OPERATION_` constants. On success `*record` is an object,
/// also if nothing was recorded; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` for a malformed key, and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_find_by_key(
    book: *mut refundry_book,
    operation: i32,
    key: *const c_char,
    record: *mut *const refundry_key_record,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, record, |book| {
            let operation = self::operation(operation)?;
            let key = self::key(key)?.ok_or(Failure::BadArgument {
                argument: "key",
                problem: "must be a key to look up",
            })?;
            Ok(book.find_by_key(operation, &key)?)
        })
    }
}
