//! What the entries of hand-overs must look like.

use super::{
    entry::{Expected, Objects, Posted, about, unfreezing},
    row::EntryRow,
    wrong::{Checked, Wrong, hold},
};
use crate::words::{
    chain::Hash, charge::ChargeStatus, entry::Postings, finding::Invariant, handover::Share,
};

impl Objects<'_> {
    pub(super) fn handed_over(
        &mut self,
        entry: &EntryRow<'_>,
        previous: Hash,
    ) -> Checked<Expected> {
        let charge = about(entry.charge)?;
        let target = self.charges.target(charge, entry.key)?;
        let row = self.charges.known(charge)?;
        let share = share(entry, row.charge)?;
        let elsewhere = target.elsewhere.checked_add(share.amount.minor());
        entry.takes(Some(target.refunded), Some(target.disputed), elsewhere)?;
        target.check_left(Some(target.refunded), Some(target.disputed), elsewhere)?;
        Ok(unfreezing(entry, previous, share.handed_over()))
    }

    pub(super) fn taken_over(&mut self, entry: &EntryRow<'_>, previous: Hash) -> Checked<Expected> {
        let charge = about(entry.charge)?;
        let row = self.charges.by_number(entry.n, charge)?;
        let is_new = row.n == entry.n;
        let target = self.charges.target(charge, entry.key)?;
        // A charge that comes from another book had nothing to give back here.
        let before = if is_new { target.captured } else { target.elsewhere };
        let sound = row.n <= entry.n
            && row.charge.status == ChargeStatus::Succeeded
            // An intent stays in the book that sold.
            && (!is_new || row.entry == Some(entry.key) && row.charge.payment_intent_id.is_none());
        hold(sound, Invariant::Handover)?;
        let share = share(entry, row.charge.clone())?;
        let elsewhere = before.checked_sub(share.amount.minor());
        entry.takes(Some(target.refunded), Some(target.disputed), elsewhere)?;
        let source = about(entry.text_hash)?;
        Ok(Expected {
            exponent: Some(entry.exponent),
            posted: is_new.then_some(Posted { row, waits: false }),
            ..unfreezing(entry, previous, share.taken_over(source))
        })
    }
}

/// What both books say of the hand-over. It moves nothing.
fn share(entry: &EntryRow<'_>, charge: crate::words::charge::Charge) -> Checked<Share> {
    entry.posts(Postings::none(charge.currency))?;
    Ok(Share {
        id: about(entry.id)?.to_owned(),
        amount: entry.share.ok_or(Wrong::Here(Invariant::Handover))?,
        other: about(entry.external_reference)?.to_owned(),
        charge,
    })
}
