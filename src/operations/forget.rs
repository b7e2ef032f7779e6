//! What a book forgets on purpose: old idempotency keys, and personal text.

use super::context::Context;
use crate::{
    recording::{
        Action,
        store::{By, Records},
    },
    words::{
        charge::StoredCharge,
        error::{Error, Result},
        time::{OwnTime, Timestamp},
    },
};

/// How long a key is kept at least.
const THIRTY_DAYS: i64 = 30 * 24 * 60 * 60 * 1_000;

/// Forgets the idempotency keys recorded before `before`, but none younger than 30 days by the
/// book's own account of time. So a clock that was wrong for a moment makes no key old.
///
/// Returns how many.
pub(crate) fn prune_keys<B: Records>(
    context: &mut Context<'_, B>,
    before: Timestamp,
) -> Result<u64> {
    let mut own = OwnTime::default();
    context.book.moments(&mut |_, recorded_at| {
        own.pass(recorded_at);
    })?;
    let oldest_kept = own.pass(context.now).saturating_sub(THIRTY_DAYS);
    let (mut own, mut through, mut all_old) = (OwnTime::default(), 0, true);
    context.book.moments(&mut |n, recorded_at| {
        // The first key that stays keeps all later ones.
        all_old = all_old && own.pass(recorded_at) < oldest_kept && recorded_at < before;
        if all_old {
            through = n;
        }
    })?;
    let keys = context.book.keys_through(through)?;
    if keys > 0 {
        context.record(Action::Pruning { through }, None, None, None)?;
    }
    Ok(keys)
}

/// Erases the personal text of a refund, transfer or charge; its hash stays. Returns whether there was
/// any.
pub(crate) fn erase_text<B: Records>(context: &mut Context<'_, B>, id: &str) -> Result<bool> {
    let Some(n) = text_of(context, id)? else { return Ok(false) };
    context.record(Action::Erasure { n }, None, None, None)?;
    Ok(true)
}

/// The number of the recording that made an object, if its text is there.
fn text_of<B: Records>(context: &mut Context<'_, B>, id: &str) -> Result<Option<i64>> {
    let book = &mut context.book;
    if let Some(stored) = book.refund(By::Id(id))? {
        return book.text_of(stored.seq);
    }
    if let Some((seq, _)) = book.transfer(By::Id(id))? {
        return book.text_of(seq);
    }
    let StoredCharge { n, charge, .. } =
        book.charge(By::Id(id))?.ok_or_else(|| Error::missing("id", id))?;
    let is_there = charge.description.is_some() || !charge.metadata.is_empty();
    Ok(is_there.then_some(n))
}
