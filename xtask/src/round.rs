//! Three tills and headquarters, of the example in `examples/terminals`.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    c_dist,
    step::{cargo, need, run},
    wasm,
};

/// Compiles what takes part, and plays the round. With Chromium, the page of receipts checks the receipt.
///
/// # Errors
/// What to say if a tool is missing or something goes wrong.
pub(crate) fn play() -> Result<(), String> {
    need("curl", "curl", "the tills report to headquarters with it")?;
    need("python3", "python3", "it plays the cashiers")?;
    let programs = ["--package", "refundry-c", "--package", "refundry-server"];
    let target = root().join("target");
    let mut build = cargo(&["build", "--quiet", "--locked", "--target-dir"]);
    run("programs", build.arg(&target).args(programs))?;
    let target = target.join("debug");
    let (terminal, cut) = (target.join("terminal"), target.join("kill_at.so"));
    let mut cc = Command::new("cc");
    cc.args(["-std=c99", "-O1", "-I"]).arg(root().join("include")).args(c_dist::terminal()?);
    cc.arg(target.join("librefundry_c.a")).args(["-lpthread", "-ldl", "-lm", "-o"]).arg(&terminal);
    run("till", &mut cc)?;
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-o"]).arg(&cut);
    run("power cut", cc.arg(root().join("bindings/c/packaging/kill_at.c")).arg("-ldl"))?;

    let mut round = Command::new("python3");
    round.arg("-B").arg(root().join("examples/terminals/round.py"));
    round.arg(&terminal).arg(target.join("refundry-server")).arg(&cut);
    match need("chromium", "chromium", "the page of receipts is opened in it") {
        Ok(()) => {
            wasm::build_page()?;
            round.arg("node").arg(wasm::folder().join("verify/look.mjs"));
        }
        Err(missing) => println!("The page of receipts is not tried: {missing}"),
    }
    run("round", &mut round)
}

fn root() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).to_owned()
}
