//! The process that is killed: a receiver that takes in what comes by its standard input, or a sender that
//! refunds and writes its feed to its standard output.

use std::{
    fs::OpenOptions,
    io::{self, Read, Write},
    path::Path,
};

use refundry::{Mark, Receiver, RefundRequest};
use refundry_trials::{
    child::{say, told},
    shop::{self, MERCHANT},
};

use crate::{judge, told::LEDGER};

/// The charge that a sender refunds bit by bit.
pub(crate) const CHARGE: &str = "ch_large";

/// How a child works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It receives into a ledger.
    Honest,
    /// It appends what comes to a file, wherever it belongs.
    Blind,
    /// It sends.
    Sender,
}

#[test]
#[ignore = "run by the trials in a process of its own"]
fn works_until_it_is_killed() {
    let Some(told) = told() else { return };
    match told.manner.as_str() {
        "Honest" => receive(&told.folder),
        "Blind" => append(&told.folder),
        _ => send(&told.folder, &told.from),
    }
}

/// Gives what comes to `take`, and says how many lines are safe then.
fn as_it_comes(mut take: impl FnMut(&[u8]) -> usize) {
    let mut piece = [0; 1_000];
    loop {
        let length = io::stdin().read(&mut piece).unwrap();
        if length == 0 {
            say("end");
            return;
        }
        let safe = take(&piece[..length]);
        say(&safe.to_string());
    }
}

fn receive(folder: &Path) {
    let mut office = shop::open(&folder.join(LEDGER)).unwrap();
    let mut receiver = Receiver::default();
    as_it_comes(|piece| {
        receiver.take(&mut office, piece).unwrap();
        judge::mark(&mut office).unwrap().n.try_into().unwrap()
    });
}

fn append(folder: &Path) {
    let path = folder.join(LEDGER);
    let mut file = OpenOptions::new().append(true).create(true).open(&path).unwrap();
    as_it_comes(|piece| {
        file.write_all(piece).unwrap();
        recordings(&std::fs::read_to_string(&path).unwrap())
            .filter(|line| line.ends_with('}'))
            .count()
    });
}

/// The lines between a feed's first and last.
pub(crate) fn recordings(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with(r#"{"feed""#) && !line.starts_with(r#"{"end""#))
}

/// Refunds, and sends what is new after each refund.
fn send(folder: &Path, after: &str) {
    let mut till = shop::open(&folder.join(LEDGER)).unwrap();
    let mut after = Mark::parse(after).unwrap();
    let mut request = RefundRequest::of_charge(CHARGE);
    request.amount = Some(shop::amount(1));
    request.description = Some("a torn page".to_owned());
    loop {
        let mut book = till.book(MERCHANT).unwrap();
        book.create_refund(&request, None).unwrap();
        let piece = book.feed_piece(&after, usize::MAX).unwrap();
        piece.text.lines().for_each(say);
        after = piece.mark;
    }
}
