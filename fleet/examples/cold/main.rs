//! How long a new node takes to serve a long book, from its recordings and from a snapshot.
//!
//! `cargo run --release -p refundry-fleet --example cold -- 100000` takes some ten seconds; the number
//! is how many recordings the book has. A second one is how often nodes are started from the snapshot (3), and a third how often from
//! the recordings (as often). The book is half charges, half refunds of them with keys and descriptions.

#![allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss, clippy::unwrap_used)]

// Of the tests it uses a part.
#[allow(dead_code)]
#[path = "../../tests/server.rs"]
mod server;

#[path = "../compare/processor.rs"]
mod processor;

use std::{env, path::Path, sync::Arc, time::Instant};

use refundry::{
    Amount, Currency, Durability, Fee, IdempotencyKey, Ledger, NewCharge, NewMerchant, Options,
    RefundRequest, Timestamp,
};
use refundry_fleet::{
    Count, Node, NodeOptions, Postgres, PostgresOptions, into_fleet, make_snapshot,
};

const MERCHANT: &str = "acct_cairo";

fn main() {
    let given: Vec<u32> = env::args().skip(1).map(|given| given.parse().unwrap()).collect();
    let recordings: i64 = given.first().copied().unwrap_or(100_000).into();
    let rounds = given.get(1).copied().unwrap_or(3);
    let from_recordings = given.get(2).copied().unwrap_or(rounds);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("book.refundry");
    let server = Arc::new(server::Server::start());
    let told = |what: &str, work: &dyn Fn()| told(&server, what, work);
    told("the book was made", &|| fill(&file, recordings));
    let fleet = server.fleet();
    told("it was moved in", &|| {
        into_fleet(&file, &mut engine(&fleet)).unwrap();
    });
    for _ in 0..from_recordings {
        told("a new node served it from its recordings", &|| serve(&fleet, 0));
    }
    let scratch = folder.path().join("scratch");
    told("a snapshot was made", &|| {
        make_snapshot(&mut engine(&fleet), MERCHANT, &scratch).unwrap();
    });
    let sizes = "SELECT s.bytes, sum(length(p.bytes)) FROM refundry.snapshots s
        JOIN refundry.snapshot_pieces p USING (merchant, id) GROUP BY s.bytes";
    println!(
        "its file has {} bytes, its pieces have {}",
        fleet.sql(sizes)[0][0],
        fleet.sql(sizes)[0][1]
    );
    for _ in 0..rounds {
        told("a new node served it from the snapshot", &|| serve(&fleet, 1));
    }
}

/// Does something, and says how long it took and what processor time it used: on a machine with other
/// work the latter says more.
fn told(server: &server::Server, what: &str, work: &dyn Fn()) {
    let used =
        || (processor::time_of(std::process::id(), false), processor::time_of(server.id(), true));
    let (begun, before) = (Instant::now(), used());
    work();
    let (took, after) = (begun.elapsed().as_secs_f64(), used());
    println!(
        "{what} after {took:.2} s, of the processor {:.2} s here and {:.2} s of the server's",
        after.0 - before.0,
        after.1 - before.1
    );
}

fn engine(fleet: &server::Fleet) -> Postgres {
    Postgres::new(PostgresOptions::at(fleet.url("app"))).unwrap()
}

/// A book of so many recordings in a file.
fn fill(file: &Path, recordings: i64) {
    let mut options = Options::default();
    options.durability = Durability::Later;
    options.cache_kib = 1 << 20;
    let mut ledger = Ledger::open(file, options).unwrap();
    let mut new = NewMerchant::named("Cairo Books");
    new.id = Some(MERCHANT.into());
    ledger.create_merchant(&new).unwrap();
    let egp = Currency::from_code("EGP").unwrap();
    let due = Timestamp::from_millis(Timestamp::now().millis() + 80 * 86_400_000);
    let mut number = 0;
    while number < recordings / 2 {
        ledger.begin_batch().unwrap();
        let mut book = ledger.book(MERCHANT).unwrap();
        for _ in 0..10_000.min(recordings / 2 - number) {
            let amount = Amount::from_minor(22_604).unwrap();
            let mut charge = NewCharge::succeeded(amount, Fee::from_minor(912).unwrap(), egp, due);
            charge.id = Some(format!("ch_{number}"));
            book.create_charge(&charge, None).unwrap();
            let mut request = RefundRequest::of_charge(format!("ch_{number}"));
            request.amount = Some(Amount::from_minor(10_900).unwrap());
            request.description = Some("a torn page".into());
            let key = IdempotencyKey::new(&format!("order-{number}")).unwrap();
            book.create_refund(&request, Some(&key)).unwrap();
            number += 1;
        }
        ledger.commit_batch().unwrap();
    }
}

/// Starts a node with an empty folder, asks one question, and looks that it used so many snapshots.
fn serve(fleet: &server::Fleet, snapshots: u64) {
    let folder = tempfile::tempdir().unwrap();
    let options = NodeOptions::in_folder(folder.path());
    let node = Node::start(Box::new(engine(fleet)), &options).unwrap();
    node.book(MERCHANT, |book| book.mark()).wait().unwrap();
    assert_eq!(node.count(Count::SnapshotsTaken), snapshots);
}
