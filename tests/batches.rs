//! Many operations in one commit.

use std::{
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use refundry::{
    Account, AsOf, ChargeStatus, Currency, Error, Head, ImportLine, ImportLines, Ledger, Mark,
    NegativeBalanceLimit, NewMerchant, NewTransfer, Options, RefundRequest, Refusal, Result,
};

use crate::shop::{Clock, MERCHANT, add_merchant, amount, balance, charge, egp, intent, key, open};

fn refund(id: &str, minor: i64) -> RefundRequest {
    let mut request = RefundRequest::of_charge(id);
    request.amount = Some(amount(minor));
    request
}

fn top_up() -> NewTransfer {
    NewTransfer::top_up(amount(5), egp())
}

fn head(ledger: &mut Ledger) -> Head {
    ledger.book(MERCHANT).unwrap().head().unwrap()
}

fn is_batch_error<T>(result: Result<T>) -> bool {
    matches!(result, Err(Error::Batch { .. }))
}

#[test]
fn every_operation_of_a_batch_has_its_own_outcome() {
    let (mut ledger, _) = open();
    let mut book = ledger.book(MERCHANT).unwrap();
    charge(&mut book, "ch_1", None, ChargeStatus::Succeeded);
    charge(&mut book, "ch_2", None, ChargeStatus::Succeeded);
    let before = book.head().unwrap();

    let mut batch = ledger.batch().unwrap();
    let mut book = batch.book(MERCHANT).unwrap();
    let one = book.create_refund(&refund("ch_1", 22_000), Some(&key("k1"))).unwrap();
    let too_much = book.create_refund(&refund("ch_1", 605), Some(&key("k2"))).unwrap_err();
    assert_eq!(too_much.code(), "amount_exceeds_refundable", "it sees what the batch has done");
    let again = book.create_refund(&refund("ch_1", 22_000), Some(&key("k1"))).unwrap();
    assert!(again.replayed && again.id == one.id);
    let reused = book.create_refund(&refund("ch_1", 1), Some(&key("k1"))).unwrap_err();
    assert_eq!(reused.code(), "idempotency_key_reused");
    let unknown = book.create_refund(&refund("ch_9", 1), Some(&key("k3"))).unwrap_err();
    assert_eq!(unknown.code(), "resource_missing");
    let two = book.create_refund(&refund("ch_2", 1), None).unwrap();
    batch.commit().unwrap();

    let book = ledger.book(MERCHANT).unwrap();
    assert_eq!(book.head().unwrap().seq, before.seq + 2);
    assert_eq!(book.refund(&one.id).unwrap(), one.value);
    assert_eq!(book.refund(&two.id).unwrap(), two.value);
    let find = |name| book.find_by_key(refundry::Operation::Refund, &key(name)).unwrap();
    assert!(find("k2").is_some_and(|kept| kept.outcome.is_err()), "a refusal is kept");
    assert!(find("k3").is_none());
    assert_eq!(balance(&book, Account::Available), -22_001);
    ledger.verify(&[(MERCHANT.to_owned(), before)], |_| ControlFlow::Continue(())).unwrap();
}

#[test]
fn nothing_of_a_batch_is_there_before_its_commit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let mut ledger = Ledger::open(&path, Options::default()).unwrap();
    add_merchant(&mut ledger, MERCHANT);
    add_merchant(&mut ledger, "acct_giza");
    let mut other = Ledger::open(&path, Options::default()).unwrap();

    let mut batch = ledger.batch().unwrap();
    for id in [MERCHANT, "acct_giza", MERCHANT] {
        batch.book(id).unwrap().create_transfer(&top_up(), None).unwrap();
    }
    assert_eq!(batch.book(MERCHANT).unwrap().head().unwrap().seq, 2);
    assert_eq!(head(&mut other).seq, 0);
    batch.commit().unwrap();
    assert_eq!(head(&mut other).seq, 2);
    assert_eq!(other.book("acct_giza").unwrap().head().unwrap().seq, 1);

    let mut batch = ledger.batch().unwrap();
    batch.book(MERCHANT).unwrap().create_transfer(&top_up(), None).unwrap();
    drop(batch);
    assert_eq!(head(&mut ledger).seq, 2, "a batch that was dropped leaves nothing behind");
    ledger.book(MERCHANT).unwrap().create_transfer(&top_up(), None).unwrap();
    assert_eq!(head(&mut other).seq, 3);
}

