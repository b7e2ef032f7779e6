//! The long sizes of the trials, fleets on other servers, the fuzzer and the mutants: hours, for a
//! machine that has nothing else to do.

use crate::{
    fleet, fuzz, mutants,
    step::{cargo, run},
};

/// Runs every trial in its long size.
///
/// # Errors
/// What to say of the first that fails.
pub(crate) fn run_all() -> Result<(), String> {
    let long = |what, package, filters: &[&str]| {
        let tests = ["test", "--locked", "--profile", "soak", "--package", package];
        run(what, cargo(&tests).args(filters).args(["--", "--nocapture"]).env("REFUNDRY_SOAK", "1"))
    };
    long("trials", "refundry-trials", &[])?;
    long("the server's trials", "refundry-server", &["faults"])?;
    long("random edits", "refundry", &["tampering"])?;
    long("the model", "refundry", &["model"])?;
    long("backups under load", "refundry", &["files::backup"])?;
    long("fleets", "refundry-fleet", &["chaos"])?;
    fleet::check_on_18()?;
    fleet::lose_machines()?;
    fuzz::run_all("3600")?;
    mutants::run_all(None)
}
