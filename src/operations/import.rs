//! Import: objects from elsewhere, recorded as history. An object that is known already has to say
//! the same.

use super::{
    charge,
    context::Context,
    intent, merchant,
    refund::{self, Made},
    transfer,
};
use crate::{
    recording::store::{By, Records, Store},
    words::{
        charge::{self as rules, Charge, ChargeStatus, Conclusion, StoredCharge},
        error::{Error, Result},
        id::Random,
        intent::PaymentIntent,
        key,
        merchant::NewMerchant,
        refund::{self as refund_rules, Refundable},
        request::{RefundRequest, Target, check_description},
        time::Timestamp,
        transfer::{
            self as transfer_rules, NewTransfer, PayoutOutcome, PayoutStatus, Transfer,
            TransferKind,
        },
    },
};

/// What a line says.
pub(crate) enum Line {
    Merchant {
        merchant: NewMerchant,
        keys: Vec<String>,
        /// Whether the line tells the mode, in words or by its keys.
        live_mode_told: bool,
    },
    InBook {
        merchant_id: String,
        object: Object,
    },
}

/// An object of a merchant's book.
pub(crate) enum Object {
    PaymentIntent(PaymentIntent),
    Charge(Charge),
    Refund { id: String, request: RefundRequest, created_at: Timestamp },
    Payout { transfer: NewTransfer, id: String, status: PayoutStatus, created_at: Timestamp },
    Adjustment { transfer: NewTransfer, id: String, created_at: Timestamp },
}

/// Whether an object was something new.
#[derive(PartialEq, Eq)]
pub(crate) enum News {
    Recorded,
    Known,
}

/// Records what a line says, unless it is known.
pub(crate) fn import<S: Store>(
    store: &mut S,
    line: Line,
    now: Timestamp,
    random: &mut Random,
) -> Result<News> {
    let (merchant_id, object) = match line {
        Line::Merchant { merchant, keys, live_mode_told } => {
            return import_merchant(store, &merchant, &keys, live_mode_told, now, random);
        }
        Line::InBook { merchant_id, object } => (merchant_id, object),
    };
    let book = store.own_book(&merchant_id)?;
    let context = &mut Context { book, now, random };
    match object {
        Object::PaymentIntent(intent) => import_intent(context, intent),
        Object::Charge(charge) => import_charge(context, charge),
        Object::Refund { id, request, created_at } => {
            import_refund(context, Made { id, created_at }, &request)
        }
        Object::Payout { transfer, id, status, created_at } => {
            import_payout(context, &transfer, &id, status, created_at)
        }
        Object::Adjustment { transfer, id, created_at } => {
            import_transfer(context, &transfer, &id, created_at)
        }
    }
}

