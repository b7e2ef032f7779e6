//! The figures of docs/performance.md.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    step::{cargo, need, run},
    wasm,
};

/// The parts of the document: the file that a benchmark leaves, and what it is about.
const PARTS: [(&str, &str); 4] = [
    ("library", "The library"),
    ("server", "The example server"),
    ("c", "The C binding"),
    ("wasm", "WebAssembly in Node"),
];

/// Where the part of the document begins that other commands measure, and that is kept.
const KEPT: &str = "\n## The size of the WebAssembly modules\n";

/// Measures everything on this machine, and writes the document.
///
/// # Errors
/// What to say if a benchmark fails.
pub(crate) fn run_all(large: bool) -> Result<(), String> {
    need("wrk", "wrk", "the load on the server comes from it")?;
    let results = Path::new("target/bench");
    let _ = fs::remove_dir_all(results);
    fs::create_dir_all(results).map_err(|error| format!("{}: {error}", results.display()))?;
    let results = results.canonicalize().map_err(|error| error.to_string())?;
    let bench = |name| {
        let mut command = cargo(&["bench", "--locked", "--package", "refundry-benches", "--bench"]);
        command.arg(name).env("REFUNDRY_BENCH_RESULTS", &results);
        command
    };
    let mut library = bench("ledger");
    if large {
        library.args(["--", "--large"]);
    }
    run("library", &mut library)?;
    let server = ["build", "--locked", "--release", "--package", "refundry-server"];
    run("the server's build", &mut cargo(&server))?;
    run("server", &mut bench("http"))?;
    run("C", &mut bench("c"))?;
    wasm::bench(&results)?;
    write_document(&results)
}

fn write_document(results: &Path) -> Result<(), String> {
    let mut text = String::from(
        "# Performance\n\n\
         `cargo xtask bench` writes this page. It runs everything in one go, alternates what it compares,\n\
         and gives medians. Read the ratios; the absolute figures are this machine's. \"By hand\" is the\n\
         same refund by SQL statements prepared once (`benches/src/reference.rs`), without hashes and\n\
         rules, on the library's layout (\"this\") and on that of schema 1 with its guards (\"old\").\n\n",
    );
    text += &format!("Measured on {}.\n\n", machine());
    text += "![What a durable refund costs as the ledger grows](cost.svg)\n";
    for (file, title) in PARTS {
        let Ok(rows) = fs::read_to_string(results.join(file).with_extension("md")) else {
            continue;
        };
        text += &format!(
            "\n## {title}\n\n| what | Refundry | beside it | ratio | goal |\n|---|---|---|---|---|\n{rows}"
        );
    }
    let docs = PathBuf::from("docs");
    let before = fs::read_to_string(docs.join("performance.md")).unwrap_or_default();
    text += before.find(KEPT).and_then(|place| before.get(place..)).unwrap_or_default();
    let write = || -> std::io::Result<()> {
        fs::create_dir_all(&docs)?;
        fs::write(docs.join("performance.md"), &text)?;
        fs::copy(results.join("cost.svg"), docs.join("cost.svg")).map(drop)
    };
    write().map_err(|error| format!("docs: {error}"))?;
    println!("docs/performance.md and docs/cost.svg are written");
    Ok(())
}

/// What can be said of the machine without naming it.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let version = Command::new("rustc").arg("--version").output().ok();
    let version = version.and_then(|output| String::from_utf8(output.stdout).ok());
    let words = version.as_deref().unwrap_or("rustc").split(' ').take(2).collect::<Vec<_>>();
    format!("{cores} cores, {} {}, {}", env::consts::ARCH, env::consts::OS, words.join(" "))
}
