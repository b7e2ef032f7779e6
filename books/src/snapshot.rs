//! A book as it is at one head, while others may go on writing.

use std::collections::BTreeMap;

use refundry::{AsOf, Book, Currency, Head, JournalEntry, Ledger, Merchant, NamedEntry};

use crate::{
    error::{Error, Result},
    money::Major,
    period::Period,
    sums::Sums,
};

/// How many entries are held at once.
const PAGE: u32 = 512;

/// One merchant's book up to the head that it has now. What is recorded later is not in it.
pub struct Snapshot<'a> {
    pub(crate) book: Book<'a>,
    pub(crate) merchant: Merchant,
    pub(crate) head: Head,
    pub(crate) decimals: Decimals,
}

/// How many decimals the book's currencies have.
pub(crate) struct Decimals(BTreeMap<Currency, u32>);

impl Decimals {
    /// The decimals of any currency: the ledger's, else the standard's.
    pub(crate) fn exponent(&self, currency: Currency) -> u32 {
        let frozen = self.0.get(&currency).copied();
        frozen.or_else(|| currency.standard_exponent()).unwrap_or(0)
    }

    /// An amount of a currency in major units.
    pub(crate) fn major(&self, minor: impl Into<i128>, currency: Currency) -> Major {
        Major::new(minor, self.exponent(currency))
    }
}

impl<'a> Snapshot<'a> {
    /// The book of a merchant as it is now.
    ///
    /// # Errors
    /// [`Error::Ledger`] if there is no such merchant, or if the ledger can't be read.
    pub fn of(ledger: &'a mut Ledger, merchant_id: &str) -> Result<Self> {
        let book = ledger.book(merchant_id)?;
        // In this order: every currency of the entries up to the head is among the balances.
        let (merchant, head) = (book.merchant()?, book.head()?);
        let currencies: Vec<_> = book.balances()?.iter().map(|sums| sums.currency).collect();
        let mut exponents = BTreeMap::new();
        for currency in currencies {
            exponents.insert(currency, ledger.exponent(currency)?.unwrap_or(0));
        }
        let decimals = Decimals(exponents);
        Ok(Self { book: ledger.book(merchant_id)?, merchant, head, decimals })
    }

    /// The head of the book.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Refuses a period between heads that the book never had.
    pub(crate) fn check(&self, period: &Period) -> Result<()> {
        for head in period.heads() {
            let had = match head.seq {
                seq if seq == self.head.seq => head == self.head,
                seq if seq < 1 || seq > self.head.seq => false,
                seq => self.book.journal_entry(&format!("je_{seq}"))?.head() == head,
            };
            if !had {
                let merchant_id = self.merchant.id.clone();
                return Err(Error::Head { merchant_id, head: head.to_string() });
            }
        }
        Ok(())
    }

    /// An amount of a currency in major units.
    pub(crate) fn major(&self, minor: impl Into<i128>, currency: Currency) -> Major {
        self.decimals.major(minor, currency)
    }

    /// The book's currencies and their decimals.
    pub(crate) fn exponents(&self) -> impl Iterator<Item = (Currency, u32)> {
        self.decimals.0.iter().map(|(currency, exponent)| (*currency, *exponent))
    }

    /// Calls `each` with every entry, the oldest first, and compares all of them together with the
    /// balances that the ledger keeps.
    pub(crate) fn walk(&self, each: impl FnMut(&JournalEntry) -> Result<()>) -> Result<()> {
        let read = |head: Option<&Head>| self.book.journal_entries_after(head, PAGE);
        self.walk_pages(read, |entry| entry, each)
    }

    /// Does the same with the names under which others know what each entry is about.
    pub(crate) fn walk_named(&self, each: impl FnMut(&NamedEntry) -> Result<()>) -> Result<()> {
        let read = |head: Option<&Head>| self.book.named_entries_after(head, PAGE);
        self.walk_pages(read, |named| &named.entry, each)
    }

    fn walk_pages<T>(
        &self,
        read: impl Fn(Option<&Head>) -> refundry::Result<Vec<T>>,
        entry: impl Fn(&T) -> &JournalEntry,
        mut each: impl FnMut(&T) -> Result<()>,
    ) -> Result<()> {
        let mut sums = Sums::default();
        let mut head = None;
        while head.is_none_or(|head: Head| head.seq < self.head.seq) {
            let page = read(head.as_ref())?;
            for item in page.iter().filter(|item| entry(item).seq <= self.head.seq) {
                entry(item).postings.iter().for_each(|posting| sums.add(posting));
                each(item)?;
            }
            let Some(last) = page.last() else { break };
            head = Some(entry(last).head());
        }
        let kept = self.kept()?;
        match sums.difference(&kept) {
            None => Ok(()),
            Some(currency) => Err(Error::Unsound {
                merchant_id: self.merchant.id.clone(),
                seq: self.head.seq,
                currency,
            }),
        }
    }

    /// The ledger's own balances at the head: the kept ones if nothing was recorded since.
    fn kept(&self) -> Result<Vec<refundry::CurrencyBalances>> {
        let kept = self.book.trial_balance(AsOf::Now)?;
        if self.book.head()? == self.head {
            return Ok(kept);
        }
        Ok(self.book.trial_balance(AsOf::Sequence(self.head.seq))?)
    }
}
