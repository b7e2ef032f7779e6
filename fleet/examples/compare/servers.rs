//! Two HTTP servers on one fleet, whose requests come to the node of the merchant, or to either.

use std::{process::Command, sync::Arc};

use refundry_fleet::{Postgres, PostgresOptions, into_fleet};

use crate::{
    Peer,
    http::{self, Process},
    processor, server,
};

/// How requests come to the servers.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Way {
    /// All of a merchant to the same.
    Routed,
    /// To either.
    Either,
    /// To either, and the servers send them on.
    Announced,
}

pub(crate) struct Two {
    way: Way,
    processes: Vec<Process>,
    keys: Vec<String>,
    _folder: tempfile::TempDir,
    _fleet: server::Fleet,
}

impl Two {
    pub(crate) fn begin(server: &Arc<server::Server>, merchants: u32, way: Way) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("books.refundry");
        let keys = http::ledger(&path, merchants);
        let fleet = server.fleet();
        into_fleet(&path, &mut Postgres::new(PostgresOptions::at(fleet.url("app"))).unwrap())
            .unwrap();
        let start = |cache: &str| {
            let mut command = Command::new(http::program());
            command.env("REFUNDRY_DATABASE", fleet.url("app")).args(["serve", "--cache"]);
            command.arg(folder.path().join(cache));
            if way == Way::Announced {
                command.args(["--announce", "http://127.0.0.1:0"]);
            }
            Process::start(command)
        };
        let processes = vec![start("one"), start("two")];
        let two = Self { way, processes, keys, _folder: folder, _fleet: fleet };
        // Each takes in all books, and those that are announced hear of each other.
        for process in &two.processes {
            let mut connection = process.connect();
            two.keys.iter().for_each(|key| connection.refund(key));
        }
        two
    }
}

impl Peer for Two {
    fn name(&self) -> &'static str {
        match self.way {
            Way::Routed => "two servers, routed",
            Way::Either => "two, not routed",
            Way::Announced => "two, announced",
        }
    }

    fn used(&self) -> f64 {
        self.processes.iter().map(|process| processor::time_of(process.id(), false)).sum()
    }

    fn begin_caller(&self) -> Box<dyn FnMut(u32) + '_> {
        let mut connections: Vec<_> = self.processes.iter().map(Process::connect).collect();
        Box::new(move |merchant| {
            let merchant = usize::try_from(merchant).unwrap();
            let place = if self.way == Way::Routed { merchant } else { fastrand::usize(..) };
            let place = place % connections.len();
            connections[place].refund(&self.keys[merchant]);
        })
    }
}
