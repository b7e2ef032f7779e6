//! Compiling and running C programs.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::OnceLock,
};

/// Warnings are errors, and the language is the oldest that the header promises.
pub(crate) const C89: &[&str] =
    &["-std=c89", "-Wall", "-Wextra", "-pedantic", "-Werror", "-g", "-O1"];

/// The folder of the binding.
pub(crate) fn binding() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the header.
pub(crate) fn include() -> PathBuf {
    binding().join("../../include")
}

/// The static library. Cargo does not build it for the tests by itself, because no Rust program
/// can be linked with it.
pub(crate) fn library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        // This program is target/PROFILE/deps/tests-HASH.
        let program = env::current_exe().unwrap();
        let profile = program.ancestors().nth(2).unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--locked", "--package", "refundry-c", "--target-dir"]);
        cargo.arg(profile.parent().unwrap()).current_dir(binding());
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        succeed(&mut cargo);
        profile.join("librefundry_c.a")
    })
}

/// Compiles a program from all the C files in a folder, or from one file.
pub(crate) fn compile(name: &str, sources: &Path, flags: &[&str]) -> PathBuf {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let mut compiler = Command::new("cc");
    compiler.args(flags).arg("-I").arg(include()).args(c_files(sources)).arg(library());
    compiler.args(["-lpthread", "-ldl", "-lm", "-o"]).arg(&program);
    succeed(&mut compiler);
    program
}

pub(crate) fn c_files(sources: &Path) -> Vec<PathBuf> {
    if sources.is_file() {
        return vec![sources.to_owned()];
    }
    let entries = fs::read_dir(sources).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.filter(|path| path.extension() == Some(OsStr::new("c"))).collect();
    assert!(!files.is_empty(), "{} has no C files", sources.display());
    files.sort();
    files
}

/// Runs a program that must succeed, and returns what it printed to the standard output.
pub(crate) fn succeed(command: &mut Command) -> String {
    let output = run(command);
    let (printed, errors) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{printed}{errors}", output.status);
    printed
}

pub(crate) fn run(command: &mut Command) -> Output {
    match command.output() {
        Ok(output) => output,
        Err(error) => panic!("{command:?} could not be run: {error}"),
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
