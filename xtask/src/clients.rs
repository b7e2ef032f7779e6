//! Clients that others' generators make of the API's description: each makes a refund in part.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    api,
    step::{need, run},
    wasm,
};

/// Makes the clients, and refunds with each of them.
///
/// # Errors
/// What to say if a client can't be made, or does not do what it should.
pub(crate) fn check() -> Result<(), String> {
    need("npm", "nodejs npm", "most generators are npm packages")?;
    need("python3", "python3 python3-pip python3-venv", "one generator is a Python program")?;
    let made = folder().join("made");
    let _ = fs::remove_dir_all(&made);
    fs::create_dir_all(made.join("python"))
        .map_err(|error| format!("{}: {error}", made.display()))?;
    wasm::install(&folder())?;
    let python = python()?;
    let trial = Path::new("target/clients");
    api::with_server(&trial.join("ledger"), |address| {
        make(&python, address)?;
        run("their types", program("tsc").args(["--project", "."]))?;
        let bundle = ["refund.ts", "--bundle", "--platform=node", "--format=esm"];
        let bundled = "--outfile=made/refund.mjs";
        run("bundle", program("esbuild").args(bundle).args([bundled, "--log-level=warning"]))?;
        let trial = [address, api::KEY];
        run("clients in TypeScript", here("node").arg("made/refund.mjs").args(trial))?;
        let mut refund = here(&python.join("python").display().to_string());
        run("client in Python", refund.arg("refund.py").args(trial).arg("made/python"))
    })
}

/// Makes each client in `made`.
fn make(python: &Path, address: &str) -> Result<(), String> {
    let description = format!("{address}/openapi.json");
    let types = [&description, "--output", "made/openapi-typescript.ts"];
    run("openapi-typescript", program("openapi-typescript").args(types))?;
    let hey = ["--input", &description, "--output", "made/hey", "--no-log-file"];
    run("@hey-api/openapi-ts", program("openapi-ts").args(hey))?;
    let mut orval = program("orval");
    orval.env("REFUNDRY_DESCRIPTION", &description).env("REFUNDRY_ADDRESS", address);
    run("orval", orval.args(["--config", "orval.config.mjs"]))?;
    let mut generator = here(&python.join("openapi-python-client").display().to_string());
    generator.args(["generate", "--url", &description, "--config", "python.yml"]);
    generator.args([
        "--meta",
        "none",
        "--output-path",
        "made/python/refundry_client",
        "--fail-on-warning",
    ]);
    run("openapi-python-client", &mut generator)
}

/// The programs of the Python packages that are pinned.
fn python() -> Result<PathBuf, String> {
    let pinned = folder().join("requirements.txt");
    let tool = api::python("clients", &fs::read_to_string(&pinned).unwrap_or_default(), |pip| {
        pip.args(["--require-hashes", "--requirement"]).arg(&pinned);
    })?;
    tool.join("bin").canonicalize().map_err(|error| format!("{}: {error}", tool.display()))
}

fn folder() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/server/clients")).to_owned()
}

/// A program that is run among the clients.
fn here(name: &str) -> Command {
    let mut command = Command::new(name);
    command.current_dir(folder());
    command
}

/// A program of the npm packages.
fn program(name: &str) -> Command {
    here(&folder().join("node_modules/.bin").join(name).display().to_string())
}
