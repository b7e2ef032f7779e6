//! Filters: which objects a list shows. A struct of zeros shows all.

use std::ffi::c_char;

use refundry::{
    ChargeFilter, ChargeStatus, DisputeFilter, DisputeStatus, HandoverDirection, HandoverFilter,
    LineType, PayoutStatus, RefundFilter, RefundStatus, StatementFilter, Timestamp, TransferFilter,
    TransferKind,
};

use crate::{
    argument::{self, Extensible, optional_text},
    call::Failure,
    charge::{
        REFUNDRY_CHARGE_CANCELED, REFUNDRY_CHARGE_FAILED, REFUNDRY_CHARGE_PENDING,
        REFUNDRY_CHARGE_SUCCEEDED,
    },
    dispute::{REFUNDRY_DISPUTE_LOST, REFUNDRY_DISPUTE_OPEN, REFUNDRY_DISPUTE_WON},
    handover::{REFUNDRY_HANDOVER_HANDED_OVER, REFUNDRY_HANDOVER_TAKEN_OVER},
    metadata::{self, refundry_pair},
    refund::{REFUNDRY_REFUND_FAILED, REFUNDRY_REFUND_SUCCEEDED},
    statement::{
        REFUNDRY_LINE_ADJUSTMENT, REFUNDRY_LINE_CHARGE, REFUNDRY_LINE_DISPUTE,
        REFUNDRY_LINE_DISPUTE_REVERSAL, REFUNDRY_LINE_PAYOUT, REFUNDRY_LINE_PAYOUT_FAILURE,
        REFUNDRY_LINE_REFUND, REFUNDRY_LINE_REFUND_FAILURE, REFUNDRY_LINE_TOP_UP,
    },
    transfer::{
        REFUNDRY_PAYOUT_FAILED, REFUNDRY_PAYOUT_IN_TRANSIT, REFUNDRY_PAYOUT_PAID,
        REFUNDRY_PAYOUT_RETURNED, REFUNDRY_TRANSFER_ADJUSTMENT, REFUNDRY_TRANSFER_PAYOUT,
        REFUNDRY_TRANSFER_SETTLEMENT, REFUNDRY_TRANSFER_TOP_UP,
    },
};

/// Which refunds a list shows: those that fit all that is given.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_refund_filter {
    /// `sizeof(refundry_refund_filter)`.
    pub struct_size: u32,
    /// One of the `REFUNDRY_REFUND_` constants; 0 for all.
    pub status: i32,
    /// Only those of this charge; `NULL` for all.
    pub charge_id: *const c_char,
    /// Only those of the charges under this payment intent; `NULL` for all.
    pub payment_intent_id: *const c_char,
    /// Only those with this reference; `NULL` for all.
    pub external_reference: *const c_char,
    /// Only those made at this moment or later; 0 for all.
    pub from: i64,
    /// Only those made before this moment; 0 for all.
    pub to: i64,
    /// Only those whose metadata has all of these pairs.
    pub metadata: *const refundry_pair,
    /// How many pairs.
    pub metadata_count: usize,
}

/// Which charges a list shows: those that fit all that is given.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_charge_filter {
    /// `sizeof(refundry_charge_filter)`.
    pub struct_size: u32,
    /// One of the `REFUNDRY_CHARGE_` constants; 0 for all.
    pub status: i32,
    /// Only those under this payment intent; `NULL` for all.
    pub payment_intent_id: *const c_char,
    /// Only those with this reference; `NULL` for all.
    pub external_reference: *const c_char,
    /// Only those made at this moment or later; 0 for all.
    pub from: i64,
    /// Only those made before this moment; 0 for all.
    pub to: i64,
    /// Only those whose metadata has all of these pairs.
    pub metadata: *const refundry_pair,
    /// How many pairs.
    pub metadata_count: usize,
}

/// Which disputes a list shows: those that fit all that is given.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_dispute_filter {
    /// `sizeof(refundry_dispute_filter)`.
    pub struct_size: u32,
    /// One of `REFUNDRY_DISPUTE_OPEN`, `REFUNDRY_DISPUTE_WON` and `REFUNDRY_DISPUTE_LOST`; 0 for all.
    pub status: i32,
    /// Only those of this charge; `NULL` for all.
    pub charge_id: *const c_char,
}

/// Which hand-overs a list shows: those that fit all that is given.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_handover_filter {
    /// `sizeof(refundry_handover_filter)`.
    pub struct_size: u32,
    /// `REFUNDRY_HANDOVER_HANDED_OVER` or `REFUNDRY_HANDOVER_TAKEN_OVER`; 0 for all.
    pub direction: i32,
    /// Only those of this charge; `NULL` for all.
    pub charge_id: *const c_char,
}

