//! What the trials share. Each is in `tests/`, comes in two sizes, and has a control: a weaker
//! setting or a planted bug that it must catch.

// A trial that panics has done its work; and a sum that overflows here panics.
#![allow(clippy::arithmetic_side_effects)]

pub mod child;
#[cfg(target_os = "linux")]
pub mod disk;
pub mod finding;
pub mod race;
pub mod shop;
pub mod state;
pub mod story;

use std::{env, path::Path};

use tempfile::TempDir;

/// How many rounds to make: `few` in the ordinary tests, `many` in `cargo xtask soak`.
#[must_use]
pub fn rounds(few: u64, many: u64) -> u64 {
    if env::var_os("REFUNDRY_SOAK").is_some() { many } else { few }
}

/// A new folder for a trial, in memory if the system has a file system there: trials make many
/// small files, and none of them has to last.
///
/// # Panics
/// If none can be made.
#[must_use]
pub fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    made.expect("a folder for the trial")
}
