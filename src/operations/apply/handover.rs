//! Hand-overs of another ledger's book, taken in.

use crate::{
    operations::{
        context::{Context, Draft},
        handover,
    },
    recording::{
        Action, Taken,
        body::{Body, TakenOverBody},
        line::Line,
        store::{By, Records},
    },
    words::{
        entry::Postings,
        error::{Error, Result},
        handover::{ChargeFacts, Share},
    },
};

impl<B: Records> Context<'_, B> {
    pub(super) fn handed_over(&mut self, line: &Line) -> Result<Option<(Action, Option<Draft>)>> {
        let Body::HandedOver { id, charge_id, amount, currency, merchant_id } = &line.action else {
            return Ok(None);
        };
        let Some(stored) = self.book.charge(By::Id(charge_id))? else { return Ok(None) };
        let charge = stored.charge;
        let elsewhere = charge.amount_elsewhere.plus(*amount);
        let taken = Taken { elsewhere, ..Taken::of(&charge) };
        let is_sound = stored.seq.is_some()
            && charge.currency == *currency
            && taken.is_of(charge.amount_captured)
            && !self.book.is_taken(id)?;
        if !is_sound {
            return Ok(None);
        }
        let draft = self.posted(line, Some(Postings::none(*currency)), None)?;
        let (id, other) = (id.clone(), merchant_id.clone());
        let share = Share { id, charge, amount: *amount, other };
        let action = Action::HandedOver { charge: stored.number, taken, share };
        Ok(draft.map(|draft| (action, draft)))
    }

    pub(super) fn taken_over(
        &mut self,
        line: &Line,
        body: &TakenOverBody,
    ) -> Result<Option<(Action, Option<Draft>)>> {
        if self.book.is_taken(&body.id)? || body.amount > body.amount_captured {
            return Ok(None);
        }
        let facts = ChargeFacts {
            id: body.charge_id.clone(),
            amount: body.charge_amount,
            amount_captured: body.amount_captured,
            fee: body.fee,
            currency: body.currency,
            available_on: body.available_on,
            created_at: body.created_at,
        };
        if !facts.has_sound_numbers() {
            return Ok(None);
        }
        let (id, other) = (body.id.clone(), body.merchant_id.clone());
        let share = Share { id, charge: facts.charge(), amount: body.amount, other };
        let made = handover::taking_over(self, share, body.entry_hash, body.exponent);
        let (action, _) = match made {
            Err(Error::HandoverConflict { .. }) => return Ok(None),
            made => made?,
        };
        let draft = self.posted(line, Some(Postings::none(body.currency)), None)?;
        Ok(draft.map(|draft| (action, draft)))
    }
}
