//! The rules of disputes, without a database, and how disputes are drawn.

use std::fmt;

use proptest::{option, prelude::Strategy, sample};
use refundry::{ChargeStatus, DisputeReason, DisputeStatus};

use super::{
    book::{AVAILABLE, Book, CLEARING, Cause, Entry, FEES, Line, Posting, moment},
    charge::{check_chosen, new_id},
    encoding::Encoding,
    entropy::Entropy,
    operation::Key,
    outcome::{Failure, Outcome, Refusal, done, json},
};

#[derive(Clone, PartialEq, Eq)]
pub(super) struct DisputeDraft {
    pub(super) id: Option<&'static str>,
    pub(super) charge: usize,
    pub(super) amount: i64,
    pub(super) fee: i64,
    pub(super) reason: Option<DisputeReason>,
    pub(super) network_reference: Option<&'static str>,
}

impl fmt::Debug for DisputeDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, charge, amount, fee, reason, network_reference } = self;
        let reason = match reason {
            Some(reason) => format!("Some(DisputeReason::{reason:?})"),
            None => "None".to_owned(),
        };
        write!(
            f,
            "DisputeDraft {{ id: {id:?}, charge: {charge}, amount: {amount}, fee: {fee}, reason: {reason}, network_reference: {network_reference:?} }}"
        )
    }
}

/// Disputes of the charges at these places, of these amounts. References are those of refunds too.
pub(super) fn drafts(
    place: impl Strategy<Value = usize>,
    amount: impl Strategy<Value = i64>,
) -> impl Strategy<Value = DisputeDraft> {
    let id = option::weighted(0.3, sample::select(&["dp_a", "dp_b", "dp_c", "dp c"][..]));
    let fee = sample::select(&[0, 0, 1, 15][..]);
    let reason = option::weighted(
        0.3,
        sample::select(&[DisputeReason::Duplicate, DisputeReason::General][..]),
    );
    let reference = option::weighted(0.3, sample::select(&["T-1", "T-2", "T 5"][..]));
    (id, place, amount, fee, reason, reference).prop_map(
        |(id, charge, amount, fee, reason, network_reference)| DisputeDraft {
            id,
            charge,
            amount,
            fee,
            reason,
            network_reference,
        },
    )
}

#[derive(Clone, Debug)]
pub(super) struct Dispute {
    pub(super) id: String,
    new: DisputeDraft,
    status: DisputeStatus,
    fee_returned: bool,
    seq: i64,
    created_at: i64,
}

impl Book {
    pub(super) fn open_dispute(
        &mut self,
        new: &DisputeDraft,
        key: Key,
        (now, entropy): (i64, &mut Entropy),
    ) -> Outcome {
        if new.network_reference.is_some_and(|reference| reference.contains(' ')) {
            return Err(Failure::new("parameter_invalid", "networkReference"));
        }
        check_chosen(new.id, "dp_")?;
        let request = format!("{} {new:?}", self.charge_id(new.charge));
        self.once("dispute", key, request, |book| {
            let Some(charge) = book.charges.get(new.charge).cloned() else {
                return Err(Failure::new("resource_missing", "chargeId"));
            };
            let refused = |refusal| Failure::refused(refusal, "chargeId");
            if charge.status != ChargeStatus::Succeeded {
                return Err(refused(Refusal::ChargeNotSucceeded(charge.status)));
            }
            book.left(new.charge, Some(new.amount)).map_err(refused)?;
            let postings = postings(new, charge.currency, false);
            book.check_range(&postings).map_err(refused)?;
            let is_taken = |id: &str| book.disputes.iter().any(|dispute| dispute.id == id);
            let id = new_id(new.id, "dp_", is_taken, now, entropy)?;
            let facts = Encoding::default()
                .text(&id)
                .text(&charge.id)
                .int(new.amount)
                .int(new.fee)
                .maybe_text(new.reason.map(DisputeReason::name))
                .maybe_text(new.network_reference);
            let seq = book.record(Entry {
                cause: Cause(12, "dispute"),
                source: id.clone(),
                reverses: charge.seq,
                effective_at: now,
                recorded_at: now,
                postings,
                facts,
            });
            book.push_dispute_line("dispute", (-new.amount, new.fee), charge.currency, &id, now);
            let (status, new) = (DisputeStatus::Open, new.clone());
            book.disputes.push(Dispute {
                id,
                new,
                status,
                fee_returned: false,
                seq,
                created_at: now,
            });
            done(book.dispute_json(book.disputes.len() - 1))
        })
    }

