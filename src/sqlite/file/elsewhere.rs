//! Where a file is, on systems that neither move nor remove one that is open, and on which no
//! process loses its locks by closing it. Whether it has other names is not looked at there.

use std::path::Path;

#[cfg(not(target_family = "wasm"))]
use super::{log, opened::Opened};
use crate::words::error::Result;

/// What stands for a file: its path, because nothing else is known of it.
#[cfg(not(target_family = "wasm"))]
pub(crate) type Identity = std::path::PathBuf;

/// Sees to the end of the log, as the other one does.
#[cfg(not(target_family = "wasm"))]
pub(crate) struct Place {
    writes: Option<bool>,
    path: Identity,
    _opened: Opened,
}

#[cfg(not(target_family = "wasm"))]
impl Place {
    pub(crate) fn of(path: &Path) -> Result<Self> {
        let opened = Opened::note(path.to_owned(), || log::check(path))?;
        Ok(Self { writes: None, path: path.to_owned(), _opened: opened })
    }

    pub(crate) const fn accept(&mut self, writes: bool) -> Result<()> {
        self.writes = Some(writes);
        Ok(())
    }

    pub(crate) const fn check(&self) -> Result<()> {
        Ok(())
    }

    pub(crate) const fn holds(&self, _path: &Path) -> bool {
        false
    }
}

#[cfg(not(target_family = "wasm"))]
impl Drop for Place {
    fn drop(&mut self) {
        if let Some(wrote) = self.writes {
            log::end(&self.path, wrote);
        }
    }
}

/// In a browser nothing has to be remembered.
#[cfg(target_family = "wasm")]
pub(crate) struct Place;

#[cfg(target_family = "wasm")]
impl Place {
    pub(crate) const fn of(_path: &Path) -> Result<Self> {
        Ok(Self)
    }

    pub(crate) const fn accept(&mut self, _writes: bool) -> Result<()> {
        Ok(())
    }

    pub(crate) const fn check(&self) -> Result<()> {
        Ok(())
    }
}

#[cfg(not(target_family = "wasm"))]
pub(crate) const fn has_other_names(_path: &Path) -> Result<bool> {
    Ok(false)
}
