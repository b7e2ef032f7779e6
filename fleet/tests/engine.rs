//! An engine in memory that does the same, and whose protections can be switched off: so that it is
//! known that the tests would notice.

use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

use refundry::{Ledger, Options};
use refundry_fleet::{
    Appended, Count, Engine, EngineError, Error, Group, Head, Kept, Node, NodeOptions, Recording,
    Snapshot, make_snapshot,
};

use crate::shop::{MERCHANT, charge, mark, merchant, refund, request};

/// What is kept, and what protects it.
#[derive(Default)]
pub(crate) struct Log {
    recordings: Vec<Recording>,
    /// Nothing is looked at before recordings are appended.
    unguarded: bool,
    /// Recordings of the next group are acknowledged and lost.
    loses: bool,
    /// Recordings of the next group are kept, and nobody is told.
    unanswered: bool,
    /// The rows of this merchant are not as they were recorded.
    altered: Option<&'static str>,
    /// There is no standby, so that nothing is confirmed.
    alone: bool,
    /// Who has charges due, as far as this says.
    due: Vec<String>,
    /// How often it was confirmed that what was read is kept.
    confirmed: u32,
    /// How many more times recordings are read.
    pub(crate) reads: Option<u32>,
    /// The next answers are these.
    pub(crate) answers: Vec<EngineError>,
    /// The only snapshot, with its pieces.
    snapshot: Option<(Snapshot, Vec<Vec<u8>>)>,
    /// The next group waits for this.
    pub(crate) gate: Option<Receiver<()>>,
    /// The link brings no more pieces at once than this, if it is slow.
    brings: Option<u32>,
    /// How often it did not.
    too_slow: u32,
}

#[derive(Clone, Default)]
pub(crate) struct Memory(pub(crate) Arc<Mutex<Log>>);

impl Engine for Memory {
    fn append(&mut self, group: &Group) -> Result<Appended, EngineError> {
        let gate = self.0.lock().unwrap().gate.take();
        if let Some(gate) = gate {
            let _ = gate.recv();
        }
        let mut log = self.0.lock().unwrap();
        if let Some(error) = log.answers.pop() {
            return Err(error);
        }
        let end = |merchant: &str| {
            log.recordings.iter().rev().find(|one| one.merchant == merchant).map(|one| one.mark)
        };
        let fits = group.heads.iter().all(|head| match end(&head.merchant) {
            Some(mark) => mark == head.mark,
            None => head.mark.n == 0,
        });
        if !fits && !log.unguarded {
            return Ok(Appended::Overtaken);
        }
        if !std::mem::take(&mut log.loses) {
            log.recordings.extend(group.recordings.iter().cloned());
        }
        if !group.recordings.is_empty() && std::mem::take(&mut log.unanswered) {
            return Err(EngineError::InDoubt("gone".into()));
        }
        Ok(Appended::Whole)
    }

    fn kept_from(&mut self, heads: &[Head], limit: u32) -> Result<Vec<Kept>, EngineError> {
        let mut log = self.0.lock().unwrap();
        if let Some(left) = &mut log.reads {
            *left = left.checked_sub(1).ok_or(EngineError::Unavailable("gone".into()))?;
        }
        let of = |head: &Head| {
            let from = log
                .recordings
                .iter()
                .filter(|one| one.merchant == head.merchant && one.mark.n >= head.mark.n)
                .map(|one| Kept {
                    merchant: one.merchant.clone(),
                    n: one.mark.n,
                    hash: *one.mark.hash.as_bytes(),
                    body: if log.altered == Some(one.merchant.as_str()) {
                        "{}".into()
                    } else {
                        one.body.clone()
                    },
                    text: one.text.clone(),
                });
            from.take(limit.try_into().unwrap()).collect::<Vec<_>>()
        };
        Ok(heads.iter().flat_map(of).collect())
    }

    fn key_holders(&mut self, hashes: &[[u8; 32]]) -> Result<Vec<Option<String>>, EngineError> {
        Ok(vec![None; hashes.len()])
    }

