//! The rules of payment intents, charges and their maturity, without a database.

use refundry::ChargeStatus;

use super::{
    book::{AVAILABLE, Book, CLEARING, Cause, Entry, FEES, Line, PENDING, Posting, moment},
    encoding::Encoding,
    entropy::Entropy,
    id,
    operation::{ChargeDraft, ConclusionDraft, Key, WordsDraft},
    outcome::{Failure, Outcome, Refusal, done, json},
};

#[derive(Clone, Debug)]
pub(super) struct Intent {
    pub(super) id: String,
    pub(super) amount: i64,
    pub(super) currency: &'static str,
    pub(super) created_at: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Charge {
    pub(super) id: String,
    pub(super) intent: Option<usize>,
    pub(super) amount: i64,
    pub(super) captured: i64,
    pub(super) fee: i64,
    pub(super) currency: &'static str,
    pub(super) status: ChargeStatus,
    pub(super) available_on: i64,
    pub(super) created_at: i64,
    pub(super) words: WordsDraft,
    /// The entry that posted it.
    pub(super) seq: Option<i64>,
    pub(super) matured: bool,
}

impl Charge {
    pub(super) const fn net(&self) -> i64 {
        self.captured - self.fee
    }

    fn postings(&self) -> Vec<Posting> {
        let currency = self.currency;
        let gross = Posting { debit: CLEARING, credit: PENDING, amount: self.captured, currency };
        let fee = Posting { debit: PENDING, credit: FEES, amount: self.fee, currency };
        [gross, fee].into_iter().filter(|posting| posting.amount != 0).collect()
    }
}

impl Book {
    pub(super) fn create_intent(
        &mut self,
        chosen: Option<&str>,
        amount: i64,
        currency: &'static str,
        (now, entropy): (i64, &mut Entropy),
    ) -> Outcome {
        let is_taken = |id: &str| self.intents.iter().any(|intent| intent.id == id);
        let id = new_id(chosen, "pi_", is_taken, now, entropy)?;
        self.intents.push(Intent { id, amount, currency, created_at: now });
        done(self.intent_json(self.intents.len() - 1))
    }

    pub(super) fn create_charge(
        &mut self,
        new: &ChargeDraft,
        key: Key,
        (now, entropy): (i64, &mut Entropy),
    ) -> Outcome {
        check_numbers(new.amount, new.captured, new.fee)?;
        if new.words.external_reference.is_some_and(|reference| reference.contains(' ')) {
            return Err(Failure::new("parameter_invalid", "externalReference"));
        }
        check_chosen(new.id, "ch_")?;
        let request = format!("{:?} {new:?}", self.intent_id(new.intent));
        self.once("charge", key, request, |book| {
            let intent = new.intent.filter(|intent| *intent < book.intents.len());
            if intent != new.intent {
                return Err(Failure::new("resource_missing", "paymentIntentId"));
            }
            if intent.is_some_and(|intent| book.intents[intent].currency != new.currency) {
                return Err(Failure::new("parameter_invalid", "currency"));
            }
            let mut charge = Charge {
                id: String::new(),
                intent,
                amount: new.amount,
                captured: new.captured,
                fee: new.fee,
                currency: new.currency,
                status: new.status,
                available_on: new.available_on,
                created_at: now,
                words: new.words,
                seq: None,
                matured: false,
            };
            let succeeded = charge.status == ChargeStatus::Succeeded;
            if succeeded {
                let refused = |refusal| Failure::refused(refusal, "paymentIntentId");
                book.check_range(&charge.postings()).map_err(refused)?;
            }
            let is_taken = |id: &str| book.charges.iter().any(|charge| charge.id == id);
            charge.id = new_id(new.id, "ch_", is_taken, now, entropy)?;
            if new.words.description.is_some() || !new.words.metadata.is_empty() {
                // The salt of the text, which the chain of entries does not cover.
                entropy.draw::<16>();
            }
            book.charges.push(charge);
            if succeeded {
                book.post_charge(book.charges.len() - 1, now);
            }
            done(book.charge_json(book.charges.len() - 1))
        })
    }

    pub(super) fn conclude_charge(
        &mut self,
        index: usize,
        conclusion: ConclusionDraft,
        key: Key,
        now: i64,
    ) -> Outcome {
        let request = format!("{} {conclusion:?}", self.charge_id(index));
        self.once("conclusion", key, request, |book| {
            let Some(mut charge) = book.charges.get(index).cloned() else {
                return Err(Failure::new("resource_missing", "id"));
            };
            if charge.status != ChargeStatus::Pending {
                let refusal = Refusal::ChargeNotPending(charge.status);
                return Err(Failure::refused(refusal, "id"));
            }
            match conclusion {
                ConclusionDraft::Succeeded { captured, fee, available_on } => {
                    charge.status = ChargeStatus::Succeeded;
                    (charge.captured, charge.fee) = (captured, fee);
                    charge.available_on = available_on;
                }
                ConclusionDraft::Failed => charge.status = ChargeStatus::Failed,
                ConclusionDraft::Canceled => charge.status = ChargeStatus::Canceled,
            }
            check_numbers(charge.amount, charge.captured, charge.fee)?;
            let succeeded = charge.status == ChargeStatus::Succeeded;
            if succeeded {
                let refused = |refusal| Failure::refused(refusal, "id");
                book.check_range(&charge.postings()).map_err(refused)?;
            }
            book.charges[index] = charge;
            if succeeded {
                book.post_charge(index, now);
            }
            done(book.charge_json(index))
        })
    }

