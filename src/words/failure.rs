//! What is said of a failure: which file, field or id it is about.

use std::{fmt::Display, path::Path};

use crate::words::error::{Error, feed::FeedProblem, file::FileProblem};

impl Error {
    /// The same failure, with the file that it is about where none is named yet.
    pub(crate) fn at(self, path: &Path) -> Self {
        match self {
            Self::LockTimeout { path: None } => Self::LockTimeout { path: Some(path.to_owned()) },
            Self::File(error) => Self::File(error.at(path)),
            Self::Engine(error) => Self::Engine(error.at(path)),
            Self::OutcomeUnknown(error) => Self::OutcomeUnknown(error.at(path)),
            other => other,
        }
    }

    /// The same failure, with the place in the file if that is damaged.
    pub(crate) fn within(self, place: impl Display) -> Self {
        match self {
            Self::File(error) => Self::File(error.within(&place)),
            other => other,
        }
    }

    /// A row that the schema forbids.
    pub(crate) fn corrupt(detail: impl Into<String>) -> Self {
        FileProblem::Corrupt(detail.into()).into()
    }

    /// An id that names nothing, in the field that has it.
    pub(crate) fn missing(param: &'static str, id: &str) -> Self {
        Self::ResourceMissing { param, id: id.to_owned() }
    }

    /// What does not go on from what a book has.
    pub(crate) fn feed(merchant_id: &str, problem: FeedProblem, after: i64) -> Self {
        Self::Feed { merchant_id: merchant_id.to_owned(), problem, after }
    }
}
