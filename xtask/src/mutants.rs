//! Mutation testing: each mutant is one small change of the library, which a test has to see.

use std::{fs, thread};

use crate::step::{cargo, run};

/// Where the mutants, their fates and their logs are written.
const OUTPUT: &str = "target/mutants";

/// Tests every mutant, or a share of them: `2/8` is the third of eight. `.cargo/mutants.toml` has
/// those that no test can see, with the reason of each. It takes cargo-mutants:
/// `cargo install --locked cargo-mutants --version ^27.1`.
///
/// # Errors
/// What to say if a mutant survives.
pub(crate) fn run_all(share: Option<&str>) -> Result<(), String> {
    fs::create_dir_all(OUTPUT).map_err(|error| error.to_string())?;
    let jobs = thread::available_parallelism().map_or(1, usize::from).to_string();
    let mut mutants = cargo(&["mutants", "--package", "refundry", "--output", OUTPUT]);
    mutants.args(["--jobs", &jobs]);
    if let Some(share) = share {
        mutants.args(["--shard", share, "--sharding", "round-robin"]);
    }
    // The test program's stop at the first failure is not stable; this lets it have that.
    run("mutants", mutants.env("RUSTC_BOOTSTRAP", "1"))
}
