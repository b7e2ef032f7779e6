//! Receivers of webhooks as shops write them, each in its own language and by its own means. They are
//! unchanged programs of `receivers/`; those that take packages are run by `cargo xtask receivers`.

use std::{
    env, fs,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use refundry::Timestamp;
use serde_json::Value;

use crate::{
    client::Request,
    ledgers::{self, CAIRO},
    log,
    operator::run,
    server::LedgerFile,
    webhooks::sign,
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("receivers")
}

/// A receiver's process; it is killed when this value is dropped.
struct Program {
    process: Child,
    address: SocketAddr,
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Program {
    /// Starts a receiver on a free port and waits until it listens.
    fn start(command: impl FnOnce(SocketAddr) -> Command, secret: &Path, seen: &Path) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let process = command(address)
            .env("SECRET_FILE", secret)
            .env("SEEN_FILE", seen)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let program = Self { process, address };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "it does not listen");
            thread::sleep(Duration::from_millis(20));
        }
        program
    }

    /// The status that a request gets whose signature's header is this.
    fn post(&self, header: &str, body: &str) -> u16 {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let request = format!(
            "POST /hooks HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nXPay-Signature: {header}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

/// A receiver takes what the server sends, and nothing else.
fn verifies(command: impl FnOnce(SocketAddr) -> Command) {
    let file = LedgerFile::of(&ledgers::town());
    let path = file.path();
    let (secret_file, seen) = (file.directory().join("secret"), file.directory().join("seen"));
    fs::write(&secret_file, "whsec_none").unwrap();
    let receiver = Program::start(command, &secret_file, &seen);
    let url = format!("http://{}/hooks", receiver.address);
    let refunds = ["--event", "refund.succeeded", "--json"];
    let added = run(&path, &[&["webhook", "add", &url][..], &refunds].concat()).json();
    let (id, secret) = (added["id"].as_str().unwrap(), added["secret"].as_str().unwrap());
    log::is_secret(secret);
    fs::write(&secret_file, secret).unwrap();

    let tested = run(&path, &["webhook", "test", id, "--json"]).json();
    let test = tested["event"].as_str().unwrap().to_owned();
    let server = file.serve();
    let refund = server.send(&Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":1}"#));
    assert_eq!(refund.status, 201);
    let events = server.send(&Request::get("/events?type=refund.succeeded", CAIRO)).json();
    let event: &Value = &events["data"][0];
    let expected =
        format!("webhook.test {test}\nrefund.succeeded {}\n", event["id"].as_str().unwrap());
    let begun = Instant::now();
    while fs::read_to_string(&seen).unwrap_or_default() != expected {
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", fs::read_to_string(&seen));
        thread::sleep(Duration::from_millis(20));
    }

    let body = event.to_string();
    let now = Timestamp::now().millis() / 1_000;
    let genuine = sign(secret, now, &body);
    let is_taken = |header: &str, body: &str| match receiver.post(header, body) {
        200 | 204 => true,
        400 => false,
        other => panic!("{other}"),
    };
    assert!(is_taken(&genuine, &body));
    assert!(!is_taken(&sign("whsec_other", now, &body), &body), "a wrong secret");
    assert!(!is_taken(&sign(secret, now - 301, &body), &body), "a stale time");
    assert!(!is_taken(&genuine, &body.replacen("refund", "Refund", 1)), "a byte changed");
    assert!(!is_taken(&genuine.replacen("t=1", "t=2", 1), &body), "another time");
    // While a secret is replaced, each of the two signatures will do.
    let other = sign("whsec_other", now, &body);
    let both = format!("{other},{}", genuine.split_once(',').unwrap().1);
    assert!(is_taken(&both, &body));
}

#[test]
fn a_receiver_in_php() {
    verifies(|address| {
        let mut php = Command::new("php");
        php.arg("-S").arg(address.to_string()).arg(folder().join("receive.php"));
        php
    });
}

/// The folder of the Python packages; npm's are beside the programs.
fn packages() -> PathBuf {
    env::var_os("REFUNDRY_RECEIVERS").expect("run this by `cargo xtask receivers`").into()
}

#[test]
#[ignore = "takes Python's package `stripe`: cargo xtask receivers"]
fn pythons_stripe() {
    verifies(|address| {
        let mut python = Command::new(packages().join("bin/python"));
        python.arg(folder().join("receive.py")).arg(address.port().to_string());
        python
    });
}

#[test]
#[ignore = "takes npm's package `stripe`: cargo xtask receivers"]
fn nodes_stripe() {
    verifies(|address| {
        let mut node = Command::new("node");
        node.arg(folder().join("receive.mjs")).arg(address.port().to_string());
        node
    });
}
