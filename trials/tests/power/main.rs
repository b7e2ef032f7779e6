//! The power is cut at every write, sync, creation and removal of a file, and what was not synced is
//! lost, kept or torn. Then the ledger is opened again: nothing acknowledged may be lost, nothing
//! half there, nothing corrupt. With weaker settings the same trial has to find losses.
#![cfg(target_os = "linux")]
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)]

mod judge;
mod tally;
mod told;

use refundry_trials::{disk::Setting, rounds};

use self::{tally::Tally, told::Told};

/// Tells the story on a disk, and cuts the power at least this often.
fn cut_power(setting: Setting, cuts: u64) -> Tally {
    let told = Told::on_a_disk(setting);
    let tally = tally::count(&told, cuts);
    println!("power cuts, {setting:?}: {tally}");
    tally
}

#[test]
fn what_was_acknowledged_outlives_a_power_cut() {
    let tally = cut_power(Setting::AsPromised, rounds(20_000, 1_000_000));
    assert_eq!(tally.failures(), 0, "{:?}", tally.first_failure);
}

/// Controls: what the trial has to find where durability is weaker than the library's.
#[test]
fn weaker_settings_are_caught() {
    let cuts = rounds(800, 50_000);
    for setting in [Setting::WalNormal, Setting::DeleteFull, Setting::FolderNeverSynced] {
        let tally = cut_power(setting, cuts);
        assert!(tally.lost > 0, "{setting:?} lost nothing");
    }
    let off = cut_power(Setting::Off, cuts);
    assert!(off.lost > 0 && off.corrupt > 0, "without syncs nothing was lost or corrupt");
}
