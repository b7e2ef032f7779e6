//! Every object of a list, one after the other.

use std::{iter, vec};

use super::book::Book;
use crate::words::{
    chain::Head,
    charge::Charge,
    dispute::Dispute,
    entry::JournalEntry,
    error::Result,
    filter::{
        ChargeFilter, DisputeFilter, HandoverFilter, RefundFilter, StatementFilter, TransferFilter,
    },
    handover::Handover,
    intent::PaymentIntent,
    page::{List, Page},
    refund::Refund,
    statement::BalanceTransaction,
    transfer::Transfer,
};

/// How many objects are read at once.
const AT_ONCE: u32 = 100;

impl Book<'_> {
    /// Every refund that a filter shows, newest first. A hundred are read at a time, so that memory does
    /// not grow; a failure comes as the last item.
    ///
    /// ```
    /// use refundry::{Ledger, NewMerchant, Options, RefundFilter};
    ///
    /// let mut ledger = Ledger::in_memory(Options::default())?;
    /// let merchant = ledger.create_merchant(&NewMerchant::named("Cairo Books"))?;
    /// let book = ledger.book(&merchant.id)?;
    /// let mut total = 0;
    /// for refund in book.every_refund(RefundFilter::default()) {
    ///     total += refund?.amount.minor();
    /// }
    /// assert_eq!(total, 0);
    /// # Ok::<(), refundry::Error>(())
    /// ```
    pub fn every_refund(&self, filter: RefundFilter) -> impl Iterator<Item = Result<Refund>> {
        every(move |page| self.refunds(&filter, page), |refund| refund.id.clone())
    }

    /// Every charge that a filter shows, newest first, like [`Book::every_refund`].
    pub fn every_charge(&self, filter: ChargeFilter) -> impl Iterator<Item = Result<Charge>> {
        every(move |page| self.charges(&filter, page), |charge| charge.id.clone())
    }

    /// Every dispute that a filter shows, newest first, like [`Book::every_refund`].
    pub fn every_dispute(&self, filter: DisputeFilter) -> impl Iterator<Item = Result<Dispute>> {
        every(move |page| self.disputes(&filter, page), |dispute| dispute.id.clone())
    }

    /// Every hand-over that a filter shows, newest first, like [`Book::every_refund`].
    pub fn every_handover(&self, filter: HandoverFilter) -> impl Iterator<Item = Result<Handover>> {
        every(move |page| self.handovers(&filter, page), |handover| handover.id.clone())
    }

    /// Every payment intent, newest first, like [`Book::every_refund`].
    pub fn every_payment_intent(&self) -> impl Iterator<Item = Result<PaymentIntent>> {
        every(|page| self.payment_intents(page), |intent| intent.id.clone())
    }

    /// Every payout, top-up, settlement and adjustment that a filter shows, newest first, like
    /// [`Book::every_refund`].
    pub fn every_transfer(&self, filter: TransferFilter) -> impl Iterator<Item = Result<Transfer>> {
        every(move |page| self.transfers(&filter, page), |transfer| transfer.id.clone())
    }

    /// Every line of the statement that a filter shows, newest first, like [`Book::every_refund`].
    pub fn every_balance_transaction(
        &mut self,
        filter: StatementFilter,
    ) -> impl Iterator<Item = Result<BalanceTransaction>> {
        every(move |page| self.balance_transactions(&filter, page), |line| line.id.clone())
    }

    /// Every journal entry after a head, oldest first, like [`Book::every_refund`]. The first item is the
    /// refusal of a head that the book never had.
    pub fn every_journal_entry_after(
        &self,
        head: Option<Head>,
    ) -> impl Iterator<Item = Result<JournalEntry>> {
        let mut last = head;
        chained(move || {
            let entries = self.journal_entries_after(last.as_ref(), AT_ONCE)?;
            last = entries.last().map(JournalEntry::head).or(last);
            Ok(Some(entries).filter(|entries| !entries.is_empty()))
        })
    }
}

/// The objects of all pages of a list. The next page is that after the last object's id.
fn every<T>(
    mut list: impl FnMut(&Page) -> Result<List<T>>,
    id: impl Fn(&T) -> String,
) -> impl Iterator<Item = Result<T>> {
    let mut next = Some(Page { limit: AT_ONCE, starting_after: None });
    chained(move || {
        let Some(page) = next.take() else { return Ok(None) };
        let List { data, has_more } = list(&page)?;
        let starting_after = data.last().map(&id);
        next = has_more.then_some(Page { limit: AT_ONCE, starting_after });
        Ok(Some(data))
    })
}

/// The items of all portions, up to the first failure.
fn chained<T>(
    mut portion: impl FnMut() -> Result<Option<Vec<T>>>,
) -> impl Iterator<Item = Result<T>> {
    let (mut items, mut ended): (vec::IntoIter<T>, bool) = (Vec::new().into_iter(), false);
    iter::from_fn(move || {
        loop {
            if let Some(item) = items.next() {
                return Some(Ok(item));
            }
            if ended {
                return None;
            }
            match portion() {
                Ok(Some(more)) => items = more.into_iter(),
                Ok(None) => ended = true,
                Err(error) => {
                    ended = true;
                    return Some(Err(error));
                }
            }
        }
    })
}
