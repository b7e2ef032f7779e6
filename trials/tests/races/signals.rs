//! Who waits for a lock waits as long as was asked, also in a program whose timers interrupt it.

use std::{
    mem, ptr, thread,
    time::{Duration, Instant},
};

use refundry::{Error, Ledger, NewMerchant, Options};
use rusqlite::Connection;

const WAIT: Duration = Duration::from_millis(1_500);

extern "C" fn ignore(_: libc::c_int) {}

/// A handler that does nothing, as a program has one for its timer.
fn expect_signals() {
    // SAFETY: an action of zeros is one without flags and with an empty mask; the handler touches
    // nothing.
    unsafe {
        let mut action: libc::sigaction = mem::zeroed();
        action.sa_sigaction = ignore as *const () as usize;
        action.sa_flags = libc::SA_RESTART;
        assert_eq!(libc::sigaction(libc::SIGUSR1, &raw const action, ptr::null_mut()), 0);
    }
}

/// Runs it while this thread is interrupted every few milliseconds; how long it took.
fn interrupted(run: impl FnOnce()) -> Duration {
    // SAFETY: it has no conditions.
    let thread = unsafe { libc::pthread_self() };
    let (begun, (over, is_over)) = (Instant::now(), std::sync::mpsc::channel::<()>());
    thread::scope(|scope| {
        scope.spawn(move || {
            while is_over.recv_timeout(Duration::from_millis(3))
                == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
            {
                // SAFETY: the thread waits for this one, so that it is there.
                assert_eq!(unsafe { libc::pthread_kill(thread, libc::SIGUSR1) }, 0);
            }
        });
        run();
        let took = begun.elapsed();
        drop(over);
        took
    })
}

#[test]
fn a_lock_is_waited_for_as_long_as_was_asked_whatever_interrupts() {
    expect_signals();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let mut options = Options::default();
    options.busy_timeout = WAIT;
    let mut ledger = Ledger::open(&path, options).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let took = interrupted(|| {
        let refused = ledger.create_merchant(&NewMerchant::named("Cairo Books")).map(drop);
        assert!(matches!(refused, Err(Error::LockTimeout { .. })), "{refused:?}");
    });
    assert!(WAIT <= took && took < 10 * WAIT, "given up after {took:?}");
    // The control: SQLite's own timeout, which counts the pauses that it asked for.
    let control = Connection::open(&path).unwrap();
    control.busy_timeout(WAIT).unwrap();
    let took = interrupted(|| assert!(control.execute_batch("BEGIN IMMEDIATE").is_err()));
    assert!(took < WAIT, "SQLite waited {took:?}, so that no rule is needed any more");
    other.execute_batch("ROLLBACK").unwrap();
    ledger.create_merchant(&NewMerchant::named("Cairo Books")).unwrap();
}
