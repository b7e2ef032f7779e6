//! A book is sent to another ledger, and the power is cut or a process is killed on either side, in the
//! middle of whatever it does. What was acknowledged is there; what the receiver has is the beginning of
//! the sender's book, line for line; and the next feed brings the rest.
#![cfg(target_os = "linux")]
// A test that panics has done its work; and a sum that overflows here panics.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)]

mod child;
mod judge;
mod kill;
mod power;
mod told;

use refundry_trials::{disk::Setting, finding::Fault};

use self::{child::Manner, power::Side};

#[test]
fn a_receiver_whose_power_is_cut_is_whole_up_to_a_line_and_goes_on() {
    power::keeps(Side::Receiver);
}

#[test]
fn a_sender_whose_power_is_cut_still_has_all_that_it_sent() {
    power::keeps(Side::Sender);
}

/// Controls: on a disk that syncs less, what was acknowledged or sent is lost.
#[test]
fn weaker_settings_are_caught_on_both_sides() {
    for side in [Side::Receiver, Side::Sender] {
        for setting in [Setting::WalNormal, Setting::FolderNeverSynced] {
            let tally = power::cut(side, setting, 120);
            assert!(tally.lost > 0, "{side:?}, {setting:?}: {tally:?}");
        }
    }
}

#[test]
fn a_receiver_that_is_killed_is_whole_up_to_a_line_and_goes_on() {
    kill::receivers(Manner::Honest).unwrap();
}

#[test]
fn a_sender_that_is_killed_has_sent_nothing_but_its_book() {
    kill::senders();
}

/// Control: a receiver that writes down what comes, and does not look where it belongs.
#[test]
fn a_receiver_that_does_not_check_the_place_is_caught() {
    let fault = kill::receivers(Manner::Blind).unwrap_err();
    println!("feeds, control: {fault}");
    assert!(matches!(fault, Fault::Doubled(_) | Fault::Half(_)), "{fault}");
}
