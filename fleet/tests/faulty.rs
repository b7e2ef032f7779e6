//! An engine that fails as a database fails, and nodes on it.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use fastrand::Rng;
use refundry::{Amount, Currency, Fee, NewCharge, Timestamp};
use refundry_fleet::{Appended, Engine, EngineError, Error, Group, Head, Kept, Node, NodeOptions};

use crate::{
    engine::Memory,
    shop::{MERCHANT, charge, merchant, refund, refund_of, refunded, request, until},
};

type Answer = Result<Appended, EngineError>;

struct Faulty<Append> {
    memory: Memory,
    append: Append,
    /// Who has charges due, as far as this says.
    due: Vec<String>,
    /// How often it was asked what is due.
    ticks: Arc<AtomicU64>,
}

impl<Append: FnMut(&mut Memory, &Group) -> Answer + Send> Engine for Faulty<Append> {
    fn append(&mut self, group: &Group) -> Answer {
        (self.append)(&mut self.memory, group)
    }

    fn kept_from(&mut self, heads: &[Head], limit: u32) -> Result<Vec<Kept>, EngineError> {
        self.memory.kept_from(heads, limit)
    }

    fn key_holders(&mut self, hashes: &[[u8; 32]]) -> Result<Vec<Option<String>>, EngineError> {
        Ok(self.memory.holders(hashes))
    }

    fn confirm(&mut self) -> Result<(), EngineError> {
        self.memory.confirm()
    }

    fn has_standby(&mut self) -> Result<bool, EngineError> {
        self.memory.has_standby()
    }

    fn due(&mut self, _: i64, _: u32) -> Result<Vec<String>, EngineError> {
        self.ticks.fetch_add(1, Ordering::Relaxed);
        Ok(self.due.clone())
    }

    fn merchants(&mut self) -> Result<Vec<String>, EngineError> {
        self.memory.merchants()
    }

    fn fleet(&mut self) -> Result<String, EngineError> {
        self.memory.fleet()
    }
}

impl<Append: FnMut(&mut Memory, &Group) -> Answer + Send + 'static> Faulty<Append> {
    fn on(memory: &Memory, append: Append) -> Self {
        Self { memory: memory.clone(), append, due: Vec::new(), ticks: Arc::default() }
    }

    fn node(self, most_bytes: u64) -> (Node, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let mut options = NodeOptions::in_folder(folder.path());
        options.most_bytes = most_bytes;
        (Node::start(Box::new(self), &options).unwrap(), folder)
    }
}

/// Whoever asks for its health is told. Until it is started again, it does what it is asked.
#[test]
fn a_node_whose_courier_broke_down_says_so_and_loses_nothing() {
    let (memory, calls) = (Memory::default(), Arc::new(AtomicU64::new(0)));
    let counted = Arc::clone(&calls);
    let broken = Faulty::on(&memory, move |memory, group| {
        assert_ne!(counted.fetch_add(1, Ordering::Relaxed), 2, "a panic of the test");
        memory.append(group)
    });
    let (node, _folder) = broken.node(u64::MAX);
    merchant(&node, MERCHANT);
    let charge = charge(&node, 100);
    assert!(node.is_at_work());
    for kept in 1..=9 {
        refund(&node, request(&charge, 1), None).wait().unwrap();
        assert_eq!(refunded(&node, &charge), kept);
        until(|| !node.is_at_work());
    }
    assert!(calls.load(Ordering::Relaxed) > 9);
    assert!(memory.is_sound());
}

/// What is to be done now and then is not held up until sixteen groups are kept, if each takes long.
#[test]
fn a_slow_engine_and_callers_who_never_pause_hold_up_no_tick() {
    let memory = Memory::default();
    let (ticks, gap) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let (seen, longest) = (Arc::clone(&ticks), Arc::clone(&gap));
    let (mut last, mut since) = (0, 0);
    let mut slow = Faulty::on(&memory, move |memory, group| {
        thread::sleep(Duration::from_millis(150));
        let now = seen.load(Ordering::Relaxed);
        since = if now == last { since + 1 } else { 0 };
        last = now;
        longest.fetch_max(since, Ordering::Relaxed);
        memory.append(group)
    });
    slow.ticks = ticks;
    let (node, _folder) = slow.node(u64::MAX);
    merchant(&node, MERCHANT);
    let charge = charge(&node, 1 << 30);
    thread::scope(|scope| {
        for caller in 0..2 {
            let (node, charge) = (&node, &charge);
            scope.spawn(move || {
                // Half of a flight later, so that one is always on top of the other.
                thread::sleep(Duration::from_millis(75 * caller));
                for _ in 0..12 {
                    refund(node, request(charge, 1), None).wait().unwrap();
                }
            });
        }
    });
    assert_eq!(refunded(&node, &charge), 24);
    let gap = gap.load(Ordering::Relaxed);
    assert!(gap <= 9, "{gap} groups in turn");
}

