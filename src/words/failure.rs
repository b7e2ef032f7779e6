//! What is said of a failure of the machine: which file it is about.

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
}
