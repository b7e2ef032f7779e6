//! The house rules that a machine can check.

use std::{
    fs,
    path::{Path, PathBuf},
};

const LONGEST_FILE: usize = 500;
const LONGEST_FUNCTION: usize = 70;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The lines of each function: from `fn` to the closing brace in the same column.
fn functions(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    (0..lines.len()).filter_map(move |begin| {
        let line = lines[begin];
        let is_function = line.trim_start().split(' ').take(5).any(|word| word == "fn");
        if !is_function || line.ends_with(';') || line.trim_start().starts_with("//") {
            return None;
        }
        let margin = &line[..line.len() - line.trim_start().len()];
        let end = (begin..lines.len()).find(|&end| lines[end] == format!("{margin}}}"))?;
        Some((line, end - begin + 1))
    })
}

#[test]
fn files_and_functions_are_short() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in [
        "src",
        "wasm/src",
        "wasm/bindgen",
        "tests",
        "examples",
        "xtask",
        "benches",
        "books",
        "bindings",
        "fleet",
        "fuzz",
        "receipt",
        "trials",
    ] {
        sources(&root.join(folder), &mut files);
    }
    assert!(files.len() > 40, "the sources were not found");
    let mut too_long = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let lines = text.lines().count();
        if lines > LONGEST_FILE {
            too_long.push(format!("{}: {lines} lines", file.display()));
        }
        for (function, lines) in functions(&text).filter(|(_, lines)| *lines > LONGEST_FUNCTION) {
            too_long.push(format!("{}: {lines} lines in {}", file.display(), function.trim()));
        }
    }
    assert!(too_long.is_empty(), "{too_long:#?}");
}
