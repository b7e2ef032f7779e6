//! Everything at once: nodes that are killed, begin with no cache or an old one, commits that are lost,
//! unanswered or late, sessions that are ended, a server that crashes. What was answered has to be so.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use refundry_fleet::{Count, Node, NodeOptions};

use crate::{
    judge::Told,
    proxy::{Fault, Proxy},
    server::{Server, copy_folder, try_sql},
    shop::{MERCHANT, charge_due, collected, engine_at, merchant, node, refund_of, request},
};

/// The merchants, and how many charges each has.
const MERCHANTS: [&str; 3] = [MERCHANT, "acct_giza", "acct_luxor"];
const CHARGES: usize = 3;
/// What each charge is of, and what each refund asks for: so that some are refused.
const CAPTURED: i64 = 2_000;

struct Chaos {
    fleet: crate::server::Fleet,
    proxies: [Proxy; 2],
    nodes: [Mutex<Option<Arc<Node>>>; 2],
    folders: [tempfile::TempDir; 2],
    charges: Vec<(&'static str, String)>,
    told: Mutex<Told>,
    ended: AtomicBool,
    number: AtomicU32,
    faults: Mutex<BTreeMap<&'static str, u32>>,
}

impl Chaos {
    fn begin() -> Self {
        let server = Arc::new(Server::start());
        let fleet = server.fleet();
        let folder = tempfile::tempdir().unwrap();
        let first = node(&fleet, folder.path());
        let mut charges = Vec::new();
        for id in MERCHANTS {
            merchant(&first, id);
            for _ in 0..CHARGES {
                let due = refundry::Timestamp::from_millis(i64::MAX / 2);
                charges.push((id, charge_due(&first, id, CAPTURED, due).id.clone()));
            }
        }
        Self {
            proxies: [Proxy::before(server.port), Proxy::before(server.port)],
            fleet,
            nodes: Default::default(),
            folders: [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()],
            charges,
            told: Mutex::default(),
            ended: AtomicBool::new(false),
            number: AtomicU32::new(0),
            faults: Mutex::default(),
        }
    }

    fn start(&self, which: usize, folder: &Path) {
        let url = self.fleet.url_through(self.proxies[which].port);
        let mut options = NodeOptions::in_folder(folder);
        options.patience = Duration::from_secs(2);
        let begun = Instant::now();
        loop {
            match Node::start(engine_at(url.clone()), &options) {
                Ok(node) => {
                    *self.nodes[which].lock().unwrap() = Some(Arc::new(node));
                    return;
                }
                // The server is away, or the killed node's thread has not ended yet.
                Err(error) => assert!(begun.elapsed() < Duration::from_secs(60), "{error}"),
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn happened(&self, fault: &'static str) {
        *self.faults.lock().unwrap().entry(fault).or_default() += 1;
    }

    /// A client: asks, and asks again with the same key if it has one.
    fn ask(&self, seed: u64) {
        let mut random = fastrand::Rng::with_seed(seed);
        while !self.ended.load(Ordering::Relaxed) {
            let (merchant, charge) = &self.charges[random.usize(..self.charges.len())];
            let reference = format!("op-{}", self.number.fetch_add(1, Ordering::Relaxed));
            let mut request = request(charge, random.i64(1..4));
            request.external_reference = Some(reference.clone());
            let key = random.bool().then(|| reference.clone());
            for _ in 0..20 {
                let node = self.nodes[random.usize(..2)].lock().unwrap().clone();
                let Some(node) = node else { continue };
                let answer = refund_of(&node, merchant, request.clone(), key.as_deref()).wait();
                drop(node);
                if self.told.lock().unwrap().note(&reference, key.is_some(), answer.into()) {
                    break;
                }
            }
        }
    }

    /// One thing goes wrong.
    fn disturb(&self, random: &mut fastrand::Rng) {
        let which = random.usize(..2);
        match random.u32(..9) {
            0 => {
                self.happened("lost");
                self.proxies[which].fail(Fault::Lost);
            }
            1 | 2 => {
                self.happened("unanswered");
                self.proxies[which].fail(Fault::Unanswered);
            }
            3 | 4 => {
                self.happened("late");
                let delay = Duration::from_millis(random.u64(..60));
                self.proxies[which].fail(Fault::Late(delay));
            }
            5 | 6 => {
                self.happened("session ended");
                let end =
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'";
                let _ = try_sql(&self.fleet.url("postgres"), end);
            }
            7 => {
                self.happened("server crashed");
                self.fleet.server.crash();
                self.fleet.server.begin();
            }
            _ => self.replace(which, random),
        }
    }

    /// A node goes, and another begins with its cache, an old copy of it, or none.
    fn replace(&self, which: usize, random: &mut fastrand::Rng) {
        let gone = self.nodes[which].lock().unwrap().take();
        let old = tempfile::tempdir().unwrap();
        // Copied while it is written to: a copy that is torn is noticed.
        if random.bool() && try_copy(self.folders[which].path(), old.path()) {
            self.happened("old cache");
        }
        drop(gone);
        let folder = self.folders[which].path();
        match random.u32(..3) {
            0 => self.happened("node replaced"),
            cache => {
                // The last client of the node that goes may still hold it.
                let begun = Instant::now();
                while std::fs::remove_dir_all(folder).is_err() || folder.exists() {
                    assert!(begun.elapsed() < Duration::from_secs(30));
                }
                self.happened("cache lost");
                if cache == 2 {
                    copy_folder(old.path(), folder);
                }
            }
        }
        self.start(which, folder);
    }

    /// Compares what is there with what was told.
    fn check(self) -> String {
        let Self { nodes, fleet, told, faults, charges, .. } = self;
        let conflicts: u64 = nodes
            .iter()
            .filter_map(|node| Some(node.lock().unwrap().as_ref()?.count(Count::Conflicts)))
            .sum();
        drop(nodes);
        let mut ledger = collected(&fleet);
        let told = told.into_inner().unwrap();
        let found = told.compare(&mut ledger, &charges);
        assert!(found.is_empty(), "{found:#?}");
        assert!(told.made() > 20, "hardly anything was made");
        format!("{told}, {conflicts} conflicts; {:?}", faults.into_inner().unwrap())
    }
}

fn try_copy(from: &Path, to: &Path) -> bool {
    std::fs::read_dir(from).is_ok_and(|entries| {
        entries
            .flatten()
            .all(|entry| std::fs::copy(entry.path(), to.join(entry.file_name())).is_ok())
    })
}

#[test]
fn nothing_is_lost_or_done_twice_whatever_fails() {
    let is_soak = std::env::var_os("REFUNDRY_SOAK").is_some_and(|value| value == "1");
    let (rounds, disturbances) = if is_soak { (30, 40) } else { (1, 25) };
    for round in 0..rounds {
        let seed = fastrand::u64(..);
        eprintln!("seed {seed}");
        let chaos = Chaos::begin();
        for which in 0..2 {
            chaos.start(which, chaos.folders[which].path());
        }
        let mut random = fastrand::Rng::with_seed(seed);
        thread::scope(|scope| {
            let clients: Vec<_> = (0..8)
                .map(|client| {
                    scope.spawn({
                        let chaos = &chaos;
                        move || chaos.ask(seed ^ client)
                    })
                })
                .collect();
            for _ in 0..disturbances {
                thread::sleep(Duration::from_millis(random.u64(20..120)));
                chaos.disturb(&mut random);
            }
            thread::sleep(Duration::from_millis(300));
            chaos.ended.store(true, Ordering::Relaxed);
            for client in clients {
                client.join().unwrap();
            }
        });
        eprintln!("round {round}: {}", chaos.check());
    }
}
