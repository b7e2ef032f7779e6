//! A merchant's book: everything that can be asked of it and done to it.

use super::ledger::Ledger;
#[cfg(doc)]
use crate::words::error::Error;
use crate::{
    operations::{charge, context::Context, forget, intent, maturity, merchant, refund, transfer},
    sqlite::{book::SqliteBook, maturing},
    words::{
        charge::{Charge, Conclusion, NewCharge},
        error::Result,
        idempotency::{IdempotencyKey, Recorded},
        intent::{NewPaymentIntent, PaymentIntent},
        key::IssuedKey,
        merchant::NegativeBalanceLimit,
        refund::Refund,
        request::RefundRequest,
        time::Timestamp,
        transfer::{NewTransfer, PayoutOutcome, Transfer},
    },
};

/// One merchant's book. Every operation is one transaction: it happened and is on disk, or it did
/// not happen.
///
/// Every operation that moves money takes an optional idempotency key. Given the same key and
/// request again, it returns the first outcome again and does nothing more.
///
/// ```
/// use refundry::{
///     Account, Amount, Currency, Fee, Ledger, NewCharge, NewMerchant, Options, RefundRequest,
///     Timestamp,
/// };
///
/// let mut ledger = Ledger::in_memory(Options::default())?;
/// let merchant = ledger.create_merchant(&NewMerchant::named("Cairo Books"))?;
/// let mut book = ledger.book(&merchant.id)?;
///
/// let egp = Currency::from_code("EGP")?;
/// let due = Timestamp::parse("2024-01-03T00:00:00.000Z")?;
/// let (amount, fee) = (Amount::from_minor(22_604)?, Fee::from_minor(912)?);
/// let charge = book.create_charge(&NewCharge::succeeded(amount, fee, egp, due), None)?;
/// book.release_due(due)?;
///
/// let refund = book.create_refund(&RefundRequest::of_charge(&charge.id), None)?;
/// assert_eq!(refund.amount, amount);
/// let available = book.balances()?[0].balances.of(Account::Available);
/// assert_eq!(available.minor(), -912, "the platform keeps its fee");
/// # Ok::<(), refundry::Error>(())
/// ```
pub struct Book<'a> {
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) merchant: i64,
    pub(crate) merchant_id: String,
}

