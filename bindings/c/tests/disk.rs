//! A disk that is full.

use std::{fs, path::Path, process::Command};

use crate::program::{C89, binding, compile, run, succeed};

/// A small file system in memory; it needs root.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=512k", "tmpfs"]).arg(folder.path());
        run(&mut mount).status.success().then_some(Self(folder))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

fn program() -> std::path::PathBuf {
    compile("disk", &binding().join("tests/c/disk.c"), C89)
}

/// The program fills the rest of the disk itself, and makes room again.
fn fill(folder: &Path, expected: &str) {
    let said = succeed(Command::new(program()).arg(folder).arg("fill"));
    assert_eq!(said, expected);
}

#[test]
fn a_full_disk_is_a_status_and_loses_nothing() {
    // Without root there is a limit for the size of files instead, in the test below.
    if let Some(disk) = SmallDisk::mount() {
        fill(disk.0.path(), "full, nothing lost, and works again\n");
    }
}

#[test]
fn a_file_that_may_not_grow_is_a_status_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let said = succeed(Command::new(program()).arg(folder.path()).arg("limit"));
    assert_eq!(said, "limited, nothing lost, and works again\n");
    assert!(fs::metadata(folder.path().join("ledger")).unwrap().len() > 0);
}