/// Two attempts of one moment can have the same recording in a book, such as an erasure, and another refund
/// in the other book.
#[test]
fn what_is_told_of_two_attempts_in_doubt_is_what_is_kept() {
    let (memory, is_armed) = (Memory::default(), Arc::new(AtomicU64::new(0)));
    let armed = Arc::clone(&is_armed);
    let engine = Faulty::on(&memory, move |memory, group| {
        let left = armed.load(Ordering::Relaxed);
        armed.store(left.saturating_sub(1), Ordering::Relaxed);
        let gone = || Err(EngineError::InDoubt("gone".into()));
        match left {
            // Those that are asked meanwhile share the next group.
            4 => {
                thread::sleep(Duration::from_millis(300));
                memory.append(group)
            }
            2 | 3 => gone(),
            1 => memory.append(group).and_then(|_| gone()),
            _ => memory.append(group),
        }
    });
    let (node, _folder) = engine.node(u64::MAX);
    let Books { charges: [ones, others], .. } = books(&node);
    let mut with_text = request(&others[0], 7);
    with_text.description = Some("a torn page".into());
    let with_text = refund_of(&node, OTHER, with_text, None).wait().unwrap().id.clone();
    is_armed.store(4, Ordering::Relaxed);
    let first = refund(&node, request(&ones[0], 7), None);
    until(|| is_armed.load(Ordering::Relaxed) < 4);
    let erased = node.book(OTHER, move |book| book.erase_text(&with_text));
    let told = refund(&node, request(&ones[1], 7), None).wait().unwrap().id.clone();
    first.wait().unwrap();
    erased.wait().unwrap();
    assert_eq!(is_armed.load(Ordering::Relaxed), 0);
    let id = told.clone();
    let found = node.book(MERCHANT, move |book| book.refund(&id)).wait();
    assert!(found.is_ok(), "{told} was told, and is not there");
}

/// A database whose answers get lost, whose commits come late, and which is busy or full now and then.
fn stormy(
    seed: u64,
    late: &Arc<Mutex<Vec<Group>>>,
) -> impl FnMut(&mut Memory, &Group) -> Answer + Send + use<> {
    let (mut random, late) = (Rng::with_seed(seed), Arc::clone(late));
    move |memory, group| {
        for group in late.lock().unwrap().drain(..) {
            let _ = memory.append(&group);
        }
        thread::sleep(Duration::from_micros(random.u64(0..500)));
        let gone = || Err(EngineError::InDoubt("gone".into()));
        match random.u32(0..40) {
            0 => Err(EngineError::Unavailable("busy".into())),
            1 => Err(EngineError::Refused("no room".into())),
            2 => Ok(Appended::Overtaken),
            3 => gone(),
            4 => {
                late.lock().unwrap().push(group.clone());
                gone()
            }
            5 => memory.append(group).and_then(|_| gone()),
            _ => memory.append(group),
        }
    }
}

const OTHER: &str = "acct_giza";
const CALLERS: usize = 8;
const EACH: usize = 30;

/// A charge of 100 for each refund, of the one merchant or the other, and a key of each.
struct Books {
    keys: [String; 2],
    charges: [Vec<String>; 2],
}

