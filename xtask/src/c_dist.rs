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

use std::path::{Path, PathBuf};

pub(crate) use self::tarball::terminal;
use self::{target::Target, tools::Tools};

const USAGE: &str = "\
Usage: cargo xtask c-dist [--all | --target TARGET…] [--test]

Makes target/c-dist/refundry-VERSION-TARGET.tar.gz, by default for this machine's processor.
  --target TARGET  for this target; may be given several times
  --all            for every target
  --test           unpacks each tarball into an empty folder, compiles the examples and tests with
                   what is in it and a C compiler, and runs them (emulated if need be)

Targets:";

/// What `cargo xtask test` tries: this machine, and one that has to be emulated.
const NATIVE: &str = "x86_64-unknown-linux-gnu";
const EMULATED: &str = "armv7-unknown-linux-gnueabihf";

/// A package on its way to be one.
struct Package {
    target: &'static Target,
    /// The folder that is the tarball's content; its last part is the package's name.
    folder: PathBuf,
    tarball: PathBuf,
}

impl Package {
    fn new(target: &'static Target) -> Self {
        let name = format!("refundry-{}-{}", env!("CARGO_PKG_VERSION"), target.triple);
        let folder = tools::out().join(&name);
        let tarball = tools::out().join(format!("{name}.tar.gz"));
        Self { target, folder, tarball }
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
    let mut test = false;
    let mut arguments = arguments.iter();
    while let Some(&argument) = arguments.next() {
        match argument {
            "--all" => targets.extend(&target::ALL),
            "--test" => test = true,
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
    make(&targets, test)
}

/// Makes and tries the packages that every change must keep whole; where machines can be emulated,
/// one for another machine too.
///
/// # Errors
/// What to say of the first thing that fails.
pub(crate) fn test(emulated: bool) -> Result<(), String> {
    let names = [Some(NATIVE), emulated.then_some(EMULATED)].into_iter().flatten();
    let targets: Vec<&'static Target> = names.filter_map(target::find).collect();
    make(&targets, true)
}

fn make(targets: &[&'static Target], test: bool) -> Result<(), String> {
    for target in targets {
        target.needs(test)?;
    }
    let tools = Tools::install()?;
    if test {
        trial::begin()?;
    }
    for target in targets {
        let package = Package::new(target);
        let built = build::libraries(&tools, target)?;
        tarball::lay_out(&package, &built)?;
        check::symbols(&package)?;
        tarball::pack(&package)?;
        sizes::print(&package)?;
        if test {
            trial::run(&tools, &package)?;
        }
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
