//! Two hundred stories that every target tells in the same way: the same calls, clock and seed give
//! the same answers and the same heads.
//!
//! What was asked and answered is written to `scenarios.jsonl` in the folder for temporary files of
//! tests, where the tests of other targets find it.

pub(crate) mod call;
pub(crate) mod story;

use std::{fmt::Write as _, fs, path::Path};

use refundry::{Ledger, Options, Timestamp, seeded_random};
use serde_json::json;

use self::story::Story;

const STORIES: u64 = 200;

/// 2024-01-01T00:00:00.000Z
const START: i64 = 1_704_067_200_000;

#[test]
fn every_story_ends_as_it_always_did() {
    let (mut told, mut heads) = (String::new(), String::new());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut refused = std::collections::BTreeSet::new();
    for seed in 0..STORIES {
        let clock = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(START));
        let mut options = Options::default();
        let now = clock.clone();
        options.clock = Box::new(move || {
            Timestamp::from_millis(now.load(std::sync::atomic::Ordering::Relaxed))
        });
        options.random = seeded_random(seed);
        let mut ledger = Ledger::in_memory(options).unwrap();
        writeln!(told, "{}", json!({ "seed": seed })).unwrap();
        let mut story = Story::of(seed, START);
        while let Some(call) = story.next() {
            clock.store(story.now(), std::sync::atomic::Ordering::Relaxed);
            let answer = call::make(&mut ledger, &call);
            if let Some(code) = answer["refused"]["code"].as_str() {
                refused.insert(code.to_owned());
            }
            story.hear(&call, &answer);
            writeln!(told, "{}", json!({ "now": story.now(), "call": call, "answer": answer }))
                .unwrap();
        }
        ledger.verify(&[], |_| std::ops::ControlFlow::Continue(())).unwrap();
        crate::mirrors::mirror(&mut ledger);
        for merchant in ledger.merchants().unwrap() {
            let book = ledger.book(&merchant.id).unwrap();
            let (head, balances) = (book.head().unwrap(), book.balances().unwrap());
            let end = json!({ "end": merchant.id, "head": head, "balances": balances });
            writeln!(told, "{end}").unwrap();
            writeln!(heads, "{seed} {} {head}", merchant.id).unwrap();
        }
    }
    // Whoever reads it meanwhile has the one before.
    let (written, begun) =
        (folder.join("scenarios.jsonl"), tempfile::NamedTempFile::new_in(folder));
    let begun = begun.unwrap();
    fs::write(begun.path(), told).unwrap();
    begun.persist(written).unwrap();
    // Stories in which nothing is refused would not tell much.
    for code in [
        "amount_exceeds_refundable",
        "balance_insufficient",
        "charge_already_refunded",
        "idempotency_key_reused",
        "parameter_invalid",
        "resource_invalid_state",
        "resource_missing",
    ] {
        assert!(refused.contains(code), "{code} never came up");
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/scenarios.txt");
    let committed = fs::read_to_string(&path).unwrap_or_default();
    if committed != heads {
        fs::write(&path, &heads).unwrap();
        panic!("the stories end differently now; tests/data/scenarios.txt was written anew");
    }
}
