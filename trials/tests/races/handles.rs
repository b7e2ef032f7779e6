//! Several handles in one process. POSIX gives locks to processes, not to handles, and takes them
//! all away when any descriptor of the file is closed: what one handle does must not let others
//! past the lock of another.

use std::{env, fs::File, path::Path, time::Duration};

use refundry::{Error, Ledger, Options, RefundRequest, Refusal};
use refundry_trials::{
    rounds,
    shop::{self, MERCHANT},
};
use tempfile::TempDir;

use crate::start::{self, Helper};

const PATH: &str = "REFUNDRY_TRIAL_PROBE";

fn impatient(path: &Path) -> Ledger {
    let mut options = Options::default();
    options.busy_timeout = Duration::ZERO;
    Ledger::open(path, options).unwrap()
}

/// Tries to refund the whole of a charge.
fn attempt(ledger: &mut Ledger, charge: &str) -> &'static str {
    let mut book = ledger.book(MERCHANT).unwrap();
    match book.create_refund(&RefundRequest::of_charge(charge), None) {
        Ok(_) => "made",
        Err(Error::LockTimeout { .. }) => "locked",
        Err(error) => {
            assert_eq!(error.refusal(), Some(Refusal::ChargeAlreadyRefunded), "{error}");
            "refused"
        }
    }
}

#[test]
#[ignore = "run by the trials in a process of its own"]
fn probe() {
    let Some(path) = env::var_os(PATH) else { return };
    let mut ledger = impatient(Path::new(&path));
    start::serve(|charge| attempt(&mut ledger, charge).to_owned());
}

/// A ledger with a charge for each round, and another process that tries to refund them.
fn prepare(rounds: u64) -> (TempDir, Helper) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let mut ledger = shop::open(&path).unwrap();
    shop::add_merchant(&mut ledger, MERCHANT).unwrap();
    ledger.begin_batch().unwrap();
    for round in 0..rounds {
        let mut book = ledger.book(MERCHANT).unwrap();
        shop::add_charge(&mut book, &format!("ch_{round}"), 10).unwrap();
    }
    ledger.commit_batch().unwrap();
    let helper = Helper::start("handles::probe", |command| {
        command.env(PATH, &path);
    });
    (folder, helper)
}

#[test]
fn handles_of_one_process_keep_each_others_locks() {
    let rounds = rounds(100, 1_000);
    let (folder, mut other_process) = prepare(rounds);
    let path = folder.path().join("ledger");
    let (mut first, mut second) = (impatient(&path), impatient(&path));
    for round in 0..rounds {
        let charge = format!("ch_{round}");
        first.begin_batch().unwrap();
        assert_eq!(attempt(&mut first, &charge), "made");
        assert_eq!(attempt(&mut second, &charge), "locked");
        assert_eq!(other_process.ask(&charge), "locked");
        // Whatever is opened and closed in the same process meanwhile.
        drop(impatient(&path));
        first_to_read(&path);
        assert_eq!(other_process.ask(&charge), "locked");
        first.commit_batch().unwrap();
        assert_eq!(attempt(&mut second, &charge), "refused");
        assert_eq!(other_process.ask(&charge), "refused");
    }
    first.verify(&[], |_| std::ops::ControlFlow::Continue(())).unwrap();
    println!("races: {rounds} rounds of handles in one process, no lock was lost");
}

fn first_to_read(path: &Path) {
    let mut options = Options::default();
    options.access = refundry::Access::ReadOnly;
    let mut reader = Ledger::open(path, options).unwrap();
    reader.book(MERCHANT).unwrap().head().unwrap();
}

/// What the trial above would see if a handle closed a file in another way than SQLite does.
#[test]
fn a_descriptor_that_is_closed_carelessly_is_found_to_lose_a_lock() {
    let (folder, mut other_process) = prepare(1);
    let path = folder.path().join("ledger");
    let mut first = impatient(&path);
    first.begin_batch().unwrap();
    assert_eq!(attempt(&mut first, "ch_0"), "made");
    assert_eq!(other_process.ask("ch_0"), "locked");
    drop(File::open(folder.path().join("ledger-shm")).unwrap());
    assert_eq!(other_process.ask("ch_0"), "made", "both refunded it");
    first.roll_back_batch();
}
