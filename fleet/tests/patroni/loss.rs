//! What is lost, and how it comes back.

use std::{thread, time::Duration};

use super::{cluster::Cluster, machines::Machine, node};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Loss {
    /// The primary's machine, with its Patroni and etcd.
    PrimaryKilled,
    PrimaryCutOff,
    /// Until another was promoted; then it goes on, and takes itself for the primary.
    PrimaryFrozen,
    /// Its first process alone.
    PostmasterKilled,
    /// Killed after it went on for a while without its standbys.
    PrimaryAhead,
    /// The standby that commits wait for.
    StandbyKilled,
    StandbyCutOff,
    StandbyFrozen,
    /// The other one.
    SpareKilled,
    NodeKilled,
    /// A node and its cache.
    NodeGone,
    NodeCutOff,
    NodeFrozen,
}

/// Thirty-three, in an order of chance.
pub(crate) fn losses() -> Vec<Loss> {
    use Loss::*;

    let often = [PrimaryKilled, PrimaryCutOff, PrimaryFrozen];
    let some = [StandbyKilled, StandbyCutOff, StandbyFrozen, PostmasterKilled, PrimaryAhead];
    let nodes = [NodeKilled, NodeGone, NodeCutOff, NodeFrozen, SpareKilled];
    let mut all: Vec<_> =
        [&often[..], &often, &often, &some, &some, &nodes, &nodes, &nodes[..4]].concat();
    let seed = fastrand::u64(..);
    eprintln!("seed {seed}");
    fastrand::Rng::with_seed(seed).shuffle(&mut all);
    all
}

/// How long a node or a standby is away: longer than anybody waits for it.
const AWAY: Duration = Duration::from_secs(15);

impl Loss {
    /// It happens, and all comes back.
    pub(crate) fn happen(self, cluster: &Cluster, nodes: &[Machine], url: &str) {
        use Loss::*;

        let node = &nodes[fastrand::usize(..nodes.len())];
        match self {
            PrimaryKilled | PrimaryCutOff | PrimaryFrozen | PostmasterKilled | PrimaryAhead => {
                self.of_primary(cluster);
            }
            StandbyKilled | StandbyCutOff | StandbyFrozen | SpareKilled => {
                self.of_standby(cluster);
            }
            NodeKilled | NodeGone => {
                node.kill();
                thread::sleep(Duration::from_secs(2));
                if self == NodeGone {
                    std::fs::remove_dir_all(node::cache(&node.name)).unwrap();
                }
                node::run(node, url, &cluster.certificates);
            }
            NodeCutOff => {
                node.connect(false);
                thread::sleep(AWAY);
                node.connect(true);
            }
            NodeFrozen => {
                node.freeze();
                thread::sleep(AWAY);
                node.thaw();
            }
        }
        cluster.until_whole();
    }

    fn of_primary(self, cluster: &Cluster) {
        let place = cluster.until_led(&[]);
        let primary = &cluster.machines[place];
        let others = cluster.machines.iter().filter(|one| one.name != primary.name);
        match self {
            Self::PrimaryCutOff => primary.connect(false),
            Self::PrimaryFrozen => primary.freeze(),
            Self::PostmasterKilled => return primary.kill_postmaster(),
            Self::PrimaryAhead => {
                others.clone().for_each(|one| one.connect(false));
                thread::sleep(Duration::from_secs(3));
                primary.kill();
                // What its system still holds of what was sent must not arrive either.
                primary.connect(false);
                others.for_each(|one| one.connect(true));
            }
            _ => primary.kill(),
        }
        cluster.until_led(&[place]);
        thread::sleep(Duration::from_secs(2));
        match self {
            Self::PrimaryFrozen => primary.thaw(),
            Self::PrimaryCutOff => primary.connect(true),
            _ => {
                primary.connect(true);
                cluster.start(primary);
            }
        }
    }

    fn of_standby(self, cluster: &Cluster) {
        let standby = &cluster.machines[cluster.standby(self != Self::SpareKilled)];
        match self {
            Self::StandbyCutOff => standby.connect(false),
            Self::StandbyFrozen => standby.freeze(),
            _ => standby.kill(),
        }
        thread::sleep(AWAY);
        match self {
            Self::StandbyCutOff => standby.connect(true),
            Self::StandbyFrozen => standby.thaw(),
            _ => cluster.start(standby),
        }
    }
}
