//! The library under test, driven by the same operations as the model.

use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use refundry::{
    Amount, Conclusion, Currency, Fee, IdempotencyKey, Ledger, NegativeBalanceLimit, NewCharge,
    NewMerchant, NewPaymentIntent, NewTransfer, Options, RefundRequest, SignedAmount, Timestamp,
};

use super::{
    book::Book,
    entropy::Entropy,
    operation::{
        ChargeDraft, ConclusionDraft, LimitDraft, Operation, RefundDraft, START, TargetDraft,
        TransferDraft,
    },
    outcome::{self, Outcome},
};

/// A ledger, and the clock and the source of random bytes that it was given.
pub(super) struct Subject {
    pub(super) ledger: Ledger,
    clock: Arc<AtomicI64>,
    entropy: Arc<Mutex<Entropy>>,
}

impl Subject {
    /// A ledger with these merchants, in a file or in memory.
    pub(super) fn new(file: Option<&Path>, seed: u64, merchants: [&str; 2]) -> Self {
        let clock = Arc::new(AtomicI64::new(START));
        let entropy = Arc::new(Mutex::new(Entropy::seeded(seed)));
        let mut options = Options::default();
        let (hands, bytes) = (Arc::clone(&clock), Arc::clone(&entropy));
        options.clock = Box::new(move || millis(hands.load(Ordering::Relaxed)));
        options.random = Box::new(move |slice| {
            bytes.lock().unwrap().fill(slice);
            Ok(())
        });
        let mut ledger = match file {
            Some(path) => Ledger::open(path, options).unwrap(),
            None => Ledger::in_memory(options).unwrap(),
        };
        for id in merchants {
            let mut new = NewMerchant::named(id);
            new.id = Some(id.to_owned());
            ledger.create_merchant(&new).unwrap();
        }
        Self { ledger, clock, entropy }
    }

    /// Begins a batch, and commits the one before it.
    pub(super) fn share_a_commit(&mut self, not_the_first: bool) {
        if not_the_first {
            self.ledger.commit_batch().unwrap();
        }
        self.ledger.begin_batch().unwrap();
    }

    /// Where the source of random bytes stands: it tells how many were drawn.
    pub(super) fn entropy(&self) -> Entropy {
        self.entropy.lock().unwrap().clone()
    }

    /// Calls the library. `books` are the model's, before the operation: they tell ids.
    pub(super) fn apply(&mut self, operation: &Operation, books: &[Book; 2]) -> Outcome {
        match operation {
            Operation::SetClock { now } => {
                self.clock.store(*now, Ordering::Relaxed);
                outcome::done(String::new())
            }
            Operation::ReleaseDue { book: None, now } => {
                outcome::of(self.ledger.release_due(millis(*now)))
            }
            Operation::ReleaseDue { book: Some(index), now } => {
                let mut book = self.ledger.book(books[*index].id).unwrap();
                outcome::of(book.release_due(millis(*now)))
            }
            Operation::SetLimit { book, limit } => {
                let mut book = self.ledger.book(books[*book].id).unwrap();
                outcome::of(book.set_negative_balance_limit(&a_limit(*limit)))
            }
            Operation::CreateIntent { book, id, amount, currency } => {
                let mut book = self.ledger.book(books[*book].id).unwrap();
                let mut new = NewPaymentIntent::of(an_amount(*amount), a_currency(currency));
                new.id = id.map(str::to_owned);
                outcome::of(book.create_payment_intent(&new))
            }
            other => self.apply_once(other, books),
        }
    }

