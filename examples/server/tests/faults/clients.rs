//! Clients that do not give up: each sends a refund under a key of its own again and again, until
//! it is answered, and then the next, for as long as there is trouble.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use refundry::{IdempotencyKey, Ledger, Operation, Options};

use crate::{
    client::{Connection, Request},
    ledgers::{self, CAIRO, Charge, GIZA},
    server::{LedgerFile, Server},
};

/// How long one refund may take in all.
const LIMIT: Duration = Duration::from_secs(120);

/// Where the servers are now, of which each attempt asks one, and how far the clients have come.
pub(crate) struct Place {
    addresses: Mutex<Vec<SocketAddr>>,
    answered: AtomicU64,
    failed: AtomicU64,
    cut: AtomicU64,
}

impl Place {
    pub(crate) fn of(server: &Server) -> Self {
        Self::among(&[server])
    }

    /// Servers of one fleet.
    pub(crate) fn among(servers: &[&Server]) -> Self {
        Self {
            addresses: Mutex::new(servers.iter().map(|server| server.address).collect()),
            answered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            cut: AtomicU64::new(0),
        }
    }

    pub(crate) fn moves_to(&self, server: &Server) {
        self.moves(0, server);
    }

    /// One of several is elsewhere now.
    pub(crate) fn moves(&self, which: usize, server: &Server) {
        self.addresses.lock().unwrap()[which] = server.address;
    }

    /// Waits until this many more refunds were answered.
    pub(crate) fn wait_for_answers(&self, more: u64) {
        wait(&self.answered, more);
    }

    /// Waits until this many more answers were that it failed: 500 or 503.
    pub(crate) fn wait_for_failures(&self, more: u64) {
        wait(&self.failed, more);
    }
}

