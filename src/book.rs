//! A merchant's book: everything that can be asked of it and done to it.

use std::cell::Cell;

use rusqlite::{Connection, named_params};

use crate::{
    account::{self, CurrencyBalances, Funds},
    chain::Head,
    charge::{self, Charge, Conclusion, NewCharge},
    error::{Error, Result},
    id::{self, Random},
    idempotency::{self, IdempotencyKey, KeyRecord, Operation, Recorded},
    intent::{self, NewPaymentIntent, PaymentIntent},
    journal::{self, AsOf, JournalEntry},
    key::{self, ApiKey, IssuedKey},
    ledger::Ledger,
    maturity,
    merchant::{self, Merchant, NegativeBalanceLimit},
    page::{Limit, List, Page},
    refund::{self, PostedRefund, Refund, RefundFilter},
    request::RefundRequest,
    statement::{self, BalanceTransaction},
    time::Timestamp,
    transfer::{self, NewTransfer, PayoutOutcome, Transfer},
};

/// One operation on one book: the connection in its SQL transaction, and what the operation may draw on.
pub(crate) struct BookTx<'a> {
    pub(crate) tx: &'a Connection,
    pub(crate) merchant: i64,
    pub(crate) merchant_id: &'a str,
    /// The clock, read once for the operation.
    pub(crate) now: Timestamp,
    pub(crate) random: &'a mut Random,
    /// Where the chain ends, once it was read: nobody else can write meanwhile.
    head: Cell<Option<Head>>,
}

impl<'a> BookTx<'a> {
    pub(crate) const fn new(
        tx: &'a Connection,
        merchant: i64,
        merchant_id: &'a str,
        now: Timestamp,
        random: &'a mut Random,
    ) -> Self {
        Self { tx, merchant, merchant_id, now, random, head: Cell::new(None) }
    }

    /// Where the book's chain ends now.
    pub(crate) fn head(&self) -> Result<Head> {
        let head = match self.head.get() {
            Some(head) => head,
            None => journal::head(self.tx, self.merchant, self.merchant_id)?,
        };
        self.head.set(Some(head));
        Ok(head)
    }

    /// Notes that the chain has become longer.
    pub(crate) fn set_head(&self, head: Head) {
        self.head.set(Some(head));
    }

    /// The sequence number of the entry that will be recorded next.
    pub(crate) fn next_seq(&self) -> Result<i64> {
        Ok(self.head()?.seq.saturating_add(1))
    }