fn books(node: &Node) -> Books {
    let egp = Currency::from_code("EGP").unwrap();
    let due = Timestamp::from_millis(Timestamp::now().millis() + 86_400_000);
    let new = NewCharge::succeeded(Amount::from_minor(100).unwrap(), Fee::ZERO, egp, due);
    let made = [MERCHANT, OTHER].map(|id| {
        merchant(node, id);
        let new = new.clone();
        let made = node.book(id, move |book| {
            let charge = |_| book.create_charge(&new, None).map(|charge| charge.id.clone());
            let charges = (0..CALLERS * EACH).map(charge).collect::<refundry::Result<Vec<_>>>()?;
            Ok((book.issue_key()?.key.clone(), charges))
        });
        made.wait().unwrap()
    });
    let [(one, ones), (other, others)] = made;
    Books { keys: [one, other], charges: [ones, others] }
}

/// One refund of 7, asked for once or twice with one key, and what that comes to: what may be refunded.
fn asked(node: &Node, books: &Books, of: usize, charge: &str, random: &mut Rng) -> Vec<i64> {
    let id = [MERCHANT, OTHER][of];
    let mut request = request(charge, 7);
    request.description = Some("a torn page".into());
    let is_keyed = random.bool();
    let key = is_keyed.then_some(charge);
    let first = refund_of(node, id, request.clone(), key);
    if random.u32(0..60) == 0 {
        let broken = node.book(id, |_| -> refundry::Result<()> {
            Err(refundry::Error::Internal { expected: "a test" })
        });
        broken.wait().unwrap_err();
    }
    let second = is_keyed.then(|| refund_of(node, id, request, key).wait());
    let answers = [Some(first.wait()), second].into_iter().flatten().collect::<Vec<_>>();
    let made: Vec<_> = answers.iter().flatten().map(|made| made.id.clone()).collect();
    assert!(made.iter().all(|id| *id == made[0]), "one key, two refunds");
    if let Some(made) = made.first() {
        let (charge, refund) = (charge.to_owned(), made.clone());
        let seen = node.look(&books.keys[of], move |_, book| {
            book.refund(&refund)?;
            book.charge(&charge)
        });
        if let Some(seen) = unless_away(seen.wait()) {
            assert_eq!(seen.amount_refunded.minor(), 7, "what was answered is seen");
        }
        if random.u32(0..8) == 0 {
            let refund = made.clone();
            unless_away(node.book(id, move |book| book.erase_text(&refund)).wait());
        }
        return vec![7];
    }
    let is_in_doubt = answers.iter().any(|told| matches!(told, Err(Error::InDoubt(_))));
    if is_in_doubt { vec![0, 7] } else { vec![0] }
}

/// What a node says, unless the database is away.
fn unless_away<T>(told: Result<T, Error>) -> Option<T> {
    match told {
        Ok(told) => Some(told),
        Err(Error::Unavailable(_) | Error::InDoubt(_)) => None,
        Err(error) => panic!("{error}"),
    }
}

/// Two nodes in a storm, of which one forgets its cache over and over.
#[test]
fn whatever_becomes_of_groups_each_refund_is_told_as_it_is() {
    for seed in 0..2 {
        let (memory, late) = (Memory::default(), Arc::default());
        let (calm, _folder) = memory.node();
        let books = books(&calm);
        let node = |seed, most_bytes| {
            let mut engine = Faulty::on(&memory, stormy(seed, &late));
            engine.due = vec![MERCHANT.into(), OTHER.into()];
            engine.node(most_bytes)
        };
        let nodes = [node(seed, u64::MAX), node(seed + 100, 1)];
        let done = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for caller in 0..CALLERS {
                let (books, nodes, done) = (&books, &nodes, &done);
                scope.spawn(move || {
                    let mut random = Rng::with_seed(seed * 1_000 + caller as u64);
                    for place in caller * EACH..(caller + 1) * EACH {
                        let of = random.usize(0..2);
                        let charge = &books.charges[of][place];
                        let (node, _) = &nodes[usize::from(random.u32(0..8) == 0)];
                        let may_be = asked(node, books, of, charge, &mut random);
                        done.lock().unwrap().push((of, charge.clone(), may_be));
                    }
                });
            }
        });
        drop(nodes);
        assert!(memory.is_sound());
        for (of, charge, may_be) in done.into_inner().unwrap() {
            let id = charge.clone();
            let read = calm.book([MERCHANT, OTHER][of], move |book| book.charge(&id));
            let refunded = read.wait().unwrap().amount_refunded.minor();
            assert!(may_be.contains(&refunded), "{charge}: {refunded} and not {may_be:?}");
        }
    }
}