/// The error for a known id whose facts differ, if one does.
fn same(id: &str, facts: &[(&'static str, bool)]) -> Result<()> {
    match facts.iter().find(|(_, same)| !same) {
        Some((fact, _)) => Err(Error::ResourceConflict { id: id.to_owned(), fact: Some(fact) }),
        None => Ok(()),
    }
}

fn import_merchant<S: Store>(
    store: &mut S,
    new: &NewMerchant,
    keys: &[String],
    live_mode_told: bool,
    now: Timestamp,
    random: &mut Random,
) -> Result<News> {
    let id = new.id.as_deref().unwrap_or_default();
    if let Some(mut book) = store.book(id)? {
        let live_mode = book.merchant()?.live_mode;
        same(id, &[("liveMode", !live_mode_told || live_mode == new.live_mode)])?;
        return Ok(News::Known);
    }
    merchant::create(store, new, now, random)?;
    let missing = Error::Internal { expected: "the merchant that was recorded" };
    let context = &mut Context { book: store.book(id)?.ok_or(missing)?, now, random };
    for key in keys {
        let hash = key::hash(key);
        match context.book.key_holder(&hash)? {
            None => merchant::keep_key(context, hash)?,
            Some((holder, _)) if holder == id => {}
            Some(_) => {
                return Err(Error::ParameterInvalid {
                    param: "apiKeys",
                    expected: "keys that no other merchant holds",
                });
            }
        }
    }
    Ok(News::Recorded)
}

fn import_intent<B: Records>(context: &mut Context<'_, B>, new: PaymentIntent) -> Result<News> {
    if let Some((_, known)) = context.book.intent(By::Id(&new.id))? {
        same(
            &new.id,
            &[
                ("amount", known.amount == new.amount),
                ("currency", known.currency == new.currency),
                ("createdAt", known.created_at == new.created_at),
            ],
        )?;
        return Ok(News::Known);
    }
    intent::record(context, new)?;
    Ok(News::Recorded)
}

fn import_charge<B: Records>(context: &mut Context<'_, B>, new: Charge) -> Result<News> {
    rules::check_numbers(new.amount, new.amount_captured, new.fee)?;
    if let Some(known) = context.book.charge(By::Id(&new.id))? {
        return import_known_charge(context, known, new);
    }
    let intent = charge::intent_of(context, new.payment_intent_id.as_deref(), new.currency)?;
    let posted = charge::decide(context, &new, "amount")?;
    let created_at = new.created_at;
    charge::record(context, new, intent, posted, created_at, None)?;
    Ok(News::Recorded)
}

fn import_known_charge<B: Records>(
    context: &mut Context<'_, B>,
    known: StoredCharge,
    new: Charge,
) -> Result<News> {
    let old = &known.charge;
    same(
        &new.id,
        &[
            ("paymentIntentId", old.payment_intent_id == new.payment_intent_id),
            ("amount", old.amount == new.amount),
            ("currency", old.currency == new.currency),
            ("createdAt", old.created_at == new.created_at),
        ],
    )?;
    let conclusion = match (old.status, new.status) {
        // A pending charge may still become anything.
        (ChargeStatus::Pending, ChargeStatus::Succeeded) => Conclusion::Succeeded {
            amount_captured: new.amount_captured,
            fee: new.fee,
            available_on: new.available_on,
        },
        (ChargeStatus::Pending, ChargeStatus::Failed) => Conclusion::Failed,
        (ChargeStatus::Pending, ChargeStatus::Canceled) => Conclusion::Canceled,
        // An earlier status is old news.
        (old, ChargeStatus::Pending) if old != ChargeStatus::Pending => return Ok(News::Known),
        _ => {
            same(
                &new.id,
                &[
                    ("status", old.status == new.status),
                    ("amountCaptured", old.amount_captured == new.amount_captured),
                    ("fee", old.fee == new.fee),
                    ("availableOn", old.available_on == new.available_on),
                ],
            )?;
            return Ok(News::Known);
        }
    };
    let charge = match conclusion {
        Conclusion::Succeeded { .. } => conclusion.apply(known.charge),
        // The numbers of a charge that came to nothing may differ from those it had while pending.
        Conclusion::Failed | Conclusion::Canceled => new,
    };
    let posted = charge::decide(context, &charge, "amount")?;
    let created_at = charge.created_at;
    charge::record_conclusion(context, known.number, charge, posted, created_at, None)?;
    Ok(News::Recorded)
}

fn import_refund<B: Records>(
    context: &mut Context<'_, B>,
    made: Made,
    request: &RefundRequest,
) -> Result<News> {
    request.check()?;
    let Target::Charge(charge_id) = &request.target else {
        return Err(Error::ParameterMissing { param: "chargeId" });
    };
    if let Some(known) = context.book.refund(By::Id(&made.id))? {
        let known = known.refund;
        same(
            &made.id,
            &[
                ("chargeId", known.charge_id == *charge_id),
                ("amount", Some(known.amount) == request.amount),
                ("reason", known.reason == request.reason),
                ("description", known.description == request.description),
                ("metadata", known.metadata == request.metadata),
                ("externalReference", known.external_reference == request.external_reference),
                ("createdAt", known.created_at == made.created_at),
            ],
        )?;
        return Ok(News::Known);
    }
    let stored = context
        .book
        .charge(By::Id(charge_id))?
        .ok_or(Error::ResourceMissing { param: "chargeId" })?;
    let balances = context.book.balances(stored.charge.currency)?;
    // History is not asked whether it may happen: the limit does not apply.
    let refundable = Refundable { stored, balances, limit: None };
    let decision = refund_rules::decide(&refundable, request)
        .map_err(|refusal| Error::refused(refusal, "chargeId"))?;
    refund::record(context, &refundable, request, &decision, made, None)?;
    Ok(News::Recorded)
}

/// The outcomes that lead from in transit to a status.
const fn path(status: PayoutStatus) -> &'static [PayoutOutcome] {
    match status {
        PayoutStatus::InTransit => &[],
        PayoutStatus::Paid => &[PayoutOutcome::Paid],
        PayoutStatus::Failed => &[PayoutOutcome::Failed],
        PayoutStatus::Returned => &[PayoutOutcome::Paid, PayoutOutcome::Returned],
    }
}

fn import_payout<B: Records>(
    context: &mut Context<'_, B>,
    new: &NewTransfer,
    id: &str,
    status: PayoutStatus,
    created_at: Timestamp,
) -> Result<News> {
    let mut news = import_transfer(context, new, id, created_at)?;
    let found = context.book.transfer(By::Id(id))?;
    let Some((seq, mut payout @ Transfer { status: Some(at), .. })) = found else {
        return Err(Error::ResourceMissing { param: "id" });
    };
    // A payout may advance, and a line that is behind is old news; one beside the path is wrong.
    let Some(ahead) = path(status).strip_prefix(path(at)) else {
        let behind = path(at).starts_with(path(status));
        same(id, &[("status", behind)])?;
        return Ok(news);
    };
    for &outcome in ahead {
        let before = context.book.balances(payout.currency)?;
        let after = transfer_rules::decide_outcome(&payout, outcome.starts_at(), outcome, &before)
            .map_err(|refusal| Error::refused(refusal, "amount"))?;
        payout = transfer::record_outcome(context, seq, &payout, outcome, created_at, after, None)?;
        news = News::Recorded;
    }
    Ok(news)
}

/// Records a transfer, or finds that it is known. Historical payouts need not be covered.
fn import_transfer<B: Records>(
    context: &mut Context<'_, B>,
    new: &NewTransfer,
    id: &str,
    created_at: Timestamp,
) -> Result<News> {
    check_description(new.description.as_deref())?;
    if let Some((_, known)) = context.book.transfer(By::Id(id))? {
        let described = new.kind == TransferKind::Payout || known.description == new.description;
        same(
            id,
            &[
                ("amount", known.amount == new.amount),
                ("currency", known.currency == new.currency),
                ("description", described),
                ("createdAt", known.created_at == created_at),
            ],
        )?;
        return Ok(News::Known);
    }
    let before = context.book.balances(new.currency)?;
    let after = transfer_rules::decide(new, &before, true)
        .map_err(|refusal| Error::refused(refusal, "amount"))?;
    transfer::record(context, new, id.to_owned(), created_at, after, None)?;
    Ok(News::Recorded)
}
