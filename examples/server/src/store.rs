//! The store: where the books are that are served. What a request asks for is the same on both.

use refundry::{
    Book, FeedReport, IdempotencyKey, Merchant, Receiver, Recorded, Refund, RefundRequest, Result,
};

use crate::{desk::Desk, node::NodeDesk, problem::Problem};

type Answered<T, E = Problem> = std::result::Result<T, E>;

/// A ledger's file, or a fleet's books on PostgreSQL.
pub(crate) enum Store {
    File(Box<Desk>),
    Fleet(NodeDesk),
}

impl From<Desk> for Store {
    fn from(desk: Desk) -> Self {
        Self::File(Box::new(desk))
    }
}

/// Who asks: by which key, and how new the answer has to be. It is never printed.
#[derive(Clone, Default)]
pub(crate) struct Asker {
    pub(crate) merchant_id: String,
    pub(crate) key: String,
    pub(crate) freshness: Freshness,
}

impl Asker {
    pub(crate) fn of(merchant_id: String, key: String) -> Self {
        Self { merchant_id, key, freshness: Freshness::Newest }
    }
}

/// How new an answer has to be.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Freshness {
    #[default]
    /// It sees all that was answered before it was asked.
    Newest,
    /// What is at hand will do.
    Stale,
}

impl Store {
    /// Tells whose key it is.
    pub(crate) async fn authenticate(&self, key: String) -> Answered<Merchant> {
        match self {
            Self::File(desk) => desk.authenticate(key).await,
            Self::Fleet(desk) => desk.authenticate(&key).await,
        }
    }

    /// Tells whose feed may be sent with a key.
    pub(crate) async fn authenticate_feed(&self, key: String) -> Answered<String> {
        match self {
            Self::File(desk) => desk.authenticate_feed(key).await,
            Self::Fleet(_) => Err(Problem::FeedsNotTaken),
        }
    }

    /// Makes a refund, whether or not the caller still waits.
    pub(crate) async fn create_refund(
        &self,
        asker: Asker,
        request: RefundRequest,
        key: Option<IdempotencyKey>,
    ) -> Answered<Recorded<Refund>> {
        match self {
            Self::File(desk) => desk.create_refund(asker.merchant_id, request, key).await,
            Self::Fleet(desk) => desk.create_refund(asker, request, key).await,
        }
    }

    /// Asks something of a merchant's book. On a fleet it may be asked more than once; the last answer
    /// counts.
    pub(crate) async fn book<T: Send + 'static>(
        &self,
        asker: Asker,
        mut question: impl FnMut(&mut Book<'_>) -> Result<T> + Send + 'static,
    ) -> Answered<T> {
        match self {
            // A file has one writer, and shows what that has committed.
            Self::File(desk) => {
                let id = asker.merchant_id;
                desk.read(move |ledger| question(&mut ledger.book(&id)?)).await
            }
            Self::Fleet(desk) => desk.book(&asker, question).await,
        }
    }

    /// Keeps the nodes of the tree over a book's entries that are missing. The cache of a fleet's node
    /// keeps none: a receipt there hashes what it needs.
    pub(crate) async fn extend_tree(&self, merchant_id: &str) -> Answered<()> {
        match self {
            Self::File(desk) => desk.extend_tree(merchant_id).await,
            Self::Fleet(_) => Ok(()),
        }
    }

    /// Takes in a piece of a feed. Returns the receiver, for the next piece.
    pub(crate) async fn take_in(&self, receiver: Receiver, bytes: Vec<u8>) -> Answered<Receiver> {
        match self {
            Self::File(desk) => desk.feeds.take(receiver, bytes).await,
            Self::Fleet(_) => Err(Problem::FeedsNotTaken),
        }
    }

    /// Takes in the last piece of a feed.
    pub(crate) async fn end(&self, receiver: Receiver, bytes: Vec<u8>) -> Answered<FeedReport> {
        match self {
            Self::File(desk) => desk.feeds.end(receiver, bytes).await,
            Self::Fleet(_) => Err(Problem::FeedsNotTaken),
        }
    }

    /// Whether the threads that it needs are at work.
    pub(crate) fn is_healthy(&self) -> Answered<()> {
        match self {
            Self::File(desk) => desk.is_healthy(),
            Self::Fleet(desk) => desk.is_healthy(),
        }
    }

    /// Waits until one of them breaks down.
    pub(crate) async fn breaks_down(&self) {
        while self.is_healthy().is_ok() {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
    }

    /// Whether requests can be served.
    pub(crate) async fn is_ready(&self) -> Answered<()> {
        match self {
            Self::File(desk) => desk.is_ready().await,
            Self::Fleet(desk) => desk.is_ready().await,
        }
    }
}
