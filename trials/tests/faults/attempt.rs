//! One attempt: a call under a fault, and whether all that was promised of it holds afterwards.

use std::{
    fs,
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use refundry::{Access, Error, FileError, Ledger};
use refundry_trials::{
    disk::{
        blocks,
        fault::{Fault, Plan, under},
    },
    shop,
    story::Clock,
};

use crate::scene::{self, Act, Scene};

/// What came of a call under a fault.
pub(crate) struct Ended {
    /// Whether the fault was met.
    pub(crate) struck: bool,
    /// What the call said if it failed as it may, or what is wrong.
    pub(crate) outcome: Result<Option<Error>, String>,
}

/// Makes the call under a plan, and looks whether all is as promised.
pub(crate) fn make(scene: &Scene, folder: &Path, plan: Plan) -> Ended {
    scene.files.write(folder);
    let blocks_before = blocks();
    let mut struck = false;
    let outcome = call(scene, folder, plan, &mut struck).and_then(|error| {
        match (&error, plan.fault) {
            (None, Fault::Full | Fault::Busy) | (Some(Error::LockTimeout { .. }), Fault::Busy) => {}
            (Some(error), Fault::Full) if error.number() == FileError::DISK_FULL => {}
            (Some(error), Fault::Full | Fault::Busy) | (Some(error @ Error::Unsound(_)), _) => {
                return Err(format!("it is called {error:?}"));
            }
            _ => {}
        }
        leaks(folder, blocks_before).map_or(Ok(error), Err)
    });
    Ended { struck, outcome }
}

fn call(
    scene: &Scene,
    folder: &Path,
    plan: Plan,
    struck: &mut bool,
) -> Result<Option<Error>, String> {
    let mut opened = match scene.act {
        Act::Open => None,
        Act::Close | Act::Operate(_) => Some(say("before", scene::open(folder, scene.seed))?),
    };
    let call = || match (&scene.act, opened.take()) {
        (Act::Operate(operation), Some(mut ledger)) => {
            let result = operation(&mut ledger, folder);
            (Some(ledger), result)
        }
        (Act::Close, ledger) => {
            drop(ledger);
            (None, Ok(()))
        }
        (Act::Open | Act::Operate(_), _) => match scene::open(folder, scene.seed) {
            Ok(ledger) => (Some(ledger), Ok(())),
            Err(error) => (None, Err(error)),
        },
    };
    let called = catch_unwind(AssertUnwindSafe(|| under(plan, call)));
    let ((ledger, result), calls) = called.map_err(|_| "it panicked".to_owned())?;
    *struck = calls >= plan.nth;
    look(scene, folder, ledger, &result)?;
    Ok(result.err())
}

/// Looks at the ledger once the fault is gone: on the handle that met it, if it is still there, and
/// then on a new one.
fn look(
    scene: &Scene,
    folder: &Path,
    ledger: Option<Ledger>,
    result: &Result<(), Error>,
) -> Result<(), String> {
    let mut ledger = match ledger {
        Some(ledger) => ledger,
        None => say("opening again", scene::open(folder, scene.seed))?,
    };
    let state = say("reading beside the handle", scene::state(folder))?;
    let (unchanged, changed) = (state == scene.before, state == scene.after);
    match result {
        Ok(()) if !changed => return Err("it is said to be done and is not".to_owned()),
        Err(_) if !unchanged && !changed => return Err("it is half there".to_owned()),
        Ok(()) | Err(Error::OutcomeUnknown(_)) => {}
        Err(error) if !unchanged && !scene.in_parts => {
            return Err(format!("{error:?} changed something"));
        }
        Err(_) => {}
    }
    if let Some(name) = &scene.backup {
        look_for_backup(folder, name, result)?;
    }
    if let (Act::Operate(operation), true, true) = (&scene.act, result.is_err(), unchanged) {
        say("calling it again", operation(&mut ledger, folder))?;
    }
    say("going on", shop::add_merchant(&mut ledger, "acct_next"))?;
    say("verifying", verify(&mut ledger))?;
    drop(ledger);
    let mut ledger = say("opening at last", scene::open(folder, scene.seed))?;
    say("what came next", ledger.book("acct_next").map(drop))
}

fn verify(ledger: &mut Ledger) -> Result<(), Error> {
    ledger.verify(&[], |_| ControlFlow::Continue(())).map(drop)
}

/// Who was told that a backup failed finds none, and nothing of one.
fn look_for_backup(folder: &Path, name: &str, result: &Result<(), Error>) -> Result<(), String> {
    if result.is_ok() {
        let options = Clock::at_chapter(1).options(Access::ReadOnly, 0);
        let mut backup = say("the backup", Ledger::open(folder.join(name), options))?;
        return say("the backup", verify(&mut backup));
    }
    let mut names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    match names.find(|left| left.to_string_lossy().starts_with(name)) {
        Some(left) => Err(format!("{} is left of a failure", left.display())),
        None => Ok(()),
    }
}

/// What is still held: memory of SQLite's, or open files in the folder.
pub(crate) fn leaks(folder: &Path, blocks_before: i64) -> Option<String> {
    let blocks = blocks() - blocks_before;
    if blocks != 0 {
        return Some(format!("{blocks} blocks of memory are not given back"));
    }
    let mut descriptors = fs::read_dir("/proc/self/fd").unwrap().flatten();
    descriptors.find_map(|descriptor| {
        let path = fs::read_link(descriptor.path()).ok()?;
        path.starts_with(folder).then(|| format!("{} is still open", path.display()))
    })
}

fn say<T>(when: &str, result: Result<T, Error>) -> Result<T, String> {
    result.map_err(|error| format!("{when}: {error:?}"))
}
