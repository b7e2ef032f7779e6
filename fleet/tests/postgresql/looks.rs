//! Looks at what a node has: they wait for nobody, and say nothing that the node knows to be wrong.

use std::time::{Duration, Instant};

use refundry::Error as LedgerError;
use refundry_fleet::{Count, Error, Node, NodeOptions};

use crate::shop::{MERCHANT, charge, engine_at, fleet, node, refund, request};

fn key(node: &Node) -> String {
    node.book(MERCHANT, |book| book.issue_key()).wait().unwrap().key.clone()
}

/// What is refunded of a charge, as the node has it.
fn seen(node: &Node, key: &str, charge: &str) -> Result<i64, Error> {
    let id = charge.to_owned();
    let charge = node.look(key, move |_, book| book.charge(&id)).wait()?;
    Ok(charge.amount_refunded.minor())
}

#[test]
fn a_look_asks_the_database_only_for_what_the_node_lacks() {
    let fleet = fleet();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (node(&fleet, one.path()), node(&fleet, two.path()));
    let (key, charge) = (key(&one), charge(&one, 100));
    assert!(two.holder(&key).is_none());
    assert_eq!(seen(&two, &key, &charge).unwrap(), 0);
    assert_eq!(two.holder(&key).unwrap().id, MERCHANT);
    refund(&one, request(&charge, 7), None).wait().unwrap();
    assert_eq!(seen(&two, &key, &charge).unwrap(), 0);
    assert_eq!(seen(&one, &key, &charge).unwrap(), 7);
    let later = self::charge(&one, 50);
    assert_eq!(seen(&two, &key, &later).unwrap(), 0, "it is there, so it is found");
    assert_eq!(seen(&two, &key, &charge).unwrap(), 7);
    let missing = seen(&two, &key, "ch_unknown").unwrap_err();
    assert!(matches!(missing, Error::Ledger(LedgerError::ResourceMissing { .. })), "{missing}");
    let unknown = seen(&two, "sk_test_unknown", &charge).unwrap_err();
    assert!(matches!(unknown, Error::Ledger(LedgerError::ApiKeyInvalid)), "{unknown}");
}

#[test]
fn a_book_that_is_not_served_is_not_looked_at_either() {
    let fleet = fleet();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (node(&fleet, one.path()), node(&fleet, two.path()));
    let (key, charge) = (key(&one), charge(&one, 100));
    assert_eq!(seen(&two, &key, &charge).unwrap(), 0);
    refund(&one, request(&charge, 7), None).wait().unwrap();
    fleet.sql(
        "ALTER TABLE refundry.recordings DISABLE TRIGGER append_only;
         UPDATE refundry.recordings SET body = replace(body, '\"7\"', '\"8\"')
         WHERE n = (SELECT max(n) FROM refundry.recordings)",
    );
    let stopped = two.book(MERCHANT, |book| book.mark()).wait().unwrap_err();
    assert!(matches!(stopped, Error::Stopped { .. }), "{stopped}");
    let stopped = seen(&two, &key, &charge).unwrap_err();
    assert!(matches!(stopped, Error::Stopped { .. }), "{stopped}");
}

/// The file is made anew under whoever looks: nobody sees a part of it, or another file's log.
#[test]
fn looks_go_on_while_the_cache_is_made_anew() {
    let fleet = fleet();
    let folder = tempfile::tempdir().unwrap();
    let mut options = NodeOptions::in_folder(folder.path());
    options.most_bytes = 1;
    let node = Node::start(engine_at(fleet.url("app")), &options).unwrap();
    let (key, charge) = (key(&node), charge(&node, 1_000));
    let (begun, mut made) = (Instant::now(), 0);
    while node.count(Count::CachesRenewed) < 4 {
        assert!(begun.elapsed() < Duration::from_secs(60), "it is not made anew");
        refund(&node, request(&charge, 1), None).wait().unwrap();
        made += 1;
        assert_eq!(seen(&node, &key, &charge).unwrap(), made);
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(node.is_at_work());
}
