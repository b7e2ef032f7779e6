//! Why a command failed: one line for people, an exit code for programs.

use std::{fmt, io, process::ExitCode};

use clap::error::ErrorKind;
use refundry::Error;

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
}

impl Failure {
    /// A file, the network or the system failed.
    pub(crate) fn machine(text: impl fmt::Display) -> Self {
        Self { code: MACHINE, text: text.to_string() }
    }

    /// What was asked for can't be done.
    pub(crate) fn refused(text: impl fmt::Display) -> Self {
        Self { code: REFUSED, text: text.to_string() }
    }

    /// The command line is wrong.
    pub(crate) fn usage(text: impl fmt::Display) -> Self {
        Self { code: USAGE, text: text.to_string() }
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
        Self { code: code_of(&error), text: error.to_string() }
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
        | Error::Refused { .. }
        | Error::FileMissing { .. }
        | Error::FileExists { .. }
        | Error::SymbolicLink { .. }
        | Error::HardLinks { .. }
        | Error::FileMoved { .. }
        | Error::MountPoint { .. }
        | Error::ForeignLog { .. }
        | Error::LogMissing
        | Error::NotALedger { .. }
        | Error::NewerLedger { .. }
        | Error::ReadOnly { .. } => REFUSED,
        // A bad line is not the command line's fault.
        Error::Import { problem, .. } => match code_of(problem) {
            USAGE => REFUSED,
            other => other,
        },
        Error::Unsound(_) | Error::Corrupt { .. } => UNSOUND,
        Error::LockTimeout => LOCKED,
        Error::Canceled
        | Error::Batch { .. }
        | Error::SettingRefused { .. }
        | Error::DiskFull
        | Error::InputOutput(_)
        | Error::OutcomeUnknown(_)
        | Error::Random(_)
        | Error::Storage(_) => MACHINE,
    }
}
