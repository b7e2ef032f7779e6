//! Three servers as Patroni keeps them, with etcd beside each.

use std::{
    env, fs,
    os::unix::fs::{PermissionsExt, chown},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

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
        let mut patroni =
            machine.command_of_nobody(&Path::new(&folder).join("bin/patroni"), "patroni");
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

    /// The machine that commits wait for now, or else any that does not lead.
    pub(crate) fn standby(&self, is_synchronous: bool) -> usize {
        let leader = self.until_led(&[]);
        let url = Self::url_of(&self.machines[leader], "postgres", "postgres");
        let sql = "SELECT application_name FROM pg_stat_replication WHERE sync_state = 'sync'";
        let named = try_sql(&url, sql).unwrap_or_default();
        let is_named = |place: usize| named.iter().any(|row| row[0] == self.machines[place].name);
        let standbys = (0..self.machines.len()).filter(|place| *place != leader);
        standbys
            .clone()
            .find(|place| is_named(*place) == is_synchronous)
            .or_else(|| standbys.clone().next())
            .unwrap()
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

    /// Waits until one leads, and both others follow it.
    pub(crate) fn until_whole(&self) {
        let begun = Instant::now();
        let wanted = if self.is_synchronous { "2 1" } else { "2 0" };
        let sql = "SELECT count(*) FILTER (WHERE state = 'streaming') || ' ' ||
            count(*) FILTER (WHERE sync_state = 'sync') FROM pg_stat_replication";
        loop {
            if let Some(leader) = self.leader(&[]) {
                let url = Self::url_of(&self.machines[leader], "postgres", "postgres");
                if try_sql(&url, sql).is_ok_and(|rows| rows[0][0] == wanted) {
                    return;
                }
            }
            self.fail_after(begun, "the cluster does not become whole");
        }
    }

    fn fail_after(&self, begun: Instant, what: &str) {
        if begun.elapsed() > LONGEST {
            for machine in &self.machines {
                let log = fs::read_to_string(machine.log("patroni")).unwrap_or_default();
                let end = log.len().saturating_sub(6_000);
                eprintln!("--- {}\n{}", machine.name, log.get(end..).unwrap_or_default());
            }
            panic!("{what}");
        }
        thread::sleep(Duration::from_millis(100));
    }
}
