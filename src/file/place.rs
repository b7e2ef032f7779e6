//! Where a file is: under how many names, and whether it is still there.

use std::{
    fs::{self, Metadata},
    io::ErrorKind,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use crate::{
    backup::PARTIAL,
    error::{Error, Result},
};

/// The path under which a file was opened, and which file that was.
pub(crate) struct Place {
    path: PathBuf,
    opened: (u64, u64),
}

impl Place {
    /// Of a file that is open now.
    pub(crate) fn of(path: &Path) -> Result<Self> {
        // The working directory may change.
        let path = std::path::absolute(path).map_err(Error::InputOutput)?;
        let found = fs::symlink_metadata(&path).map_err(Error::InputOutput)?;
        Ok(Self { path, opened: identity(&found) })
    }

    /// Refuses to go on where the path leads to another file or to none. Who opens the file under
    /// its new name does not see the log that is kept under the old one, and what is recorded in a
    /// file without a name is gone with the last handle on it.
    pub(crate) fn check(&self) -> Result<()> {
        match fs::symlink_metadata(&self.path).map(|found| identity(&found) == self.opened) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(error) => match error.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory => {}
                // A process may have given up the right to look at its own files.
                ErrorKind::PermissionDenied => return Ok(()),
                _ => return Err(Error::InputOutput(error)),
            },
        }
        Err(Error::FileMoved { path: self.path.clone() })
    }

    /// Whether a path leads to the file or to what SQLite keeps beside it, under whatever name.
    pub(crate) fn holds(&self, path: &Path) -> bool {
        let identity = |path: &Path| fs::metadata(path).ok().as_ref().map(identity);
        let given = identity(path);
        ["", "-wal", "-shm", "-journal"].into_iter().any(|suffix| {
            let mut name = self.path.as_os_str().to_owned();
            name.push(suffix);
            given.is_some() && given == identity(Path::new(&name))
        })
    }
}

fn identity(found: &Metadata) -> (u64, u64) {
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
    if found.nlink() == 1 {
        return Ok(false);
    }
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return Ok(true) };
    let begin = [name.as_encoded_bytes(), PARTIAL.as_bytes()].concat();
    let mut unused = 0_u64;
    for entry in fs::read_dir(folder).map_err(Error::InputOutput)? {
        let entry = entry.map_err(Error::InputOutput)?;
        let is_partial = entry.file_name().as_encoded_bytes().starts_with(&begin);
        if is_partial && entry.metadata().is_ok_and(|other| identity(&other) == identity(&found)) {
            unused = unused.saturating_add(1);
        }
    }
    // Asked once more, because a backup that was just ending has one name less now.
    Ok(look()?.nlink().saturating_sub(unused) != 1)
}
