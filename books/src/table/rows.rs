//! The rows of the tables, whatever the format.

use refundry::{ChargeFilter, DisputeFilter, DisputeReason, RefundFilter, StatementFilter};
use serde::Serialize;

use super::{Table, column::Cell};
use crate::{
    error::Result,
    name,
    period::{Period, Place},
    snapshot::Snapshot,
};

/// Takes the cells of one row.
type Row<'a> = &'a mut dyn FnMut(&[Cell<'_>]) -> Result<()>;

/// Calls `row` with every row of a table that is within a period.
pub(super) fn each(
    snapshot: &mut Snapshot<'_>,
    period: &Period,
    table: Table,
    row: Row<'_>,
) -> Result<()> {
    match table {
        Table::Journal => journal(snapshot, period, row),
        Table::Statement => statement(snapshot, period, row),
        Table::Refunds => refunds(snapshot, period, row),
        Table::Charges => charges(snapshot, period, row),
        Table::Disputes => disputes(snapshot, period, row),
    }
}

/// A word as it stands in JSON.
fn word(of: &impl Serialize) -> String {
    let value = serde_json::to_value(of).ok();
    value.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

const fn name(of: &str) -> Cell<'_> {
    Cell::Name(Some(of))
}

fn journal(snapshot: &Snapshot<'_>, period: &Period, row: Row<'_>) -> Result<()> {
    snapshot.walk(|entry| {
        if period.place(entry) != Place::Within {
            return Ok(());
        }
        for (number, posting) in (1_i64..).zip(&entry.postings) {
            let minor = posting.amount.minor();
            row(&[
                name(&entry.id),
                Cell::Number(number),
                name(name::cause(entry.cause)),
                name(&entry.source),
                Cell::Name(entry.reverses.as_deref()),
                Cell::Moment(entry.effective_at),
                Cell::Moment(entry.recorded_at),
                name(name::account(posting.debit)),
                name(name::account(posting.credit)),
                name(posting.currency.code()),
                Cell::Major(snapshot.major(minor, posting.currency)),
                Cell::Number(minor),
                Cell::Hash(entry.hash),
            ])?;
        }
        Ok(())
    })
}

fn statement(snapshot: &mut Snapshot<'_>, period: &Period, row: Row<'_>) -> Result<()> {
    let Snapshot { book, decimals, .. } = snapshot;
    for line in book.every_balance_transaction(StatementFilter::default()) {
        let line = line?;
        if !period.holds(line.created_at) {
            continue;
        }
        let major = |minor: i64| Cell::Major(decimals.major(minor, line.currency));
        let (amount, fee, net) = (line.amount.minor(), line.fee.minor(), line.net.minor());
        row(&[
            name(&line.id),
            name(&word(&line.line_type)),
            name(&line.source),
            Cell::Moment(line.created_at),
            Cell::Moment(line.available_on),
            name(&word(&line.status)),
            name(line.currency.code()),
            major(amount),
            major(fee),
            major(net),
            Cell::Number(amount),
            Cell::Number(fee),
            Cell::Number(net),
        ])?;
    }
    Ok(())
}

fn refunds(snapshot: &Snapshot<'_>, period: &Period, row: Row<'_>) -> Result<()> {
    for refund in snapshot.book.every_refund(RefundFilter::default()) {
        let refund = refund?;
        if !period.holds(refund.created_at) {
            continue;
        }
        let minor = refund.amount.minor();
        row(&[
            name(&refund.id),
            name(&refund.charge_id),
            Cell::Name(refund.payment_intent_id.as_deref()),
            Cell::Moment(refund.created_at),
            name(&word(&refund.status)),
            name(refund.currency.code()),
            Cell::Major(snapshot.major(minor, refund.currency)),
            Cell::Number(minor),
            Cell::Name(refund.reason.as_ref().map(word).as_deref()),
            name(&refund.balance_transaction_id),
            name(&refund.journal_entry_id),
            Cell::Text(refund.external_reference.as_deref()),
            Cell::Text(refund.description.as_deref()),
        ])?;
    }
    Ok(())
}

fn charges(snapshot: &Snapshot<'_>, period: &Period, row: Row<'_>) -> Result<()> {
    for charge in snapshot.book.every_charge(ChargeFilter::default()) {
        let charge = charge?;
        if !period.holds(charge.created_at) {
            continue;
        }
        let major = |minor: i64| Cell::Major(snapshot.major(minor, charge.currency));
        let (amount, captured) = (charge.amount.minor(), charge.amount_captured.minor());
        let (refunded, fee) = (charge.amount_refunded.minor(), charge.fee.minor());
        let disputed = charge.amount_disputed.minor();
        let elsewhere = charge.amount_elsewhere.minor();
        row(&[
            name(&charge.id),
            Cell::Name(charge.payment_intent_id.as_deref()),
            Cell::Moment(charge.created_at),
            Cell::Moment(charge.available_on),
            name(&word(&charge.status)),
            name(charge.currency.code()),
            major(amount),
            major(captured),
            major(refunded),
            major(disputed),
            major(elsewhere),
            major(fee),
            Cell::Number(amount),
            Cell::Number(captured),
            Cell::Number(refunded),
            Cell::Number(disputed),
            Cell::Number(elsewhere),
            Cell::Number(fee),
        ])?;
    }
    Ok(())
}

fn disputes(snapshot: &Snapshot<'_>, period: &Period, row: Row<'_>) -> Result<()> {
    for dispute in snapshot.book.every_dispute(DisputeFilter::default()) {
        let dispute = dispute?;
        if !period.holds(dispute.created_at) {
            continue;
        }
        let major = |minor: i64| Cell::Major(snapshot.major(minor, dispute.currency));
        let (amount, fee) = (dispute.amount.minor(), dispute.fee.minor());
        row(&[
            name(&dispute.id),
            name(&dispute.charge_id),
            Cell::Name(dispute.payment_intent_id.as_deref()),
            Cell::Moment(dispute.created_at),
            name(dispute.status.name()),
            name(dispute.currency.code()),
            major(amount),
            major(fee),
            name(if dispute.fee_returned { "true" } else { "false" }),
            Cell::Number(amount),
            Cell::Number(fee),
            Cell::Name(dispute.reason.map(DisputeReason::name)),
            name(&dispute.balance_transaction_id),
            name(&dispute.journal_entry_id),
            Cell::Text(dispute.network_reference.as_deref()),
        ])?;
    }
    Ok(())
}
