//! The log: one line an event, on standard error.
//!
//! A line names routes, not paths, and never holds an API key, a header, a body or a description:
//! what is logged of a request is what [`Record`](crate::record::Record) knows. Lines are written
//! by a thread of their own, so a reader who stops reading does not stop refunds. Lines that then
//! find no room are dropped and counted.

use std::{
    io::{self, IsTerminal, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread::{self, Builder},
    time::{Duration, Instant},
};

use clap::ValueEnum;
use tracing_subscriber::{
    Layer, Registry, filter::Targets, fmt, fmt::MakeWriter, layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::metrics::METRICS;

/// How many lines may wait to be written.
const WAITING: usize = 4096;

/// How long the last lines may take to be written.
const GRACE: Duration = Duration::from_secs(1);

/// What a line looks like.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs: an object a line
    Json,
}

/// The log while it is open; what is in it is written before this value is gone.
pub(crate) struct Log(Arc<AtomicUsize>);

/// Opens the log, for whatever is worth a line from now on.
pub(crate) fn open(format: Format, filter: Targets) -> io::Result<Log> {
    let (sender, lines) = sync_channel(WAITING);
    let waiting = Arc::new(AtomicUsize::new(0));
    let writer = Lines { sender, waiting: Arc::clone(&waiting) };
    Builder::new().name("log".into()).spawn({
        let waiting = Arc::clone(&waiting);
        move || write(&lines, &waiting)
    })?;
    let layer = fmt::layer().with_target(false).with_writer(writer);
    let layer: Box<dyn Layer<Registry> + Send + Sync> = match format {
        Format::Text => layer.with_ansi(io::stderr().is_terminal()).boxed(),
        Format::Json => layer.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(layer.with_filter(filter)).init();
    Ok(Log(waiting))
}

fn write(lines: &Receiver<Vec<u8>>, waiting: &AtomicUsize) {
    for line in lines {
        // There is nowhere to report that nobody reads the log.
        let _ = io::stderr().write_all(&line);
        waiting.fetch_sub(1, Ordering::Release);
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let begun = Instant::now();
        while self.0.load(Ordering::Acquire) > 0 && begun.elapsed() < GRACE {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Takes lines to the thread that writes them.
#[derive(Clone)]
struct Lines {
    sender: SyncSender<Vec<u8>>,
    waiting: Arc<AtomicUsize>,
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.waiting.fetch_add(1, Ordering::Release);
        if self.sender.try_send(line.to_vec()).is_err() {
            self.waiting.fetch_sub(1, Ordering::Release);
            METRICS.log_lines_lost.inc();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
