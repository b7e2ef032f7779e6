//! What is said of a failure: which file it is about, and how far it reaches.

use std::{io, path::Path};

use crate::words::error::Error;

impl Error {
    /// The same failure, with the file that it is about where that is not told yet.
    pub(crate) fn at(self, path: &Path) -> Self {
        match self {
            Self::ReadOnly { path: None } => Self::ReadOnly { path: Some(path.to_owned()) },
            Self::InputOutput(error) => {
                let (kind, told) = (error.kind(), error.to_string());
                let path = path.display().to_string();
                let told = if told.contains(&path) { told } else { format!("{path}: {told}") };
                Self::InputOutput(io::Error::new(kind, told))
            }
            Self::Corrupt { detail } if !detail.contains(&path.display().to_string()) => {
                Self::Corrupt { detail: format!("{}: {detail}", path.display()) }
            }
            other => other,
        }
    }

    /// A row that the schema forbids.
    pub(crate) fn corrupt(detail: impl Into<String>) -> Self {
        Self::Corrupt { detail: detail.into() }
    }

    /// Whether what failed would fail for every book.
    pub(crate) const fn is_of_the_machine(&self) -> bool {
        matches!(
            self,
            Self::LockTimeout
                | Self::FileMoved { .. }
                | Self::MountPoint { .. }
                | Self::ReadOnly { .. }
                | Self::DiskFull
                | Self::InputOutput(_)
                | Self::OutcomeUnknown(_)
        )
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_taken_is_told_with_what_differs_if_anything_may() {
        let taken = |fact| Error::ResourceConflict { id: "ch_1".to_owned(), fact }.to_string();
        assert_eq!(taken(None), "\"ch_1\" exists already; nothing was changed; use another id");
        assert_eq!(
            taken(Some("amount")),
            "\"ch_1\" exists already and differs in amount; nothing was changed; use another id, \
             or send the facts as they are known"
        );
    }
}
