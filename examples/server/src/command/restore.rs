//! `restore`: a backup in the place of the ledger.

use std::{
    fs::{self, File},
    io,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use clap::Args;
use refundry::{Access, Ledger, VerifyReport};
use rustix::fs::{FlockOperation, fcntl_lock};
use serde::Serialize;

use super::{Database, Failure, Output, open, print};
use crate::clock;

/// The files beside a ledger that belong to it: its log, the log's index, and SQLite's older log.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Puts a backup in the place of the ledger. The backup is copied and verified first. The ledger,
/// if there is one, must not be in use, and is moved aside with its log.
#[derive(Args)]
pub(super) struct Restore {
    /// The backup
    backup: PathBuf,
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    output: Output,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    books: u64,
    entries: u64,
    /// Where the ledger is that was replaced.
    moved_to: Option<PathBuf>,
}

impl Restore {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self { backup, database: Database { database: place }, output } = self;
        if is_same(&backup, &place) {
            return Err(Failure::refused(format!(
                "{} is the ledger itself; nothing was changed; name a backup of it",
                backup.display()
            )));
        }
        // Held until the copy is in its place.
        let lock = lock(&place)?;
        let name = clock::now().map_err(Failure::machine)?.to_string().replace(':', "-");
        let copy = named(&place, &format!(".restored-{name}"));
        let report = copied(&backup, &copy).map_err(|failure| failure.of_ledger(&backup))?;
        let moved_to = lock.as_ref().map(|_| named(&place, &format!(".replaced-{name}")));
        let put = moved_to
            .as_ref()
            .map_or(Ok(()), |aside| move_with_its_log(&place, aside))
            .and_then(|()| put(&copy, &place));
        put.map_err(|error| {
            Failure::machine(format!(
                "{} could not be moved to {} ({error}); the verified copy is kept there, and what \
                 was moved aside has .replaced- in its name; move them by hand",
                copy.display(),
                place.display()
            ))
        })?;
        let VerifyReport { books, entries, .. } = report;
        print::value(&output, &Report { books, entries, moved_to })
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// A lock on the ledger's file that nobody else can hold while they have the ledger open; none if
/// there is no file.
fn lock(place: &Path) -> Result<Option<File>, Failure> {
    if place.is_symlink() {
        return Err(Failure::refused(format!(
            "{} is a symbolic link; nothing was opened; name the file itself",
            place.display()
        )));
    }
    let opened = File::options().read(true).write(true).open(place);
    let failed = |error: &dyn std::fmt::Display| {
        Failure::machine(format!(
            "{} can't be opened ({error}); nothing was changed",
            place.display()
        ))
    };
    let file = match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(|error| failed(&error))?,
    };
    match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => Err(Failure::locked(format!(
            "{} is in use; nothing was changed; stop the server and every other program that has it \
             open",
            place.display()
        ))),
        Err(error) => Err(failed(&error)),
    }
}

/// Copies a backup, and verifies the copy; a copy that is not sound is removed.
fn copied(backup: &Path, copy: &Path) -> Result<VerifyReport, Failure> {
    open(backup, Access::ReadOnly)?.backup(copy, |_| ControlFlow::Continue(()))?;
    let verify = |mut ledger: Ledger| ledger.verify(&[], |_| ControlFlow::Continue(()));
    let verified = open(copy, Access::ReadOnly).and_then(|ledger| Ok(verify(ledger)?));
    verified.inspect_err(|_| {
        let _ = fs::remove_file(copy);
    })
}

/// Moves the file first: without its log beside it, the ledger would lack its newest entries.
fn move_with_its_log(place: &Path, aside: &Path) -> io::Result<()> {
    fs::rename(place, aside)?;
    for suffix in BESIDE {
        match fs::rename(named(place, suffix), named(aside, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Gives the copy its name, and has the names on disk.
fn put(copy: &Path, place: &Path) -> io::Result<()> {
    for path in [place.to_owned(), named(place, "-wal"), named(place, "-journal")] {
        if path.symlink_metadata().is_ok() {
            let problem = format!("{} has appeared meanwhile", path.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, problem));
        }
    }
    fs::rename(copy, place)?;
    let folder = std::path::absolute(place)?;
    folder.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// The path with something after its name.
fn named(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
