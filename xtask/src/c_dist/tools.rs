//! The programs that packages are made with.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{source, target::Target};

/// The compiler, in its folder.
const ZIG: &str = "ziglang/zig";

/// Where everything of these packages goes.
pub(super) fn out() -> PathBuf {
    source("target/c-dist")
}

/// zig and cargo-zigbuild, in a folder of their own.
pub(super) struct Tools {
    folder: PathBuf,
}

impl Tools {
    /// Installs them, unless they are there.
    ///
    /// # Errors
    /// What to say if pip fails.
    pub(super) fn install() -> Result<Self, String> {
        Ok(Self { folder: pip_install("zig")? })
    }

    /// cargo-zigbuild: cargo, with zig as C compiler and linker.
    pub(super) fn cargo(&self) -> Command {
        self.command("bin/cargo-zigbuild")
    }

    /// zig's C compiler for a target.
    pub(super) fn cc(&self, target: &Target) -> Command {
        let mut command = self.command(ZIG);
        command.args(["cc", "-target", target.zig]);
        command
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.folder.join(program));
        command.env("CARGO_ZIGBUILD_ZIG_PATH", self.folder.join(ZIG));
        // All that they keep is kept under `target`.
        for cache in ["ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR", "CARGO_ZIGBUILD_CACHE_DIR"] {
            command.env(cache, self.folder.join("cache"));
        }
        command.current_dir(source("."));
        command
    }
}

/// Installs what `NAME.txt` pins into a folder of its own, unless it is there.
///
/// # Errors
/// What to say if pip fails.
pub(super) fn pip_install(name: &str) -> Result<PathBuf, String> {
    let folder = out().join(name);
    let pinned = source(&format!("xtask/{name}.txt"));
    let wanted = read(&pinned)?;
    let installed = folder.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|text| text == wanted) {
        return Ok(folder);
    }
    println!("Installing {name}…");
    create_empty(&folder)?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    pip.args(["--no-cache-dir", "--root-user-action=ignore", "--require-hashes"]);
    pip.args(["--only-binary", ":all:", "--requirement"]).arg(pinned);
    finish(pip.arg("--target").arg(&folder))?;
    fs::write(&installed, wanted).map_err(|error| at(&installed, &error))?;
    Ok(folder)
}

/// Runs a program to its end.
///
/// # Errors
/// What to say if it failed or could not be run.
pub(super) fn finish(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} failed ({status})")),
        Err(error) => Err(not_run(command, &error)),
    }
}

/// What a program prints.
///
/// # Errors
/// What to say if it failed or could not be run.
pub(super) fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| not_run(command, &error))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(printed);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?} failed ({})\n{printed}{said}", output.status))
}

fn not_run(command: &Command, error: &std::io::Error) -> String {
    format!("{:?} could not be run: {error}", command.get_program())
}

/// A text file.
pub(super) fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| at(path, &error))
}

/// Makes a folder, and those above it.
pub(super) fn create(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|error| at(folder, &error))
}

/// Makes a folder that has nothing in it.
pub(super) fn create_empty(folder: &Path) -> Result<(), String> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|error| at(folder, &error))?;
    }
    create(folder)
}

/// Copies a file.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), String> {
    fs::copy(from, to).map_err(|error| at(from, &error))?;
    Ok(())
}

/// What went wrong with a file.
pub(super) fn at(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
