//! The long sizes of the trials: hours, for a machine that has nothing else to do.

use crate::step::{cargo, run};

/// Runs every trial in its long size.
///
/// # Errors
/// What to say of the first that fails.
pub(crate) fn run_all() -> Result<(), String> {
    let tests = ["test", "--locked", "--package", "refundry-trials", "--", "--nocapture"];
    run("trials", cargo(&tests).env("REFUNDRY_SOAK", "1"))?;
    let tests = ["test", "--locked", "--package", "refundry-server", "faults", "--", "--nocapture"];
    run("the server's trials", cargo(&tests).env("REFUNDRY_SOAK", "1"))
}
