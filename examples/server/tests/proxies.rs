//! Three nodes behind a proxy, as the committed configuration has it.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use crate::{
    client::{Answer, Connection, Request},
    fleets,
    ledgers::CAIRO,
    nodes::{metric, serve, town, until},
    server::Server,
};

/// A proxy that runs until this is dropped.
struct Proxy {
    process: Child,
    address: SocketAddr,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Proxy {
    fn before(nodes: &[Server], folder: &Path) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut settings = include_str!("../deploy/haproxy.cfg").replace(":8080\n", " \n");
        settings = settings.replace("bind  ", &format!("bind {address}"));
        for (place, node) in nodes.iter().enumerate() {
            let named = format!("10.0.0.2{} ", place + 1);
            settings = settings.replace(&named, &format!("{} ", node.address));
        }
        assert!(!settings.contains("10.0.0.2"), "{settings}");
        let path = folder.join("haproxy.cfg");
        fs::write(&path, settings).unwrap();
        let mut haproxy = Command::new("haproxy");
        haproxy.arg("-db").arg("-f").arg(path).stdin(Stdio::null()).stdout(Stdio::null());
        let process = haproxy.stderr(Stdio::null()).spawn().expect("haproxy is not there");
        Self { process, address }
    }

    /// What is answered, if anybody answers.
    fn send(&self, request: &Request) -> Option<Answer> {
        Connection::open(self.address).ok()?.send(request).ok()
    }

    fn status(&self, request: &Request) -> u16 {
        self.send(request).map_or(0, |answer| answer.status)
    }
}

#[test]
fn requests_of_a_key_go_to_one_node_and_to_another_when_that_is_lost() {
    let database = Arc::new(fleets::Server::start());
    let fleet = town(&database);
    let (mut nodes, _folders): (Vec<_>, Vec<_>) = (0..3).map(|_| serve(&fleet)).unzip();
    let folder = tempfile::tempdir().unwrap();
    let proxy = Proxy::before(&nodes, folder.path());
    let refund = Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":1}"#);
    until("a refund through the proxy", || proxy.status(&refund) == 201);
    let kept = |node: &Server| metric(node, "recordings_total").unwrap_or_default();
    // Until it has looked at all of them, it may take any.
    let mut served = Vec::new();
    until("one node that makes all refunds of a key", || {
        let before: Vec<_> = nodes.iter().map(kept).collect();
        let made = (0..20).filter(|_| proxy.status(&refund) == 201).count();
        let rose = |place: &usize| kept(&nodes[*place]) > before[*place] + 0.5;
        served = (0..3).filter(rose).collect();
        made == 20 && served.len() == 1
    });

    nodes.remove(served[0]).kill();
    until("a refund by another node", || proxy.status(&refund) == 201);
    database.crash();
    let read = |query: &str| proxy.send(&Request::get(&format!("/charges/ch_1{query}"), CAIRO));
    let refused = |answer: Option<Answer>| {
        answer.is_some_and(|answer| answer.status == 503 && answer.body.contains("unavailable"))
    };
    until("a node's own words", || refused(read("")));
    until("a stale read", || read("?stale=ok").is_some_and(|answer| answer.status == 200));
    database.begin();
    until("a refund again", || proxy.status(&refund) == 201);
}