    /// The caller's id for a new object, if it is free, or a new one.
    pub(crate) fn id_for(
        &mut self,
        chosen: Option<&str>,
        prefix: &'static str,
        exists: &str,
    ) -> Result<String> {
        let Some(chosen) = chosen else {
            return id::generate(prefix, self.now, self.random);
        };
        let mut exists = self.tx.prepare_cached(exists)?;
        if exists.exists(named_params! { ":merchant": self.merchant, ":id": chosen })? {
            return Err(Error::ResourceConflict { id: chosen.to_owned(), fact: None });
        }
        Ok(chosen.to_owned())
    }
}

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
    /// [`ChargeAlreadyRefunded`](crate::Refusal::ChargeAlreadyRefunded),
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
    /// Returns how many.
    ///
    /// # Errors
    /// [`Error::Refused`] with [`BalanceOutOfRange`](crate::Refusal::BalanceOutOfRange);
    /// [`Error::LockTimeout`]; failures of the machine. What matured before it stays.
    pub fn release_due(&mut self, now: Timestamp) -> Result<u64> {
        let mut released = 0_u64;
        // Looking first keeps the write lock free when there is nothing to do.
        while maturity::is_due(&self.ledger.conn, self.merchant, now)? {
            // A refusal commits the charges before it: each was recorded whole.
            let batch = self.write(|book| maturity::release_batch(book, now))?;
            released = released.saturating_add(u64::from(batch));
        }
        Ok(released)
    }

    /// The merchant whose book this is.
    ///
    /// # Errors
    /// Only failures of the machine, like every reading call where none is named.
    pub fn merchant(&self) -> Result<Merchant> {
        match merchant::find(&self.ledger.conn, &self.merchant_id)? {
            Some((_, merchant)) => Ok(merchant),
            None => Err(Error::ResourceMissing { param: "merchantId" }),
        }
    }

    /// Changes how far refunds may take the available balance below zero.
    ///
    /// # Errors
    /// Only [`Error::LockTimeout`] and failures of the machine.
    pub fn set_negative_balance_limit(&mut self, limit: &NegativeBalanceLimit) -> Result<()> {
        self.write(|book| merchant::set_limit(book.tx, book.merchant, limit))
    }

    /// Issues an API key and returns it. It can't be read again: only its SHA-256 is kept.
    ///
    /// # Errors
    /// Only [`Error::LockTimeout`] and failures of the machine.
    pub fn issue_key(&mut self) -> Result<IssuedKey> {
        let live_mode = self.merchant()?.live_mode;
        self.write(|book| key::issue(book.tx, book.merchant, live_mode, book.now))
    }

    /// Revokes an API key by its id, for ever.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if the merchant has no such key.
    pub fn revoke_key(&mut self, id: &str) -> Result<()> {
        self.write(|book| key::revoke(book.tx, book.merchant, id, book.now))
    }

    /// What is known of the merchant's API keys, the oldest first.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn keys(&self) -> Result<Vec<ApiKey>> {
        key::list(&self.ledger.conn, self.merchant)
    }

    /// A refund by its id.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if this book has none, like every call that takes an id.
    pub fn refund(&self, id: &str) -> Result<Refund> {
        found(refund::by_id(&self.ledger.conn, self.merchant, id)?).map(|(_, refund)| refund)
    }

    /// A refund by its id, with its postings.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if this book has none.
    pub fn posted_refund(&self, id: &str) -> Result<PostedRefund> {
        let refund = self.refund(id)?;
        let entry = self.journal_entry(&refund.journal_entry_id)?;
        Ok(PostedRefund::of(refund, entry))
    }

    /// A page of the refunds, newest first.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] for a bad limit or an unknown `starting_after`, like every list.
    pub fn refunds(&self, filter: &RefundFilter, page: &Page) -> Result<List<Refund>> {
        refund::list(&self.ledger.conn, self.merchant, filter, page)
    }

    /// A charge by its id.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if this book has none.
    pub fn charge(&self, id: &str) -> Result<Charge> {
        found(charge::by_id(&self.ledger.conn, self.merchant, id)?).map(|known| known.charge)
    }

    /// A page of the charges, newest first.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] for a bad limit or an unknown `starting_after`.
    pub fn charges(&self, page: &Page) -> Result<List<Charge>> {
        charge::list(&self.ledger.conn, self.merchant, page)
    }

    /// A payment intent by its id.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if this book has none.
    pub fn payment_intent(&self, id: &str) -> Result<PaymentIntent> {
        found(intent::find(&self.ledger.conn, self.merchant, id)?)
    }

    /// A page of the payment intents, newest first.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] for a bad limit or an unknown `starting_after`.
    pub fn payment_intents(&self, page: &Page) -> Result<List<PaymentIntent>> {
        intent::list(&self.ledger.conn, self.merchant, page)
    }

    /// A payout, top-up, settlement or adjustment by its id.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if this book has none.
    pub fn transfer(&self, id: &str) -> Result<Transfer> {
        found(transfer::by_id(&self.ledger.conn, self.merchant, id)?).map(|(_, transfer)| transfer)
    }

    /// A page of the payouts, top-ups, settlements and adjustments, newest first.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] for a bad limit or an unknown `starting_after`.
    pub fn transfers(&self, page: &Page) -> Result<List<Transfer>> {
        transfer::list(&self.ledger.conn, self.merchant, page)
    }

    /// A line of the statement by its id.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if this book has none.
    pub fn balance_transaction(&mut self, id: &str) -> Result<BalanceTransaction> {
        let now = self.ledger.now();
        statement::find(&self.ledger.conn, self.merchant, id, now)
    }

    /// A page of the statement, newest first.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] for a bad limit or an unknown `starting_after`.
    pub fn balance_transactions(&mut self, page: &Page) -> Result<List<BalanceTransaction>> {
        let now = self.ledger.now();
        statement::list(&self.ledger.conn, self.merchant, page, now)
    }

    /// A journal entry with its postings, by its id.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if this book has none.
    pub fn journal_entry(&self, id: &str) -> Result<JournalEntry> {
        journal::find(&self.ledger.conn, self.merchant, id)
    }

    /// At most `limit` journal entries after a sequence number, the oldest first: 0 begins with
    /// the first, the [head](Book::head) that was noted last with the first that is new since.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn journal_entries_after(&self, seq: i64, limit: u32) -> Result<Vec<JournalEntry>> {
        journal::after(&self.ledger.conn, self.merchant, seq, Limit::of(limit))
    }

    /// The balances of all accounts in every currency of the book, sorted by currency.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn balances(&self) -> Result<Vec<CurrencyBalances>> {
        account::list(&self.ledger.conn, self.merchant)
    }

    /// What the merchant has available and pending, in the API's shape.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn funds(&self) -> Result<Funds> {
        Ok(Funds::of(&self.balances()?))
    }

    /// The balances of all accounts as of a place in the book, sorted by currency; debits and
    /// credits are equal in each.
    ///
    /// # Errors
    /// [`Error::Refused`] with [`BalanceOutOfRange`](crate::Refusal::BalanceOutOfRange) if the
    /// entries that had taken effect at a moment add up to more than a 64-bit integer, which all
    /// entries together never do; failures of the machine.
    pub fn trial_balance(&self, as_of: AsOf) -> Result<Vec<CurrencyBalances>> {
        journal::trial_balance(&self.ledger.conn, self.merchant, as_of)
    }

    /// What became of the request with an idempotency key: did it happen before the power went?
    /// `None` if it was never recorded.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn find_by_key(
        &self,
        operation: Operation,
        key: &IdempotencyKey,
    ) -> Result<Option<KeyRecord>> {
        idempotency::look_up(&self.ledger.conn, self.merchant, operation, key)
    }

    /// Where the book's chain ends.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn head(&self) -> Result<Head> {
        journal::head(&self.ledger.conn, self.merchant, &self.merchant_id)
    }

    pub(crate) fn prune_idempotency_keys(&mut self, before: i64) -> Result<u64> {
        self.write(|book| idempotency::prune(book, before))
    }

    fn write<T>(&mut self, operation: impl FnOnce(&mut BookTx<'_>) -> Result<T>) -> Result<T> {
        self.ledger.write(self.merchant, &self.merchant_id, operation)
    }
}

fn found<T>(object: Option<T>) -> Result<T> {
    object.ok_or(Error::ResourceMissing { param: "id" })
}
