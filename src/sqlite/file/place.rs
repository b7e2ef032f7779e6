//! Where a file is: under how many names, and whether it is still there.

use std::{
    cell::OnceCell,
    fs::{self, Metadata},
    io::{self, ErrorKind},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::{ITS_FILES, PARTIAL, log, named, opened::Opened};
use crate::words::error::{Result, file::FileProblem};

/// The path under which a file was opened, and which file that was. It is dropped after the
/// handle's connection, and then sees to the end of the log.
pub(crate) struct Place {
    path: PathBuf,
    file: OnceCell<Identity>,
    log: OnceCell<Identity>,
    /// Whether the handle may write, once it was accepted.
    writes: Option<bool>,
    _opened: Opened,
}

/// The device, and the file on it.
pub(crate) type Identity = (u64, u64);

/// What is known of a file by looking at its name alone.
struct Found {
    file: Identity,
    /// Whether the file itself is mounted there, and not the folder that it is in.
    is_mounted: bool,
}

impl Place {
    /// Of a file that is about to be opened, by its absolute path.
    pub(crate) fn of(path: &Path) -> Result<Self> {
        let found = look(path).map_err(|error| FileProblem::InputOutput(error).at(path))?;
        if found.is_mounted {
            return Err(FileProblem::MountPoint.at(path));
        }
        let opened = Opened::note(found.file, || log::check(path))?;
        let (file, log) = (OnceCell::from(found.file), OnceCell::new());
        Ok(Self { path: path.to_owned(), file, log, writes: None, _opened: opened })
    }

    /// The file is a ledger of ours, so its log may be ended when the handle is closed. The log that it has
    /// now is noted.
    pub(crate) fn accept(&mut self, writes: bool) -> Result<()> {
        self.check()?;
        self.writes = Some(writes);
        Ok(())
    }

    /// Refuses to go on if the path leads to another file or to none. Other programs that open the
    /// file under its new name do not see the log under the old one, and what is recorded in a file
    /// without a name is lost with the last handle on it. The log that the file has when it is opened,
    /// or that is found first, has to stay the same for as long as the ledger is open.
    pub(crate) fn check(&self) -> Result<()> {
        let log = named(&self.path, "-wal");
        for (path, opened) in [(&self.path, &self.file), (&log, &self.log)] {
            let moved = || FileProblem::Moved.at(path);
            let found = match look(path) {
                Ok(found) if found.is_mounted => {
                    return Err(FileProblem::MountPoint.at(path));
                }
                Ok(found) => found.file,
                Err(error) => match error.kind() {
                    // A log that nobody has seen yet: the file may have a journal of another kind.
                    ErrorKind::NotFound if opened.get().is_none() => continue,
                    ErrorKind::NotFound | ErrorKind::NotADirectory => return Err(moved()),
                    // A process may have given up the right to look at its own files.
                    ErrorKind::PermissionDenied => continue,
                    _ => return Err(FileProblem::InputOutput(error).at(path)),
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

impl Drop for Place {
    fn drop(&mut self) {
        let is_there = look(&self.path).is_ok_and(|found| self.file.get() == Some(&found.file));
        if let (Some(wrote), true) = (self.writes, is_there) {
            log::end(&self.path, wrote);
        }
    }
}

fn identity(found: &Metadata) -> Identity {
    (found.dev(), found.ino())
}

/// Looks at a name without following it.
///
/// It does not ask for the moments of a file, as the standard library does: the Linux kernel (from
/// 6.13) would then give the next write a moment of its own, and each commit would have to write
/// that to the disk too. That was a fifth of a refund.
#[cfg(target_os = "linux")]
fn look(path: &Path) -> io::Result<Found> {
    use rustix::{
        fs::{AtFlags, CWD, StatxAttributes, StatxFlags, makedev, statx},
        io::Errno,
    };

    let wanted = StatxFlags::TYPE | StatxFlags::INO;
    match statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, wanted) {
        Ok(found) => Ok(Found {
            file: (makedev(found.stx_dev_major, found.stx_dev_minor), found.stx_ino),
            is_mounted: found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT),
        }),
        // A kernel before 4.11, or a container that does not allow what it does not know.
        Err(Errno::NOSYS | Errno::PERM) => look_as_everywhere(path),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
use look_as_everywhere as look;

fn look_as_everywhere(path: &Path) -> io::Result<Found> {
    Ok(Found { file: identity(&fs::symlink_metadata(path)?), is_mounted: false })
}

/// Whether a file has more names than this one. Each name has a log of its own, so that two
/// processes that use two of them would each write as if the other were not there.
///
/// A backup has two names for a moment, or until somebody tidies up if it was killed just then; the
/// one that begins with that of the ledger is used by nobody.
pub(crate) fn has_other_names(path: &Path) -> Result<bool> {
    let failed = |error| FileProblem::InputOutput(error).at(path);
    let look = || fs::symlink_metadata(path).map_err(failed);
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
        entries => entries.map_err(failed)?,
    };
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let is_partial = entry.file_name().as_encoded_bytes().starts_with(&begin);
        if is_partial && entry.metadata().is_ok_and(|other| identity(&other) == identity(&found)) {
            unused = unused.saturating_add(1);
        }
    }
    // Asked once more, because a backup finishing meanwhile drops one link.
    Ok(look()?.nlink().saturating_sub(unused) > 1)
}