    /// The operations that take an idempotency key.
    fn apply_once(&mut self, operation: &Operation, books: &[Book; 2]) -> Outcome {
        let (index, key) = match operation {
            Operation::CreateCharge { book, key, .. }
            | Operation::ConcludeCharge { book, key, .. }
            | Operation::CreateRefund { book, key, .. }
            | Operation::FailRefund { book, key, .. }
            | Operation::CreateTransfer { book, key, .. }
            | Operation::ConcludePayout { book, key, .. } => (*book, *key),
            other => unreachable!("{other:?}"),
        };
        let key = key.map(|key| IdempotencyKey::new(key).unwrap());
        let key = key.as_ref();
        let known = &books[index];
        let mut book = self.ledger.book(known.id).unwrap();
        match operation {
            Operation::CreateCharge { new, .. } => {
                outcome::of_recorded(book.create_charge(&a_charge(new, known), key))
            }
            Operation::ConcludeCharge { charge, conclusion, .. } => outcome::of_recorded(
                book.conclude_charge(&known.charge_id(*charge), a_conclusion(*conclusion), key),
            ),
            Operation::CreateRefund { request, .. } => {
                outcome::of_recorded(book.create_refund(&a_request(request, known), key))
            }
            Operation::FailRefund { refund, .. } => {
                outcome::of_recorded(book.fail_refund(&known.refund_id(*refund), key))
            }
            Operation::CreateTransfer { new, .. } => {
                outcome::of_recorded(book.create_transfer(&a_transfer(new), key))
            }
            Operation::ConcludePayout { transfer, outcome, .. } => outcome::of_recorded(
                book.conclude_payout(&known.transfer_id(*transfer), *outcome, key),
            ),
            other => unreachable!("{other:?}"),
        }
    }
}

fn a_charge(draft: &ChargeDraft, book: &Book) -> NewCharge {
    let mut new = NewCharge::succeeded(
        an_amount(draft.amount),
        Fee::from_minor(draft.fee).unwrap(),
        a_currency(draft.currency),
        millis(draft.available_on),
    );
    new.id = draft.id.map(str::to_owned);
    new.payment_intent_id = book.intent_id(draft.intent);
    new.amount_captured = an_amount(draft.captured);
    new.status = draft.status;
    new
}

fn a_conclusion(draft: ConclusionDraft) -> Conclusion {
    match draft {
        ConclusionDraft::Succeeded { captured, fee, available_on } => Conclusion::Succeeded {
            amount_captured: an_amount(captured),
            fee: Fee::from_minor(fee).unwrap(),
            available_on: millis(available_on),
        },
        ConclusionDraft::Failed => Conclusion::Failed,
        ConclusionDraft::Canceled => Conclusion::Canceled,
    }
}

fn a_request(draft: &RefundDraft, book: &Book) -> RefundRequest {
    let (_, id) = book.target(draft.target);
    let mut request = match draft.target {
        TargetDraft::Charge(_) => RefundRequest::of_charge(id),
        TargetDraft::Intent(_) => RefundRequest::of_payment_intent(id),
    };
    request.amount = draft.amount.map(an_amount);
    request.reason = draft.reason;
    request.description = draft.description.map(str::to_owned);
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    request.metadata = draft.metadata.iter().map(owned).collect();
    request.external_reference = draft.external_reference.map(str::to_owned);
    request
}

fn a_transfer(draft: &TransferDraft) -> NewTransfer {
    let amount = SignedAmount::from_minor(draft.amount).unwrap();
    let mut new = NewTransfer::adjustment(amount, a_currency(draft.currency));
    new.id = draft.id.map(str::to_owned);
    new.kind = draft.kind;
    new.description = draft.description.map(str::to_owned);
    new
}

fn a_limit(draft: LimitDraft) -> NegativeBalanceLimit {
    match draft {
        LimitDraft::Unlimited => NegativeBalanceLimit::Unlimited,
        LimitDraft::Each(limit) => NegativeBalanceLimit::Each(limit),
        LimitDraft::PerCurrency(limits) => NegativeBalanceLimit::PerCurrency(
            limits
                .iter()
                .map(|(code, limit)| (Currency::from_code(code).unwrap(), *limit))
                .collect(),
        ),
    }
}

fn an_amount(minor: i64) -> Amount {
    Amount::from_minor(minor).unwrap()
}

fn a_currency(code: &str) -> Currency {
    Currency::from_code(code).unwrap()
}

pub(super) fn millis(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}
