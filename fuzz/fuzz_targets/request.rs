//! Bytes as the JSON of requests.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../request.rs"]
mod request;

fuzz_target!(|input: &[u8]| request::run(input));
