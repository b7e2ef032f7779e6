//! The files of a folder, as they are at one moment.

use std::{collections::BTreeMap, fs, path::Path};

/// File names and contents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image(pub(super) BTreeMap<String, Vec<u8>>);

impl Image {
    /// Whether a file is worth keeping: shared memory does not survive a power cut.
    pub(super) fn keeps(name: &str) -> bool {
        !name.ends_with("-shm")
    }

    /// Reads a folder.
    ///
    /// # Panics
    /// If it can't be read.
    #[must_use]
    pub fn read(folder: &Path) -> Self {
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let entry = entry.expect("the folder can be read");
            let name = entry.file_name().into_string().expect("names are UTF-8");
            if Self::keeps(&name) {
                files.insert(name, fs::read(entry.path()).expect("the file can be read"));
            }
        }
        Self(files)
    }

    /// Makes a folder hold these files and nothing else.
    ///
    /// # Panics
    /// If it can't be written.
    pub fn write(&self, folder: &Path) {
        for entry in fs::read_dir(folder).expect("the folder can be read") {
            let entry = entry.expect("the folder can be read");
            if !self.0.contains_key(entry.file_name().to_str().unwrap_or_default()) {
                fs::remove_file(entry.path()).expect("the file can be removed");
            }
        }
        for (name, bytes) in &self.0 {
            fs::write(folder.join(name), bytes).expect("the file can be written");
        }
    }

    /// Whether there is a file of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Adds a file.
    pub fn insert(&mut self, name: impl Into<String>, bytes: Vec<u8>) {
        self.0.insert(name.into(), bytes);
    }

    pub(super) fn into_files(self) -> impl Iterator<Item = (String, Vec<u8>)> {
        self.0.into_iter()
    }
}