    fn confirm(&mut self) -> Result<(), EngineError> {
        let mut log = self.0.lock().unwrap();
        if log.alone {
            return Err(EngineError::Unavailable("no standby".into()));
        }
        log.confirmed += 1;
        Ok(())
    }

    fn has_standby(&mut self) -> Result<bool, EngineError> {
        Ok(!self.0.lock().unwrap().alone)
    }

    fn due(&mut self, _: i64, _: u32) -> Result<Vec<String>, EngineError> {
        Ok(self.0.lock().unwrap().due.clone())
    }

    fn merchants(&mut self) -> Result<Vec<String>, EngineError> {
        Ok(Vec::new())
    }

    fn fleet(&mut self) -> Result<String, EngineError> {
        Ok("memory".into())
    }

    fn snapshot(&mut self, _: &str) -> Result<Option<Snapshot>, EngineError> {
        Ok(self.0.lock().unwrap().snapshot.as_ref().map(|(snapshot, _)| snapshot.clone()))
    }

    fn snapshot_pieces(
        &mut self,
        _: &Snapshot,
        first: u32,
        limit: u32,
    ) -> Result<Vec<Vec<u8>>, EngineError> {
        let mut log = self.0.lock().unwrap();
        if log.brings.is_some_and(|most| most < limit) {
            log.too_slow += 1;
            assert!(log.too_slow < 100, "it is asked over and over");
            return Err(EngineError::Unavailable("too slow".into()));
        }
        let pieces = &log.snapshot.as_ref().unwrap().1;
        let some = pieces.iter().skip(first.try_into().unwrap()).take(limit.try_into().unwrap());
        Ok(some.cloned().collect())
    }

    fn keep_snapshot(
        &mut self,
        snapshot: &Snapshot,
        _: i64,
        pieces: &mut dyn Iterator<Item = io::Result<Vec<u8>>>,
    ) -> Result<bool, EngineError> {
        let pieces = pieces.collect::<io::Result<_>>().unwrap();
        self.0.lock().unwrap().snapshot = Some((snapshot.clone(), pieces));
        Ok(true)
    }
}

impl Memory {
    pub(crate) fn node(&self) -> (Node, tempfile::TempDir) {
        self.node_of(|_| {})
    }

    pub(crate) fn node_of(&self, set: impl FnOnce(&mut NodeOptions)) -> (Node, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let mut options = NodeOptions::in_folder(folder.path());
        set(&mut options);
        (Node::start(Box::new(self.clone()), &options).unwrap(), folder)
    }

    /// Records more in a book than is taken in at once. Returns a key of the merchant, and the charge of
    /// which 1100 is refunded.
    fn filled(&self) -> (String, String) {
        let (node, _folder) = self.node();
        merchant(&node, MERCHANT);
        let key = node.book(MERCHANT, |book| book.issue_key()).wait().unwrap().key.clone();
        let charge = charge(&node, 10_000);
        let of = charge.clone();
        let filled = node.book(MERCHANT, move |book| {
            (0..1_100).try_for_each(|_| book.create_refund(&request(&of, 1), None).map(drop))
        });
        filled.wait().unwrap();
        (key, charge)
    }

    /// Whose keys these are, which it does not tell as an engine: nodes have to find them in their caches.
    pub(crate) fn holders(&self, hashes: &[[u8; 32]]) -> Vec<Option<String>> {
        let log = self.0.lock().unwrap();
        let holds = |hash| log.recordings.iter().find(|one| one.api_key == Some(hash));
        hashes.iter().map(|hash| holds(*hash).map(|one| one.merchant.clone())).collect()
    }

    fn confirmed(&self) -> u32 {
        self.0.lock().unwrap().confirmed
    }

    /// Whether the recordings of each book make a book again.
    pub(crate) fn is_sound(&self) -> bool {
        let mut ledger = Ledger::in_memory(Options::default()).unwrap();
        let log = self.0.lock().unwrap();
        let mut next: BTreeMap<&str, i64> = BTreeMap::new();
        log.recordings.iter().all(|one| {
            let n = next.entry(&one.merchant).or_insert(1);
            let follows = one.mark.n == *n;
            *n += 1;
            follows && ledger.apply(&one.merchant, &one.body).is_ok_and(|new| new)
        })
    }

