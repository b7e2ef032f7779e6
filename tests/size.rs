//! How long random tests are: short with the others, long in `cargo xtask soak`.

use std::env;

/// `few` rounds, or `many` where the environment variable `REFUNDRY_SOAK` is set.
pub(crate) fn rounds(few: u64, many: u64) -> u64 {
    if env::var_os("REFUNDRY_SOAK").is_some() { many } else { few }
}
