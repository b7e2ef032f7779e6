//! Everything that can go wrong, in one enum.

pub(crate) mod engine;
pub(crate) mod file;
pub(crate) mod head;

#[cfg(test)]
mod tests;

use std::{
    io,
    path::{Path, PathBuf},
};

use self::{
    engine::EngineError,
    file::{FileError, Named},
    head::HeadProblem,
};
use crate::words::{
    chain::Mark,
    failure::{Quoted, of_a_taken_id},
    finding::Finding,
    refusal::Refusal,
    time::Timestamp,
};

/// The result of every fallible call.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call did nothing. "Refused" is what rules do, "failed" is what machines do; after either,
/// the ledger is as it was before the call; only [`Error::OutcomeUnknown`] leaves that open.
///
/// Each variant has a permanent [number](Error::number), for languages without enums, and a
/// permanent [code](Error::code), as answers over HTTP carry it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such API key.
    #[error("the API key is missing, malformed or unknown; nothing was changed; send a valid key")]
    ApiKeyInvalid,
    /// The API key was revoked.
    #[error("this API key has been revoked; nothing was changed; use another key of the merchant")]
    ApiKeyInactive,
    /// The caller expected the other mode.
    #[error("this merchant is in {} mode; nothing was changed; use a key of the mode that liveMode asks for", if *live_mode { "live" } else { "test" })]
    PermissionDenied {
        /// The mode of the merchant.
        live_mode: bool,
    },
    /// The text is not one acceptable JSON object.
    #[error(
        "the text is not acceptable JSON ({problem}); nothing was changed; send one JSON object in UTF-8"
    )]
    InvalidRequest {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The text is not a feed, or one of another version.
    #[error(
        "the text is not a feed (its first line {problem}); nothing was recorded; send one from its first line on, as a Refundry of this version writes it"
    )]
    NotAFeed {
        /// What is wrong with its first line.
        problem: &'static str,
    },
    /// A field that the request does not have.
    #[error("there is no field {param:?}; nothing was changed; leave it out or correct its name")]
    ParameterUnknown {
        /// The first such field in the text.
        param: String,
    },
    /// A value of the wrong type or form.
    #[error("{param} must be {expected}; nothing was changed; correct it and ask again")]
    ParameterInvalid {
        /// The field.
        param: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// Both targets of a refund.
    #[error(
        "chargeId and paymentIntentId exclude each other; nothing was changed; send exactly one of them"
    )]
    ParametersExclusive,
    /// A field that is needed.
    #[error("{param} is missing; nothing was changed; send it")]
    ParameterMissing {
        /// The field; of the two targets of a refund, `chargeId`.
        param: &'static str,
    },
    /// A whole number outside its range.
    #[error(
        "{param} must be a whole number of minor units from {least} to 9007199254740991; nothing was changed; correct it and ask again"
    )]
    ParameterOutOfRange {
        /// The field.
        param: &'static str,
        /// The smallest number it may be.
        least: i64,
    },
    /// The idempotency key belongs to another request.
    #[error(
        "this idempotency key was used for a different request; nothing was changed; use a new key for a new request"
    )]
    IdempotencyKeyReused,
    /// No such object in this merchant's book.
    #[error(
        "{param} {} names nothing in this merchant's book; nothing was changed; check the id and whose key is used",
        Quoted(id)
    )]
    ResourceMissing {
        /// The field that named it.
        param: &'static str,
        /// What stood there. The message has only its beginning, and nothing of an API key.
        id: String,
    },
    /// An object with this id exists, where it has to be new or the facts have to be the same.
    #[error("{} exists already{}", Quoted(id), of_a_taken_id(*fact))]
    ResourceConflict {
        /// The id.
        id: String,
        /// The first fact that differs; `None` where the id has to be new.
        fact: Option<&'static str>,
    },
    /// The text of a hand-over is for another book.
    #[error(
        "this hand-over is for the book of {}; nothing was changed; take it over there",
        Quoted(merchant_id)
    )]
    HandoverMisdirected {
        /// The merchant whose book it is for.
        merchant_id: String,
    },
    /// The text of a hand-over does not agree with what this book knows.
    #[error(
        "this book knows another {fact} than the hand-over {} says; nothing was changed; compare both books, and settle what is left by an adjustment",
        Quoted(id)
    )]
    HandoverConflict {
        /// The hand-over.
        id: String,
        /// The first fact that differs.
        fact: &'static str,
    },
    /// The ledger's rules refused.
    #[error("{refusal}")]
    Refused {
        /// Why.
        refusal: Refusal,
        /// The field that is to blame.
        param: &'static str,
        /// Whether this is the outcome of an earlier request with the same idempotency key.
        replayed: bool,
    },
    /// A line of an import is bad.
    #[error("line {line} can't be imported: {problem}; nothing of this import was kept")]
    Import {
        /// The line's number, from 1.
        line: u64,
        /// What is wrong with it.
        #[source]
        problem: Box<Error>,
    },
    /// The caller's progress callback asked to stop.
    #[error("canceled as asked; nothing was changed")]
    Canceled,
    /// A batch is in the wrong state for what was asked.
    #[error("{problem}; nothing was changed")]
    Batch {
        /// Which state, and what to do.
        problem: &'static str,
    },
    /// The books do not add up.
    #[error("{0}; nothing was changed; stop writing to this file and compare it with a backup")]
    Unsound(Finding),
    /// Another process held the write lock for too long.
    #[error(
        "another process is writing to {} and did not finish in time; nothing was changed; try again", Named(path.as_deref(), "this ledger")
    )]
    LockTimeout {
        /// The ledger's file, if it is one and is known.
        path: Option<PathBuf>,
    },
    /// A file is not as it has to be, or can't be read or written.
    #[error("{0}")]
    File(#[source] FileError),
    /// The disk failed while a commit was on its way to it.
    #[error("{0}")]
    OutcomeUnknown(#[source] EngineError),
    /// The database engine did not do what was asked.
    #[error("{0}")]
    Engine(#[source] EngineError),
    /// The source of random numbers failed.
    #[error("no random numbers ({0}); nothing was changed; try again")]
    Random(#[source] io::Error),
    /// A line of another ledger's feed does not follow from what this book has.
    #[error(
        "line {line} of the feed {problem}; nothing of it was recorded; send the recordings after {after}"
    )]
    Feed {
        /// The number of the line in the feed, from 1.
        line: u64,
        /// What is wrong with it.
        problem: &'static str,
        /// Where the book ends, and the next feed has to begin.
        after: Mark,
    },
    /// A line of a feed has another hash than the recording at its place.
    #[error(
        "line {line} of the feed is another recording {n} than this book has: the book was restored from an older copy, or altered; nothing of it was recorded; find out which of the two is right"
    )]
    Forked {
        /// The number of the line in the feed, from 1.
        line: u64,
        /// The number of the recording.
        n: i64,
    },
    /// A feed was asked for from a place that the book never had.
    #[error(
        "this book never had the mark {mark}: it was restored from an older copy, or it is another book; nothing was changed; go back to an earlier mark"
    )]
    MarkUnknown {
        /// The mark.
        mark: Mark,
    },
    /// An operation was asked of a book that another ledger keeps.
    #[error(
        "this book is a mirror of one that another ledger keeps; nothing was changed; ask that ledger, whose feed will bring it here"
    )]
    Mirrored,
    /// A head that was kept is none that this book has had.
    #[error("{}", head::Told { merchant_id, problem: *problem, after: *after })]
    HeadUnknown {
        /// Whose book.
        merchant_id: String,
        /// Why not.
        problem: HeadProblem,
        /// The number of the book's last entry.
        after: i64,
    },
    /// A receipt, checkpoint or proof proves nothing.
    #[error("{0}")]
    Receipt(#[from] refundry_receipt::Error),
    /// Maturity was asked for a moment far ahead of all that the ledger has seen: the clock is wrong, or
    /// the ledger was not used for long.
    #[error(
        "{now} is more than 90 days after {seen}, the last moment that this ledger has seen; nothing matured; set the clock, or confirm the time if it is right"
    )]
    TooFarAhead {
        /// The moment that was asked for.
        now: Timestamp,
        /// The last moment that the ledger has seen.
        seen: Timestamp,
    },
    /// An assertion failed before anything was recorded: a mistake of this library.
    #[error(
        "the library was about to record something that is not so ({expected}); nothing was changed; report this, and keep a copy of the ledger"
    )]
    Internal {
        /// What had to hold.
        expected: &'static str,
    },
}

