//! Caches that are lost, old, damaged or ahead, and databases that are not what they were.

use std::fs;

use refundry::Timestamp;
use refundry_fleet::{Count, Error};

use crate::{
    server::copy_folder,
    shop::{MERCHANT, charge, collected, fleet, mark, node, refund, refunded, request},
};

#[test]
fn a_node_goes_on_with_a_cache_that_is_lost_or_old() {
    let fleet = fleet();
    let (folder, old) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = node(&fleet, folder.path());
    let charge = charge(&first, 100);
    refund(&first, request(&charge, 1), None).wait().unwrap();
    drop(first);
    copy_folder(folder.path(), old.path());
    let again = node(&fleet, folder.path());
    refund(&again, request(&charge, 1), None).wait().unwrap();
    assert_eq!(again.count(Count::TakenIn), 0, "what was in the cache was asked for again");
    let end = mark(&again, MERCHANT);
    drop(again);
    let new = tempfile::tempdir().unwrap();
    for folder in [old.path(), new.path()] {
        let node = node(&fleet, folder);
        assert_eq!(mark(&node, MERCHANT), end);
        assert_eq!(refunded(&node, &charge), 2);
        assert!(node.count(Count::TakenIn) > 0);
    }
    collected(&fleet);
}

#[test]
fn a_damaged_cache_is_made_anew() {
    let fleet = fleet();
    let folder = tempfile::tempdir().unwrap();
    let first = node(&fleet, folder.path());
    let charge = charge(&first, 100);
    refund(&first, request(&charge, 60), None).wait().unwrap();
    drop(first);
    let id = &fleet.sql("SELECT id FROM refundry.fleet")[0][0];
    let file = folder.path().join(format!("{id}.refundry"));
    // It says that less was refunded than was.
    let conn = rusqlite::Connection::open(&file).unwrap();
    let guards: String = conn
        .query_row(
            "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema
             WHERE type = 'trigger'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    conn.execute_batch(&guards).unwrap();
    assert_eq!(conn.execute("UPDATE entries SET refunded = 0 WHERE refunded = 60", []).unwrap(), 1);
    drop(conn);
    let again = node(&fleet, folder.path());
    assert_eq!(refunded(&again, &charge), 60);
    let refused = refund(&again, request(&charge, 60), None).wait().unwrap_err();
    assert!(matches!(refused, Error::Ledger(_)), "{refused}");
    drop(again);
    fs::write(&file, [0x55; 8_192]).unwrap();
    assert_eq!(refunded(&node(&fleet, folder.path()), &charge), 60);
}

#[test]
fn a_cache_that_became_too_large_is_begun_anew() {
    let fleet = fleet();
    let folder = tempfile::tempdir().unwrap();
    let mut options = refundry_fleet::NodeOptions::in_folder(folder.path());
    options.most_bytes = 1;
    let node =
        refundry_fleet::Node::start(crate::shop::engine_at(fleet.url("app")), &options).unwrap();
    let charge = charge(&node, 100);
    let begun = std::time::Instant::now();
    while node.count(Count::CachesRenewed) < 2 {
        refund(&node, request(&charge, 1), Some("once")).wait().unwrap();
        assert!(begun.elapsed() < std::time::Duration::from_secs(30), "it is never too large");
    }
    assert_eq!(refunded(&node, &charge), 1);
}

/// As after a standby was promoted that did not have everything.
#[test]
fn a_database_that_lost_recordings_is_noticed() {
    let fleet = fleet();
    let folder = tempfile::tempdir().unwrap();
    let node = node(&fleet, folder.path());
    let charge = charge(&node, 100);
    refund(&node, request(&charge, 1), None).wait().unwrap();
    fleet.sql(
        "ALTER TABLE refundry.recordings DISABLE TRIGGER append_only;
         DELETE FROM refundry.recordings WHERE n = (SELECT max(n) FROM refundry.recordings);
         ALTER TABLE refundry.recordings ENABLE ALWAYS TRIGGER append_only",
    );
    let stopped = refund(&node, request(&charge, 1), None).wait().unwrap_err();
    assert!(matches!(stopped, Error::Stopped { .. }), "{stopped}");
    assert!(node.health().stopped.contains_key(MERCHANT));
}

#[test]
fn a_row_that_was_altered_is_noticed_when_it_is_taken_in() {
    for (n, change) in [
        (3, "body = replace(body, '\"amount\":\"7\"', '\"amount\":\"6\"')"),
        (3, "hash = decode(repeat('00', 32), 'hex')"),
        (2, "hash = decode(repeat('00', 32), 'hex')"),
        (2, "body = body || ' '"),
    ] {
        let fleet = fleet();
        let folder = tempfile::tempdir().unwrap();
        let first = node(&fleet, folder.path());
        let charge = charge(&first, 100);
        refund(&first, request(&charge, 7), None).wait().unwrap();
        fleet.sql(&format!(
            "ALTER TABLE refundry.recordings DISABLE TRIGGER append_only;
             UPDATE refundry.recordings SET {change} WHERE n = {n}"
        ));
        let new = tempfile::tempdir().unwrap();
        let told = node(&fleet, new.path()).book(MERCHANT, |book| book.mark()).wait();
        assert!(matches!(told, Err(Error::Stopped { .. })), "{n} {change}: {told:?}");
    }
}

/// While a fleet is upgraded node by node.
#[test]
fn what_a_newer_version_recorded_is_not_taken_in() {
    let fleet = fleet();
    let folder = tempfile::tempdir().unwrap();
    let node = node(&fleet, folder.path());
    charge(&node, 100);
    fleet.sql(&format!(
        "INSERT INTO refundry.recordings (merchant, n, hash, body)
         SELECT merchant, 3, decode(repeat('17', 32), 'hex'),
             '{{\"n\":3,\"recordedAt\":\"2030-01-01T00:00:00.000Z\",\"action\":{{\"escheat\":{{}}}},\"hash\":\"{}\"}}'
         FROM refundry.recordings WHERE n = 1",
        "17".repeat(32)
    ));
    let stopped = node.book(MERCHANT, |book| book.mark()).wait().unwrap_err();
    let told = stopped.to_string();
    assert!(told.contains("upgrade this node"), "{told}");
    assert!(node.health().stopped[MERCHANT].contains("upgrade this node"));
}

/// The moment of an operation is its node's, and a clock that is wrong by years does no other harm.
#[test]
fn moments_are_those_of_the_node_that_decided() {
    let fleet = fleet();
    let folder = tempfile::tempdir().unwrap();
    let node = node(&fleet, folder.path());
    let before = Timestamp::now();
    let charge = charge(&node, 100);
    let made = refund(&node, request(&charge, 1), None).wait().unwrap();
    assert!(made.created_at >= before && made.created_at <= Timestamp::now());
}

/// A new node reads a long book bit by bit, and serves others meanwhile.
#[test]
fn a_long_book_does_not_hold_up_the_others() {
    let fleet = fleet();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long");
    let mut ledger = refundry::Ledger::open(&path, refundry::Options::default()).unwrap();
    let mut new = refundry::NewMerchant::named("Long Books");
    new.id = Some("acct_long".into());
    ledger.create_merchant(&new).unwrap();
    let mut batch = ledger.batch().unwrap();
    let mut book = batch.book("acct_long").unwrap();
    for _ in 0..12_000 {
        book.set_negative_balance_limit(&refundry::NegativeBalanceLimit::Unlimited).unwrap();
    }
    batch.commit().unwrap();
    drop(ledger);
    refundry_fleet::into_fleet(&path, &mut *crate::shop::engine_at(fleet.url("app"))).unwrap();

    let node = node(&fleet, &folder.path().join("cache"));
    let (long, others) = std::thread::scope(|scope| {
        let long = scope.spawn(|| (mark(&node, "acct_long"), std::time::Instant::now()));
        while node.count(Count::TakenIn) < 1_000 {
            std::thread::yield_now();
        }
        let charge = charge(&node, 100);
        refund(&node, request(&charge, 1), None).wait().unwrap();
        let others = std::time::Instant::now();
        (long.join().unwrap(), others)
    });
    assert_eq!(long.0.n, 12_001);
    assert!(others < long.1, "the other book had to wait");
    // Closed while it reads, a node finishes what was asked.
    let new = crate::shop::node(&fleet, &folder.path().join("other"));
    let asked = new.book("acct_long", |book| book.mark());
    drop(new);
    assert_eq!(asked.wait().unwrap().n, 12_001);
}
