//! A process is killed at any moment, whatever it is doing to a ledger: what it acknowledged is
//! there, what it had begun is there wholly or not at all, and asking for it again does it once.

// A test that panics has done its work; and a sum that overflows here panics.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_wrap,
    clippy::unwrap_used,
    missing_docs
)]

mod child;
mod round;
mod step;

use std::{collections::BTreeMap, time::Instant};

use refundry_trials::{
    finding::Fault,
    rounds,
    shop::{self, MERCHANT},
};
use tempfile::TempDir;

use crate::{
    child::Manner,
    round::Found,
    step::{LARGE_CHARGE, Step},
};

/// How many kills a ledger has to take: the more it holds, the longer it takes to look.
const KILLS_OF_A_LEDGER: u64 = 10;

/// How often a weaker manner of working may go unnoticed.
const PATIENCE: u64 = 500;

fn ledger() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = shop::open(&folder.path().join("ledger")).unwrap();
    shop::add_merchant(&mut ledger, MERCHANT).unwrap();
    shop::add_charge(&mut ledger.book(MERCHANT).unwrap(), LARGE_CHARGE, 1 << 40).unwrap();
    ledger.release_due(refundry::Timestamp::now()).unwrap();
    folder
}

#[test]
fn what_was_acknowledged_is_there_and_the_rest_wholly_or_not_at_all() {
    let begun = Instant::now();
    let seed = fastrand::u64(..);
    let mut moment = fastrand::Rng::with_seed(seed);
    let mut acknowledged: BTreeMap<Step, u64> = BTreeMap::new();
    let mut cut: BTreeMap<Step, u64> = BTreeMap::new();
    let (mut there, mut not_there) = (0, 0);
    let mut folder = ledger();
    let rounds = rounds(200, 5_000);
    for number in 0..rounds {
        if number % KILLS_OF_A_LEDGER == 0 {
            folder = ledger();
        }
        let found = round::run(folder.path(), number, Manner::Honest, &mut moment);
        let Found { acknowledged: done, unanswered } =
            found.unwrap_or_else(|fault| panic!("{fault} in round {number} of seed {seed}"));
        done.into_iter().for_each(|step| *acknowledged.entry(step).or_default() += 1);
        if let Some((step, was_there)) = unanswered {
            *cut.entry(step).or_default() += 1;
            match was_there {
                Some(true) => there += 1,
                Some(false) => not_there += 1,
                None => {}
            }
        }
    }
    let total: u64 = acknowledged.values().sum();
    println!(
        "kill: {rounds} kills, {total} acknowledged, 0 lost, 0 half, 0 doubled; in {} the step \
         was cut off ({there} there, {not_there} not there) {cut:?}; {} s",
        cut.values().sum::<u64>(),
        begun.elapsed().as_secs()
    );
    for step in Step::ALL {
        assert!(acknowledged.contains_key(&step), "{step} was never done");
    }
    assert!(there > 0 && not_there > 0, "no kill came in the middle: {there}, {not_there}");
}

/// Kills who works in a weaker manner until that is found.
fn found(manner: Manner) -> Fault {
    let mut moment = fastrand::Rng::new();
    for number in 0..PATIENCE {
        if let Err(fault) = round::run(ledger().path(), number, manner, &mut moment) {
            println!("kill, control: {manner:?} was found in round {number}: {fault}");
            return fault;
        }
    }
    panic!("{manner:?} was not found in {PATIENCE} rounds");
}

#[test]
fn who_acknowledges_before_the_commit_is_found_to_lose() {
    for step in [Step::TopUp, Step::Limit, Step::Key, Step::Revocation] {
        assert!(matches!(found(Manner::Early(step)), Fault::Lost(_)));
    }
}

#[test]
fn who_asks_again_without_a_key_is_found_to_double() {
    assert!(matches!(found(Manner::Keyless), Fault::Doubled(_)));
}

#[test]
fn who_commits_piece_by_piece_is_found_half_done() {
    assert!(matches!(found(Manner::Piecemeal), Fault::Half(_)));
}
