//! The npm package.

mod objects;
mod order;
mod section;
mod sqlite;
mod trim;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    needs::RUST_SOURCES,
    step::{cargo, need, run, side_by_side},
};

const TARGET: &str = "wasm32-unknown-unknown";

/// A panic ends the module at once, without a text and a place. SHA-256 by vectors is smaller than without.
const RUST_FLAGS: &str =
    "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none -Ctarget-feature=+simd128";

const FEATURES: [&str; 7] = [
    "bulk-memory",
    "multivalue",
    "mutable-globals",
    "nontrapping-float-to-int",
    "reference-types",
    "sign-ext",
    "simd",
];

/// A WebAssembly module of the package.
struct Module {
    /// Where it is in the package.
    folder: &'static str,
    name: &'static str,
    profile: &'static str,
    features: &'static [&'static str],
    /// The folder of its SQLite, if it is not the whole one.
    sqlite: Option<&'static str>,
}

/// The small module, which pages load, and the one with everything.
const MODULES: [Module; 2] = [
    Module {
        folder: "",
        name: "refundry.wasm",
        profile: "wasm-small",
        features: &["--no-default-features"],
        sqlite: Some("sqlite"),
    },
    Module { folder: "full/", name: "full.wasm", profile: "wasm", features: &[], sqlite: None },
];

impl Module {
    /// Whether it leaves out what few need, as its SQLite does.
    const fn is_small(&self) -> bool {
        self.sqlite.is_some()
    }

    /// Has Cargo compile this module and no other.
    fn choose(&self, cargo: &mut Command) {
        cargo.args(["--target", TARGET, "--profile", self.profile]).args(self.features);
        if let Some(sqlite) = self.sqlite {
            cargo.env("SQLITE_WASM_RS_SOURCE_DIR", folder().join(sqlite));
        }
        cargo.env("RUSTC_BOOTSTRAP", "1");
    }
}

const DECLARATIONS: [&str; 4] =
    ["inlined.d.ts", "refundry.d.wasm.ts", "full/inlined.d.ts", "full/full.d.wasm.ts"];

/// Makes `wasm/pkg`, the package as it is published.
///
/// # Errors
/// What to say if a tool is missing or a step fails.
pub(crate) fn build() -> Result<(), String> {
    build_beside(|| Ok(()))
}

/// Makes the package, and does something else while the last module is optimized.
fn build_beside(other: impl FnOnce() -> Result<(), String> + Send) -> Result<(), String> {
    need("clang", "clang", "SQLite is compiled to WebAssembly")?;
    if !RUST_SOURCES.is_met() {
        return Err(format!(
            "{} are not there; they are compiled to WebAssembly. \
             Install them with `rustup component add rust-src`, and run this again.",
            RUST_SOURCES.name
        ));
    }
    need("npm", "npm", "TypeScript and the optimizer of WebAssembly are npm packages")?;
    objects::write()?;
    sqlite::write()?;
    let package = folder().join("pkg");
    match fs::remove_dir_all(&package) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(format!("{}: {error}", package.display()));
        }
        _ => {}
    }
    fs::create_dir_all(package.join("full")).map_err(|error| error.to_string())?;
    let [small, full] = &MODULES;
    // The linker and the optimizer keep one processor busy for a minute each, and leave the other to the next.
    let others = || install(&folder()).and_then(|()| run("bindgen", &mut bindgen("build")));
    side_by_side(|| compile(small), others)?;
    bind(small, &package)?;
    let compiled = || compile(full).and_then(|()| bind(full, &package));
    side_by_side(compiled, || optimize(small, &package))?;
    run("TypeScript", &mut tool("tsc", &[]))?;
    side_by_side(|| optimize(full, &package), other)?;
    // What is made of the modules, the compiler can't know.
    for name in DECLARATIONS {
        copy(&folder().join("ts").join(name), &package.join(name))?;
    }
    run("bundled package", Command::new("node").arg("inline.mjs").current_dir(folder()))?;
    write_page()?;
    describe(&package)
}

/// Makes `wasm/pkg/verify.html` alone: the page that checks receipts needs no WebAssembly.
///
/// # Errors
/// What to say if a tool is missing or fails.
pub(crate) fn build_page() -> Result<(), String> {
    need("npm", "npm", "the page's bundler is an npm package")?;
    install(&folder())?;
    write_page()
}

fn write_page() -> Result<(), String> {
    run("page", Command::new("node").arg("verify/build.mjs").current_dir(folder()))
}