impl Error {
    /// Below it are the numbers of the contract's rows, which blame the request.
    const FIRST_NOT_OF_THE_REQUEST: u16 = 200;

    /// The permanent number: one for each variant and refusal, never 0, never given twice.
    #[must_use]
    pub fn number(&self) -> u16 {
        match self {
            Self::ApiKeyInvalid => 10,
            Self::ApiKeyInactive => 20,
            Self::PermissionDenied { .. } => 30,
            Self::InvalidRequest { .. } | Self::NotAFeed { .. } => 40,
            Self::ParameterUnknown { .. } => 50,
            Self::ParameterInvalid { .. } => 60,
            Self::ParametersExclusive => 70,
            Self::ParameterMissing { .. } => 71,
            Self::ParameterOutOfRange { .. } => 80,
            Self::IdempotencyKeyReused => 100,
            Self::ResourceMissing { .. } => 110,
            Self::ResourceConflict { .. } => 111,
            Self::Mirrored => 112,
            Self::Refused { refusal, .. } => refusal.number(),
            Self::HandoverMisdirected { .. } => 132,
            Self::HandoverConflict { .. } => 133,
            Self::Import { .. } => 200,
            Self::Canceled => 201,
            Self::Unsound(_) => 202,
            Self::Batch { .. } => 203,
            Self::Internal { .. } => 204,
            Self::Feed { .. } => 205,
            Self::TooFarAhead { .. } => 206,
            Self::Forked { .. } => 207,
            Self::MarkUnknown { .. } => 208,
            Self::HeadUnknown { .. } => 209,
            Self::Receipt(error) => error.number(),
            Self::LockTimeout { .. } => 300,
            Self::File(error) => error.number(),
            Self::Engine(error) | Self::OutcomeUnknown(error) => error.number(),
            Self::Random(_) => 322,
        }
    }

