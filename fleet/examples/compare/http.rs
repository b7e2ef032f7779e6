//! The HTTP server on a file and on a fleet: each caller is a connection that is kept.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use refundry::{Amount, Currency, Fee, Ledger, NewCharge, NewMerchant, Options, Timestamp};
use refundry_fleet::{Postgres, PostgresOptions, into_fleet};

use crate::{CAPTURED, Peer, server};

/// A server that runs until this is dropped.
pub(crate) struct Process {
    child: Child,
    address: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    pub(crate) fn start(mut command: Command) -> Self {
        command.args(["--listen", "127.0.0.1:0", "--log", "error"]).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let address = ready.trim().strip_prefix("listening on http://").unwrap().to_owned();
        Self { child, address }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn connect(&self) -> Connection {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_nodelay(true).unwrap();
        Connection(BufReader::new(stream))
    }
}

/// A connection that is kept.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Makes a refund of the only charge of whoever holds a key.
    pub(crate) fn refund(&mut self, key: &str) {
        let body = r#"{"chargeId":"ch_1","amount":1}"#;
        let asked = format!(
            "POST /refunds HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\
             Idempotency-Key: {:032x}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            fastrand::u128(..),
            body.len()
        );
        self.0.get_mut().write_all(asked.as_bytes()).unwrap();
        let status = read(&mut self.0);
        assert!(status.starts_with("HTTP/1.1 201 "), "{status}");
    }
}

/// A server, and the key of its only merchant.
pub(crate) struct Http {
    name: &'static str,
    process: Process,
    key: String,
    _folder: tempfile::TempDir,
}

/// A file with so many merchants, each with one charge, and their API keys.
pub(crate) fn ledger(path: &Path, merchants: u32) -> Vec<String> {
    let mut ledger = Ledger::open(path, Options::default()).unwrap();
    let amount = Amount::from_minor(CAPTURED).unwrap();
    let egp = Currency::from_code("EGP").unwrap();
    let due = Timestamp::from_millis(i64::MAX / 2);
    let mut charge = NewCharge::succeeded(amount, Fee::ZERO, egp, due);
    charge.id = Some("ch_1".into());
    let one = |_| {
        let merchant = ledger.create_merchant(&NewMerchant::named("Books")).unwrap();
        let mut book = ledger.book(&merchant.id).unwrap();
        book.create_charge(&charge, None).unwrap();
        book.issue_key().unwrap().key
    };
    (0..merchants).map(one).collect()
}

pub(crate) fn program() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/refundry-server");
    assert!(path.exists(), "build it first: cargo build --release -p refundry-server");
    path
}

impl Http {
    /// On a file, with durable commits.
    pub(crate) fn on_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("books.refundry");
        let key = ledger(&path, 1).remove(0);
        let mut command = Command::new(program());
        command.env("REFUNDRY_DATABASE", &path).arg("serve");
        Self::start("server on a file", command, key, folder)
    }

    pub(crate) fn on_fleet(server: &Arc<server::Server>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("books.refundry");
        let key = ledger(&path, 1).remove(0);
        let fleet = server.fleet();
        let mut engine = Postgres::new(PostgresOptions::at(fleet.url("app"))).unwrap();
        into_fleet(&path, &mut engine).unwrap();
        let mut command = Command::new(program());
        command.env("REFUNDRY_DATABASE", fleet.url("app")).args(["serve", "--cache"]);
        command.arg(folder.path().join("cache"));
        Self::start("server on a fleet", command, key, folder)
    }

    fn start(name: &'static str, command: Command, key: String, folder: tempfile::TempDir) -> Self {
        Self { name, process: Process::start(command), key, _folder: folder }
    }
}

impl Peer for Http {
    fn name(&self) -> &'static str {
        self.name
    }

    fn begin_caller(&self) -> Box<dyn FnMut(u32) + '_> {
        let mut connection = self.process.connect();
        Box::new(move |_| connection.refund(&self.key))
    }
}

/// Reads an answer, and returns its first line.
fn read(connection: &mut BufReader<TcpStream>) -> String {
    let (mut first, mut length) = (String::new(), 0);
    connection.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).unwrap();
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).unwrap();
    first
}
