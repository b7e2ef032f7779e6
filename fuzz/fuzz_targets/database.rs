//! A damaged or hand-made file of a ledger.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../database.rs"]
mod database;

fuzz_target!(|input: &[u8]| database::run(input));