#[test]
fn a_batch_gives_what_single_operations_give() {
    let run = |together: bool| {
        let mut options = Clock::new().options();
        let mut drawn = 0;
        options.random = Box::new(move |bytes| {
            drawn += 1;
            bytes.fill(drawn);
            Ok(())
        });
        let mut ledger = Ledger::in_memory(options).unwrap();
        add_merchant(&mut ledger, MERCHANT);
        if together {
            ledger.begin_batch().unwrap();
        }
        let mut book = ledger.book(MERCHANT).unwrap();
        intent(&mut book, "pi_1");
        charge(&mut book, "ch_1", Some("pi_1"), ChargeStatus::Succeeded);
        book.create_refund(&refund("ch_1", 7), Some(&key("k"))).unwrap();
        book.create_refund(&RefundRequest::of_payment_intent("pi_1"), None).unwrap();
        book.release_due(crate::shop::Clock::new().now()).unwrap();
        if together {
            ledger.commit_batch().unwrap();
        }
        head(&mut ledger)
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn a_failure_of_the_machine_rolls_back_the_whole_batch() {
    let broken = Arc::new(AtomicBool::new(false));
    let mut options = Clock::new().options();
    let source = Arc::clone(&broken);
    options.random = Box::new(move |bytes| {
        bytes.fill(7);
        if source.load(Ordering::SeqCst) { Err(std::io::Error::other("dry")) } else { Ok(()) }
    });
    let mut ledger = Ledger::in_memory(options).unwrap();
    add_merchant(&mut ledger, MERCHANT);

    let mut batch = ledger.batch().unwrap();
    let mut book = batch.book(MERCHANT).unwrap();
    book.create_transfer(&top_up(), None).unwrap();
    broken.store(true, Ordering::SeqCst);
    assert!(matches!(book.create_transfer(&top_up(), None), Err(Error::Random(_))));
    broken.store(false, Ordering::SeqCst);
    assert!(is_batch_error(book.create_transfer(&top_up(), None)));
    assert_eq!(book.head().unwrap().seq, 0, "what came before it is gone");
    assert!(is_batch_error(batch.commit()));

    assert_eq!(head(&mut ledger).seq, 0);
    ledger.book(MERCHANT).unwrap().create_transfer(&top_up(), None).unwrap();
    assert_eq!(head(&mut ledger).seq, 1, "the ledger goes on");
}

#[test]
fn a_panic_in_a_batch_keeps_nothing_of_it() {
    let clock = Clock::new();
    let panics = Arc::new(AtomicBool::new(false));
    let mut options = Options::default();
    let (hands, told) = (clock.clone(), Arc::clone(&panics));
    options.clock = Box::new(move || {
        assert!(!told.load(Ordering::SeqCst), "the clock broke");
        hands.now()
    });
    let mut ledger = Ledger::in_memory(options).unwrap();
    add_merchant(&mut ledger, MERCHANT);

    ledger.begin_batch().unwrap();
    ledger.note_lines();
    let pay_in = |ledger: &mut Ledger| {
        ledger.book(MERCHANT).unwrap().create_transfer(&top_up(), None).map(drop)
    };
    pay_in(&mut ledger).unwrap();
    panics.store(true, Ordering::SeqCst);
    assert!(catch_unwind(AssertUnwindSafe(|| pay_in(&mut ledger))).is_err());
    panics.store(false, Ordering::SeqCst);
    assert!(is_batch_error(pay_in(&mut ledger)));
    assert_eq!(ledger.noted_lines(), None, "what was noted is gone too");
    assert!(is_batch_error(ledger.commit_batch()));
    assert_eq!(head(&mut ledger).seq, 0);
    pay_in(&mut ledger).unwrap();
}

#[test]
fn a_batch_begins_once_and_holds_what_has_its_own_transaction() {
    let (mut ledger, _) = open();
    assert!(is_batch_error(ledger.commit_batch()));
    ledger.roll_back_batch();
    ledger.begin_batch().unwrap();
    assert!(is_batch_error(ledger.begin_batch()));
    let folder = tempfile::tempdir().unwrap();
    let go_on = |_: &_| ControlFlow::Continue(());
    assert!(is_batch_error(ledger.import(&b""[..], go_on)));
    assert!(is_batch_error(ledger.verify(&[], |_| ControlFlow::Continue(()))));
    let to = folder.path().join("copy");
    assert!(is_batch_error(ledger.backup(&to, |_| ControlFlow::Continue(()))));
    assert!(!to.exists());
    assert!(is_batch_error(ledger.to_bytes()));
    // The batch is still open, and a merchant can be part of it.
    let new = ledger.create_merchant(&NewMerchant::named("Giza Books")).unwrap();
    ledger.book(&new.id).unwrap().create_transfer(&top_up(), None).unwrap();
    ledger.commit_batch().unwrap();
    assert_eq!(ledger.book(&new.id).unwrap().head().unwrap().seq, 1);

    ledger.begin_batch().unwrap();
    ledger.book(&new.id).unwrap().create_transfer(&top_up(), None).unwrap();
    ledger.roll_back_batch();
    assert_eq!(ledger.book(&new.id).unwrap().head().unwrap().seq, 1);
}

/// One writer at a time: a batch holds the lock from its beginning.
#[test]
fn a_batch_waits_for_the_lock_and_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let hasty = || {
        let mut options = Options::default();
        options.busy_timeout = std::time::Duration::ZERO;
        options
    };
    let mut ledger = Ledger::open(&path, hasty()).unwrap();
    add_merchant(&mut ledger, MERCHANT);
    let mut other = Ledger::open(&path, hasty()).unwrap();
    let batch = ledger.batch().unwrap();
    assert!(matches!(other.begin_batch(), Err(Error::LockTimeout { .. })));
    let refused = other.book(MERCHANT).unwrap().create_transfer(&top_up(), None).unwrap_err();
    assert!(matches!(refused, Error::LockTimeout { .. }));
    drop(batch);
    other.begin_batch().unwrap();
}

/// Who waits for the lock has not looked at anything yet that others may still change.
#[test]
fn what_is_decided_on_is_read_under_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let mut patient = Options::default();
    patient.busy_timeout = std::time::Duration::from_secs(60);
    let mut ledger = Ledger::open(&path, Options::default()).unwrap();
    add_merchant(&mut ledger, MERCHANT);
    charge(&mut ledger.book(MERCHANT).unwrap(), "ch_1", None, ChargeStatus::Succeeded);
    let mut other = Ledger::open(&path, patient).unwrap();
    ledger.begin_batch().unwrap();
    let limit = NegativeBalanceLimit::Each(0);
    ledger.book(MERCHANT).unwrap().set_negative_balance_limit(&limit).unwrap();
    let (begun, begins) = std::sync::mpsc::channel();
    let waiting = std::thread::spawn(move || {
        let mut book = other.book(MERCHANT).unwrap();
        begun.send(()).unwrap();
        book.create_refund(&RefundRequest::of_charge("ch_1"), None).map(drop)
    });
    begins.recv().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    ledger.commit_batch().unwrap();
    let refused = waiting.join().unwrap().unwrap_err();
    assert!(
        matches!(refused.refusal(), Some(Refusal::BalanceInsufficient { .. })),
        "the limit was there before the refund: {refused}"
    );
}

