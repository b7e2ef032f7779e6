//! What is wrong with a file, and with which.

use std::{
    borrow::Cow,
    error, fmt, io,
    path::{Path, PathBuf},
};

use crate::words::error::Error;

/// A file is not as it has to be, or can't be read or written. The [number](Self::number) tells what
/// is wrong with it; each has a name here, and more may be added.
///
/// ```
/// use refundry::{Access, Error, FileError, Ledger, Options};
///
/// let options = Options { access: Access::Open, ..Options::default() };
/// match Ledger::open("no-such-ledger", options) {
///     Err(Error::File(file)) if file.number() == FileError::FILE_MISSING => {}
///     other => panic!("{other:?}"),
/// }
/// ```
#[derive(Debug)]
pub struct FileError {
    path: Option<PathBuf>,
    problem: FileProblem,
}

/// What is wrong.
#[derive(Debug)]
#[cfg_attr(target_family = "wasm", expect(dead_code, reason = "browsers' files have no links"))]
pub(crate) enum FileProblem {
    /// The file is not there.
    Missing,
    /// The file is there, and must not be overwritten.
    Exists,
    /// The last part of the path is a link.
    SymbolicLink,
    /// The file is something else.
    NotALedger,
    /// The file was written by a newer Refundry.
    Newer { found: i64, known: i64 },
    /// Writing was asked of a ledger that can't be written.
    ReadOnly,
    /// The file is damaged.
    Corrupt(String),
    /// The file has other names, each of which would have a log of its own.
    HardLinks,
    /// The path leads to another file than the one that was opened, or to none.
    Moved,
    /// The disk is full.
    Full,
    /// The file can't be read or written.
    InputOutput(io::Error),
    /// The file itself is mounted there, so that it is somewhere else under another name.
    MountPoint,
    /// The log beside the file was written for another one.
    ForeignLog { log: PathBuf },
    /// The bytes are of a file whose log is not in them.
    LogMissing,
    /// All numbers for merchants are given.
    MerchantsFull { most: i64 },
}

impl FileProblem {
    /// The error that says so of this file.
    pub(crate) fn at(self, path: &Path) -> Error {
        FileError { path: Some(path.to_owned()), problem: self }.into()
    }
}

impl From<FileError> for Error {
    fn from(error: FileError) -> Self {
        Self::File(error)
    }
}

/// Where it is not known which file it is, or where there is none.
impl From<FileProblem> for Error {
    fn from(problem: FileProblem) -> Self {
        FileError { path: None, problem }.into()
    }
}

impl FileError {
    /// The file is not there.
    pub const FILE_MISSING: u16 = 310;
    /// The file is there, and must not be overwritten.
    pub const FILE_EXISTS: u16 = 311;
    /// The last part of the path is a link.
    pub const SYMBOLIC_LINK: u16 = 312;
    /// The file is something else.
    pub const NOT_A_LEDGER: u16 = 313;
    /// The file was written by a newer Refundry.
    pub const NEWER_LEDGER: u16 = 314;
    /// Writing was asked of a ledger that can't be written.
    pub const READ_ONLY: u16 = 315;
    /// The file is damaged.
    pub const CORRUPT: u16 = 316;
    /// The file has other names (hard links), each of which would have a log of its own.
    pub const HARD_LINKS: u16 = 318;
    /// The path leads to another file than the one that was opened, or to none.
    pub const FILE_MOVED: u16 = 319;
    /// The disk is full.
    pub const DISK_FULL: u16 = 320;
    /// The file can't be read or written.
    pub const INPUT_OUTPUT: u16 = 321;
    /// The file is mounted by itself, so that it is somewhere else under another name.
    pub const MOUNT_POINT: u16 = 325;
    /// The log beside the file was written for another one.
    pub const FOREIGN_LOG: u16 = 326;
    /// The bytes are of a file whose log is not in them.
    pub const LOG_MISSING: u16 = 327;
    /// A ledger has no more merchants than there are numbers for them: 8,388,607.
    pub const MERCHANTS_FULL: u16 = 328;

    /// What a program that reads a file for the ledger says where that fails.
    #[must_use]
    pub fn input_output(path: impl Into<PathBuf>, error: io::Error) -> Self {
        Self { path: Some(path.into()), problem: FileProblem::InputOutput(error) }
    }

    /// The permanent number.
    #[must_use]
    pub const fn number(&self) -> u16 {
        match self.problem {
            FileProblem::Missing => Self::FILE_MISSING,
            FileProblem::Exists => Self::FILE_EXISTS,
            FileProblem::SymbolicLink => Self::SYMBOLIC_LINK,
            FileProblem::NotALedger => Self::NOT_A_LEDGER,
            FileProblem::Newer { .. } => Self::NEWER_LEDGER,
            FileProblem::ReadOnly => Self::READ_ONLY,
            FileProblem::Corrupt(_) => Self::CORRUPT,
            FileProblem::HardLinks => Self::HARD_LINKS,
            FileProblem::Moved => Self::FILE_MOVED,
            FileProblem::Full => Self::DISK_FULL,
            FileProblem::InputOutput(_) => Self::INPUT_OUTPUT,
            FileProblem::MountPoint => Self::MOUNT_POINT,
            FileProblem::ForeignLog { .. } => Self::FOREIGN_LOG,
            FileProblem::LogMissing => Self::LOG_MISSING,
            FileProblem::MerchantsFull { .. } => Self::MERCHANTS_FULL,
        }
    }