impl Book<'_> {
    /// Creates a refund of a charge, in full or in part. It is taken from the available balance
    /// at once, and reverses the charge's journal entry; the platform keeps its fee.
    ///
    /// # Errors
    /// In this order: [`Error::ParameterInvalid`]; [`Error::IdempotencyKeyReused`];
    /// [`Error::ResourceMissing`]; [`Error::Refused`] with, in this order, one of
    /// [`IntentWithoutSucceededCharge`](crate::Refusal::IntentWithoutSucceededCharge),
    /// [`IntentWithSeveralSucceededCharges`](crate::Refusal::IntentWithSeveralSucceededCharges) and
    /// [`ChargeNotSucceeded`](crate::Refusal::ChargeNotSucceeded),
    /// [`ExternalReferenceUsed`](crate::Refusal::ExternalReferenceUsed),
    /// [`ChargeAlreadyRefunded`](crate::Refusal::ChargeAlreadyRefunded),
    /// [`ChargeDisputed`](crate::Refusal::ChargeDisputed),
    /// [`AmountExceedsRefundable`](crate::Refusal::AmountExceedsRefundable),
    /// [`BalanceInsufficient`](crate::Refusal::BalanceInsufficient),
    /// [`BalanceOutOfRange`](crate::Refusal::BalanceOutOfRange). Also, like every operation,
    /// [`Error::LockTimeout`] and failures of the machine.
    pub fn create_refund(
        &mut self,
        request: &RefundRequest,
        key: Option<&IdempotencyKey>,
    ) -> Result<Recorded<Refund>> {
        self.write(|book| refund::create(book, request, key))
    }

    /// Records that the card's bank sent a refund back: its amount is available again, and the
    /// charge can be refunded anew.
    ///
    /// # Errors
    /// [`Error::IdempotencyKeyReused`]; [`Error::ResourceMissing`]; [`Error::Refused`] with
    /// [`RefundFailedAlready`](crate::Refusal::RefundFailedAlready) or
    /// [`BalanceOutOfRange`](crate::Refusal::BalanceOutOfRange).
    pub fn fail_refund(
        &mut self,
        id: &str,
        key: Option<&IdempotencyKey>,
    ) -> Result<Recorded<Refund>> {
        self.write(|book| refund::fail(book, id, key))
    }

    /// Creates a payment intent.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] for a malformed id; [`Error::ResourceConflict`] if it exists.
    pub fn create_payment_intent(&mut self, new: &NewPaymentIntent) -> Result<PaymentIntent> {
        self.write(|book| intent::create(book, new))
    }

    /// Creates a charge. One that succeeded is posted: pending grows by what was captured less
    /// the fee.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`]; [`Error::IdempotencyKeyReused`]; [`Error::ResourceMissing`]
    /// for the payment intent; [`Error::Refused`] with
    /// [`BalanceOutOfRange`](crate::Refusal::BalanceOutOfRange); [`Error::ResourceConflict`] if
    /// the id exists.
    pub fn create_charge(
        &mut self,
        new: &NewCharge,
        key: Option<&IdempotencyKey>,
    ) -> Result<Recorded<Charge>> {
        self.write(|book| charge::create(book, new, key))
    }

    /// Ends a pending charge: it succeeded, failed or was canceled.
    ///
    /// # Errors
    /// [`Error::IdempotencyKeyReused`]; [`Error::ResourceMissing`]; [`Error::Refused`] with
    /// [`ChargeNotPending`](crate::Refusal::ChargeNotPending); [`Error::ParameterInvalid`];
    /// [`Error::Refused`] with [`BalanceOutOfRange`](crate::Refusal::BalanceOutOfRange).
    pub fn conclude_charge(
        &mut self,
        id: &str,
        conclusion: Conclusion,
        key: Option<&IdempotencyKey>,
    ) -> Result<Recorded<Charge>> {
        self.write(|book| charge::conclude(book, id, conclusion, key))
    }

    /// Makes a payout, top-up, settlement or adjustment.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`]; [`Error::ParameterOutOfRange`];
    /// [`Error::IdempotencyKeyReused`]; [`Error::Refused`] with
    /// [`BalanceInsufficient`](crate::Refusal::BalanceInsufficient) (payouts) or
    /// [`BalanceOutOfRange`](crate::Refusal::BalanceOutOfRange); [`Error::ResourceConflict`] if
    /// the id exists.
    pub fn create_transfer(
        &mut self,
        new: &NewTransfer,
        key: Option<&IdempotencyKey>,
    ) -> Result<Recorded<Transfer>> {
        self.write(|book| transfer::create(book, new, key))
    }

    /// Records what became of a payout: in transit → paid or failed, paid → returned.
    ///
    /// # Errors
    /// [`Error::IdempotencyKeyReused`]; [`Error::ResourceMissing`]; [`Error::Refused`] with
    /// [`PayoutNotThere`](crate::Refusal::PayoutNotThere) or
    /// [`BalanceOutOfRange`](crate::Refusal::BalanceOutOfRange).
    pub fn conclude_payout(
        &mut self,
        id: &str,
        outcome: PayoutOutcome,
        key: Option<&IdempotencyKey>,
    ) -> Result<Recorded<Transfer>> {
        self.write(|book| transfer::conclude(book, id, outcome, key))
    }

    /// Makes every charge of this book available that is due at `now`, in bounded transactions.
    /// Returns how many. `now` is held against what the ledger has seen, as in
    /// [`Ledger::release_due`].
    ///
    /// # Errors
    /// [`Error::TooFarAhead`]; [`Error::Refused`] with [`BalanceOutOfRange`](crate::Refusal::BalanceOutOfRange);
    /// [`Error::LockTimeout`]; failures of the machine. What matured before it stays.
    pub fn release_due(&mut self, now: Timestamp) -> Result<u64> {
        if !self.is_due(now)? {
            self.ledger.pass(now)?;
            return Ok(0);
        }
        self.ledger.see(now)?;
        let mut released = 0_u64;
        loop {
            match self.release_some(now)? {
                0 => return Ok(released),
                some => released = released.saturating_add(some),
            }
        }
    }

    /// Makes the first charges that are due available, in one transaction; 0 if none is.
    pub(crate) fn release_some(&mut self, now: Timestamp) -> Result<u64> {
        // Looking first keeps the write lock free when there is nothing to do.
        if !self.is_due(now)? {
            return Ok(0);
        }
        // A refusal commits the charges before it: each was recorded whole.
        Ok(self.write(|book| maturity::release_batch(book, now))?.into())
    }

    fn is_due(&self, now: Timestamp) -> Result<bool> {
        self.read(|conn, merchant| maturing::is_due(conn, merchant, now))
    }

    /// Changes how far refunds may take the available balance below zero.
    ///
    /// # Errors
    /// Only [`Error::LockTimeout`] and failures of the machine.
    pub fn set_negative_balance_limit(&mut self, limit: &NegativeBalanceLimit) -> Result<()> {
        self.write(|book| merchant::set_limit(book, limit))
    }

    /// Changes whether a refund is refused whose external reference another refund has already, failed
    /// or not: acquirers and tills send twice. Refunds without a reference are never refused for that.
    ///
    /// # Errors
    /// Only [`Error::LockTimeout`] and failures of the machine.
    pub fn require_unique_references(&mut self, required: bool) -> Result<()> {
        self.write(|book| merchant::require_unique_references(book, required))
    }

    /// Issues an API key and returns it. It can't be read again: only its SHA-256 is kept.
    ///
    /// # Errors
    /// Only [`Error::LockTimeout`] and failures of the machine.
    pub fn issue_key(&mut self) -> Result<IssuedKey> {
        self.write(|book| merchant::issue_key(&mut *book))
    }

    /// Revokes an API key by its id, for ever.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if the merchant has no such key.
    pub fn revoke_key(&mut self, id: &str) -> Result<()> {
        self.write(|book| merchant::revoke_key(book, id))
    }

    /// Erases the description and metadata of a refund or charge, or the description of a transfer, by
    /// its id, for ever. The hash that the chain covers stays, so the book still verifies. Returns
    /// whether there was any text.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if this book has no such refund, charge or transfer.
    pub fn erase_text(&mut self, id: &str) -> Result<bool> {
        self.write(|book| forget::erase_text(book, id))
    }

    /// Forgets this book's idempotency keys recorded before `before`, as
    /// [`Ledger::prune_idempotency_keys`] does for all books. Returns how many.
    ///
    /// # Errors
    /// [`Error::LockTimeout`] or a failure of the machine.
    pub fn prune_idempotency_keys(&mut self, before: Timestamp) -> Result<u64> {
        self.write(|book| forget::prune_keys(book, before))
    }

    pub(super) fn write<T>(
        &mut self,
        operation: impl FnOnce(&mut Context<'_, SqliteBook<'_>>) -> Result<T>,
    ) -> Result<T> {
        self.ledger.write(&self.merchant_id, operation)
    }
}
