//! The process is killed at any moment, again and again, while clients refund.

use std::{
    thread,
    time::{Duration, Instant},
};

use refundry_trials::rounds;

use super::{
    clients::{CLIENTS, Clients, Place, Told, doubled, file},
    serve,
};
use crate::client::Request;

/// How often it is killed on one ledger.
const KILLS_OF_A_LEDGER: u64 = 200;

/// Kills the server as often as this. Returns what the clients were told, and how many refunds were
/// made of which nobody was told.
fn kill(times: u64, with_keys: bool) -> (Told, i64) {
    let file = file();
    let mut server = Some(serve(&file.path(), None));
    let place = Place::of(server.as_ref().unwrap());
    let clients = Clients { with_keys, ..CLIENTS };
    let told = clients.refund_through(&place, || {
        for _ in 0..times {
            place.wait_for_answers(fastrand::u64(1..40));
            thread::sleep(Duration::from_micros(fastrand::u64(0..3_000)));
            server.take().unwrap().kill();
            let started = server.insert(serve(&file.path(), None));
            // It says that it is ready when it is.
            assert_eq!(started.send(&Request::new("GET", "/readyz")).status, 200);
            place.moves_to(started);
        }
        place.wait_for_answers(100);
    });
    server.unwrap().stop();
    let doubled = doubled(&file.path(), &told);
    (told, doubled)
}

#[test]
fn every_answered_refund_survives_and_every_other_is_made_once() {
    let begun = Instant::now();
    let kills = rounds(KILLS_OF_A_LEDGER, 5_000);
    let (mut answered, mut cut, mut replayed) = (0, 0, 0);
    for _ in 0..kills / KILLS_OF_A_LEDGER {
        let (told, doubled) = kill(KILLS_OF_A_LEDGER, true);
        assert_eq!(doubled, 0);
        answered += told.refunds.len();
        cut += told.cut;
        replayed += told.replayed;
    }
    println!(
        "server, kill: {kills} kills, {answered} refunds answered, {cut} attempts without an answer, of which \
         {replayed} had been made; 0 lost, 0 doubled; {} s",
        begun.elapsed().as_secs()
    );
    assert!(replayed > 0, "no kill came between a commit and its answer");
}

#[test]
fn clients_that_ask_again_without_a_key_are_found_to_refund_twice() {
    for kills in [10, 50, 250] {
        let (told, doubled) = kill(kills, false);
        println!("server, kill, control: {doubled} doubled of {}", told.refunds.len());
        if doubled > 0 {
            return;
        }
    }
    panic!("no refund was doubled");
}
