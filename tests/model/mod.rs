//! Random sequences of all operations, compared after every step with a model of the contract
//! that is written in plain collections: results, refusals, objects, balances and the chain.

mod book;
mod charge;
mod comparison;
mod dispute;
mod encoding;
mod entropy;
mod id;
mod operation;
mod outcome;
mod print;
mod refund;
mod subject;
mod transfer;
mod variation;

use std::{cell::RefCell, collections::BTreeMap, time::Instant};

use proptest::{
    prelude::any,
    strategy::Strategy,
    test_runner::{Config, TestError, TestRunner},
};
use refundry::{
    Access, ChargeStatus, DisputeReason, Ledger, Options, PayoutOutcome, Reason, TransferKind,
};

use book::Book;
use comparison::{compare_balances, compare_book, compare_everything, compare_head};
use dispute::DisputeDraft;
use entropy::Entropy;
use operation::{
    ChargeDraft, ConclusionDraft, LimitDraft, Operation, RefundDraft, START, TargetDraft,
    TransferDraft, WordsDraft, sequences, sequences_at_the_edge,
};
use outcome::{Outcome, done, json};
use subject::{Fault, Subject};

use crate::size::rounds;

const MERCHANTS: [&str; 2] = ["acct_alexandria", "acct_cairo"];
/// How many of the largest amounts fit a balance.
const FLOOD: usize = 1_024;
/// One case in this many uses a file; the others stay in memory, as do the smallest seeds, to which
/// a failed case is reduced, and the floods, because each commit waits for the disk.
const FILES: u64 = 16;
/// In three cases of four so many operations share a commit, or two times or three times as many;
/// in the fourth each has its own.
const TOGETHER: u64 = 5;
const YEAR: i64 = 8_766 * 3_600_000;

struct Model {
    books: [Book; 2],
    now: i64,
    entropy: Entropy,
}

impl Model {
    fn apply(&mut self, operation: &Operation) -> Outcome {
        let Self { books, now, entropy } = self;
        let inputs = (*now, entropy);
        match operation {
            Operation::CreateIntent { book, id, amount, currency } => {
                books[*book].create_intent(*id, *amount, currency, inputs)
            }
            Operation::CreateCharge { book, new, key } => {
                books[*book].create_charge(new, *key, inputs)
            }
            Operation::ConcludeCharge { book, charge, conclusion, key } => {
                books[*book].conclude_charge(*charge, *conclusion, *key, inputs.0)
            }
            Operation::CreateRefund { book, request, key } => {
                books[*book].create_refund(request, *key, inputs)
            }
            Operation::FailRefund { book, refund, key } => {
                books[*book].fail_refund(*refund, *key, inputs.0)
            }
            Operation::CreateTransfer { book, new, key } => {
                books[*book].create_transfer(new, *key, inputs)
            }
            Operation::ConcludePayout { book, transfer, outcome, key } => {
                books[*book].conclude_payout(*transfer, *outcome, *key, inputs.0)
            }
            Operation::OpenDispute { book, new, key } => {
                books[*book].open_dispute(new, *key, inputs)
            }
            Operation::ConcludeDispute { book, dispute, won, key } => {
                books[*book].conclude_dispute(*dispute, *won, *key, inputs.0)
            }
            Operation::ReleaseDue { book, now: until } => {
                // A book that can't go on does not hold up the other, but its refusal is told.
                let mut result = Ok(0);
                for (index, of) in books.iter_mut().enumerate() {
                    if book.is_none_or(|book| book == index) {
                        let released = of.release_due(*until, inputs.0);
                        result = result.and_then(|sum| Ok(sum + released?));
                    }
                }
                result.and_then(|sum: u64| done(json(&sum)))
            }
            Operation::SetLimit { book, limit } => {
                books[*book].limit = *limit;
                done(json(&()))
            }
            Operation::RequireUniqueReferences { book, required } => {
                books[*book].unique_references = *required;
                done(json(&()))
            }
            Operation::SetClock { now: time } => {
                *now = *time;
                done(String::new())
            }
            // What was recorded is the same afterwards.
            Operation::Reopen | Operation::Restore => done(String::new()),
            Operation::Again { .. } | Operation::Varied { .. } | Operation::Flood { .. } => {
                unreachable!("{operation:?}")
            }
        }
    }
}

/// What happened in the cases of a test.
#[derive(Debug, Default)]
struct Tally {
    steps: u64,
    /// By the code of the refusal.
    refused: BTreeMap<&'static str, u64>,
    reopened: u64,
    restored: u64,
    /// How often the clock was set to an earlier moment, or years ahead.
    jumps: u64,
}

/// How a case is run.
#[derive(Clone, Copy)]
struct Setting {
    seed: u64,
    in_file: bool,
    fault: Option<Fault>,
}

