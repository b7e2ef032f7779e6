//! Disputes from elsewhere, and what became of them.

use super::{News, same};
use crate::{
    operations::{context::Context, dispute},
    recording::store::{By, Records},
    words::{
        dispute::{self as rules, Dispute, DisputeOutcome, DisputeStatus, NewDispute},
        error::{Error, Result},
        time::Timestamp,
    },
};

/// Historical disputes obey the same rules as those of today.
pub(super) fn import_dispute<B: Records>(
    context: &mut Context<'_, B>,
    new: &NewDispute,
    id: String,
    created_at: Timestamp,
) -> Result<News> {
    new.check()?;
    if let Some(known) = context.book.dispute(By::Id(&id))? {
        let known = known.dispute;
        same(
            &id,
            &[
                ("chargeId", known.charge_id == new.charge_id),
                ("amount", known.amount == new.amount),
                ("fee", known.fee == new.fee),
                ("reason", known.reason == new.reason),
                ("networkReference", known.network_reference == new.network_reference),
                ("createdAt", known.created_at == created_at),
            ],
        )?;
        return Ok(News::Known);
    }
    let (stored, before) = dispute::load(context, &new.charge_id)?;
    let opening = rules::decide(&stored, new, &before)
        .map_err(|refusal| Error::refused(refusal, "chargeId"))?;
    dispute::record(context, &stored, new, id, created_at, opening, None)?;
    Ok(News::Recorded)
}

/// A dispute is won or lost once: of one that was, the day is not compared.
pub(super) fn import_outcome<B: Records>(
    context: &mut Context<'_, B>,
    dispute_id: &str,
    outcome: DisputeOutcome,
    created_at: Timestamp,
) -> Result<News> {
    let missing = || Error::missing("disputeId", dispute_id);
    let stored = context.book.dispute(By::Id(dispute_id))?.ok_or_else(missing)?;
    let known = &stored.dispute;
    if known.status != DisputeStatus::Open {
        let told = outcome.apply(Dispute { fee_returned: false, ..known.clone() });
        same(
            dispute_id,
            &[
                ("status", known.status == told.status),
                ("feeReturned", known.fee_returned == told.fee_returned),
            ],
        )?;
        return Ok(News::Known);
    }
    let before = context.book.balances(stored.dispute.currency)?;
    let (concluded, after) = rules::decide_outcome(&stored.dispute, outcome, &before)
        .map_err(|refusal| Error::refused(refusal, "disputeId"))?;
    dispute::record_outcome(context, &stored, concluded, created_at, after, None)?;
    Ok(News::Recorded)
}
