//! The npm package.

mod objects;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::step::{cargo, need, run};

const TARGET: &str = "wasm32-unknown-unknown";

const FEATURES: [&str; 6] = [
    "bulk-memory",
    "multivalue",
    "mutable-globals",
    "nontrapping-float-to-int",
    "reference-types",
    "sign-ext",
];

/// Makes `wasm/pkg`, the package as it is published.
///
/// # Errors
/// What to say if a tool is missing or a step fails.
pub(crate) fn build() -> Result<(), String> {
    need("clang", "clang", "SQLite is compiled to WebAssembly")?;
    need("npm", "npm", "TypeScript and the optimizer of WebAssembly are npm packages")?;
    objects::write()?;
    let package = folder().join("pkg");
    match fs::remove_dir_all(&package) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(format!("{}: {error}", package.display()));
        }
        _ => {}
    }
    fs::create_dir_all(&package).map_err(|error| error.to_string())?;
    compile(&package)?;
    install(&folder())?;
    // wasm-bindgen's declarations are the compiler's input and part of the package.
    for name in ["raw.js", "raw.d.ts"] {
        copy(&package.join(name), &folder().join("ts").join(name))?;
    }
    run("TypeScript", &mut tool("tsc", &[]))?;
    optimize(&package)?;
    // What is made of the module, the compiler can't know.
    for name in ["inlined.d.ts", "refundry.d.wasm.ts"] {
        copy(&folder().join("ts").join(name), &package.join(name))?;
    }
    run("bundled package", Command::new("node").arg("inline.mjs").current_dir(folder()))?;
    run("page", Command::new("node").arg("verify/build.mjs").current_dir(folder()))?;
    describe(&package)
}

/// Makes the package and tries it in Node. The library's own tests have to run before: they leave
/// behind what they asked and were answered.
///
/// # Errors
/// What to say of the first test that fails.
pub(crate) fn test() -> Result<(), String> {
    need("sqlite3", "sqlite3", "what the npm package writes is read with it")?;
    // The other lints don't see what is compiled for WebAssembly alone.
    let lints = ["clippy", "--locked", "--package", "refundry", "--package", "refundry-wasm"];
    let target = ["--target", TARGET, "--profile", "wasm", "--", "-D", "warnings"];
    run("lints of WebAssembly", cargo(&lints).args(target))?;
    build()?;
    tests_of("node")?;
    tests_of("package")
}

/// Tries the package in Chromium; it must have been built.
///
/// # Errors
/// What to say if a test fails.
pub(crate) fn test_in_browser() -> Result<(), String> {
    need("chromium", "chromium", "the npm package is tried in it")?;
    tests_of("browser")
}

/// Tries the package in Firefox; it must have been built.
///
/// # Errors
/// What to say if a test fails.
pub(crate) fn test_in_firefox() -> Result<(), String> {
    tests_of("firefox")
}

/// Tries the package in Bun, Deno and workerd, and what bundlers make of it in both browsers; it must have
/// been built.
///
/// # Errors
/// What to say if a test fails.
pub(crate) fn test_in_hosts() -> Result<(), String> {
    install(&folder().join("hosts"))?;
    tests_of("hosts")
}

fn tests_of(name: &str) -> Result<(), String> {
    let mut node = Command::new("node");
    node.args(["--expose-gc", "--test", "--test-reporter=dot"])
        .arg(format!("test/{name}.test.mjs"))
        .current_dir(folder());
    run(&format!("npm package, {name}"), &mut node)
}

/// Measures the package in Node beside statements by hand, and leaves the rows in `results`.
///
/// # Errors
/// What to say if a step fails.
pub(crate) fn bench(results: &Path) -> Result<(), String> {
    build()?;
    let bench = folder().join("bench");
    install(&bench)?;
    let mut node = Command::new("node");
    node.arg("bench.mjs").current_dir(bench).env("REFUNDRY_BENCH_RESULTS", results);
    run("WebAssembly in Node", &mut node)
}

/// The folder of everything about WebAssembly.
pub(crate) fn folder() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../wasm")).to_owned()
}

/// A program of an npm package that is installed in `wasm/`.
pub(crate) fn tool(name: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(folder().join("node_modules/.bin").join(name));
    command.args(arguments).current_dir(folder());
    command
}

/// Installs the npm packages that a folder's lock file names, unless they are there.
///
/// # Errors
/// What to say if that fails.
pub(crate) fn install(folder: &Path) -> Result<(), String> {
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
    let (wanted, noted) = (read("package-lock.json"), folder.join("node_modules/.installed"));
    if fs::read_to_string(&noted).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder);
    run("npm packages", &mut npm)?;
    fs::write(&noted, wanted).map_err(|error| format!("{}: {error}", noted.display()))
}

fn compile(package: &Path) -> Result<(), String> {
    run(
        "WebAssembly",
        &mut cargo(&[
            "build",
            "--locked",
            "--package",
            "refundry-wasm",
            "--target",
            TARGET,
            "--profile",
            "wasm",
        ]),
    )?;
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let module = format!("{target}/{TARGET}/wasm/refundry_wasm.wasm");
    let bindgen = ["run", "--locked", "--quiet", "--package", "refundry-wasm-bindgen", "--"];
    run("JavaScript", cargo(&bindgen).arg(module).arg(package))
}

/// Makes the module smaller, under its published name.
fn optimize(package: &Path) -> Result<(), String> {
    let (from, to) = (package.join("raw_bg.wasm"), package.join("refundry.wasm"));
    let mut optimizer = tool("wasm-opt", &["-O3", "--strip-debug", "--strip-producers"]);
    // What Rust's compiler uses, and every browser of the last years knows.
    for feature in FEATURES {
        optimizer.arg(format!("--enable-{feature}"));
    }
    run("optimizer", optimizer.arg(&from).arg("-o").arg(&to))?;
    for left_over in [from, package.join("raw_bg.wasm.d.ts")] {
        fs::remove_file(&left_over).map_err(|error| format!("{}: {error}", left_over.display()))?;
    }
    Ok(())
}

/// Adds what npm shows of the package.
fn describe(package: &Path) -> Result<(), String> {
    let template = folder().join("npm/package.json");
    let text = fs::read_to_string(&template)
        .map_err(|error| format!("{}: {error}", template.display()))?;
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    fs::write(package.join("package.json"), text.replace("\"version\": \"0.0.0\"", &version))
        .map_err(|error| error.to_string())?;
    copy(&folder().join("README.md"), &package.join("README.md"))?;
    for name in ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"] {
        copy(&folder().join("..").join(name), &package.join(name))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    fs::copy(from, to).map(|_| ()).map_err(|error| format!("{}: {error}", from.display()))
}
