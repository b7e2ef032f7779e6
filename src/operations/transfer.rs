//! Transfers: money that moves other than by charges and refunds.

use std::collections::BTreeMap;

use super::{
    context::{Context, Draft},
    idempotent::{Asked, Idempotent},
};
use crate::{
    recording::{
        Action, Outcome,
        store::{By, Records},
    },
    words::{
        account::Balances,
        chain::Encoder,
        entry::Postings,
        error::{Error, Result},
        id,
        idempotency::{IdempotencyKey, Operation, Recorded},
        time::Timestamp,
        transfer::{self, NewTransfer, PayoutOutcome, PayoutStatus, Transfer, TransferKind},
    },
};

/// Makes a transfer.
pub(crate) fn create<B: Records>(
    context: &mut Context<'_, B>,
    new: &NewTransfer,
    key: Option<&IdempotencyKey>,
) -> Result<Recorded<Transfer>> {
    new.check()?;
    id::check_chosen(new.id.as_deref(), new.kind.prefix())?;
    let encode = |to: &mut Encoder| {
        to.optional_text(new.id.as_deref()).int(new.amount.minor()).text(new.currency.code());
        to.optional_text(new.description.as_deref());
    };
    let asked = match Idempotent::look_up(context, new.kind.operation(), key, "id", encode)? {
        Asked::New(asked) => asked,
        Asked::Done(seq) => {
            let transfer = by_number(context, seq)?;
            let status = transfer.status.map(|_| PayoutStatus::InTransit);
            return Ok(Recorded::again(Transfer { status, ..transfer }));
        }
    };
    let before = context.book.balances(new.currency)?;
    let decided =
        transfer::decide(new, &before, false).map_err(|refusal| Error::refused(refusal, "id"));
    let after = asked.settle(context, decided)?;
    let id = context.id_for(new.id.as_deref(), new.kind.prefix(), |book, id| {
        Ok(book.transfer(By::Id(id))?.is_some())
    })?;
    let now = context.now;
    record(context, new, id, now, after, asked.outcome()).map(Recorded::now)
}

/// Records a transfer whose id is free.
pub(crate) fn record<B: Records>(
    context: &mut Context<'_, B>,
    new: &NewTransfer,
    id: String,
    effective_at: Timestamp,
    after: Balances,
    outcome: Option<Outcome>,
) -> Result<Transfer> {
    let seq = context.next_seq()?;
    let exponent = context.book.exponent(new.currency)?;
    let text = context.text(new.description.as_deref(), &BTreeMap::new())?;
    let transfer = Transfer {
        id,
        kind: new.kind,
        amount: new.amount,
        currency: new.currency,
        status: (new.kind == TransferKind::Payout).then_some(PayoutStatus::InTransit),
        description: new.description.clone(),
        journal_entry_id: id::numbered("je_", seq),
        created_at: effective_at,
    };
    let postings = Postings::one(new.kind.posting(new.amount, new.currency));
    let draft = Draft { effective_at, postings, reverses: None, after };
    let action = Action::Transfer { transfer, exponent };
    match context.record(action, Some(draft), text, outcome)?.action {
        Action::Transfer { transfer, .. } => Ok(transfer),
        _ => Err(Error::Internal { expected: "the transfer that was recorded" }),
    }
}

/// Records what became of a payout.
pub(crate) fn conclude<B: Records>(
    context: &mut Context<'_, B>,
    id: &str,
    outcome: PayoutOutcome,
    key: Option<&IdempotencyKey>,
) -> Result<Recorded<Transfer>> {
    let encode = |to: &mut Encoder| {
        to.text(id).int(outcome.cause().number());
    };
    let asked = match Idempotent::look_up(context, Operation::PayoutOutcome, key, "id", encode)? {
        Asked::New(asked) => asked,
        Asked::Done(seq) => {
            let payout = by_number(context, seq)?;
            let status = Some(outcome.leads_to());
            return Ok(Recorded::again(Transfer { status, ..payout }));
        }
    };
    let found = context.book.transfer(By::Id(id))?;
    let Some((seq, payout @ Transfer { status: Some(status), .. })) = found else {
        return Err(Error::missing("id", id));
    };
    let before = context.book.balances(payout.currency)?;
    let decided = transfer::decide_outcome(&payout, status, outcome, &before)
        .map_err(|refusal| Error::refused(refusal, "id"));
    let after = asked.settle(context, decided)?;
    let now = context.now;
    record_outcome(context, seq, &payout, outcome, now, after, asked.outcome()).map(Recorded::now)
}

/// Records what became of a payout, and returns it as it is then.
pub(crate) fn record_outcome<B: Records>(
    context: &mut Context<'_, B>,
    seq: i64,
    payout: &Transfer,
    outcome: PayoutOutcome,
    effective_at: Timestamp,
    after: Balances,
    key: Option<Outcome>,
) -> Result<Transfer> {
    let concluded = Transfer { status: Some(outcome.leads_to()), ..payout.clone() };
    let draft = Draft {
        effective_at,
        postings: Postings::one(outcome.posting(payout.amount.magnitude(), payout.currency)),
        reverses: outcome.is_back().then_some(seq),
        after,
    };
    let action = Action::PayoutOutcome { seq, payout: concluded.clone(), outcome };
    context.record(action, Some(draft), None, key)?;
    Ok(concluded)
}

fn by_number<B: Records>(context: &mut Context<'_, B>, seq: i64) -> Result<Transfer> {
    let stored = context.book.transfer(By::Number(seq))?;
    Ok(stored.ok_or_else(|| Error::corrupt("an idempotency key of no transfer"))?.1)
}
