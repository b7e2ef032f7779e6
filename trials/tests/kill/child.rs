//! The process that is killed: it works until then, and says what it begins and what it has done.

use std::{path::Path, thread, time::Duration};

use refundry::{Ledger, Result};
use refundry_trials::{
    child::{say, told},
    shop::{self, MERCHANT},
};

use crate::step::{self, Done, Step};

/// How the child works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Every step, each acknowledged when it has returned.
    Honest,
    /// A few steps, one of them acknowledged before it is committed.
    Early(Step),
    /// Batches of refunds, each refund with a commit of its own.
    Piecemeal,
    /// Refunds without a key.
    Keyless,
}

#[test]
#[ignore = "run by the trials in a process of its own"]
fn works_until_it_is_killed() {
    let Some(told) = told() else { return };
    let folder = &told.folder;
    say("awake");
    let mut ledger = shop::open(&folder.join("ledger")).unwrap();
    for cycle in 0.. {
        let name = format!("{}-{cycle}", told.from);
        match told.manner.as_str() {
            "Honest" => honest(&mut ledger, folder, &name).unwrap(),
            "Keyless" => keyless(&mut ledger, folder, &name).unwrap(),
            "Piecemeal" => piecemeal(&mut ledger, &name).unwrap(),
            other => {
                let step = other.strip_prefix("Early(").unwrap().trim_end_matches(')');
                early(&mut ledger, folder, &name, Step::of(step)).unwrap();
            }
        }
    }
}

fn honest(ledger: &mut Ledger, folder: &Path, name: &str) -> Result<()> {
    Step::ALL.into_iter().try_for_each(|step| work(ledger, folder, name, step))
}

fn keyless(ledger: &mut Ledger, folder: &Path, name: &str) -> Result<()> {
    work(ledger, folder, name, Step::RefundWithoutKey)
}

fn work(ledger: &mut Ledger, folder: &Path, name: &str, step: Step) -> Result<()> {
    begin(step, name);
    let done = step::perform(ledger, folder, step, name)?;
    acknowledge(ledger, step, name, &done)
}

fn early(ledger: &mut Ledger, folder: &Path, name: &str, too_early: Step) -> Result<()> {
    for step in [Step::Merchant, Step::Limit, Step::Key, Step::Revocation, Step::TopUp] {
        if step == too_early {
            ledger.begin_batch()?;
            work(ledger, folder, name, step)?;
            // As long as a commit may take on a real disk.
            thread::sleep(Duration::from_millis(1));
            ledger.commit_batch()?;
        } else {
            work(ledger, folder, name, step)?;
        }
    }
    Ok(())
}

fn piecemeal(ledger: &mut Ledger, name: &str) -> Result<()> {
    begin(Step::Batch, name);
    let done = step::refunds_of_a_batch(&mut ledger.book(MERCHANT)?, name)?;
    acknowledge(ledger, Step::Batch, name, &done)
}

fn begin(step: Step, name: &str) {
    say(&format!("begin {step} {name}"));
}

fn acknowledge(ledger: &mut Ledger, step: Step, name: &str, done: &Done) -> Result<()> {
    let head = ledger.book(MERCHANT)?.head()?;
    say(&format!("done {step} {name} {head} {}", done.what));
    Ok(())
}
