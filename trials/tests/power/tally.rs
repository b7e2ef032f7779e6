//! Many cuts of one recording, and what came of them.

use std::{
    fmt,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use fastrand::Rng;
use refundry_trials::{
    disk::{Cuts, Disk, Image, Loss, Recording, Setting},
    finding::Fault,
    folder,
};
use tempfile::TempDir;

use crate::{judge::Judge, told::Told};

/// After every so many cuts the power goes once more while the ledger is opened again.
const SECOND_CUT: usize = 8;

/// After so many cuts a long trial says what it has found so far.
const REPORT: u64 = 100_000;

/// How many cuts there were, and what they did.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) places: usize,
    pub(crate) cuts: u64,
    pub(crate) again: u64,
    pub(crate) lost: u64,
    pub(crate) half: u64,
    pub(crate) corrupt: u64,
    pub(crate) first_failure: Option<String>,
}

impl Tally {
    pub(crate) const fn failures(&self) -> u64 {
        self.lost + self.half + self.corrupt
    }

    fn note(&mut self, place: usize, loss: Loss, number: usize, found: Result<(), Fault>) {
        self.cuts += 1;
        let Err(fault) = found else { return };
        match fault {
            Fault::Lost(_) => self.lost += 1,
            Fault::Half(_) | Fault::Doubled(_) => self.half += 1,
            Fault::Broken(_) => self.corrupt += 1,
        }
        self.first_failure
            .get_or_insert_with(|| format!("place {place}, {loss:?}, cut {number}: {fault}"));
    }

    /// Adds what was found at one more place, and reports now and then.
    fn add(&mut self, other: Self) {
        let reported = self.cuts / REPORT;
        self.cuts += other.cuts;
        self.again += other.again;
        self.lost += other.lost;
        self.half += other.half;
        self.corrupt += other.corrupt;
        self.first_failure = self.first_failure.take().or(other.first_failure);
        if self.cuts / REPORT > reported {
            println!("so far {self}");
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} cuts at {} places, {} of them while recovering from another; lost {}, half {}, \
             corrupt {}",
            self.cuts, self.places, self.again, self.lost, self.half, self.corrupt
        )
    }
}

/// Cuts the power at every place of a story, at least this often in all.
pub(crate) fn count(told: &Told, cuts: u64) -> Tally {
    let places = told.recording.places();
    let each = usize::try_from(cuts).unwrap().div_ceil(places + places / SECOND_CUT);
    let next = AtomicUsize::new(1);
    let tally = Mutex::new(Tally { places, ..Tally::default() });
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| work(told, &next, each, &tally));
        }
    });
    tally.into_inner().unwrap()
}

/// Takes places that nobody has taken, and cuts there.
fn work(told: &Told, next: &AtomicUsize, each: usize, tally: &Mutex<Tally>) {
    let folders = [folder(), folder()];
    let mut judge = Judge::of(told);
    let mut cuts = Cuts::of(&told.recording);
    loop {
        let place = next.fetch_add(1, Ordering::Relaxed);
        while cuts.place() < place {
            if !cuts.advance() {
                return;
            }
        }
        let mut here = Tally::default();
        for number in 0..each {
            cut_once(&mut judge, &cuts, number, &folders, &mut here);
        }
        tally.lock().unwrap().add(here);
    }
}

fn cut_once(
    judge: &mut Judge<'_>,
    cuts: &Cuts<'_>,
    number: usize,
    folders: &[TempDir; 2],
    tally: &mut Tally,
) {
    let (place, acknowledged) = (cuts.place(), cuts.acknowledged());
    // Each cut can be made again by its place and number.
    let mut chance = Rng::with_seed((place << 32 | number) as u64);
    let loss = chance.choice(Loss::ALL).unwrap();
    let image = with_stale_memory(cuts.cut(loss, &mut chance), &mut chance);
    let [first, second] = folders.each_ref().map(TempDir::path);
    image.write(first);
    if !(place + number).is_multiple_of(SECOND_CUT) {
        tally.note(place, loss, number, judge.look(first, acknowledged));
        return;
    }
    let disk = Disk::over(first, Setting::AsPromised);
    tally.note(place, loss, number, judge.look(first, acknowledged));
    let (again, image) = cut_recovery(&disk.finish(), &mut chance);
    image.write(second);
    tally.again += 1;
    tally.note(place, again, number, judge.look(second, acknowledged));
}

/// Cuts the power somewhere while a ledger is opened again.
fn cut_recovery(recovery: &Recording, chance: &mut Rng) -> (Loss, Image) {
    let loss = chance.choice(Loss::ALL).unwrap();
    let place = chance.usize(..=recovery.places());
    let mut cuts = Cuts::of(recovery);
    while cuts.place() < place && cuts.advance() {}
    (loss, cuts.cut(loss, chance))
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
