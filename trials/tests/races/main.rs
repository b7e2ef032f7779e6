//! Threads and processes on one charge, one key, one limit: exactly the refunds that fit are made,
//! and nobody is refused for another reason than the one that is due.

// A test that panics has done its work; and a sum that overflows here panics.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::unwrap_used,
    missing_docs
)]

mod contest;
mod handles;
#[cfg(unix)]
mod signals;
mod start;

use std::{ops::ControlFlow, path::Path, time::Instant};

use refundry_trials::{rounds, shop};

use crate::contest::Contest;

/// How racers are started: how many of them, and in how many rounds.
type Start = fn(Contest, &Path, usize, u64) -> Vec<Vec<String>>;

const THREADS: usize = 8;
const PROCESSES: usize = 4;

fn exactly_those_that_fit(contest: Contest, start: Start, racers: usize, rounds: u64) {
    let begun = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    contest.prepare(&path, rounds, racers);
    let made = start(contest, &path, racers, rounds);
    for (round, made) in (0..).zip(&made) {
        contest.check(&path, round, made);
    }
    shop::open(&path).unwrap().verify(&[], |_| ControlFlow::Continue(())).unwrap();
    println!(
        "races: {racers} racers, {rounds} rounds of {contest:?}, {} refunds each; {} s",
        contest.fit(),
        begun.elapsed().as_secs()
    );
}

#[test]
fn threads_on_one_charge() {
    exactly_those_that_fit(Contest::Charge, start::threads, THREADS, rounds(300, 1_000));
}

#[test]
fn threads_on_one_key() {
    exactly_those_that_fit(Contest::Key, start::threads, THREADS, rounds(300, 1_000));
}

#[test]
fn threads_on_one_limit() {
    exactly_those_that_fit(Contest::Limit, start::threads, THREADS, rounds(300, 1_000));
}

#[test]
fn processes_on_one_charge() {
    exactly_those_that_fit(Contest::Charge, start::processes, PROCESSES, rounds(300, 1_000));
}

#[test]
fn processes_on_one_key() {
    exactly_those_that_fit(Contest::Key, start::processes, PROCESSES, rounds(300, 1_000));
}

#[test]
fn processes_on_one_limit() {
    exactly_those_that_fit(Contest::Limit, start::processes, PROCESSES, rounds(300, 1_000));
}

/// How many rounds a bad racer may be lucky in.
const PATIENCE: u64 = 20;

fn gives_too_much(start: Start, racers: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plain");
    Contest::CheckThenAct.prepare(&path, PATIENCE, racers);
    let made = start(Contest::CheckThenAct, &path, racers, PATIENCE);
    let too_much = made.iter().filter(|made| made.len() > Contest::CheckThenAct.fit()).count();
    println!("races, control: too much was given in {too_much} of {PATIENCE} rounds");
    assert!(too_much > 0, "the racers never met");
}

#[test]
fn threads_that_check_and_then_act_are_found_to_give_too_much() {
    gives_too_much(start::threads, THREADS);
}

#[test]
fn processes_that_check_and_then_act_are_found_to_give_too_much() {
    gives_too_much(start::processes, PROCESSES);
}