    /// Wins a dispute, with its fee or without, or loses it.
    pub(super) fn conclude_dispute(
        &mut self,
        index: usize,
        won: Option<bool>,
        key: Key,
        now: i64,
    ) -> Outcome {
        let request = format!("{} {won:?}", self.dispute_id(index));
        self.once("dispute outcome", key, request, |book| {
            let Some(dispute) = book.disputes.get(index).cloned() else {
                return Err(Failure::new("resource_missing", "id"));
            };
            let refused = |refusal| Failure::refused(refusal, "id");
            if dispute.status != DisputeStatus::Open {
                return Err(refused(Refusal::DisputeNotOpen(dispute.status)));
            }
            let currency = book.charges[dispute.new.charge].currency;
            let fee = if won == Some(true) { dispute.new.fee } else { 0 };
            let back = postings(&DisputeDraft { fee, ..dispute.new.clone() }, currency, true);
            let postings = if won.is_some() { back } else { vec![] };
            if won.is_some() {
                book.check_range(&postings).map_err(refused)?;
            }
            let cause =
                if won.is_some() { Cause(13, "dispute_won") } else { Cause(14, "dispute_lost") };
            book.record(Entry {
                cause,
                facts: Encoding::default().text(&dispute.id),
                source: dispute.id.clone(),
                reverses: won.map(|_| dispute.seq),
                effective_at: now,
                recorded_at: now,
                postings,
            });
            let known = &mut book.disputes[index];
            known.status = won.map_or(DisputeStatus::Lost, |_| DisputeStatus::Won);
            known.fee_returned = fee > 0;
            if won.is_some() {
                let amounts = (dispute.new.amount, -fee);
                book.push_dispute_line("dispute_reversal", amounts, currency, &dispute.id, now);
            }
            done(book.dispute_json(index))
        })
    }

    fn push_dispute_line(
        &mut self,
        kind: &'static str,
        (amount, fee): (i64, i64),
        currency: &'static str,
        source: &str,
        now: i64,
    ) {
        self.lines.push(Line {
            seq: self.entries.len(),
            kind,
            amount,
            fee,
            currency,
            charge: None,
            source: source.to_owned(),
            created_at: now,
        });
    }

    /// Rows 13 and 14: what is given back where this much is asked for, or else all that is left.
    pub(super) fn left(&self, charge: usize, asked: Option<i64>) -> Result<i64, Refusal> {
        let (of_refunds, disputed) = (self.refunded(charge), self.disputed(charge));
        let captured = self.charges[charge].captured;
        if captured == of_refunds {
            return Err(Refusal::ChargeAlreadyRefunded);
        }
        let left = captured - of_refunds - disputed;
        match asked.unwrap_or(left) {
            wanted if 0 < wanted && wanted <= left => Ok(wanted),
            // What exceeds even what disputes hold can't be waited for.
            wanted if wanted > captured - of_refunds && left > 0 => {
                Err(Refusal::AmountExceedsRefundable(left))
            }
            _ => Err(Refusal::ChargeDisputed(left)),
        }
    }

    /// What is disputed of a charge, without disputes that were won.
    pub(super) fn disputed(&self, charge: usize) -> i64 {
        let holds = |dispute: &&Dispute| {
            dispute.new.charge == charge && dispute.status != DisputeStatus::Won
        };
        self.disputes.iter().filter(holds).map(|dispute| dispute.new.amount).sum()
    }

    /// The id of the dispute that an operation names.
    pub(super) fn dispute_id(&self, index: usize) -> String {
        self.disputes.get(index).map_or_else(|| "dp_none".to_owned(), |dispute| dispute.id.clone())
    }

    pub(super) fn dispute_json(&self, index: usize) -> String {
        let dispute = &self.disputes[index];
        let charge = &self.charges[dispute.new.charge];
        format!(
            r#"{{"id":"{}","chargeId":"{}","amount":"{}","fee":"{}","currency":"{}","status":"{}","reason":{},"balanceTransactionId":"bt_{}","createdAt":{},"paymentIntentId":{},"networkReference":{},"feeReturned":{}}}"#,
            dispute.id,
            charge.id,
            dispute.new.amount,
            dispute.new.fee,
            charge.currency,
            dispute.status.name(),
            json(&dispute.new.reason.map(DisputeReason::name)),
            dispute.seq,
            moment(dispute.created_at),
            json(&self.intent_id(charge.intent)),
            json(&dispute.new.network_reference),
            dispute.fee_returned,
        )
    }
}

/// What a dispute moves when it is opened, or back when it is won.
fn postings(new: &DisputeDraft, currency: &'static str, back: bool) -> Vec<Posting> {
    [(AVAILABLE, CLEARING, new.amount), (AVAILABLE, FEES, new.fee)]
        .into_iter()
        .filter(|(_, _, amount)| *amount > 0)
        .map(|(from, to, amount)| {
            let (debit, credit) = if back { (to, from) } else { (from, to) };
            Posting { debit, credit, amount, currency }
        })
        .collect()
}
