//! What arrives on a connection of the server.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| refundry_server::run(input));
