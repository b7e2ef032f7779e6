//! Webhooks of a fleet while its servers are killed, stand still and stop, and its database crashes and stands
//! still: every refund arrives at every endpoint that wants it, in its book's order, and nothing else does.

mod arrivals;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use refundry::{Book, EventType, Ledger, Options};
use refundry_trials::rounds;
use tempfile::TempDir;

use self::arrivals::{Wanted, is_found};
use super::clients::{CAIROS, CLIENTS, Clients, GIZAS, Place, Told, doubled_of, file_of_two};
use crate::{
    fleets::{self, Fleet},
    log,
    nodes::{self, Frozen, until},
    operator::run,
    receiver::{Manner, Receiver},
    server::{self, Server},
};

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    /// The server that sends.
    SenderKilled,
    SenderFrozen,
    /// It stops as it is asked to.
    SenderStopped,
    /// One that does not.
    OtherKilled,
    OtherFrozen,
    /// All of the servers' connections to the database.
    SessionsEnded,
    /// What the database does for the servers stands still.
    SessionsFrozen,
    DatabaseCrashed,
}

use Trouble::*;

const ALL: [Trouble; 10] = [
    SenderKilled,
    SenderFrozen,
    SenderStopped,
    OtherKilled,
    OtherFrozen,
    SessionsEnded,
    SessionsFrozen,
    DatabaseCrashed,
    // More often than the others: another server has to notice by the time that has gone by.
    SenderKilled,
    SenderFrozen,
];

/// In a short run: a sender is lost for good, and one comes back after another has its place.
const FEW: [Trouble; 3] = [SenderKilled, DatabaseCrashed, SenderFrozen];

/// Longer than a sender keeps its place without a word, and than a statement may take.
const LONG: Duration = Duration::from_secs(8);

/// Three servers, the endpoints that they send to, and where the callers find them.
struct Story {
    fleet: Fleet,
    servers: Vec<(Server, TempDir)>,
    endpoints: Vec<Endpoint>,
    place: Arc<Place>,
}

/// An endpoint, and whose events it gets.
struct Endpoint {
    receiver: Receiver,
    secret: String,
    merchants: Vec<&'static str>,
}

impl Endpoint {
    fn add(fleet: &Fleet, manner: Manner, merchant: Option<&'static str>) -> Self {
        let receiver = Receiver::new(manner);
        let url = receiver.url();
        let mut arguments = vec!["webhook", "add", &url, "--event", "refund.succeeded", "--json"];
        arguments.extend(merchant.iter().flat_map(|one| ["--merchant", *one]));
        let added = run(Path::new(&fleet.url("app")), &arguments).json();
        let secret = added["secret"].as_str().unwrap().to_owned();
        log::is_secret(&secret);
        let all = vec![CAIROS.merchant, GIZAS.merchant];
        Self { receiver, secret, merchants: merchant.map_or(all, |one| vec![one]) }
    }
}

/// A server with its cache in a folder, and with a log of what it does and no more.
fn serve(fleet: &Fleet, folder: &TempDir) -> Server {
    let mut command = server::command();
    fleets::serve(fleet, folder.path(), &mut command);
    command.args(["--metrics", "127.0.0.1:0"]);
    Server::run_with(command, "info")
}

impl Story {
    fn begin() -> Self {
        let database = Arc::new(fleets::Server::start());
        let fleet = fleets::moved_in(&database, &file_of_two().path());
        let endpoints = vec![
            Endpoint::add(&fleet, Manner::Answer(200), None),
            Endpoint::add(&fleet, Manner::Answer(200), Some(GIZAS.merchant)),
            Endpoint::add(&fleet, Manner::Moody(200), None),
        ];
        let folders = [0; 3].map(|_| tempfile::tempdir().unwrap());
        let servers: Vec<_> =
            folders.into_iter().map(|folder| (serve(&fleet, &folder), folder)).collect();
        let place = Place::among(&servers.iter().map(|(server, _)| server).collect::<Vec<_>>());
        Self { fleet, servers, endpoints, place: Arc::new(place) }
    }

    /// The server that sends, or one of the others.
    fn which(&self, sends: bool) -> usize {
        let mut found = Vec::new();
        until("one sends", || {
            let sending = |place: &usize| {
                let gauge = nodes::value(&self.servers[*place].0, "refundry_webhooks_sending");
                gauge == Some(1.0)
            };
            let places = 0..self.servers.len();
            let (sender, others): (Vec<_>, Vec<_>) = places.partition(sending);
            found = if sends { sender.clone() } else { others };
            sender.len() == 1
        });
        *fastrand::choice(&found).unwrap()
    }

