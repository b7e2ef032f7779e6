//! Receivers of webhooks that verify signatures with others' packages.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    api,
    step::{cargo, need, run},
    wasm,
};

/// Has each receiver take what the server sends, and refuse what was tampered with.
///
/// # Errors
/// What to say if a package can't be had, or a receiver does not do what it should.
pub(crate) fn check() -> Result<(), String> {
    need("npm", "nodejs npm", "one receiver uses an npm package")?;
    need("php", "php-cli", "one receiver is a PHP program")?;
    need("python3", "python3 python3-pip python3-venv", "one receiver is a Python program")?;
    wasm::install(&folder())?;
    let pinned = folder().join("requirements.txt");
    let wanted = fs::read_to_string(&pinned).unwrap_or_default();
    // What else the package asks for is for talking to its service.
    let python = api::python("receivers", &wanted, |pip| {
        pip.args(["--require-hashes", "--no-deps", "--requirement"]).arg(&pinned);
    })?;
    let python = python.canonicalize().map_err(|error| format!("{}: {error}", python.display()))?;
    let tests = ["test", "--locked", "--package", "refundry-server", "--test", "server"];
    let mut tests = cargo(&tests);
    tests.args(["receivers::", "--", "--include-ignored"]);
    run("receivers", tests.env("REFUNDRY_RECEIVERS", python))
}

fn folder() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/server/receivers")).to_owned()
}
