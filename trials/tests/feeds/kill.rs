//! Kills of receivers and senders, and what is found after them.

use std::{
    ops::ControlFlow,
    path::Path,
    time::{Duration, Instant},
};

use refundry::{Ledger, Mark, Options, Receiver};
use refundry_trials::{
    child::kill,
    disk,
    finding::Fault,
    folder, rounds,
    shop::{self, MERCHANT},
};

use crate::{
    child::{self, CHARGE, Manner},
    judge,
    told::{self, LEDGER},
};

/// How many refunds are in the book that receivers are sent.
const REFUNDS: i64 = 120;

/// How often a sender is killed before it begins a new book.
const KILLS_OF_A_SENDER: u64 = 20;

/// A sender's ledger with a large charge.
fn till(folder: &Path, refunds: i64) -> Ledger {
    let mut till = shop::open(&folder.join(LEDGER)).unwrap();
    shop::add_merchant(&mut till, MERCHANT).unwrap();
    let mut book = till.book(MERCHANT).unwrap();
    shop::add_charge(&mut book, CHARGE, 1 << 40).unwrap();
    let mut request = refundry::RefundRequest::of_charge(CHARGE);
    request.amount = Some(shop::amount(1));
    for _ in 0..refunds {
        book.create_refund(&request, None).unwrap();
    }
    till
}

/// Kills receivers; a new one begins when the last has the whole book.
pub(crate) fn receivers(manner: Manner) -> Result<(), Fault> {
    // Other tests of this program record what SQLite does, so it may not have been used before.
    disk::install();
    let begun = Instant::now();
    let away = folder();
    let mut till = till(away.path(), REFUNDS);
    let sent = judge::lines(&mut till).unwrap();
    let mut moment = fastrand::Rng::new();
    let (mut office, mut acknowledged, mut books) = (folder(), 0, 1);
    let (mut ahead, mut total) = (0, 0_u64);
    let (rounds, mut begun_rounds) = (rounds(40, 2_500), 0);
    // Few kills come between a commit and its acknowledgement; one has to.
    while begun_rounds < rounds || (ahead == 0 && begun_rounds < 10 * rounds) {
        begun_rounds += 1;
        // From where the last answer said, though there may be more.
        let after = judge::mark_after(&sent, acknowledged);
        let lines = moment.usize(0..12);
        let feed = told::feed(&mut till, &after);
        let after = after.to_string();
        let said = kill(office.path(), &manner, &after, feed, lines, some_time(&mut moment));
        let last = said.iter().rev().find_map(|line| line.trim_end().parse().ok());
        acknowledged = last.unwrap_or(0).max(acknowledged);
        let there = there(office.path(), manner)?;
        judge::compare(&sent, &there, acknowledged)?;
        ahead += u64::from(there.len() > acknowledged);
        // One that had ended was not killed in the middle of anything.
        total += u64::from(said.last().is_none_or(|line| line.trim_end() != "end"));
        if there.len() == sent.len() {
            (office, acknowledged, books) = (folder(), 0, books + 1);
        } else if moment.u8(..8) == 0 && manner == Manner::Honest {
            let mut ledger = shop::open(&office.path().join(LEDGER))?;
            let feed = |after: &Mark| told::feed(&mut till, after);
            judge::look_at_receiver(&mut ledger, &sent, acknowledged, feed)?;
            drop(ledger);
            (office, acknowledged, books) = (folder(), 0, books + 1);
        }
    }
    println!(
        "feeds, {manner:?}: {total} kills of receivers of {books} books, 0 lost, 0 doubled, 0 half; \
         after {ahead} of them there was more than acknowledged; {} s",
        begun.elapsed().as_secs()
    );
    assert!(ahead > 0, "no kill came between a commit and its acknowledgement");
    Ok(())
}

/// How long to wait before a kill.
fn some_time(moment: &mut fastrand::Rng) -> Duration {
    Duration::from_micros(moment.u64(0..1_500))
}

/// What a receiver has.
fn there(folder: &Path, manner: Manner) -> Result<Vec<String>, Fault> {
    if manner == Manner::Blind {
        let text = std::fs::read_to_string(folder.join(LEDGER)).unwrap_or_default();
        return Ok(child::recordings(&text).map(str::to_owned).collect());
    }
    let mut office = shop::open(&folder.join(LEDGER))?;
    office.verify(&[], |_| ControlFlow::Continue(()))?;
    Ok(judge::lines(&mut office)?)
}

/// Kills senders, and cuts their last line at any byte, as a network does. A pipe hands a short line over
/// whole or not at all.
pub(crate) fn senders() {
    disk::install();
    let begun = Instant::now();
    let mut moment = fastrand::Rng::new();
    let (mut away, mut office) = begin();
    let (mut ahead, mut half, mut received) = (0, 0, 0);
    let rounds = rounds(40, 2_500);
    for number in 0..rounds {
        if number % KILLS_OF_A_SENDER == 0 {
            (away, office) = begin();
        }
        let after = judge::mark(&mut office).unwrap().to_string();
        let (lines, pause) = (moment.usize(0..40), some_time(&mut moment));
        let mut said = kill(away.path(), &Manner::Sender, &after, String::new(), lines, pause);
        if let Some(last) = said.last_mut() {
            last.truncate(moment.usize(0..last.len()));
            half += u64::from(!last.is_empty());
        }
        take_in(&mut office, &said);

        let mut till = shop::open(&away.path().join(LEDGER)).unwrap();
        till.verify(&[], |_| ControlFlow::Continue(())).unwrap();
        let (own, there) = (judge::lines(&mut till).unwrap(), judge::lines(&mut office).unwrap());
        judge::compare(&own, &there, 0).unwrap();
        ahead += u64::from(own.len() > there.len());
        received = there.len().max(received);
        let rest = told::feed(&mut till, &judge::mark(&mut office).unwrap());
        office.receive(rest.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
        judge::compare(&own, &judge::lines(&mut office).unwrap(), own.len()).unwrap();
    }
    println!(
        "feeds: {rounds} kills of senders, 0 lost, 0 doubled, 0 half; {half} feeds ended within a line, \
         {ahead} times the sender had recorded more; {} s",
        begun.elapsed().as_secs()
    );
    assert!(ahead > 0 && half > 0 && received > 2, "no kill came in the middle: {ahead}, {half}");
}

fn begin() -> (tempfile::TempDir, Ledger) {
    let away = folder();
    drop(till(away.path(), 0));
    (away, Ledger::in_memory(Options::default()).unwrap())
}

/// Takes in one feed after the other, the last up to where it was cut off.
fn take_in(office: &mut Ledger, said: &[String]) {
    let mut receiver = Receiver::default();
    for line in said {
        receiver.take(office, line.as_bytes()).unwrap();
        if line.starts_with(r#"{"end""#) && line.ends_with('\n') {
            receiver.end(office).unwrap();
            receiver = Receiver::default();
        }
    }
}
