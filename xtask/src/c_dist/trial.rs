//! Packages in use: unpacked into an empty folder, and compiled against as a stranger would.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use super::{
    Package, languages, sizes, source,
    tarball::c_files,
    tools::{Tools, at, copy, create_empty, finish, out, output},
};

/// How many charges are in the file that memory is measured with.
const CHARGES: &str = "100000";

/// Where the emulator puts the memory of programs of 32 bits, so that it can be told from its own.
/// Those of 64 bits may use every address, so theirs can't.
const GUEST: u64 = 0x1_0000_0000;

/// The two ways to link.
#[derive(Clone, Copy, PartialEq)]
enum Link {
    Shared,
    Static,
}

/// A package that was unpacked.
struct Trial<'a> {
    tools: &'a Tools,
    package: &'a Package,
    /// What was in the tarball.
    unpacked: PathBuf,
    /// Where the programs go.
    programs: PathBuf,
}

/// The large ledger, which the first program of a run makes for all: a file fits every machine.
fn filled() -> PathBuf {
    out().join("trial/filled.refundry")
}

/// Forgets what earlier runs have left.
///
/// # Errors
/// What to say if it can't be removed.
pub(super) fn begin() -> Result<(), String> {
    create_empty(&out().join("trial"))
}

/// Tries a package.
///
/// # Errors
/// The first thing that does not work.
pub(super) fn run(tools: &Tools, package: &Package) -> Result<(), String> {
    let folder = place(package);
    create_empty(&folder)?;
    let mut tar = Command::new("tar");
    finish(
        tar.arg("--extract").arg("--file").arg(&package.tarball).arg("--directory").arg(&folder),
    )?;
    let trial = Trial::of(tools, package);
    if let Some(library) = package.shared_library() {
        sizes::compare(package, "bytes of shared library", sizes::bytes(&library)?)?;
        trial.examples(Link::Shared)?;
        trial.interface(Link::Shared)?;
    }
    trial.examples(Link::Static)?;
    trial.interface(Link::Static)?;
    if package.target.is_native() && package.target.glibc {
        trial.beside_another_sqlite()?;
        languages::run(&trial.unpacked, &trial.programs)?;
    }
    println!("{}: it works as packaged", package.variant());
    Ok(())
}

/// Measures the memory that a package takes, once it was tried.
///
/// # Errors
/// What to say if it takes more than it did, or can't be measured.
pub(super) fn weigh(tools: &Tools, package: &Package) -> Result<(), String> {
    if package.target.is_native() || package.target.has_32_bits() {
        Trial::of(tools, package).memory()
    } else {
        Ok(())
    }
}

/// Where a package is unpacked.
fn place(package: &Package) -> PathBuf {
    out().join("trial").join(package.variant())
}

impl<'a> Trial<'a> {
    fn of(tools: &'a Tools, package: &'a Package) -> Self {
        let programs = place(package);
        let unpacked = programs.join(package.folder.file_name().unwrap_or_default());
        Self { tools, package, unpacked, programs }
    }

    /// Compiles and runs the program that calls every function and sees every status.
    fn interface(&self, link: Link) -> Result<(), String> {
        let sources = source("bindings/c/tests/c/interface");
        let program = self.compile("interface", &c_files(&sources)?, link, "-std=c89")?;
        let folder = self.programs.join("interface-files");
        create_empty(&folder)?;
        finish(self.program(&program).arg(folder))
    }

    /// Compiles and uses the examples.
    fn examples(&self, link: Link) -> Result<(), String> {
        let examples = self.unpacked.join("examples");
        let quickstart = [examples.join("quickstart.c")];
        let quickstart = self.compile("quickstart", &quickstart, link, "-std=c89")?;
        let ledger = self.programs.join("quickstart.refundry");
        refund_twice(&ledger, || self.program(&quickstart))?;
        if link == Link::Static {
            let size = sizes::bytes(&quickstart)?;
            sizes::compare(self.package, "bytes of static quickstart", size)?;
        }

        let terminal =
            self.compile("terminal", &c_files(&examples.join("terminal"))?, link, "-std=c99")?;
        let mut test = Command::new("python3");
        test.arg(source("bindings/c/packaging/terminal.py"));
        match link {
            // Only programs that are linked at run time can be cut off from within.
            Link::Shared => test.arg(self.power_cut()?),
            Link::Static => test.arg("-"),
        };
        test.args(self.runner()).arg(terminal);
        finish(self.with_library(&mut test))
    }

    /// The library that ends a till in the middle of a refund.
    fn power_cut(&self) -> Result<PathBuf, String> {
        let library = self.programs.join("kill_at.so");
        let mut cc = self.cc();
        cc.args(["-shared", "-fPIC", "-o"]).arg(&library);
        finish(cc.arg(source("bindings/c/packaging/kill_at.c")).arg("-ldl"))?;
        Ok(library)
    }

    /// Measures how much memory is in use after one refund in a large file.
    fn memory(&self) -> Result<(), String> {
        let link = if self.package.target.glibc { Link::Shared } else { Link::Static };
        let code = [source("bindings/c/packaging/weigh.c")];
        let weigh = self.compile("weigh", &code, link, "-std=c99")?;
        let (filled, ledger) = (filled(), self.programs.join("weigh.refundry"));
        if !filled.exists() {
            finish(self.program(&weigh).arg("fill").arg(&filled).arg(CHARGES))?;
        }
        copy(&filled, &ledger)?;

        let mut command = self.program(&weigh);
        let mut child = command
            .arg("refund")
            .arg(&ledger)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{command:?}: {error}"))?;
        let measured = self.measure(&mut child);
        drop(child.stdin.take());
        let ended = child.wait().map_err(|error| format!("{command:?}: {error}"))?;
        if !ended.success() {
            return Err(format!("{command:?} failed ({ended})"));
        }
        sizes::compare(self.package, "KiB of memory", measured?)
    }

