//! The rules of payouts, top-ups, settlements and adjustments, without a database.

use refundry::{PayoutOutcome, PayoutStatus, TransferKind};

use super::{
    book::{
        AVAILABLE, BANK, Book, CLEARING, Cause, Entry, LOSSES, PAYOUT_TRANSIT, Posting, moment,
    },
    charge::{check_chosen, new_id},
    encoding::{Encoding, of_personal_text},
    entropy::Entropy,
    operation::{Key, TransferDraft},
    outcome::{Failure, Outcome, Refusal, done, json},
};

#[derive(Clone, Debug)]
pub(super) struct Transfer {
    pub(super) id: String,
    pub(super) new: TransferDraft,
    /// How far a payout has come; nothing for the other kinds.
    pub(super) status: Option<PayoutStatus>,
    pub(super) seq: i64,
    pub(super) created_at: i64,
}

/// What a kind of transfer is called, how its ids begin, and what a positive one moves.
struct Kind {
    cause: Cause,
    prefix: &'static str,
    debit: super::book::Account,
    credit: super::book::Account,
}

const fn describe(kind: TransferKind) -> Kind {
    let (cause, prefix, debit, credit) = match kind {
        TransferKind::Payout => (Cause(5, "payout"), "po_", AVAILABLE, PAYOUT_TRANSIT),
        TransferKind::TopUp => (Cause(9, "topup"), "tu_", BANK, AVAILABLE),
        TransferKind::Settlement => (Cause(10, "settlement"), "stl_", BANK, CLEARING),
        TransferKind::Adjustment => (Cause(11, "adjustment"), "adj_", LOSSES, AVAILABLE),
    };
    Kind { cause, prefix, debit, credit }
}

impl Book {
    pub(super) fn create_transfer(
        &mut self,
        new: &TransferDraft,
        key: Key,
        (now, entropy): (i64, &mut Entropy),
    ) -> Outcome {
        let Kind { cause, prefix, debit, credit } = describe(new.kind);
        let both_ways = matches!(new.kind, TransferKind::Settlement | TransferKind::Adjustment);
        if new.amount < 0 && !both_ways {
            return Err(Failure::new("parameter_out_of_range", "amount"));
        }
        check_chosen(new.id, prefix)?;
        self.once(cause.1, key, format!("{new:?}"), |book| {
            let available = book.balances(new.currency)[AVAILABLE.0];
            if new.kind == TransferKind::Payout && i128::from(new.amount) > available {
                return Err(Failure::refused(Refusal::BalanceInsufficient(available), "id"));
            }
            let (debit, credit) = if new.amount < 0 { (credit, debit) } else { (debit, credit) };
            let (amount, currency) = (new.amount.abs(), new.currency);
            let posting = Posting { debit, credit, amount, currency };
            let refused = |refusal| Failure::refused(refusal, "id");
            book.check_range(std::slice::from_ref(&posting)).map_err(refused)?;
            let is_taken = |id: &str| book.transfers.iter().any(|transfer| transfer.id == id);
            let id = new_id(new.id, prefix, is_taken, now, entropy)?;
            let text =
                new.description.map(|text| of_personal_text(entropy.draw(), Some(text), &[]));
            let facts = Encoding::default().text(&id).int(new.amount).text(currency);
            let seq = book.record(Entry {
                cause,
                source: id.clone(),
                reverses: None,
                effective_at: now,
                recorded_at: now,
                postings: vec![posting],
                facts: facts.maybe_hash(text),
            });
            match new.kind {
                TransferKind::Payout => book.push_line("payout", -amount, currency, &id, now),
                // A settlement is between the platform and the acquirer.
                TransferKind::Settlement => {}
                TransferKind::TopUp | TransferKind::Adjustment => {
                    book.push_line(cause.1, new.amount, currency, &id, now);
                }
            }
            let status = (new.kind == TransferKind::Payout).then_some(PayoutStatus::InTransit);
            book.transfers.push(Transfer { id, new: new.clone(), status, seq, created_at: now });
            done(book.transfer_json(book.transfers.len() - 1))
        })
    }

    pub(super) fn conclude_payout(
        &mut self,
        index: usize,
        outcome: PayoutOutcome,
        key: Key,
        now: i64,
    ) -> Outcome {
        let request = format!("{} {outcome:?}", self.transfer_id(index));
        self.once("payout outcome", key, request, |book| {
            let Some((transfer, status)) = (book.transfers.get(index).cloned())
                .and_then(|transfer| Some((transfer.clone(), transfer.status?)))
            else {
                return Err(Failure::new("resource_missing", "id"));
            };
            let (from, to, cause, debit, credit) = match outcome {
                PayoutOutcome::Paid => {
                    let cause = Cause(6, "payout_paid");
                    (PayoutStatus::InTransit, PayoutStatus::Paid, cause, PAYOUT_TRANSIT, BANK)
                }
                PayoutOutcome::Failed => {
                    let cause = Cause(7, "payout_failed");
                    (
                        PayoutStatus::InTransit,
                        PayoutStatus::Failed,
                        cause,
                        PAYOUT_TRANSIT,
                        AVAILABLE,
                    )
                }
                PayoutOutcome::Returned => {
                    let cause = Cause(8, "payout_returned");
                    (PayoutStatus::Paid, PayoutStatus::Returned, cause, BANK, AVAILABLE)
                }
            };
            let refused = |refusal| Failure::refused(refusal, "id");
            if status != from {
                return Err(refused(Refusal::PayoutNotThere(status)));
            }
            let (amount, currency) = (transfer.new.amount, transfer.new.currency);
            let posting = Posting { debit, credit, amount, currency };
            book.check_range(std::slice::from_ref(&posting)).map_err(refused)?;
            let is_back = to != PayoutStatus::Paid;
            book.record(Entry {
                cause,
                facts: Encoding::default().text(&transfer.id),
                source: transfer.id.clone(),
                reverses: is_back.then_some(transfer.seq),
                effective_at: now,
                recorded_at: now,
                postings: vec![posting],
            });
            if is_back {
                book.push_line("payout_failure", amount, currency, &transfer.id, now);
            }
            book.transfers[index].status = Some(to);
            done(book.transfer_json(index))
        })
    }

    /// The id of the transfer that an operation names.
    pub(super) fn transfer_id(&self, index: usize) -> String {
        let id = |transfer: &Transfer| transfer.id.clone();
        self.transfers.get(index).map_or_else(|| "po_none".to_owned(), id)
    }

    pub(super) fn transfer_json(&self, index: usize) -> String {
        let transfer = &self.transfers[index];
        format!(
            r#"{{"id":"{}","kind":"{}","amount":"{}","currency":"{}","status":{},"description":{},"journalEntryId":"je_{}","createdAt":{}}}"#,
            transfer.id,
            describe(transfer.new.kind).cause.1,
            transfer.new.amount,
            transfer.new.currency,
            json(&transfer.status.map(PayoutStatus::name)),
            json(&transfer.new.description),
            transfer.seq,
            moment(transfer.created_at),
        )
    }
}
