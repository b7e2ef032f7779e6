//! Many endpoints at once, of which some are in trouble: every event arrives at each of the others in
//! the book's order, and whoever kills the server misses none.

use std::{sync::Mutex, thread, time::Duration};

use refundry_trials::rounds;

use crate::{
    client::{Connection, Request},
    ledgers::{self, CAIRO},
    log,
    operator::run,
    receiver::{Manner, Receiver},
    server::{LedgerFile, Server},
};

/// As many as the largest number of endpoints that was tried.
const ENDPOINTS: usize = 50;

/// One charge that is never used up.
fn town() -> LedgerFile {
    let charge = ledgers::charge("ch_large", 9_007_199_254_740_991, 0, ledgers::FUTURE);
    LedgerFile::of(&(ledgers::merchant("cairo", CAIRO, "null") + &charge))
}

/// Endpoints, fifteen of which are in trouble; those that are not.
fn endpoints(file: &LedgerFile) -> (Vec<Receiver>, Vec<Receiver>) {
    let manner = |n: usize| match n {
        0..5 => Manner::Hang,
        5..10 => Manner::Answer(500),
        10..15 => Manner::Close,
        _ => Manner::Answer(200),
    };
    let mut all: Vec<_> = (0..ENDPOINTS).map(|n| Receiver::new(manner(n))).collect();
    for receiver in &all {
        let added = run(&file.path(), &["webhook", "add", &receiver.url(), "--json"]).json();
        log::is_secret(added["secret"].as_str().unwrap());
    }
    let good = all.split_off(15);
    (good, all)
}

/// Makes refunds over some connections at once.
fn refund(server: &Server, count: u64) {
    let address = server.address;
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(move || {
                let mut connection = Connection::open(address).unwrap();
                for _ in 0..count / 8 {
                    let body = r#"{"chargeId":"ch_large","amount":1}"#;
                    let made = connection.send(&Request::refund(CAIRO, body)).unwrap();
                    assert_eq!(made.status, 201, "{made:?}");
                }
            });
        }
    });
}

/// The ids of all events after the charge's, the oldest first.
fn events(file: &LedgerFile) -> Vec<String> {
    let mut ledger = file.open();
    let book = ledger.book("acct_cairo").unwrap();
    let mut ids: Vec<String> = Vec::new();
    loop {
        let more = book.events_after(ids.last().map(String::as_str), 1_000).unwrap();
        if more.is_empty() {
            ids.remove(0);
            return ids;
        }
        ids.extend(more.into_iter().map(|event| event.id));
    }
}

#[test]
fn endpoints_in_trouble_hold_up_none_of_the_others() {
    let count = rounds(240, 10_000) / 8 * 8;
    let file = town();
    let (good, bad) = endpoints(&file);
    let mut command = crate::server::command();
    command.arg("--database").arg(file.path());
    let server = Server::run_with(command, "error");
    refund(&server, count);
    let ids = events(&file);
    assert_eq!(u64::try_from(ids.len()).unwrap(), count);
    for receiver in &good {
        receiver.wait_for(ids.len());
        assert!(receiver.ids() == ids, "not exactly the events in their order");
    }
    for receiver in &bad {
        assert_eq!(receiver.ids(), ids[..1], "no event is passed over");
    }
    println!("{count} events: {} of {ENDPOINTS} endpoints have all of them in order", good.len());
}

/// Also where it waits to be sent again.
#[test]
fn a_text_that_was_erased_is_sent_to_nobody() {
    let file = town();
    let receiver = Receiver::new(Manner::Answer(500));
    let added = run(&file.path(), &["webhook", "add", &receiver.url(), "--json"]).json();
    log::is_secret(added["secret"].as_str().unwrap());
    let server = file.serve();
    let body = r#"{"chargeId":"ch_large","amount":1,"description":"for Mona's birthday"}"#;
    let id = server.send(&Request::refund(CAIRO, body)).text("id");
    assert!(receiver.wait_for(1)[0].body.contains("Mona"));
    run(&file.path(), &["erase", "acct_cairo", &id]);
    receiver.becomes(Manner::Answer(200));
    let last = receiver.wait_for(receiver.received().len() + 1).pop().unwrap();
    assert!(last.body.contains(&id) && !last.body.contains("Mona"), "{last:?}");
}

#[test]
fn a_server_that_is_killed_again_and_again_misses_nothing() {
    let kills = rounds(6, 200);
    let file = town();
    let (good, _bad) = endpoints(&file);
    let largest = Mutex::new(0);
    for _ in 0..kills {
        let mut command = crate::server::command();
        command.arg("--database").arg(file.path());
        let server = Server::run_with(command, "error");
        refund(&server, 24);
        thread::sleep(Duration::from_millis(fastrand::u64(0..200)));
        server.kill();
    }
    let ids = events(&file);
    let mut command = crate::server::command();
    command.arg("--database").arg(file.path());
    let _server = Server::run_with(command, "error");
    for receiver in &good {
        receiver.wait_for_id(ids.last().unwrap());
        // At least once, in order, but that it may begin again where it had been.
        let mut next = 0;
        for id in receiver.ids() {
            let place = ids.binary_search(&id).unwrap();
            assert!(place <= next, "one was left out before {place}");
            next = next.max(place + 1);
        }
        assert_eq!(next, ids.len());
        let came = receiver.received().len();
        let mut largest = largest.lock().unwrap();
        *largest = came.max(*largest);
    }
    let largest = largest.into_inner().unwrap();
    println!("{kills} kills, {} events: none missed, sent {largest} times at most", ids.len());
}
