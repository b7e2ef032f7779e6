//! Mutation testing: each mutant is one small change of the library, which a test has to see.

use std::{fs, thread, time::Instant};

use crate::step::cargo;

/// Where the mutants, their fates and their logs are written.
const OUTPUT: &str = "target/mutants";

/// What cargo-mutants says where all were noticed, some of them because a loop never ended.
const NEVER_ENDED: i32 = 3;

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
    let begin = Instant::now();
    // The test program's stop at the first failure is not stable; this lets it have that.
    let status = mutants.env("RUSTC_BOOTSTRAP", "1").status();
    match status.map_err(|error| format!("mutants: could not be run: {error}"))?.code() {
        Some(0 | NEVER_ENDED) => {
            println!("mutants: passed in {} s", begin.elapsed().as_secs());
            Ok(())
        }
        _ => Err(format!("mutants: some survived, or were not tried; see {OUTPUT}")),
    }
}
