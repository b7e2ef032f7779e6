//! What is decided while the group before it is not kept yet.

use std::{
    fs,
    sync::mpsc::{Sender, channel},
    thread,
    time::Duration,
};

use refundry::Timestamp;
use refundry_fleet::{Count, EngineError, Error, Node, Pending};

use crate::{
    engine::Memory,
    shop::{MERCHANT, charge, mark, merchant, refund, refunded, request, until},
};

/// How long a test waits at most.
const TIME: Duration = Duration::from_secs(20);

/// A node with a merchant, and a charge of 100.
struct Shop {
    memory: Memory,
    node: Node,
    charge: String,
    key: String,
    _folder: tempfile::TempDir,
}

/// One that never looks what is due: else a busy machine may come to the next step of a test after that.
fn shop() -> Shop {
    shop_that_ticks(Duration::from_secs(3_600))
}

fn shop_that_ticks(tick: Duration) -> Shop {
    let memory = Memory::default();
    let (node, _folder) = memory.node_of(|options| options.tick = tick);
    merchant(&node, MERCHANT);
    let charge = charge(&node, 100);
    let key = node.book(MERCHANT, |book| book.issue_key()).wait().unwrap().key.clone();
    Shop { memory, node, charge, key, _folder }
}

impl Shop {
    /// The next group waits until something is sent.
    fn stop(&self) -> Sender<()> {
        let (go, gate) = channel();
        self.memory.0.lock().unwrap().gate = Some(gate);
        go
    }

    /// Refunds so much, in a group that is stopped.
    fn in_flight(&self, minor: i64) -> (Sender<()>, Pending<()>) {
        let go = self.stop();
        let refund = self.decided(minor);
        self.until_stopped();
        (go, refund)
    }

    fn until_stopped(&self) {
        until(|| self.memory.0.lock().unwrap().gate.is_none());
    }

    /// Refunds so much, and waits until that is decided.
    fn decided(&self, minor: i64) -> Pending<()> {
        let (decided, is_decided) = channel();
        let request = request(&self.charge, minor);
        let refund = self.node.book(MERCHANT, move |book| {
            let refund = book.create_refund(&request, None).map(drop);
            let _ = decided.send(());
            refund
        });
        is_decided.recv_timeout(TIME).unwrap();
        refund
    }

    /// What is refunded, as the node has it.
    fn seen(&self) -> i64 {
        let id = self.charge.clone();
        let charge = self.node.look(&self.key, move |_, book| book.charge(&id));
        charge.wait().unwrap().amount_refunded.minor()
    }
}

#[test]
fn the_next_is_decided_while_a_group_is_in_flight_and_nothing_of_both_is_told() {
    let shop = shop();
    let (go, first) = shop.in_flight(60);
    let go_on = shop.stop();
    let refused = shop.decided(60);
    let first = thread::spawn(move || first.wait());
    let refused = thread::spawn(move || refused.wait());
    assert_eq!(shop.seen(), 0, "it is not kept");
    thread::sleep(Duration::from_millis(20));
    assert!(!first.is_finished() && !refused.is_finished());
    go.send(()).unwrap();
    first.join().unwrap().unwrap();
    shop.until_stopped();
    thread::sleep(Duration::from_millis(20));
    assert!(!refused.is_finished(), "its own group is not kept");
    go_on.send(()).unwrap();
    let refused = refused.join().unwrap().unwrap_err();
    assert!(matches!(refused, Error::Ledger(_)), "{refused}");
    assert_eq!(refunded(&shop.node, &shop.charge), 60);
    assert!(shop.memory.is_sound());
}

