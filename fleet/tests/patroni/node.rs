//! A node as a process on a machine of its own, and how callers ask it: by a socket, which is no part of
//! the network that fails.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use refundry::Mark;
use refundry_fleet::{Node, NodeOptions, Postgres, PostgresOptions};
use serde::{Deserialize, Serialize};

use super::machines::{Machine, start};
use crate::{
    judge::Outcome,
    shop::{mark, refund_of, request},
};

/// Names the machine, in the process of a node.
pub(crate) const NAME: &str = "REFUNDRY_SOAK_NODE";
const URL: &str = "REFUNDRY_SOAK_URL";
const CERTIFICATES: &str = "REFUNDRY_SOAK_CERTIFICATES";

/// How long a caller waits: longer than a node tries.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Serialize, Deserialize)]
pub(crate) enum Question {
    Refund {
        merchant: String,
        charge: String,
        minor: i64,
        reference: String,
        has_key: bool,
    },
    /// Where a book ends.
    Mark(String),
    /// How it is.
    Health,
}

fn socket(name: &str) -> PathBuf {
    format!("/run/{name}.socket").into()
}

pub(crate) fn cache(name: &str) -> PathBuf {
    format!("/run/{name}-cache").into()
}

/// Starts a node on a machine.
pub(crate) fn run(machine: &Machine, url: &str, certificates: &std::path::Path) {
    let _ = fs::remove_file(socket(&machine.name));
    let mut command = machine.command(&env::current_exe().unwrap(), "node");
    command.args(super::arguments(&env::var(super::INSIDE).unwrap()));
    command.env(NAME, &machine.name);
    command.env(URL, url).env(CERTIFICATES, certificates);
    start(command);
}

pub(crate) fn options(url: &str, certificates: impl Into<PathBuf>) -> PostgresOptions {
    let mut options = PostgresOptions::at(url);
    options.certificates = Some(certificates.into());
    options
}

/// What the process of a node does.
pub(crate) fn serve(name: &str) {
    let options = options(&env::var(URL).unwrap(), env::var(CERTIFICATES).unwrap());
    let begun = Instant::now();
    let node = loop {
        let engine = Box::new(Postgres::new(options.clone()).unwrap());
        match Node::start(engine, &NodeOptions::in_folder(cache(name))) {
            Ok(node) => break node,
            Err(error) => assert!(begun.elapsed() < Duration::from_secs(120), "{error}"),
        }
        thread::sleep(Duration::from_millis(100));
    };
    let callers = UnixListener::bind(socket(name)).unwrap();
    thread::scope(|scope| {
        for caller in callers.incoming() {
            let (caller, node) = (caller.unwrap(), &node);
            scope.spawn(move || {
                let mut to = caller.try_clone().unwrap();
                for line in BufReader::new(caller).lines().map_while(Result::ok) {
                    let answer = answer(node, &serde_json::from_str(&line).unwrap());
                    if to.write_all((answer + "\n").as_bytes()).is_err() {
                        break;
                    }
                }
            });
        }
    });
}

/// A book's end as a text.
pub(crate) fn written(mark: &Mark) -> String {
    format!("{} {:02x?}", mark.n, mark.hash.as_bytes())
}

fn answer(node: &Node, question: &Question) -> String {
    match question {
        Question::Refund { merchant, charge, minor, reference, has_key } => {
            let mut request = request(charge, *minor);
            request.external_reference = Some(reference.clone());
            let key = has_key.then_some(reference.as_str());
            let outcome: Outcome = refund_of(node, merchant, request, key).wait().into();
            serde_json::to_string(&outcome).unwrap()
        }
        Question::Mark(merchant) => serde_json::to_string(&written(&mark(node, merchant))).unwrap(),
        Question::Health => serde_json::to_string(&format!("{:?}", node.health())).unwrap(),
    }
}

/// A caller's connection to a node, made anew after it failed.
pub(crate) struct Line {
    name: String,
    open: Option<BufReader<UnixStream>>,
}

impl Line {
    pub(crate) fn to(name: &str) -> Self {
        Self { name: name.into(), open: None }
    }

    /// Asks. `None` if the node was not reached; an outcome in doubt if it did not answer.
    pub(crate) fn refund(&mut self, question: &Question) -> Option<Outcome> {
        if self.open.is_none() {
            let stream = UnixStream::connect(socket(&self.name)).ok()?;
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            self.open = Some(BufReader::new(stream));
        }
        let answer = self.exchange(question).and_then(|line| serde_json::from_str(&line).ok());
        if answer.is_none() {
            self.open = None;
        }
        Some(answer.unwrap_or(Outcome::InDoubt))
    }

    fn exchange(&mut self, question: &Question) -> Option<String> {
        let open = self.open.as_mut()?;
        let line = serde_json::to_string(question).unwrap() + "\n";
        open.get_mut().write_all(line.as_bytes()).ok()?;
        let mut answer = String::new();
        (open.read_line(&mut answer).ok()? > 0).then_some(answer)
    }
}

/// What a node says of itself.
pub(crate) fn said(name: &str, question: &Question) -> String {
    let mut line = Line::to(name);
    let Ok(stream) = UnixStream::connect(socket(name)) else { return "it is away".into() };
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    line.open = Some(BufReader::new(stream));
    let answer = line.exchange(question);
    answer.map_or_else(|| "no answer".into(), |answer| serde_json::from_str(&answer).unwrap())
}