/// Runs one case and panics at the first difference.
fn run(setting: Setting, operations: &[Operation], tally: &mut Tally) {
    let Setting { seed, in_file, fault } = setting;
    let directory = in_file.then(|| tempfile::tempdir().unwrap());
    let file = directory.as_ref().map(|directory| directory.path().join("ledger.db"));
    let mut subject = Subject::new(file.clone(), seed, MERCHANTS, fault);
    let entropy = Entropy::seeded(seed);
    let mut model = Model { books: MERCHANTS.map(Book::new), now: START, entropy };

    let mut made: Vec<Operation> = vec![];
    let together = usize::try_from(seed / FILES % 4 * TOGETHER).unwrap();
    for (turn, operation) in operations.iter().enumerate() {
        if together > 0 && turn.is_multiple_of(together) {
            subject.share_a_commit(turn > 0);
        }
        let earlier = |back: &usize| made.len().checked_sub(*back).map(|place| made[place].clone());
        let operation = match operation {
            Operation::Again { back } => earlier(back),
            Operation::Varied { back, fact } => earlier(back).map(|made| made.varied(*fact)),
            other => Some(other.clone().placed(&model.books)),
        };
        let Some(operation) = operation else { continue };
        let mut changed = false;
        if let Operation::Flood { book, new } = &operation {
            let one = Operation::CreateTransfer { book: *book, new: new.clone(), key: None };
            (0..FLOOD).for_each(|_| changed = step(&mut subject, &mut model, &one, tally));
        } else if matches!(operation, Operation::Reopen | Operation::Restore) {
            subject.replace(matches!(operation, Operation::Restore), together > 0, tally);
            changed = true;
        } else {
            changed = step(&mut subject, &mut model, &operation, tally);
            made.push(operation.clone());
        }
        for book in touched(&operation) {
            // What an error changed after all is seen at the next change at the latest.
            let compare = if changed { compare_book } else { compare_balances };
            compare(&mut subject.ledger, &model.books[book], model.now);
        }
    }

    if together > 0 {
        subject.ledger.commit_batch().unwrap();
    }
    for book in &model.books {
        compare_everything(&mut subject.ledger, book, model.now);
    }
    verify_and_reopen(subject, file.as_deref(), &model);
}

/// Applies an operation to both and compares what they answer and how much they drew. Returns
/// whether it may have changed anything.
fn step(
    subject: &mut Subject,
    model: &mut Model,
    operation: &Operation,
    tally: &mut Tally,
) -> bool {
    subject.note();
    let before = model.now;
    let theirs = subject.apply(operation, &model.books);
    let ours = model.apply(operation);
    tally.steps += 1;
    tally.jumps += u64::from(!(before..before + YEAR).contains(&model.now));
    if let Err(failure) = &ours {
        *tally.refused.entry(failure.code).or_default() += 1;
    }
    assert_eq!(theirs, ours, "the library (left) and the model (right) at {operation:?}");
    assert_eq!(subject.entropy(), model.entropy, "random bytes drawn at {operation:?}");
    ours.is_ok() || matches!(operation, Operation::ReleaseDue { .. })
}

/// The books that an operation may have changed. The clock changes what both look like.
fn touched(operation: &Operation) -> Vec<usize> {
    match operation {
        Operation::CreateIntent { book, .. }
        | Operation::CreateCharge { book, .. }
        | Operation::ConcludeCharge { book, .. }
        | Operation::CreateRefund { book, .. }
        | Operation::FailRefund { book, .. }
        | Operation::CreateTransfer { book, .. }
        | Operation::ConcludePayout { book, .. }
        | Operation::OpenDispute { book, .. }
        | Operation::ConcludeDispute { book, .. }
        | Operation::ReleaseDue { book: Some(book), .. }
        | Operation::SetLimit { book, .. }
        | Operation::RequireUniqueReferences { book, .. }
        | Operation::Flood { book, .. } => vec![*book],
        Operation::ReleaseDue { book: None, .. }
        | Operation::SetClock { .. }
        | Operation::Reopen
        | Operation::Restore
        | Operation::Again { .. }
        | Operation::Varied { .. } => vec![0, 1],
    }
}

/// The library finds its own books sound, and a file tells the same when it is opened again.
fn verify_and_reopen(subject: Subject, file: Option<&std::path::Path>, model: &Model) {
    let mut ledger = subject.ledger;
    let heads = MERCHANTS.map(|id| (id.to_owned(), ledger.book(id).unwrap().head().unwrap()));
    ledger.verify(&heads, |_| std::ops::ControlFlow::Continue(())).unwrap();
    crate::mirrors::mirror(&mut ledger);
    if let Some(path) = file {
        drop(ledger);
        let mut options = Options::default();
        options.access = Access::ReadOnly;
        let mut reopened = Ledger::open(path, options).unwrap();
        for book in &model.books {
            compare_head(&mut reopened, book);
        }
        reopened.verify(&heads, |_| std::ops::ControlFlow::Continue(())).unwrap();
    }
}

