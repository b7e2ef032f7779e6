//! Disputes: a charge is disputed, and the dispute is won or lost.

use super::{
    context::{Context, Draft},
    idempotent::{Asked, Idempotent},
};
use crate::{
    recording::{
        Action, Outcome, Taken,
        store::{By, Records, StoredDispute},
    },
    words::{
        account::Balances,
        chain::Encoder,
        charge::StoredCharge,
        dispute::{
            self, Dispute, DisputeOutcome, DisputeStatus, NewDispute, Opening, outcome_postings,
        },
        error::{Error, Result},
        id,
        idempotency::{IdempotencyKey, Operation, Recorded},
        time::Timestamp,
    },
};

/// Opens a dispute of a charge.
pub(crate) fn open<B: Records>(
    context: &mut Context<'_, B>,
    new: &NewDispute,
    key: Option<&IdempotencyKey>,
) -> Result<Recorded<Dispute>> {
    new.check()?;
    id::check_chosen(new.id.as_deref(), "dp_")?;
    let encode = |to: &mut Encoder| new.encode(to);
    let asked = match Idempotent::look_up(context, Operation::Dispute, key, "chargeId", encode)? {
        Asked::New(asked) => asked,
        Asked::Done(seq) => {
            // The first outcome again, whatever became of the dispute since.
            let dispute = by_number(context, seq)?;
            let status = DisputeStatus::Open;
            return Ok(Recorded::again(Dispute { status, fee_returned: false, ..dispute }));
        }
    };
    let (stored, before) = load(context, &new.charge_id)?;
    let decided = dispute::decide(&stored, new, &before)
        .map_err(|refusal| Error::refused(refusal, asked.target));
    let opening = asked.settle(context, decided)?;
    let id = context
        .id_for(new.id.as_deref(), "dp_", |book, id| Ok(book.dispute(By::Id(id))?.is_some()))?;
    let now = context.now;
    record(context, &stored, new, id, now, opening, asked.outcome()).map(Recorded::now)
}

/// The charge with this id, and the balances in its currency.
pub(crate) fn load<B: Records>(
    context: &mut Context<'_, B>,
    charge_id: &str,
) -> Result<(StoredCharge, Balances)> {
    let missing = || Error::missing("chargeId", charge_id);
    let stored = context.book.charge(By::Id(charge_id))?.ok_or_else(missing)?;
    let before = context.book.balances(stored.charge.currency)?;
    Ok((stored, before))
}

/// Records a dispute whose id is free.
pub(crate) fn record<B: Records>(
    context: &mut Context<'_, B>,
    stored: &StoredCharge,
    new: &NewDispute,
    id: String,
    effective_at: Timestamp,
    opening: Opening,
    outcome: Option<Outcome>,
) -> Result<Dispute> {
    let seq = context.next_seq()?;
    let dispute = new.dispute(id, &stored.charge, seq, effective_at);
    let Opening { reverses, postings, after, disputed } = opening;
    let draft = Draft { effective_at, postings, reverses: Some(reverses), after };
    let taken = Taken { disputed, ..Taken::of(&stored.charge) };
    let action = Action::Dispute { charge: stored.number, taken, dispute: dispute.clone() };
    context.record(action, Some(draft), None, outcome)?;
    Ok(dispute)
}

/// Records that a dispute was won or lost.
pub(crate) fn conclude<B: Records>(
    context: &mut Context<'_, B>,
    id: &str,
    outcome: DisputeOutcome,
    key: Option<&IdempotencyKey>,
) -> Result<Recorded<Dispute>> {
    let encode = |to: &mut Encoder| {
        to.text(id);
        outcome.encode(to);
    };
    let asked = match Idempotent::look_up(context, Operation::DisputeOutcome, key, "id", encode)? {
        Asked::New(asked) => asked,
        Asked::Done(seq) => return by_number(context, seq).map(Recorded::again),
    };
    let stored = context.book.dispute(By::Id(id))?.ok_or_else(|| Error::missing("id", id))?;
    let before = context.book.balances(stored.dispute.currency)?;
    let decided = dispute::decide_outcome(&stored.dispute, outcome, &before)
        .map_err(|refusal| Error::refused(refusal, asked.target));
    let (concluded, after) = asked.settle(context, decided)?;
    let now = context.now;
    record_outcome(context, &stored, concluded, now, after, asked.outcome()).map(Recorded::now)
}

/// Records an outcome that was decided on, and returns the dispute as it is then.
pub(crate) fn record_outcome<B: Records>(
    context: &mut Context<'_, B>,
    stored: &StoredDispute,
    concluded: Dispute,
    effective_at: Timestamp,
    after: Balances,
    outcome: Option<Outcome>,
) -> Result<Dispute> {
    let postings = outcome_postings(&concluded);
    let reverses = postings.first.map(|_| stored.seq);
    let draft = Draft { effective_at, postings, reverses, after };
    let action = outcome_action(context, stored, concluded.clone())?;
    context.record(action, Some(draft), None, outcome)?;
    Ok(concluded)
}

/// What is recorded of a dispute that is won or lost: a lost one stays disputed.
pub(crate) fn outcome_action<B: Records>(
    context: &mut Context<'_, B>,
    stored: &StoredDispute,
    concluded: Dispute,
) -> Result<Action> {
    let charge = context.book.charge(By::Number(stored.charge))?;
    let charge = charge.ok_or(Error::Internal { expected: "the charge of a dispute" })?.charge;
    let disputed = match concluded.status {
        DisputeStatus::Won => charge.amount_disputed.less(concluded.amount),
        DisputeStatus::Open | DisputeStatus::Lost => charge.amount_disputed,
    };
    let taken = Taken { disputed, ..Taken::of(&charge) };
    let StoredDispute { seq, charge, .. } = *stored;
    Ok(Action::DisputeOutcome { charge, taken, seq, dispute: concluded })
}

fn by_number<B: Records>(context: &mut Context<'_, B>, seq: i64) -> Result<Dispute> {
    let stored = context.book.dispute(By::Number(seq))?;
    Ok(stored.ok_or_else(|| Error::corrupt("an idempotency key of no dispute"))?.dispute)
}