#[test]
fn what_was_decided_on_a_group_that_is_not_kept_is_decided_anew() {
    for answer in [EngineError::Refused("no room".into()), EngineError::Unavailable("busy".into())]
    {
        let is_final = matches!(answer, EngineError::Refused(_));
        let shop = shop();
        let (go, first) = shop.in_flight(60);
        let second = shop.decided(60);
        shop.memory.0.lock().unwrap().answers = vec![answer];
        go.send(()).unwrap();
        // Where the first comes to nothing, there is room for the second, which it was refused at first.
        assert_eq!(first.wait().is_ok(), !is_final);
        assert_eq!(second.wait().is_ok(), is_final);
        assert_eq!(refunded(&shop.node, &shop.charge), 60);
        assert!(shop.memory.is_sound());
    }
}

#[test]
fn a_look_sees_what_was_answered_although_the_next_is_in_flight() {
    let shop = shop();
    let (go, first) = shop.in_flight(60);
    let second = shop.decided(7);
    let go_on = shop.stop();
    go.send(()).unwrap();
    first.wait().unwrap();
    thread::scope(|scope| {
        let seen = scope.spawn(|| shop.seen());
        thread::sleep(Duration::from_millis(20));
        go_on.send(()).unwrap();
        assert!(seen.join().unwrap() >= 60);
    });
    second.wait().unwrap();
    assert_eq!(shop.seen(), 67);
}

/// A look at much must not hold up whoever records.
#[test]
fn nobody_waits_for_a_look_that_takes_long() {
    let shop = shop();
    assert_eq!(shop.seen(), 0);
    let (begun, has_begun) = channel();
    let (end, is_to_end) = channel::<()>();
    let look = shop.node.look(&shop.key, move |_, book| {
        let _ = (begun.send(()), is_to_end.recv());
        book.mark()
    });
    has_begun.recv_timeout(TIME).unwrap();
    let (go, first) = shop.in_flight(60);
    let second = shop.decided(7);
    go.send(()).unwrap();
    let answered = thread::spawn(move || (first.wait().unwrap(), second.wait().unwrap()));
    until(|| answered.is_finished());
    end.send(()).unwrap();
    look.wait().unwrap();
    assert_eq!(shop.seen(), 67);
}

#[test]
fn what_is_kept_stays_in_the_cache_although_what_was_on_top_is_undone() {
    let shop = shop();
    let (go, first) = shop.in_flight(60);
    let second = shop.decided(7);
    let go_on = shop.stop();
    go.send(()).unwrap();
    first.wait().unwrap();
    {
        let mut log = shop.memory.0.lock().unwrap();
        (log.answers, log.reads) = (vec![EngineError::Refused("no room".into())], Some(0));
    }
    go_on.send(()).unwrap();
    second.wait().unwrap_err();
    assert_eq!(shop.seen(), 60, "the engine can't be read, and need not be");
    shop.memory.0.lock().unwrap().reads = None;
    refund(&shop.node, request(&shop.charge, 40), None).wait().unwrap();
    assert_eq!(mark(&shop.node, MERCHANT).n, 5);
    assert!(shop.memory.is_sound());
}

/// Not at that of what was decided before it, and waits for the same flight.
#[test]
fn what_is_decided_on_top_is_of_a_moment_after_it_was_asked() {
    let shop = shop();
    let (go, first) = shop.in_flight(60);
    let second = shop.decided(7);
    thread::sleep(Duration::from_millis(20));
    let asked = Timestamp::now();
    let third = refund(&shop.node, request(&shop.charge, 5), None);
    let last = shop.decided(1);
    go.send(()).unwrap();
    assert!(third.wait().unwrap().created_at >= asked);
    for refund in [first, second, last] {
        refund.wait().unwrap();
    }
}

/// What was asked is done before a node ends.
#[test]
fn a_node_ends_once_what_is_in_flight_and_on_top_is_kept() {
    let shop = shop();
    let (go, first) = shop.in_flight(60);
    let second = shop.decided(7);
    let Shop { node, memory, .. } = shop;
    let ending = thread::spawn(move || drop(node));
    thread::sleep(Duration::from_millis(20));
    assert!(!ending.is_finished(), "a group is in flight");
    go.send(()).unwrap();
    ending.join().unwrap();
    first.wait().unwrap();
    second.wait().unwrap();
    assert!(memory.is_sound());
}

