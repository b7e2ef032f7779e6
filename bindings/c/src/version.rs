//! Versions, at run time. At compile time the header has them.

use std::ffi::{CStr, c_char};

/// The number of the binary interface. It changes only if programs that were compiled with an
/// older header can't be linked with the library any more.
pub const REFUNDRY_ABI: u32 = 1;

/// The version as text, such as `"1.2.3"`. Compare `REFUNDRY_VERSION`.
///
/// The text is constant. Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn refundry_version() -> *const c_char {
    const VERSION: &CStr =
        match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
            Ok(version) => version,
            Err(_) => c"",
        };
    VERSION.as_ptr()
}

/// The version as one number: a million times the major, a thousand times the minor, and the
/// patch version. Compare `REFUNDRY_VERSION_NUMBER`.
///
/// Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn refundry_version_number() -> u32 {
    const NUMBER: u32 = number(env!("CARGO_PKG_VERSION_MAJOR"))
        .saturating_mul(1_000)
        .saturating_add(number(env!("CARGO_PKG_VERSION_MINOR")))
        .saturating_mul(1_000)
        .saturating_add(number(env!("CARGO_PKG_VERSION_PATCH")));
    NUMBER
}

const fn number(digits: &str) -> u32 {
    match u32::from_str_radix(digits, 10) {
        Ok(number) => number,
        Err(_) => panic!("a version's parts are numbers"),
    }
}