    /// The memory of a program that waits after its refund.
    fn measure(&self, child: &mut Child) -> Result<u64, String> {
        let printed = child.stdout.take().ok_or("no output")?;
        let mut line = String::new();
        BufReader::new(printed).read_line(&mut line).map_err(|error| error.to_string())?;
        if line != "refunded\n" {
            return Err(format!("weigh printed {line:?}"));
        }
        let path = PathBuf::from(format!("/proc/{}/smaps", child.id()));
        let maps = fs::read_to_string(&path).map_err(|error| at(&path, &error))?;
        let emulated = !self.package.target.is_native();
        Ok(resident(&maps, |begin| !emulated || (GUEST..2 * GUEST).contains(&begin)))
    }

    /// Links the static library into a program that has an SQLite of its own, in either order.
    fn beside_another_sqlite(&self) -> Result<(), String> {
        let program = self.programs.join("two_sqlites");
        let code = source("bindings/c/packaging/two_sqlites.c");
        let ours = self.pkg_config(Link::Static)?;
        let theirs = "-l:libsqlite3.a".to_owned();
        let ours_first = ours.iter().chain([&theirs]);
        let theirs_first = [&theirs].into_iter().chain(&ours);
        let orders: [Vec<&String>; 2] = [ours_first.collect(), theirs_first.collect()];
        for libraries in orders {
            let mut cc = self.cc();
            cc.arg("-o").arg(&program).arg(&code).args(libraries).args([
                "-lpthread",
                "-ldl",
                "-lm",
            ]);
            finish(&mut cc)?;
            finish(&mut self.program(&program))?;
        }
        Ok(())
    }

    /// Compiles a program with what pkg-config says, and nothing else.
    fn compile(
        &self,
        name: &str,
        code: &[PathBuf],
        link: Link,
        standard: &str,
    ) -> Result<PathBuf, String> {
        let program = self.programs.join(name);
        let mut cc = self.cc();
        cc.args([standard, "-O2", "-Wall", "-Wextra", "-pedantic", "-Werror", "-o"]).arg(&program);
        finish(cc.args(code).args(self.pkg_config(link)?))?;
        Ok(program)
    }

    fn pkg_config(&self, link: Link) -> Result<Vec<String>, String> {
        let name = if link == Link::Static { "refundry-static" } else { "refundry" };
        let mut pkg_config = Command::new("pkg-config");
        pkg_config.args(["--cflags", "--libs", name]);
        pkg_config.env("PKG_CONFIG_PATH", self.unpacked.join("lib/pkgconfig"));
        Ok(output(&mut pkg_config)?.split_whitespace().map(str::to_owned).collect())
    }

    /// The compiler of a stranger: gcc; for musl, zig.
    fn cc(&self) -> Command {
        let target = self.package.target;
        if target.glibc {
            Command::new(format!("{}-gcc", target.binutils))
        } else {
            self.tools.cc(target)
        }
    }

    /// What stands before a program's name.
    fn runner(&self) -> Vec<String> {
        let target = self.package.target;
        if target.is_native() {
            return Vec::new();
        }
        let guest = format!("{GUEST:#x}");
        let libraries = format!("/usr/{}", target.binutils);
        [target.emulator, "-B", &guest, "-L", &libraries].map(str::to_owned).to_vec()
    }

    fn program(&self, program: &Path) -> Command {
        // `env` with nothing to set just runs it.
        let mut command = Command::new("env");
        command.args(self.runner()).arg(program);
        self.with_library(&mut command);
        command
    }

    /// Where the shared library is; an installed one would be found without.
    fn with_library<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env("LD_LIBRARY_PATH", self.unpacked.join("lib"))
    }
}

/// Runs a program twice on a new ledger: the second time it has to say that it did so before.
///
/// # Errors
/// What to say if it fails or says something else.
pub(super) fn refund_twice(ledger: &Path, program: impl Fn() -> Command) -> Result<(), String> {
    let _ = fs::remove_file(ledger);
    for said in ["gives back EGP 109.00 of ch_receipt_17\n", "ch_receipt_17, as it did before\n"] {
        let mut program = program();
        let printed = output(program.arg(ledger))?;
        if !printed.ends_with(said) {
            return Err(format!("{program:?} printed {printed:?}, not {said:?}"));
        }
    }
    Ok(())
}

/// Adds up what is in memory of the mappings that begin where `counts` says.
fn resident(maps: &str, counts: impl Fn(u64) -> bool) -> u64 {
    let mut counting = false;
    let mut sum = 0_u64;
    for line in maps.lines() {
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        if let Some((begin, _)) = first.split_once('-') {
            counting = u64::from_str_radix(begin, 16).is_ok_and(&counts);
        } else if first == "Rss:" && counting {
            let kib = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
            sum = sum.saturating_add(kib);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_added_up() {
        let maps = "1000-2000 r--p 00000000 00:00 0 /lib/a\nSize: 4 kB\nRss:   4 kB\n\
                    9000-a000 rw-p 00000000 00:00 0\nRss:   8 kB\n";
        assert_eq!(resident(maps, |_| true), 12);
        assert_eq!(resident(maps, |begin| begin == 0x9000), 8);
    }
}
