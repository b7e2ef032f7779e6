//! How far long calls have come, and what they did.

use std::ops::ControlFlow;

use serde::Serialize;

use crate::words::feed::Fork;

/// How far an import has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportProgress {
    /// Lines read.
    pub lines: u64,
    /// Bytes read.
    pub bytes: u64,
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Lines read, blank ones included.
    pub lines: u64,
    /// Lines that recorded or advanced an object.
    pub recorded: u64,
    /// Lines whose facts were known already.
    pub skipped: u64,
}

/// How far a backup has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackupProgress {
    /// Pages of the file copied.
    pub copied: u32,
    /// Pages of the file in all.
    pub total: u32,
}

/// How far a verification has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VerifyProgress {
    /// Journal entries checked.
    pub entries: u64,
    /// Journal entries in all books.
    pub total: u64,
}

/// What was verified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Books checked.
    pub books: u64,
    /// Journal entries checked.
    pub entries: u64,
    /// What somebody else defined in the file, by kind and name, which does no harm: tables and
    /// views of their own, and indexes.
    pub foreign: Vec<String>,
    /// Evidence that other ledgers' books differ from their mirrors here, which are sound.
    pub forks: Vec<Fork>,
}

/// How far the upgrade of an older file has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UpgradeProgress {
    /// Journal entries copied.
    pub entries: u64,
    /// Journal entries in all books.
    pub total: u64,
}

/// What is told how far an upgrade has come, and may stop it.
pub type OnUpgrade = Box<dyn FnMut(&UpgradeProgress) -> ControlFlow<()> + Send>;
