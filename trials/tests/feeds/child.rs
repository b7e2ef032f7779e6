//! The process that is killed: a receiver that takes in what comes by its standard input, or a sender that
//! refunds and writes its feed to its standard output.

use std::{
    env,
    fs::OpenOptions,
    io::{self, Read, Write},
    path::Path,
    process::{Command, Stdio},
};

use refundry::{Mark, Receiver, RefundRequest};
use refundry_trials::shop::{self, MERCHANT};

use crate::{judge, told::LEDGER};

/// Where the child finds the folder of its ledger, and from where a sender sends.
const FOLDER: &str = "REFUNDRY_TRIAL_FOLDER";
const AFTER: &str = "REFUNDRY_TRIAL_AFTER";
const MANNER: &str = "REFUNDRY_TRIAL_MANNER";

/// What begins a line of the child, among those of the test program that it is.
pub(crate) const SAYS: &str = "=> ";

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

/// This very program, but only the test below.
pub(crate) fn command(folder: &Path, manner: Manner, after: &Mark) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args(["child::works_until_it_is_killed", "--exact", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(AFTER, after.to_string())
        .env(MANNER, format!("{manner:?}"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

#[test]
#[ignore = "run by the trials in a process of its own"]
fn works_until_it_is_killed() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    match env::var(MANNER).unwrap().as_str() {
        "Honest" => receive(folder),
        "Blind" => append(folder),
        _ => send(folder),
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
fn send(folder: &Path) {
    let mut till = shop::open(&folder.join(LEDGER)).unwrap();
    let mut after = Mark::parse(&env::var(AFTER).unwrap()).unwrap();
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

fn say(text: &str) {
    let mut out = io::stdout().lock();
    out.write_all(format!("{SAYS}{text}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}
