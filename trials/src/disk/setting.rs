//! Weaker settings for controls. The library asks SQLite for its settings and reads them back, so a
//! control has to lie to it: it is told that its settings hold, and they don't.

use std::ffi::CStr;

/// How durable SQLite is on a recorded disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// As the library sets it.
    AsPromised,
    /// `journal_mode=WAL`, `synchronous=NORMAL`
    WalNormal,
    /// `journal_mode=DELETE`, `synchronous=FULL`: what SQLite does unless it is told otherwise
    DeleteFull,
    /// `journal_mode=WAL`, `synchronous=OFF`
    Off,
    /// As the library sets it, on a disk that forgets the sync of a folder.
    FolderNeverSynced,
}

impl Setting {
    /// What is set when a file is opened, before the library sets anything.
    pub(super) const fn at_opening(self) -> Option<&'static CStr> {
        match self {
            Self::AsPromised | Self::FolderNeverSynced => None,
            Self::WalNormal => Some(c"PRAGMA synchronous = NORMAL"),
            Self::DeleteFull => Some(c"PRAGMA synchronous = FULL"),
            Self::Off => Some(c"PRAGMA synchronous = OFF"),
        }
    }

    /// The lie told instead of obeying a pragma, or of saying what it is set to.
    pub(super) fn lie(self, pragma: &str, value: Option<&str>) -> Option<&'static CStr> {
        let weak_sync = self.at_opening().is_some();
        match (pragma, value) {
            ("synchronous", None | Some("EXTRA")) if weak_sync => Some(c"3"),
            ("journal_mode", None | Some("WAL")) if self == Self::DeleteFull => Some(c"wal"),
            _ => None,
        }
    }
}
