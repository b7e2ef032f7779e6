//! A merchant on a fleet, and what tests ask of it.

use std::{
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use refundry::{
    Amount, Charge, Currency, Fee, IdempotencyKey, Ledger, Mark, NewCharge, NewMerchant, Options,
    Recorded, Refund, RefundRequest, Timestamp,
};
use refundry_fleet::{Node, NodeOptions, Pending, Postgres, PostgresOptions};

use crate::server::{Fleet, Server};

pub(crate) const MERCHANT: &str = "acct_cairo";

/// A fleet with one merchant without a limit.
pub(crate) fn fleet() -> Fleet {
    on(&Server::shared())
}

pub(crate) fn on(server: &Arc<Server>) -> Fleet {
    let fleet = server.fleet();
    let folder = tempfile::tempdir().unwrap();
    let node = node(&fleet, folder.path());
    merchant(&node, MERCHANT);
    fleet
}

pub(crate) fn merchant(node: &Node, id: &str) {
    let mut new = NewMerchant::named("Cairo Books");
    new.id = Some(id.into());
    node.create_merchant(new).wait().unwrap();
}

pub(crate) fn node(fleet: &Fleet, folder: &Path) -> Node {
    node_at(fleet.url("app"), folder)
}

pub(crate) fn node_at(url: String, folder: &Path) -> Node {
    Node::start(engine_at(url), &NodeOptions::in_folder(folder)).unwrap()
}

pub(crate) fn engine_at(url: String) -> Box<Postgres> {
    let mut options = PostgresOptions::at(url);
    options.deadline = Duration::from_secs(2);
    Box::new(Postgres::new(options).unwrap())
}

/// A charge of so much that is due at a moment.
pub(crate) fn charge_due(
    node: &Node,
    merchant: &str,
    minor: i64,
    due: Timestamp,
) -> Recorded<Charge> {
    let amount = Amount::from_minor(minor).unwrap();
    let egp = Currency::from_code("EGP").unwrap();
    let new = NewCharge::succeeded(amount, Fee::ZERO, egp, due);
    node.book(merchant, move |book| book.create_charge(&new, None)).wait().unwrap()
}

/// A charge that is due in a long time.
pub(crate) fn charge(node: &Node, minor: i64) -> String {
    let due = Timestamp::from_millis(Timestamp::now().millis() + 86_400_000);
    charge_due(node, MERCHANT, minor, due).id.clone()
}

pub(crate) fn request(charge: &str, minor: i64) -> RefundRequest {
    let mut request = RefundRequest::of_charge(charge);
    request.amount = Some(Amount::from_minor(minor).unwrap());
    request
}

pub(crate) fn refund(
    node: &Node,
    request: RefundRequest,
    key: Option<&str>,
) -> Pending<Recorded<Refund>> {
    refund_of(node, MERCHANT, request, key)
}

pub(crate) fn refund_of(
    node: &Node,
    merchant: &str,
    request: RefundRequest,
    key: Option<&str>,
) -> Pending<Recorded<Refund>> {
    let key = key.map(|key| IdempotencyKey::new(key).unwrap());
    node.book(merchant, move |book| book.create_refund(&request, key.as_ref()))
}

/// Where the book ends, as a node sees it.
pub(crate) fn mark(node: &Node, merchant: &str) -> Mark {
    node.book(merchant, |book| book.mark()).wait().unwrap()
}

/// What is refunded of a charge.
pub(crate) fn refunded(node: &Node, charge: &str) -> i64 {
    let id = charge.to_owned();
    node.book(MERCHANT, move |book| book.charge(&id)).wait().unwrap().amount_refunded.minor()
}

/// Waits until something is so.
pub(crate) fn until(is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it takes too long");
        thread::sleep(Duration::from_millis(1));
    }
}

/// All books of a fleet in a ledger in memory, which verifies.
pub(crate) fn collected(fleet: &Fleet) -> Ledger {
    let folder = tempfile::tempdir().unwrap();
    let rows = fleet.sql("SELECT merchant FROM refundry.recordings WHERE n = 1 ORDER BY 1");
    collect(&node(fleet, folder.path()), rows.into_iter().flatten()).unwrap()
}

/// The books of merchants, as a node has them, in a ledger in memory, which verifies; or else what is
/// wrong.
pub(crate) fn collect(
    node: &Node,
    merchants: impl IntoIterator<Item = String>,
) -> Result<Ledger, String> {
    let mut ledger = Ledger::in_memory(Options::default()).unwrap();
    for merchant in merchants {
        let genesis = Mark::genesis(&merchant);
        let lines = node.book(&merchant, move |book| book.recordings_after(&genesis, u32::MAX));
        for line in &lines.wait().map_err(|error| error.to_string())? {
            match ledger.apply(&merchant, line) {
                Ok(true) => {}
                Ok(false) => return Err(format!("it is there already: {line}")),
                Err(error) => return Err(format!("{error}: {line}")),
            }
        }
    }
    let verified = ledger.verify(&[], |_| std::ops::ControlFlow::Continue(()));
    verified.map_err(|error| error.to_string())?;
    Ok(ledger)
}
