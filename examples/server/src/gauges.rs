//! What a node of a fleet counts and knows of itself, for Prometheus to collect.

use prometheus_client::{
    encoding::prometheus_text,
    metrics::{counter::ConstCounter, gauge::ConstGauge},
    registry::Registry,
};
use refundry_fleet::{COUNTS, Count, Node};

/// What a count is of.
const fn help(count: Count) -> &'static str {
    match count {
        Count::Operations => "Operations that the node was asked for",
        Count::Groups => "Groups of operations that were handed to the database",
        Count::Recordings => "Recordings that the database kept",
        Count::Conflicts => "Groups that another node had overtaken",
        Count::Doubts => "Groups of which the database did not say whether it kept them",
        Count::Turns => "Turns that were left to other nodes, which often record in the same books",
        Count::RoundTrips => "Questions to the database",
        Count::TakenIn => "Recordings of other nodes that were taken in",
        Count::CachesRenewed => "Caches that were made anew because they were damaged or too large",
        Count::SnapshotsTaken => "Snapshots with which a book began on this node",
        Count::SnapshotsIgnored => "Snapshots that could not be used",
        Count::Matured => "Charges that this node made available",
    }
}

/// All of it, as Prometheus reads it.
pub(crate) fn text(node: &Node) -> String {
    let mut registry = Registry::with_prefix("refundry_fleet");
    for (count, name) in COUNTS {
        registry.register(name, help(count), ConstCounter::new(node.count(count)));
    }
    let health = node.health();
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let cache = i64::try_from(health.cache_bytes).unwrap_or(i64::MAX);
    let gauges = [
        ("database_up", "Whether the database answered last", health.engine.is_none().into()),
        ("cache_bytes", "Size of the node's cache", cache),
        (
            "books_behind",
            "Books that are being taken in before they are served",
            whole(health.behind),
        ),
        (
            "books_stopped",
            "Books that this node does not serve any more",
            whole(health.stopped.len()),
        ),
        ("maturity_ok", "Whether what is due could mature", health.maturity.is_none().into()),
    ];
    for (name, help, value) in gauges {
        registry.register(name, help, ConstGauge::new(value));
    }
    if let Some(has_standby) = health.standby {
        let help = "Whether the database's commits wait for a standby";
        registry.register("standby", help, ConstGauge::new(i64::from(has_standby)));
    }
    if let Some(silent) = health.silent_for {
        let help = "How long ago the database answered last";
        registry.register("lag_seconds", help, ConstGauge::new(silent.as_secs_f64()));
    }
    let mut text = String::new();
    // Writing to a string can't fail.
    let _ = prometheus_text::encode(&mut text, &registry);
    text
}