    fn post_charge(&mut self, index: usize, now: i64) {
        let charge = self.charges[index].clone();
        let facts = Encoding::default()
            .text(&charge.id)
            .maybe_text(charge.intent.map(|intent| &*self.intents[intent].id))
            .int(charge.amount)
            .int(charge.captured)
            .int(charge.fee)
            .text(charge.currency)
            .int(charge.available_on)
            .int(charge.created_at);
        let seq = self.record(Entry {
            cause: Cause(1, "charge"),
            source: charge.id.clone(),
            reverses: None,
            effective_at: now,
            recorded_at: now,
            postings: charge.postings(),
            facts,
        });
        self.charges[index].seq = Some(seq);
        self.lines.push(Line {
            seq: self.entries.len(),
            kind: "charge",
            amount: charge.captured,
            fee: charge.fee,
            currency: charge.currency,
            charge: Some(index),
            source: charge.id,
            created_at: now,
        });
    }

    /// Makes what is due available, in the order of the days and then of the ids' bytes. Returns
    /// how many charges matured; a balance out of range stops it, and what matured stays.
    pub(super) fn release_due(&mut self, until: i64, now: i64) -> Result<u64, Failure> {
        let mut due: Vec<usize> = (0..self.charges.len())
            .filter(|index| {
                let charge = &self.charges[*index];
                let waits = charge.seq.is_some() && !charge.matured && charge.net() != 0;
                waits && charge.available_on <= until
            })
            .collect();
        due.sort_by_key(|index| {
            let charge = &self.charges[*index];
            (charge.available_on, charge.id.clone())
        });
        for index in &due {
            let charge = self.charges[*index].clone();
            let currency = charge.currency;
            let net = Posting { debit: PENDING, credit: AVAILABLE, amount: charge.net(), currency };
            let refused = |refusal| Failure::refused(refusal, "amount");
            self.check_range(std::slice::from_ref(&net)).map_err(refused)?;
            self.record(Entry {
                cause: Cause(2, "maturity"),
                facts: Encoding::default().text(&charge.id),
                source: charge.id,
                reverses: None,
                effective_at: charge.available_on,
                recorded_at: now,
                postings: vec![net],
            });
            self.charges[*index].matured = true;
        }
        Ok(due.len() as u64)
    }

    /// The id of the intent that an operation names.
    pub(super) fn intent_id(&self, index: Option<usize>) -> Option<String> {
        let id = |index: usize| self.intents.get(index).map(|intent| intent.id.clone());
        index.map(|index| id(index).unwrap_or_else(|| "pi_none".to_owned()))
    }

    /// The id of the charge that an operation names.
    pub(super) fn charge_id(&self, index: usize) -> String {
        self.charges.get(index).map_or_else(|| "ch_none".to_owned(), |charge| charge.id.clone())
    }

    pub(super) fn intent_json(&self, index: usize) -> String {
        let intent = &self.intents[index];
        let of_intent = |charge: &usize| self.charges[*charge].intent == Some(index);
        let charges = (0..self.charges.len()).filter(of_intent);
        format!(
            r#"{{"id":"{}","amount":"{}","amountRefunded":"{}","currency":"{}","createdAt":{}}}"#,
            intent.id,
            intent.amount,
            charges.map(|charge| self.refunded(charge)).sum::<i64>(),
            intent.currency,
            moment(intent.created_at),
        )
    }

    pub(super) fn charge_json(&self, index: usize) -> String {
        let charge = &self.charges[index];
        format!(
            r#"{{"id":"{}","paymentIntentId":{},"amount":"{}","amountCaptured":"{}","amountRefunded":"{}","amountDisputed":"{}","amountElsewhere":"0","fee":"{}","currency":"{}","status":"{}","availableOn":{},"createdAt":{},{}}}"#,
            charge.id,
            json(&self.intent_id(charge.intent)),
            charge.amount,
            charge.captured,
            self.refunded(index),
            self.disputed(index),
            charge.fee,
            charge.currency,
            charge.status,
            moment(charge.available_on),
            moment(charge.created_at),
            words_json(&charge.words),
        )
    }
}

/// The last fields of a charge and of a refund.
pub(super) fn words_json(words: &WordsDraft) -> String {
    let mut metadata = words.metadata.to_vec();
    metadata.sort_unstable();
    let metadata: Vec<_> =
        (metadata.iter()).map(|(key, value)| format!("{}:{}", json(key), json(value))).collect();
    format!(
        r#""description":{},"metadata":{{{}}},"externalReference":{}"#,
        json(&words.description),
        metadata.join(","),
        json(&words.external_reference),
    )
}

fn check_numbers(amount: i64, captured: i64, fee: i64) -> Result<(), Failure> {
    if captured > amount {
        return Err(Failure::new("parameter_invalid", "amountCaptured"));
    }
    if fee > captured {
        return Err(Failure::new("parameter_invalid", "fee"));
    }
    Ok(())
}

/// Checks the form of an id that the caller chose.
pub(super) fn check_chosen(chosen: Option<&str>, prefix: &str) -> Result<(), Failure> {
    match chosen {
        Some(id) if !id.starts_with(prefix) || id.contains(' ') => {
            Err(Failure::new("parameter_invalid", "id"))
        }
        _ => Ok(()),
    }
}

/// The id that the caller chose if it is well formed and free, else a generated one.
pub(super) fn new_id(
    chosen: Option<&str>,
    prefix: &str,
    is_taken: impl Fn(&str) -> bool,
    now: i64,
    entropy: &mut Entropy,
) -> Result<String, Failure> {
    let Some(chosen) = chosen else { return Ok(id::generate(prefix, now, entropy)) };
    check_chosen(Some(chosen), prefix)?;
    if is_taken(chosen) {
        return Err(Failure::conflict());
    }
    Ok(chosen.to_owned())
}
