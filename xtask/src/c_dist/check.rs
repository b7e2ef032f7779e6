//! What a package's libraries show to others, and what they ask of them.

use std::{collections::BTreeSet, path::Path, process::Command};

use super::{Package, target::Target, tools::output};
use crate::header;

/// The shared libraries that every glibc has.
const LIBC: [&str; 6] =
    ["libc.so", "libm.so", "libpthread.so", "libdl.so", "ld-linux", "ld-linux-armhf.so"];

/// Checks both libraries.
///
/// # Errors
/// The first thing that is wrong.
pub(super) fn symbols(package: &Package) -> Result<(), String> {
    let declared = declared(package.exports)?;
    let archive = package.static_library();
    let symbols = read_symbols(&archive, "--syms")?;
    exports(&archive, &symbols, &declared)?;
    if let Some(library) = package.shared_library() {
        let symbols = read_symbols(&library, "--dyn-syms")?;
        exports(&library, &symbols, &declared)?;
        imports(&library, &symbols)?;
        dynamic(&library)?;
    }
    Ok(())
}

/// The functions that a package's header declares.
///
/// # Errors
/// What to say if it can't be read.
pub(super) fn declared(exports: bool) -> Result<BTreeSet<String>, String> {
    let [_, (_, declarations)] = header::of_package(exports)?;
    let lines = declarations.lines().filter(|line| !line.starts_with([' ', '/']));
    let names = lines.filter_map(|line| {
        let (before, _) = line.split_once('(')?;
        let name = before.rsplit([' ', '*']).next()?;
        name.starts_with("refundry_").then(|| name.to_owned())
    });
    Ok(names.collect())
}

/// A line of a symbol table.
struct Symbol {
    /// Without its version.
    name: String,
    version: Option<String>,
    defined: bool,
    weak: bool,
}

/// The symbols that other files can see.
fn read_symbols(library: &Path, table: &str) -> Result<Vec<Symbol>, String> {
    let mut readelf = Command::new("readelf");
    let printed = output(readelf.args(["--wide", table]).arg(library))?;
    let symbols = printed.lines().filter_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        // Num: Value Size Type Bind Vis Ndx Name
        let [_, _, _, _, bind @ ("GLOBAL" | "WEAK"), _, section, name, ..] = words[..] else {
            return None;
        };
        let (name, version) = match name.split_once('@') {
            Some((name, version)) => (name, Some(version.trim_start_matches('@').to_owned())),
            None => (name, None),
        };
        Some(Symbol {
            name: name.to_owned(),
            version,
            defined: section != "UND",
            weak: bind == "WEAK",
        })
    });
    Ok(symbols.collect())
}

/// What it shows is the header's functions, all of them and nothing else.
fn exports(library: &Path, symbols: &[Symbol], declared: &BTreeSet<String>) -> Result<(), String> {
    let defined = symbols.iter().filter(|symbol| symbol.defined);
    let shown: BTreeSet<String> = defined.map(|symbol| symbol.name.clone()).collect();
    if shown == *declared {
        return Ok(());
    }
    let too_many: Vec<_> = shown.difference(declared).collect();
    let missing: Vec<_> = declared.difference(&shown).collect();
    Err(format!("{}: it also shows {too_many:?} and lacks {missing:?}", library.display()))
}

/// What it must find is in the C library, also in an old one.
fn imports(library: &Path, symbols: &[Symbol]) -> Result<(), String> {
    for symbol in symbols.iter().filter(|symbol| !symbol.defined) {
        let Symbol { name, version, weak, .. } = symbol;
        let old_enough = match version {
            Some(version) => is_old(version),
            // Found at run time, or done without.
            None => *weak,
        };
        if !old_enough {
            return Err(format!("{}: it needs {name} {version:?}", library.display()));
        }
    }
    Ok(())
}

/// Whether every C library that packages are for has this version's symbols.
fn is_old(version: &str) -> bool {
    let Some((major, minor)) = version.strip_prefix("GLIBC_").and_then(|text| text.split_once('.'))
    else {
        return false;
    };
    // GLIBC_2.3.4 is older than 2.17 as well.
    let minor = minor.split('.').next().unwrap_or(minor);
    match (major.parse(), minor.parse()) {
        (Ok(major), Ok(minor)) => (major, minor) <= Target::GLIBC,
        _ => false,
    }
}

/// Its name, and the libraries that it needs.
fn dynamic(library: &Path) -> Result<(), String> {
    let mut readelf = Command::new("readelf");
    let printed = output(readelf.args(["--wide", "--dynamic"]).arg(library))?;
    let values = |tag: &str| -> Vec<String> {
        let lines = printed.lines().filter(|line| line.contains(tag));
        lines
            .filter_map(|line| Some(line.split_once('[')?.1.trim_end_matches(']').to_owned()))
            .collect()
    };
    let name = values("(SONAME)");
    if name != [super::tarball::SONAME] {
        return Err(format!("{}: its name is {name:?}", library.display()));
    }
    for needed in values("(NEEDED)") {
        if !LIBC.iter().any(|name| needed.starts_with(name)) {
            return Err(format!("{}: it needs {needed}", library.display()));
        }
    }
    if printed.contains("(TEXTREL)") {
        return Err(format!("{}: its code is written to when it is loaded", library.display()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        for version in ["GLIBC_2.4", "GLIBC_2.17", "GLIBC_2.2.5", "GLIBC_2.9"] {
            assert!(is_old(version), "{version}");
        }
        for version in ["GLIBC_2.18", "GLIBC_2.34", "GLIBC_3.0", "GCC_3.5", "GLIBC_PRIVATE"] {
            assert!(!is_old(version), "{version}");
        }
    }

    #[test]
    fn the_headers_functions_are_found() {
        let (all, few) = (declared(true).unwrap(), declared(false).unwrap());
        for name in ["refundry_refund_create", "refundry_free", "refundry_version"] {
            assert!(few.contains(name), "{name}");
        }
        let more: Vec<&str> = all.difference(&few).map(String::as_str).collect();
        assert_eq!(more, ["refundry_export", "refundry_statement"]);
    }
}
