//! Disputes of a book's charges.

use super::book::Book;
use crate::{
    operations::dispute,
    recording::store::By,
    sqlite::disputes,
    words::{
        dispute::{Dispute, DisputeOutcome, NewDispute},
        error::{Error, Result},
        filter::DisputeFilter,
        idempotency::{IdempotencyKey, Recorded},
        page::{List, Page},
    },
};

impl Book<'_> {
    /// Opens a dispute: the cardholder's bank has taken the amount back. It is taken from the available
    /// balance at once, also while the charge's own funds are pending, and so is the fee. What is disputed
    /// can't be refunded.
    ///
    /// ```
    /// use refundry::{
    ///     Amount, Currency, DisputeStatus, Fee, Ledger, NewCharge, NewDispute, NewMerchant, Options,
    ///     Refusal, RefundRequest, Timestamp,
    /// };
    ///
    /// let mut ledger = Ledger::in_memory(Options::default())?;
    /// let merchant = ledger.create_merchant(&NewMerchant::named("Cairo Books"))?;
    /// let mut book = ledger.book(&merchant.id)?;
    /// let (amount, egp) = (Amount::from_minor(22_604)?, Currency::from_code("EGP")?);
    /// let due = Timestamp::parse("2024-01-03T00:00:00.000Z")?;
    /// let charge = book.create_charge(&NewCharge::succeeded(amount, Fee::ZERO, egp, due), None)?;
    ///
    /// let mut new = NewDispute::of_charge(&charge.id, amount);
    /// new.fee = Fee::from_minor(1_500)?;
    /// let dispute = book.open_dispute(&new, None)?;
    /// let refused = book.create_refund(&RefundRequest::of_charge(&charge.id), None).unwrap_err();
    /// assert!(matches!(refused.refusal(), Some(Refusal::ChargeDisputed { .. })));
    ///
    /// let won = book.win_dispute(&dispute.id, false, None)?;
    /// assert_eq!(won.status, DisputeStatus::Won);
    /// book.create_refund(&RefundRequest::of_charge(&charge.id), None)?;
    /// # Ok::<(), refundry::Error>(())
    /// ```
    ///
    /// # Errors
    /// In this order: [`Error::ParameterInvalid`]; [`Error::IdempotencyKeyReused`];
    /// [`Error::ResourceMissing`] for the charge; [`Error::Refused`] with, in this order, one of
    /// [`ChargeNotSucceeded`](crate::Refusal::ChargeNotSucceeded),
    /// [`ChargeAlreadyRefunded`](crate::Refusal::ChargeAlreadyRefunded),
    /// [`ChargeDisputed`](crate::Refusal::ChargeDisputed),
    /// [`AmountExceedsRefundable`](crate::Refusal::AmountExceedsRefundable) and
    /// [`BalanceOutOfRange`](crate::Refusal::BalanceOutOfRange); [`Error::ResourceConflict`] if the id
    /// exists.
    pub fn open_dispute(
        &mut self,
        new: &NewDispute,
        key: Option<&IdempotencyKey>,
    ) -> Result<Recorded<Dispute>> {
        self.write(|book| dispute::open(book, new, key))
    }

    /// Records that the merchant won: the amount is available again and can be refunded, and so is the
    /// fee, if `return_fee` says so.
    ///
    /// # Errors
    /// [`Error::IdempotencyKeyReused`]; [`Error::ResourceMissing`]; [`Error::Refused`] with
    /// [`DisputeNotOpen`](crate::Refusal::DisputeNotOpen) or
    /// [`BalanceOutOfRange`](crate::Refusal::BalanceOutOfRange).
    pub fn win_dispute(
        &mut self,
        id: &str,
        return_fee: bool,
        key: Option<&IdempotencyKey>,
    ) -> Result<Recorded<Dispute>> {
        let outcome = DisputeOutcome::Won { fee_returned: return_fee };
        self.write(|book| dispute::conclude(book, id, outcome, key))
    }

    /// Records that the cardholder won. This moves nothing more, and the amount can never be refunded.
    ///
    /// # Errors
    /// [`Error::IdempotencyKeyReused`]; [`Error::ResourceMissing`]; [`Error::Refused`] with
    /// [`DisputeNotOpen`](crate::Refusal::DisputeNotOpen).
    pub fn lose_dispute(
        &mut self,
        id: &str,
        key: Option<&IdempotencyKey>,
    ) -> Result<Recorded<Dispute>> {
        self.write(|book| dispute::conclude(book, id, DisputeOutcome::Lost, key))
    }

    /// A dispute by its id.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if this book has none.
    pub fn dispute(&self, id: &str) -> Result<Dispute> {
        let found = self.read(|conn, merchant| disputes::find(conn, merchant, By::Id(id)))?;
        found.map(|stored| stored.dispute).ok_or_else(|| Error::missing("id", id))
    }

    /// A page of the disputes, newest first.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] for a bad limit or an unknown `starting_after`.
    pub fn disputes(&self, filter: &DisputeFilter, page: &Page) -> Result<List<Dispute>> {
        self.read(|conn, merchant| disputes::list(conn, merchant, filter, page))
    }
}
