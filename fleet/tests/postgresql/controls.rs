//! What the judge has to find: an engine that answers before it has kept anything, and tables without the
//! key that makes one of two nodes fail.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use refundry::Timestamp;
use refundry_fleet::{Appended, Engine, EngineError, Group, Head, Kept, Node, NodeOptions};

use crate::{
    judge::Told,
    server::Fleet,
    shop::{MERCHANT, charge_due, collect, engine_at, fleet, node, refund_of, request},
};

/// Answers a group at once, and has the database keep it when the next one comes.
struct Hasty {
    engine: Box<dyn Engine>,
    late: Option<Group>,
    /// Whether what was answered was lost.
    lost: Arc<AtomicBool>,
}

/// How long two nodes have to meet at one book.
const LONGEST: Duration = Duration::from_secs(60);

impl Hasty {
    fn keep(&mut self) {
        if let Some(group) = self.late.take() {
            // Another node may have been faster.
            if self.engine.append(&group) == Ok(Appended::Overtaken) {
                self.lost.store(true, Ordering::Relaxed);
            }
        }
    }
}

impl Engine for Hasty {
    fn append(&mut self, group: &Group) -> Result<Appended, EngineError> {
        self.keep();
        if group.recordings.is_empty() {
            return self.engine.append(group);
        }
        self.late = Some(group.clone());
        Ok(Appended::Whole)
    }

    fn kept_from(&mut self, heads: &[Head], limit: u32) -> Result<Vec<Kept>, EngineError> {
        self.keep();
        self.engine.kept_from(heads, limit)
    }

    fn key_holders(&mut self, hashes: &[[u8; 32]]) -> Result<Vec<Option<String>>, EngineError> {
        self.engine.key_holders(hashes)
    }

    fn confirm(&mut self) -> Result<(), EngineError> {
        self.engine.confirm()
    }

    fn has_standby(&mut self) -> Result<bool, EngineError> {
        self.engine.has_standby()
    }

    fn due(&mut self, moment: i64, limit: u32) -> Result<Vec<String>, EngineError> {
        self.engine.due(moment, limit)
    }

    fn merchants(&mut self) -> Result<Vec<String>, EngineError> {
        self.engine.merchants()
    }

    fn fleet(&mut self) -> Result<String, EngineError> {
        self.engine.fleet()
    }
}

fn hasty(fleet: &Fleet, folder: &std::path::Path, lost: &Arc<AtomicBool>) -> Node {
    let engine = engine_at(fleet.url("app"));
    let engine = Hasty { engine, late: None, lost: Arc::clone(lost) };
    Node::start(Box::new(engine), &NodeOptions::in_folder(folder)).unwrap()
}

/// Has callers refund on two nodes until something has happened, and tells what the judge has.
fn judged(fleet: &Fleet, nodes: [Node; 2], has_happened: impl Fn() -> bool) -> Vec<String> {
    let charge = charge_due(&nodes[0], MERCHANT, 1 << 40, Timestamp::from_millis(i64::MAX / 2));
    let charges = [(MERCHANT, charge.id.clone())];
    let told = Mutex::new(Told::default());
    let (number, ended) = (AtomicU32::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        for client in 0..8 {
            let (nodes, charge, told, number, ended) = (&nodes, &charge, &told, &number, &ended);
            scope.spawn(move || {
                while !ended.load(Ordering::Relaxed) {
                    let reference = format!("op-{}", number.fetch_add(1, Ordering::Relaxed));
                    let mut request = request(&charge.id, 1);
                    request.external_reference = Some(reference.clone());
                    let answer = refund_of(&nodes[client % 2], MERCHANT, request, None).wait();
                    told.lock().unwrap().note(&reference, false, answer.into());
                }
            });
        }
        let begun = Instant::now();
        while !has_happened() && begun.elapsed() < LONGEST {
            thread::sleep(Duration::from_millis(50));
        }
        ended.store(true, Ordering::Relaxed);
    });
    drop(nodes);
    let folder = tempfile::tempdir().unwrap();
    let new = node(fleet, folder.path());
    match collect(&new, [MERCHANT.to_owned()]) {
        Ok(mut ledger) => told.into_inner().unwrap().compare(&mut ledger, &charges),
        Err(problem) => vec![problem],
    }
}

#[test]
fn the_judge_finds_a_node_that_answers_before_the_engine_has_kept_it() {
    let fleet = fleet();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let lost = Arc::default();
    let nodes = [hasty(&fleet, one.path(), &lost), node(&fleet, two.path())];
    let found = judged(&fleet, nodes, || lost.load(Ordering::Relaxed));
    let lost = |found: &&String| found.contains("was answered, and is not there");
    assert!(found.iter().any(|found| lost(&found)), "{found:#?}");
}

#[test]
fn the_judge_finds_tables_without_the_key_of_merchant_and_number() {
    let fleet = fleet();
    fleet.sql("ALTER TABLE refundry.recordings DROP CONSTRAINT recordings_pkey");
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let twice = "SELECT count(*) FROM
        (SELECT FROM refundry.recordings GROUP BY merchant, n HAVING count(*) > 1) AS forks";
    let is_forked = || fleet.sql(twice)[0][0] != "0";
    let found = judged(&fleet, [node(&fleet, one.path()), node(&fleet, two.path())], is_forked);
    assert!(!found.is_empty());
    assert!(is_forked(), "{found:#?}");
}

#[test]
fn the_judge_finds_nothing_where_nothing_is_wrong() {
    let fleet = fleet();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let begun = Instant::now();
    let is_enough = || begun.elapsed() >= Duration::from_secs(1);
    let found = judged(&fleet, [node(&fleet, one.path()), node(&fleet, two.path())], is_enough);
    assert_eq!(found, Vec::<String>::new());
}
