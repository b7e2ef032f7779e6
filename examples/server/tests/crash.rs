//! The process is killed at any moment: what was acknowledged is there.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::{
    client::{Connection, Request},
    ledgers::{self, CAIRO},
    server::LedgerFile,
};

const SENDERS: usize = 8;
const ENOUGH: usize = 100;

fn refund(key: &str) -> Request {
    Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":1}"#).under(key)
}

/// What a sender knows: the ids of the refunds that were acknowledged, and the key under which
/// it has got no answer.
struct Sent {
    acknowledged: Vec<(String, String)>,
    unanswered: String,
}

fn send_until_cut(mut connection: Connection, sender: usize, count: &AtomicUsize) -> Sent {
    let mut acknowledged = Vec::new();
    for n in 0.. {
        let key = format!("sender-{sender}-{n}");
        match connection.send(&refund(&key)) {
            Ok(answer) => {
                assert_eq!(answer.status, 201, "{answer:?}");
                acknowledged.push((key, answer.text("id")));
                count.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) => {
                return Sent { acknowledged, unanswered: key };
            }
        }
    }
    unreachable!("the server is killed")
}

#[test]
fn every_acknowledged_refund_survives_a_kill_and_every_other_is_made_once() {
    let lines = ledgers::merchant("cairo", CAIRO, "null")
        + &ledgers::charge("ch_1", 1_000_000, 0, ledgers::PAST);
    let (file, server) = LedgerFile::of(&lines).into_served();
    let count = AtomicUsize::new(0);
    let sent: Vec<Sent> = thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|sender| {
                let (connection, count) = (server.connect(), &count);
                scope.spawn(move || send_until_cut(connection, sender, count))
            })
            .collect();
        let started = Instant::now();
        while count.load(Ordering::Relaxed) < ENOUGH {
            assert!(started.elapsed() < Duration::from_secs(60), "too few refunds");
            thread::sleep(Duration::from_millis(1));
        }
        server.kill();
        senders.into_iter().map(|sender| sender.join().unwrap()).collect()
    });

    let server = file.serve();
    let mut made = 0_usize;
    for sent in &sent {
        for (key, id) in &sent.acknowledged {
            assert_eq!(server.send(&Request::get(&format!("/refunds/{id}"), CAIRO)).status, 200);
            let again = server.send(&refund(key));
            assert_eq!((again.status, &again.text("id")), (201, id));
            assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
        }
        let once = server.send(&refund(&sent.unanswered));
        let twice = server.send(&refund(&sent.unanswered));
        assert_eq!((once.status, &once.body), (201, &twice.body));
        assert_eq!(twice.header("Idempotent-Replayed"), Some("true"));
        made += sent.acknowledged.len() + 1;
    }
    let charge = server.send(&Request::get("/charges/ch_1", CAIRO));
    assert_eq!(charge.text("amountRefunded"), made.to_string());
    server.stop();
    file.open().verify(&[], |_| std::ops::ControlFlow::Continue(())).unwrap();
}
