//! The end of a terminal's day.

use super::book::Book;
use crate::{
    sqlite::totals,
    words::{
        chain::Head,
        error::{Error, Result},
        totals::Totals,
    },
};

impl Book<'_> {
    /// What the entries after one head add up to, through another or through the last: by currency and
    /// cause, as a terminal's end-of-day report has it. The next day goes on from [`Totals::to`]:
    /// nothing is counted twice or left out, whatever the clock said.
    ///
    /// ```
    /// use refundry::{
    ///     Amount, Cause, Currency, Fee, Ledger, NewCharge, NewMerchant, Options, RefundRequest,
    ///     Timestamp,
    /// };
    ///
    /// let mut ledger = Ledger::in_memory(Options::default())?;
    /// let merchant = ledger.create_merchant(&NewMerchant::named("Cairo Books"))?;
    /// let mut book = ledger.book(&merchant.id)?;
    /// let morning = book.head()?;
    ///
    /// let egp = Currency::from_code("EGP")?;
    /// let sale = NewCharge::succeeded(
    ///     Amount::from_minor(22_604)?,
    ///     Fee::from_minor(912)?,
    ///     egp,
    ///     Timestamp::parse("2024-01-03T00:00:00.000Z")?,
    /// );
    /// let charge = book.create_charge(&sale, None)?;
    /// book.create_refund(&RefundRequest::of_charge(&charge.id), None)?;
    ///
    /// let day = book.totals(&morning, None)?;
    /// let refunds = day.totals.iter().find(|total| total.cause == Cause::Refund).unwrap();
    /// assert_eq!((refunds.count, refunds.amount.minor()), (1, -22_604));
    /// let next = book.totals(&day.to, None)?;
    /// assert!(next.totals.is_empty());
    /// # Ok::<(), refundry::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::HeadUnknown`] for a head that the book never had: it was restored from an older copy, or is
    /// another book. [`Error::ParameterInvalid`] if `to` comes before `from`. [`Error::Refused`] with
    /// [`BalanceOutOfRange`](crate::Refusal::BalanceOutOfRange) if a total is no 64-bit integer.
    pub fn totals(&self, from: &Head, to: Option<&Head>) -> Result<Totals> {
        let to = match to {
            Some(to) => *to,
            None => self.head()?,
        };
        self.check_head(from)?;
        self.check_head(&to)?;
        if to.seq < from.seq {
            return Err(Error::ParameterInvalid {
                param: "to",
                expected: "a head that is not before from",
            });
        }
        let totals = self.read(|conn, merchant| totals::between(conn, merchant, from, &to))?;
        Ok(Totals { from: *from, to, totals })
    }
}
