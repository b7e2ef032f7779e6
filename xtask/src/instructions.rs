//! How many instructions the commonest operations take: a guard that does not depend on the machine's
//! load.

use std::{fs, path::Path, process::Command};

use crate::step::{cargo, need, run};

/// A name and a number a line.
const COMMITTED: &str = "benches/instructions.txt";

/// What is counted: operations in memory, also of refunds of which 64 share a commit, a refund in a file,
/// and, of each of a thousand charges, its maturity and its share of a verification; and taking in a refund
/// that another ledger made. Within a group, what has to be there before is the same.
const COUNTED: [&[&str]; 4] = [
    &["refund", "grouped-refund", "charge", "maturity", "verification"],
    &["durable-refund"],
    &["replay", "refusal"],
    &["apply"],
];

const TIMES: u64 = 1_000;

/// Counts the instructions, and compares them with the committed figures.
///
/// # Errors
/// What to say if one differs by more than 3 %.
pub(crate) fn check() -> Result<(), String> {
    need("valgrind", "valgrind", "instructions are counted with it")?;
    let build = ["build", "--locked", "--release", "--package", "refundry-shop"];
    run("the build of the counted program", &mut cargo(&build))?;
    let text = fs::read_to_string(COMMITTED).map_err(|error| format!("{COMMITTED}: {error}"))?;
    let (mut lines, mut differ) = (String::new(), Vec::new());
    for group in COUNTED {
        let before = count(group[0], 0)?;
        for what in group {
            let counted = count(what, TIMES)?.saturating_sub(before) / TIMES;
            lines += &format!("{what} {counted}\n");
            match committed(&text, what) {
                Some(committed) if near(counted, committed) => {
                    println!("instructions of a {what}: {counted} (committed: {committed})");
                }
                Some(committed) => {
                    differ.push(format!("a {what} takes {counted} and not {committed}"));
                }
                None => {
                    differ.push(format!("a {what} takes {counted}, and no figure is committed"))
                }
            }
        }
    }
    if differ.is_empty() {
        return Ok(());
    }
    Err(format!(
        "instructions: {}; if that is meant, write this into {COMMITTED} and say why:\n{lines}",
        differ.join(", ")
    ))
}

fn committed(text: &str, what: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(' ')?.trim().parse().ok())
}

/// Whether two figures differ by 3 % at most.
const fn near(counted: u64, committed: u64) -> bool {
    counted.abs_diff(committed).saturating_mul(100) <= committed.saturating_mul(3)
}

/// The instructions of a process that does something so many times.
fn count(what: &str, times: u64) -> Result<u64, String> {
    let target = Path::new("target");
    let output = Command::new("valgrind")
        .arg("--tool=callgrind")
        .arg(format!("--callgrind-out-file={}", target.join("callgrind.out").display()))
        .arg(target.join("release/refundry-shop"))
        .args([what, &times.to_string()])
        .output()
        .map_err(|error| format!("valgrind could not be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("what is counted failed ({what}): {said}"));
    }
    said.lines()
        .find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok())
        .ok_or_else(|| format!("valgrind counted nothing: {said}"))
}
