//! Clients on one charge, one key, one limit.

use std::time::Instant;

use refundry_trials::{race, rounds};

use crate::{
    client::{Answer, Connection, Request},
    ledgers::{self, CAIRO, Charge, FUTURE},
    server::LedgerFile,
};

const RACERS: usize = 8;

/// What is raced for: ten of a charge or within a limit, of which each refund takes three, or a
/// key under which everyone presses once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contest {
    Charge,
    Key,
    Limit,
    /// A press without a key: what no contest for a key may end like.
    NoKey,
}

impl Contest {
    const fn fit(self) -> usize {
        if matches!(self, Self::Key) { 1 } else { 3 }
    }

    fn lines(self, rounds: u64) -> String {
        let mut lines = ledgers::merchant("cairo", CAIRO, "null");
        for round in 0..rounds {
            if self == Self::Limit {
                lines += &ledgers::merchant(&format!("m{round}"), &api_key(round), r#""10""#);
                for racer in 0..RACERS {
                    let (owner, id) = (format!("m{round}"), format!("ch_{racer}"));
                    let charge = Charge {
                        owner: &owner,
                        id: &id,
                        intent: None,
                        amount: 100,
                        fee: 0,
                        status: "succeeded",
                        available_on: FUTURE,
                    };
                    lines += &charge.line();
                }
            } else {
                lines += &ledgers::charge(&format!("ch_{round}"), 10, 0, FUTURE);
            }
        }
        lines
    }

    fn request(self, round: u64, racer: usize) -> Request {
        match self {
            Self::Limit => {
                let body = format!(r#"{{"chargeId":"ch_{racer}","amount":3}}"#);
                Request::refund(&api_key(round), body)
            }
            Self::Charge | Self::Key | Self::NoKey => {
                let body = format!(r#"{{"chargeId":"ch_{round}","amount":3}}"#);
                let request = Request::refund(CAIRO, body);
                if self == Self::Key { request.under(&format!("press-{round}")) } else { request }
            }
        }
    }

    /// Asks until that is refused; returns the ids of the refunds that were made.
    fn race(self, connection: &mut Connection, round: u64, racer: usize) -> Vec<String> {
        let mut made = Vec::new();
        loop {
            let answer = connection.send(&self.request(round, racer)).unwrap();
            if answer.status != 201 {
                assert!(self.ends(&answer), "{answer:?}");
                return made;
            }
            if answer.header("Idempotent-Replayed").is_none() {
                made.push(answer.text("id"));
            }
            if matches!(self, Self::Key | Self::NoKey) {
                return made;
            }
        }
    }

    /// Whether this answer is the refusal that ends the race.
    fn ends(self, answer: &Answer) -> bool {
        let code =
            if self == Self::Limit { "balance_insufficient" } else { "amount_exceeds_refundable" };
        answer.status == 409 && answer.refusal().1 == code
    }
}

fn api_key(round: u64) -> String {
    format!("sk_test_racer_{round:016}")
}

/// Races in each round with as many connections; returns how many refunds were made in each.
fn race(contest: Contest, rounds: u64) -> Vec<usize> {
    let file = LedgerFile::of(&contest.lines(rounds));
    let server = file.serve_with("off");
    let made = race::all_at_once(RACERS, rounds, |racer| {
        let mut connection = Connection::open(server.address).unwrap();
        move |round| contest.race(&mut connection, round, racer)
    });
    server.stop();
    file.open().verify(&[], |_| std::ops::ControlFlow::Continue(())).unwrap();
    made.iter().map(Vec::len).collect()
}

#[test]
fn exactly_the_refunds_that_fit_are_made() {
    for contest in [Contest::Charge, Contest::Key, Contest::Limit] {
        let begun = Instant::now();
        let rounds = rounds(300, 1_000);
        let made = race(contest, rounds);
        assert!(made.iter().all(|made| *made == contest.fit()), "{contest:?}: {made:?}");
        println!(
            "server, races: {RACERS} connections, {rounds} rounds of {contest:?}, {} refunds \
             each; {} s",
            contest.fit(),
            begun.elapsed().as_secs()
        );
    }
}

#[test]
fn a_press_without_a_key_is_found_to_refund_more_than_once() {
    let made = race(Contest::NoKey, 5);
    println!("server, races, control: {made:?} refunds where one was meant");
    assert!(made.iter().all(|made| *made > 1), "{made:?}");
}
