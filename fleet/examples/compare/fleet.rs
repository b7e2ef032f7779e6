//! The fleet's side: one node.

use std::sync::Arc;

use refundry::{
    Amount, Currency, Fee, IdempotencyKey, NewCharge, NewMerchant, RefundRequest, Timestamp,
};
use refundry_fleet::{Node, NodeOptions, Postgres, PostgresOptions};

use crate::{CAPTURED, Peer, server};

pub(crate) struct Served {
    node: Node,
    _fleet: server::Fleet,
    _folder: tempfile::TempDir,
}

fn merchant(number: u32) -> String {
    format!("acct_{number}")
}

impl Served {
    pub(crate) fn begin(server: &Arc<server::Server>, merchants: u32) -> Self {
        let fleet = server.fleet();
        let (node, folder) = node(&fleet);
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
        Self { node, _fleet: fleet, _folder: folder }
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
        "fleet, one node"
    }

    fn begin_caller(&self) -> Box<dyn FnMut(u32) + '_> {
        Box::new(|number| {
            let mut request = RefundRequest::of_charge("ch_1");
            request.amount = Some(Amount::from_minor(1).unwrap());
            let key = IdempotencyKey::new(&format!("{:x}", fastrand::u128(..))).unwrap();
            let made = self
                .node
                .book(&merchant(number), move |book| book.create_refund(&request, Some(&key)));
            made.wait().unwrap();
        })
    }
}
