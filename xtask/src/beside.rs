//! This version beside an older one, in time.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::step::{cargo, need, run};

/// The operations that `refundry-time` knows.
const OPERATIONS: [&str; 11] = [
    "durable",
    "64",
    "1000",
    "memory",
    "replay",
    "import",
    "maturity",
    "verify-charges",
    "verify-refunds",
    "partial-first",
    "partial-10000th",
];

const ROUNDS: usize = 9;

/// The benchmark's package, with the library of another folder.
const MANIFEST: &str = r#"
[package]
name = "refundry-shop"
edition = "2024"

[workspace]

[lib]
path = "SHOP/lib.rs"

[[bin]]
name = "refundry-time"
path = "SHOP/bin/refundry-time.rs"

[dependencies]
refundry = { path = ".." }
tempfile = "3.27.0"

[profile.release]
lto = "thin"
codegen-units = 1
"#;

/// Times each operation with this version and with that of a commit by turns, and prints the medians of their
/// ratios.
///
/// # Errors
/// What to say if a program is missing or a step fails.
pub(crate) fn compare(commit: &str) -> Result<(), String> {
    need("git", "git", "it has the older version")?;
    need("wrk", "wrk", "the load on the servers comes from it")?;
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    // Outside of the workspace, so that the older version is built with its own settings and not with today's.
    let folder = env::temp_dir().join("refundry-beside");
    let before = build_of(commit, &folder)?;
    let build = ["build", "--locked", "--release", "--package", "refundry-shop"];
    run("this version", &mut cargo(&build))?;
    let now = root.join("target/release/refundry-time").canonicalize();
    let now = now.map_err(|error| error.to_string())?;
    println!("\n| what, this version ÷ {commit} | time |\n|---|---|");
    for operation in OPERATIONS {
        let mut ratios = Vec::new();
        let mut medians = [Vec::new(), Vec::new()];
        for _ in 0..ROUNDS {
            let times = [time(&now, operation, &folder)?, time(&before, operation, &folder)?];
            ratios.push(times[0] / times[1]);
            medians.iter_mut().zip(times).for_each(|(all, time)| all.push(time));
        }
        let [now, before] = medians.map(|mut times| median(&mut times));
        let ratio = median(&mut ratios);
        let (least, most) = (ratios[0], ratios[ROUNDS - 1]);
        println!(
            "| {operation}: {:.1} µs, {:.1} µs before | {ratio:.2} ({least:.2} to {most:.2}) |",
            now / 1e3,
            before / 1e3
        );
    }
    servers(root, &folder)
}

/// Times refunds over HTTP with both servers.
fn servers(root: &Path, folder: &Path) -> Result<(), String> {
    let build = ["build", "--locked", "--release", "--package", "refundry-server"];
    run("this server", &mut cargo(&build))?;
    let mut older = cargo(&build);
    run("the older server", older.env_remove("LIBSQLITE3_FLAGS").current_dir(folder))?;
    let built = "target/release/refundry-server";
    let now = root.join(built).canonicalize().map_err(|error| error.to_string())?;
    let bench = ["bench", "--locked", "--package", "refundry-benches", "--bench", "servers"];
    let mut bench = cargo(&bench);
    bench.env("REFUNDRY_SERVER", now).env("REFUNDRY_SERVER_BEFORE", folder.join(built));
    run("servers", &mut bench)
}

/// The benchmark with the library of a commit, in a new folder.
fn build_of(commit: &str, folder: &Path) -> Result<PathBuf, String> {
    let _ = fs::remove_dir_all(folder);
    let package = folder.join("time");
    fs::create_dir_all(&package).map_err(|error| format!("{}: {error}", package.display()))?;
    let mut unpack = Command::new("sh");
    unpack.args(["-c", "git archive \"$0\" | tar -x -C \"$1\"", commit]).arg(folder);
    run("the older version", &mut unpack)?;
    let shop = concat!(env!("CARGO_MANIFEST_DIR"), "/../benches/shop/src");
    fs::write(package.join("Cargo.toml"), MANIFEST.replace("SHOP", shop))
        .and_then(|()| fs::copy(folder.join("Cargo.lock"), package.join("Cargo.lock")))
        .map_err(|error| format!("{}: {error}", package.display()))?;
    let mut build = cargo(&["build", "--release"]);
    // Cargo has given these tasks today's options, and they would come before the older version's own.
    run("its build", build.env_remove("LIBSQLITE3_FLAGS").current_dir(&package))?;
    Ok(package.join("target/release/refundry-time"))
}

/// The nanoseconds that one operation takes.
fn time(program: &Path, operation: &str, folder: &Path) -> Result<f64, String> {
    let done = Command::new(program).arg(operation).current_dir(folder).output();
    let done = done.map_err(|error| format!("{}: {error}", program.display()))?;
    let told = String::from_utf8_lossy(&done.stdout);
    told.trim().parse().map_err(|_| {
        format!("{operation}: failed: {}", String::from_utf8_lossy(&done.stderr).trim())
    })
}

/// Sorts figures, and tells the middle one.
fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
