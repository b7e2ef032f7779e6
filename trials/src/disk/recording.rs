//! What happened to the files of a folder, in order.

use std::{collections::BTreeMap, fs, os::unix::fs::DirEntryExt, path::Path};

use super::{Image, Setting};

/// One thing that happened. Files are numbered, because they outlive their names.
pub(super) enum Event {
    /// A name for a file appeared in the folder.
    Named { name: String, file: usize },
    /// A name disappeared.
    Removed { name: String },
    /// Bytes were written.
    Written { file: usize, offset: usize, bytes: Vec<u8> },
    /// A file was cut or extended.
    Resized { file: usize, size: usize },
    /// All that was done to a file's content is on the disk.
    Synced { file: usize },
    /// All names in the folder are on the disk as they are.
    FolderSynced,
    /// An operation was acknowledged.
    Acknowledged,
}

/// What a folder was when the recording began, and what happened since.
#[derive(Default)]
pub struct Recording {
    pub(super) begin: Vec<Vec<u8>>,
    pub(super) names: BTreeMap<String, usize>,
    pub(super) events: Vec<Event>,
}

impl Recording {
    /// The places at which the power can be cut.
    #[must_use]
    pub fn places(&self) -> usize {
        self.events.len()
    }
}

/// A recording that goes on.
pub(super) struct Log {
    recording: Recording,
    /// Each name that stands in the folder now, with its file's number and its file system's.
    present: BTreeMap<String, (usize, u64)>,
    files: usize,
}

impl Log {
    pub(super) fn beginning_with(folder: &Path) -> Self {
        let mut log = Self { recording: Recording::default(), present: BTreeMap::new(), files: 0 };
        log.observe(folder);
        let begin = Image::read(folder);
        log.recording.events.clear();
        for (name, (file, _)) in &log.present {
            log.recording.names.insert(name.clone(), *file);
        }
        log.recording.begin = vec![Vec::new(); log.files];
        for (name, bytes) in begin.into_files() {
            if let Some((file, _)) = log.present.get(&name) {
                log.recording.begin[*file] = bytes;
            }
        }
        log
    }

    pub(super) fn take(&mut self) -> Recording {
        std::mem::take(&mut self.recording)
    }

    /// Notes names that came and went outside SQLite as well: the library makes, links and removes
    /// files by itself. A new name comes before an old one goes, as in a rename.
    pub(super) fn observe(&mut self, folder: &Path) {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if let Ok(name) = entry.file_name().into_string()
                && Image::keeps(&name)
            {
                found.insert(name, entry.ino());
            }
        }
        for (name, inode) in &found {
            if self.present.get(name).is_none_or(|(_, known)| known != inode) {
                let linked = self.present.values().find(|(_, known)| known == inode);
                let file = linked.map_or(self.files, |(file, _)| *file);
                self.files = self.files.max(file.saturating_add(1));
                self.present.insert(name.clone(), (file, *inode));
                self.push(Event::Named { name: name.clone(), file });
            }
        }
        let gone: Vec<String> =
            self.present.keys().filter(|name| !found.contains_key(*name)).cloned().collect();
        for name in gone {
            self.present.remove(&name);
            self.push(Event::Removed { name });
        }
    }

    /// The number of a file that has just been opened.
    pub(super) fn file(&mut self, folder: &Path, path: &Path) -> Option<usize> {
        self.observe(folder);
        let name = path.file_name()?.to_str()?;
        self.present.get(name).map(|(file, _)| *file)
    }

    pub(super) fn write(&mut self, file: usize, offset: usize, bytes: &[u8]) {
        self.push(Event::Written { file, offset, bytes: bytes.to_vec() });
    }

    pub(super) fn resize(&mut self, file: usize, size: usize) {
        self.push(Event::Resized { file, size });
    }

    pub(super) fn sync(&mut self, folder: &Path, path: &Path) {
        if let Some(file) = self.file(folder, path) {
            self.push(Event::Synced { file });
        }
    }

    pub(super) fn sync_folder(&mut self, folder: &Path, setting: Setting) {
        self.observe(folder);
        if setting != Setting::FolderNeverSynced {
            self.push(Event::FolderSynced);
        }
    }

    pub(super) fn acknowledge(&mut self, folder: &Path) {
        self.observe(folder);
        self.push(Event::Acknowledged);
    }

    fn push(&mut self, event: Event) {
        self.recording.events.push(event);
    }
}
