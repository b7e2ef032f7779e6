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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportReport {
    /// Lines read, blank ones included.
    pub lines: u64,
    /// Lines that recorded or advanced an object.
    pub recorded: u64,
    /// Lines of objects that were known already, as they are or further on: nothing was recorded.
    pub skipped: u64,
    /// How many facts of lines that were skipped are not what is known, and were ignored.
    pub ignored: u64,
    /// The first hundred of them.
    pub ignored_facts: Vec<IgnoredFact>,
}

/// How many ignored facts are told.
const FACTS: usize = 100;

impl ImportReport {
    /// Adds what a later part of the same import did.
    pub fn add(&mut self, part: Self) {
        self.lines = self.lines.saturating_add(part.lines);
        self.recorded = self.recorded.saturating_add(part.recorded);
        self.skipped = self.skipped.saturating_add(part.skipped);
        self.ignored = self.ignored.saturating_add(part.ignored);
        let room = FACTS.saturating_sub(self.ignored_facts.len());
        self.ignored_facts.extend(part.ignored_facts.into_iter().take(room));
    }

    /// Counts a fact that was ignored, and tells it if not too many are told.
    pub(crate) fn ignore(&mut self, fact: IgnoredFact) {
        self.ignored = self.ignored.saturating_add(1);
        if self.ignored_facts.len() < FACTS {
            self.ignored_facts.push(fact);
        }
    }
}

/// What a line said of a known object, and an import does not change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IgnoredFact {
    /// The line's number, from 1.
    pub line: u64,
    /// The object.
    pub id: String,
    /// The field.
    pub fact: String,
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
    /// Harmless definitions of other programs in the file, by kind and name: their tables, views
    /// and indexes.
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

/// A function that is told how far an upgrade has come, and may stop it.
pub type OnUpgrade = Box<dyn FnMut(&UpgradeProgress) -> ControlFlow<()> + Send>;
