//! The desk of a fleet: requests are handed to a node, which decides them and has them kept by
//! PostgreSQL.

use std::{sync::Arc, time::Duration};

use prometheus_client::metrics::gauge::Gauge;
use refundry::{Book, IdempotencyKey, Merchant, Recorded, Refund, RefundRequest, Result};
use refundry_fleet::{Error, Node};
use tokio::time::timeout;

use crate::{
    metrics::METRICS,
    problem::Problem,
    record,
    store::{Asker, Freshness},
    webhook::courier::NEWS,
};

/// Whoever asks whether the server is ready has an answer within this time.
const READY: Duration = Duration::from_secs(1);

/// Where requests to a fleet are handed in.
pub(crate) struct NodeDesk {
    node: Arc<Node>,
}

/// A request that waits, counted until nobody waits for it any more.
struct Waits(&'static Gauge);

impl Waits {
    fn at(gauge: &'static Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl NodeDesk {
    pub(crate) fn at(node: Arc<Node>) -> Self {
        Self { node }
    }

    /// Tells whose key it is. One that was good lately is taken for good: what is asked with it looks at
    /// it again, in the same round trip.
    pub(crate) async fn authenticate(&self, key: &str) -> Answered<Merchant> {
        match self.node.holder(key) {
            Some(merchant) => Ok(merchant),
            None => Ok(self.node.book_of_key(key, |merchant, _| Ok(merchant.clone())).await?),
        }
    }

    /// Makes a refund. Once the node has it, it will be made, and said so in the log, whether or not the
    /// caller still waits.
    pub(crate) async fn create_refund(
        &self,
        asker: Asker,
        request: RefundRequest,
        key: Option<IdempotencyKey>,
    ) -> Answered<Recorded<Refund>> {
        let waits = Waits::at(&METRICS.writing);
        let asked = Arc::new((request, key));
        let again = Arc::clone(&asked);
        let made = self.node.book_of_key(&asker.key, move |_, book| {
            let (request, key) = &*again;
            book.create_refund(request, key.as_ref())
        });
        let made = tokio::spawn(async move {
            let outcome = made.await.map_err(Problem::from);
            drop(waits);
            NEWS.notify_one();
            record::refund(&asker.merchant_id, &asked.0, asked.1.as_ref(), &outcome);
            outcome
        });
        made.await.map_err(|_| Problem::Stopped)?
    }

    /// Asks something of the book of whoever holds a key.
    pub(crate) async fn book<T: Send + 'static>(
        &self,
        asker: &Asker,
        mut question: impl FnMut(&mut Book<'_>) -> Result<T> + Send + 'static,
    ) -> Answered<T> {
        let _waits = Waits::at(&METRICS.reading);
        let ask = move |_: &Merchant, book: &mut Book<'_>| question(book);
        Ok(match asker.freshness {
            Freshness::Newest => self.node.book_of_key(&asker.key, ask).await?,
            Freshness::Stale => self.node.look(&asker.key, ask).await?,
        })
    }

    /// Whether the node's threads are at work. The database is not asked: a new process would not make
    /// it answer.
    pub(crate) fn is_healthy(&self) -> Answered<()> {
        if self.node.is_at_work() { Ok(()) } else { Err(Problem::Stopped) }
    }

    /// Whether a refund could be recorded now, and be on the standby if the database has one.
    pub(crate) async fn is_ready(&self) -> Answered<()> {
        self.is_healthy()?;
        match timeout(READY, self.node.rehearse()).await {
            Ok(rehearsed) => Ok(rehearsed?),
            Err(_) => {
                let health = self.node.health();
                let why = health.engine.unwrap_or_else(|| "the database is slow".into());
                Err(Problem::Unavailable(why))
            }
        }
    }
}

/// Waits until every refund that the node was asked for is in the log, also those whose callers have gone.
/// A node gives up what it can't have kept, so this ends.
pub(crate) async fn all_told() {
    while METRICS.writing.get() > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

type Answered<T> = std::result::Result<T, Problem>;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::Ledger(error) => Self::Ledger(error),
            Error::Import { line, problem } => {
                Self::Ledger(refundry::Error::Import { line, problem })
            }
            Error::Overloaded => Self::Overloaded,
            Error::Closed => Self::Stopped,
            Error::InDoubt(why) => Self::InDoubt(why),
            // Another node may serve it.
            error @ (Error::Unavailable(_) | Error::Stopped { .. }) => {
                Self::Unavailable(error.to_string())
            }
        }
    }
}
