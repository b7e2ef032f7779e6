//! Commits of which nobody knows: each operation is done once or not at all, and answered so.

use std::{
    thread,
    time::{Duration, Instant},
};

use refundry_fleet::{Count, Error, Node, NodeOptions};

use crate::{
    proxy::{Fault, Proxy},
    server::{Fleet, Server},
    shop::{
        MERCHANT, charge, collected, engine_at, fleet, mark, node, node_at, on, refund, refunded,
        request,
    },
};

/// Makes a refund without a key through a fault, and looks that it was made once.
fn through(fleet: &Fleet, node: &Node, proxy: &Proxy, charge: &str, fault: Fault) {
    let (before, n) = (refunded(node, charge), mark(node, MERCHANT).n);
    let faults = proxy.happened();
    proxy.fail(fault);
    let made = refund(node, request(charge, 1), None).wait().unwrap();
    assert_eq!(proxy.happened(), faults + 1, "nothing happened");
    assert!(!made.replayed);
    // What arrives late has arrived by now.
    thread::sleep(Duration::from_millis(50));
    assert_eq!(refunded(node, charge), before + 1, "{fault:?}");
    assert_eq!(mark(node, MERCHANT).n, n + 1, "{fault:?}");
    let there = format!(
        "SELECT count(*) FROM refundry.recordings WHERE body LIKE '%\"refund\":{{\"id\":\"{}\"%'",
        made.id
    );
    assert_eq!(fleet.sql(&there)[0][0], "1", "the answer is another refund than was made");
}

#[test]
fn a_refund_without_a_key_is_made_once_whatever_happens_to_its_commit() {
    let fleet = fleet();
    let proxy = Proxy::before(fleet.server.port);
    let folder = tempfile::tempdir().unwrap();
    let node = node_at(fleet.url_through(proxy.port), folder.path());
    let charge = charge(&node, 10_000);
    let late = [0, 1, 2, 5, 10, 20, 50].map(|ms| Fault::Late(Duration::from_millis(ms)));
    for fault in [Fault::Lost, Fault::Unanswered].into_iter().chain(late) {
        for _ in 0..3 {
            through(&fleet, &node, &proxy, &charge, fault);
        }
    }
    assert!(node.count(Count::Doubts) >= 27);
    collected(&fleet);
}

/// What is not idempotent by itself, and has no id of its own to be found by.
#[test]
fn what_concludes_is_answered_as_done_and_not_as_done_already() {
    let fleet = fleet();
    let proxy = Proxy::before(fleet.server.port);
    let folder = tempfile::tempdir().unwrap();
    let node = node_at(fleet.url_through(proxy.port), folder.path());
    let charge = charge(&node, 10_000);
    let made = refund(&node, request(&charge, 1), None).wait().unwrap();
    proxy.fail(Fault::Unanswered);
    let id = made.id.clone();
    node.book(MERCHANT, move |book| book.fail_refund(&id, None)).wait().unwrap();
    assert_eq!(proxy.happened(), 1);
}

#[test]
fn a_session_that_is_ended_in_the_middle_leaves_nothing_twice() {
    let fleet = fleet();
    let folder = tempfile::tempdir().unwrap();
    let node = node(&fleet, folder.path());
    let charge = charge(&node, 100);
    let url = fleet.url("postgres");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (client, connection) =
        runtime.block_on(tokio_postgres::connect(&url, tokio_postgres::NoTls)).unwrap();
    runtime.spawn(connection);
    let lock = "BEGIN; LOCK TABLE refundry.recordings IN EXCLUSIVE MODE";
    runtime.block_on(client.batch_execute(lock)).unwrap();
    let made = refund(&node, request(&charge, 1), None);
    let waits =
        "SELECT pid FROM pg_stat_activity WHERE usename = 'app' AND wait_event_type = 'Lock'
        AND datname = current_database()";
    let begun = Instant::now();
    while fleet.sql(waits).is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(30), "nothing waits");
    }
    fleet.sql(&format!("SELECT pg_terminate_backend(pid) FROM ({waits}) AS waits"));
    runtime.block_on(client.batch_execute("COMMIT")).unwrap();
    made.wait().unwrap();
    assert_eq!(refunded(&node, &charge), 1);
    assert!(node.count(Count::Doubts) > 0);
}

