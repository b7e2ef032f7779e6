//! One kill: a child is started, fed, and killed some lines and some microseconds later.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    thread,
    time::Duration,
};

use refundry::Mark;

use crate::child::{self, Manner, SAYS};

/// Kills a child after so many lines of its, or when it ends; returns what it said, its last line perhaps
/// without an end.
pub(crate) fn kill(
    folder: &Path,
    manner: Manner,
    after: &Mark,
    feed: String,
    lines: usize,
    moment: &mut fastrand::Rng,
) -> Vec<String> {
    let mut child = child::command(folder, manner, after).spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut input = child.stdin.take().unwrap();
    // It may be killed before it has read all.
    let writer = thread::spawn(move || drop(input.write_all(feed.as_bytes())));
    let mut said = Vec::new();
    let mut next = || {
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        (!line.is_empty()).then_some(line)
    };
    while said.len() <= lines {
        let Some(line) = next() else { break };
        said.extend(line.strip_prefix(SAYS).map(str::to_owned));
    }
    thread::sleep(Duration::from_micros(moment.u64(0..1_500)));
    child.kill().unwrap();
    while let Some(line) = next() {
        said.extend(line.strip_prefix(SAYS).map(str::to_owned));
    }
    let ended = child.wait().unwrap();
    assert_ne!(ended.code(), Some(101), "the child panicked");
    writer.join().unwrap();
    said
}
