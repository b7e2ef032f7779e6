//! Power cuts: what a folder may hold when the power goes at some place of a recording.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::{Image, Recording, recording::Event};

/// Disks write this many bytes whole or not at all.
const SECTOR: usize = 512;

/// What becomes of that which was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// All of it is lost.
    All,
    /// None of it is: as if only the process had been killed.
    Nothing,
    /// It is kept up to some change, which is torn: each of its sectors is kept or not.
    Tail,
    /// Each change is kept or not, whatever the order.
    Some,
    /// Each sector of each change is kept or not, and what was never written holds anything.
    Torn,
}

impl Loss {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::All, Self::Nothing, Self::Tail, Self::Some, Self::Torn];
}

/// What becomes of one change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Lost,
    Torn,
    Kept,
}

/// Goes through a recording, and tells at each place what is surely on the disk.
pub struct Cuts<'a> {
    recording: &'a Recording,
    place: usize,
    acknowledged: usize,
    contents: Vec<Vec<u8>>,
    names: BTreeMap<String, usize>,
    /// The places of the changes that no sync has covered.
    unsynced: Vec<usize>,
}

impl<'a> Cuts<'a> {
    /// Before anything has happened.
    #[must_use]
    pub fn of(recording: &'a Recording) -> Self {
        Self {
            recording,
            place: 0,
            acknowledged: 0,
            contents: recording.begin.clone(),
            names: recording.names.clone(),
            unsynced: Vec::new(),
        }
    }

    /// Lets the next thing happen; false if there is no next.
    pub fn advance(&mut self) -> bool {
        let recording = self.recording;
        let Some(event) = recording.events.get(self.place) else { return false };
        match event {
            Event::Named { .. }
            | Event::Removed { .. }
            | Event::Written { .. }
            | Event::Resized { .. } => self.unsynced.push(self.place),
            Event::Synced { file } => {
                let events = &recording.events;
                let (done, rest): (Vec<usize>, Vec<usize>) = std::mem::take(&mut self.unsynced)
                    .into_iter()
                    .partition(|place| events[*place].content_of() == Some(*file));
                self.unsynced = rest;
                for place in done {
                    events[place].change(self.content(*file));
                }
            }
            Event::FolderSynced => {
                let events = &recording.events;
                for place in &self.unsynced {
                    events[*place].rename(&mut self.names);
                }
                self.unsynced.retain(|place| events[*place].content_of().is_some());
                self.forget_removed();
            }
            Event::Acknowledged => self.acknowledged = self.acknowledged.saturating_add(1),
        }
        self.place = self.place.saturating_add(1);
        true
    }

    /// Where it has come to.
    #[must_use]
    pub fn place(&self) -> usize {
        self.place
    }

    /// How many operations have been acknowledged.
    #[must_use]
    pub fn acknowledged(&self) -> usize {
        self.acknowledged
    }

    /// What the folder holds if the power goes here.
    #[must_use]
    pub fn cut(&self, loss: Loss, chance: &mut Rng) -> Image {
        let last = chance.usize(..=self.unsynced.len());
        let fates: Vec<(&Event, Fate)> = (self.unsynced.iter().enumerate())
            .map(|(index, place)| {
                let fate = match loss {
                    Loss::All => Fate::Lost,
                    Loss::Nothing => Fate::Kept,
                    Loss::Tail if index < last => Fate::Kept,
                    Loss::Tail if index == last => Fate::Torn,
                    Loss::Tail => Fate::Lost,
                    Loss::Some if chance.bool() => Fate::Kept,
                    Loss::Some => Fate::Lost,
                    Loss::Torn => Fate::Torn,
                };
                (&self.recording.events[*place], fate)
            })
            .collect();
        let mut names = self.names.clone();
        for (event, fate) in &fates {
            if *fate == Fate::Kept || *fate == Fate::Torn && chance.bool() {
                event.rename(&mut names);
            }
        }
        let files = names.into_iter().map(|(name, file)| {
            let mut content = self.contents.get(file).cloned().unwrap_or_default();
            let written = content.len();
            for (event, fate) in fates.iter().filter(|(event, _)| event.content_of() == Some(file))
            {
                match fate {
                    Fate::Kept => event.change(&mut content),
                    Fate::Torn => event.tear(&mut content, written, chance),
                    Fate::Lost => {}
                }
            }
            (name, content)
        });
        Image(files.collect())
    }

    fn content(&mut self, file: usize) -> &mut Vec<u8> {
        if self.contents.len() <= file {
            self.contents.resize(file.saturating_add(1), Vec::new());
        }
        &mut self.contents[file]
    }

    /// Drops the contents of files that no name can lead to any more.
    fn forget_removed(&mut self) {
        let named = |file: usize| self.names.values().any(|named| *named == file);
        for (file, content) in self.contents.iter_mut().enumerate() {
            if !named(file) {
                *content = Vec::new();
            }
        }
        let events = &self.recording.events;
        self.unsynced.retain(|place| events[*place].content_of().is_none_or(named));
    }
}

impl Event {
    /// The file whose content it changes.
    const fn content_of(&self) -> Option<usize> {
        match self {
            Self::Written { file, .. } | Self::Resized { file, .. } => Some(*file),
            _ => None,
        }
    }

    /// Does to the names what it did.
    fn rename(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Named { name, file } => {
                names.insert(name.clone(), *file);
            }
            Self::Removed { name } => {
                names.remove(name);
            }
            _ => {}
        }
    }

    /// Does to a file's content what it did.
    fn change(&self, content: &mut Vec<u8>) {
        match self {
            Self::Written { offset, bytes, .. } => put(content, *offset, bytes),
            Self::Resized { size, .. } => content.resize(*size, 0),
            _ => {}
        }
    }

    /// Does a part of it. Sectors after `written`, the end of what is surely there, may hold what
    /// was on that part of the disk before.
    fn tear(&self, content: &mut Vec<u8>, written: usize, chance: &mut Rng) {
        let Self::Written { offset, bytes, .. } = self else {
            if chance.bool() {
                self.change(content);
            }
            return;
        };
        let mut begin = 0;
        while begin < bytes.len() {
            let at = offset + begin;
            let end = bytes.len().min(begin + SECTOR - at % SECTOR);
            let sector = &bytes[begin..end];
            match chance.u8(..8) {
                0..4 => put(content, at, sector),
                4 if at >= written => put(content, at, &vec![0; sector.len()]),
                5 if at >= written => {
                    let mut garbage = vec![0; sector.len()];
                    chance.fill(&mut garbage);
                    put(content, at, &garbage);
                }
                _ => {}
            }
            begin = end;
        }
    }
}

fn put(content: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[offset..end].copy_from_slice(bytes);
}
