//! Hand-overs: what is left of a charge goes to another book, or comes from one.

use super::{
    context::{Context, Draft},
    idempotent::{Asked, Idempotent},
};
use crate::{
    recording::{
        Action, Outcome, Taken,
        store::{By, Records, StoredHandover},
    },
    words::{
        chain::{Encoder, Hash},
        charge::StoredCharge,
        currency::Currency,
        entry::Postings,
        error::{Error, Result},
        handover::{self, Handover, HandoverDirection, Share, Ticket},
        id,
        idempotency::{IdempotencyKey, Operation, Recorded},
        money::Amount,
    },
};

/// Hands what is left of a charge over to another book.
pub(crate) fn hand_over<B: Records>(
    context: &mut Context<'_, B>,
    charge_id: &str,
    to: &str,
    key: Option<&IdempotencyKey>,
) -> Result<Recorded<Handover>> {
    id::check(to, "acct_", "merchantId")?;
    if context.book.merchant()?.id == to {
        let expected = "the merchant of another book";
        return Err(Error::ParameterInvalid { param: "merchantId", expected });
    }
    let encode = |to_hash: &mut Encoder| {
        to_hash.text(charge_id).text(to);
    };
    let asked = match Idempotent::look_up(context, Operation::Handover, key, "chargeId", encode)? {
        Asked::New(asked) => asked,
        Asked::Done(seq) => return Ok(Recorded::again(by_number(context, seq)?.handover)),
    };
    let missing = || Error::missing("chargeId", charge_id);
    let stored = context.book.charge(By::Id(charge_id))?.ok_or_else(missing)?;
    let decided = handover::decide(&stored).map_err(|r| Error::refused(r, asked.target));
    let amount = asked.settle(context, decided)?;
    record_handed_over(context, stored, amount, to, asked.outcome()).map(Recorded::now)
}

fn record_handed_over<B: Records>(
    context: &mut Context<'_, B>,
    stored: StoredCharge,
    amount: Amount,
    to: &str,
    outcome: Option<Outcome>,
) -> Result<Handover> {
    let id = id::generate("ho_", context.now, context.random)?;
    let StoredCharge { number: charge, charge: facts, .. } = stored;
    let elsewhere = facts.amount_elsewhere.plus(amount);
    let taken = Taken { elsewhere, ..Taken::of(&facts) };
    let draft = unposted(context, facts.currency)?;
    let share = Share { id, charge: facts, amount, other: to.to_owned() };
    let action = Action::HandedOver { charge, taken, share };
    let seq = context.next_seq()?;
    context.record(action, Some(draft), None, outcome)?;
    Ok(by_number(context, seq)?.handover)
}

/// Takes over what another book has handed over to this one. The same text again does nothing more.
pub(crate) fn take_over<B: Records>(
    context: &mut Context<'_, B>,
    text: &str,
) -> Result<Recorded<Handover>> {
    let taken = taken_over(context, text)?;
    Ok(Recorded { value: taken.value.handover, replayed: taken.replayed })
}

fn taken_over<B: Records>(
    context: &mut Context<'_, B>,
    text: &str,
) -> Result<Recorded<StoredHandover>> {
    let ticket = Ticket::decode(text)?;
    let own = context.book.merchant()?;
    if ticket.share.other != own.id {
        return Err(Error::HandoverMisdirected { merchant_id: ticket.share.other });
    }
    let conflict = |id: &str, fact| Err(Error::HandoverConflict { id: id.to_owned(), fact });
    let id = ticket.share.id.as_str();
    if let Some(known) = context.book.handover(By::Id(id))? {
        // The hash covers the entry that handed it over. Whose book that was, it does not.
        let is_same = known.handover.direction == HandoverDirection::TakenOver
            && known.handover.entry_hash == ticket.hash()
            && known.handover.other_merchant_id == ticket.from;
        return if is_same { Ok(Recorded::again(known)) } else { conflict(id, "id") };
    }
    if context.book.is_taken(id)? {
        return conflict(id, "id");
    }
    if ticket.live_mode != own.live_mode {
        return conflict(id, "liveMode");
    }
    if ticket.exponent != context.book.exponent(ticket.share.charge.currency)? {
        return conflict(id, "exponent");
    }
    let (source, exponent) = (ticket.hash(), ticket.exponent);
    let (action, draft) = taking_over(context, ticket.into_share(), source, exponent)?;
    let seq = context.next_seq()?;
    context.record(action, Some(draft), None, None)?;
    by_number(context, seq).map(Recorded::now)
}

/// What is recorded of a share that comes from the entry of another book with this hash.
pub(crate) fn taking_over<B: Records>(
    context: &mut Context<'_, B>,
    share: Share,
    source: Hash,
    exponent: u32,
) -> Result<(Action, Draft)> {
    let known = context.book.charge(By::Id(&share.charge.id))?;
    let known_charge = known.as_ref().map(|known| &known.charge);
    let elsewhere = handover::decide_take_over(&share, known_charge)?;
    let taken = Taken { elsewhere, ..Taken::of(known_charge.unwrap_or(&share.charge)) };
    let draft = unposted(context, share.charge.currency)?;
    let charge = known.map(|known| known.number);
    Ok((Action::TakenOver { charge, taken, share, source, exponent }, draft))
}

/// Refuses what another book has handed over: takes it over, and hands all that is left of the charge back
/// at once. The same text again gives the same answer.
pub(crate) fn refuse<B: Records>(
    context: &mut Context<'_, B>,
    text: &str,
) -> Result<Recorded<Handover>> {
    let taken = taken_over(context, text)?;
    let StoredHandover { seq, charge, ref handover, .. } = taken.value;
    let from = &handover.other_merchant_id;
    if taken.replayed
        && let Some(back) = context.book.handed_over_after(seq, charge, from)?
    {
        return Ok(Recorded::again(by_number(context, back)?.handover));
    }
    let stored = context.book.charge(By::Number(charge))?;
    let stored = stored.ok_or(Error::Internal { expected: "the charge of a hand-over" })?;
    let amount = handover::decide(&stored).map_err(|refusal| Error::refused(refusal, "text"))?;
    record_handed_over(context, stored, amount, from, None).map(Recorded::now)
}

/// An entry that moves nothing.
fn unposted<B: Records>(context: &mut Context<'_, B>, currency: Currency) -> Result<Draft> {
    Ok(Draft {
        effective_at: context.now,
        postings: Postings::none(currency),
        reverses: None,
        after: context.book.balances(currency)?,
    })
}

fn by_number<B: Records>(context: &mut Context<'_, B>, seq: i64) -> Result<StoredHandover> {
    let stored = context.book.handover(By::Number(seq))?;
    stored.ok_or_else(|| Error::corrupt("an entry of no hand-over"))
}
