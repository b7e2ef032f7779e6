//! What the authors of the code that is compiled in ask to be told.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde_json::Value;

use super::{
    source,
    target::Target,
    tools::{at, output, read},
};
use crate::step::cargo;

const INTRODUCTION: &str = "\
The libraries of this package contain code of others. SQLite is in the public domain. Rust's standard
library is licensed under either of MIT or Apache-2.0, at your option; LLVM's unwinder under Apache-2.0
with the LLVM exception. The other authors' licences follow. Where there is a choice, it is MIT's.
";

/// The licences of every crate that is compiled into the libraries of a target.
///
/// # Errors
/// What to say if cargo fails or a crate has no licence to be found.
pub(super) fn text(target: &Target) -> Result<String, String> {
    let compiled = compiled(target)?;
    let metadata = cargo(&["metadata", "--locked", "--format-version", "1"])
        .current_dir(source("."))
        .output()
        .map_err(|error| format!("cargo could not be run: {error}"))?;
    let metadata: Value =
        serde_json::from_slice(&metadata.stdout).map_err(|error| format!("metadata: {error}"))?;

    // Crates of one author have one text.
    let mut crates_of = BTreeMap::<String, BTreeSet<String>>::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let field = |name: &str| package[name].as_str().unwrap_or_default();
        let name = format!("{} {}", field("name"), field("version"));
        let is_ours = package["source"].is_null();
        if !is_ours && compiled.contains(&name) {
            let licence = licence(Path::new(field("manifest_path")), field("license"))?;
            crates_of.entry(licence).or_default().insert(name);
        }
    }
    let mut text = INTRODUCTION.to_owned();
    for (licence, crates) in crates_of {
        let crates: Vec<String> = crates.into_iter().collect();
        let line = "=".repeat(80);
        text.push_str(&format!("\n{line}\n{}\n\n{}\n", crates.join(", "), licence.trim()));
    }
    Ok(text)
}

/// The names and versions of the crates that are linked in.
fn compiled(target: &Target) -> Result<BTreeSet<String>, String> {
    let tree = output(
        cargo(&["tree", "--locked", "--package", "refundry-c", "--edges", "normal,no-proc-macro"])
            .args(["--target", target.triple, "--prefix", "none", "--format", "{p}"])
            .current_dir(source(".")),
    )?;
    let names = tree.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some(format!("{} {}", words.next()?, words.next()?.strip_prefix('v')?))
    });
    Ok(names.collect())
}

/// The text of a crate's licence, MIT's if there are several.
fn licence(manifest: &Path, name: &str) -> Result<String, String> {
    let folder = manifest.parent().unwrap_or(manifest);
    let entries = fs::read_dir(folder).map_err(|error| at(folder, &error))?;
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
            path.is_file() && (name.starts_with("LICEN") || name.starts_with("COPYING"))
        })
        .collect();
    files.sort_by_key(|path| (!path.to_string_lossy().contains("MIT"), path.clone()));
    match files.first() {
        Some(file) => read(file),
        // Some crates only name it.
        None if !name.is_empty() => Ok(format!("License: {name}")),
        None => Err(format!("{} has no licence", folder.display())),
    }
}
