//! The story told on a recorded disk, with what the ledger said after each operation.

use std::{fs, path::Path};

use refundry::{Access, Head, Ledger};
use refundry_trials::{
    disk::{Disk, Recording, Setting},
    folder,
    state::fingerprint,
    story::{self, Clock, Receipt},
};

/// What the ledger's file is called.
pub(crate) const LEDGER: &str = "ledger";

/// Chapters of the story. The second begins with the first's file, and with another handle open
/// beside it, which keeps the log.
const CHAPTERS: usize = 2;

/// A recorded story.
pub(crate) struct Told {
    pub(crate) recording: Recording,
    /// What there was after each acknowledged operation; the first is before any.
    pub(crate) moments: Vec<Moment>,
}

/// What there was after an operation.
#[derive(Default)]
pub(crate) struct Moment {
    /// What the ledger said; `None` before there was one.
    pub(crate) state: Option<u64>,
    /// Where the chains ended.
    pub(crate) heads: Vec<(String, Head)>,
    /// What to ask for later.
    pub(crate) receipt: Option<Receipt>,
    /// The backup that the operation made.
    pub(crate) backup: Option<Vec<u8>>,
}

impl Moment {
    /// Whether this is what the ledger said then.
    pub(crate) fn says(&self, state: u64) -> bool {
        self.state == Some(state)
    }
}

impl Told {
    pub(crate) fn on_a_disk(setting: Setting) -> Self {
        let folder = folder();
        let disk = Disk::over(folder.path(), setting);
        let mut teller = Teller { disk, folder: folder.path(), moments: vec![Moment::default()] };
        for chapter in 0..CHAPTERS {
            teller.tell(chapter);
        }
        let Teller { disk, moments, .. } = teller;
        Self { recording: disk.finish(), moments }
    }
}

struct Teller<'a> {
    disk: Disk,
    folder: &'a Path,
    moments: Vec<Moment>,
}

impl Teller<'_> {
    fn tell(&mut self, chapter: usize) {
        let clock = Clock::at_chapter(chapter);
        let open =
            |access, seed| Ledger::open(self.folder.join(LEDGER), clock.options(access, seed));
        let mut ledger = open(Access::OpenOrCreate, chapter as u64).unwrap();
        let other = (chapter == 1).then(|| open(Access::Open, 99).unwrap());
        self.note(&mut ledger, None);
        let beginning = (chapter == 0).then(story::beginning);
        for step in beginning.into_iter().chain(story::chapter(chapter)) {
            step.run(&mut ledger, self.folder).unwrap_or_else(|error| {
                panic!("{}: {error}", step.name);
            });
            self.note(&mut ledger, Some(step.receipt));
        }
        drop(other);
        // The last handle copies the log into the file and removes it, which changes no state.
        drop(ledger);
    }

    fn note(&mut self, ledger: &mut Ledger, receipt: Option<Receipt>) {
        self.disk.acknowledge();
        let state = fingerprint(&self.folder.join(LEDGER)).unwrap();
        let heads = ledger
            .merchants()
            .unwrap()
            .into_iter()
            .map(|merchant| {
                let head = ledger.book(&merchant.id).unwrap().head().unwrap();
                (merchant.id, head)
            })
            .collect();
        let backup = match &receipt {
            Some(Receipt::Backup(name)) => Some(fs::read(self.folder.join(name)).unwrap()),
            _ => None,
        };
        self.moments.push(Moment { state: Some(state), heads, receipt, backup });
    }
}