/// Which transfers a list shows: those that fit all that is given.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_transfer_filter {
    /// `sizeof(refundry_transfer_filter)`.
    pub struct_size: u32,
    /// One of the `REFUNDRY_TRANSFER_` constants; 0 for all.
    pub kind: i32,
    /// One of the `REFUNDRY_PAYOUT_` constants shows the payouts that have come this far;
    /// `REFUNDRY_PAYOUT_NONE` all transfers.
    pub payout_status: i32,
    /// Only those made at this moment or later; 0 for all.
    pub from: i64,
    /// Only those made before this moment; 0 for all.
    pub to: i64,
}

/// Which lines of the statement a list shows: those that fit all that is given.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_statement_filter {
    /// `sizeof(refundry_statement_filter)`.
    pub struct_size: u32,
    /// One of the `REFUNDRY_LINE_` constants; 0 for all.
    pub line_type: i32,
    /// Only those that took effect at this moment or later; 0 for all.
    pub from: i64,
    /// Only those that took effect before this moment; 0 for all.
    pub to: i64,
}

macro_rules! extensible {
    ($($filter:ty),*) => {$(
        // SAFETY: it begins with its size, and zeros are valid.
        unsafe impl Extensible for $filter {
            const FIRST_SIZE: usize = size_of::<Self>();
        }
    )*};
}

extensible!(
    refundry_refund_filter,
    refundry_charge_filter,
    refundry_dispute_filter,
    refundry_handover_filter,
    refundry_transfer_filter,
    refundry_statement_filter
);

/// A filter; `NULL` is one that shows all.
///
/// # Safety
/// `filter` is null or points to as many bytes as its first field says.
unsafe fn given<T: Extensible>(filter: *const T) -> Result<Option<T>, Failure> {
    if filter.is_null() {
        return Ok(None);
    }
    // SAFETY: as the caller of this function promises.
    unsafe { argument::sized(filter, "filter") }.map(Some)
}

/// # Safety
/// `filter` is null or as the header has it.
pub(crate) unsafe fn refunds(
    filter: *const refundry_refund_filter,
) -> Result<RefundFilter, Failure> {
    // SAFETY: as the caller of this function promises.
    unsafe {
        let Some(given) = given(filter)? else {
            return Ok(RefundFilter::default());
        };
        Ok(RefundFilter {
            charge_id: owned(given.charge_id, "charge_id")?,
            payment_intent_id: owned(given.payment_intent_id, "payment_intent_id")?,
            from: moment(given.from),
            to: moment(given.to),
            status: match given.status {
                0 => None,
                REFUNDRY_REFUND_SUCCEEDED => Some(RefundStatus::Succeeded),
                REFUNDRY_REFUND_FAILED => Some(RefundStatus::Failed),
                _ => {
                    return unknown("status", "must be 0 or one of the REFUNDRY_REFUND_ constants");
                }
            },
            external_reference: owned(given.external_reference, "external_reference")?,
            metadata: metadata::read(given.metadata, given.metadata_count)?,
        })
    }
}

/// # Safety
/// `filter` is null or as the header has it.
pub(crate) unsafe fn charges(
    filter: *const refundry_charge_filter,
) -> Result<ChargeFilter, Failure> {
    // SAFETY: as the caller of this function promises.
    unsafe {
        let Some(given) = given(filter)? else {
            return Ok(ChargeFilter::default());
        };
        Ok(ChargeFilter {
            payment_intent_id: owned(given.payment_intent_id, "payment_intent_id")?,
            from: moment(given.from),
            to: moment(given.to),
            status: match given.status {
                0 => None,
                REFUNDRY_CHARGE_PENDING => Some(ChargeStatus::Pending),
                REFUNDRY_CHARGE_SUCCEEDED => Some(ChargeStatus::Succeeded),
                REFUNDRY_CHARGE_FAILED => Some(ChargeStatus::Failed),
                REFUNDRY_CHARGE_CANCELED => Some(ChargeStatus::Canceled),
                _ => {
                    return unknown("status", "must be 0 or one of the REFUNDRY_CHARGE_ constants");
                }
            },
            external_reference: owned(given.external_reference, "external_reference")?,
            metadata: metadata::read(given.metadata, given.metadata_count)?,
        })
    }
}

/// # Safety
/// `filter` is null or as the header has it.
pub(crate) unsafe fn handovers(
    filter: *const refundry_handover_filter,
) -> Result<HandoverFilter, Failure> {
    // SAFETY: as the caller of this function promises.
    unsafe {
        let Some(given) = given(filter)? else {
            return Ok(HandoverFilter::default());
        };
        Ok(HandoverFilter {
            charge_id: owned(given.charge_id, "charge_id")?,
            direction: match given.direction {
                0 => None,
                REFUNDRY_HANDOVER_HANDED_OVER => Some(HandoverDirection::HandedOver),
                REFUNDRY_HANDOVER_TAKEN_OVER => Some(HandoverDirection::TakenOver),
                _ => {
                    let problem = "must be 0, REFUNDRY_HANDOVER_HANDED_OVER or _TAKEN_OVER";
                    return unknown("direction", problem);
                }
            },
        })
    }
}