    /// Two nodes that know one book work on it at once.
    fn stirred(&self, unguarded: bool) {
        let (one, two) = (self.node(), self.node());
        merchant(&one.0, MERCHANT);
        let charge = charge(&one.0, 10_000);
        mark(&two.0, MERCHANT);
        self.0.lock().unwrap().unguarded = unguarded;
        thread::scope(|scope| {
            for (node, _) in [&one, &two] {
                let charge = &charge;
                scope.spawn(move || {
                    for _ in 0..50 {
                        let _ = refund(node, request(charge, 1), None).wait();
                    }
                });
            }
        });
    }
}

#[test]
fn an_engine_that_looks_at_heads_keeps_books_sound() {
    let memory = Memory::default();
    memory.stirred(false);
    assert!(memory.is_sound());
    assert!(memory.0.lock().unwrap().recordings.len() > 50);
}

/// The control: without the look and the key, books fork, and that is noticed.
#[test]
fn an_engine_that_looks_at_nothing_is_found_out() {
    let memory = Memory::default();
    memory.stirred(true);
    assert!(!memory.is_sound());
}

/// As a standby does that was promoted without having everything.
#[test]
fn an_engine_that_lost_what_it_acknowledged_is_noticed_and_the_book_stopped() {
    let memory = Memory::default();
    let (node, _folder) = memory.node();
    merchant(&node, MERCHANT);
    let charge = charge(&node, 10_000);
    memory.0.lock().unwrap().loses = true;
    refund(&node, request(&charge, 1), None).wait().unwrap();
    for _ in 0..2 {
        let stopped = refund(&node, request(&charge, 1), None).wait().unwrap_err();
        assert!(matches!(stopped, Error::Stopped { .. }), "{stopped}");
    }
    let health = node.health();
    assert!(health.stopped[MERCHANT].contains("it lost or altered"), "{health:?}");
    // A node that knows no better goes on, and the first one does not harm it.
    let (other, _other_folder) = memory.node();
    refund(&other, request(&charge, 1), None).wait().unwrap();
    assert!(memory.is_sound());
}

/// Also where the node has to look first whose key it is, and the database has again what it lacked.
#[test]
fn a_book_that_is_stopped_is_stopped_for_whoever_has_a_key_too() {
    let memory = Memory::default();
    let (node, _folder) = memory.node();
    merchant(&node, MERCHANT);
    let key = node.book(MERCHANT, |book| book.issue_key()).wait().unwrap().key.clone();
    let lost = memory.0.lock().unwrap().recordings.pop().unwrap();
    let told = node.book(MERCHANT, |book| book.mark()).wait();
    assert!(matches!(told, Err(Error::Stopped { .. })), "{told:?}");
    memory.0.lock().unwrap().recordings.push(lost);
    let told = node.book_of_key(&key, |_, book| book.mark()).wait();
    assert!(matches!(told, Err(Error::Stopped { .. })), "{told:?}");
}

#[test]
fn what_passes_is_tried_again_and_what_does_not_is_told() {
    let memory = Memory::default();
    let (node, _folder) = memory.node();
    merchant(&node, MERCHANT);
    let charge = charge(&node, 10_000);
    let before = mark(&node, MERCHANT).n;
    memory.0.lock().unwrap().answers = vec![
        EngineError::Unavailable("busy".into()),
        EngineError::InDoubt("gone".into()),
        EngineError::Unavailable("busy".into()),
    ];
    refund(&node, request(&charge, 1), None).wait().unwrap();
    memory.0.lock().unwrap().answers = vec![EngineError::Refused("no room".into())];
    let refused = refund(&node, request(&charge, 1), None).wait().unwrap_err();
    assert!(matches!(&refused, Error::Unavailable(why) if why == "no room"), "{refused}");
    assert_eq!(mark(&node, MERCHANT).n, before + 1);
    assert!(memory.is_sound());
}