/// What was in flight may be kept, so nobody is told that it is not.
#[test]
fn a_panic_on_top_of_a_group_in_flight_says_nothing_of_it() {
    let shop = shop();
    let (go, first) = shop.in_flight(60);
    let second = shop.decided(7);
    let panics = shop.node.book(MERCHANT, |_| -> refundry::Result<()> { panic!("a test") });
    for told in [first, second, panics].map(Pending::wait) {
        let told = told.unwrap_err();
        assert!(matches!(&told, Error::Closed) && told.to_string().contains("may be"), "{told}");
    }
    go.send(()).unwrap();
    until(|| !shop.node.is_at_work());
    let told = refund(&shop.node, request(&shop.charge, 1), None).wait().unwrap_err();
    assert!(matches!(told, Error::Closed), "{told}");
    let (other, _folder) = shop.memory.node();
    drop(shop.node);
    assert_eq!(refunded(&other, &shop.charge), 60, "it is kept");
}

/// Whoever was answered is answered, and what the cache lost comes from the engine.
#[test]
fn what_the_cache_cannot_commit_is_answered_and_taken_in_again() {
    for has_more_on_top in [false, true] {
        let shop = shop();
        assert_eq!(shop.seen(), 0);
        let (go, first) = shop.in_flight(60);
        let second = has_more_on_top.then(|| shop.decided(7));
        let file = shop.node.cache_file();
        fs::rename(file, file.with_extension("moved")).unwrap();
        go.send(()).unwrap();
        first.wait().unwrap();
        assert!(shop.seen() >= 60);
        if let Some(second) = second {
            second.wait().unwrap();
        }
        let all = if has_more_on_top { 67 } else { 60 };
        assert_eq!((shop.seen(), refunded(&shop.node, &shop.charge)), (all, all));
        assert_eq!(shop.node.count(Count::CachesRenewed), 1);
        refund(&shop.node, request(&shop.charge, 1), None).wait().unwrap();
        assert!(shop.memory.is_sound());
    }
}

/// Another node comes between the two.
#[test]
fn one_key_in_two_groups_of_which_the_second_is_overtaken_makes_one_refund() {
    let shop = shop();
    let (other, _other_folder) = shop.memory.node();
    mark(&other, MERCHANT);
    let (go, first) = shop.in_flight(1);
    let keyed = |minor| refund(&shop.node, request(&shop.charge, minor), Some("key"));
    let (second, third) = (keyed(7), keyed(7));
    let last = shop.decided(2);
    let go_on = shop.stop();
    go.send(()).unwrap();
    first.wait().unwrap();
    shop.until_stopped();
    let fourth = keyed(7);
    // The second group waits before it is looked at.
    refund(&other, request(&shop.charge, 20), None).wait().unwrap();
    go_on.send(()).unwrap();
    let made = [second, third, fourth].map(|made| made.wait().unwrap());
    last.wait().unwrap();
    assert!(made.iter().all(|one| one.id == made[0].id));
    assert_eq!(made.iter().filter(|one| !one.replayed).count(), 1);
    assert_eq!(refunded(&shop.node, &shop.charge), 30);
    assert!(shop.node.count(Count::Conflicts) >= 1);
    assert!(shop.memory.is_sound());
}

