//! The fuzzer's targets, each for a while. What it finds stays in `fuzz/artifacts`; inputs that
//! reach something new are kept in `fuzz/target/corpus`, apart from the corpora of the repository.

use std::{fs, path::Path};

use crate::step::{cargo, run};

const TARGETS: [&str; 5] = ["request", "import", "database", "http", "c_calls"];

/// Compiles the targets, which are a workspace of their own.
///
/// # Errors
/// What to say if that fails.
pub(crate) fn check() -> Result<(), String> {
    let manifest = ["check", "--locked", "--workspace", "--manifest-path", "fuzz/Cargo.toml"];
    // What both workspaces compile alike is there already.
    run("the fuzzers", cargo(&manifest).args(["--target-dir", "target"]))
}

/// Fuzzes each target for so many seconds. It takes cargo-fuzz:
/// `cargo install cargo-fuzz --version ^0.13`.
///
/// # Errors
/// What to say of the first that finds something.
pub(crate) fn run_all(seconds: &str) -> Result<(), String> {
    for target in TARGETS {
        let corpus = Path::new("fuzz/corpus").join(target);
        let grown = Path::new("fuzz/target/corpus").join(target);
        fs::create_dir_all(&grown).map_err(|error| error.to_string())?;
        let mut fuzz = cargo(&["fuzz", "run", "--debug-assertions", target]);
        fuzz.args([grown, corpus]).args(["--", "-timeout=20", "-rss_limit_mb=1024"]);
        fuzz.arg("-max_len=65536").arg(format!("-max_total_time={seconds}"));
        let dictionary = Path::new("fuzz/dictionaries").join(target);
        if dictionary.exists() {
            fuzz.arg(format!("-dict={}", dictionary.display()));
        }
        // The sanitizers are not stable; this lets the stable compiler have them.
        run(&format!("fuzz {target}"), fuzz.env("RUSTC_BOOTSTRAP", "1"))?;
    }
    Ok(())
}