    /// The permanent code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "api_error"
    }

    /// Which file, if it is one and is known.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// What the operating system or the engine said, if the file can't be read or written.
    #[must_use]
    pub const fn io_error(&self) -> Option<&io::Error> {
        if let FileProblem::InputOutput(error) = &self.problem { Some(error) } else { None }
    }

    /// The file's schema version and the newest that is known, if it was written by a newer Refundry.
    #[must_use]
    pub const fn schema_versions(&self) -> Option<(i64, i64)> {
        if let FileProblem::Newer { found, known } = self.problem {
            Some((found, known))
        } else {
            None
        }
    }

    /// Whether the disk failed. Otherwise the file is another than was asked for.
    #[must_use]
    pub const fn is_of_the_disk(&self) -> bool {
        matches!(self.problem, FileProblem::Full | FileProblem::InputOutput(_))
    }

    /// Whether the disk had no room left.
    pub(crate) const fn is_full(&self) -> bool {
        matches!(self.problem, FileProblem::Full)
    }

    /// Whether what failed would fail for every book of the file.
    pub(crate) const fn is_of_every_book(&self) -> bool {
        matches!(
            self.problem,
            FileProblem::Moved
                | FileProblem::MountPoint
                | FileProblem::ReadOnly
                | FileProblem::Full
                | FileProblem::InputOutput(_)
        )
    }

    /// The same of this file, where none is named yet.
    pub(crate) fn at(self, path: &Path) -> Self {
        Self { path: self.path.or_else(|| Some(path.to_owned())), ..self }
    }

    /// The same, where the place of damage within the file is known.
    pub(crate) fn within(self, place: &dyn fmt::Display) -> Self {
        match self.problem {
            FileProblem::Corrupt(detail) => {
                Self { problem: FileProblem::Corrupt(format!("{place}: {detail}")), ..self }
            }
            problem => Self { problem, ..self },
        }
    }
}

/// A path, or what is said instead where none is known.
pub(super) struct Named<'a>(pub(super) Option<&'a Path>, pub(super) &'static str);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(path) => path.display().fmt(f),
            None => f.write_str(self.1),
        }
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unnamed = match self.number() {
            Self::NOT_A_LEDGER | Self::LOG_MISSING => "what was given",
            Self::INPUT_OUTPUT => "a file",
            _ => "this ledger",
        };
        write!(f, "{} {}", Named(self.path(), unnamed), self.problem.told())
    }
}

impl FileProblem {
    /// What is said of the file: what is wrong, what was not changed, and what to do.
    fn told(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Missing => {
                "does not exist; nothing was created; check the path, or ask for it to be created"
            }
            Self::Exists => "exists already; nothing was written; choose another name",
            Self::SymbolicLink => "is a symbolic link; nothing was opened; name the file itself",
            Self::NotALedger => "is not a Refundry ledger; nothing was changed; check the path",
            Self::ReadOnly => {
                "can only be read; nothing was changed; open it where it can be written"
            }
            Self::HardLinks => {
                "is one of several names of a file (hard links); nothing was opened; let nobody use \
                 it, and keep only the name that has a log (-wal) beside it"
            }
            Self::Moved => {
                "is no longer the file that was opened: that one was moved, replaced or removed; \
                 nothing was changed; put it back together with its log (-wal), and open it again"
            }
            Self::Full => "is on a disk that is full; nothing was changed; make room and try again",
            Self::MountPoint => {
                "is a file that is mounted by itself (a bind mount), apart from its log; nothing \
                 was changed; mount the folder that holds it"
            }
            Self::LogMissing => {
                "is a ledger's file without its log, which may hold everything; nothing was opened; \
                 take the bytes from to_bytes or from a backup"
            }
            Self::Newer { found, known } => {
                return Cow::Owned(format!(
                    "has schema version {found}, and this Refundry knows versions up to {known}; \
                     nothing was changed; use a newer Refundry"
                ));
            }
            Self::Corrupt(detail) => {
                return Cow::Owned(format!(
                    "is corrupt ({detail}); nothing was changed; restore it from a backup"
                ));
            }
            Self::InputOutput(error) => {
                return Cow::Owned(format!(
                    "could not be read or written ({error}); nothing was changed"
                ));
            }
            Self::ForeignLog { log } => {
                return Cow::Owned(format!(
                    "is not the file that its log {} was written for; nothing was changed; if the \
                     file was copied there, move the log away, else put back the file that belongs \
                     to it",
                    log.display()
                ));
            }
            Self::MerchantsFull { most } => {
                return Cow::Owned(format!(
                    "has had {most} merchants, and there are no more numbers for them; nothing was \
                     changed; add the merchant to another ledger"
                ));
            }
        })
    }
}

impl error::Error for FileError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.io_error().map(|error| error as _)
    }
}
