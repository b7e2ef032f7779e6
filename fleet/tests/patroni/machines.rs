//! Machines: network namespaces on one bridge, whose processes are killed and frozen together, and
//! whose cable can be pulled.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::server::NOBODY;

pub(crate) struct Machine {
    pub(crate) name: String,
    pub(crate) address: String,
}

/// Runs a command of the network's, which has to succeed.
fn ip(arguments: &str) {
    let done = Command::new("ip").args(arguments.split(' ')).output().unwrap();
    assert!(done.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&done.stderr));
}

/// The bridge, on which this process has an address too.
pub(crate) fn network() {
    // Names of namespaces are files there, and go away with this process's mounts.
    let done = Command::new("mount").args(["-t", "tmpfs", "machines", "/run"]).status().unwrap();
    assert!(done.success());
    ip("link set lo up");
    ip("link add name switch type bridge");
    ip("addr add 10.77.0.254/24 dev switch");
    ip("link set switch up");
}

impl Machine {
    pub(crate) fn new(name: &str, number: u8) -> Self {
        let address = format!("10.77.0.{number}");
        ip(&format!("netns add {name}"));
        ip(&format!("link add name {name} type veth peer name eth0 netns {name}"));
        ip(&format!("link set {name} master switch up"));
        ip(&format!("-n {name} addr add {address}/24 dev eth0"));
        ip(&format!("-n {name} link set eth0 up"));
        ip(&format!("-n {name} link set lo up"));
        Self { name: name.into(), address }
    }

    /// A command that runs on it. `log` gets what it says.
    pub(crate) fn command(&self, program: &Path, log: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/run/netns/{}", self.name)).arg("--").arg(program);
        self.say_to(&mut command, log);
        command
    }

    /// As [`command`](Self::command), as another user than root. It may read the folders of root's, where
    /// a Python may be.
    pub(crate) fn command_of_nobody(&self, program: &Path, log: &str) -> Command {
        let mut command = self.command(Path::new("setpriv"), log);
        command
            .args([&format!("--reuid={NOBODY}"), &format!("--regid={NOBODY}"), "--clear-groups"])
            .args(["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", "--"])
            .arg(program);
        command
    }

    fn say_to(&self, command: &mut Command, log: &str) {
        let path = self.log(log);
        let log = fs::File::options().create(true).append(true).open(path).unwrap();
        command.env("LC_ALL", "C").stdin(Stdio::null()).current_dir("/");
        command.stdout(log.try_clone().unwrap()).stderr(log);
    }

    pub(crate) fn log(&self, of: &str) -> PathBuf {
        Path::new("/run").join(format!("{}-{of}.log", self.name))
    }

    /// Says the end of a log.
    pub(crate) fn tell(&self, of: &str) {
        let log = fs::read_to_string(self.log(of)).unwrap_or_default();
        let end = log.len().saturating_sub(40_000);
        eprintln!("--- {}\n{}", self.name, log.get(end..).unwrap_or_default());
    }

    fn processes(&self) -> Vec<Pid> {
        let mine = fs::metadata(format!("/run/netns/{}", self.name)).unwrap();
        let is_mine = |id: &i32| {
            use std::os::unix::fs::MetadataExt;

            fs::metadata(format!("/proc/{id}/ns/net")).is_ok_and(|its| its.ino() == mine.ino())
        };
        let all = fs::read_dir("/proc").unwrap().flatten();
        all.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(is_mine)
            .filter_map(Pid::from_raw)
            .collect()
    }

    fn signal(&self, signal: Signal) {
        for process in self.processes() {
            let _ = kill_process(process, signal);
        }
    }

    /// All of it is gone at once.
    pub(crate) fn kill(&self) {
        while !self.processes().is_empty() {
            self.signal(Signal::KILL);
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Kills the first process of PostgreSQL alone.
    pub(crate) fn kill_postmaster(&self) {
        let path = format!("/run/{}/data/postmaster.pid", self.name);
        let first = fs::read_to_string(path).unwrap_or_default();
        let id = first.lines().next().and_then(|id| Pid::from_raw(id.parse().ok()?));
        let _ = kill_process(id.expect("no server runs"), Signal::KILL);
    }

    /// All of it stands still, but for etcd: before 3.4.31 and 3.5.13 one that led may end the leases of others when
    /// it goes on, and Debian 12 has 3.4.23. A sound primary loses its lock then.
    pub(crate) fn freeze(&self) {
        // Twice: one may have been born meanwhile.
        for process in self.processes().into_iter().chain(self.processes()) {
            let name = fs::read_to_string(format!("/proc/{}/comm", process.as_raw_nonzero()));
            if name.is_ok_and(|name| name.trim() != "etcd") {
                let _ = kill_process(process, Signal::STOP);
            }
        }
    }

    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Pulls its cable, or plugs it in.
    pub(crate) fn connect(&self, is_connected: bool) {
        let state = if is_connected { "up" } else { "down" };
        ip(&format!("link set {} {state}", self.name));
    }
}

/// Starts something whose end nobody waits for: the machine is killed.
pub(crate) fn start(mut command: Command) {
    let child: Child = command.spawn().unwrap();
    thread::spawn(move || {
        let mut child = child;
        child.wait()
    });
}
