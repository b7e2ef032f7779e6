//! Callers who keep what they are told, while machines are lost.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use refundry::{Ledger, Timestamp};
use refundry_fleet::{Node, NodeOptions, Postgres};

use super::{
    cluster::Cluster,
    loss::Loss,
    machines::{Machine, network},
    node::{self, Line, Question},
};
use crate::{
    judge::{Outcome, Told},
    server::sql,
    shop::{MERCHANT, charge_due, collect, merchant},
};

const MERCHANTS: [&str; 3] = [MERCHANT, "acct_giza", "acct_luxor"];

/// What the charges of each merchant are of: one is used up, so that some refunds are refused.
const CAPTURED: [i64; 3] = [1 << 40, 1 << 40, 2_000];

const CALLERS: usize = 12;

pub(crate) struct Story {
    cluster: Cluster,
    nodes: Vec<Machine>,
    shared: Arc<Shared>,
    callers: Vec<JoinHandle<()>>,
}

/// What callers share.
struct Shared {
    names: Vec<String>,
    charges: Vec<(&'static str, String)>,
    told: Mutex<Told>,
    number: AtomicU32,
    ended: AtomicBool,
    service: Mutex<Service>,
}

/// When a refund was made last, and the longest time without one since that was asked.
struct Service {
    last: Instant,
    gap: Duration,
}

impl Story {
    /// A fleet that is asked from now on.
    pub(crate) fn begin(is_synchronous: bool) -> Self {
        network();
        let cluster = Cluster::begin(is_synchronous);
        let leader = &cluster.machines[cluster.until_led(&[])];
        for text in [
            "CREATE ROLE app LOGIN",
            "CREATE ROLE owner LOGIN",
            "CREATE DATABASE fleet OWNER owner",
        ] {
            sql(&Cluster::url_of(leader, "postgres", "postgres"), text);
        }
        let owner = node::options(&cluster.url("owner"), &cluster.certificates);
        Postgres::set_up(&owner, "app").unwrap();
        let charges = with_node(&cluster, |node| {
            let due = Timestamp::from_millis(i64::MAX / 2);
            let mut charges = Vec::new();
            for id in MERCHANTS {
                merchant(node, id);
                charges.extend(CAPTURED.map(|of| (id, charge_due(node, id, of, due).id.clone())));
            }
            charges
        });
        cluster.until_there("SELECT id FROM refundry.fleet");
        let nodes: Vec<_> = (1..=3).map(|n| Machine::new(&format!("node{n}"), 20 + n)).collect();
        for machine in &nodes {
            node::run(machine, &cluster.url("app"), &cluster.certificates);
        }
        let shared = Arc::new(Shared {
            names: nodes.iter().map(|one| one.name.clone()).collect(),
            charges,
            told: Mutex::default(),
            number: AtomicU32::new(0),
            ended: AtomicBool::new(false),
            service: Mutex::new(Service { last: Instant::now(), gap: Duration::ZERO }),
        });
        let caller = |place| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.ask(place))
        };
        let callers = (0..CALLERS).map(caller).collect();
        let story = Self { cluster, nodes, shared, callers };
        story.until_served();
        story
    }

    /// Waits until refunds are made again.
    fn until_served(&self) {
        let (begun, made) = (Instant::now(), self.shared.told.lock().unwrap().made());
        while self.shared.told.lock().unwrap().made() < made + 100 {
            let is_stopped = !self.shared.told.lock().unwrap().violations().is_empty();
            let is_stopped = is_stopped && self.cluster.is_synchronous();
            if is_stopped || begun.elapsed() > Duration::from_secs(120) {
                self.tell();
                panic!("no refunds are made");
            }
            thread::sleep(Duration::from_millis(50));
            if !self.cluster.is_synchronous() && begun.elapsed() > Duration::from_secs(20) {
                // What was lost stops the books: that is what this is about.
                return;
            }
        }
    }

    /// Says what may explain that nothing is made.
    fn tell(&self) {
        eprintln!("what differs: {:#?}", self.differences().err());
        for node in &self.nodes {
            eprintln!("{}: {}", node.name, node::said(&node.name, &Question::Health));
            node.tell("node");
        }
        self.cluster.machines.iter().for_each(|machine| machine.tell("patroni"));
    }

    /// Loses one after the other. Returns the longest time without a refund while one machine was lost.
    pub(crate) fn lose_all(&self, losses: &[Loss]) -> Duration {
        let (mut counts, mut longest) = (BTreeMap::new(), Duration::ZERO);
        for (place, loss) in losses.iter().enumerate() {
            let begun = Instant::now();
            self.shared.gap();
            loss.happen(&self.cluster, &self.nodes, &self.cluster.url("app"));
            self.until_served();
            let gap = self.shared.gap();
            // All three are lost at once then, and with them etcd.
            if *loss != Loss::PrimaryAhead {
                longest = longest.max(gap);
            }
            *counts.entry(*loss).or_insert(0) += 1;
            let (took, told) = (begun.elapsed().as_secs(), self.shared.told.lock().unwrap());
            eprintln!("{:2} {loss:?}: gap {gap:.1?}, {took} s; {told}", place + 1);
        }
        eprintln!("{} losses {counts:?}; longest gap {longest:.1?}", losses.len());
        longest
    }

    /// The books, or everything in which they differ from what was told.
    fn differences(&self) -> Result<Ledger, Vec<String>> {
        let merchants = MERCHANTS.map(str::to_owned);
        let collected = with_node(&self.cluster, |node| collect(node, merchants));
        let mut ledger = collected.map_err(|problem| vec![problem])?;
        let found = self.shared.told.lock().unwrap().compare(&mut ledger, &self.shared.charges);
        if found.is_empty() { Ok(ledger) } else { Err(found) }
    }

    /// Compares what is there with what was told, on every machine.
    pub(crate) fn judge(mut self) -> Vec<String> {
        self.shared.ended.store(true, Ordering::Relaxed);
        for caller in std::mem::take(&mut self.callers) {
            caller.join().unwrap();
        }
        let mut ledger = match self.differences() {
            Ok(ledger) => ledger,
            Err(found) => return found,
        };
        let mut found = Vec::new();
        let told = self.shared.told.lock().unwrap();
        for id in MERCHANTS {
            let end = node::written(&ledger.book(id).unwrap().mark().unwrap());
            for machine in &self.nodes {
                let its = node::said(&machine.name, &Question::Mark(id.into()));
                if its != end {
                    found.push(format!("{} ends {id} at {its}, and not at {end}", machine.name));
                }
            }
        }
        let ends = "SELECT merchant, max(n), md5(string_agg(encode(hash, 'hex'), '' ORDER BY n))
            FROM refundry.recordings GROUP BY merchant ORDER BY merchant";
        let servers = self.cluster.machines.iter();
        let all: Vec<_> = servers
            .map(|machine| sql(&Cluster::url_of(machine, "postgres", "fleet"), ends))
            .collect();
        if all.iter().any(|one| one != &all[0]) {
            found.push(format!("the servers differ: {all:?}"));
        }
        eprintln!("{told}; all equal on {} nodes and {} servers", self.nodes.len(), all.len());
        found
    }
}

