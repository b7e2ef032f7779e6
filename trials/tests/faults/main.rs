//! Every call of the library while the disk or the memory fails: reads, writes, syncs, locks and
//! allocations, each of them once, and each from then on. The call says so by a typed error, the
//! ledger is as it was or wholly changed, the next call works, and nothing is held for ever.
#![cfg(target_os = "linux")]
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)]

mod attempt;
mod scene;
mod sweep;

use std::{fs::File, io};

use refundry::FileError;
use refundry_trials::disk::{blocks, fault::Fault, install};

/// What a sound library must survive.
const FAULTS: [Fault; 15] = [
    Fault::Open,
    Fault::Read,
    Fault::ShortRead,
    Fault::Write,
    Fault::ShortWrite,
    Fault::Full,
    Fault::Sync,
    Fault::Truncate,
    Fault::Delete,
    Fault::Access,
    Fault::Size,
    Fault::Lock,
    Fault::Busy,
    Fault::Map,
    Fault::Memory,
];

#[test]
fn whatever_fails_nothing_is_lost_or_left_half_done() {
    install();
    let findings = sweep::all(scene::all(), &FAULTS);
    println!("faults: {findings}");
    assert!(findings.wrong.is_empty(), "{:#?}", findings.wrong);
}

/// Controls: what the trial has to find where a library has bugs.
#[test]
fn planted_bugs_are_caught() {
    install();
    let bugs: [(&str, Fault, scene::Plant); 4] = [
        ("a write that does not happen, and nobody is told", Fault::LostWrite, |sound| sound),
        ("an error that is swallowed", Fault::Write, |sound| {
            Box::new(move |ledger, folder| sound(ledger, folder).or(Ok(())))
        }),
        ("an error after all was done", Fault::Write, |sound| {
            Box::new(move |ledger, folder| {
                sound(ledger, folder)?;
                Err(FileError::input_output(folder, io::ErrorKind::StorageFull.into()).into())
            })
        }),
        ("a panic", Fault::Read, |sound| {
            Box::new(move |ledger, folder| {
                sound(ledger, folder).unwrap();
                Ok(())
            })
        }),
    ];
    for (bug, fault, plant) in bugs {
        let refund = scene::all().into_iter().find(|scene| scene.name == "refund a charge");
        let findings = sweep::all(vec![refund.unwrap().with(plant)], &[fault]);
        println!("faults, {bug}: {findings}");
        assert!(!findings.wrong.is_empty(), "{bug} was not found");
    }
}

#[test]
fn leaks_are_caught() {
    install();
    let folder = refundry_trials::folder();
    assert_eq!(attempt::leaks(folder.path(), blocks()), None);
    let file = File::create(folder.path().join("file")).unwrap();
    assert!(attempt::leaks(folder.path(), blocks()).unwrap().contains("is still open"));
    drop(file);
    let before = blocks();
    // SAFETY: SQLite is in use, and the block is given back once.
    let block = unsafe { rusqlite::ffi::sqlite3_malloc(8) };
    assert!(attempt::leaks(folder.path(), before).unwrap().contains("not given back"));
    // SAFETY: as above.
    unsafe { rusqlite::ffi::sqlite3_free(block) };
    assert_eq!(attempt::leaks(folder.path(), before), None);
}
