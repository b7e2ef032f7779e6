//! The simulator: a page on the npm package, in `wasm/demo`.

use std::{path::PathBuf, process::Command};

use crate::{
    step::{need, run},
    wasm,
};

/// Builds the package and the page, and serves the page on loopback until it is stopped.
///
/// # Errors
/// What to say if a tool is missing or fails.
pub(crate) fn serve() -> Result<(), String> {
    wasm::build()?;
    build()?;
    run("simulator", &mut npm(&["run", "preview"]))
}

/// Builds the page and plays its scenarios in Chromium; the package must have been built.
///
/// # Errors
/// What to say if a tool is missing or fails.
pub(crate) fn test() -> Result<(), String> {
    need("chromium", "chromium", "the simulator is tried in it")?;
    build()?;
    run("simulator", &mut npm(&["test"]))
}

/// Builds the page, and tries it and the viewer in Firefox; the package must have been built.
///
/// # Errors
/// What to say if a tool is missing or fails.
pub(crate) fn test_in_firefox() -> Result<(), String> {
    build()?;
    run("simulator in Firefox", &mut npm(&["run", "test:firefox"]))
}

fn build() -> Result<(), String> {
    wasm::install(&folder())?;
    run("simulator's page", &mut npm(&["run", "build"]))
}

fn folder() -> PathBuf {
    wasm::folder().join("demo")
}

fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(folder());
    command
}
