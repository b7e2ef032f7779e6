//! A disk made for trials: SQLite's ordinary storage layer for Unix with three additions. It
//! remembers what was written and what was synced, so that the power can be cut at every place
//! afterwards. It fails when it is told to. And it can pretend to a stronger setting than it has.
//!
//! It takes the place of the default layer, so the library under trial opens it without knowing.

mod cut;
pub mod fault;
mod file;
mod image;
mod memory;
mod recording;
mod setting;
mod system;
mod vfs;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use self::recording::Log;
pub use self::{
    cut::{Cuts, Loss},
    image::Image,
    memory::blocks,
    recording::Recording,
    setting::Setting,
    vfs::install,
};

/// A folder whose files are recorded, for as long as this lives.
pub struct Disk(Arc<State>);

/// What the storage layer knows of a recorded folder.
struct State {
    folder: PathBuf,
    setting: Setting,
    log: Mutex<Log>,
}

/// The recorded folders of this process.
static DISKS: RwLock<Vec<Arc<State>>> = RwLock::new(Vec::new());

impl Disk {
    /// Begins to record a folder. What is in it now counts as synced.
    ///
    /// # Panics
    /// If the folder can't be read.
    #[must_use]
    pub fn over(folder: &Path, setting: Setting) -> Self {
        install();
        let folder = folder.canonicalize().expect("the folder is there");
        let log = Mutex::new(Log::beginning_with(&folder));
        let state = Arc::new(State { folder, setting, log });
        DISKS.write().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&state));
        Self(state)
    }

    /// Notes that the next operation, in their order, was acknowledged.
    pub fn acknowledge(&self) {
        self.0.log().acknowledge(&self.0.folder);
    }

    /// Ends the recording and gives it back.
    #[must_use]
    pub fn finish(self) -> Recording {
        self.0.log().take()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let mut disks = DISKS.write().unwrap_or_else(PoisonError::into_inner);
        disks.retain(|disk| !Arc::ptr_eq(disk, &self.0));
    }
}

impl State {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The recorded folder that this file is in, if it is in one.
fn disk_of(path: &Path) -> Option<Arc<State>> {
    disk_at(path.parent()?)
}

/// The recording of this folder, if there is one.
fn disk_at(folder: &Path) -> Option<Arc<State>> {
    let disks = DISKS.read().unwrap_or_else(PoisonError::into_inner);
    disks.iter().find(|disk| disk.folder == folder).cloned()
}
