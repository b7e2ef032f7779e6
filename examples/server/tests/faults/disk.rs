//! Disks that are slow, full or broken: a library in C that is preloaded into the server, and a
//! small file system in memory where one can be mounted.

use std::{
    fs::{File, OpenOptions},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
};

use tempfile::TempDir;

/// What Linux says of a disk that fails, and of one that is full.
pub(crate) const BROKEN: i32 = 5;
pub(crate) const FULL: i32 = 28;

/// What is wrong with a disk. As in `disk.c`.
#[derive(Clone, Copy, Default)]
pub(crate) struct Trouble {
    pub(crate) sync_delay_us: i32,
    pub(crate) write_delay_us: i32,
    pub(crate) sync_error: i32,
    pub(crate) write_error: i32,
    pub(crate) read_error: i32,
    pub(crate) leak_bytes: i32,
}

/// The library, compiled once for all tests.
static LIBRARY: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| compile("disk"));

/// Compiles a library to be preloaded; it is gone with the folder.
pub(super) fn compile(name: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join(format!("{name}.so"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/faults/{name}.c"));
    let compiled = Command::new("cc")
        .args(["-std=gnu99", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .args(["-ldl"])
        .status()
        .expect("cc is there: apt-get install gcc libc6-dev");
    assert!(compiled.success());
    (folder, library)
}

/// The disk of one server.
pub(crate) struct Disk {
    _folder: TempDir,
    path: PathBuf,
    file: File,
}

impl Disk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trouble");
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path).unwrap();
        let disk = Self { _folder: folder, path, file };
        disk.file.set_len(28).unwrap();
        disk
    }

    /// Puts this disk under a program.
    pub(crate) fn put_under(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &LIBRARY.1).env("REFUNDRY_TEST_DISK", &self.path);
    }

    /// From now on this is wrong, and nothing else.
    pub(crate) fn set(&self, trouble: Trouble) {
        let Trouble { sync_delay_us, write_delay_us, .. } = trouble;
        let Trouble { sync_error, write_error, read_error, leak_bytes, .. } = trouble;
        let words =
            [sync_delay_us, write_delay_us, sync_error, write_error, read_error, leak_bytes];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
        self.file.write_all_at(&bytes, 0).unwrap();
    }

    /// How many calls trouble came into.
    pub(crate) fn calls(&self) -> i32 {
        let mut bytes = [0; 4];
        self.file.read_exact_at(&mut bytes, 24).unwrap();
        i32::from_ne_bytes(bytes)
    }
}

/// A small file system in memory, which needs root.
pub(crate) struct SmallDisk(TempDir);

impl SmallDisk {
    pub(crate) fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"]).arg(folder.path());
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        mounted.then_some(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}
