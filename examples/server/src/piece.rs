//! Pieces of feeds: what the writer takes in of them at a time.

use std::sync::{Arc, mpsc::SyncSender};

use refundry::{Error, FeedReport, Ledger, Receiver, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::{desk::queue, metrics::METRICS, problem::Problem, writer::Task};

/// How many pieces wait for the writer at most, some 32 KiB each. A piece keeps its place also when its
/// sender has gone, so that senders who come and go can't fill the memory.
const PLACES: usize = 32;

/// Where pieces are handed in. Where there is no place, a sender waits, and nothing more is read of its
/// connection meanwhile.
pub(crate) struct Intake {
    writing: SyncSender<Task>,
    places: Arc<Semaphore>,
}

impl Intake {
    pub(crate) fn to(writing: SyncSender<Task>) -> Self {
        Self { writing, places: Arc::new(Semaphore::new(PLACES)) }
    }

    /// Takes in a piece of a feed. Returns the receiver, for the next piece.
    pub(crate) async fn take(&self, receiver: Receiver, bytes: Vec<u8>) -> Answered<Receiver> {
        self.hand_in(receiver, bytes, Reply::Next).await
    }

    /// Takes in the last piece of a feed.
    pub(crate) async fn end(&self, receiver: Receiver, bytes: Vec<u8>) -> Answered<FeedReport> {
        self.hand_in(receiver, bytes, Reply::End).await
    }

    async fn hand_in<T>(
        &self,
        receiver: Receiver,
        bytes: Vec<u8>,
        reply_with: fn(Sender<T>) -> Reply,
    ) -> Answered<T> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| Problem::Stopped)?;
        let (reply, outcome) = oneshot::channel();
        let piece = Piece { receiver, bytes, reply: reply_with(reply), place };
        queue(&self.writing, &METRICS.writing, Task::Feed(piece))?;
        outcome.await.map_err(|_| Problem::Stopped)?
    }
}

/// A piece of a feed to be taken in, and where to send what came of it.
pub(crate) struct Piece {
    receiver: Receiver,
    bytes: Vec<u8>,
    reply: Reply,
    place: OwnedSemaphorePermit,
}

type Answered<T> = std::result::Result<T, Problem>;

type Sender<T> = oneshot::Sender<Answered<T>>;

/// Who waits for what.
enum Reply {
    /// More of the feed is to come.
    Next(Sender<Receiver>),
    /// This was the last of it.
    End(Sender<FeedReport>),
}

impl Piece {
    pub(crate) fn take_in(self, ledger: &mut Ledger) {
        let Self { mut receiver, bytes, reply, place } = self;
        let taken = receiver.take(ledger, &bytes);
        match reply {
            Reply::Next(reply) => answer(reply, taken.map(|()| receiver)),
            Reply::End(reply) => answer(reply, taken.and_then(|()| receiver.end(ledger))),
        }
        drop(place);
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

#[cfg(test)]
mod tests {
    use std::{sync::mpsc::sync_channel, time::Duration};

    use tokio::time::timeout;

    use super::*;

    /// Also of senders that go as soon as they have handed in a piece.
    #[tokio::test]
    async fn only_so_many_pieces_wait() {
        let (writing, tasks) = sync_channel(10 * PLACES);
        let intake = Intake::to(writing);
        let come_and_go = async |senders| {
            for _ in 0..senders {
                let taken = intake.take(Receiver::of("acct_till_1"), b"{".to_vec());
                assert!(timeout(Duration::ZERO, taken).await.is_err());
            }
        };
        come_and_go(2 * PLACES).await;
        let mut waiting: Vec<Task> = tasks.try_iter().collect();
        assert_eq!(waiting.len(), PLACES);
        come_and_go(1).await;
        assert!(tasks.try_recv().is_err(), "there is no place before one was taken in");
        let Some(Task::Feed(piece)) = waiting.pop() else { panic!("no piece") };
        piece.take_in(&mut Ledger::in_memory(refundry::Options::default()).unwrap());
        come_and_go(2).await;
        assert_eq!(tasks.try_iter().count(), 1);
    }
}
