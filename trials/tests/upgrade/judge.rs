//! Whether what is left of an upgrade is what was promised.

use std::{fmt, path::Path};

use refundry::Error;
use refundry_trials::{disk::Image, folder};
use tempfile::TempDir;

use crate::scene::{self, Scene};

/// What is wrong.
pub(crate) enum Fault {
    /// It was said to be new, and is old.
    Lost,
    /// It is neither old nor new.
    Half,
    /// It can't be read or opened, or does not verify.
    Corrupt(Error),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost => f.write_str("it was said to be new, and is old"),
            Self::Half => f.write_str("it is neither old nor new"),
            Self::Corrupt(error) => write!(f, "corrupt: {error}"),
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Corrupt(error)
    }
}

/// Which of the two it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Old,
    New,
}

/// Who looks at what is left.
pub(crate) struct Judge<'a> {
    scene: &'a Scene,
    /// Where SQLite itself reads what is left: that changes the files beside the ledger.
    aside: TempDir,
}

impl<'a> Judge<'a> {
    pub(crate) fn of(scene: &'a Scene) -> Self {
        Self { scene, aside: folder() }
    }

    /// What the files in a folder say, before the library opens them.
    pub(crate) fn read(&self, files: &Image, acknowledged: bool) -> Result<Found, Fault> {
        files.write(self.aside.path());
        let state = scene::state(self.aside.path())?;
        if state == self.scene.after {
            Ok(Found::New)
        } else if state != self.scene.before {
            Err(Fault::Half)
        } else if acknowledged {
            Err(Fault::Lost)
        } else {
            Ok(Found::Old)
        }
    }

    /// Opens the ledger in a folder, which upgrades it now if it is old.
    pub(crate) fn open(&self, folder: &Path) -> Result<(), Fault> {
        let mut ledger = scene::open(folder)?;
        self.scene.verify(&mut ledger)?;
        drop(ledger);
        if scene::state(folder)? == self.scene.after { Ok(()) } else { Err(Fault::Half) }
    }
}