/// A key that is revoked and a text that is erased in a group are so for the next, and are so again if
/// that one is undone.
#[test]
fn what_a_group_revokes_and_erases_is_gone_for_the_next() {
    for next_is_kept in [true, false] {
        let shop = shop();
        let mut with_text = request(&shop.charge, 5);
        with_text.description = Some("a torn page".into());
        let with_text = refund(&shop.node, with_text, None).wait().unwrap();
        let (id, key) = (with_text.id.clone(), shop.key.clone());
        assert_eq!(shop.seen(), 5, "whose key it is, is known from here on");
        let go = shop.stop();
        let erasure = shop.node.book(MERCHANT, move |book| {
            let erased = book.erase_text(&id)?;
            let all = book.keys()?;
            book.revoke_key(&all[0].id)?;
            Ok(erased)
        });
        shop.until_stopped();
        let refused = shop.node.book_of_key(&key, |_, book| book.mark());
        let second = shop.decided(7);
        let go_on = shop.stop();
        go.send(()).unwrap();
        assert!(erasure.wait().unwrap());
        shop.until_stopped();
        if !next_is_kept {
            shop.memory.0.lock().unwrap().answers = vec![EngineError::Refused("no room".into())];
        }
        go_on.send(()).unwrap();
        let refused = refused.wait().unwrap_err();
        assert_eq!(second.wait().is_ok(), next_is_kept);
        assert_eq!(matches!(refused, Error::Ledger(_)), next_is_kept, "{refused}");
        let told = shop.node.look(&key, |_, book| book.mark()).wait().unwrap_err();
        assert!(matches!(told, Error::Ledger(_)), "{told}");
        let id = with_text.id.clone();
        let read = shop.node.book(MERCHANT, move |book| book.refund(&id)).wait().unwrap();
        assert_eq!(read.description, None);
        assert!(shop.memory.is_sound());
    }
}

/// A failure of the cache undoes what is in flight too, which is kept all the same.
#[test]
fn a_group_in_flight_is_answered_although_what_was_on_top_broke() {
    let shop = shop();
    let (go, first) = shop.in_flight(60);
    let broken = shop.node.book(MERCHANT, |_| -> refundry::Result<()> {
        Err(refundry::Error::Internal { expected: "a test" })
    });
    let second = refund(&shop.node, request(&shop.charge, 7), None);
    go.send(()).unwrap();
    first.wait().unwrap();
    broken.wait().unwrap_err();
    second.wait().unwrap();
    assert_eq!(refunded(&shop.node, &shop.charge), 67);
    assert!(shop.memory.is_sound());
}

/// Their group waits for others to share its commit, but not for long.
#[test]
fn what_many_asked_is_committed_although_nobody_asks_more() {
    let shop = shop();
    assert_eq!(shop.seen(), 0);
    let (go, first) = shop.in_flight(1);
    let many: Vec<_> = (0..16).map(|_| shop.decided(1)).collect();
    go.send(()).unwrap();
    first.wait().unwrap();
    many.into_iter().for_each(|one| one.wait().unwrap());
    let groups = shop.node.count(Count::Groups);
    // Long enough for the worker, who does nothing else.
    thread::sleep(Duration::from_secs(1));
    assert_eq!(shop.seen(), 17);
    assert_eq!(shop.node.count(Count::Groups), groups, "the reader answers by itself");
}

/// So that what is in flight comes to its end, and what is due matures.
#[test]
fn nothing_more_is_decided_on_top_once_it_is_to_be_looked_what_is_due() {
    let shop = shop_that_ticks(Duration::ZERO);
    let (go, first) = shop.in_flight(60);
    // It looks within that time.
    thread::sleep(Duration::from_millis(300));
    let (decided, is_decided) = channel();
    let second = shop.node.book(MERCHANT, move |book| {
        let _ = decided.send(());
        book.mark()
    });
    assert!(is_decided.recv_timeout(Duration::from_millis(300)).is_err());
    go.send(()).unwrap();
    first.wait().unwrap();
    second.wait().unwrap();
    is_decided.recv_timeout(TIME).unwrap();
}

/// Each group is decided on top of another, for longer than the cache waits with its commits.
#[test]
fn callers_who_never_pause_are_all_answered() {
    let shop = shop();
    let charge = charge(&shop.node, 1 << 30);
    thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                for _ in 0..100 {
                    refund(&shop.node, request(&charge, 1), None).wait().unwrap();
                }
            });
        }
    });
    assert_eq!(refunded(&shop.node, &charge), 3_200);
    assert!(shop.memory.is_sound());
}
