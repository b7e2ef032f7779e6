//! What the failures of SQLite and of the system mean.

use std::{io, path::Path};

use super::Error;

impl Error {
    /// What a failed commit means: after an I/O error nobody knows how much of it is on disk.
    pub(crate) fn of_commit(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::SystemIoFailure) => Self::OutcomeUnknown(error),
            _ => error.into(),
        }
    }

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

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match error.sqlite_error_code() {
            // The last is what SQLite says where it tried for ten seconds to read beside writers.
            Some(
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::FileLockingProtocolFailed,
            ) => Self::LockTimeout,
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path: None },
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => {
                Self::InputOutput(io::Error::other(error))
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::corrupt(error.to_string())
            }
            _ => match error {
                // A value that does not fit its type can only have been put there by hand.
                rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::Utf8Error(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::InvalidColumnType(..) => Self::corrupt(error.to_string()),
                other => Self::Storage(other),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    #[test]
    fn what_sqlite_says_is_told_by_what_it_means() {
        let failed = |code| rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        for (code, number) in [
            (ffi::SQLITE_BUSY_SNAPSHOT, 300),
            (ffi::SQLITE_LOCKED, 300),
            (ffi::SQLITE_PROTOCOL, 300),
            (ffi::SQLITE_READONLY_DBMOVED, 315),
            (ffi::SQLITE_CORRUPT_INDEX, 316),
            (ffi::SQLITE_NOTADB, 316),
            (ffi::SQLITE_FULL, 320),
            (ffi::SQLITE_IOERR_READ, 321),
            (ffi::SQLITE_CANTOPEN, 321),
            (ffi::SQLITE_NOMEM, 323),
        ] {
            assert_eq!(Error::from(failed(code)).number(), number, "SQLite's {code}");
            // Nobody knows how much of a commit is on disk where the disk failed.
            let of_commit = if code == ffi::SQLITE_IOERR_READ { 324 } else { number };
            assert_eq!(Error::of_commit(failed(code)).number(), of_commit, "SQLite's {code}");
        }
    }
}
