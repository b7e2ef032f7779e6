//! Maturity: a charge's funds become available on the day they are due.

use super::context::{Context, Draft};
use crate::{
    recording::{Action, store::Records},
    words::{
        charge,
        entry::Postings,
        error::{Error, Result},
        time::Timestamp,
    },
};

/// How many charges mature in one transaction at most: few enough that a refund which waits for it
/// hardly notices.
pub(crate) const BATCH: u32 = 250;

/// Makes the first charges that are due available, in the order they are due and then of their
/// ids' bytes. Returns how many.
pub(crate) fn release_batch<B: Records>(
    context: &mut Context<'_, B>,
    now: Timestamp,
) -> Result<u32> {
    let due = context.book.due(now, BATCH)?;
    let count = u32::try_from(due.len()).unwrap_or(u32::MAX);
    for stored in due {
        let charge = stored.charge;
        let posted = stored.seq.ok_or_else(|| Error::corrupt("a charge that can't mature"))?;
        let before = context.book.balances(charge.currency)?;
        let (posting, after) = charge::decide_maturity(&charge, &before)
            .map_err(|refusal| Error::refused(refusal, "amount"))?;
        let draft = Draft {
            effective_at: charge.available_on,
            postings: Postings::one(posting),
            reverses: None,
            after,
        };
        let action = Action::Maturity { number: stored.number, posted, charge };
        context.record(action, Some(draft), None, None)?;
    }
    Ok(count)
}