/// So many cases of a strategy, and what happened in them. A case that fails is made smaller in at
/// most `shrink` attempts.
fn try_cases<S: Strategy<Value = (u64, Vec<Operation>)>>(
    cases: u64,
    strategy: S,
    shrink: u32,
    setting: impl Fn(u64) -> Setting,
) -> (Result<(), TestError<S::Value>>, Tally) {
    let tally = RefCell::new(Tally::default());
    let config = Config {
        cases: u32::try_from(cases).unwrap(),
        failure_persistence: None,
        max_shrink_iters: shrink,
        ..Config::default()
    };
    let result = TestRunner::new(config).run(&strategy, |(seed, operations)| {
        run(setting(seed), &operations, &mut tally.borrow_mut());
        Ok(())
    });
    (result, tally.into_inner())
}

#[test]
fn the_library_does_what_the_model_does() {
    let (cases, begin) = (rounds(256, 20_000), Instant::now());
    let (result, tally) = try_cases(cases, (any::<u64>(), sequences(60)), u32::MAX, |seed| {
        let in_file = seed % FILES == FILES - 1;
        Setting { seed, in_file, fault: None }
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    println!("model: {cases} cases in {} s, {tally:?}; no difference", begin.elapsed().as_secs());
}

#[test]
fn balances_stay_within_64_bits() {
    // Each case begins with a thousand transfers, so that there have to be fewer.
    let (cases, begin) = (rounds(11, 400), Instant::now());
    let strategy = (any::<u64>(), sequences_at_the_edge(40));
    let (result, tally) =
        try_cases(cases, strategy, u32::MAX, |seed| Setting { seed, in_file: false, fault: None });
    result.unwrap_or_else(|error| panic!("{error}"));
    println!("model: {cases} at the edge in {} s, {tally:?}", begin.elapsed().as_secs());
}

/// The control: a ledger that does one thing wrong is found out within as many cases.
#[test]
fn a_ledger_that_is_wrong_is_found_out() {
    for fault in [Fault::ForgetsKeys, Fault::RestoresOlder, Fault::OnlyForward, Fault::EndsIn2038] {
        // Seeds without shared commits, in which no state can be noted.
        let (result, tally) = try_cases(256, (0..FILES, sequences(60)), 0, |seed| Setting {
            seed,
            in_file: false,
            fault: Some(fault),
        });
        assert!(result.is_err(), "{fault:?} is not found out: {tally:?}");
        println!("model, control: {fault:?} is found out after {} steps", tally.steps);
    }
}

/// A case as one prints it: paste what a failed case printed in place of this one's list.
#[rustfmt::skip]
#[test]
fn a_printed_case_runs_again() {
    let operations = [
        Operation::CreateIntent { book: 0, id: None, amount: 22604, currency: "EGP" },
        Operation::CreateCharge { book: 0, new: ChargeDraft { id: None, intent: Some(0), amount: 22604, captured: 22604, fee: 912, currency: "EGP", status: ChargeStatus::Succeeded, available_on: 1704070800000, words: WordsDraft { description: Some(""), metadata: &[], external_reference: None } }, key: Some("k1") },
        Operation::CreateRefund { book: 0, request: RefundDraft { target: TargetDraft::Intent(0), amount: None, reason: Some(Reason::Duplicate), description: Some(""), metadata: &[("é", ""), ("z", "\n")], external_reference: None }, key: Some("k1") },
        Operation::FailRefund { book: 0, refund: 0, key: None },
        Operation::Again { back: 2 },
        Operation::SetLimit { book: 0, limit: LimitDraft::PerCurrency(&[("EGP", 5), ("KWD", 0)]) },
        Operation::CreateTransfer { book: 0, new: TransferDraft { id: None, kind: TransferKind::TopUp, amount: 7, currency: "EGP", description: None }, key: None },
        Operation::ReleaseDue { book: None, now: 1704070800000 },
        Operation::CreateTransfer { book: 0, new: TransferDraft { id: Some("po_a"), kind: TransferKind::Payout, amount: 7, currency: "EGP", description: None }, key: None },
        Operation::ConcludePayout { book: 0, transfer: 1, outcome: PayoutOutcome::Paid, key: None },
        Operation::ConcludeCharge { book: 0, charge: 0, conclusion: ConclusionDraft::Failed, key: None },
        Operation::RequireUniqueReferences { book: 0, required: true },
        Operation::OpenDispute { book: 0, new: DisputeDraft { id: None, charge: 0, amount: 604, fee: 15, reason: Some(DisputeReason::Fraudulent), network_reference: Some("N-1") }, key: Some("k1") },
        Operation::ConcludeDispute { book: 0, dispute: 0, won: Some(true), key: None },
        Operation::SetClock { now: 1704060000000 },
        Operation::Reopen,
        Operation::Restore,
    ];
    let setting = Setting { seed: 16, in_file: true, fault: None };
    run(setting, &operations, &mut Tally::default());
}