    fn happens(&mut self, trouble: Trouble) {
        match trouble {
            SenderKilled => self.replace(self.which(true), Server::kill),
            OtherKilled => self.replace(self.which(false), Server::kill),
            SenderStopped => self.replace(self.which(true), Server::stop),
            SenderFrozen => self.freeze(self.which(true)),
            OtherFrozen => self.freeze(self.which(false)),
            SessionsEnded => drop(self.fleet.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'",
            )),
            SessionsFrozen => {
                let sessions = "SELECT pid FROM pg_stat_activity WHERE usename = 'app'";
                let sessions = self.fleet.sql(sessions).concat();
                let _frozen: Vec<_> = sessions.into_iter().map(Frozen::process).collect();
                thread::sleep(LONG);
            }
            DatabaseCrashed => {
                self.fleet.server.crash();
                thread::sleep(Duration::from_millis(fastrand::u64(..8_000)));
                self.fleet.server.begin();
            }
        }
    }

    /// A server goes, and another comes with its cache or none.
    fn replace(&mut self, which: usize, goes: fn(Server)) {
        let (server, mut folder) = self.servers.remove(which);
        goes(server);
        thread::sleep(Duration::from_millis(fastrand::u64(..2_000)));
        if fastrand::bool() {
            folder = tempfile::tempdir().unwrap();
        }
        let server = serve(&self.fleet, &folder);
        self.place.moves(which, &server);
        self.servers.insert(which, (server, folder));
    }

    /// A server stands still, for longer than it may be missed or not.
    fn freeze(&self, which: usize) {
        let server = &self.servers[which].0;
        server.signal("STOP");
        thread::sleep(if fastrand::u32(..4) > 0 { LONG } else { LONG / 4 });
        server.signal("CONT");
    }

    /// Refunds are made again, and arrive.
    fn goes_on(&self) {
        self.place.wait_for_answers(40);
        let came: Vec<_> = self.endpoints.iter().map(|one| one.receiver.count()).collect();
        until("what is recorded arrives", || {
            self.endpoints.iter().zip(&came).all(|(one, came)| one.receiver.count() > came + 3)
        });
    }

    /// Lets all of it happen while both shops refund. Returns what their clients were told.
    fn through(&mut self, troubles: &[Trouble]) -> [Told; 2] {
        let clients = |shop| Clients {
            count: 4,
            // A server that stands still is not waited for.
            patience: Duration::from_secs(3),
            pause: Duration::from_millis(100),
            shop,
            ..CLIENTS
        };
        let place = Arc::clone(&self.place);
        let mut of_giza = Told::default();
        let of_cairo = clients(CAIROS).refund_through(&place, || {
            of_giza = clients(GIZAS).refund_through(&place, || {
                self.goes_on();
                for trouble in troubles {
                    let begun = Instant::now();
                    self.happens(*trouble);
                    self.goes_on();
                    let took = begun.elapsed().as_secs_f32();
                    println!("server, webhooks of a fleet: {trouble:?}, goes on after {took:.1} s");
                }
            });
        });
        [of_cairo, of_giza]
    }

    /// The events of refunds in each book, in their order, when each refund that was answered is there once.
    fn events(&self, told: &[Told; 2]) -> BTreeMap<&'static str, Vec<(String, String)>> {
        let folder = tempfile::tempdir().unwrap();
        let path = fleets::carried_out(&self.fleet, folder.path());
        let mut ledger = Ledger::open(&path, Options::default()).unwrap();
        let mut all = BTreeMap::new();
        for (shop, told) in [CAIROS, GIZAS].iter().zip(told) {
            assert_eq!(doubled_of(shop, &path, told), 0);
            let events = refunds(&ledger.book(shop.merchant).unwrap());
            assert_eq!(events.len(), told.refunds.len());
            all.insert(shop.merchant, events);
        }
        all
    }

    /// Compares what came at each endpoint with what the books say.
    fn judge(&self, told: &[Told; 2], troubles: &[Trouble]) -> String {
        let events = self.events(told);
        let frozen = [SenderFrozen, OtherFrozen];
        let most_late = troubles.iter().filter(|one| frozen.contains(one)).count();
        let mut said = Vec::new();
        for Endpoint { receiver, secret, merchants } in &self.endpoints {
            let books: Vec<_> = merchants.iter().map(|merchant| events[merchant].clone()).collect();
            let wanted = Wanted { books, secret: secret.clone(), most_late };
            for (id, _) in wanted.books.iter().filter_map(|book| book.last()) {
                receiver.wait_for_id(id);
            }
            // What is sent that is not wanted comes too.
            thread::sleep(Duration::from_secs(1));
            let came = receiver.received();
            let verdict = wanted.judge(&came);
            assert!(verdict.wrong.is_empty(), "{:#?}", verdict.wrong);
            is_found(&wanted, &came);
            said.push(format!("{} events, {verdict}", wanted.count()));
        }
        said.join("; ")
    }
}

/// The events of a book's refunds: id and body.
fn refunds(book: &Book<'_>) -> Vec<(String, String)> {
    let (mut all, mut last) = (Vec::new(), None::<String>);
    loop {
        let events = book.events_after(last.as_deref(), 1_000).unwrap();
        let Some(event) = events.last() else { return all };
        last = Some(event.id.clone());
        let of_refunds = events.iter().filter(|one| one.event_type == EventType::RefundSucceeded);
        all.extend(of_refunds.map(|event| (event.id.clone(), event.to_json().unwrap())));
    }
}

#[test]
fn every_refund_of_a_fleet_arrives_whatever_is_lost() {
    let begun = Instant::now();
    let seed = fastrand::u64(..);
    fastrand::seed(seed);
    let mut troubles = FEW.to_vec();
    if rounds(0, 1) > 0 {
        troubles = ALL.repeat(6);
        fastrand::shuffle(&mut troubles);
    }
    println!("server, webhooks of a fleet: seed {seed}");
    let mut story = Story::begin();
    let told = story.through(&troubles);
    let said = story.judge(&told, &troubles);
    let sum = |count: fn(&Told) -> u64| told.iter().map(count).sum::<u64>();
    println!(
        "server, webhooks of a fleet: {} troubles, {} requests without an answer, {} failures; {said}; {} s",
        troubles.len(),
        sum(|told| told.cut),
        sum(|told| told.failed),
        begun.elapsed().as_secs()
    );
}