/// # Safety
/// `filter` is null or as the header has it.
pub(crate) unsafe fn disputes(
    filter: *const refundry_dispute_filter,
) -> Result<DisputeFilter, Failure> {
    // SAFETY: as the caller of this function promises.
    unsafe {
        let Some(given) = given(filter)? else {
            return Ok(DisputeFilter::default());
        };
        Ok(DisputeFilter {
            charge_id: owned(given.charge_id, "charge_id")?,
            status: match given.status {
                0 => None,
                REFUNDRY_DISPUTE_OPEN => Some(DisputeStatus::Open),
                REFUNDRY_DISPUTE_WON => Some(DisputeStatus::Won),
                REFUNDRY_DISPUTE_LOST => Some(DisputeStatus::Lost),
                _ => {
                    let problem = "must be 0, REFUNDRY_DISPUTE_OPEN, _WON or _LOST";
                    return unknown("status", problem);
                }
            },
        })
    }
}

/// # Safety
/// `filter` is null or as the header has it.
pub(crate) unsafe fn transfers(
    filter: *const refundry_transfer_filter,
) -> Result<TransferFilter, Failure> {
    // SAFETY: as the caller of this function promises.
    let Some(given) = (unsafe { given(filter) })? else {
        return Ok(TransferFilter::default());
    };
    Ok(TransferFilter {
        kind: match given.kind {
            0 => None,
            REFUNDRY_TRANSFER_PAYOUT => Some(TransferKind::Payout),
            REFUNDRY_TRANSFER_TOP_UP => Some(TransferKind::TopUp),
            REFUNDRY_TRANSFER_SETTLEMENT => Some(TransferKind::Settlement),
            REFUNDRY_TRANSFER_ADJUSTMENT => Some(TransferKind::Adjustment),
            _ => return unknown("kind", "must be 0 or one of the REFUNDRY_TRANSFER_ constants"),
        },
        status: match given.payout_status {
            0 => None,
            REFUNDRY_PAYOUT_IN_TRANSIT => Some(PayoutStatus::InTransit),
            REFUNDRY_PAYOUT_PAID => Some(PayoutStatus::Paid),
            REFUNDRY_PAYOUT_FAILED => Some(PayoutStatus::Failed),
            REFUNDRY_PAYOUT_RETURNED => Some(PayoutStatus::Returned),
            _ => {
                let problem = "must be one of the REFUNDRY_PAYOUT_ constants";
                return unknown("payout_status", problem);
            }
        },
        from: moment(given.from),
        to: moment(given.to),
    })
}

/// # Safety
/// `filter` is null or as the header has it.
pub(crate) unsafe fn lines(
    filter: *const refundry_statement_filter,
) -> Result<StatementFilter, Failure> {
    // SAFETY: as the caller of this function promises.
    let Some(given) = (unsafe { given(filter) })? else {
        return Ok(StatementFilter::default());
    };
    Ok(StatementFilter {
        line_type: match given.line_type {
            0 => None,
            REFUNDRY_LINE_CHARGE => Some(LineType::Charge),
            REFUNDRY_LINE_REFUND => Some(LineType::Refund),
            REFUNDRY_LINE_REFUND_FAILURE => Some(LineType::RefundFailure),
            REFUNDRY_LINE_PAYOUT => Some(LineType::Payout),
            REFUNDRY_LINE_PAYOUT_FAILURE => Some(LineType::PayoutFailure),
            REFUNDRY_LINE_TOP_UP => Some(LineType::TopUp),
            REFUNDRY_LINE_ADJUSTMENT => Some(LineType::Adjustment),
            REFUNDRY_LINE_DISPUTE => Some(LineType::Dispute),
            REFUNDRY_LINE_DISPUTE_REVERSAL => Some(LineType::DisputeReversal),
            _ => return unknown("line_type", "must be 0 or one of the REFUNDRY_LINE_ constants"),
        },
        from: moment(given.from),
        to: moment(given.to),
    })
}

fn unknown<T>(argument: &'static str, problem: &'static str) -> Result<T, Failure> {
    Err(Failure::BadArgument { argument, problem })
}

/// A moment; 0 is none.
fn moment(millis: i64) -> Option<Timestamp> {
    (millis != 0).then(|| Timestamp::from_millis(millis))
}

/// # Safety
/// `text` is null or points to a C string.
unsafe fn owned(text: *const c_char, argument: &'static str) -> Result<Option<String>, Failure> {
    // SAFETY: as the caller of this function promises.
    Ok(unsafe { optional_text(text, argument) }?.map(str::to_owned))
}
