//! The book that is sent: every operation of the story, and how far it had come after each.

use std::{ops::ControlFlow, path::Path};

use refundry::{Access, Ledger, Mark};
use refundry_trials::{
    disk::{Disk, Recording, Setting},
    folder,
    shop::MERCHANT,
    story::{self, Clock},
};

use crate::judge;

/// What the ledger's file is called.
pub(crate) const LEDGER: &str = "ledger";

/// How many bytes of a feed arrive at a time: a line or two, or a part of one.
const PIECE: usize = 700;

/// What a side did on a recorded disk.
pub(crate) struct Told {
    pub(crate) recording: Recording,
    /// The lines of the sender's book in the end.
    pub(crate) lines: Vec<String>,
    /// How many of them were there for sure after each acknowledgement; the first is before any.
    pub(crate) counts: Vec<usize>,
    /// The sender, whole.
    till: std::cell::RefCell<Ledger>,
}

impl Told {
    /// The sender works: after each operation all of its book may have been sent.
    pub(crate) fn by_sender(setting: Setting) -> Self {
        let folder = folder();
        let disk = Disk::over(folder.path(), setting);
        let mut counts = vec![0];
        tell(folder.path(), |till| {
            counts.push(judge::lines(till).unwrap().len());
            disk.acknowledge();
        });
        let recording = disk.finish();
        let mut till = open(folder.path(), Access::Open).unwrap();
        let (till, lines) = (copy(&mut till), judge::lines(&mut till).unwrap());
        Self { recording, lines, counts, till: till.into() }
    }

    /// The receiver takes a whole feed in, piece by piece.
    pub(crate) fn by_receiver(setting: Setting) -> Self {
        let (away, folder) = (folder(), folder());
        tell(away.path(), |_| ());
        let mut till = open(away.path(), Access::Open).unwrap();
        let lines = judge::lines(&mut till).unwrap();
        let told = copy(&mut till);
        let mut counts = vec![0, 0];
        let disk = Disk::over(folder.path(), setting);
        let mut office = open(folder.path(), Access::OpenOrCreate).unwrap();
        disk.acknowledge();
        let mut receiver = refundry::Receiver::default();
        for piece in feed(&mut till, &Mark::genesis(MERCHANT)).as_bytes().chunks(PIECE) {
            receiver.take(&mut office, piece).unwrap();
            counts.push(judge::lines(&mut office).unwrap().len());
            disk.acknowledge();
        }
        receiver.end(&mut office).unwrap();
        drop(office);
        Self { recording: disk.finish(), lines, counts, till: told.into() }
    }

    /// The feed of the sender's whole book after a mark.
    pub(crate) fn feed(&self, after: &Mark) -> String {
        feed(&mut self.till.borrow_mut(), after)
    }
}

/// The whole feed of the merchant's book after a mark.
pub(crate) fn feed(till: &mut Ledger, after: &Mark) -> String {
    till.book(MERCHANT).unwrap().feed_piece(after, usize::MAX).unwrap().text
}

/// Opens the ledger of a folder.
pub(crate) fn open(folder: &Path, access: Access) -> refundry::Result<Ledger> {
    Ledger::open(folder.join(LEDGER), Clock::at_chapter(2).options(access, 1))
}

/// Does everything that there is to do to a book, in a new ledger of a folder.
fn tell(folder: &Path, mut done: impl FnMut(&mut Ledger)) {
    let clock = Clock::at_chapter(0);
    let options = clock.options(Access::OpenOrCreate, 7);
    let mut till = Ledger::open(folder.join(LEDGER), options).unwrap();
    let mut steps = vec![story::beginning()];
    steps.extend(story::chapter(0));
    for step in steps {
        step.run(&mut till, folder).unwrap();
        done(&mut till);
    }
}

/// A mirror in memory, whose feed is the same.
fn copy(till: &mut Ledger) -> Ledger {
    let mut copy = Ledger::in_memory(refundry::Options::default()).unwrap();
    let text = feed(till, &Mark::genesis(MERCHANT));
    copy.receive(text.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
    copy
}
