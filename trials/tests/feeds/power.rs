//! The power is cut at every write and sync of one side, and what was not synced is lost, kept or torn.

use std::{collections::HashMap, time::Instant};

use fastrand::Rng;
use refundry::{Access, Error, FileError};
use refundry_trials::{
    disk::{self, Cuts, Image, Loss, Setting},
    finding::Fault,
    folder, rounds,
    shop::MERCHANT,
};

use crate::{
    judge,
    told::{self, Told},
};

/// Whose power is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Sender,
    Receiver,
}

/// How many cuts there were, and what they did.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    cuts: u64,
    /// After how many of them there was a line more than was acknowledged.
    ahead: u64,
    pub(crate) lost: u64,
    doubled: u64,
    half: u64,
    broken: u64,
    first: Option<String>,
}

/// Cuts the power of a side of the library's own durability, and finds nothing.
pub(crate) fn keeps(side: Side) {
    let begun = Instant::now();
    let tally = cut(side, Setting::AsPromised, rounds(120, 10_000));
    let Tally { cuts, ahead, lost, doubled, half, broken, .. } = tally;
    println!(
        "feeds: {cuts} power cuts of the {side:?}, {lost} lost, {doubled} doubled, {half} half, \
         {broken} broken; after {ahead} of them there was more than acknowledged; {} s",
        begun.elapsed().as_secs()
    );
    assert_eq!((lost, doubled, half, broken), (0, 0, 0, 0), "{:?}", tally.first);
    assert!(ahead > 0, "no cut came between a commit and its acknowledgement");
}

/// Cuts the power so often, at every place of what a side did, or at places that lie evenly among them.
pub(crate) fn cut(side: Side, setting: Setting, often: u64) -> Tally {
    // Before anything uses SQLite, whichever test comes first.
    disk::install();
    let told = match side {
        Side::Sender => Told::by_sender(setting),
        Side::Receiver => Told::by_receiver(setting),
    };
    let places = told.recording.places() as u64;
    let (each, stride) = (often.div_ceil(places), (places / often).max(1));
    let mut tally = Tally::default();
    // Many cuts leave the same files.
    let mut known = HashMap::new();
    let mut cuts = Cuts::of(&told.recording);
    while cuts.advance() {
        if !(cuts.place() as u64).is_multiple_of(stride) {
            continue;
        }
        for number in 0..each {
            let mut chance = Rng::with_seed((cuts.place() as u64) << 32 | number);
            let loss = *chance.choice(&Loss::ALL).unwrap();
            let left = cuts.cut(loss, &mut chance);
            let acknowledged = told.counts[cuts.acknowledged().min(told.counts.len() - 1)];
            let name = format!("{acknowledged} {left:?}");
            let found = known.entry(name).or_insert_with(|| look(&told, side, &left, acknowledged));
            let place = format!("place {}, {:?}", cuts.place(), loss);
            tally.note(&place, found, acknowledged);
        }
    }
    tally
}

/// How many lines are there after a cut.
fn look(told: &Told, side: Side, left: &Image, acknowledged: usize) -> Result<usize, Fault> {
    let folder = folder();
    left.write(folder.path());
    // Before anything was acknowledged there may be nothing yet.
    let access = if acknowledged == 0 { Access::OpenOrCreate } else { Access::Open };
    let mut ledger = match told::open(folder.path(), access) {
        Err(error) if error.number() == FileError::FILE_MISSING => {
            return Err(Fault::Lost("the file".to_owned()));
        }
        other => other?,
    };
    match side {
        Side::Receiver => {
            judge::look_at_receiver(&mut ledger, &told.lines, acknowledged, |after| {
                told.feed(after)
            })
        }
        Side::Sender => {
            let there = judge::lines(&mut ledger)?;
            judge::compare(&told.lines, &there, acknowledged)?;
            if acknowledged > 0 {
                // Whoever got so much asks for what comes after it.
                let mark = judge::mark_after(&told.lines, acknowledged);
                ledger.book(MERCHANT)?.feed(&mark).map_err(|error| match error {
                    Error::MarkUnknown { .. } => Fault::Lost(format!("the mark {mark}")),
                    other => Fault::Broken(other),
                })?;
            }
            Ok(there.len())
        }
    }
}

impl Tally {
    fn note(&mut self, place: &str, found: &Result<usize, Fault>, acknowledged: usize) {
        self.cuts += 1;
        let fault = match found {
            Ok(there) => return self.ahead += u64::from(*there > acknowledged),
            Err(fault) => fault,
        };
        match fault {
            Fault::Lost(_) => self.lost += 1,
            Fault::Doubled(_) => self.doubled += 1,
            Fault::Half(_) => self.half += 1,
            Fault::Broken(_) => self.broken += 1,
        }
        self.first.get_or_insert_with(|| format!("{place}: {fault}"));
    }
}
