//! Many cuts of one upgrade, and what came of them.

use std::{
    collections::{HashMap, hash_map::DefaultHasher},
    fmt, fs,
    hash::{Hash, Hasher},
    path::Path,
};

use fastrand::Rng;
use refundry_trials::{
    disk::{Cuts, Disk, Image, Loss, Recording, Setting},
    folder,
};
use tempfile::TempDir;

use crate::{
    judge::{Fault, Found, Judge},
    scene::{self, Scene},
};

/// After every so many cuts the power goes once more while the ledger is opened again.
const SECOND_CUT: u64 = 8;

/// How many cuts there were, and what they did.
#[derive(Default)]
pub(crate) struct Tally {
    places: usize,
    cuts: u64,
    again: u64,
    /// How often the ledger was old or new after a cut.
    pub(crate) old: u64,
    pub(crate) new: u64,
    pub(crate) lost: u64,
    half: u64,
    pub(crate) corrupt: u64,
    pub(crate) first_failure: Option<String>,
}

impl Tally {
    pub(crate) const fn failures(&self) -> u64 {
        self.lost + self.half + self.corrupt
    }

    fn note(&mut self, place: &str, found: Result<Found, &Fault>) {
        self.cuts += 1;
        let fault = match found {
            Ok(Found::Old) => return self.old += 1,
            Ok(Found::New) => return self.new += 1,
            Err(fault) => fault,
        };
        match fault {
            Fault::Lost => self.lost += 1,
            Fault::Half => self.half += 1,
            Fault::Corrupt(_) => self.corrupt += 1,
        }
        self.first_failure.get_or_insert_with(|| format!("{place}: {fault}"));
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} cuts at {} places, {} of them while recovering from another; old {}, new {}; lost \
             {}, half {}, corrupt {}",
            self.cuts,
            self.places,
            self.again,
            self.old,
            self.new,
            self.lost,
            self.half,
            self.corrupt
        )
    }
}

/// Upgrades a ledger on a recorded disk: it is acknowledged, and then closed.
fn record(scene: &Scene, setting: Setting) -> Recording {
    let folder = folder();
    scene.files.write(folder.path());
    let disk = Disk::over(folder.path(), setting);
    let ledger = scene::open(folder.path()).unwrap();
    disk.acknowledge();
    drop(ledger);
    disk.finish()
}

/// Cuts the power at every place of an upgrade, at least this often in all.
pub(crate) fn count(scene: &Scene, setting: Setting, least: u64, tally: &mut Tally) {
    let recording = record(scene, setting);
    let places = recording.places() as u64;
    tally.places += recording.places();
    let mut trial = Trial { judge: Judge::of(scene), folder: folder(), known: HashMap::new() };
    let each = least.div_ceil(places).max(2);
    let mut cuts = Cuts::of(&recording);
    while cuts.advance() {
        for number in 0..each {
            trial.cut(&cuts, number, tally);
        }
    }
}

struct Trial<'a> {
    judge: Judge<'a>,
    folder: TempDir,
    /// What came of the files that were left before: many cuts leave the same.
    known: HashMap<(u64, bool), Result<Found, Fault>>,
}

impl Trial<'_> {
    fn cut(&mut self, cuts: &Cuts<'_>, number: u64, tally: &mut Tally) {
        let mut chance = Rng::with_seed((cuts.place() as u64) << 32 | number);
        // A process that is killed leaves all that it has written: that comes first everywhere.
        let loss = match number {
            0 => Loss::Nothing,
            _ => *chance.choice(&Loss::ALL).unwrap(),
        };
        let image = with_stale_memory(cuts.cut(loss, &mut chance), &mut chance);
        let place = format!("place {}, {loss:?}, cut {number}", cuts.place());
        let acknowledged = cuts.acknowledged() > 0;
        self.look(&place, &image, acknowledged, tally);
        if !(cuts.place() as u64 + number).is_multiple_of(SECOND_CUT) {
            return;
        }
        image.write(self.folder.path());
        let disk = Disk::over(self.folder.path(), Setting::AsPromised);
        // Whether it can be opened was judged above.
        drop(scene::open(self.folder.path()));
        let again = cut_recovery(&disk.finish(), &mut chance);
        tally.again += 1;
        self.look(&format!("{place}, and again"), &again, acknowledged, tally);
    }

    fn look(&mut self, place: &str, image: &Image, acknowledged: bool, tally: &mut Tally) {
        image.write(self.folder.path());
        let left = digest(self.folder.path());
        let found = self.known.entry((left, acknowledged)).or_insert_with(|| {
            let found = self.judge.read(image, acknowledged)?;
            self.judge.open(self.folder.path())?;
            Ok(found)
        });
        tally.note(place, found.as_ref().map(|found| *found));
    }
}

/// A number for all that is in a folder.
fn digest(folder: &Path) -> u64 {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name(), fs::read(entry.path()).unwrap()))
        .collect();
    files.sort();
    let mut hasher = DefaultHasher::new();
    files.hash(&mut hasher);
    hasher.finish()
}

/// Cuts the power somewhere while a ledger is opened again.
fn cut_recovery(recovery: &Recording, chance: &mut Rng) -> Image {
    let loss = chance.choice(Loss::ALL).unwrap();
    let place = chance.usize(..=recovery.places());
    let mut cuts = Cuts::of(recovery);
    while cuts.place() < place && cuts.advance() {}
    cuts.cut(loss, chance)
}

/// Sometimes shared memory is still there after a cut, and says anything.
fn with_stale_memory(mut image: Image, chance: &mut Rng) -> Image {
    if image.has("ledger-wal") && chance.u8(..4) == 0 {
        let mut garbage = vec![0; 32_768];
        chance.fill(&mut garbage);
        image.insert("ledger-shm", garbage);
    }
    image
}
