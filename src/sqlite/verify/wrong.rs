//! What is wrong with a row, told before the place of the row is.

use crate::words::{
    error::{Error, file::FileError},
    finding::{Invariant, unsound},
};

/// Why a check stops.
pub(super) enum Wrong {
    /// The row at hand breaks a promise.
    Here(Invariant),
    /// Something with a name of its own breaks one.
    At(String, Invariant),
    /// The row can't be read.
    Failed(Error),
}

pub(super) type Checked<T> = std::result::Result<T, Wrong>;

impl From<Error> for Wrong {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl From<rusqlite::Error> for Wrong {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Wrong {
    /// The error, where the row at hand has this place. A row that can't be read is a finding, not
    /// a failure of the machine.
    pub(super) fn at(self, merchant: Option<&str>, place: impl Into<String>) -> Error {
        match self {
            Self::Here(invariant) => unsound(merchant, place, invariant),
            Self::At(place, invariant) => unsound(merchant, place, invariant),
            Self::Failed(error) if error.number() == FileError::CORRUPT => {
                unsound(merchant, place, Invariant::Readable)
            }
            Self::Failed(error) => error,
        }
    }
}

/// Says which promise the row at hand breaks, unless it holds.
pub(super) const fn hold(holds: bool, invariant: Invariant) -> Checked<()> {
    if holds { Ok(()) } else { Err(Wrong::Here(invariant)) }
}