/// One book of a group in doubt can't be looked at any more, and the other tells that it is there.
#[test]
fn a_group_in_doubt_is_found_by_any_of_its_books() {
    let memory = Memory::default();
    let (node, _folder) = memory.node();
    merchant(&node, MERCHANT);
    merchant(&node, "acct_a");
    let charge = charge(&node, 10_000);
    // What is asked while a group is in flight is decided together.
    let (go, gate) = channel();
    memory.0.lock().unwrap().gate = Some(gate);
    let first = node.book(MERCHANT, |book| book.mark());
    while memory.0.lock().unwrap().gate.is_some() {
        thread::sleep(Duration::from_millis(1));
    }
    let both =
        (node.book("acct_a", |book| book.issue_key()), refund(&node, request(&charge, 1), None));
    let (decided, is_decided) = channel();
    let last = node.book(MERCHANT, move |_| Ok(decided.send(())));
    is_decided.recv_timeout(Duration::from_secs(20)).unwrap();
    {
        let mut log = memory.0.lock().unwrap();
        (log.unanswered, log.altered) = (true, Some("acct_a"));
    }
    go.send(()).unwrap();
    first.wait().unwrap();
    let _ = last.wait().unwrap();
    let _ = both.0.wait();
    both.1.wait().unwrap();
    assert!(node.health().stopped.contains_key("acct_a"), "both were in one group");
    assert_eq!(crate::shop::refunded(&node, &charge), 1);
}

/// A replay and a look record nothing, so that they wait for no standby by themselves.
#[test]
fn what_no_standby_may_have_is_not_told_by_a_replay_or_a_look() {
    let memory = Memory::default();
    let (node, _folder) = memory.node_of(|options| options.patience = Duration::from_millis(300));
    merchant(&node, MERCHANT);
    let charge = charge(&node, 10_000);
    let confirmed = memory.confirmed();
    mark(&node, MERCHANT);
    assert_eq!(memory.confirmed(), confirmed, "what it recorded itself is kept");
    // Its own refund, of which it was not told.
    {
        let mut log = memory.0.lock().unwrap();
        (log.unanswered, log.alone) = (true, true);
    }
    let replay = || refund(&node, request(&charge, 1), Some("key")).wait();
    for _ in 0..2 {
        let told = replay().map(|made| made.replayed);
        assert!(matches!(told, Err(Error::InDoubt(_) | Error::Unavailable(_))), "{told:?}");
    }
    memory.0.lock().unwrap().alone = false;
    assert!(replay().unwrap().replayed);
    let confirmed = memory.confirmed();
    replay().unwrap();
    assert_eq!(memory.confirmed(), confirmed, "once is enough");
    // One of another node.
    let (other, _other_folder) = memory.node();
    refund(&other, request(&charge, 1), None).wait().unwrap();
    memory.0.lock().unwrap().alone = true;
    let look = || node.book(MERCHANT, |book| book.mark()).wait();
    for _ in 0..2 {
        let told = look();
        assert!(matches!(told, Err(Error::Unavailable(_))), "{told:?}");
    }
    // A commit after it waits for the standby itself.
    refund(&node, request(&charge, 1), None).wait().unwrap();
    look().unwrap();
    assert!(memory.is_sound());
}

/// The beginning of a book is not the book as it was a moment ago.
#[test]
fn a_book_of_which_a_part_was_taken_in_is_not_looked_at() {
    let memory = Memory::default();
    let (key, charge) = memory.filled();
    let (second, _second_folder) =
        memory.node_of(|options| options.patience = Duration::from_millis(300));
    let look = |node: &Node| {
        let id = charge.clone();
        let seen = node.look(&key, move |_, book| book.charge(&id)).wait()?;
        Ok::<_, Error>(seen.amount_refunded.minor())
    };
    memory.0.lock().unwrap().reads = Some(1);
    let gone = second.book(MERCHANT, |book| book.mark()).wait().unwrap_err();
    assert!(matches!(gone, Error::Unavailable(_)), "{gone}");
    assert_eq!(second.count(Count::TakenIn), 1_000);
    let gone = look(&second);
    assert!(matches!(gone, Err(Error::Unavailable(_))), "{gone:?}");
    memory.0.lock().unwrap().reads = None;
    assert_eq!(look(&second).unwrap(), 1_100);
    // Known whole, it is looked at without the engine, as it was.
    memory.0.lock().unwrap().reads = Some(0);
    assert_eq!(look(&second).unwrap(), 1_100);
}