#[test]
fn balances_are_those_of_the_batch_before_its_commit() {
    let (mut ledger, _) = open();
    ledger.book(MERCHANT).unwrap().create_transfer(&top_up(), None).unwrap();

    let mut batch = ledger.batch().unwrap();
    let mut book = batch.book(MERCHANT).unwrap();
    book.create_transfer(&top_up(), None).unwrap();
    assert_eq!(balance(&book, Account::Available), 10);
    // Currencies that the ledger has not used yet, which sort before and after.
    for code in ["USD", "AED"] {
        let new = NewTransfer::top_up(amount(7), Currency::from_code(code).unwrap());
        book.create_transfer(&new, None).unwrap();
    }
    let of_batch = book.balances().unwrap();
    assert_eq!(of_batch.len(), 3);
    let added_up = book.trial_balance(AsOf::Sequence(i64::MAX)).unwrap();
    assert_eq!((&of_batch, book.trial_balance(AsOf::Now).unwrap()), (&added_up, added_up.clone()));
    batch.commit().unwrap();
    assert_eq!(ledger.book(MERCHANT).unwrap().balances().unwrap(), of_batch);

    ledger.begin_batch().unwrap();
    ledger.book(MERCHANT).unwrap().create_transfer(&top_up(), None).unwrap();
    ledger.roll_back_batch();
    assert_eq!(ledger.book(MERCHANT).unwrap().balances().unwrap(), of_batch);
    ledger.verify(&[], |_| ControlFlow::Continue(())).unwrap();
}