    /// The permanent code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ApiKeyInvalid => "api_key_invalid",
            Self::ApiKeyInactive => "api_key_inactive",
            Self::PermissionDenied { .. } => "permission_denied",
            Self::InvalidRequest { .. } | Self::NotAFeed { .. } => "invalid_request",
            Self::ParameterUnknown { .. } => "parameter_unknown",
            Self::ParameterInvalid { .. } => "parameter_invalid",
            Self::ParametersExclusive => "parameters_exclusive",
            Self::ParameterMissing { .. } => "parameter_missing",
            Self::ParameterOutOfRange { .. } => "parameter_out_of_range",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::ResourceMissing { .. } => "resource_missing",
            Self::ResourceConflict { .. } => "resource_conflict",
            Self::Refused { refusal, .. } => refusal.code(),
            Self::HandoverMisdirected { .. } => "handover_misdirected",
            Self::HandoverConflict { .. } => "handover_conflict",
            Self::Import { problem, .. } => problem.code(),
            Self::Canceled => "canceled",
            Self::Unsound(_) => "ledger_unsound",
            Self::Batch { .. } => "batch_invalid_state",
            Self::Feed { .. } => "feed_invalid",
            Self::Mirrored => "book_mirrored",
            Self::Forked { .. } => "book_forked",
            Self::MarkUnknown { .. } => "mark_unknown",
            Self::HeadUnknown { .. } => "head_unknown",
            Self::Receipt(error) => error.code(),
            Self::TooFarAhead { .. } => "too_far_ahead",
            Self::LockTimeout { .. } => "lock_timeout",
            Self::File(error) => error.code(),
            Self::Engine(error) | Self::OutcomeUnknown(error) => error.code(),
            Self::Internal { .. } | Self::Random(_) => "api_error",
        }
    }

    /// The field that is to blame, if one is.
    #[must_use]
    pub fn param(&self) -> Option<&str> {
        match self {
            Self::PermissionDenied { .. } => Some("liveMode"),
            Self::TooFarAhead { .. } => Some("now"),
            Self::ParameterUnknown { param } => Some(param),
            Self::ParameterInvalid { param, .. }
            | Self::ParameterMissing { param }
            | Self::ParameterOutOfRange { param, .. }
            | Self::ResourceMissing { param, .. }
            | Self::Refused { param, .. } => Some(param),
            Self::ParametersExclusive => Some("paymentIntentId"),
            Self::HandoverMisdirected { .. } | Self::HandoverConflict { .. } => Some("text"),
            Self::IdempotencyKeyReused => Some("Idempotency-Key"),
            Self::Import { problem, .. } => problem.param(),
            Self::ApiKeyInvalid
            | Self::ApiKeyInactive
            | Self::InvalidRequest { .. }
            | Self::NotAFeed { .. }
            | Self::ResourceConflict { .. }
            | Self::Canceled
            | Self::Unsound(_)
            | Self::Batch { .. }
            | Self::Internal { .. }
            | Self::Feed { .. }
            | Self::Mirrored
            | Self::Forked { .. }
            | Self::MarkUnknown { .. }
            | Self::HeadUnknown { .. }
            | Self::Receipt(_)
            | Self::LockTimeout { .. }
            | Self::File(_)
            | Self::Engine(_)
            | Self::OutcomeUnknown(_)
            | Self::Random(_) => None,
        }
    }

    /// The id that named nothing or is taken, or the merchant whose book it is about.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        if let Self::ResourceMissing { id, .. }
        | Self::ResourceConflict { id, .. }
        | Self::HandoverConflict { id, .. } = self
        {
            Some(id)
        } else if let Self::HeadUnknown { merchant_id, .. }
        | Self::HandoverMisdirected { merchant_id } = self
        {
            Some(merchant_id)
        } else if let Self::Unsound(finding) = self {
            finding.merchant.as_deref()
        } else if let Self::Import { problem, .. } = self {
            problem.id()
        } else {
            None
        }
    }

    /// The file that it is about, if it is one and is known.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        if let Self::LockTimeout { path } = self {
            path.as_deref()
        } else if let Self::File(error) = self {
            error.path()
        } else if let Self::Engine(error) | Self::OutcomeUnknown(error) = self {
            error.path()
        } else {
            None
        }
    }

    /// The one number that the code does not tell: of a refusal its [fact](Refusal::fact); of a line
    /// or head that does not go on from a book, the number of the book's last recording or entry; of a
    /// fork, the number of the recording.
    #[must_use]
    pub fn fact(&self) -> Option<i64> {
        if let Self::Refused { refusal, .. } = self {
            refusal.fact()
        } else if let Self::Feed { after: Mark { n, .. }, .. }
        | Self::HeadUnknown { after: n, .. }
        | Self::Forked { n, .. } = self
        {
            Some(*n)
        } else if let Self::Import { problem, .. } = self {
            problem.fact()
        } else {
            None
        }
    }

    /// What the rules refused, if they did.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        if let Self::Refused { refusal, .. } = self { Some(*refusal) } else { None }
    }

    /// Whether this is the outcome of an earlier request with the same idempotency key.
    #[must_use]
    pub fn is_replayed(&self) -> bool {
        matches!(self, Self::Refused { replayed: true, .. })
    }

    /// The first time that the rules refuse something. The field to blame is the amount if that is
    /// what is wrong, else the one that named the target.
    pub(crate) const fn refused(refusal: Refusal, target: &'static str) -> Self {
        let param = match refusal.param() {
            Some(param) => param,
            None => target,
        };
        Self::Refused { refusal, param, replayed: false }
    }

    /// The same refusal, as the outcome of an earlier request.
    pub(crate) fn replayed(self) -> Self {
        match self {
            Self::Refused { refusal, param, .. } => {
                Self::Refused { refusal, param, replayed: true }
            }
            other => other,
        }
    }

    /// The same mistake in a field of another name.
    #[must_use]
    pub fn in_param(self, param: &'static str) -> Self {
        match self {
            Self::ParameterInvalid { expected, .. } => Self::ParameterInvalid { param, expected },
            Self::ParameterOutOfRange { least, .. } => Self::ParameterOutOfRange { param, least },
            other => other,
        }
    }

    /// Whether the request is to blame, for being wrong in itself or against the rules: nothing but
    /// the refusal was recorded then.
    pub(crate) fn is_of_the_request(&self) -> bool {
        // What is wrong with a line is never the machine's fault.
        matches!(self, Self::Import { .. }) || self.number() < Self::FIRST_NOT_OF_THE_REQUEST
    }
}
