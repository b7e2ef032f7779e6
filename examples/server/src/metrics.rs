//! What the server counts and measures, for Prometheus to collect.

use std::{
    fs,
    path::Path,
    sync::{LazyLock, atomic::AtomicU64},
    time::{Duration, SystemTime},
};

use prometheus_client::{
    encoding::prometheus_text,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Metric, Registry},
};

/// Everything that is counted.
pub(crate) static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

/// Seconds: from reading what is in memory to waiting for a lock in vain.
const BUCKETS: [f64; 13] =
    [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

type Labels<const N: usize> = [(&'static str, &'static str); N];
type Status = [(&'static str, u16); 1];
type Durations<S> = Family<S, Histogram, fn() -> Histogram>;
type Moment = Gauge<f64, AtomicU64>;

pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<(Labels<2>, Status), Counter>,
    request_durations: Durations<Labels<2>>,
    refunds: Family<Labels<2>, Counter>,
    commit_duration: Histogram,
    pub(crate) charges_matured: Counter,
    pub(crate) forks: Counter,
    pub(crate) writing: Gauge,
    pub(crate) reading: Gauge,
    pub(crate) connections: Gauge,
    pub(crate) peers: Gauge,
    forwards: Family<Labels<1>, Counter>,
    connections_closed: Family<Labels<1>, Counter>,
    ledger_bytes: Gauge,
    wal_bytes: Gauge,
    // Without a label, but not there before it is known.
    verify_sound: Family<Labels<0>, Gauge>,
    verify_time: Family<Labels<0>, Moment>,
    pub(crate) log_lines_lost: Counter,
    pub(crate) webhooks: Webhooks,
}

/// What is counted of webhooks.
pub(crate) struct Webhooks {
    attempts: Family<Labels<1>, Counter>,
    attempt_duration: Histogram,
    pub(crate) failing: Gauge,
    pub(crate) failing_for: Gauge,
    pub(crate) unreadable: Gauge,
    pub(crate) set_aside: Gauge,
    pub(crate) sending: Gauge,
}

impl Webhooks {
    fn new(r: &mut Registry) -> Self {
        let attempts = "Attempts to deliver an event";
        let duration = "From sending an event to its answer";
        let failing = "Endpoints whose next event did not arrive yet";
        let failing_for =
            "How long the event has failed that has failed longest, of those to come next";
        let unreadable = "Endpoints that this version can't read and sends nothing";
        let aside = "Events that were given up until an operator resumes their endpoints";
        let sending = "Whether this server is the one that sends";
        let buckets = Histogram::new(BUCKETS);
        Self {
            attempts: add(r, "webhook_attempts", attempts, Family::default()),
            attempt_duration: add(r, "webhook_attempt_duration_seconds", duration, buckets),
            failing: add(r, "webhooks_failing", failing, Gauge::default()),
            failing_for: add(r, "webhooks_failing_seconds", failing_for, Gauge::default()),
            unreadable: add(r, "webhooks_unreadable", unreadable, Gauge::default()),
            set_aside: add(r, "webhooks_set_aside", aside, Gauge::default()),
            sending: add(r, "webhooks_sending", sending, Gauge::default()),
        }
    }

    /// Counts an attempt to deliver an event.
    pub(crate) fn sent(&self, outcome: &'static str, took: Duration) {
        self.attempts.get_or_create(&[("outcome", outcome)]).inc();
        self.attempt_duration.observe(took.as_secs_f64());
    }
}

impl Metrics {
    fn new() -> Self {
        let mut registry = Registry::with_prefix("refundry");
        let build = Family::<Labels<1>, Gauge>::default();
        build.get_or_create(&[("version", env!("CARGO_PKG_VERSION"))]).set(1);
        add(&mut registry, "build_info", "Which server this is", build);
        add(&mut registry, "start_time_seconds", "When it started", Moment::default())
            .set(seconds_since_1970());
        let durations = || Durations::new_with_constructor((|| Histogram::new(BUCKETS)) as _);
        let r = &mut registry;
        let queues = queues(r);
        Self {
            requests: add(r, "http_requests", "Requests answered", Family::default()),
            request_durations: add(
                r,
                "http_request_duration_seconds",
                "From a request's head to its answer",
                durations(),
            ),
            refunds: add(r, "refunds", "Requests to create a refund", Family::default()),
            commit_duration: add(
                r,
                "commit_duration_seconds",
                "How long commits of refunds took; those that wait together share one",
                Histogram::new(BUCKETS),
            ),
            charges_matured: add(
                r,
                "charges_matured",
                "Charges whose funds became available",
                Counter::default(),
            ),
            forks: add(
                r,
                "forks",
                "Feeds refused because they are another book than its mirror here",
                Counter::default(),
            ),
            writing: queues.get_or_create_owned(&[("queue", "writing")]),
            reading: queues.get_or_create_owned(&[("queue", "reading")]),
            connections: add(r, "connections", "Connections that are open", Gauge::default()),
            peers: add(r, "peers", "Other nodes that take requests", Gauge::default()),
            forwards: forwards(r),
            connections_closed: add(
                r,
                "connections_closed",
                "Connections that were ended without an answer",
                Family::default(),
            ),
            ledger_bytes: add(r, "ledger_bytes", "Size of the ledger's file", Gauge::default()),
            wal_bytes: add(r, "wal_bytes", "Size of its write-ahead log", Gauge::default()),
            verify_sound: add(
                r,
                "verify_sound",
                "Whether the server's last verification found the ledger sound",
                Family::default(),
            ),
            verify_time: add(
                r,
                "verify_time_seconds",
                "When the server's last verification ended",
                Family::default(),
            ),
            log_lines_lost: log_lines_lost(r),
            webhooks: Webhooks::new(r),
            registry,
        }
    }

    /// Counts an answer.
    pub(crate) fn answered(
        &self,
        method: &'static str,
        route: &'static str,
        status: u16,
        took: Duration,
    ) {
        let labels = [("method", method), ("route", route)];
        self.requests.get_or_create(&(labels, [("status", status)])).inc();
        self.request_durations.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Counts what came of a request to create a refund.
    pub(crate) fn refunded(&self, outcome: &'static str, replayed: bool) {
        let replayed = if replayed { "true" } else { "false" };
        self.refunds.get_or_create(&[("outcome", outcome), ("replayed", replayed)]).inc();
    }

    /// Notes how long the ledger took for a refund.
    pub(crate) fn committed(&self, took: Duration) {
        self.commit_duration.observe(took.as_secs_f64());
    }

    /// Counts a connection that was ended without an answer.
    pub(crate) fn closed(&self, why: &'static str) {
        self.connections_closed.get_or_create(&[("why", why)]).inc();
    }

    /// Counts a request that another node was to answer.
    pub(crate) fn forwarded(&self, outcome: &'static str) {
        self.forwards.get_or_create(&[("outcome", outcome)]).inc();
    }

    /// Notes how a verification ended.
    pub(crate) fn verified(&self, sound: bool) {
        self.verify_sound.get_or_create(&[]).set(sound.into());
        self.verify_time.get_or_create(&[]).set(seconds_since_1970());
    }

    /// Everything, as Prometheus reads it; of this ledger's file.
    pub(crate) fn text(&self, ledger: &Path) -> String {
        let mut wal = ledger.as_os_str().to_owned();
        wal.push("-wal");
        for (gauge, path) in [(&self.ledger_bytes, ledger), (&self.wal_bytes, wal.as_ref())] {
            let bytes = fs::metadata(path).map_or(0, |found| found.len());
            gauge.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        }
        let mut text = String::new();
        // Writing to a string can't fail.
        let _ = prometheus_text::encode(&mut text, &self.registry);
        text
    }
}

/// How many requests wait, by queue.
fn queues(registry: &mut Registry) -> Family<Labels<1>, Gauge> {
    let waiting = "Requests that wait for the ledger";
    add(registry, "queue_depth", waiting, Family::default())
}

/// Requests whose book is at home at another node, by what came of sending them there.
fn forwards(registry: &mut Registry) -> Family<Labels<1>, Counter> {
    let sent_on = "Requests whose book is at home at another node";
    add(registry, "forwards", sent_on, Family::default())
}

fn log_lines_lost(registry: &mut Registry) -> Counter {
    let lost = "Lines of the log that were not read in time";
    add(registry, "log_lines_lost", lost, Counter::default())
}

/// Makes a metric known under a name, and returns it.
fn add<M: Metric + Clone>(registry: &mut Registry, name: &str, help: &str, metric: M) -> M {
    registry.register(name, help, metric.clone());
    metric
}

fn seconds_since_1970() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
