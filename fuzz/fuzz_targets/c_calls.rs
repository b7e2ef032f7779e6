//! Sequences of C calls with hostile arguments.

#![no_main]

use libfuzzer_sys::fuzz_target;
use refundry_c::*;

#[path = "../calls/mod.rs"]
mod calls;

fuzz_target!(|input: &[u8]| calls::run(input));
