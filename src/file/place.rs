//! Where a ledger's file is, and whether it is still there.

#[cfg(unix)]
pub(crate) use self::unix::Place;

/// A file that is open can neither be moved nor removed on other systems, and no process loses its
/// locks by closing it.
#[cfg(not(unix))]
pub(crate) struct Place;

#[cfg(not(unix))]
impl Place {
    pub(crate) fn of(_path: &std::path::Path) -> crate::error::Result<Self> {
        Ok(Self)
    }

    pub(crate) const fn check(&self) -> crate::error::Result<()> {
        Ok(())
    }

    #[cfg(not(target_family = "wasm"))]
    pub(crate) const fn holds(&self, _path: &std::path::Path) -> bool {
        false
    }
}

#[cfg(unix)]
mod unix {
    use std::{
        fs::{self, Metadata},
        io,
        os::unix::fs::MetadataExt,
        path::{Path, PathBuf},
    };

    use crate::error::{Error, Result};

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

        /// Refuses to go on where the path leads to another file or to none. Who opens the file
        /// under its new name does not see the log that is kept under the old one, and what is
        /// recorded in a file without a name is gone with the last handle on it.
        pub(crate) fn check(&self) -> Result<()> {
            let moved = match fs::symlink_metadata(&self.path) {
                Ok(found) => identity(&found) != self.opened,
                Err(error) if error.kind() == io::ErrorKind::NotFound => true,
                // A process may give up the right to look at its own files.
                Err(_) => false,
            };
            if moved { Err(Error::FileMoved { path: self.path.clone() }) } else { Ok(()) }
        }

        /// Whether a path leads to the file or to what SQLite keeps beside it, under whatever
        /// name.
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
}
