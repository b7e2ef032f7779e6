//! What a trial must never find.

use std::fmt;

use refundry::Error;

/// What is wrong.
#[derive(Debug)]
pub enum Fault {
    /// What was acknowledged or sent is not there.
    Lost(String),
    /// A part of something is there, or something that nobody ever said.
    Half(String),
    /// What was there was done or taken in once more.
    Doubled(String),
    /// It can't be opened, does not verify, or does not go on.
    Broken(Error),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost(what) => write!(f, "lost: {what}"),
            Self::Half(what) => write!(f, "half: {what}"),
            Self::Doubled(what) => write!(f, "doubled: {what}"),
            Self::Broken(error) => write!(f, "broken: {error}"),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}
