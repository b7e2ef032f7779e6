//! Apply: takes in a recording of another ledger. No rule is checked, but number and hashes have to
//! follow from what the book has.

mod dispute;
mod handover;

use std::collections::BTreeMap;

use super::context::{Context, Draft};
use crate::{
    recording::{
        Action, Outcome, Taken, Text,
        body::{Body, ChargeBody, TransferBody},
        line::{Line, OutcomeLine, TextLine},
        store::{By, Records, Store},
    },
    words::{
        charge::{Charge, ChargeStatus, StoredCharge, check_numbers},
        entry::Postings,
        error::{Error, Result},
        hex::Hex,
        id::Random,
        idempotency::{self, IdempotencyKey, Operation},
        intent::PaymentIntent,
        money::Balance,
        refund::{self, Refund, RefundStatus},
        transfer::{PayoutOutcome, PayoutStatus, Transfer, TransferKind},
    },
};

/// Takes in lines of one book, unless that is a mirror, which its feed alone changes. Returns how many were
/// new.
///
/// # Errors
/// [`Error::InvalidRequest`] for a line that is not canonical; as [`apply`]; [`Error::Mirrored`].
pub(crate) fn all<'a, S: Store>(
    store: &mut S,
    merchant_id: &str,
    lines: impl IntoIterator<Item = &'a str>,
    random: &mut Random,
) -> Result<u64> {
    if let Some(mut book) = store.book(merchant_id)?
        && book.is_mirror()?
    {
        return Err(Error::Mirrored);
    }
    let mut new = 0_u64;
    for (line, place) in lines.into_iter().zip(1..) {
        let is_new = apply(store, merchant_id, &Line::decode(line)?, place, random)?;
        new = new.saturating_add(u64::from(is_new));
    }
    Ok(new)
}

/// Takes in the line of a recording of this merchant's book, which is the line with the number `place`
/// of what it came with. Returns whether it was new: a line that the book has already is compared and
/// skipped.
///
/// # Errors
/// [`Error::Forked`] for a line with another hash than the recording at its place; [`Error::Feed`] for
/// one that leaves a gap, or does not follow from what the book has.
pub(crate) fn apply<S: Store>(
    store: &mut S,
    merchant_id: &str,
    line: &Line,
    place: u64,
    random: &mut Random,
) -> Result<bool> {
    let begins = matches!(&line.action, Body::Merchant(merchant) if merchant.id == merchant_id);
    if let Some(book) = store.book(merchant_id)? {
        return take_in(Context { book, now: line.recorded_at, random }, line, place);
    }
    if !begins {
        return Err(Error::missing("merchantId", merchant_id));
    }
    let book = store.new_book(merchant_id)?;
    let taken = take_in(Context { book, now: line.recorded_at, random }, line, place);
    if taken.is_err() {
        // Nothing was recorded, so there is no such book.
        store.forget(merchant_id);
    }
    taken
}

fn take_in<B: Records>(mut context: Context<'_, B>, line: &Line, place: u64) -> Result<bool> {
    let after = context.book.position()?.mark();
    let wrong = |problem| Error::Feed { line: place, problem, after };
    if line.n <= after.n {
        return match context.book.recorded(line.n)? {
            Some(kept) if kept.hash != line.hash => Err(Error::Forked { line: place, n: line.n }),
            Some(kept) if line.is(&kept) => Ok(false),
            Some(_) => Err(wrong("says something else than its hash covers")),
            None => Err(wrong("has a number that no recording has")),
        };
    }
    if line.n != after.n.saturating_add(1) {
        return Err(wrong("leaves a gap"));
    }
    let follows = || wrong("does not follow from the recordings before it");
    let (action, draft) = context.action(line)?.ok_or_else(follows)?;
    let text = match text(line) {
        Some(_) if !action.takes_text() => return Err(follows()),
        text => text,
    };
    let outcome = outcome(line).ok_or_else(follows)?;
    if !context.takes_key(&action, outcome.as_ref())? {
        return Err(follows());
    }
    let recording = context.recording(action, draft, text, outcome)?;
    if recording.line() != *line {
        return Err(follows());
    }
    match context.book.record(&recording) {
        // The assertions speak before anything is written.
        Err(Error::Internal { .. }) => Err(follows()),
        recorded => recorded.map(|()| true),
    }
}

