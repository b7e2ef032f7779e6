//! What the trials share. Each is in `tests/`, comes in two sizes, and has a control: a weaker
//! setting or a planted bug that it must catch.

pub mod race;
pub mod shop;

use std::env;

/// How many rounds to make: `few` in the ordinary tests, `many` in `cargo xtask soak`.
#[must_use]
pub fn rounds(few: u64, many: u64) -> u64 {
    if env::var_os("REFUNDRY_SOAK").is_some() { many } else { few }
}
