//! Everything that a change must pass.

use crate::{
    api, c_dist, demo, instructions,
    step::{cargo, need, run},
    wasm,
};

/// Runs every check there is, the quick ones first.
///
/// # Errors
/// What to say of the first that fails.
pub(crate) fn run_all() -> Result<(), String> {
    need("cc", "gcc libc6-dev", "SQLite is compiled from source")?;
    need("c++", "g++", "the C header is tried in C++")?;
    need("valgrind", "valgrind libc6-dbg", "programs in C are run under it")?;
    need("curl", "curl", "the demo's commands are tried with it")?;
    need("php", "php-cli php-curl", "a shop's plug-in is tried with it")?;
    run("format", &mut cargo(&["fmt", "--all", "--check"]))?;
    let lints = ["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"];
    run("lints", &mut cargo(&lints))?;
    let documentation = ["doc", "--locked", "--workspace", "--no-deps"];
    run("documentation", cargo(&documentation).env("RUSTDOCFLAGS", "-D warnings"))?;
    run("tests", &mut cargo(&["test", "--locked", "--workspace"]))?;
    c_dist::test()?;
    wasm::test()?;
    demo::test()?;
    api::check("20")?;
    instructions::check()
}