impl<B: Records> Context<'_, B> {
    /// The action of a line and what it posts. `None` where it is about an object that is not there,
    /// or where a balance would leave its range.
    fn action(&mut self, line: &Line) -> Result<Option<(Action, Option<Draft>)>> {
        let unposted = |action| Ok(Some((action, None)));
        match &line.action {
            Body::Merchant(merchant) if line.n == 1 => unposted(Action::Merchant(merchant.clone())),
            Body::Merchant(_) => Ok(None),
            Body::Limit { negative_balance_limit } => {
                unposted(Action::Limit(negative_balance_limit.clone()))
            }
            Body::UniqueReferences { required } => unposted(Action::UniqueReferences(*required)),
            Body::ApiKey { hash } => {
                let is_free = self.book.key_holder(hash)?.is_none();
                Ok(is_free.then_some((Action::ApiKey(*hash), None)))
            }
            Body::ApiKeyRevocation { hash } => {
                // A key of another merchant is not this book's to revoke.
                let own = self.book.merchant()?.id;
                let is_held = self.book.key_holder(hash)? == Some((own, false));
                Ok(is_held.then_some((Action::ApiKeyRevocation(*hash), None)))
            }
            Body::PaymentIntent { id, .. } if self.book.intent(By::Id(id))?.is_some() => Ok(None),
            Body::PaymentIntent { id, amount, currency, exponent, created_at } => {
                let intent = PaymentIntent {
                    id: id.clone(),
                    amount: *amount,
                    amount_refunded: Balance::ZERO,
                    currency: *currency,
                    created_at: *created_at,
                };
                unposted(Action::PaymentIntent { intent, exponent: *exponent })
            }
            Body::Charge(body) => self.charge_created(line, body),
            Body::ChargeConclusion(body) => self.charge_concluded(line, body),
            Body::Maturity { charge_id } => self.matured(line, charge_id),
            Body::Refund { .. } => self.refunded(line),
            Body::RefundFailure { refund_id } => self.refund_failed(line, refund_id),
            Body::Payout(body) => self.transferred(line, TransferKind::Payout, body),
            Body::TopUp(body) => self.transferred(line, TransferKind::TopUp, body),
            Body::Settlement(body) => self.transferred(line, TransferKind::Settlement, body),
            Body::Adjustment(body) => self.transferred(line, TransferKind::Adjustment, body),
            Body::PayoutPaid { payout_id } => self.concluded(line, payout_id, PayoutOutcome::Paid),
            Body::PayoutFailed { payout_id } => {
                self.concluded(line, payout_id, PayoutOutcome::Failed)
            }
            Body::PayoutReturned { payout_id } => {
                self.concluded(line, payout_id, PayoutOutcome::Returned)
            }
            Body::Dispute(body) => self.disputed(line, body),
            Body::DisputeWon { dispute_id } => self.dispute_concluded(line, dispute_id, true),
            Body::DisputeLost { dispute_id } => self.dispute_concluded(line, dispute_id, false),
            Body::HandedOver { .. } => self.handed_over(line),
            Body::TakenOver(body) => self.taken_over(line, body),
            Body::Refusal { number, fact } => {
                let refusal = Body::refusal(*number, fact.as_deref());
                Ok(refusal.map(|refusal| (Action::Refusal(refusal), None)))
            }
            Body::Pruning { through: n } | Body::Erasure { n } if !(1..line.n).contains(n) => {
                Ok(None)
            }
            Body::Pruning { through } => unposted(Action::Pruning { through: *through }),
            Body::Erasure { n } => unposted(Action::Erasure { n: *n }),
            Body::Answer { source } => {
                let is_there = self.book.has_charge(source)? || self.book.is_taken(source)?;
                Ok(is_there.then(|| (Action::Answer { source: source.clone() }, None)))
            }
        }
    }

    /// Whether the action may have this key, which no earlier recording has.
    fn takes_key(&mut self, action: &Action, outcome: Option<&Outcome>) -> Result<bool> {
        let operation = match outcome {
            Some(Outcome::Kept { operation, key, .. }) => {
                if self.book.outcome(*operation, key)?.is_some() {
                    return Ok(false);
                }
                Some(*operation)
            }
            Some(Outcome::Pruned { .. }) | None => None,
        };
        Ok(idempotency::belongs(action.kind(), outcome.is_some(), operation))
    }

    fn charge_created(
        &mut self,
        line: &Line,
        body: &ChargeBody,
    ) -> Result<Option<(Action, Option<Draft>)>> {
        let intent = match &body.payment_intent_id {
            None => None,
            Some(id) => match self.book.intent(By::Id(id))? {
                Some((number, intent)) if intent.currency == body.currency => Some(number),
                Some(_) | None => return Ok(None),
            },
        };
        let (Some(exponent), false, true) =
            (body.exponent, self.book.has_charge(&body.id)?, has_sound_numbers(body))
        else {
            return Ok(None);
        };
        let (description, metadata) = words(line);
        let external_reference = body.external_reference.clone();
        let charge = Charge { description, metadata, external_reference, ..charge(body) };
        let Some(draft) = self.posted(line, charge.postings(), None)? else { return Ok(None) };
        Ok(Some((Action::Charge { charge, intent, exponent }, draft)))
    }

    fn charge_concluded(
        &mut self,
        line: &Line,
        body: &ChargeBody,
    ) -> Result<Option<(Action, Option<Draft>)>> {
        let Some(StoredCharge { number, seq: None, charge: pending, .. }) =
            self.book.charge(By::Id(&body.id))?
        else {
            return Ok(None);
        };
        let same = pending.currency == body.currency
            && pending.amount == body.amount
            && pending.payment_intent_id == body.payment_intent_id
            && pending.created_at == body.created_at;
        let ends = pending.status == ChargeStatus::Pending && body.status != ChargeStatus::Pending;
        if !same || !ends || !has_sound_numbers(body) {
            return Ok(None);
        }
        let charge = charge(body);
        let Some(draft) = self.posted(line, charge.postings(), None)? else { return Ok(None) };
        Ok(Some((Action::ChargeConclusion { number, charge }, draft)))
    }

    fn matured(&mut self, line: &Line, charge_id: &str) -> Result<Option<(Action, Option<Draft>)>> {
        let Some(StoredCharge { number, seq: Some(posted), charge, .. }) =
            self.book.charge(By::Id(charge_id))?
        else {
            return Ok(None);
        };
        let in_time =
            line.entry.as_ref().is_some_and(|entry| entry.effective_at == charge.available_on);
        if !in_time || !self.book.waits(&charge)? {
            return Ok(None);
        }
        let Some(posting) = charge.maturity() else { return Ok(None) };
        let draft = self.posted(line, Some(Postings::one(posting)), None)?;
        Ok(draft.map(|draft| (Action::Maturity { number, posted, charge }, draft)))
    }

    fn refunded(&mut self, line: &Line) -> Result<Option<(Action, Option<Draft>)>> {
        let (
            Body::Refund { id, charge_id, amount, currency, reason, external_reference },
            Some(entry),
        ) = (&line.action, &line.entry)
        else {
            return Ok(None);
        };
        let Some(charge) = self.book.to_refund(charge_id, id)? else { return Ok(None) };
        let taken = Taken { refunded: charge.taken.refunded.plus(*amount), ..charge.taken };
        if charge.currency != *currency || !taken.is_of(charge.captured) || charge.is_there {
            return Ok(None);
        }
        let seq = self.next_seq()?;
        let (description, metadata) = words(line);
        let refund = Refund {
            id: id.clone(),
            charge_id: charge_id.clone(),
            amount: *amount,
            currency: *currency,
            status: RefundStatus::Succeeded,
            reason: *reason,
            balance_transaction_id: format!("bt_{seq}"),
            journal_entry_id: format!("je_{seq}"),
            created_at: entry.effective_at,
            // A line does not say it, nor does the entry's row.
            payment_intent_id: None,
            description,
            metadata,
            external_reference: external_reference.clone(),
        };
        let postings = Postings::one(refund::posting(*amount, *currency));
        let draft = self.posted(line, Some(postings), charge.seq)?;
        let action = Action::Refund { charge: charge.number, taken, refund };
        Ok(draft.map(|draft| (action, draft)))
    }

    fn refund_failed(
        &mut self,
        line: &Line,
        refund_id: &str,
    ) -> Result<Option<(Action, Option<Draft>)>> {
        let Some(stored) = self.book.refund(By::Id(refund_id))? else { return Ok(None) };
        let Some(charge) = self.book.charge(By::Number(stored.charge))? else { return Ok(None) };
        if stored.refund.status != RefundStatus::Succeeded {
            return Ok(None);
        }
        let refund = Refund { status: RefundStatus::Failed, ..stored.refund };
        let postings = Postings::one(refund::failure_posting(refund.amount, refund.currency));
        let draft = self.posted(line, Some(postings), Some(stored.seq))?;
        let refunded = charge.charge.amount_refunded.less(refund.amount);
        let action = Action::RefundFailure {
            charge: stored.charge,
            taken: Taken { refunded, ..Taken::of(&charge.charge) },
            seq: stored.seq,
            refund,
        };
        Ok(draft.map(|draft| (action, draft)))
    }

    fn transferred(
        &mut self,
        line: &Line,
        kind: TransferKind,
        body: &TransferBody,
    ) -> Result<Option<(Action, Option<Draft>)>> {
        let Some(entry) = &line.entry else { return Ok(None) };
        if self.book.is_taken(&body.id)? {
            return Ok(None);
        }
        let seq = self.next_seq()?;
        let transfer = Transfer {
            id: body.id.clone(),
            kind,
            amount: body.amount,
            currency: body.currency,
            status: (kind == TransferKind::Payout).then_some(PayoutStatus::InTransit),
            description: words(line).0,
            journal_entry_id: format!("je_{seq}"),
            created_at: entry.effective_at,
        };
        let postings = Postings::one(kind.posting(body.amount, body.currency));
        let draft = self.posted(line, Some(postings), None)?;
        let action = Action::Transfer { transfer, exponent: body.exponent };
        Ok(draft.map(|draft| (action, draft)))
    }

    fn concluded(
        &mut self,
        line: &Line,
        payout_id: &str,
        outcome: PayoutOutcome,
    ) -> Result<Option<(Action, Option<Draft>)>> {
        let Some((seq, payout)) = self.book.transfer(By::Id(payout_id))? else { return Ok(None) };
        if payout.status != Some(outcome.starts_at()) {
            return Ok(None);
        }
        let payout = Transfer { status: Some(outcome.leads_to()), ..payout };
        let posting = outcome.posting(payout.amount.magnitude(), payout.currency);
        let reverses = outcome.is_back().then_some(seq);
        let draft = self.posted(line, Some(Postings::one(posting)), reverses)?;
        Ok(draft.map(|draft| (Action::PayoutOutcome { seq, payout, outcome }, draft)))
    }

    /// What the line posts; `Some(None)` if it posts nothing, as it should.
    #[allow(clippy::option_option)]
    fn posted(
        &mut self,
        line: &Line,
        postings: Option<Postings>,
        reverses: Option<i64>,
    ) -> Result<Option<Option<Draft>>> {
        let (entry, postings) = match (&line.entry, postings) {
            (None, None) => return Ok(Some(None)),
            (Some(entry), Some(postings)) => (entry, postings),
            (None, Some(_)) | (Some(_), None) => return Ok(None),
        };
        let before = self.book.balances(postings.currency)?;
        let effective_at = entry.effective_at;
        let after = before.after_all(&postings);
        Ok(after.map(|after| Some(Draft { effective_at, postings, reverses, after })))
    }
}

