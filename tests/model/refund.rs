//! The rules of refunds, without a database.

use refundry::ChargeStatus;

use super::{
    book::{AVAILABLE, Book, CLEARING, Cause, Entry, Line, Posting, moment},
    charge::words_json,
    encoding::{Encoding, of_personal_text},
    entropy::Entropy,
    id,
    operation::{Key, LimitDraft, RefundDraft, TargetDraft, WordsDraft},
    outcome::{Failure, Outcome, Refusal, done, json},
};

#[derive(Clone, Debug)]
pub(super) struct Refund {
    pub(super) id: String,
    pub(super) charge: usize,
    pub(super) amount: i64,
    pub(super) request: RefundDraft,
    pub(super) seq: i64,
    pub(super) created_at: i64,
    pub(super) failed: bool,
}

impl Book {
    pub(super) fn create_refund(
        &mut self,
        request: &RefundDraft,
        key: Key,
        (now, entropy): (i64, &mut Entropy),
    ) -> Outcome {
        if request.external_reference.is_some_and(|reference| reference.contains(' ')) {
            return Err(Failure::new("parameter_invalid", "externalReference"));
        }
        let (param, id) = self.target(request.target);
        let fingerprint = format!("{id} {request:?}");
        self.once("refund", key, fingerprint, |book| {
            let charge = book.refundable(request.target, param)?;
            let amount =
                book.decide(charge, request).map_err(|refusal| Failure::refused(refusal, param))?;
            let id = id::generate("re_", now, entropy);
            book.record_refund(charge, amount, id, request, (now, entropy));
            done(book.refund_json(book.refunds.len() - 1))
        })
    }

    /// The field that names the target, and the id.
    pub(super) fn target(&self, target: TargetDraft) -> (&'static str, String) {
        match target {
            TargetDraft::Charge(index) => ("chargeId", self.charge_id(index)),
            TargetDraft::Intent(index) => ("paymentIntentId", self.intent_id(Some(index)).unwrap()),
        }
    }

    /// Rows 11 and 12 as far as they find the charge.
    fn refundable(&self, target: TargetDraft, param: &str) -> Result<usize, Failure> {
        let missing = || Failure::new("resource_missing", param);
        let intent = match target {
            TargetDraft::Charge(index) if index < self.charges.len() => return Ok(index),
            TargetDraft::Intent(index) if index < self.intents.len() => index,
            TargetDraft::Charge(_) | TargetDraft::Intent(_) => return Err(missing()),
        };
        let succeeded: Vec<usize> = (0..self.charges.len())
            .filter(|index| self.charges[*index].intent == Some(intent))
            .filter(|index| self.charges[*index].status == ChargeStatus::Succeeded)
            .collect();
        let refusal = match succeeded[..] {
            [charge] => return Ok(charge),
            [] => Refusal::IntentWithoutSucceededCharge,
            [..] => Refusal::IntentWithSeveralSucceededCharges(succeeded.len()),
        };
        Err(Failure::refused(refusal, param))
    }

    /// Rows 12 to 16; returns how much is refunded.
    fn decide(&self, index: usize, request: &RefundDraft) -> Result<i64, Refusal> {
        let charge = &self.charges[index];
        if charge.status != ChargeStatus::Succeeded {
            return Err(Refusal::ChargeNotSucceeded(charge.status));
        }
        let same = |refund: &&Refund| {
            request.external_reference.is_some()
                && refund.request.external_reference == request.external_reference
        };
        if let (true, Some(refund)) = (self.unique_references, self.refunds.iter().find(same)) {
            return Err(Refusal::ExternalReferenceUsed(refund.seq));
        }
        let wanted = self.left(index, request.amount)?;
        let available = self.balances(charge.currency)[AVAILABLE.0];
        if let Some(limit) = self.limit_in(charge.currency) {
            let spendable = available + i128::from(limit);
            if i128::from(wanted) > spendable {
                return Err(Refusal::BalanceInsufficient(spendable));
            }
        }
        self.check_range(&[back(wanted, charge.currency)])?;
        Ok(wanted)
    }

    fn limit_in(&self, currency: &str) -> Option<u64> {
        match self.limit {
            LimitDraft::Unlimited => None,
            LimitDraft::Each(limit) => Some(limit),
            LimitDraft::PerCurrency(limits) => {
                limits.iter().find(|(code, _)| *code == currency).map(|(_, limit)| *limit)
            }
        }
    }

