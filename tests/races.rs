//! Threads and processes on one charge, and one key: exactly the refunds that fit, no false failure.

use std::{
    env,
    path::Path,
    process::{Command, Stdio},
    sync::Barrier,
    thread,
    time::Duration,
};

use refundry::{Account, ChargeStatus, Ledger, Options, RefundRequest, Refusal};
use tempfile::TempDir;

use crate::shop::{self, MERCHANT, amount, key};

/// Where a helper process finds the ledger.
const PATH: &str = "REFUNDRY_TEST_RACE";

/// Who races is not in a hurry: on a busy machine, waiting for the lock may take longer than usual,
/// and that would say nothing about the race.
fn patient() -> Options {
    let mut options = Options::default();
    options.busy_timeout = Duration::from_secs(60);
    options
}

fn shop_on_disk() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::open(folder.path().join("ledger"), Options::default()).unwrap();
    shop::add_merchant(&mut ledger, MERCHANT);
    let mut book = ledger.book(MERCHANT).unwrap();
    shop::charge(&mut book, "ch_1", None, ChargeStatus::Succeeded);
    folder
}

/// Refunds 1000 of the charge's 22604 again and again until it is refused; returns how often it
/// succeeded. Any other refusal than the one due is a failure.
fn refund_until_refused(path: &Path) -> u32 {
    let mut ledger = Ledger::open(path, patient()).unwrap();
    let mut book = ledger.book(MERCHANT).unwrap();
    let mut request = RefundRequest::of_charge("ch_1");
    request.amount = Some(amount(1_000));
    let mut refunded = 0;
    loop {
        match book.create_refund(&request, None) {
            Ok(_) => refunded += 1,
            Err(error) => {
                let left = Refusal::AmountExceedsRefundable { refundable: amount(604) };
                assert_eq!(error.refusal(), Some(left), "{error}");
                return refunded;
            }
        }
    }
}

fn check(path: &Path, refunded: u32) {
    assert_eq!(refunded, 22);
    let mut ledger = Ledger::open(path, patient()).unwrap();
    let book = ledger.book(MERCHANT).unwrap();
    assert_eq!(book.charge("ch_1").unwrap().amount_refunded.minor(), 22_000);
    assert_eq!(shop::balance(&book, Account::Available), -22_000);
    ledger.verify(&[], |_| std::ops::ControlFlow::Continue(())).unwrap();
}

#[test]
fn thirty_two_threads_never_refund_too_much() {
    let folder = shop_on_disk();
    let path = &folder.path().join("ledger");
    let start = &Barrier::new(32);
    let refunded = thread::scope(|scope| {
        let racers: Vec<_> = (0..32)
            .map(|_| {
                scope.spawn(move || {
                    start.wait();
                    refund_until_refused(path)
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).sum()
    });
    check(path, refunded);
}

#[test]
fn four_processes_never_refund_too_much() {
    let folder = shop_on_disk();
    let path = &folder.path().join("ledger");
    let racers: Vec<_> = (0..4)
        .map(|_| {
            Command::new(env::current_exe().unwrap())
                .args(["--exact", "races::race_in_a_process", "--ignored", "--nocapture"])
                .env(PATH, path)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let refunded = racers.into_iter().map(|racer| {
        let output = racer.wait_with_output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        let count = text.lines().find_map(|line| line.split("refunded=").nth(1)).unwrap();
        count.parse::<u32>().unwrap()
    });
    check(path, refunded.sum());
}

/// What each of the four processes does.
#[test]
#[ignore = "a part of four_processes_never_refund_too_much"]
fn race_in_a_process() {
    let path = env::var_os(PATH).unwrap();
    println!("refunded={}", refund_until_refused(Path::new(&path)));
}

#[test]
fn one_key_raced_thirty_two_times_gives_one_refund() {
    let folder = shop_on_disk();
    let path = &folder.path().join("ledger");
    let start = &Barrier::new(32);
    let outcomes: Vec<_> = thread::scope(|scope| {
        let racers: Vec<_> = (0..32)
            .map(|_| {
                scope.spawn(move || {
                    let mut ledger = Ledger::open(path, patient()).unwrap();
                    let mut book = ledger.book(MERCHANT).unwrap();
                    let mut request = RefundRequest::of_charge("ch_1");
                    request.amount = Some(amount(1_000));
                    start.wait();
                    let refund = book.create_refund(&request, Some(&key("press"))).unwrap();
                    (refund.id.clone(), refund.replayed)
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert_eq!(outcomes.iter().filter(|(_, replayed)| !replayed).count(), 1);
    assert!(outcomes.iter().all(|(id, _)| *id == outcomes[0].0));
    let mut ledger = Ledger::open(path, patient()).unwrap();
    let book = ledger.book(MERCHANT).unwrap();
    assert_eq!(book.charge("ch_1").unwrap().amount_refunded.minor(), 1_000);
}
