//! Pieces of feeds: what the writer takes in of them at a time.

use refundry::{Error, FeedReport, Ledger, Receiver, Result};
use tokio::sync::oneshot;

use crate::{metrics::METRICS, problem::Problem};

/// A piece of a feed to be taken in, and where to send what came of it.
pub(crate) struct Piece {
    pub(crate) receiver: Receiver,
    pub(crate) bytes: Vec<u8>,
    pub(crate) reply: Reply,
}

type Sender<T> = oneshot::Sender<std::result::Result<T, Problem>>;

/// Who waits for what.
pub(crate) enum Reply {
    /// More of the feed is to come.
    Next(Sender<Receiver>),
    /// This was the last of it.
    End(Sender<FeedReport>),
}

impl Piece {
    pub(crate) fn take_in(self, ledger: &mut Ledger) {
        let Self { mut receiver, bytes, reply } = self;
        let taken = receiver.take(ledger, &bytes);
        match reply {
            Reply::Next(reply) => answer(reply, taken.map(|()| receiver)),
            Reply::End(reply) => answer(reply, taken.and_then(|()| receiver.end(ledger))),
        }
    }
}

fn answer<T>(reply: Sender<T>, outcome: Result<T>) {
    if let Err(error @ Error::Forked { .. }) = &outcome {
        tracing::error!(%error, "A BOOK AND ITS MIRROR FORKED");
        METRICS.forks.inc();
    }
    // The sender may have gone; what was taken in is kept all the same.
    let _ = reply.send(outcome.map_err(Problem::Ledger));
}
