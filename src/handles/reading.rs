//! Reading a merchant's book.

use super::book::Book;
use crate::{
    recording::store::By,
    sqlite::{
        Connection, charges, entries, idempotency, intents, keys, merchants, named, recordings,
        refunds, statement, transfers,
    },
    words::{
        account::{CurrencyBalances, Funds},
        chain::{Hash, Head},
        charge::Charge,
        entry::{AsOf, JournalEntry, NamedEntry},
        error::{Error, Result},
        filter::{ChargeFilter, RefundFilter, StatementFilter, TransferFilter},
        idempotency::{IdempotencyKey, KeyRecord, Operation},
        intent::PaymentIntent,
        key::ApiKey,
        merchant::Merchant,
        page::{Limit, List, Page},
        posted::PostedRefund,
        refund::Refund,
        statement::BalanceTransaction,
        transfer::Transfer,
    },
};

impl Book<'_> {
    /// The merchant whose book this is.
    ///
    /// # Errors
    /// Only failures of the machine, like every reading call where none is named.
    pub fn merchant(&self) -> Result<Merchant> {
        let found = self.read(|conn, _| merchants::find(conn, &self.merchant_id))?;
        let (_, merchant) = found.ok_or_else(|| Error::missing("merchantId", &self.merchant_id))?;
        Ok(merchant)
    }

    /// What is known of the merchant's API keys, the oldest first.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn keys(&self) -> Result<Vec<ApiKey>> {
        self.read(keys::list)
    }

    /// A refund by its id.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if this book has none, like every call that takes an id.
    pub fn refund(&self, id: &str) -> Result<Refund> {
        let found = self.read(|conn, merchant| refunds::find(conn, merchant, By::Id(id)))?;
        found.map(|stored| stored.refund).ok_or_else(|| Error::missing("id", id))
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
        self.read(|conn, merchant| refunds::list(conn, merchant, filter, page))
    }

    /// A charge by its id.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if this book has none.
    pub fn charge(&self, id: &str) -> Result<Charge> {
        let found = self.read(|conn, merchant| charges::find(conn, merchant, By::Id(id)))?;
        found.map(|stored| stored.charge).ok_or_else(|| Error::missing("id", id))
    }

    /// A page of the charges, newest first.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] for a bad limit or an unknown `starting_after`.
    pub fn charges(&self, filter: &ChargeFilter, page: &Page) -> Result<List<Charge>> {
        self.read(|conn, merchant| charges::list(conn, merchant, filter, page))
    }

    /// A payment intent by its id.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if this book has none.
    pub fn payment_intent(&self, id: &str) -> Result<PaymentIntent> {
        let found = self.read(|conn, merchant| intents::show(conn, merchant, id))?;
        found.ok_or_else(|| Error::missing("id", id))
    }

    /// A page of the payment intents, newest first.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] for a bad limit or an unknown `starting_after`.
    pub fn payment_intents(&self, page: &Page) -> Result<List<PaymentIntent>> {
        self.read(|conn, merchant| intents::list(conn, merchant, page))
    }

    /// A payout, top-up, settlement or adjustment by its id.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if this book has none.
    pub fn transfer(&self, id: &str) -> Result<Transfer> {
        let found = self.read(|conn, merchant| transfers::find(conn, merchant, By::Id(id)))?;
        found.map(|(_, transfer)| transfer).ok_or_else(|| Error::missing("id", id))
    }

    /// A page of the payouts, top-ups, settlements and adjustments, newest first.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] for a bad limit or an unknown `starting_after`.
    pub fn transfers(&self, filter: &TransferFilter, page: &Page) -> Result<List<Transfer>> {
        self.read(|conn, merchant| transfers::list(conn, merchant, filter, page))
    }

    /// A line of the statement by its id.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if this book has none.
    pub fn balance_transaction(&mut self, id: &str) -> Result<BalanceTransaction> {
        let now = self.ledger.now();
        self.read(|conn, merchant| statement::find(conn, merchant, id, now))
    }

    /// A page of the statement, newest first.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] for a bad limit or an unknown `starting_after`.
    pub fn balance_transactions(
        &mut self,
        filter: &StatementFilter,
        page: &Page,
    ) -> Result<List<BalanceTransaction>> {
        let now = self.ledger.now();
        self.read(|conn, merchant| statement::list(conn, merchant, filter, page, now))
    }

    /// A journal entry with its postings, by its id.
    ///
    /// # Errors
    /// [`Error::ResourceMissing`] if this book has none.
    pub fn journal_entry(&self, id: &str) -> Result<JournalEntry> {
        self.read(|conn, merchant| entries::find(conn, merchant, id))
    }

    /// At most `limit` journal entries after a head, the oldest first: `None` begins with the first,
    /// the [head](Book::head) that was noted last with the first that is new since, and
    /// [`JournalEntry::head`] of the last entry goes on from there.
    ///
    /// # Errors
    /// [`Error::HeadUnknown`] if the book never had this head: it was restored from an older copy
    /// ([`HeadProblem::RolledBack`](crate::HeadProblem::RolledBack)), or went another way
    /// ([`HeadProblem::Forked`](crate::HeadProblem::Forked)).
    pub fn journal_entries_after(
        &self,
        head: Option<&Head>,
        limit: u32,
    ) -> Result<Vec<JournalEntry>> {
        if let Some(head) = head {
            self.check_head(head)?;
        }
        let seq = head.map_or(0, |head| head.seq);
        self.read(|conn, merchant| entries::after(conn, merchant, seq, Limit::of(limit)))
    }

    /// The same entries as of [`Book::journal_entries_after`], each with the names under which others know
    /// what it is about.
    ///
    /// # Errors
    /// As of [`Book::journal_entries_after`].
    pub fn named_entries_after(&self, head: Option<&Head>, limit: u32) -> Result<Vec<NamedEntry>> {
        if let Some(head) = head {
            self.check_head(head)?;
        }
        let seq = head.map_or(0, |head| head.seq);
        self.read(|conn, merchant| named::after(conn, merchant, seq, Limit::of(limit)))
    }

    /// Refuses a head that this book never had.
    pub(super) fn check_head(&self, head: &Head) -> Result<()> {
        let known = if head.seq == 0 {
            Some(Hash::genesis(&self.merchant_id))
        } else {
            self.read(|conn, merchant| entries::hash_at(conn, merchant, head.seq))?
        };
        if known == Some(head.hash) {
            Ok(())
        } else {
            self.head()
                .and_then(|last| Err(Error::head_unknown(&self.merchant_id, head.seq, last.seq)))
        }
    }

    /// The balances of all accounts in every currency of the book, sorted by currency.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn balances(&self) -> Result<Vec<CurrencyBalances>> {
        self.read(|conn, merchant| self.ledger.known.balances(conn, merchant))
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
        match as_of {
            AsOf::Now => self.balances(),
            AsOf::Sequence(_) | AsOf::EffectiveAt(_) => {
                self.read(|conn, merchant| entries::trial_balance(conn, merchant, as_of))
            }
        }
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
        self.read(|conn, merchant| idempotency::look_up(conn, merchant, operation, key))
    }

    /// Where the book's chain ends.
    ///
    /// # Errors
    /// Only failures of the machine.
    pub fn head(&self) -> Result<Head> {
        self.read(|conn, merchant| recordings::head(conn, merchant, &self.merchant_id))
    }

    /// Asks the file about this book. A failure names the file.
    pub(super) fn read<T>(&self, query: impl FnOnce(&Connection, i64) -> Result<T>) -> Result<T> {
        self.ledger.read(|conn| query(conn, self.merchant))
    }
}