#[test]
fn what_is_due_and_does_not_mature_is_told_until_it_does() {
    let memory = Memory::default();
    let (node, _folder) = memory.node();
    memory.0.lock().unwrap().due = vec!["acct_nobody".into()];
    let told_in_time = |told: fn(&str) -> bool| {
        let begun = Instant::now();
        while !told(&node.health().maturity.unwrap_or_default()) {
            assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", node.health());
            thread::sleep(Duration::from_millis(10));
        }
    };
    told_in_time(|problem| problem.starts_with("acct_nobody: "));
    memory.0.lock().unwrap().due.clear();
    told_in_time(str::is_empty);
}

/// An operation that keeps a failure of the machine to itself is not answered as if all of it had been
/// done: the failure has rolled back what it did before.
#[test]
fn a_failure_that_an_operation_keeps_to_itself_is_no_success() {
    let memory = Memory::default();
    let (node, folder) = memory.node();
    merchant(&node, MERCHANT);
    let charge = charge(&node, 10_000);
    let conn = rusqlite::Connection::open(folder.path().join("memory.refundry")).unwrap();
    conn.execute_batch("ALTER TABLE idempotency RENAME TO gone").unwrap();
    drop(conn);
    let (first, second) = (request(&charge, 1), request(&charge, 2));
    let key = refundry::IdempotencyKey::new("key").unwrap();
    let asked = node.book(MERCHANT, move |book| {
        let made = book.create_refund(&first, None)?.id.clone();
        let _ = book.create_refund(&second, Some(&key));
        Ok(made)
    });
    let told = asked.wait();
    assert!(matches!(told, Err(Error::Unavailable(_))), "{told:?}");
    // One that passes it on has the cache made anew, and is done.
    refund(&node, request(&charge, 3), Some("key")).wait().unwrap();
    assert_eq!(crate::shop::refunded(&node, &charge), 3);
    assert!(memory.is_sound());
}

/// Its pieces are asked for one by one then, and where not one arrives in time the book is made without it.
#[test]
fn a_slow_link_to_a_snapshot_holds_up_no_book() {
    let memory = Memory::default();
    let (key, charge) = memory.filled();
    let folder = tempfile::tempdir().unwrap();
    make_snapshot(&mut memory.clone(), MERCHANT, folder.path()).unwrap().unwrap();
    for (brings, taken, ignored) in [(None, 1, 0), (Some(1), 1, 0), (Some(0), 0, 2)] {
        memory.0.lock().unwrap().brings = brings;
        let (node, _folder) = memory.node();
        assert_eq!(crate::shop::refunded(&node, &charge), 1_100);
        let counts =
            [Count::SnapshotsTaken, Count::SnapshotsIgnored].map(|count| node.count(count));
        assert_eq!(counts, [taken, ignored], "{brings:?}");
        // The key is found in the file that the book has alone: this engine knows of none.
        let id = charge.clone();
        let seen = node.look(&key, move |_, book| book.charge(&id)).wait().unwrap();
        assert_eq!(seen.amount_refunded.minor(), 1_100);
    }
}

/// A node that nobody asks any more takes in no more of a book for which nobody waits.
#[test]
fn a_node_ends_without_the_books_that_nobody_waits_for() {
    let memory = Memory::default();
    memory.filled();
    {
        let mut log = memory.0.lock().unwrap();
        (log.due, log.reads) = (vec![MERCHANT.into()], Some(9));
    }
    let (node, _folder) = memory.node();
    thread::scope(|scope| {
        // What is due makes it take in the book: not before it is told to end.
        let held = memory.0.lock().unwrap();
        scope.spawn(move || drop(node));
        thread::sleep(Duration::from_millis(300));
        drop(held);
    });
    assert_eq!(memory.0.lock().unwrap().reads, Some(8));
}
