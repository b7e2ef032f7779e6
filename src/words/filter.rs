//! Filters: which objects a list shows. An object is shown if it fits all that is given, and a filter by an
//! unknown id shows none.

use std::collections::BTreeMap;

use super::{
    charge::{Charge, ChargeStatus},
    dispute::DisputeStatus,
    handover::HandoverDirection,
    refund::{Refund, RefundStatus},
    statement::LineType,
    time::Timestamp,
    transfer::{PayoutStatus, TransferKind},
};

/// Which refunds a list shows.
///
/// Refunds of a charge or an intent, and those with a reference, are found by an index. Every other filter
/// reads refunds, the newest first, until the page is full.
///
/// ```
/// use refundry::{RefundFilter, RefundStatus};
///
/// let failed = RefundFilter { status: Some(RefundStatus::Failed), ..RefundFilter::default() };
/// assert_eq!(failed.charge_id, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefundFilter {
    /// Only those of this charge.
    pub charge_id: Option<String>,
    /// Only those of the charges under this payment intent.
    pub payment_intent_id: Option<String>,
    /// Only those made at this moment or later.
    pub from: Option<Timestamp>,
    /// Only those made before this moment.
    pub to: Option<Timestamp>,
    /// Only those that stand, or only those that failed.
    pub status: Option<RefundStatus>,
    /// Only those with this reference.
    pub external_reference: Option<String>,
    /// Only those whose metadata has all of these pairs.
    pub metadata: BTreeMap<String, String>,
}

/// Which charges a list shows.
///
/// Charges under an intent, and those with a reference, are found by an index. Every other filter reads
/// charges, the newest first, until the page is full.
///
/// ```
/// use refundry::{ChargeFilter, ChargeStatus};
///
/// let open = ChargeFilter { status: Some(ChargeStatus::Pending), ..ChargeFilter::default() };
/// assert_eq!(open.payment_intent_id, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChargeFilter {
    /// Only those under this payment intent.
    pub payment_intent_id: Option<String>,
    /// Only those made at this moment or later.
    pub from: Option<Timestamp>,
    /// Only those made before this moment.
    pub to: Option<Timestamp>,
    /// Only those of which this became.
    pub status: Option<ChargeStatus>,
    /// Only those with this reference: of an order, or as the terminal or acquirer knows them.
    pub external_reference: Option<String>,
    /// Only those whose metadata has all of these pairs.
    pub metadata: BTreeMap<String, String>,
}

/// Which transfers a list shows.
///
/// Every filter reads the journal, the newest entries first, until the page is full.
///
/// ```
/// use refundry::{PayoutStatus, TransferFilter};
///
/// let came_back =
///     TransferFilter { status: Some(PayoutStatus::Returned), ..TransferFilter::default() };
/// assert_eq!(came_back.kind, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransferFilter {
    /// Only those of this kind.
    pub kind: Option<TransferKind>,
    /// Only the payouts that have come this far.
    pub status: Option<PayoutStatus>,
    /// Only those made at this moment or later.
    pub from: Option<Timestamp>,
    /// Only those made before this moment.
    pub to: Option<Timestamp>,
}

/// Which lines of the statement a list shows.
///
/// Every filter reads the journal, the newest entries first, until the page is full.
///
/// ```
/// use refundry::{LineType, StatementFilter};
///
/// let payouts =
///     StatementFilter { line_type: Some(LineType::Payout), ..StatementFilter::default() };
/// assert_eq!(payouts.from, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatementFilter {
    /// Only those about this.
    pub line_type: Option<LineType>,
    /// Only those that took effect at this moment or later.
    pub from: Option<Timestamp>,
    /// Only those that took effect before this moment.
    pub to: Option<Timestamp>,
}

/// Which disputes a list shows.
///
/// ```
/// use refundry::{DisputeFilter, DisputeStatus};
///
/// let open = DisputeFilter { status: Some(DisputeStatus::Open), ..DisputeFilter::default() };
/// assert_eq!(open.charge_id, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DisputeFilter {
    /// Only those of this charge.
    pub charge_id: Option<String>,
    /// Only those that have come so far.
    pub status: Option<DisputeStatus>,
}

/// Which hand-overs a list shows.
///
/// ```
/// use refundry::{HandoverDirection, HandoverFilter};
///
/// let gone = HandoverFilter {
///     direction: Some(HandoverDirection::HandedOver),
///     ..HandoverFilter::default()
/// };
/// assert_eq!(gone.charge_id, None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandoverFilter {
    /// Only those of this charge.
    pub charge_id: Option<String>,
    /// Only those that went this way.
    pub direction: Option<HandoverDirection>,
}

impl RefundFilter {
    /// Whether a refund has the metadata that is asked for, if any is.
    pub(crate) fn has_metadata(&self, refund: &Refund) -> bool {
        has(&self.metadata, &refund.metadata)
    }
}

impl ChargeFilter {
    /// Whether a charge has the metadata that is asked for, if any is.
    pub(crate) fn has_metadata(&self, charge: &Charge) -> bool {
        has(&self.metadata, &charge.metadata)
    }
}

fn has(wanted: &BTreeMap<String, String>, metadata: &BTreeMap<String, String>) -> bool {
    wanted.iter().all(|(key, value)| metadata.get(key) == Some(value))
}