    fn record_refund(
        &mut self,
        charge: usize,
        amount: i64,
        id: String,
        request: &RefundDraft,
        (now, entropy): (i64, &mut Entropy),
    ) {
        let of = self.charges[charge].clone();
        let has_text = request.description.is_some() || !request.metadata.is_empty();
        let text = has_text
            .then(|| of_personal_text(entropy.draw(), request.description, request.metadata));
        let facts = Encoding::default()
            .text(&id)
            .text(&of.id)
            .int(amount)
            .maybe_text(request.reason.map(refundry::Reason::name))
            .maybe_text(request.external_reference)
            .maybe_hash(text);
        let seq = self.record(Entry {
            cause: Cause(3, "refund"),
            source: id.clone(),
            reverses: of.seq,
            effective_at: now,
            recorded_at: now,
            postings: vec![back(amount, of.currency)],
            facts,
        });
        self.push_line("refund", -amount, of.currency, &id, now);
        let request = request.clone();
        self.refunds.push(Refund {
            id,
            charge,
            amount,
            request,
            seq,
            created_at: now,
            failed: false,
        });
    }

    pub(super) fn fail_refund(&mut self, index: usize, key: Key, now: i64) -> Outcome {
        self.once("refund failure", key, self.refund_id(index), |book| {
            let Some(refund) = book.refunds.get(index).cloned() else {
                return Err(Failure::new("resource_missing", "id"));
            };
            let refused = |refusal| Failure::refused(refusal, "id");
            if refund.failed {
                return Err(refused(Refusal::RefundFailedAlready));
            }
            let currency = book.charges[refund.charge].currency;
            let again =
                Posting { debit: CLEARING, credit: AVAILABLE, amount: refund.amount, currency };
            book.check_range(std::slice::from_ref(&again)).map_err(refused)?;
            book.record(Entry {
                cause: Cause(4, "refund_failure"),
                facts: Encoding::default().text(&refund.id),
                source: refund.id.clone(),
                reverses: Some(refund.seq),
                effective_at: now,
                recorded_at: now,
                postings: vec![again],
            });
            book.push_line("refund_failure", refund.amount, currency, &refund.id, now);
            book.refunds[index].failed = true;
            done(book.refund_json(index))
        })
    }

    /// Adds a line that is available at once, of the entry recorded last.
    pub(super) fn push_line(
        &mut self,
        kind: &'static str,
        amount: i64,
        currency: &'static str,
        source: &str,
        now: i64,
    ) {
        self.lines.push(Line {
            seq: self.entries.len(),
            kind,
            amount,
            fee: 0,
            currency,
            charge: None,
            source: source.to_owned(),
            created_at: now,
        });
    }

    /// What was refunded of a charge, without refunds that failed.
    pub(super) fn refunded(&self, charge: usize) -> i64 {
        let stands = |refund: &&Refund| refund.charge == charge && !refund.failed;
        self.refunds.iter().filter(stands).map(|refund| refund.amount).sum()
    }

    /// The id of the refund that an operation names.
    pub(super) fn refund_id(&self, index: usize) -> String {
        self.refunds.get(index).map_or_else(|| "re_none".to_owned(), |refund| refund.id.clone())
    }

    pub(super) fn refund_json(&self, index: usize) -> String {
        let refund = &self.refunds[index];
        let charge = &self.charges[refund.charge];
        let RefundDraft { description, metadata, external_reference, .. } = refund.request;
        let words = WordsDraft { description, metadata, external_reference };
        format!(
            r#"{{"id":"{}","chargeId":"{}","amount":"{}","currency":"{}","status":"{}","reason":{},"balanceTransactionId":"bt_{}","createdAt":{},"paymentIntentId":{},{}}}"#,
            refund.id,
            charge.id,
            refund.amount,
            charge.currency,
            if refund.failed { "failed" } else { "succeeded" },
            json(&refund.request.reason.map(refundry::Reason::name)),
            refund.seq,
            moment(refund.created_at),
            json(&self.intent_id(charge.intent)),
            words_json(&words),
        )
    }
}

/// What a refund moves.
const fn back(amount: i64, currency: &'static str) -> Posting {
    Posting { debit: AVAILABLE, credit: CLEARING, amount, currency }
}