/// Makes the package and tries it in Node. One of the library's own tests runs before: it leaves behind what
/// it asked and was answered. The native programs that read the package's ledgers are built before, too.
///
/// # Errors
/// What to say of the first test that fails.
pub(crate) fn test() -> Result<(), String> {
    need("sqlite3", "sqlite3", "what the npm package writes is read with it")?;
    build_beside(lints)?;
    // Of the whole workspace, as the other tests are compiled: those of one package alone would be compiled again.
    let told = ["test", "--locked", "--workspace", "--test", "tests", "scenarios::every_story"];
    run("stories", &mut cargo(&told))?;
    // Tests of the package run these, but can't wait for a build: how long one takes is the machine's affair.
    let natives = ["--example", "verify", "--bin", "refundry-server"];
    let mut build = cargo(&["build", "--locked", "--workspace"]);
    run("native programs", build.args(natives))?;
    tests_of(&["package", "node", "books", "disks", "small", "absent"])
}

/// The other lints don't see what is compiled for WebAssembly alone.
fn lints() -> Result<(), String> {
    let lints = ["clippy", "--locked", "--package", "refundry", "--package", "refundry-wasm"];
    for module in MODULES {
        let mut lint = cargo(&lints);
        // As the build has it, so that macros and build scripts are compiled once.
        module.choose(&mut lint);
        run("lints of WebAssembly", lint.args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}

/// Tries the package in Chromium; it must have been built.
///
/// # Errors
/// What to say if a test fails.
pub(crate) fn test_in_browser() -> Result<(), String> {
    need("chromium", "chromium", "the npm package is tried in it")?;
    tests_of(&["browser"])
}

/// Tries the package in Firefox; it must have been built.
///
/// # Errors
/// What to say if a test fails.
pub(crate) fn test_in_firefox() -> Result<(), String> {
    tests_of(&["firefox"])
}

/// Tries the package in Bun, Deno and workerd, and what bundlers make of it in both browsers; it must have
/// been built.
///
/// # Errors
/// What to say if a test fails.
pub(crate) fn test_in_hosts() -> Result<(), String> {
    install(&folder().join("hosts"))?;
    tests_of(&["bundlers", "hosts"])
}

/// Runs these tests, two files at a time: most wait for a browser, a disk or another program.
fn tests_of(names: &[&str]) -> Result<(), String> {
    let mut node = Command::new("node");
    node.args(["--expose-gc", "--test", "--test-reporter=dot", "--test-concurrency=2"])
        .args(names.iter().map(|name| format!("test/{name}.test.mjs")))
        .current_dir(folder());
    run(&format!("npm package, {}", names.join(", ")), &mut node)
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

fn compile(module: &Module) -> Result<(), String> {
    let mut build = cargo(&["build", "--locked", "--package", "refundry-wasm"]);
    module.choose(&mut build);
    // The standard library is compiled too, without what panics would say: nobody hears it here.
    build.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features="]);
    build.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", RUST_FLAGS);
    // Cargo takes the flags of one place alone, and these two come first.
    build.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    run(module.name, &mut build)
}

/// Makes the JavaScript of what was compiled last. wasm-bindgen's declarations are the compiler's input and part of
/// the package.
fn bind(module: &Module, package: &Path) -> Result<(), String> {
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let compiled = format!("{target}/{TARGET}/{}/refundry_wasm.wasm", module.profile);
    let mut bindgen = bindgen("run");
    bindgen.arg("--").arg(compiled).arg(package.join(module.folder));
    run("JavaScript", &mut bindgen)?;
    for name in ["raw.js", "raw.d.ts"] {
        let name = format!("{}{name}", module.folder);
        copy(&package.join(&name), &folder().join("ts").join(&name))?;
    }
    Ok(())
}

/// wasm-bindgen, in the version that the modules are compiled with.
fn bindgen(what: &str) -> Command {
    cargo(&[what, "--locked", "--quiet", "--package", "refundry-wasm-bindgen"])
}

/// Makes the module smaller, under its published name, and then puts functions that are alike beside each other.
fn optimize(module: &Module, package: &Path) -> Result<(), String> {
    let folder = package.join(module.folder);
    let (from, to) = (folder.join("raw_bg.wasm"), folder.join(module.name));
    if module.is_small() {
        trim::trim(&from)?;
    }
    run("optimizer", &mut optimizer(&["-O3", "--strip-debug", "--strip-producers"], &from, &to))?;
    order::name(&to, &from)?;
    run("order", &mut optimizer(&["--reorder-functions-by-name", "--strip-debug"], &from, &to))?;
    for left_over in [from, folder.join("raw_bg.wasm.d.ts")] {
        fs::remove_file(&left_over).map_err(|error| format!("{}: {error}", left_over.display()))?;
    }
    Ok(())
}

fn optimizer(passes: &[&str], from: &Path, to: &Path) -> Command {
    let mut optimizer = tool("wasm-opt", passes);
    // What Rust's compiler uses, and every browser of the last years knows.
    optimizer.args(FEATURES.map(|feature| format!("--enable-{feature}")));
    optimizer.arg(from).arg("-o").arg(to);
    optimizer
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