fn lines(text: &str) -> Vec<ImportLine> {
    ImportLines::of(text.as_bytes()).next_lines(100).unwrap()
}

/// Two top-ups of the merchant, the second with this id.
fn two_top_ups(second: &str) -> Vec<ImportLine> {
    let line = |id| {
        format!(
            r#"{{"object":"topup","id":"{id}","merchantId":"{MERCHANT}","amount":"5","currency":"EGP","createdAt":"2023-06-01T00:00:00Z"}}"#
        )
    };
    lines(&format!("{}\n\n{}", line("tu_first"), line(second)))
}

#[test]
fn imported_lines_are_a_part_of_a_batch_which_is_kept_whole_or_not_at_all() {
    let (mut ledger, _) = open();
    let mut known = top_up();
    known.id = Some("tu_known".into());
    ledger.book(MERCHANT).unwrap().create_transfer(&known, None).unwrap();

    ledger.begin_batch().unwrap();
    ledger.note_lines();
    ledger.book(MERCHANT).unwrap().create_transfer(&top_up(), None).unwrap();
    // The second is known, with another date: the first, which was recorded before it, is undone.
    let refused = ledger.import_lines(&two_top_ups("tu_known")).unwrap_err();
    assert!(matches!(&refused, Error::Import { line: 3, .. }), "{refused}");
    assert!(ledger.has_open_batch());
    assert!(ledger.book(MERCHANT).unwrap().transfer("tu_first").is_err());
    let report = ledger.import_lines(&two_top_ups("tu_second")).unwrap();
    assert_eq!((report.lines, report.recorded), (2, 2));
    ledger.book(MERCHANT).unwrap().create_transfer(&top_up(), None).unwrap();
    let noted = ledger.noted_lines().unwrap();
    ledger.commit_batch().unwrap();

    let book = ledger.book(MERCHANT).unwrap();
    assert_eq!(balance(&book, Account::Available), 25, "five top-ups");
    assert_eq!(book.head().unwrap().seq, 5);
    let all = book.recordings_after(&Mark::genesis(MERCHANT), 100).unwrap();
    let noted: Vec<_> = noted.into_iter().map(|(_, line)| line).collect();
    assert!(all.ends_with(&noted) && noted.len() == 4, "what was undone is not noted");
    ledger.verify(&[], |_| ControlFlow::Continue(())).unwrap();
}

#[test]
fn lines_before_a_bad_one_are_read_first() {
    let (mut ledger, _) = open();
    let good = format!(
        r#"{{"object":"topup","id":"tu_1","merchantId":"{MERCHANT}","amount":"5","currency":"EGP","createdAt":"2023-06-01T00:00:00Z"}}"#
    );
    let text = format!("\r\n{good}\r\n{{\n{good}");
    let mut lines = ImportLines::of(text.as_bytes());
    let before = lines.next_lines(100).unwrap();
    let [line] = &before[..] else { panic!("{} lines", before.len()) };
    assert!(matches!(line.key_held(), Error::Import { line: 2, .. }));
    assert_eq!(ledger.import_lines(&before).unwrap().recorded, 1);
    let refused = lines.next_lines(100).err().unwrap();
    assert!(matches!(&refused, Error::Import { line: 3, .. }), "{refused}");
}

#[test]
fn imported_lines_outside_a_batch_are_kept_whole_or_not_at_all() {
    let (mut ledger, _) = open();
    let mut known = top_up();
    known.id = Some("tu_known".into());
    ledger.book(MERCHANT).unwrap().create_transfer(&known, None).unwrap();
    let before = head(&mut ledger);
    ledger.import_lines(&two_top_ups("tu_known")).unwrap_err();
    assert_eq!(head(&mut ledger), before);
    assert_eq!(ledger.import_lines(&two_top_ups("tu_second")).unwrap().recorded, 2);
    assert_eq!(ledger.import_lines(&two_top_ups("tu_second")).unwrap().skipped, 2);
}
