//! SQLite's source for the small module: without the functions that `wasm/sqlite/sqlite3.c` has in their place.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::step::cargo;

/// Begins the line of a function that stands in place of one of SQLite's.
const MARK: &str = "REPLACED ";

/// Writes `wasm/sqlite/cut.c`, unless it is there as it should be: Cargo compiles anew what changed.
///
/// # Errors
/// What to say if SQLite's source is not there, or has no such function any more.
pub(crate) fn write() -> Result<(), String> {
    let folder = super::folder().join("sqlite");
    let (ours, whole) = (read(&folder.join("sqlite3.c"))?, read(&source()?)?);
    let cut = replaced(&ours).try_fold(whole, |text, name| without(&text, name))?;
    let path = folder.join("cut.c");
    if fs::read_to_string(&path).is_ok_and(|written| written == cut) {
        return Ok(());
    }
    fs::write(&path, cut).map_err(|error| format!("{}: {error}", path.display()))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Where the crate has SQLite's source.
fn source() -> Result<PathBuf, String> {
    let metadata = cargo(&["metadata", "--locked", "--format-version", "1"])
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let metadata: Value =
        serde_json::from_slice(&metadata.stdout).map_err(|error| format!("metadata: {error}"))?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    packages
        .filter(|package| package["name"] == "sqlite-wasm-rs")
        .find_map(|package| Path::new(package["manifest_path"].as_str()?).parent())
        .map(|folder| folder.join("sqlite3/sqlite3.c"))
        .ok_or_else(|| "sqlite-wasm-rs is not among the packages".to_owned())
}

/// The names of the functions that have a replacement: each stands behind its type.
fn replaced(ours: &str) -> impl Iterator<Item = &str> {
    ours.lines().filter_map(|line| {
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let words = line.strip_prefix(MARK)?.split(|letter: char| !is_name(letter));
        words.filter(|word| !word.is_empty()).nth(1)
    })
}

/// C with a function's declaration in place of its definition, which ends with the first brace at a line's beginning.
fn without(text: &str, name: &str) -> Result<String, String> {
    for (at, _) in text.match_indices(&format!("{name}(")) {
        let (before, from) = text.split_at(at);
        let kind = before.rsplit_once('\n').map_or(before, |(_, kind)| kind);
        let is_whole = kind.ends_with([' ', '*']);
        let is_at_top = kind.starts_with("static ") || kind.starts_with("SQLITE_PRIVATE ");
        let Some((head, _)) = from.split_once(['{', ';']) else { continue };
        let body = from.strip_prefix(head).filter(|body| body.starts_with('{'));
        if let Some((_, after)) = body.and_then(|body| body.split_once("\n}\n"))
            && is_whole
            && is_at_top
        {
            return Ok(format!("{before}{head};\n{after}"));
        }
    }
    Err(format!("SQLite has no function {name} any more, which wasm/sqlite/sqlite3.c replaces"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_becomes_a_declaration() {
        let source = "static int odd(int);\nstatic int even(int n){\n  return !odd(n);\n}\nstatic int odd(\n  int n\n){\n  \
                      return n & 1;\n}\nint last;\n";
        let cut = "static int odd(int);\nstatic int even(int n){\n  return !odd(n);\n}\nstatic int odd(\n  int n\n);\nint last;\n";
        assert_eq!(without(source, "odd").unwrap(), cut);
        assert!(without(source, "dd").is_err());
    }

    #[test]
    fn names_stand_behind_their_types() {
        let ours = "REPLACED Trigger *some(Parse *parse){\nint other(void);\nREPLACED void third ABSENT_FUNCTION\n";
        assert_eq!(replaced(ours).collect::<Vec<_>>(), ["some", "third"]);
    }
}
