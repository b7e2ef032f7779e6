//! How many instructions one refund takes: a guard that does not depend on the machine's load.

use std::{fs, path::Path, process::Command};

use crate::step::{cargo, need, run};

const COMMITTED: &str = "benches/instructions.txt";
const REFUNDS: u64 = 1_000;

/// Counts the instructions of a refund in memory, and compares them with the committed figure.
///
/// # Errors
/// What to say if they differ by more than 3 %.
pub(crate) fn check() -> Result<(), String> {
    need("valgrind", "valgrind", "instructions are counted with it")?;
    let build = ["build", "--locked", "--release", "--package", "refundry-benches", "--bins"];
    run("the build of the counted program", &mut cargo(&build))?;
    let counted = count(REFUNDS)?.saturating_sub(count(0)?) / REFUNDS;
    let committed: u64 = fs::read_to_string(COMMITTED)
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .ok_or_else(|| format!("{COMMITTED} should hold one number; counted now: {counted}"))?;
    println!("instructions of a refund in memory: {counted} (committed: {committed})");
    if counted.abs_diff(committed).saturating_mul(100) <= committed.saturating_mul(3) {
        Ok(())
    } else {
        Err(format!(
            "a refund takes {counted} instructions and not {committed}; if that is meant, write \
             the new number into {COMMITTED} and say why"
        ))
    }
}

/// The instructions of a process that makes so many refunds.
fn count(refunds: u64) -> Result<u64, String> {
    let target = Path::new("target");
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", target.join("callgrind.out").display()))
        .arg(target.join("release/refundry-bench-child"))
        .args(["instructions", &refunds.to_string()])
        .output()
        .map_err(|error| format!("valgrind could not be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    said.lines()
        .find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
        .ok_or_else(|| format!("valgrind counted nothing: {said}"))
}
