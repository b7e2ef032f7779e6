//! Three servers as Patroni keeps them, with etcd beside each.

use std::{
    collections::HashMap,
    env, fs,
    io::{self, Read, Write},
    net::TcpStream,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::machines::{Machine, start};
use crate::{
    server::{NOBODY, program, try_sql},
    tls::certificate,
};

/// How long it may take until all is as it should be.
const LONGEST: Duration = Duration::from_secs(180);

pub(crate) struct Cluster {
    pub(crate) machines: Vec<Machine>,
    /// The certificate of who signed the servers'.
    pub(crate) certificates: PathBuf,
    /// A commit waits for a standby.
    is_synchronous: bool,
}

impl Cluster {
    pub(crate) fn begin(is_synchronous: bool) -> Self {
        let machines: Vec<_> = (1..=3).map(|n| Machine::new(&format!("db{n}"), 10 + n)).collect();
        let names: Vec<_> = machines.iter().map(|one| format!("IP:{}", one.address)).collect();
        let signers = Path::new("/run/certificates");
        fs::create_dir(signers).unwrap();
        certificate(signers, &names.join(","));
        let certificates = signers.join("ours.pem");
        let cluster = Self { machines, certificates, is_synchronous };
        for machine in &cluster.machines {
            cluster.lay_out(machine, signers);
            cluster.start(machine);
        }
        cluster.until_whole();
        cluster
    }

    fn lay_out(&self, machine: &Machine, signers: &Path) {
        let home = PathBuf::from(format!("/run/{}", machine.name));
        fs::create_dir(&home).unwrap();
        for name in ["server.key", "server.crt"] {
            fs::copy(signers.join(name), home.join(name)).unwrap();
            fs::set_permissions(home.join(name), fs::Permissions::from_mode(0o600)).unwrap();
            chown(home.join(name), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let hosts: Vec<_> =
            self.machines.iter().map(|one| format!("{}:2379", one.address)).collect();
        let settings = include_str!("patroni.yml")
            .replace("{name}", &machine.name)
            .replace("{address}", &machine.address)
            .replace("{hosts}", &hosts.join(","))
            .replace("{synchronous}", &self.is_synchronous.to_string())
            .replace("{programs}", &program("postgres").parent().unwrap().display().to_string());
        fs::write(home.join("patroni.yml"), settings).unwrap();
        chown(&home, Some(NOBODY), Some(NOBODY)).unwrap();
    }

    /// Starts all that runs on a machine.
    pub(crate) fn start(&self, machine: &Machine) {
        let member = |one: &Machine| format!("{}=http://{}:2380", one.name, one.address);
        let all: Vec<_> = self.machines.iter().map(member).collect();
        let (name, address) = (&machine.name, &machine.address);
        let mut etcd = machine.command(Path::new("etcd"), "etcd");
        etcd.args(["--name", name, "--data-dir", &format!("/run/{name}-etcd")])
            .args(["--listen-peer-urls", &format!("http://{address}:2380")])
            .args(["--initial-advertise-peer-urls", &format!("http://{address}:2380")])
            .args(["--listen-client-urls", &format!("http://{address}:2379")])
            .args(["--advertise-client-urls", &format!("http://{address}:2379")])
            .args(["--initial-cluster", &all.join(",")])
            .args(["--heartbeat-interval", "200", "--election-timeout", "2000"]);
        start(etcd);
        let folder = env::var("REFUNDRY_PATRONI").expect("run it by `cargo xtask patroni`");
        // It ends if it finds no etcd in the beginning, and is started again, as a system does.
        let mut patroni = machine.command_of_nobody(Path::new("sh"), "patroni");
        patroni.args(["-c", "while :; do \"$@\"; sleep 1; done", "sh"]);
        patroni.arg(Path::new(&folder).join("bin/patroni"));
        patroni.arg(format!("/run/{name}/patroni.yml"));
        start(patroni);
    }

    pub(crate) const fn is_synchronous(&self) -> bool {
        self.is_synchronous
    }

    pub(crate) fn url_of(machine: &Machine, user: &str, database: &str) -> String {
        let address = &machine.address;
        format!("postgres://{user}@{address}:5432/{database}?connect_timeout=2")
    }

    /// The address that nodes are given: all servers.
    pub(crate) fn url(&self, user: &str) -> String {
        let all: Vec<_> = self.machines.iter().map(|one| format!("{}:5432", one.address)).collect();
        format!("postgres://{user}@{}/fleet", all.join(","))
    }

    /// Which of the machines that are not lost leads.
    pub(crate) fn leader(&self, lost: &[usize]) -> Option<usize> {
        let leads = |place: &usize| {
            let url = Self::url_of(&self.machines[*place], "postgres", "postgres");
            try_sql(&url, "SELECT pg_is_in_recovery()").is_ok_and(|rows| rows[0][0] == "f")
        };
        (0..self.machines.len()).filter(|place| !lost.contains(place)).find(leads)
    }

    /// The standby that Patroni would promote, or else the other one.
    pub(crate) fn standby(&self, is_synchronous: bool) -> usize {
        let begun = Instant::now();
        loop {
            let leader = self.until_led(&[]);
            let roles = self.roles(leader);
            let is_wanted = |place: &usize| {
                let role = roles.get(&self.machines[*place].name);
                role.is_some_and(|role| (role == "sync_standby") == is_synchronous)
            };
            let mut others = (0..self.machines.len()).filter(|place| *place != leader);
            if let Some(found) = others.find(is_wanted) {
                return found;
            }
            self.fail_after(begun, "there is no such standby");
        }
    }

    /// What Patroni says that each member is which follows the leader, and the leader itself. A commit
    /// may wait for a standby of which it does not know yet, and which it would not promote.
    fn roles(&self, of: usize) -> HashMap<String, String> {
        let ask = || -> io::Result<Value> {
            let address = format!("{}:8008", self.machines[of].address).parse().unwrap();
            let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
            stream.set_read_timeout(Some(Duration::from_secs(2)))?;
            stream.write_all(b"GET /cluster HTTP/1.0\r\n\r\n")?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
            Ok(serde_json::from_str(body)?)
        };
        let said = ask().unwrap_or_default();
        let members = said["members"].as_array().cloned().unwrap_or_default();
        let text =
            |member: &Value, name: &str| member[name].as_str().unwrap_or_default().to_owned();
        let stands = |member: &&Value| {
            text(member, "role") == "leader" || text(member, "state") == "streaming"
        };
        members.iter().filter(stands).map(|one| (text(one, "name"), text(one, "role"))).collect()
    }

    /// Waits until one leads that is not lost.
    pub(crate) fn until_led(&self, lost: &[usize]) -> usize {
        let begun = Instant::now();
        loop {
            if let Some(leader) = self.leader(lost) {
                return leader;
            }
            self.fail_after(begun, "no server leads");
        }
    }

    /// Waits until one leads, both others follow it, and Patroni would promote one of them.
    pub(crate) fn until_whole(&self) {
        let begun = Instant::now();
        loop {
            if let Some(leader) = self.leader(&[]) {
                let roles = self.roles(leader);
                let named = roles.values().any(|role| role == "sync_standby");
                if roles.len() == self.machines.len() && named == self.is_synchronous {
                    return;
                }
            }
            self.fail_after(begun, "the cluster does not become whole");
        }
    }

    /// Waits until every server can answer this.
    pub(crate) fn until_there(&self, question: &str) {
        let begun = Instant::now();
        let answers = |one: &Machine| {
            try_sql(&Self::url_of(one, "postgres", "fleet"), question)
                .is_ok_and(|rows| !rows.is_empty())
        };
        while !self.machines.iter().all(answers) {
            self.fail_after(begun, "a standby does not follow");
        }
    }

    fn fail_after(&self, begun: Instant, what: &str) {
        if begun.elapsed() > LONGEST {
            self.machines.iter().for_each(|machine| machine.tell("patroni"));
            panic!("{what}");
        }
        thread::sleep(Duration::from_millis(100));
    }
}
