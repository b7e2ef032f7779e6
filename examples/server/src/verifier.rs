//! The verifier: checks the ledger now and then while it is being served.

use std::{
    ops::ControlFlow,
    path::Path,
    sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel},
    thread::{Builder, JoinHandle},
    time::{Duration, Instant},
};

use refundry::{Access, Error, FileError, Head, Ledger, Options};

use crate::{command::Failure, metrics::METRICS};

/// A thread with a handle of its own, so that nobody waits for it.
pub(crate) struct Verifier {
    stop: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Verifier {
    /// Verifies now, and again each time `every` has passed since.
    pub(crate) fn start(path: &Path, every: Duration) -> Result<Self, Failure> {
        let mut options = Options::default();
        options.access = Access::ReadOnly;
        let ledger = Ledger::open(path, options)?;
        let (stop, stopped) = sync_channel(0);
        let builder = Builder::new().name("verifier".into());
        let thread = builder.spawn(move || work(ledger, every, &stopped))?;
        Ok(Self { stop, thread })
    }

    /// Stops the verification that is going on, and ends.
    pub(crate) fn stop(self) {
        drop(self.stop);
        // If it broke down, the log has said so.
        let _ = self.thread.join();
    }
}

fn work(mut ledger: Ledger, every: Duration, stopped: &Receiver<()>) {
    // The heads of the last verification must still be in the chains.
    let mut kept = Vec::new();
    loop {
        let begun = Instant::now();
        let verified = heads(&mut ledger).and_then(|heads| {
            let report =
                ledger.verify(&[kept.clone(), heads.clone()].concat(), |_| {
                    match stopped.try_recv() {
                        Err(TryRecvError::Disconnected) => ControlFlow::Break(()),
                        Ok(()) | Err(TryRecvError::Empty) => ControlFlow::Continue(()),
                    }
                })?;
            kept = heads;
            Ok(report)
        });
        match verified {
            Ok(report) => {
                let (books, entries) = (report.books, report.entries);
                let seconds = begun.elapsed().as_secs_f64();
                tracing::info!(books, entries, seconds, "the ledger is sound");
                for fork in &report.forks {
                    let (merchant, n) = (&fork.merchant_id, fork.n);
                    tracing::error!(merchant, n, "A BOOK AND ITS MIRROR FORKED");
                }
                METRICS.verified(true);
            }
            Err(Error::Canceled) => return,
            Err(error) if is_unsound(&error) => {
                tracing::error!(%error, "THE LEDGER IS NOT SOUND");
                METRICS.verified(false);
            }
            // Nothing is known of the ledger; the age of the last verification tells.
            Err(error) => tracing::error!(%error, "the ledger could not be verified"),
        }
        if stopped.recv_timeout(every) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

/// Whether the ledger is to blame, and not that it could not be read.
fn is_unsound(error: &Error) -> bool {
    matches!(error, Error::Unsound(_)) || error.number() == FileError::CORRUPT
}

/// Where every book's chain ends now.
pub(crate) fn heads(ledger: &mut Ledger) -> refundry::Result<Vec<(String, Head)>> {
    let merchants = ledger.merchants()?;
    merchants.into_iter().map(|m| Ok((m.id.clone(), ledger.book(&m.id)?.head()?))).collect()
}
