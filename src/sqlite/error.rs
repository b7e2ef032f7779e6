//! What SQLite's errors mean to a caller.

use std::io;

use rusqlite::ErrorCode;

use crate::words::error::{Error, engine::EngineProblem, file::FileProblem};

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            // The last is what SQLite says where it tried for ten seconds to read beside writers.
            Some(
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::FileLockingProtocolFailed,
            ) => Self::LockTimeout { path: None },
            Some(ErrorCode::DiskFull) => FileProblem::Full.into(),
            Some(ErrorCode::ReadOnly) => FileProblem::ReadOnly.into(),
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => {
                FileProblem::InputOutput(io::Error::other(error)).into()
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
                other => EngineProblem::Failed(other.to_string()).into(),
            },
        }
    }
}

/// What a failed commit means: after an I/O error nobody knows how much of it is on disk.
pub(crate) fn of_commit(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::SystemIoFailure) => EngineProblem::Commit(error.to_string()).into(),
        _ => error.into(),
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
            let told = if code == ffi::SQLITE_IOERR_READ { 324 } else { number };
            assert_eq!(of_commit(failed(code)).number(), told, "SQLite's {code}");
        }
    }
}
