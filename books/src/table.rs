//! A book's objects as tables for spreadsheets: CSV as RFC 4180 has it.

use std::{borrow::Cow, io::Write};

use csv::{Terminator, WriterBuilder};
use refundry::{ChargeFilter, List, Page, RefundFilter, StatementFilter};
use serde::Serialize;

use crate::{
    error::{Error, Result},
    name,
    period::{Period, Place},
    snapshot::Snapshot,
};

/// Which objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// The postings of all entries, the oldest first.
    Journal,
    /// The lines of the merchant's statement, the newest first.
    Statement,
    /// The refunds, the newest first.
    Refunds,
    /// The charges, the newest first, also those that did not succeed.
    Charges,
}

/// How many objects a list gives at once.
const PAGE: u32 = 100;

/// Writes a table with one row a line. Amounts stand in major and in minor units. A text that a
/// spreadsheet would take for a formula has an apostrophe before it.
///
/// A period holds the entries that took effect in it, and other objects that were created in it.
///
/// # Errors
/// [`Error::Head`]; [`Error::Period`] if another table than the journal is to begin or end with a
/// head; [`Error::Unsound`] and failures of the machine: what was written is not whole
/// then.
pub fn write_table(
    snapshot: &mut Snapshot<'_>,
    period: &Period,
    table: Table,
    to: &mut impl Write,
) -> Result<()> {
    snapshot.check(period)?;
    if let (Some(head), false) = (period.heads().next(), table == Table::Journal) {
        let expected = "a day or a moment; only the journal can begin or end with a head";
        return Err(Error::Period { value: head.to_string(), expected });
    }
    let mut rows = Rows::to(to);
    match table {
        Table::Journal => journal(snapshot, period, &mut rows)?,
        Table::Statement => statement(snapshot, period, &mut rows)?,
        Table::Refunds => refunds(snapshot, period, &mut rows)?,
        Table::Charges => charges(snapshot, period, &mut rows)?,
    }
    rows.0.flush().map_err(Error::Output)
}

/// Where rows go.
pub(crate) struct Rows<W: Write>(pub(crate) csv::Writer<W>);

impl<W: Write> Rows<W> {
    pub(crate) fn to(to: W) -> Self {
        Self(WriterBuilder::new().terminator(Terminator::CRLF).from_writer(to))
    }

    /// Writes one row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [&str; N]) -> Result<()> {
        self.0.write_record(cells).map_err(|error| Error::Output(error.into()))
    }
}

/// A text as a cell that no spreadsheet takes for a formula. Without its first apostrophe, if it
/// begins with one, it is the text again.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\'', '＝', '＋', '－', '＠']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

fn optional(of: Option<&str>) -> Cow<'_, str> {
    of.map_or(Cow::Borrowed(""), text)
}

