//! The queue before the ledger: what happens while another process holds the file.

use std::{
    io::{self, BufReader, Read},
    sync::mpsc::{Receiver, Sender, channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{
    client::{Answer, Connection, Request},
    ledgers::{self, CAIRO},
    server::LedgerFile,
};

/// An input that never comes, so that an import of it holds the file's write lock.
struct Nothing {
    begun: Sender<()>,
    end: Receiver<()>,
}

impl Read for Nothing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        let _ = self.begun.send(());
        let _ = self.end.recv_timeout(Duration::from_secs(60));
        Ok(0)
    }
}

/// The write lock of a ledger's file, held until this value is dropped.
struct Lock {
    end: Option<Sender<()>>,
    holder: Option<JoinHandle<()>>,
}

impl Lock {
    fn take(file: &LedgerFile) -> Self {
        let (begun, has_begun) = channel();
        let (end, ended) = channel();
        let mut ledger = file.open();
        let holder = thread::spawn(move || {
            let input = BufReader::new(Nothing { begun, end: ended });
            ledger.import(input, |_| std::ops::ControlFlow::Continue(())).unwrap();
        });
        has_begun.recv_timeout(Duration::from_secs(10)).unwrap();
        Self { end: Some(end), holder: Some(holder) }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        drop(self.end.take());
        let _ = self.holder.take().unwrap().join();
    }
}

fn refund_after(mut connection: Connection, wait: u64) -> Answer {
    thread::sleep(Duration::from_millis(wait));
    connection.send(&Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":1}"#)).unwrap()
}

#[test]
fn a_locked_file_is_waited_for_but_not_for_long() {
    let (file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let lock = Lock::take(&file);
    let began = Instant::now();
    let answers: Vec<_> = thread::scope(|scope| {
        let senders: Vec<_> = [0, 1_000, 1_500, 2_000]
            .map(|wait| {
                let connection = server.connect();
                scope.spawn(move || refund_after(connection, wait))
            })
            .into();
        // Reads don't wait behind writes.
        thread::sleep(Duration::from_millis(2_500));
        let started = Instant::now();
        assert_eq!(server.send(&Request::get("/balance", CAIRO)).status, 200);
        assert!(started.elapsed() < Duration::from_secs(1));
        senders.into_iter().map(|sender| sender.join().unwrap()).collect()
    });
    drop(lock);
    for answer in &answers {
        assert_eq!((answer.status, answer.header("Retry-After")), (503, Some("1")), "{answer:?}");
        assert_eq!(answer.json()["error"]["type"], "api_error");
    }
    assert!(answers.iter().all(|answer| answer.refusal().1 == "lock_timeout"));
    // Who waited behind the first shared one wait for the lock.
    assert!(began.elapsed() < Duration::from_secs(13), "{:?}", began.elapsed());
    assert_eq!(refund_after(server.connect(), 0).status, 201, "and then it goes on");
    let charge = server.send(&Request::get("/charges/ch_1", CAIRO));
    assert_eq!(charge.text("amountRefunded"), "1");
}

#[test]
fn whoever_waits_behind_a_locked_file_gets_an_outcome_of_its_own() {
    const WAITING: usize = 24;
    let (file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let lock = Lock::take(&file);
    let statuses: Vec<u16> = thread::scope(|scope| {
        let senders: Vec<_> = (0..WAITING)
            .map(|number| {
                let mut connection = server.connect();
                let charge = if number == 7 { "ch_unknown" } else { "ch_1" };
                let body = format!(r#"{{"chargeId":"{charge}","amount":1}}"#);
                scope.spawn(move || {
                    connection.send(&Request::refund(CAIRO, body.as_str())).unwrap().status
                })
            })
            .collect();
        thread::sleep(Duration::from_secs(1));
        drop(lock);
        senders.into_iter().map(|sender| sender.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), WAITING - 1);
    assert_eq!(statuses[7], 404);
    let charge = server.send(&Request::get("/charges/ch_1", CAIRO));
    assert_eq!(charge.text("amountRefunded"), (WAITING - 1).to_string());
}

#[test]
fn what_was_accepted_is_answered_before_the_server_stops() {
    for signal in ["TERM", "INT"] {
        let (file, mut server) = LedgerFile::of(&ledgers::town()).into_served();
        let lock = Lock::take(&file);
        let mut idle = server.connect();
        assert_eq!(idle.send(&Request::new("GET", "/healthz")).unwrap().status, 200);
        let connection = server.connect();
        let sender = thread::spawn(move || refund_after(connection, 0));
        thread::sleep(Duration::from_millis(500));
        server.signal(signal);
        thread::sleep(Duration::from_millis(500));
        drop(lock);
        let answer = sender.join().unwrap();
        assert_eq!(answer.status, 201, "{answer:?}");
        assert_eq!(server.wait().code(), Some(0));
        assert!(idle.is_closed());
        let refund = file.open().book("acct_cairo").unwrap().refund(&answer.text("id")).unwrap();
        assert_eq!(refund.id, answer.text("id"));
    }
}

#[test]
fn an_idle_connection_does_not_keep_the_server() {
    let (_file, mut server) = LedgerFile::of(&ledgers::town()).into_served();
    // One that has said nothing yet, and one that keeps its connection.
    let _silent = server.connect();
    let mut kept = server.connect();
    assert_eq!(kept.send(&Request::new("GET", "/healthz")).unwrap().status, 200);
    let started = Instant::now();
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
    assert!(started.elapsed() < Duration::from_secs(15), "{:?}", started.elapsed());
}
