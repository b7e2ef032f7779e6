//! Feeds over HTTP: a book that is sent line by line, and one that is received as its body arrives.

use std::{
    error, fmt, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming};
use refundry::{Feed, FeedReport, Mark, Receiver};
use serde::Serialize;
use tokio::{
    sync::mpsc::{Receiver as Queue, Sender, channel},
    time::timeout,
};

use crate::{
    counter::Counter,
    line::{Line, State},
    problem::Problem,
    store::{Asker, Store},
};

/// What a feed is called in a header.
pub(crate) const MEDIA_TYPE: &str = "application/x-ndjson";

/// How many recordings are read at a time: other questions wait for no more than that.
const RECORDINGS: u32 = 128;

/// How many bytes are handed to the ledger at a time: refunds wait for no more than that.
const PIECE: usize = 32 * 1024;

/// More of a body must arrive within this time.
const DEADLINE: Duration = Duration::from_secs(15);

/// The ledger could not go on with a feed that was begun, so it ends without its last line.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the feed could not be read to its end")
    }
}

impl error::Error for Interrupted {}

/// The lines of a feed, read while they are sent.
pub(crate) struct Lines {
    read: Queue<Result<Bytes, Interrupted>>,
    /// The connection, which is at work meanwhile.
    line: Arc<Line>,
}

impl Body for Lines {
    type Data = Bytes;
    type Error = Interrupted;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Interrupted>>> {
        self.read.poll_recv(cx).map(|read| read.map(|bytes| bytes.map(Frame::data)))
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.line.becomes(State::Idle);
    }
}

/// The feed of a merchant after a place in the book; the whole book, if none is named.
pub(crate) async fn send(
    counter: &Arc<Counter>,
    asker: Asker,
    after: Option<Mark>,
    line: Arc<Line>,
) -> Result<Lines, Problem> {
    let after = after.unwrap_or_else(|| Mark::genesis(&asker.merchant_id));
    let feed = counter.store.book(asker.clone(), move |book| book.feed(&after)).await?;
    let (to, read) = channel(1);
    tokio::spawn(write(Arc::clone(counter), asker, feed, to));
    Ok(Lines { read, line })
}

/// Reads a feed as fast as its receiver takes it.
async fn write(
    counter: Arc<Counter>,
    asker: Asker,
    mut feed: Feed,
    to: Sender<Result<Bytes, Interrupted>>,
) {
    loop {
        let from = feed.clone();
        let read = counter.store.book(asker.clone(), move |book| {
            let mut next = from.clone();
            let lines = book.feed_lines(&mut next, RECORDINGS)?;
            Ok((lines, next))
        });
        let text = match read.await {
            Ok((lines, _)) if lines.is_empty() => return,
            Ok((lines, next)) => {
                feed = next;
                Ok(Bytes::from(lines.join("\n") + "\n"))
            }
            Err(problem) => {
                let cause = problem.cause().unwrap_or_else(|| problem.code().into());
                tracing::error!(merchant = asker.merchant_id, cause, "a feed was interrupted");
                Err(Interrupted)
            }
        };
        let ends = text.is_err();
        // Whoever asked may have gone.
        if to.send(text).await.is_err() || ends {
            return;
        }
    }
}

/// How a body that is a feed ended.
pub(crate) enum Ended {
    /// It was answered; some of the body may be unread.
    Answered(Result<Received, Problem>),
    /// It was late, so there is no answer.
    Late,
}

/// What was received, as the answer tells it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Received {
    merchant_id: String,
    recorded: u64,
    skipped: u64,
    /// After which recording to send the next feed.
    mark: String,
}

impl From<FeedReport> for Received {
    fn from(report: FeedReport) -> Self {
        let FeedReport { merchant_id, recorded, skipped, mark } = report;
        Self { merchant_id, recorded, skipped, mark: mark.to_string() }
    }
}

/// Takes in the feed of a merchant as it arrives. However it ends, the lines that have arrived whole are
/// kept. The connection is at work only while the ledger is: one that waits for its sender may be closed.
pub(crate) async fn receive(store: &Store, owner: &str, body: &mut Incoming, line: &Line) -> Ended {
    let mut receiver = Receiver::of(owner);
    let mut arrived = Vec::new();
    loop {
        let ended = match timeout(DEADLINE, body.frame()).await {
            Ok(Some(Ok(frame))) => {
                arrived.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
                None
            }
            Ok(None) => break,
            Ok(Some(Err(_))) => {
                let message =
                    "the body is not framed as announced; what arrived is kept; send the rest";
                Some(Ended::Answered(Err(Problem::Malformed { message })))
            }
            Err(_) => Some(Ended::Late),
        };
        if ended.is_some() || arrived.len() >= PIECE {
            line.becomes(State::Working);
            let taken = store.take_in(receiver, mem::take(&mut arrived)).await;
            line.becomes(State::Incomplete);
            match (taken, ended) {
                (_, Some(ended)) => return ended,
                (Ok(next), None) => receiver = next,
                (Err(problem), None) => return Ended::Answered(Err(problem)),
            }
        }
    }
    line.becomes(State::Working);
    Ended::Answered(store.end(receiver, arrived).await.map(Received::from))
}