#[test]
fn while_the_server_is_away_nothing_is_done_and_afterwards_all_goes_on() {
    let server = std::sync::Arc::new(Server::start());
    let fleet = on(&server);
    let folder = tempfile::tempdir().unwrap();
    let mut options = NodeOptions::in_folder(folder.path());
    options.patience = Duration::from_millis(300);
    let node = Node::start(engine_at(fleet.url("app")), &options).unwrap();
    let charge = charge(&node, 100);
    server.crash();
    let away = refund(&node, request(&charge, 1), None).wait().unwrap_err();
    // The connection was still open as far as the node knew, so that the first is in doubt.
    assert!(matches!(away, Error::Unavailable(_) | Error::InDoubt(_)), "{away}");
    let away = refund(&node, request(&charge, 1), None).wait().unwrap_err();
    assert!(matches!(away, Error::Unavailable(_)), "{away}");
    assert!(node.health().engine.is_some());
    server.begin();
    refund(&node, request(&charge, 1), None).wait().unwrap();
    assert_eq!(refunded(&node, &charge), 1);
    assert!(node.health().engine.is_none());
    // What waits while the server is started again is done then.
    drop(node);
    let node = self::node(&fleet, folder.path());
    server.crash();
    let made = refund(&node, request(&charge, 1), None);
    server.begin();
    made.wait().unwrap();
    assert_eq!(refunded(&node, &charge), 2);
    collected(&fleet);
}

/// A commit that was answered by nobody, and a server that does not come back in time.
#[test]
fn what_stays_in_doubt_is_told_so() {
    let server = std::sync::Arc::new(Server::start());
    let fleet = on(&server);
    let proxy = Proxy::before(server.port);
    let folder = tempfile::tempdir().unwrap();
    let mut options = NodeOptions::in_folder(folder.path());
    options.patience = Duration::from_millis(500);
    let node = Node::start(engine_at(fleet.url_through(proxy.port)), &options).unwrap();
    let charge = charge(&node, 100);
    fleet.sql("ALTER ROLE app NOLOGIN");
    proxy.fail(Fault::Unanswered);
    let doubt = refund(&node, request(&charge, 1), None).wait().unwrap_err();
    assert!(matches!(doubt, Error::InDoubt(_)), "{doubt}");
    fleet.sql("ALTER ROLE app LOGIN");
    assert_eq!(refunded(&node, &charge), 1);
}

/// The wait for a standby that is not there is broken off: the commit is answered as if it were done,
/// with a warning, and can be read. It is in doubt until a standby has it.
#[test]
fn what_no_standby_has_is_not_answered_as_done() {
    let server = std::sync::Arc::new(Server::start());
    let fleet = on(&server);
    // A session that would not wait for any is made to.
    fleet.sql("ALTER ROLE app SET synchronous_commit = off");
    let folder = tempfile::tempdir().unwrap();
    let mut options = NodeOptions::in_folder(folder.path());
    options.patience = Duration::from_secs(4);
    let node = Node::start(engine_at(fleet.url("app")), &options).unwrap();
    let charge = charge(&node, 100);
    let standby = |name: &str| {
        fleet.sql(&format!("ALTER SYSTEM SET synchronous_standby_names = '{name}'"));
        // A server that only reads its settings again does so at some later moment.
        server.crash();
        server.begin();
    };
    standby("nobody");
    let made = refund(&node, request(&charge, 1), None);
    let waits = "SELECT pid FROM pg_stat_activity WHERE usename = 'app' AND wait_event = 'SyncRep'";
    let begun = Instant::now();
    while fleet.sql(waits).is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(30), "nothing waits for the standby");
    }
    fleet.sql(&format!("SELECT pg_cancel_backend(pid) FROM ({waits}) AS waits"));
    let doubt = made.wait().unwrap_err();
    assert!(matches!(doubt, Error::InDoubt(_)), "{doubt}");
    let there = "SELECT count(*) FROM refundry.recordings WHERE body LIKE '%\"refund\":{%'";
    assert_eq!(fleet.sql(there)[0][0], "1", "it could be read all the same");
    standby("");
    assert_eq!(refunded(&node, &charge), 1);
}
