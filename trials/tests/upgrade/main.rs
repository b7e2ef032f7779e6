//! A ledger of an older version is upgraded while the power is cut or the process killed at every
//! write, sync and removal of a file, and while the disk or the memory fails. It is wholly old or
//! wholly new, and opening it again makes it new. With weaker settings the same trial has to find
//! losses.
#![cfg(target_os = "linux")]
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)]

mod cuts;
mod faults;
mod judge;
mod scene;

use refundry_trials::{disk::Setting, rounds};

use self::{cuts::Tally, scene::Scene};

/// Upgrades these ledgers on a disk, and cuts the power at least this often in all.
fn cut_power(scenes: &[Scene], setting: Setting, cuts: u64) -> Tally {
    let mut tally = Tally::default();
    for scene in scenes {
        cuts::count(scene, setting, cuts.div_ceil(scenes.len() as u64), &mut tally);
    }
    println!("upgrade, power cuts, {setting:?}: {tally}");
    tally
}

#[test]
fn what_is_cut_off_is_wholly_old_or_wholly_new() {
    let tally = cut_power(&scene::all(), Setting::AsPromised, rounds(1_200, 40_000));
    assert_eq!(tally.failures(), 0, "{:?}", tally.first_failure);
    assert!(tally.old > 0 && tally.new > 0, "no cut came before the end, or after");
}

/// Controls: what the trial has to find where durability is weaker than the library's.
#[test]
fn weaker_settings_are_caught() {
    let closed = &scene::all()[..1];
    for setting in [Setting::FolderNeverSynced, Setting::Off] {
        let tally = cut_power(closed, setting, rounds(300, 5_000));
        assert!(tally.corrupt > 0, "{setting:?} left nothing corrupt");
    }
}

#[test]
fn whatever_fails_it_is_wholly_old_or_wholly_new() {
    let findings = faults::sweep();
    println!("upgrade, faults: {findings}");
    assert!(findings.wrong.is_empty(), "{:#?}", findings.wrong);
    assert!(findings.old > 0 && findings.new > 0, "no fault came before the end, or after");
}
