//! Packages of the C binding: one tarball for each target, with all that a C compiler needs.

mod build;
mod check;
mod languages;
mod licences;
mod sizes;
mod tarball;
mod target;
mod tools;
mod trial;

use std::{
    path::{Path, PathBuf},
    thread,
};

pub(crate) use self::tarball::terminal;
use self::{target::Target, tools::Tools};

const USAGE: &str = "\
Usage: cargo xtask c-dist [--all | --target TARGET…] [--with-exports | --without-exports] [--test]

Makes target/c-dist/refundry-VERSION-TARGET.tar.gz, by default for this machine's processor. Those for
armv7, which are for terminals, are made without exports and statements, and their names say so.
  --target TARGET    for this target; may be given several times
  --all              for every target
  --with-exports     with exports and statements, also for armv7
  --without-exports  without, also for other targets
  --test             unpacks each tarball into an empty folder, compiles the examples and tests with
                     what is in it and a C compiler, and runs them (emulated if need be)

Targets:";

/// What `cargo xtask test` tries: this machine, and one that has to be emulated. The first has exports
/// and the second has none, so both kinds of package are tried.
const NATIVE: &str = "x86_64-unknown-linux-gnu";
const EMULATED: &str = "armv7-unknown-linux-gnueabihf";

/// A package on its way to be one.
struct Package {
    target: &'static Target,
    /// Whether it has exports and statements.
    exports: bool,
    /// The folder that is the tarball's content; its last part is the package's name.
    folder: PathBuf,
    tarball: PathBuf,
}

impl Package {
    fn new(target: &'static Target, exports: Option<bool>) -> Self {
        let exports = exports.unwrap_or(!target.is_for_terminals());
        let mut package = Self { target, exports, folder: tools::out(), tarball: tools::out() };
        let name = package.name();
        package.folder.push(&name);
        package.tarball.push(name + ".tar.gz");
        package
    }

    /// What tells it apart from other packages of the same version.
    fn variant(&self) -> String {
        let exports = if self.exports { "" } else { "-without-exports" };
        format!("{}{exports}", self.target.triple)
    }

    fn name(&self) -> String {
        format!("refundry-{}-{}", env!("CARGO_PKG_VERSION"), self.variant())
    }

    fn static_library(&self) -> PathBuf {
        self.folder.join("lib/librefundry.a")
    }

    /// The shared library, if the target has one.
    fn shared_library(&self) -> Option<PathBuf> {
        let name = concat!("lib/librefundry.so.", env!("CARGO_PKG_VERSION"));
        self.target.glibc.then(|| self.folder.join(name))
    }
}

/// Does what the arguments after `c-dist` ask for.
///
/// # Errors
/// What to say if a package could not be made or did not pass.
pub(crate) fn run(arguments: &[&str]) -> Result<(), String> {
    let mut targets = Vec::new();
    let (mut test, mut exports) = (false, None);
    let mut arguments = arguments.iter();
    while let Some(&argument) = arguments.next() {
        match argument {
            "--all" => targets.extend(&target::ALL),
            "--test" => test = true,
            "--with-exports" => exports = Some(true),
            "--without-exports" => exports = Some(false),
            "--target" => {
                let triple = arguments.next().ok_or_else(usage)?;
                targets.push(target::find(triple).ok_or_else(usage)?);
            }
            _ => return Err(usage()),
        }
    }
    if targets.is_empty() {
        targets.push(target::host().ok_or_else(usage)?);
    }
    make(&targets, exports, test)
}

/// Makes and tries the packages that every change must keep whole; where machines can be emulated,
/// one for another machine too. That one is first, because its trial takes longer.
///
/// # Errors
/// What to say of the first thing that fails.
pub(crate) fn test(emulated: bool) -> Result<(), String> {
    let names = [emulated.then_some(EMULATED), Some(NATIVE)].into_iter().flatten();
    let targets: Vec<&'static Target> = names.filter_map(target::find).collect();
    make(&targets, None, true)
}

fn make(targets: &[&'static Target], exports: Option<bool>, test: bool) -> Result<(), String> {
    for target in targets {
        target.needs(test)?;
    }
    let tools = Tools::install()?;
    if test {
        trial::begin()?;
    }
    let mut packages: Vec<Package> =
        targets.iter().map(|target| Package::new(target, exports)).collect();
    // A package is tried while the next one is compiled: each has long parts that one processor does.
    thread::scope(|scope| {
        let mut trials = Vec::new();
        for package in &packages {
            let built = build::libraries(&tools, package)?;
            tarball::lay_out(package, &built)?;
            check::symbols(package)?;
            tarball::pack(package)?;
            sizes::print(package)?;
            if test {
                trials.push(scope.spawn(|| trial::run(&tools, package)));
            }
        }
        let broken = |_| Err("the trial of a package broke down".to_owned());
        trials.into_iter().try_for_each(|trial| trial.join().unwrap_or_else(broken))
    })?;
    if test {
        // An emulated machine would fill the file slowly that all are measured with.
        packages.sort_by_key(|package| !package.target.is_native());
        packages.iter().try_for_each(|package| trial::weigh(&tools, package))?;
    }
    Ok(())
}

fn usage() -> String {
    let names: Vec<&str> = target::ALL.iter().map(|target| target.triple).collect();
    format!("{USAGE}\n  {}", names.join("\n  "))
}

/// A file of the source tree.
fn source(path: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path)
}
