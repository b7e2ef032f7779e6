//! Import: objects from elsewhere, recorded as history. If the ledger already has an object, its
//! facts have to be the same.

mod disputes;

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
        dispute::{DisputeOutcome, NewDispute},
        error::{Error, Result},
        id::Random,
        intent::PaymentIntent,
        key,
        merchant::{NegativeBalanceLimit, NewMerchant},
        refund::{self as refund_rules, RefundStatus, Refundable},
        request::{RefundRequest, Target, check_description},
        time::Timestamp,
        transfer::{
            self as transfer_rules, NewTransfer, PayoutOutcome, PayoutStatus, Transfer,
            TransferKind,
        },
    },
};

/// What a line says.
#[derive(Clone)]
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

impl Line {
    /// Whose book it is about.
    pub(crate) fn merchant_id(&self) -> &str {
        match self {
            Self::Merchant { merchant, .. } => merchant.id.as_deref().unwrap_or_default(),
            Self::InBook { merchant_id, .. } => merchant_id,
        }
    }

    /// The API keys that it names.
    pub(crate) fn api_keys(&self) -> &[String] {
        match self {
            Self::Merchant { keys, .. } => keys,
            Self::InBook { .. } => &[],
        }
    }
}

/// An object of a merchant's book.
#[derive(Clone)]
pub(crate) enum Object {
    PaymentIntent(PaymentIntent),
    Charge(Charge),
    Refund {
        id: String,
        request: RefundRequest,
        created_at: Timestamp,
    },
    RefundFailure {
        refund_id: String,
        created_at: Timestamp,
    },
    Payout {
        transfer: NewTransfer,
        id: String,
        status: PayoutStatus,
        created_at: Timestamp,
    },
    Dispute {
        dispute: NewDispute,
        id: String,
        created_at: Timestamp,
    },
    DisputeOutcome {
        dispute_id: String,
        outcome: DisputeOutcome,
        created_at: Timestamp,
    },
    /// A top-up, settlement or adjustment.
    Transfer {
        transfer: NewTransfer,
        id: String,
        created_at: Timestamp,
    },
}

/// Whether an object was something new.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum News {
    Recorded,
    Known,
    /// It was known, and other facts of it were ignored.
    Ignored {
        id: String,
        facts: Vec<&'static str>,
    },
}

impl News {
    /// What is known of this object stays, whatever the line says: the facts that are not the same.
    fn ignoring(id: &str, facts: &[(&'static str, bool)]) -> Self {
        let other: Vec<_> = facts.iter().filter(|(_, same)| !same).map(|(fact, _)| *fact).collect();
        if other.is_empty() {
            Self::Known
        } else {
            Self::Ignored { id: id.to_owned(), facts: other }
        }
    }
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
        Object::RefundFailure { refund_id, created_at } => {
            import_refund_failure(context, &refund_id, created_at)
        }
        Object::Dispute { dispute, id, created_at } => {
            disputes::import_dispute(context, &dispute, id, created_at)
        }
        Object::DisputeOutcome { dispute_id, outcome, created_at } => {
            disputes::import_outcome(context, &dispute_id, outcome, created_at)
        }
        Object::Transfer { transfer, id, created_at } => {
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

/// Another merchant holds a key that a merchant's line names.
pub(crate) const KEY_HELD: Error =
    Error::ParameterInvalid { param: "apiKeys", expected: "keys that no other merchant holds" };

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
        let known = book.merchant()?;
        same(id, &[("liveMode", !live_mode_told || known.live_mode == new.live_mode)])?;
        let limit = &new.negative_balance_limit;
        // Without a limit may mean that none was told.
        let limit_told = *limit != NegativeBalanceLimit::Unlimited;
        let mut holds = true;
        for key in keys {
            let key = book.api_key(&key::id(&key::hash(key)))?;
            holds &= matches!(key, Some((_, false)));
        }
        return Ok(News::ignoring(
            id,
            &[
                ("name", known.name == new.name),
                ("apiKeys", holds),
                ("negativeBalanceLimit", !limit_told || known.negative_balance_limit == *limit),
            ],
        ));
    }
    merchant::create(store, new, now, random)?;
    let missing = Error::Internal { expected: "the merchant that was recorded" };
    let context = &mut Context { book: store.book(id)?.ok_or(missing)?, now, random };
    for key in keys {
        let hash = key::hash(key);
        match context.book.key_holder(&hash)? {
            None => merchant::keep_key(context, hash)?,
            Some((holder, _)) if holder == id => {}
            Some(_) => return Err(KEY_HELD),
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
    rules::check_words(
        new.description.as_deref(),
        &new.metadata,
        new.external_reference.as_deref(),
    )?;
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
            ("description", old.description == new.description),
            ("metadata", old.metadata == new.metadata),
            ("externalReference", old.external_reference == new.external_reference),
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
        // The ledger knows a later status already.
        (status, ChargeStatus::Pending) if status != ChargeStatus::Pending => {
            return Ok(News::ignoring(
                &new.id,
                &[
                    ("status", false),
                    ("amountCaptured", old.amount_captured == new.amount_captured),
                    ("fee", old.fee == new.fee),
                    ("availableOn", old.available_on == new.available_on),
                ],
            ));
        }
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
    let charge = context
        .book
        .refundable_charge(By::Id(charge_id))?
        .ok_or_else(|| Error::missing("chargeId", charge_id))?;
    let balances = context.book.balances(charge.currency)?;
    // The merchant's own rules do not apply, because the past has already happened.
    let refundable = Refundable { charge, balances, limit: None, same_reference: None };
    let decision = refund_rules::decide(&refundable, request)
        .map_err(|refusal| Error::refused(refusal, "chargeId"))?;
    refund::record(context, refundable.charge, request, &decision, made, None)?;
    Ok(News::Recorded)
}

/// A refund fails once: of one that has failed, the day is not compared.
fn import_refund_failure<B: Records>(
    context: &mut Context<'_, B>,
    refund_id: &str,
    created_at: Timestamp,
) -> Result<News> {
    let missing = || Error::missing("refundId", refund_id);
    let stored = context.book.refund(By::Id(refund_id))?.ok_or_else(missing)?;
    if stored.refund.status == RefundStatus::Failed {
        return Ok(News::Known);
    }
    let before = context.book.balances(stored.refund.currency)?;
    let after = refund_rules::decide_failure(&stored.refund, &before)
        .map_err(|refusal| Error::refused(refusal, "refundId"))?;
    refund::record_failure(context, stored, created_at, after, None)?;
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
        return Err(Error::missing("id", id));
    };
    // A payout may advance. A line with an earlier status is skipped; a status off this path is
    // wrong.
    let Some(ahead) = path(status).strip_prefix(path(at)) else {
        let behind = path(at).starts_with(path(status));
        same(id, &[("status", behind)])?;
        return Ok(News::ignoring(id, &[("status", false)]));
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
