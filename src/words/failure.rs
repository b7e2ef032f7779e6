//! What is said of a failure: which file, field or id it is about.

use std::{
    fmt::{self, Display},
    path::Path,
};

use crate::words::error::{Error, file::FileProblem, head::HeadProblem};

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

    /// A head that a book never had, whose last entry is `last`.
    pub(crate) fn head_unknown(merchant_id: &str, at: i64, last: i64) -> Self {
        let problem =
            if at > last { HeadProblem::RolledBack { at } } else { HeadProblem::Forked { at } };
        Self::HeadUnknown { merchant_id: merchant_id.to_owned(), problem, after: last }
    }

    /// Whether what failed would fail for every book.
    pub(crate) const fn is_of_the_machine(&self) -> bool {
        if let Self::File(error) = self {
            error.is_of_every_book()
        } else {
            matches!(self, Self::LockTimeout { .. } | Self::OutcomeUnknown(_))
        }
    }
}

/// The end of what is said of an id that is taken.
pub(crate) fn of_a_taken_id(fact: Option<&str>) -> String {
    match fact {
        Some(fact) => format!(
            " and differs in {fact}; nothing was changed; use another id, or send the facts as \
             they are known"
        ),
        None => "; nothing was changed; use another id".to_owned(),
    }
}

/// An id as a caller wrote it: escaped, cut off where it is longer than any id, and left out where it
/// looks like an API key, which messages never repeat.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 64;
        if ["sk_", "rk_"].iter().any(|prefix| self.0.trim_start().starts_with(prefix)) {
            return f.write_str("(an API key)");
        }
        match self.0.char_indices().nth(LONGEST) {
            Some((end, _)) => write!(f, "{:?}…", &self.0[..end]),
            None => write!(f, "{:?}", self.0),
        }
    }
}