/// A word as it stands in JSON.
fn word(of: &impl Serialize) -> String {
    let value = serde_json::to_value(of).ok();
    value.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

fn journal<W: Write>(snapshot: &Snapshot<'_>, period: &Period, rows: &mut Rows<W>) -> Result<()> {
    rows.row([
        "entry",
        "posting",
        "cause",
        "source",
        "reverses",
        "effectiveAt",
        "recordedAt",
        "debit",
        "credit",
        "currency",
        "amount",
        "amountMinor",
        "hash",
    ])?;
    snapshot.walk(|entry| {
        if period.place(entry) != Place::Within {
            return Ok(());
        }
        let (effective, recorded) = (entry.effective_at.to_string(), entry.recorded_at.to_string());
        let hash = entry.hash.to_string();
        for (number, posting) in (1_u32..).zip(&entry.postings) {
            let minor = posting.amount.minor();
            rows.row([
                &entry.id,
                &number.to_string(),
                name::cause(entry.cause),
                &entry.source,
                entry.reverses.as_deref().unwrap_or_default(),
                &effective,
                &recorded,
                name::account(posting.debit),
                name::account(posting.credit),
                posting.currency.code(),
                &snapshot.major(minor, posting.currency).to_string(),
                &minor.to_string(),
                &hash,
            ])?;
        }
        Ok(())
    })
}

fn statement<W: Write>(
    snapshot: &mut Snapshot<'_>,
    period: &Period,
    rows: &mut Rows<W>,
) -> Result<()> {
    rows.row([
        "id",
        "type",
        "source",
        "createdAt",
        "availableOn",
        "status",
        "currency",
        "amount",
        "fee",
        "net",
        "amountMinor",
        "feeMinor",
        "netMinor",
    ])?;
    let mut page = Page { limit: PAGE, starting_after: None };
    loop {
        let List { data, has_more } =
            snapshot.book.balance_transactions(&StatementFilter::default(), &page)?;
        for line in data.iter().filter(|line| period.holds(line.created_at)) {
            let major = |minor: i64| snapshot.major(minor, line.currency).to_string();
            let (amount, fee, net) = (line.amount.minor(), line.fee.minor(), line.net.minor());
            rows.row([
                &line.id,
                &word(&line.line_type),
                &line.source,
                &line.created_at.to_string(),
                &line.available_on.to_string(),
                &word(&line.status),
                line.currency.code(),
                &major(amount),
                &major(fee),
                &major(net),
                &amount.to_string(),
                &fee.to_string(),
                &net.to_string(),
            ])?;
        }
        match data.last() {
            Some(last) if has_more => page.starting_after = Some(last.id.clone()),
            _ => return Ok(()),
        }
    }
}

fn refunds<W: Write>(snapshot: &Snapshot<'_>, period: &Period, rows: &mut Rows<W>) -> Result<()> {
    rows.row([
        "id",
        "chargeId",
        "paymentIntentId",
        "createdAt",
        "status",
        "currency",
        "amount",
        "amountMinor",
        "reason",
        "balanceTransactionId",
        "journalEntryId",
        "externalReference",
        "description",
    ])?;
    let mut page = Page { limit: PAGE, starting_after: None };
    loop {
        let List { data, has_more } = snapshot.book.refunds(&RefundFilter::default(), &page)?;
        for refund in data.iter().filter(|refund| period.holds(refund.created_at)) {
            let minor = refund.amount.minor();
            rows.row([
                &refund.id,
                &refund.charge_id,
                refund.payment_intent_id.as_deref().unwrap_or_default(),
                &refund.created_at.to_string(),
                &word(&refund.status),
                refund.currency.code(),
                &snapshot.major(minor, refund.currency).to_string(),
                &minor.to_string(),
                &refund.reason.as_ref().map(word).unwrap_or_default(),
                &refund.balance_transaction_id,
                &refund.journal_entry_id,
                &optional(refund.external_reference.as_deref()),
                &optional(refund.description.as_deref()),
            ])?;
        }
        match data.last() {
            Some(last) if has_more => page.starting_after = Some(last.id.clone()),
            _ => return Ok(()),
        }
    }
}

fn charges<W: Write>(snapshot: &Snapshot<'_>, period: &Period, rows: &mut Rows<W>) -> Result<()> {
    rows.row([
        "id",
        "paymentIntentId",
        "createdAt",
        "availableOn",
        "status",
        "currency",
        "amount",
        "amountCaptured",
        "amountRefunded",
        "fee",
        "amountMinor",
        "amountCapturedMinor",
        "amountRefundedMinor",
        "feeMinor",
    ])?;
    let mut page = Page { limit: PAGE, starting_after: None };
    loop {
        let List { data, has_more } = snapshot.book.charges(&ChargeFilter::default(), &page)?;
        for charge in data.iter().filter(|charge| period.holds(charge.created_at)) {
            let major = |minor: i64| snapshot.major(minor, charge.currency).to_string();
            let (amount, captured) = (charge.amount.minor(), charge.amount_captured.minor());
            let (refunded, fee) = (charge.amount_refunded.minor(), charge.fee.minor());
            rows.row([
                &charge.id,
                charge.payment_intent_id.as_deref().unwrap_or_default(),
                &charge.created_at.to_string(),
                &charge.available_on.to_string(),
                &word(&charge.status),
                charge.currency.code(),
                &major(amount),
                &major(captured),
                &major(refunded),
                &major(fee),
                &amount.to_string(),
                &captured.to_string(),
                &refunded.to_string(),
                &fee.to_string(),
            ])?;
        }
        match data.last() {
            Some(last) if has_more => page.starting_after = Some(last.id.clone()),
            _ => return Ok(()),
        }
    }
}
