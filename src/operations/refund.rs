//! Refunds: load, decide, record. This is what the ledger is for.

use super::{
    context::{Context, Draft},
    idempotent::{Asked, Idempotent},
};
use crate::{
    recording::{
        Action, Outcome, Taken,
        store::{By, Records, StoredRefund},
    },
    words::{
        account::Balances,
        chain::Encoder,
        charge::RefundableCharge,
        entry::Postings,
        error::{Error, Result},
        id,
        idempotency::{IdempotencyKey, Operation, Recorded},
        refund::{self, Decision, Refund, RefundStatus, Refundable},
        refusal::Refusal,
        request::{RefundRequest, Target},
        time::Timestamp,
    },
};

/// Creates a refund.
pub(crate) fn create<B: Records>(
    context: &mut Context<'_, B>,
    request: &RefundRequest,
    key: Option<&IdempotencyKey>,
) -> Result<Recorded<Refund>> {
    request.check()?;
    let target = request.target.param();
    let encode = |to: &mut Encoder| request.encode(to);
    let asked = match Idempotent::look_up(context, Operation::Refund, key, target, encode)? {
        Asked::New(asked) => asked,
        Asked::Done(seq) => {
            // The first outcome again, even if the refund has failed since.
            let refund = by_number(context, seq)?;
            return Ok(Recorded::again(Refund { status: RefundStatus::Succeeded, ..refund }));
        }
    };
    let loaded = load(context, request);
    let refundable = asked.settle(context, loaded)?;
    let decided = refund::decide(&refundable, request).map_err(|r| Error::refused(r, target));
    let decision = asked.settle(context, decided)?;
    // From here on, the refund must succeed.
    let id = id::generate("re_", context.now, context.random)?;
    let made = Made { id, created_at: context.now };
    record(context, refundable.charge, request, &decision, made, asked.outcome()).map(Recorded::now)
}

fn load<B: Records>(context: &mut Context<'_, B>, request: &RefundRequest) -> Result<Refundable> {
    let target = &request.target;
    let missing = || Error::missing(target.param(), target.id());
    let refused = |refusal| Error::refused(refusal, target.param());
    let book = &mut context.book;
    let charge = match target {
        Target::Charge(id) => book.refundable_charge(By::Id(id))?.ok_or_else(missing)?,
        Target::PaymentIntent(id) => {
            let (intent, _) = book.intent(By::Id(id))?.ok_or_else(missing)?;
            match book.succeeded_under(intent)?[..] {
                [charge] => book.refundable_charge(By::Number(charge))?.ok_or_else(missing)?,
                [] => return Err(refused(Refusal::IntentWithoutSucceededCharge)),
                [_, _, ref others @ ..] => {
                    let charges = i64::try_from(others.len()).unwrap_or(i64::MAX).saturating_add(2);
                    return Err(refused(Refusal::IntentWithSeveralSucceededCharges { charges }));
                }
            }
        }
    };
    let balances = book.balances(charge.currency)?;
    let limit = book.limit()?.of(charge.currency);
    let same_reference = match &request.external_reference {
        Some(reference) if book.unique_references()? => book.refund_with_reference(reference)?,
        Some(_) | None => None,
    };
    Ok(Refundable { charge, balances, limit, same_reference })
}

/// The id of a refund, and when it was made: an import knows both beforehand.
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) created_at: Timestamp,
}

/// Records a refund that was decided on.
pub(crate) fn record<B: Records>(
    context: &mut Context<'_, B>,
    charge: RefundableCharge,
    request: &RefundRequest,
    decision: &Decision,
    made: Made,
    outcome: Option<Outcome>,
) -> Result<Refund> {
    let seq = context.next_seq()?;
    let Made { id, created_at } = made;
    let text = context.text(request.description.as_deref(), &request.metadata)?;
    let refund = Refund {
        id,
        charge_id: charge.id,
        amount: decision.amount,
        currency: charge.currency,
        status: RefundStatus::Succeeded,
        reason: request.reason,
        balance_transaction_id: id::numbered("bt_", seq),
        journal_entry_id: id::numbered("je_", seq),
        created_at,
        payment_intent_id: charge.payment_intent_id,
        description: request.description.clone(),
        metadata: request.metadata.clone(),
        external_reference: request.external_reference.clone(),
    };
    let draft = Draft {
        effective_at: created_at,
        postings: Postings::one(refund::posting(decision.amount, charge.currency)),
        reverses: Some(decision.reverses),
        after: decision.after,
    };
    let taken = Taken { refunded: decision.refunded, ..charge.taken };
    let action = Action::Refund { charge: charge.number, taken, refund };
    match context.record(action, Some(draft), text, outcome)?.action {
        Action::Refund { refund, .. } => Ok(refund),
        _ => Err(Error::Internal { expected: "the refund that was recorded" }),
    }
}

/// Records that the card's bank sent a refund back: an entry reverses the refund's.
pub(crate) fn fail<B: Records>(
    context: &mut Context<'_, B>,
    id: &str,
    key: Option<&IdempotencyKey>,
) -> Result<Recorded<Refund>> {
    let encode = |to: &mut Encoder| {
        to.text(id);
    };
    let asked = match Idempotent::look_up(context, Operation::RefundFailure, key, "id", encode)? {
        Asked::New(asked) => asked,
        Asked::Done(seq) => return by_number(context, seq).map(Recorded::again),
    };
    let stored = context.book.refund(By::Id(id))?.ok_or_else(|| Error::missing("id", id))?;
    let before = context.book.balances(stored.refund.currency)?;
    let decided = refund::decide_failure(&stored.refund, &before)
        .map_err(|refusal| Error::refused(refusal, "id"));
    let after = asked.settle(context, decided)?;
    let now = context.now;
    record_failure(context, stored, now, after, asked.outcome()).map(Recorded::now)
}

/// Records a failure that was decided on.
pub(crate) fn record_failure<B: Records>(
    context: &mut Context<'_, B>,
    stored: StoredRefund,
    effective_at: Timestamp,
    after: Balances,
    outcome: Option<Outcome>,
) -> Result<Refund> {
    let charge = context.book.charge(By::Number(stored.charge))?;
    let charge = charge.ok_or(Error::Internal { expected: "the charge of a refund" })?.charge;
    let amount = stored.refund.amount;
    let draft = Draft {
        effective_at,
        postings: Postings::one(refund::failure_posting(amount, stored.refund.currency)),
        reverses: Some(stored.seq),
        after,
    };
    let failed = Refund { status: RefundStatus::Failed, ..stored.refund };
    let action = Action::RefundFailure {
        charge: stored.charge,
        taken: Taken { refunded: charge.amount_refunded.less(amount), ..Taken::of(&charge) },
        seq: stored.seq,
        refund: failed.clone(),
    };
    context.record(action, Some(draft), None, outcome)?;
    Ok(failed)
}

fn by_number<B: Records>(context: &mut Context<'_, B>, seq: i64) -> Result<Refund> {
    let stored = context.book.refund(By::Number(seq))?;
    Ok(stored.ok_or_else(|| Error::corrupt("an idempotency key of no refund"))?.refund)
}
