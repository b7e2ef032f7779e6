//! Funds that are due become available book by book, each book for itself.

use std::{
    fmt::Write,
    ops::ControlFlow,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use refundry::{
    Account, Amount, ChargeStatus, Error, Fee, Ledger, NewCharge, NewTransfer, Options,
    RefundRequest, Refusal, Result, Timestamp,
};
use rusqlite::Connection;

use crate::shop::{
    Clock, DAY, MERCHANT, NEW_YEAR, add_merchant, amount, balance, charge, egp, open,
};

/// A ledger of so many merchants, each with a charge of 1000 and a fee of 10 that is due.
fn fill(path: &Path, merchants: usize) {
    let mut lines = String::new();
    for number in 1..=merchants {
        let due = "2024-01-01T00:00:00.000Z";
        writeln!(lines, r#"{{"object":"merchant","id":"acct_{number}","name":"Books"}}"#).unwrap();
        writeln!(
            lines,
            r#"{{"object":"charge","id":"ch_1","merchantId":"acct_{number}","amount":"1000","amountCaptured":"1000","fee":"10","currency":"EGP","status":"succeeded","availableOn":"{due}","createdAt":"{due}"}}"#
        )
        .unwrap();
    }
    let mut ledger = Ledger::open(path, Options::default()).unwrap();
    ledger.import(lines.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
}

fn release(path: &Path) -> Result<u64> {
    let mut options = Options::default();
    options.busy_timeout = Duration::from_millis(200);
    let mut ledger = Ledger::open(path, options)?;
    ledger.confirm_time(Timestamp::MAX);
    ledger.release_due(Timestamp::MAX)
}

#[test]
fn a_book_that_cannot_go_on_does_not_hold_up_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fill(&path, 4);
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(
        "UPDATE balances SET available = 9223372036854775807 WHERE balance >> 40 = 1;
         UPDATE charges SET fee = captured WHERE merchant = 3",
    )
    .unwrap();
    drop(conn);
    let refused = release(&path);
    assert!(
        matches!(refused, Err(Error::Refused { refusal: Refusal::BalanceOutOfRange, .. })),
        "what stopped the first book is told: {refused:?}"
    );
    let mut ledger = Ledger::open(&path, Options::default()).unwrap();
    let pending = ["acct_1", "acct_2", "acct_3", "acct_4"]
        .map(|id| balance(&ledger.book(id).unwrap(), Account::Pending));
    assert_eq!(pending, [990, 0, 990, 0]);
}

/// A refusal in the middle of what matures together: what matured before it stays, and is in the balances.
#[test]
fn what_matured_before_a_refusal_is_in_the_balances() {
    for in_batch in [false, true] {
        let (mut ledger, _) = open();
        ledger.confirm_time(Timestamp::MAX);
        if in_batch {
            ledger.begin_batch().unwrap();
        }
        let mut book = ledger.book(MERCHANT).unwrap();
        charge(&mut book, "ch_1", None, ChargeStatus::Succeeded);
        charge(&mut book, "ch_2", None, ChargeStatus::Succeeded);
        // Room for the first charge, and not for the second.
        for _ in 0..1_023 {
            book.create_transfer(&NewTransfer::top_up(Amount::MAX, egp()), None).unwrap();
        }
        let rest = amount(Amount::MAX.minor() - 30_000);
        book.create_transfer(&NewTransfer::top_up(rest, egp()), None).unwrap();
        let available = balance(&book, Account::Available);
        let refused = book.release_due(Timestamp::MAX);
        assert!(matches!(refused, Err(Error::Refused { refusal: Refusal::BalanceOutOfRange, .. })));
        assert_eq!(balance(&book, Account::Available), available + 21_692);
        let mut some = RefundRequest::of_charge("ch_1");
        some.amount = Some(amount(5));
        book.create_refund(&some, None).unwrap();
        if in_batch {
            ledger.commit_batch().unwrap();
        }
        let book = ledger.book(MERCHANT).unwrap();
        assert_eq!(balance(&book, Account::Available), available + 21_687);
        assert_eq!(balance(&book, Account::Pending), 21_692);
        ledger.verify(&[], |_| ControlFlow::Continue(())).unwrap();
    }
}

/// What fails for every book is told at once.
#[test]
fn a_lock_is_waited_for_once_and_not_for_every_book() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fill(&path, 40);
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begin = Instant::now();
    let waited = release(&path);
    let took = begin.elapsed();
    assert!(matches!(waited, Err(Error::LockTimeout { .. })), "{waited:?}");
    assert!(took < Duration::from_secs(4), "forty waits would be eight seconds, this was {took:?}");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(release(&path).unwrap(), 40);
}

/// The clock is read once in each transaction: so it tells how many there were.
#[test]
fn many_charges_mature_in_several_transactions() {
    let reads = Arc::new(AtomicU64::new(0));
    let mut options = Options::default();
    let read = Arc::clone(&reads);
    options.clock = Box::new(move || {
        read.fetch_add(1, Ordering::Relaxed);
        Timestamp::now()
    });
    let mut ledger = Ledger::in_memory(options).unwrap();
    let mut lines = r#"{"object":"merchant","id":"acct_1","name":"Books"}"#.to_owned();
    for number in 0..501 {
        let due = "2024-01-01T00:00:00.000Z";
        write!(
            lines,
            "\n{{\"object\":\"charge\",\"id\":\"ch_{number}\",\"merchantId\":\"acct_1\",\"amount\":1,\"amountCaptured\":1,\"fee\":0,\"currency\":\"EGP\",\"status\":\"succeeded\",\"availableOn\":\"{due}\",\"createdAt\":\"{due}\"}}"
        )
        .unwrap();
    }
    ledger.import(lines.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
    let before = reads.load(Ordering::Relaxed);
    ledger.confirm_time(Timestamp::MAX);
    assert_eq!(ledger.release_due(Timestamp::MAX).unwrap(), 501);
    assert_eq!(reads.load(Ordering::Relaxed) - before, 3, "others get their turn between");
}

#[test]
fn others_use_the_ledger_while_many_charges_mature() {
    let mut ledger = Ledger::in_memory(Options::default()).unwrap();
    let mut lines = r#"{"object":"merchant","id":"acct_1","name":"Books"}"#.to_owned();
    for number in 0..600 {
        let due = "2024-01-01T00:00:00.000Z";
        write!(
            lines,
            "\n{{\"object\":\"charge\",\"id\":\"ch_{number}\",\"merchantId\":\"acct_1\",\"amount\":5,\"amountCaptured\":5,\"fee\":0,\"currency\":\"EGP\",\"status\":\"succeeded\",\"availableOn\":\"{due}\",\"createdAt\":\"{due}\"}}"
        )
        .unwrap();
    }
    ledger.import(lines.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
    let mut made = Vec::new();
    ledger.confirm_time(Timestamp::MAX);
    let matured = ledger.release_due_yielding(Timestamp::MAX, |ledger| {
        let request = refundry::RefundRequest::of_charge(format!("ch_{}", made.len()));
        let refund = ledger.book("acct_1").unwrap().create_refund(&request, None).unwrap();
        made.push(refund.value.journal_entry_id);
    });
    assert_eq!(matured.unwrap(), 600);
    assert_eq!(made, ["je_851", "je_1102", "je_1203"], "after 250, 500 and 600 of them");
    ledger.verify(&[], |_| ControlFlow::Continue(())).unwrap();
}

/// A till looks first thing in the morning, and then its clock jumps.
#[test]
fn a_first_look_that_found_nothing_due_counts() {
    let clock = Clock::new();
    let mut ledger = Ledger::in_memory(clock.options()).unwrap();
    add_merchant(&mut ledger, MERCHANT);
    assert_eq!(ledger.release_due(clock.now()).unwrap(), 0);
    clock.set(NEW_YEAR + 3_650 * DAY);
    let new = NewCharge::succeeded(amount(100), Fee::ZERO, egp(), clock.now());
    ledger.book(MERCHANT).unwrap().create_charge(&new, None).unwrap();
    let refused = ledger.release_due(clock.now()).unwrap_err();
    assert!(matches!(refused, Error::TooFarAhead { .. }), "{refused}");
}

/// A clock that is far ahead for a moment would make everything mature for ever.
#[test]
fn maturity_does_not_trust_a_clock_that_is_far_ahead() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let clock = Clock::new();
    let open = || Ledger::open(&path, clock.options()).unwrap();
    let day = |day: i64| Timestamp::from_millis(NEW_YEAR + day * DAY);
    let mut ledger = open();
    add_merchant(&mut ledger, MERCHANT);
    let charge = |ledger: &mut Ledger, due| {
        let new = NewCharge::succeeded(amount(100), Fee::ZERO, egp(), due);
        ledger.book(MERCHANT).unwrap().create_charge(&new, None).unwrap();
    };
    charge(&mut ledger, day(2));
    let refused = ledger.release_due(day(91)).unwrap_err();
    let told =
        matches!(refused, Error::TooFarAhead { now, seen } if now == day(91) && seen == day(0));
    assert!(told && refused.number() == 206, "{refused}");
    assert!(ledger.book(MERCHANT).unwrap().release_due(day(91)).is_err());
    // What is recorded under the wrong clock changes nothing for a handle that has looked.
    clock.set(day(1_000).millis());
    charge(&mut ledger, day(1_002));
    assert!(ledger.release_due(day(1_000)).is_err());
    assert_eq!(ledger.release_due(day(90)).unwrap(), 1);
    // Each call may go on from the one before, also where nothing is due.
    for day in [day(180), day(270), day(300)] {
        assert_eq!(ledger.release_due(day).unwrap(), 0);
    }
    charge(&mut ledger, day(301));
    assert_eq!(ledger.release_due(day(390)).unwrap(), 1);
    for day in [day(480), day(570)] {
        assert_eq!(ledger.book(MERCHANT).unwrap().release_due(day).unwrap(), 0, "nor in one book");
    }
    charge(&mut ledger, day(571));
    assert_eq!(ledger.release_due(day(660)).unwrap(), 1);
    // Nor does a book have to be the one that was used last.
    ledger.confirm_time(day(1_100));
    assert_eq!(ledger.release_due(day(1_003)).unwrap(), 1);
    charge(&mut ledger, day(2_000));
    drop(ledger);
    let mut ledger = open();
    assert!(ledger.release_due(day(2_000)).is_err());
    ledger.confirm_time(day(2_000));
    assert_eq!(ledger.book(MERCHANT).unwrap().release_due(day(2_000)).unwrap(), 1);
}
