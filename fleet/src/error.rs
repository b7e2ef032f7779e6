//! Why a node did not do what was asked.

/// What a caller of a node is told.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What the book itself says: a refusal, or what is wrong with the request.
    #[error(transparent)]
    Ledger(#[from] refundry::Error),
    /// The engine could not be asked in time.
    #[error("the database can't be used ({0}); nothing was changed; try again")]
    Unavailable(String),
    /// The engine may or may not have kept what was asked.
    #[error(
        "the database did not say whether it kept this ({0}); ask again with the same idempotency key, or look whether it is there"
    )]
    InDoubt(String),
    /// This node does not serve the book any more.
    #[error("the book of {merchant} is not served by this node: {problem}; nothing was changed")]
    Stopped {
        /// Whose book it is.
        merchant: String,
        /// Why, and what to do.
        problem: String,
    },
    /// A line of an import can't be recorded.
    #[error(
        "line {line} can't be imported: {problem}; of its book nothing of the same part was kept; what else was recorded \
         stays, and is skipped when the corrected lines are imported again"
    )]
    Import {
        /// The line's number, from 1.
        line: u64,
        /// What is wrong with it.
        #[source]
        problem: Box<refundry::Error>,
    },
    /// Too many operations wait already.
    #[error("too many operations wait for this node; nothing was changed; try again")]
    Overloaded,
    /// The node's threads have ended, or broke down. What they were at may be kept or not.
    #[error(
        "this node has been closed; what was asked may be kept or not; ask another node with the same idempotency key, or look whether it is there"
    )]
    Closed,
}

/// The result of everything that a node is asked.
pub type Result<T> = std::result::Result<T, Error>;