fn has_sound_numbers(body: &ChargeBody) -> bool {
    check_numbers(body.amount, body.amount_captured, body.fee).is_ok()
}

fn charge(body: &ChargeBody) -> Charge {
    Charge {
        id: body.id.clone(),
        payment_intent_id: body.payment_intent_id.clone(),
        amount: body.amount,
        amount_captured: body.amount_captured,
        amount_refunded: Balance::ZERO,
        amount_disputed: Balance::ZERO,
        amount_elsewhere: Balance::ZERO,
        fee: body.fee,
        currency: body.currency,
        status: body.status,
        available_on: body.available_on,
        created_at: body.created_at,
        description: None,
        metadata: BTreeMap::new(),
        external_reference: None,
    }
}

fn words(line: &Line) -> (Option<String>, BTreeMap<String, String>) {
    match &line.text {
        Some(TextLine::Kept { description, metadata, .. }) => {
            (description.clone(), metadata.clone())
        }
        Some(TextLine::Erased { .. }) | None => (None, BTreeMap::new()),
    }
}

fn text(line: &Line) -> Option<Text> {
    let text = line.text.as_ref()?;
    let hash = text.hash();
    Some(match text {
        TextLine::Kept { salt: Hex(salt), .. } => Text::Kept { salt: *salt, hash },
        TextLine::Erased { .. } => Text::Erased { hash },
    })
}

/// The outcome of the line's key; `None` if it has no meaning.
#[allow(clippy::option_option)]
fn outcome(line: &Line) -> Option<Option<Outcome>> {
    Some(match &line.outcome {
        None => None,
        Some(OutcomeLine::Pruned { digest: Hex(digest) }) => {
            Some(Outcome::Pruned { digest: *digest })
        }
        Some(OutcomeLine::Kept { operation, key, fingerprint: Hex(fingerprint) }) => {
            Some(Outcome::Kept {
                operation: Operation::from_name(operation).ok()?,
                key: IdempotencyKey::new(key).ok()?,
                fingerprint: *fingerprint,
            })
        }
    })
}
