//! Why a command failed: one line for people, an exit code for programs.

use std::{fmt, io, path::Path, process::ExitCode};

use clap::error::ErrorKind;
use refundry::{Error, FileError};

const MACHINE: u8 = 1;
const USAGE: u8 = 2;
const REFUSED: u8 = 3;
const UNSOUND: u8 = 4;
const LOCKED: u8 = 5;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    text: String,
    /// Whether it is the ledger's file that failed, or was not as it has to be.
    of_the_file: bool,
}

impl Failure {
    /// A file, the network or the system failed.
    pub(crate) fn machine(text: impl fmt::Display) -> Self {
        Self::new(MACHINE, text)
    }

    /// What was asked for can't be done.
    pub(crate) fn refused(text: impl fmt::Display) -> Self {
        Self::new(REFUSED, text)
    }

    /// The books are not as they have to be.
    pub(crate) fn unsound(text: impl fmt::Display) -> Self {
        Self::new(UNSOUND, text)
    }

    /// Another process has the ledger.
    #[cfg(unix)]
    pub(crate) fn locked(text: impl fmt::Display) -> Self {
        Self::new(LOCKED, text)
    }

    /// The command line is wrong.
    pub(crate) fn usage(text: impl fmt::Display) -> Self {
        Self::new(USAGE, text)
    }

    /// The same, as the parser explains it; its paragraphs become one line.
    pub(crate) fn of_parser(error: &clap::Error) -> Self {
        let text = error.to_string();
        if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            return Self::usage(format_args!("say which\n\n{}", text.trim_end()));
        }
        let paragraphs = text.trim_start_matches("error: ").split("\n\n");
        let lines = paragraphs.map(|paragraph| {
            paragraph.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
        });
        let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
        Self::usage(lines.join("; "))
    }

    fn new(code: u8, text: impl fmt::Display) -> Self {
        Self { code, text: text.to_string(), of_the_file: false }
    }

    /// The same, of the ledger at this path: named, if it is the ledger that failed and does not say
    /// so itself.
    pub(crate) fn of_ledger(self, path: &Path) -> Self {
        let path = path.display().to_string();
        let is_named = !self.of_the_file || self.text.contains(&path);
        if is_named { self } else { self.about(path) }
    }

    /// The same, and of what.
    pub(crate) fn about(self, subject: impl fmt::Display) -> Self {
        Self { text: format!("{subject}: {}", self.text), ..self }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        // The numbers of what is wrong with a file begin there.
        let of_the_file = error.number() >= 300 || matches!(error, Error::Unsound(_));
        Self { code: code_of(&error), text: error.to_string(), of_the_file }
    }
}

impl From<refundry_books::Error> for Failure {
    fn from(error: refundry_books::Error) -> Self {
        use refundry_books::Error;
        let code = match &error {
            Error::Ledger(error) => code_of(error),
            Error::Unsound { .. } => UNSOUND,
            Error::Period { .. } | Error::Mapping(_) => USAGE,
            error if error.is_of_the_request() => REFUSED,
            _ => MACHINE,
        };
        let of_the_file = matches!(&error, Error::Ledger(error) if error.number() >= 300);
        Self { code, text: error.to_string(), of_the_file }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::machine(error)
    }
}

fn code_of(error: &Error) -> u8 {
    match error {
        Error::InvalidRequest { .. }
        | Error::NotAFeed { .. }
        | Error::ParameterUnknown { .. }
        | Error::ParameterInvalid { .. }
        | Error::ParametersExclusive
        | Error::ParameterMissing { .. }
        | Error::ParameterOutOfRange { .. } => USAGE,
        Error::ApiKeyInvalid
        | Error::ApiKeyInactive
        | Error::PermissionDenied { .. }
        | Error::IdempotencyKeyReused
        | Error::ResourceMissing { .. }
        | Error::ResourceConflict { .. }
        | Error::Feed { .. }
        | Error::TooFarAhead { .. }
        | Error::HeadUnknown { .. }
        | Error::Receipt(_)
        | Error::Forked { .. }
        | Error::MarkUnknown { .. }
        | Error::Mirrored
        | Error::HandoverMisdirected { .. }
        | Error::HandoverConflict { .. }
        | Error::Refused { .. } => REFUSED,
        // A bad line is not the command line's fault.
        Error::Import { problem, .. } => match code_of(problem) {
            USAGE => REFUSED,
            other => other,
        },
        Error::Unsound(_) => UNSOUND,
        Error::File(file) if file.number() == FileError::CORRUPT => UNSOUND,
        Error::File(file) if file.is_of_the_disk() => MACHINE,
        Error::File(_) => REFUSED,
        Error::LockTimeout { .. } => LOCKED,
        Error::Canceled
        | Error::Internal { .. }
        | Error::Batch { .. }
        | Error::Engine(_)
        | Error::OutcomeUnknown(_)
        | Error::Random(_) => MACHINE,
    }
}
