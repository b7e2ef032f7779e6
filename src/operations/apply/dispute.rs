//! Disputes of another ledger, taken in.

use crate::{
    operations::{
        context::{Context, Draft},
        dispute,
    },
    recording::{
        Action, Taken,
        body::DisputeBody,
        line::Line,
        store::{By, Records},
    },
    words::{
        dispute::{DisputeOutcome, DisputeStatus, NewDispute, outcome_postings, postings},
        error::Result,
    },
};

impl<B: Records> Context<'_, B> {
    pub(super) fn disputed(
        &mut self,
        line: &Line,
        body: &DisputeBody,
    ) -> Result<Option<(Action, Option<Draft>)>> {
        let Some(entry) = &line.entry else { return Ok(None) };
        let Some(stored) = self.book.charge(By::Id(&body.charge_id))? else { return Ok(None) };
        let charge = &stored.charge;
        let disputed = charge.amount_disputed.plus(body.amount);
        let taken = Taken { disputed, ..Taken::of(charge) };
        let is_sound = charge.currency == body.currency
            && taken.is_of(charge.amount_captured)
            && !self.book.is_taken(&body.id)?;
        if !is_sound {
            return Ok(None);
        }
        let new = NewDispute {
            id: None,
            charge_id: body.charge_id.clone(),
            amount: body.amount,
            fee: body.fee,
            reason: body.reason,
            network_reference: body.network_reference.clone(),
        };
        let seq = self.next_seq()?;
        let dispute = new.dispute(body.id.clone(), charge, seq, entry.effective_at);
        let postings = postings(body.amount, body.fee, body.currency);
        let draft = self.posted(line, Some(postings), stored.seq)?;
        let action = Action::Dispute { charge: stored.number, taken, dispute };
        Ok(draft.map(|draft| (action, draft)))
    }

    pub(super) fn dispute_concluded(
        &mut self,
        line: &Line,
        dispute_id: &str,
        is_won: bool,
    ) -> Result<Option<(Action, Option<Draft>)>> {
        let Some(entry) = &line.entry else { return Ok(None) };
        let Some(stored) = self.book.dispute(By::Id(dispute_id))? else { return Ok(None) };
        if stored.dispute.status != DisputeStatus::Open {
            return Ok(None);
        }
        // What is posted beside the amount is the fee.
        let fee_returned = entry.postings.len() > 1;
        let outcome =
            if is_won { DisputeOutcome::Won { fee_returned } } else { DisputeOutcome::Lost };
        let concluded = outcome.apply(stored.dispute.clone());
        let postings = outcome_postings(&concluded);
        let reverses = postings.first.map(|_| stored.seq);
        let action = dispute::outcome_action(self, &stored, concluded)?;
        let draft = self.posted(line, Some(postings), reverses)?;
        Ok(draft.map(|draft| (action, draft)))
    }
}
