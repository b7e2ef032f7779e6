//! Online backup: a copy of the ledger as it is, while others go on using it.

#[cfg(not(target_family = "wasm"))]
use std::{fs, io, mem};
use std::{ops::ControlFlow, path::Path};

use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};

use super::file;
#[cfg(not(target_family = "wasm"))]
use super::file::{ITS_FILES, PARTIAL, check_name, named};
#[cfg(not(target_family = "wasm"))]
use crate::words::{
    error::file::FileProblem,
    id::{push_base32, system_random},
};
use crate::words::{
    error::{Error, Result},
    progress::BackupProgress,
};

/// Pages copied between two calls of the progress callback.
const PAGES: i32 = 512;

/// Copies in one transaction. A browser's files can't be renamed, but a copy that was cut off is
/// rolled back to nothing.
#[cfg(target_family = "wasm")]
pub(crate) fn run(
    conn: &mut Connection,
    to: &Path,
    progress: impl FnMut(&BackupProgress) -> ControlFlow<()>,
) -> Result<()> {
    file::create_private(to)?;
    copy(conn, to, progress)
}

/// Copies into a file beside the wanted one and renames it when all is on disk, so that there is
/// never half a backup under the name asked for.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn run(
    conn: &mut Connection,
    to: &Path,
    progress: impl FnMut(&BackupProgress) -> ControlFlow<()>,
) -> Result<()> {
    let to = &std::path::absolute(to).map_err(|error| FileProblem::InputOutput(error).at(to))?;
    // A log left behind by another ledger of this name would be taken for the copy's own.
    for suffix in ITS_FILES {
        let path = named(to, suffix);
        if fs::symlink_metadata(&path).is_ok() {
            return Err(FileProblem::Exists.at(&path));
        }
    }
    // A name of its own, so that what a power cut left behind is not in the way.
    let mut unique = [0; 16];
    system_random(&mut unique).map_err(Error::Random)?;
    let mut suffix = String::from(PARTIAL);
    push_base32(&mut suffix, u128::from_be_bytes(unique));
    check_name(to, &suffix)?;
    let partial = &named(to, &suffix);
    file::create_private(partial)?;
    let unfinished = Unfinished(partial);
    copy(conn, partial, progress).map_err(|error| error.at(to))?;
    publish(partial, to).map_err(|error| error.at(to))?;
    mem::forget(unfinished);
    Ok(())
}

/// A new copy that has not got its name yet. It is removed, also if the caller's function panics.
#[cfg(not(target_family = "wasm"))]
struct Unfinished<'a>(&'a Path);

#[cfg(not(target_family = "wasm"))]
impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        // Why there is no copy matters more than a file that stays behind.
        for suffix in ITS_FILES {
            let _ = fs::remove_file(named(self.0, suffix));
        }
    }
}

fn copy(
    conn: &mut Connection,
    partial: &Path,
    mut progress: impl FnMut(&BackupProgress) -> ControlFlow<()>,
) -> Result<()> {
    // The read transaction holds the ledger as it is now, whatever is written meanwhile.
    let tx = conn.transaction()?;
    tx.query_row("SELECT count(*) FROM merchants", [], |_| Ok(()))?;
    let mut target = Connection::open(partial)?;
    file::obey(&target, "PRAGMA synchronous = EXTRA")?;
    let backup = Backup::new(&tx, &mut target)?;
    loop {
        let step = backup.step(PAGES)?;
        let now = backup.progress();
        let pages = |count: i32| u32::try_from(count).unwrap_or(0);
        let total = pages(now.pagecount);
        let told = BackupProgress { copied: total.saturating_sub(pages(now.remaining)), total };
        if progress(&told).is_break() {
            return Err(Error::Canceled);
        }
        match step {
            StepResult::Done => break,
            StepResult::More => {}
            _ => return Err(Error::LockTimeout { path: None }),
        }
    }
    drop(backup);
    // With a write-ahead log, even reading the copy would need two more files, and so a folder that
    // can be written. Opening the copy for writing turns the log on again.
    file::obey(&target, "PRAGMA journal_mode = DELETE")?;
    Ok(())
}

#[cfg(not(target_family = "wasm"))]
fn failed(error: io::Error) -> Error {
    FileProblem::InputOutput(error).into()
}

#[cfg(not(target_family = "wasm"))]
fn publish(partial: &Path, to: &Path) -> Result<()> {
    let sync = |path: &Path| fs::File::open(path).and_then(|file| file.sync_all());
    sync(partial).map_err(failed)?;
    rename_new(partial, to)?;
    // The new name is on disk once its folder is; folders that can't be opened can't be synced.
    match to.parent().map(fs::File::open) {
        Some(Ok(folder)) => folder.sync_all().map_err(|error| {
            // After a failure there must be no copy. This one had its name for a moment only.
            let _ = fs::remove_file(to);
            failed(error)
        }),
        _ => Ok(()),
    }
}

/// Renames, but never over a file that has appeared meanwhile: a second link to the same file is
/// refused where a rename would replace. Not all file systems have links.
#[cfg(not(target_family = "wasm"))]
fn rename_new(partial: &Path, to: &Path) -> Result<()> {
    match fs::hard_link(partial, to) {
        Ok(()) => fs::remove_file(partial).map_err(|error| {
            // After a failure there must be no copy.
            let _ = fs::remove_file(to);
            failed(error)
        }),
        Err(_) if fs::symlink_metadata(to).is_ok() => Err(FileProblem::Exists.at(to)),
        Err(_) => fs::rename(partial, to).map_err(failed),
    }
}
