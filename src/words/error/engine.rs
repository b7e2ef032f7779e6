//! What the database engine refused, or failed at.

use std::{
    error, fmt,
    path::{Path, PathBuf},
};

use crate::words::error::{Error, file::Named};

/// The database engine did not do what was asked, in its own words. Which engine it is may change.
#[derive(Debug)]
pub struct EngineError {
    path: Option<PathBuf>,
    problem: EngineProblem,
}

/// What it did not do.
#[derive(Debug)]
pub(crate) enum EngineProblem {
    /// It did not accept a setting that the guarantees depend on.
    SettingRefused(&'static str),
    /// It failed in another way.
    Failed(String),
    /// The disk failed while a commit was on its way to it.
    Commit(String),
}

/// Where it is not known in which file.
impl From<EngineProblem> for Error {
    fn from(problem: EngineProblem) -> Self {
        let is_commit = matches!(problem, EngineProblem::Commit(_));
        let error = EngineError { path: None, problem };
        if is_commit { Self::OutcomeUnknown(error) } else { Self::Engine(error) }
    }
}

impl EngineError {
    /// It did not accept a setting that the guarantees depend on.
    pub const SETTING_REFUSED: u16 = 317;
    /// It failed in another way.
    pub const STORAGE: u16 = 323;
    /// The disk failed during a commit, of which nobody knows whether it was recorded.
    pub const OUTCOME_UNKNOWN: u16 = 324;

    /// The permanent number.
    #[must_use]
    pub const fn number(&self) -> u16 {
        match self.problem {
            EngineProblem::SettingRefused(_) => Self::SETTING_REFUSED,
            EngineProblem::Failed(_) => Self::STORAGE,
            EngineProblem::Commit(_) => Self::OUTCOME_UNKNOWN,
        }
    }

    /// The permanent code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "api_error"
    }

    /// The ledger's file, if it is one and is known.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The same of this file, where none is named yet.
    pub(crate) fn at(self, path: &Path) -> Self {
        Self { path: self.path.or_else(|| Some(path.to_owned())), ..self }
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ledger = Named(self.path(), "this ledger");
        match &self.problem {
            EngineProblem::SettingRefused(setting) => write!(
                f,
                "SQLite did not accept {setting} for {ledger}; nothing was changed; use a build and \
                 a file system that support it"
            ),
            EngineProblem::Failed(told) => {
                write!(f, "SQLite failed with {ledger} ({told}); nothing was changed")
            }
            EngineProblem::Commit(told) => write!(
                f,
                "the disk failed during a commit to {ledger} ({told}); it may or may not have been \
                 recorded; open the ledger again and look the operation up by its idempotency key"
            ),
        }
    }
}

impl error::Error for EngineError {}
