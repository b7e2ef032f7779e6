//! The engine: where the recordings of all books are kept, for every node.
//!
//! An engine knows no rule and no balance. It keeps recordings in their order, and takes a group of
//! them whole or not at all, if the books still end where the node took them to end.

use std::io;

use refundry::Mark;

/// What every engine does for a node.
pub trait Engine: Send {
    /// Appends a group of recordings, whole or not at all, if every head of the group is still where
    /// its book ends.
    ///
    /// # Errors
    /// What the error says of the group decides what may be answered: see [`EngineError`].
    fn append(&mut self, group: &Group) -> Result<Appended, EngineError>;

    /// For each head the recordings from it on, itself included, in their order: at most `limit` of
    /// each book. Of a head before the first recording, from the first on. The body and the text of the
    /// head itself may be left out.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] or [`EngineError::Refused`].
    fn kept_from(&mut self, heads: &[Head], limit: u32) -> Result<Vec<Kept>, EngineError>;

    /// The merchants who hold the API keys with these hashes, revoked or not, in the same order.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] or [`EngineError::Refused`].
    fn key_holders(&mut self, hashes: &[[u8; 32]]) -> Result<Vec<Option<String>>, EngineError>;

    /// Returns once everything that could be read before is kept for good: what was committed may be
    /// read although its standby does not have it, if the wait for the standby was broken off.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] or [`EngineError::Refused`].
    fn confirm(&mut self) -> Result<(), EngineError>;

    /// Whether what is committed from now on waits for a standby to have it.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] or [`EngineError::Refused`].
    fn has_standby(&mut self) -> Result<bool, EngineError>;

    /// Merchants who have charges due at a moment, in milliseconds: at most `limit`.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] or [`EngineError::Refused`].
    fn due(&mut self, moment: i64, limit: u32) -> Result<Vec<String>, EngineError>;

    /// Every merchant of whom there is anything, sorted by id.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] or [`EngineError::Refused`].
    fn merchants(&mut self) -> Result<Vec<String>, EngineError>;

    /// The id of the fleet whose books these are.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] or [`EngineError::Refused`].
    fn fleet(&mut self) -> Result<String, EngineError>;

    /// The newest snapshot of a merchant's book. An engine may have none.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] or [`EngineError::Refused`].
    fn snapshot(&mut self, _merchant: &str) -> Result<Option<Snapshot>, EngineError> {
        Ok(None)
    }

    /// Pieces of a snapshot in their order, as they were kept: from the number `first` on (0 is the
    /// first), at most `limit`. Fewer if it is not there any more.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] or [`EngineError::Refused`].
    fn snapshot_pieces(
        &mut self,
        _snapshot: &Snapshot,
        _first: u32,
        _limit: u32,
    ) -> Result<Vec<Vec<u8>>, EngineError> {
        Ok(Vec::new())
    }

    /// How many personal texts of a merchant's book were erased so far.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] or [`EngineError::Refused`].
    fn erasures(&mut self, _merchant: &str) -> Result<i64, EngineError> {
        Ok(0)
    }

    /// Keeps a snapshot in the place of all others of that book, if as many texts were erased as when
    /// it was begun. Tells whether it was kept.
    ///
    /// # Errors
    /// What the error says of the snapshot: see [`EngineError`].
    fn keep_snapshot(
        &mut self,
        _snapshot: &Snapshot,
        _erasures: i64,
        _pieces: &mut dyn Iterator<Item = io::Result<Vec<u8>>>,
    ) -> Result<bool, EngineError> {
        Err(EngineError::Refused("it keeps no snapshots".into()))
    }
}

/// What became of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// It is kept, and will not be lost.
    Whole,
    /// Nothing of it is kept: a book has gone on since.
    Overtaken,
}

/// Why an engine did not answer as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// Nothing was changed; it may work a little later.
    #[error("{0}")]
    Unavailable(String),
    /// The group may be kept or not, now or in a moment.
    #[error("{0}")]
    InDoubt(String),
    /// Nothing was changed, and somebody has to do something before it works.
    #[error("{0}")]
    Refused(String),
}

/// A book as it was at some recording: the ledger's file that has it alone, in pieces. What it says is
/// in the recordings too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Whose book it is, and where it ended.
    pub head: Head,
    /// The engine's number of it: what comes later in its place has another. 0 before it is kept.
    pub id: i64,
    /// How the pieces are made: what does not know this number does not use the snapshot.
    pub format: i32,
    /// How many bytes the file has.
    pub bytes: u64,
    /// The SHA-256 of the file.
    pub digest: [u8; 32],
    /// How many pieces there are.
    pub pieces: u32,
}

/// Where a book ends, or where it is asked for from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Whose book it is.
    pub merchant: String,
    /// The number of its last recording, and the running hash. Number 0 before the first.
    pub mark: Mark,
}

/// What one group of operations leaves behind.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Where each book ended on which something was decided, sorted by merchant: also a book on which
    /// nothing was recorded.
    pub heads: Vec<Head>,
    /// Sorted by merchant and number, so that two nodes never wait for each other in a circle.
    pub recordings: Vec<Recording>,
    /// Books of which every charge that was due at a moment has matured, with this group or before,
    /// as far as they were recorded up to the head.
    pub matured: Vec<(Head, i64)>,
}

impl Group {
    /// Where the books end in which it records something.
    pub(crate) fn ends(&self) -> impl Iterator<Item = Head> {
        let last = |book: &[Recording]| {
            book.last().map(|last| Head { merchant: last.merchant.clone(), mark: last.mark })
        };
        self.recordings.chunk_by(|one, next| one.merchant == next.merchant).filter_map(last)
    }
}

/// One recording, and what an engine keeps apart from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Whose book it is in.
    pub merchant: String,
    /// Its number and the running hash.
    pub mark: Mark,
    /// Its canonical line, as it is once its personal text is erased.
    pub body: String,
    /// The personal text, as JSON, kept apart so that it can be erased.
    pub text: Option<String>,
    /// The hash of the API key that it adds.
    pub api_key: Option<[u8; 32]>,
    /// When the funds of the charge that it posts are due, in milliseconds.
    pub due: Option<i64>,
    /// The number of the recording whose text it erases.
    pub erases: Option<i64>,
}

/// A recording as an engine gives it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Whose book it is in.
    pub merchant: String,
    /// Its number.
    pub n: i64,
    /// The running hash.
    pub hash: [u8; 32],
    /// Its canonical line without its personal text.
    pub body: String,
    /// The personal text, unless there is none, or it was erased.
    pub text: Option<String>,
}
