//! The library under test, driven by the same operations as the model.

use std::{
    collections::BTreeMap,
    fs,
    ops::ControlFlow,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use refundry::{
    Amount, Conclusion, Currency, Fee, IdempotencyKey, Ledger, NegativeBalanceLimit, NewCharge,
    NewDispute, NewMerchant, NewPaymentIntent, NewTransfer, Options, RefundRequest, SignedAmount,
    Timestamp,
};

use super::{
    Tally,
    book::Book,
    dispute::DisputeDraft,
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
    /// Where it is, unless it is in memory.
    file: Option<PathBuf>,
    clock: Arc<AtomicI64>,
    entropy: Arc<Mutex<Entropy>>,
    fault: Option<Fault>,
    reopened: bool,
    /// An earlier state, for who restores the wrong backup.
    older: Option<Vec<u8>>,
}

/// What a ledger may do wrong about these matters, to see whether it is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Idempotency keys are forgotten when it is closed.
    ForgetsKeys,
    /// A backup lacks what was recorded last.
    RestoresOlder,
    /// Its clock can't go back.
    OnlyForward,
    /// Its clock stops in 2038.
    EndsIn2038,
}

impl Subject {
    /// A ledger with these merchants, in a file or in memory.
    pub(super) fn new(
        file: Option<PathBuf>,
        seed: u64,
        merchants: [&str; 2],
        fault: Option<Fault>,
    ) -> Self {
        let clock = Arc::new(AtomicI64::new(START));
        let entropy = Arc::new(Mutex::new(Entropy::seeded(seed)));
        let options = options(&clock, &entropy);
        let mut ledger = match &file {
            Some(path) => Ledger::open(path, options).unwrap(),
            None => Ledger::in_memory(options).unwrap(),
        };
        for id in merchants {
            let mut new = NewMerchant::named(id);
            new.id = Some(id.to_owned());
            ledger.create_merchant(&new).unwrap();
        }
        Self { ledger, file, clock, entropy, fault, reopened: false, older: None }
    }

    /// Opens the ledger again, or a backup of it. An open batch ends before, and begins anew.
    pub(super) fn replace(&mut self, by_backup: bool, in_batch: bool, tally: &mut Tally) {
        if in_batch {
            self.ledger.commit_batch().unwrap();
        }
        if by_backup {
            self.restore();
            tally.restored += 1;
        } else {
            self.reopen();
            tally.reopened += 1;
        }
        if in_batch {
            self.ledger.begin_batch().unwrap();
        }
    }

    /// Closes the ledger and opens it again: its file, or the bytes of what is in memory.
    fn reopen(&mut self) {
        let options = options(&self.clock, &self.entropy);
        self.ledger = match &self.file {
            Some(path) => {
                // In its place, so that it is closed first.
                self.ledger = Ledger::in_memory(Options::default()).unwrap();
                Ledger::open(path, options).unwrap()
            }
            None => Ledger::from_bytes(&self.ledger.to_bytes().unwrap(), options).unwrap(),
        };
        self.reopened = true;
    }

    /// Makes a backup, loses the ledger, and goes on with the backup.
    fn restore(&mut self) {
        let folder = tempfile::tempdir().unwrap();
        let backup = folder.path().join("backup");
        self.ledger.backup(&backup, |_| ControlFlow::Continue(())).unwrap();
        if let (Some(Fault::RestoresOlder), Some(older)) = (self.fault, &self.older) {
            fs::write(&backup, older).unwrap();
        }
        let options = options(&self.clock, &self.entropy);
        self.ledger = match &self.file {
            Some(path) => {
                self.ledger = Ledger::in_memory(Options::default()).unwrap();
                fs::remove_file(path).unwrap();
                fs::rename(&backup, path).unwrap();
                Ledger::open(path, options).unwrap()
            }
            None => Ledger::from_bytes(&fs::read(&backup).unwrap(), options).unwrap(),
        };
    }

    /// Notes the state before an operation, if a fault needs it.
    pub(super) fn note(&mut self) {
        if self.fault == Some(Fault::RestoresOlder) {
            self.older = Some(self.ledger.to_bytes().unwrap());
        }
    }

    fn set_clock(&self, now: i64) {
        let before = self.clock.load(Ordering::Relaxed);
        self.clock.store(
            match self.fault {
                Some(Fault::OnlyForward) => now.max(before),
                Some(Fault::EndsIn2038) => now.min(2_147_483_647_000),
                _ => now,
            },
            Ordering::Relaxed,
        );
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
                self.set_clock(*now);
                outcome::done(String::new())
            }
            // The model's time goes as far as it likes.
            Operation::ReleaseDue { book: None, now } => {
                self.ledger.confirm_time(millis(*now));
                outcome::of(self.ledger.release_due(millis(*now)))
            }
            Operation::ReleaseDue { book: Some(index), now } => {
                self.ledger.confirm_time(millis(*now));
                let mut book = self.ledger.book(books[*index].id).unwrap();
                outcome::of(book.release_due(millis(*now)))
            }
            Operation::SetLimit { book, limit } => {
                let mut book = self.ledger.book(books[*book].id).unwrap();
                outcome::of(book.set_negative_balance_limit(&a_limit(*limit)))
            }
            Operation::RequireUniqueReferences { book, required } => {
                let mut book = self.ledger.book(books[*book].id).unwrap();
                outcome::of(book.require_unique_references(*required))
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
            | Operation::ConcludePayout { book, key, .. }
            | Operation::OpenDispute { book, key, .. }
            | Operation::ConcludeDispute { book, key, .. } => (*book, *key),
            other => unreachable!("{other:?}"),
        };
        let is_forgotten = self.reopened && self.fault == Some(Fault::ForgetsKeys);
        let key = key.filter(|_| !is_forgotten).map(|key| IdempotencyKey::new(key).unwrap());
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
            Operation::OpenDispute { new, .. } => {
                outcome::of_recorded(book.open_dispute(&a_dispute(new, known), key))
            }
            Operation::ConcludeDispute { dispute, won, .. } => {
                let id = known.dispute_id(*dispute);
                outcome::of_recorded(match won {
                    Some(return_fee) => book.win_dispute(&id, *return_fee, key),
                    None => book.lose_dispute(&id, key),
                })
            }
            other => unreachable!("{other:?}"),
        }
    }
}

fn options(clock: &Arc<AtomicI64>, entropy: &Arc<Mutex<Entropy>>) -> Options {
    let mut options = Options::default();
    let (hands, bytes) = (Arc::clone(clock), Arc::clone(entropy));
    options.clock = Box::new(move || millis(hands.load(Ordering::Relaxed)));
    options.random = Box::new(move |slice| {
        bytes.lock().unwrap().fill(slice);
        Ok(())
    });
    options
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
    new.description = draft.words.description.map(str::to_owned);
    new.metadata = owned(draft.words.metadata);
    new.external_reference = draft.words.external_reference.map(str::to_owned);
    new
}

fn owned(metadata: &[(&str, &str)]) -> BTreeMap<String, String> {
    metadata.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
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
    request.metadata = owned(draft.metadata);
    request.external_reference = draft.external_reference.map(str::to_owned);
    request
}

fn a_dispute(draft: &DisputeDraft, book: &Book) -> NewDispute {
    NewDispute {
        id: draft.id.map(str::to_owned),
        charge_id: book.charge_id(draft.charge),
        amount: an_amount(draft.amount),
        fee: Fee::from_minor(draft.fee).unwrap(),
        reason: draft.reason,
        network_reference: draft.network_reference.map(str::to_owned),
    }
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
