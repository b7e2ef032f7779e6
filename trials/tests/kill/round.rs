//! One kill, and what is found after it.

use std::{ops::ControlFlow, path::Path, time::Duration};

use refundry::{Access, Error, Head, Ledger, Options};
use refundry_trials::{
    child,
    finding::Fault,
    shop::{self, MERCHANT},
};

use crate::{
    child::Manner,
    step::{self, Step},
};

/// What was found instead.
pub(crate) struct Found {
    pub(crate) acknowledged: Vec<Step>,
    /// The step that the kill came into, and whether it was done all the same.
    pub(crate) unanswered: Option<(Step, Option<bool>)>,
}

/// What the child said before it was killed.
struct Said {
    acknowledged: Vec<(Step, String, String)>,
    head: Head,
    unanswered: Option<(Step, String)>,
}

/// Lets a child work in a folder's ledger, kills it, and looks.
pub(crate) fn run(
    folder: &Path,
    number: u64,
    manner: Manner,
    moment: &mut fastrand::Rng,
) -> Result<Found, Fault> {
    let head = head(&mut shop::open(&folder.join("ledger")).unwrap());
    let lines = kill(folder, number, manner, moment);
    let said = read(&lines, head);
    check(folder, &said)
}

fn head(ledger: &mut Ledger) -> Head {
    ledger.book(MERCHANT).unwrap().head().unwrap()
}

/// Kills a child some lines and some microseconds after its start; returns its whole lines.
fn kill(folder: &Path, number: u64, manner: Manner, moment: &mut fastrand::Rng) -> Vec<String> {
    // Now and then long enough for the log to be written into the file.
    let most = if number % 8 == 7 { 10 * Step::ALL.len() } else { 3 * Step::ALL.len() };
    let few = moment.usize(0..most);
    let pause = Duration::from_micros(moment.u64(0..2_000));
    let said = child::kill(folder, &manner, &number.to_string(), String::new(), few, pause);
    said.iter().filter_map(|line| line.strip_suffix('\n').map(str::to_owned)).collect()
}

fn read(lines: &[String], head: Head) -> Said {
    let mut said = Said { acknowledged: Vec::new(), head, unanswered: None };
    for line in lines {
        let words: Vec<&str> = line.splitn(5, ' ').collect();
        match words[..] {
            ["awake"] => {}
            ["begin", step, name] => said.unanswered = Some((Step::of(step), name.to_owned())),
            ["done", step, name, head, what] => {
                said.acknowledged.push((Step::of(step), name.to_owned(), what.to_owned()));
                said.head = Head::parse(head).unwrap();
                said.unanswered = None;
            }
            _ => panic!("the child said {line:?}"),
        }
    }
    said
}

fn check(folder: &Path, said: &Said) -> Result<Found, Fault> {
    let mut ledger = shop::open(&folder.join("ledger")).unwrap();
    verify(&mut ledger, said.head)?;
    let entries = head(&mut ledger).seq - said.head.seq;
    let whole = said.unanswered.as_ref().map_or(0, |(step, _)| step.entries());
    if entries != 0 && entries != whole {
        return Err(Fault::Half(format!("{entries} of {whole} entries of {:?}", said.unanswered)));
    }
    // Asked for again, a release would take what later steps left due. The chain has told of it.
    let once = [Step::Release, Step::RefundWithoutKey];
    for (step, name, what) in said.acknowledged.iter().filter(|(step, ..)| !once.contains(step)) {
        let done = step::perform(&mut ledger, folder, *step, name).unwrap();
        let same = done.again == Some(true) && done.what == *what;
        if !same && done.again.is_some() {
            return Err(Fault::Lost(format!("{step} {name} was {what:?} and is {done:?}")));
        }
        if *step == Step::Backup {
            check_backup(folder, name);
        }
    }
    let unanswered = match &said.unanswered {
        Some((step, name)) => {
            Some((*step, replay(&mut ledger, folder, *step, name, said.head.seq)?))
        }
        None => None,
    };
    // What a step that was cut off left due would be released in another's.
    ledger.release_due(refundry::Timestamp::now()).unwrap();
    let acknowledged = said.acknowledged.iter().map(|(step, ..)| *step).collect();
    Ok(Found { acknowledged, unanswered })
}

/// The books are sound, and everything up to this head is in them.
fn verify(ledger: &mut Ledger, head: Head) -> Result<(), Fault> {
    let kept = [(MERCHANT.to_owned(), head)];
    match ledger.verify(&kept, |_| ControlFlow::Continue(())) {
        Ok(_) => Ok(()),
        Err(error @ Error::Unsound(_)) => Err(Fault::Lost(error.to_string())),
        Err(error) => panic!("{error}"),
    }
}

/// Asks for what was not answered twice more; returns whether it was there before.
fn replay(
    ledger: &mut Ledger,
    folder: &Path,
    step: Step,
    name: &str,
    seq: i64,
) -> Result<Option<bool>, Fault> {
    let was_there = (step.entries() > 0).then(|| head(ledger).seq > seq);
    let once = step::perform(ledger, folder, step, name).unwrap();
    let twice = step::perform(ledger, folder, step, name).unwrap();
    if was_there.is_some() && once.again != was_there {
        return Err(Fault::Doubled(format!("{step} {name} was there ({was_there:?}): {once:?}")));
    }
    let entries = head(ledger).seq - seq;
    if entries != step.entries() || twice.again == Some(false) || once.what != twice.what {
        let fault = format!("{step} {name}: {entries} entries, {once:?}, {twice:?}");
        return Err(Fault::Doubled(fault));
    }
    if step == Step::Backup {
        check_backup(folder, name);
    }
    Ok(once.again)
}

/// A backup that is there is whole.
fn check_backup(folder: &Path, name: &str) {
    let mut options = Options::default();
    options.access = Access::ReadOnly;
    let mut backup = Ledger::open(folder.join(step::backup_name(name)), options).unwrap();
    backup.verify(&[], |_| ControlFlow::Continue(())).unwrap();
}
