//! Where a file is: under how many names, and whether it is still there.

use std::{
    cell::OnceCell,
    fs::{self, Metadata},
    io::ErrorKind,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::{ITS_FILES, PARTIAL, named};
use crate::words::error::{Error, Result};

/// The path under which a file was opened, and which file that was.
pub(crate) struct Place {
    path: PathBuf,
    opened: OnceCell<Identity>,
    log: OnceCell<Identity>,
}

/// The device, and the file on it.
type Identity = (u64, u64);

impl Place {
    /// Of a file that was opened just now, by its absolute path.
    pub(crate) fn of(path: &Path) -> Result<Self> {
        let found = fs::symlink_metadata(path).map_err(Error::InputOutput)?;
        let opened = OnceCell::from(identity(&found));
        Ok(Self { path: path.to_owned(), opened, log: OnceCell::new() })
    }

    /// Refuses to go on where the path leads to another file or to none. Who opens the file under
    /// its new name does not see the log that is kept under the old one, and what is recorded in a
    /// file without a name is gone with the last handle on it. The log that is there in the first
    /// transaction that writes is the same one for as long as the ledger is open.
    pub(crate) fn check(&self) -> Result<()> {
        let log = named(&self.path, "-wal");
        for (path, opened) in [(&self.path, &self.opened), (&log, &self.log)] {
            let moved = || Error::FileMoved { path: path.clone() };
            let found = match fs::symlink_metadata(path) {
                Ok(found) => identity(&found),
                Err(error) => match error.kind() {
                    // A log that nobody has seen yet: the file may have a journal of another kind.
                    ErrorKind::NotFound if opened.get().is_none() => continue,
                    ErrorKind::NotFound | ErrorKind::NotADirectory => return Err(moved()),
                    // A process may have given up the right to look at its own files.
                    ErrorKind::PermissionDenied => continue,
                    _ => return Err(Error::InputOutput(error)),
                },
            };
            if *opened.get_or_init(|| found) != found {
                return Err(moved());
            }
        }
        Ok(())
    }

    /// Whether a path leads to the file or to what SQLite keeps beside it, under whatever name.
    pub(crate) fn holds(&self, path: &Path) -> bool {
        let identity = |path: &Path| fs::metadata(path).ok().as_ref().map(identity);
        let given = identity(path);
        given.is_some()
            && ITS_FILES.iter().any(|suffix| given == identity(&named(&self.path, suffix)))
    }
}

fn identity(found: &Metadata) -> Identity {
    (found.dev(), found.ino())
}

/// Whether a file has more names than this one. Each name has a log of its own, so that two
/// processes that use two of them would each write as if the other were not there.
///
/// A backup has two names for a moment, or until somebody tidies up if it was killed just then; the
/// one that begins with that of the ledger is used by nobody.
pub(crate) fn has_other_names(path: &Path) -> Result<bool> {
    let look = || fs::symlink_metadata(path).map_err(Error::InputOutput);
    let found = look()?;
    // Some file systems count none at all.
    if found.nlink() <= 1 {
        return Ok(false);
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok(true) };
    let begin = [name.as_encoded_bytes(), PARTIAL.as_bytes()].concat();
    let mut unused = 0_u64;
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => return Ok(true),
        entries => entries.map_err(Error::InputOutput)?,
    };
    for entry in entries {
        let entry = entry.map_err(Error::InputOutput)?;
        let is_partial = entry.file_name().as_encoded_bytes().starts_with(&begin);
        if is_partial && entry.metadata().is_ok_and(|other| identity(&other) == identity(&found)) {
            unused = unused.saturating_add(1);
        }
    }
    // Asked once more, because a backup that was just ending has one name less now.
    Ok(look()?.nlink().saturating_sub(unused) > 1)
}
