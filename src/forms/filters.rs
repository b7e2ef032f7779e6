//! Filters of lists as JSON objects. An empty object shows all.

use super::fields::Fields;
use crate::words::{
    charge::ChargeStatus,
    dispute::DisputeStatus,
    error::Result,
    filter::{
        ChargeFilter, DisputeFilter, HandoverFilter, RefundFilter, StatementFilter, TransferFilter,
    },
    handover::HandoverDirection,
    refund::RefundStatus,
    request,
    statement::LineType,
    transfer::{PayoutStatus, TransferKind},
};

impl RefundFilter {
    /// Reads `{"chargeId", "paymentIntentId", "from", "to", "status", "externalReference",
    /// "metadata"}`; each may be absent.
    ///
    /// ```
    /// use refundry::{RefundFilter, RefundStatus};
    ///
    /// let filter = RefundFilter::from_json(br#"{"status": "failed"}"#)?;
    /// assert_eq!(filter.status, Some(RefundStatus::Failed));
    /// # Ok::<(), refundry::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidRequest`](crate::Error::InvalidRequest),
    /// [`Error::ParameterUnknown`](crate::Error::ParameterUnknown),
    /// [`Error::ParameterInvalid`](crate::Error::ParameterInvalid).
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let fields = Fields::parse(text)?;
        fields.only(&[
            "chargeId",
            "paymentIntentId",
            "from",
            "to",
            "status",
            "externalReference",
            "metadata",
        ])?;
        Ok(Self {
            charge_id: fields.optional_text("chargeId")?,
            payment_intent_id: fields.optional_text("paymentIntentId")?,
            from: fields.optional_moment("from")?,
            to: fields.optional_moment("to")?,
            status: fields.named("status", RefundStatus::from_name)?,
            external_reference: fields.optional_text("externalReference")?,
            metadata: request::metadata(fields.find("metadata"))?,
        })
    }
}

impl ChargeFilter {
    /// Reads `{"paymentIntentId", "from", "to", "status", "externalReference", "metadata"}`; each
    /// may be absent.
    ///
    /// # Errors
    /// As [`RefundFilter::from_json`].
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let fields = Fields::parse(text)?;
        fields.only(&[
            "paymentIntentId",
            "from",
            "to",
            "status",
            "externalReference",
            "metadata",
        ])?;
        Ok(Self {
            payment_intent_id: fields.optional_text("paymentIntentId")?,
            from: fields.optional_moment("from")?,
            to: fields.optional_moment("to")?,
            status: fields.named("status", ChargeStatus::from_name)?,
            external_reference: fields.optional_text("externalReference")?,
            metadata: request::metadata(fields.find("metadata"))?,
        })
    }
}

impl DisputeFilter {
    /// Reads `{"chargeId", "status"}`; each may be absent.
    ///
    /// # Errors
    /// As [`RefundFilter::from_json`].
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let fields = Fields::parse(text)?;
        fields.only(&["chargeId", "status"])?;
        Ok(Self {
            charge_id: fields.optional_text("chargeId")?,
            status: fields.named("status", DisputeStatus::from_name)?,
        })
    }
}

impl HandoverFilter {
    /// Reads `{"chargeId", "direction"}`; each may be absent.
    ///
    /// # Errors
    /// As [`RefundFilter::from_json`].
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let fields = Fields::parse(text)?;
        fields.only(&["chargeId", "direction"])?;
        Ok(Self {
            charge_id: fields.optional_text("chargeId")?,
            direction: fields.named("direction", HandoverDirection::from_name)?,
        })
    }
}

impl TransferFilter {
    /// Reads `{"kind", "status", "from", "to"}`; each may be absent.
    ///
    /// # Errors
    /// As [`RefundFilter::from_json`].
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let fields = Fields::parse(text)?;
        fields.only(&["kind", "status", "from", "to"])?;
        Ok(Self {
            kind: fields.named("kind", TransferKind::from_name)?,
            status: fields.named("status", PayoutStatus::from_name)?,
            from: fields.optional_moment("from")?,
            to: fields.optional_moment("to")?,
        })
    }
}

impl StatementFilter {
    /// Reads `{"type", "from", "to"}`; each may be absent.
    ///
    /// # Errors
    /// As [`RefundFilter::from_json`].
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let fields = Fields::parse(text)?;
        fields.only(&["type", "from", "to"])?;
        Ok(Self {
            line_type: fields.named("type", LineType::from_name)?,
            from: fields.optional_moment("from")?,
            to: fields.optional_moment("to")?,
        })
    }
}
