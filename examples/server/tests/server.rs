//! The server's process, and how a test starts and stops it.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        OnceLock,
        mpsc::{Receiver, channel},
    },
    thread,
    time::{Duration, Instant},
};

use refundry::{Ledger, Options};
use tempfile::TempDir;

use crate::{
    client::{Answer, Connection, Request},
    fleets::{self, Fleet},
    log::Log,
};

const READY: &str = "listening on http://";

/// Where the binary is.
pub(crate) fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_refundry-server"))
}

/// A running server; it is killed when this value is dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    said: Receiver<String>,
    pub(crate) log: Log,
}

impl Server {
    /// Starts a server on a free port and waits until it is ready.
    pub(crate) fn start<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Self {
        let mut command = command();
        command.args(arguments);
        Self::run(command)
    }

    pub(crate) fn run(command: Command) -> Self {
        Self::run_with(command, "trace")
    }

    /// Runs it with a log of this level: where there is much to do, all of it would be much to say.
    pub(crate) fn run_with(mut command: Command, level: &str) -> Self {
        let mut process = command
            .args(["--listen", "127.0.0.1:0", "--log", level])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let log = Log::read(process.stderr.take().unwrap());
        let (say, said) = channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                let _ = say.send(line);
            }
        });
        let line = said.recv_timeout(Duration::from_secs(60));
        let address = line.as_deref().ok().and_then(|line| line.strip_prefix(READY)?.parse().ok());
        let Some(address) = address else {
            let _ = process.kill();
            let _ = process.wait();
            panic!("the server did not say that it is ready, but {line:?}");
        };
        Self { process, address, said, log }
    }

    /// The next lines that the server prints, until one of them is `last`.
    pub(crate) fn lines_until(&self, last: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            lines.push(self.said.recv_timeout(Duration::from_secs(10)).unwrap());
            if lines.last().is_some_and(|line| line.starts_with(last)) {
                return lines;
            }
        }
    }

    /// Sends one request on a connection of its own.
    pub(crate) fn send(&self, request: &Request) -> Answer {
        self.connect().send(request).unwrap_or_else(|error| panic!("{error}: {request:?}"))
    }

    pub(crate) fn connect(&self) -> Connection {
        Connection::open(self.address).unwrap()
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Sends a signal: `TERM` or `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Waits for the process to end by itself.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        wait(&mut self.process)
    }

    /// Asks the server to stop, and expects it to say that all is well.
    pub(crate) fn stop(mut self) {
        self.signal("TERM");
        assert_eq!(self.wait().code(), Some(0));
    }

    /// Ends the process at once, as a power cut would.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.log.check();
    }
}

/// Waits for a process to end, but not for ever.
pub(crate) fn wait(process: &mut Child) -> ExitStatus {
    let started = Instant::now();
    loop {
        if let Some(status) = process.try_wait().unwrap() {
            return status;
        }
        if started.elapsed() > Duration::from_secs(60) {
            let _ = process.kill();
            panic!("the server did not end");
        }
        thread::sleep(Duration::from_millis(10));
    }
}

/// A ledger's file in a directory of its own. Where tests run on a fleet, its books are moved into one
/// when they are first served, and the file says what the fleet has from then on.
pub(crate) struct LedgerFile {
    directory: TempDir,
    fleet: OnceLock<Fleet>,
}

impl LedgerFile {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), fleet: OnceLock::new() }
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn path(&self) -> PathBuf {
        if let Some(fleet) = self.fleet.get() {
            return fleets::carried_out(fleet, self.directory());
        }
        self.directory.path().join("ledger.refundry")
    }

    /// What a command names to use the books: the file; or where tests run on a fleet, that one's address.
    pub(crate) fn books(&self) -> PathBuf {
        match fleets::postgresql() {
            None => self.path(),
            Some(server) => {
                let fleet = self.fleet.get_or_init(|| fleets::moved_in(&server, &self.path()));
                fleet.url("app").into()
            }
        }
    }

    /// What a command is told beside that, if it asks a book.
    pub(crate) fn cache(&self) -> Vec<String> {
        match fleets::postgresql() {
            None => Vec::new(),
            Some(_) => vec![format!("--cache={}", self.directory().join("commands").display())],
        }
    }

    pub(crate) fn open(&self) -> Ledger {
        Ledger::open(self.path(), Options::default()).unwrap()
    }

    /// A file with these objects in it.
    pub(crate) fn of(lines: &str) -> Self {
        let file = Self::new();
        let progress = |_: &_| std::ops::ControlFlow::Continue(());
        file.open().import(lines.as_bytes(), progress).unwrap();
        file
    }

    pub(crate) fn serve(&self) -> Server {
        self.serve_with("trace")
    }

    /// Serves it with a log of this level.
    pub(crate) fn serve_with(&self, level: &str) -> Server {
        self.serve_as(level, &[])
    }

    /// The same, with more options.
    pub(crate) fn serve_as(&self, level: &str, options: &[&str]) -> Server {
        let mut command = command();
        command.args(options);
        match fleets::postgresql() {
            None => _ = command.arg("--database").arg(self.path()),
            Some(server) => {
                let fleet = self.fleet.get_or_init(|| fleets::moved_in(&server, &self.path()));
                fleets::serve(fleet, self.directory(), &mut command);
            }
        }
        Server::run_with(command, level)
    }

    /// The file and a server on it. The file must live as long as the server.
    pub(crate) fn into_served(self) -> (Self, Server) {
        let server = self.serve();
        (self, server)
    }
}