/// Does something with a node of this process.
fn with_node<T>(cluster: &Cluster, act: impl FnOnce(&Node) -> T) -> T {
    let folder = tempfile::tempdir_in(Path::new("/run")).unwrap();
    let options = node::options(&cluster.url("app"), &cluster.certificates);
    let engine = Box::new(Postgres::new(options).unwrap());
    act(&Node::start(engine, &NodeOptions::in_folder(folder.path())).unwrap())
}

impl Shared {
    /// A caller: asks the node that is its own, and where that does not do it another one.
    fn ask(&self, caller: usize) {
        let mut lines: Vec<_> = self.names.iter().map(|name| Line::to(name)).collect();
        let mut random = fastrand::Rng::new();
        while !self.ended.load(Ordering::Relaxed) {
            let (merchant, charge) = &self.charges[random.usize(..self.charges.len())];
            let reference = format!("op-{}", self.number.fetch_add(1, Ordering::Relaxed));
            let has_key = random.bool();
            let question = Question::Refund {
                merchant: (*merchant).to_owned(),
                charge: charge.clone(),
                minor: random.i64(1..4),
                reference: reference.clone(),
                has_key,
            };
            let mut which = caller % lines.len();
            // Once more after it was answered: the answer has to be the same.
            let mut again = has_key && random.u32(..4) == 0;
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_secs(120) {
                thread::sleep(Duration::from_millis(100));
                let Some(outcome) = lines[which].refund(&question) else {
                    which = random.usize(..lines.len());
                    continue;
                };
                if matches!(outcome, Outcome::Made(_)) {
                    self.served();
                }
                let is_final = self.told.lock().unwrap().note(&reference, has_key, outcome);
                if is_final && !std::mem::take(&mut again) {
                    break;
                }
                // Half of the callers stay where they are served, so that they are not held up by a node
                // that is lost.
                if !is_final || caller < CALLERS / 2 {
                    which = random.usize(..lines.len());
                }
            }
        }
    }

    fn served(&self) {
        let mut service = self.service.lock().unwrap();
        service.gap = service.gap.max(service.last.elapsed());
        service.last = Instant::now();
    }

    /// The longest time without a refund since this was asked, up to now.
    fn gap(&self) -> Duration {
        let mut service = self.service.lock().unwrap();
        std::mem::take(&mut service.gap).max(service.last.elapsed())
    }
}