fn wait(count: &AtomicU64, more: u64) {
    let enough = count.load(SeqCst) + more;
    let begun = Instant::now();
    while count.load(SeqCst) < enough {
        assert!(begun.elapsed() < LIMIT, "the clients wait in vain");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Whose charge is refunded.
#[derive(Clone, Copy)]
pub(crate) struct Shop {
    pub(crate) merchant: &'static str,
    key: &'static str,
    charge: &'static str,
}

pub(crate) const CAIROS: Shop = Shop { merchant: "acct_cairo", key: CAIRO, charge: "ch_1" };
pub(crate) const GIZAS: Shop = Shop { merchant: "acct_giza", key: GIZA, charge: "ch_giza" };

/// A file with one large charge.
pub(crate) fn file() -> LedgerFile {
    LedgerFile::of(&lines())
}

/// A file where Giza has one, too.
pub(crate) fn file_of_two() -> LedgerFile {
    let of_giza = Charge {
        owner: "giza",
        id: GIZAS.charge,
        intent: None,
        amount: 1_000_000_000,
        fee: 0,
        status: "succeeded",
        available_on: ledgers::PAST,
    };
    LedgerFile::of(&(lines() + &ledgers::merchant("giza", GIZA, "null") + &of_giza.line()))
}

pub(crate) fn lines() -> String {
    ledgers::merchant("cairo", CAIRO, "null")
        + &ledgers::charge("ch_1", 1_000_000_000, 0, ledgers::PAST)
}

/// How the clients are.
#[derive(Clone, Copy)]
pub(crate) struct Clients {
    pub(crate) count: usize,
    /// How long they wait for an answer before they close the connection and ask again.
    pub(crate) patience: Duration,
    /// Whether they send an idempotency key, as they should.
    pub(crate) with_keys: bool,
    pub(crate) shop: Shop,
    /// How long they wait after each refund.
    pub(crate) pause: Duration,
}

/// As most trials have them.
pub(crate) const CLIENTS: Clients = Clients {
    count: 8,
    patience: Duration::from_secs(30),
    with_keys: true,
    shop: CAIROS,
    pause: Duration::ZERO,
};

/// What they know at the end.
#[derive(Default)]
pub(crate) struct Told {
    /// The id of each refund by its key.
    pub(crate) refunds: BTreeMap<String, String>,
    /// How many of them had been made when the client asked again.
    pub(crate) replayed: u64,
    /// How many answers were 500 or 503.
    pub(crate) failed: u64,
    /// How many requests had no answer.
    pub(crate) cut: u64,
    with_keys: bool,
}

impl Told {
    /// Nothing yet, by clients that send idempotency keys.
    pub(crate) fn with_keys() -> Self {
        Self { with_keys: true, ..Self::default() }
    }
}

impl Clients {
    /// Lets them refund while `trouble` lasts.
    pub(crate) fn refund_through(&self, place: &Place, trouble: impl FnOnce()) -> Told {
        let over = &AtomicBool::new(false);
        let each: Vec<Told> = thread::scope(|scope| {
            let clients: Vec<_> = (0..self.count)
                .map(|number| scope.spawn(move || self.refund(number, place, over)))
                .collect();
            // They must end if the trouble gets out of hand.
            let until = Over(over);
            trouble();
            drop(until);
            clients.into_iter().map(|client| client.join().unwrap()).collect()
        });
        let nothing = Told { with_keys: self.with_keys, ..Told::default() };
        each.into_iter().fold(nothing, |mut all, told| {
            all.refunds.extend(told.refunds);
            all.replayed += told.replayed;
            all.failed += told.failed;
            all.cut += told.cut;
            all
        })
    }

    fn refund(&self, number: usize, place: &Place, over: &AtomicBool) -> Told {
        let mut told = Told::default();
        let mut connection = None;
        for n in 0.. {
            if over.load(SeqCst) {
                break;
            }
            let key = format!("client-{number}-{n}");
            let body = format!(r#"{{"chargeId":"{}","amount":1}}"#, self.shop.charge);
            let mut request = Request::refund(self.shop.key, body);
            if self.with_keys {
                request = request.under(&key);
            }
            let begun = Instant::now();
            loop {
                assert!(begun.elapsed() < LIMIT, "{key} is not answered");
                if let Some(id) = self.attempt(&mut connection, place, &request, &mut told) {
                    told.refunds.insert(key, id);
                    break;
                }
                thread::sleep(Duration::from_millis(2));
            }
            thread::sleep(self.pause);
        }
        told
    }

    /// Asks once; returns the refund's id if it is answered.
    fn attempt(
        &self,
        connection: &mut Option<Connection>,
        place: &Place,
        request: &Request,
        told: &mut Told,
    ) -> Option<String> {
        let sent = self.send(connection, place, request);
        match sent.as_ref().map(|answer| answer.status) {
            Ok(201) => {
                place.answered.fetch_add(1, SeqCst);
                let answer = sent.ok()?;
                told.replayed += u64::from(answer.header("Idempotent-Replayed").is_some());
                Some(answer.text("id"))
            }
            Ok(500 | 503) => {
                place.failed.fetch_add(1, SeqCst);
                told.failed += 1;
                if place.addresses.lock().unwrap().len() > 1 {
                    // Another server may do it.
                    *connection = None;
                }
                None
            }
            Ok(_) => panic!("{sent:?}"),
            Err(_) => {
                *connection = None;
                place.cut.fetch_add(1, SeqCst);
                told.cut += 1;
                None
            }
        }
    }

    fn send(
        &self,
        kept: &mut Option<Connection>,
        place: &Place,
        request: &Request,
    ) -> std::io::Result<crate::client::Answer> {
        if kept.is_none() {
            let address = *fastrand::choice(&*place.addresses.lock().unwrap()).unwrap();
            let connection = Connection::open(address)?;
            connection.set_patience(self.patience)?;
            *kept = Some(connection);
        }
        kept.as_mut().unwrap().send(request)
    }
}

struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

/// How often refunds are in the books that nobody was told of, after everyone was told of theirs.
/// Those that were told of must be there, and the books be sound.
pub(crate) fn doubled(path: &std::path::Path, told: &Told) -> i64 {
    doubled_of(&CAIROS, path, told)
}

pub(crate) fn doubled_of(shop: &Shop, path: &std::path::Path, told: &Told) -> i64 {
    let mut ledger = Ledger::open(path, Options::default()).unwrap();
    ledger.verify(&[], |_| std::ops::ControlFlow::Continue(())).unwrap();
    let book = ledger.book(shop.merchant).unwrap();
    for (key, id) in &told.refunds {
        assert_eq!(book.refund(id).unwrap().amount.minor(), 1, "{key}");
        let kept = IdempotencyKey::new(key).unwrap();
        let kept = book.find_by_key(Operation::Refund, &kept).unwrap();
        let expected = told.with_keys.then_some(Ok(id));
        assert_eq!(kept.as_ref().map(|kept| kept.outcome.as_ref()), expected, "{key}");
    }
    let ids: BTreeSet<_> = told.refunds.values().collect();
    assert_eq!(ids.len(), told.refunds.len(), "one refund is the answer to two requests");
    let refunded = book.charge(shop.charge).unwrap().amount_refunded.minor();
    refunded - i64::try_from(told.refunds.len()).unwrap()
}
