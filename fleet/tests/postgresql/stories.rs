//! The stories that the library and WebAssembly tell: their heads are the same on a fleet.

#[path = "../../../tests/scenarios/call.rs"]
mod call;
// Its numbers are small.
#[allow(clippy::cast_possible_truncation)]
#[path = "../../../tests/scenarios/story.rs"]
mod story;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use refundry::{Durability, Ledger, Options, Timestamp, seeded_random};
use refundry_fleet::into_fleet;

use self::story::Story;
use crate::{
    server::Server,
    shop::{engine_at, node},
};

/// 2024-01-01T00:00:00.000Z
const START: i64 = 1_704_067_200_000;

/// Tells a story to a ledger in a file.
fn tell(seed: u64, path: &Path) {
    let clock = Arc::new(AtomicI64::new(START));
    let now = Arc::clone(&clock);
    let mut options = Options::default();
    options.clock = Box::new(move || Timestamp::from_millis(now.load(Ordering::Relaxed)));
    options.random = seeded_random(seed);
    options.durability = Durability::Later;
    let mut ledger = Ledger::open(path, options).unwrap();
    let mut story = Story::of(seed, START);
    while let Some(call) = story.next() {
        clock.store(story.now(), Ordering::Relaxed);
        let answer = call::make(&mut ledger, &call);
        story.hear(&call, &answer);
    }
}

/// In the soak all, else every tenth.
fn step() -> usize {
    if std::env::var_os("REFUNDRY_SOAK").is_some_and(|value| value == "1") { 1 } else { 10 }
}

#[test]
fn every_story_has_the_heads_on_a_fleet_that_it_has_in_a_file_and_in_webassembly() {
    let heads = include_str!("../../../tests/data/scenarios.txt");
    let fleet = Server::shared().fleet();
    let folder = tempfile::tempdir().unwrap();
    let mut engine = engine_at(fleet.url("app"));
    for seed in (0..200_u64).step_by(step()) {
        let path = folder.path().join(format!("{seed}.refundry"));
        tell(seed, &path);
        into_fleet(&path, &mut *engine).unwrap();
    }
    // What was due then would mature now, and be recorded.
    fleet.sql("DELETE FROM refundry.due");
    let node = node(&fleet, &folder.path().join("cache"));
    let asked: Vec<_> = heads
        .lines()
        .filter_map(|line| {
            let [seed, id, _] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let is_told = seed.parse::<usize>().unwrap().is_multiple_of(step());
            is_told.then(|| (line, node.book(id, |book| book.head())))
        })
        .collect();
    assert!(asked.len() > 200 / step());
    for (line, head) in asked {
        let head = head.wait().unwrap();
        assert!(line.ends_with(&format!(" {head}")), "{line}: {head}");
    }
}
