//! Charges: attempts to take money. One that succeeds is posted.

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
        charge::{self, Charge, Conclusion, NewCharge, StoredCharge},
        currency::Currency,
        entry::Postings,
        error::{Error, Result},
        id,
        idempotency::{IdempotencyKey, Operation, Recorded},
        time::Timestamp,
    },
};

/// Creates a charge, and posts it if it succeeded.
pub(crate) fn create<B: Records>(
    context: &mut Context<'_, B>,
    new: &NewCharge,
    key: Option<&IdempotencyKey>,
) -> Result<Recorded<Charge>> {
    new.check()?;
    id::check_chosen(new.id.as_deref(), "ch_")?;
    let encode = |to: &mut Encoder| new.encode(to);
    let asked =
        match Idempotent::look_up(context, Operation::Charge, key, "paymentIntentId", encode)? {
            Asked::New(asked) => asked,
            Asked::Done(number) => {
                // The first outcome had the request's facts, whatever became of the charge since.
                let known = by_number(context, number)?.charge;
                return Ok(Recorded::again(new.charge(known.id, known.created_at)));
            }
        };
    let intent = intent_of(context, new.payment_intent_id.as_deref(), new.currency)?;
    // The rules speak before an id is drawn: only recorded operations draw ids.
    let unnamed = new.charge(String::new(), context.now);
    let decided = decide(context, &unnamed, asked.target);
    let posted = asked.settle(context, decided)?;
    let id = context.id_for(new.id.as_deref(), "ch_", |book, id| book.has_charge(id))?;
    let charge = Charge { id, ..unnamed };
    let now = context.now;
    record(context, charge, intent, posted, now, asked.outcome()).map(Recorded::now)
}

/// What a charge posts, if it succeeded, or the refusal of row 16.
pub(crate) fn decide<B: Records>(
    context: &mut Context<'_, B>,
    charge: &Charge,
    target: &'static str,
) -> Result<Option<(Postings, Balances)>> {
    let before = context.book.balances(charge.currency)?;
    charge::decide(charge, &before).map_err(|refusal| Error::refused(refusal, target))
}

/// The number of the intent of a new charge, which has to be there and in its currency.
pub(crate) fn intent_of<B: Records>(
    context: &mut Context<'_, B>,
    id: Option<&str>,
    currency: Currency,
) -> Result<Option<i64>> {
    let Some(id) = id else { return Ok(None) };
    let (number, intent) =
        context.book.intent(By::Id(id))?.ok_or_else(|| Error::missing("paymentIntentId", id))?;
    charge::check_intent_currency(intent.currency, currency)?;
    Ok(Some(number))
}

/// Records a charge whose id is free.
pub(crate) fn record<B: Records>(
    context: &mut Context<'_, B>,
    charge: Charge,
    intent: Option<i64>,
    posted: Option<(Postings, Balances)>,
    effective_at: Timestamp,
    outcome: Option<Outcome>,
) -> Result<Charge> {
    let exponent = context.book.exponent(charge.currency)?;
    let draft = posted.map(|posted| draft(posted, effective_at));
    let text = context.text(charge.description.as_deref(), &charge.metadata)?;
    let action = Action::Charge { charge, intent, exponent };
    match context.record(action, draft, text, outcome)?.action {
        Action::Charge { charge, .. } => Ok(charge),
        _ => Err(Error::Internal { expected: "the charge that was recorded" }),
    }
}

fn draft((postings, after): (Postings, Balances), effective_at: Timestamp) -> Draft {
    Draft { effective_at, postings, reverses: None, after }
}

/// Ends a pending charge, and posts it if it succeeded.
pub(crate) fn conclude<B: Records>(
    context: &mut Context<'_, B>,
    id: &str,
    conclusion: Conclusion,
    key: Option<&IdempotencyKey>,
) -> Result<Recorded<Charge>> {
    let encode = |to: &mut Encoder| {
        to.text(id);
        conclusion.encode(to);
    };
    let asked = match Idempotent::look_up(context, Operation::ChargeConclusion, key, "id", encode)?
    {
        Asked::New(asked) => asked,
        Asked::Done(number) => {
            let known = by_number(context, number)?.charge;
            return Ok(Recorded::again(known.untouched()));
        }
    };
    let stored = context.book.charge(By::Id(id))?.ok_or_else(|| Error::missing("id", id))?;
    let pending = charge::decide_conclusion(&stored.charge)
        .map_err(|refusal| Error::refused(refusal, asked.target));
    asked.settle(context, pending)?;
    let charge = conclusion.apply(stored.charge);
    charge::check_numbers(charge.amount, charge.amount_captured, charge.fee)?;
    let decided = decide(context, &charge, asked.target);
    let posted = asked.settle(context, decided)?;
    let now = context.now;
    record_conclusion(context, stored.number, charge.clone(), posted, now, asked.outcome())?;
    Ok(Recorded::now(charge))
}

/// Records how a pending charge ended.
pub(crate) fn record_conclusion<B: Records>(
    context: &mut Context<'_, B>,
    number: i64,
    charge: Charge,
    posted: Option<(Postings, Balances)>,
    effective_at: Timestamp,
    outcome: Option<Outcome>,
) -> Result<()> {
    let draft = posted.map(|posted| draft(posted, effective_at));
    context.record(Action::ChargeConclusion { number, charge }, draft, None, outcome)?;
    Ok(())
}

fn by_number<B: Records>(context: &mut Context<'_, B>, number: i64) -> Result<StoredCharge> {
    let stored = context.book.charge(By::Number(number))?;
    stored.ok_or_else(|| Error::corrupt("an idempotency key of no charge"))
}
