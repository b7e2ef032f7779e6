//! The fleet's side: one node or two.

use std::sync::Arc;

use refundry::{
    Amount, Currency, Fee, IdempotencyKey, NewCharge, NewMerchant, RefundRequest, Timestamp,
};
use refundry_fleet::{Count, Node, NodeOptions, Postgres, PostgresOptions};

use crate::{CAPTURED, Peer, server};

pub(crate) struct Served {
    nodes: Vec<(Node, tempfile::TempDir)>,
    /// Each merchant's refunds go to the same node.
    is_routed: bool,
    _fleet: server::Fleet,
}

fn merchant(number: u32) -> String {
    format!("acct_{number}")
}

impl Served {
    pub(crate) fn begin(server: &Arc<server::Server>, merchants: u32) -> Self {
        Self::with(server, merchants, 1, true)
    }

    pub(crate) fn with(
        server: &Arc<server::Server>,
        merchants: u32,
        nodes: usize,
        is_routed: bool,
    ) -> Self {
        let fleet = server.fleet();
        let nodes: Vec<_> = (0..nodes).map(|_| node(&fleet)).collect();
        let node = &nodes[0].0;
        let pending: Vec<_> = (0..merchants)
            .map(|number| {
                let mut new = NewMerchant::named("Books");
                new.id = Some(merchant(number));
                node.create_merchant(new)
            })
            .collect();
        pending.into_iter().for_each(|one| drop(one.wait().unwrap()));
        let egp = Currency::from_code("EGP").unwrap();
        let due = Timestamp::from_millis(i64::MAX / 2);
        let mut charge =
            NewCharge::succeeded(Amount::from_minor(CAPTURED).unwrap(), Fee::ZERO, egp, due);
        charge.id = Some("ch_1".into());
        let pending: Vec<_> = (0..merchants)
            .map(|number| {
                let charge = charge.clone();
                node.book(&merchant(number), move |book| book.create_charge(&charge, None))
            })
            .collect();
        pending.into_iter().for_each(|one| drop(one.wait().unwrap()));
        Self { nodes, is_routed, _fleet: fleet }
    }

    /// What the nodes say of their groups.
    pub(crate) fn counts(&self) -> String {
        let sum = |count| self.nodes.iter().map(|(node, _)| node.count(count)).sum::<u64>() as f64;
        let groups = sum(Count::Groups);
        format!(
            "{:.1} recordings in a group, {:.0} % overtaken, {:.2} round trips for a group",
            sum(Count::Recordings) / groups,
            sum(Count::Conflicts) * 100.0 / groups,
            sum(Count::RoundTrips) / groups
        )
    }

    fn node_of(&self, merchant: u32) -> &Node {
        let chosen = if self.is_routed { merchant } else { fastrand::u32(..) };
        let place = usize::try_from(chosen).unwrap() % self.nodes.len();
        &self.nodes[place].0
    }
}

fn node(fleet: &server::Fleet) -> (Node, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let engine = Postgres::new(PostgresOptions::at(fleet.url("app"))).unwrap();
    let node = Node::start(Box::new(engine), &NodeOptions::in_folder(folder.path())).unwrap();
    (node, folder)
}

impl Peer for Served {
    fn name(&self) -> &'static str {
        match (self.nodes.len(), self.is_routed) {
            (1, _) => "one node",
            (_, true) => "two nodes, routed",
            (_, false) => "two nodes, not routed",
        }
    }

    fn begin_caller(&self) -> Box<dyn FnMut(u32) + '_> {
        Box::new(|number| {
            let mut request = RefundRequest::of_charge("ch_1");
            request.amount = Some(Amount::from_minor(1).unwrap());
            let key = IdempotencyKey::new(&format!("{:x}", fastrand::u128(..))).unwrap();
            let made = self
                .node_of(number)
                .book(&merchant(number), move |book| book.create_refund(&request, Some(&key)));
            made.wait().unwrap();
        })
    }
}
