//! The rooms of the library, and their one-way doors.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The rooms from top to bottom, and which of those above each may use.
const ROOMS: [(&str, &[&str]); 6] = [
    ("words", &[]),
    ("recording", &["words"]),
    ("operations", &["words", "recording"]),
    ("sqlite", &["words", "recording"]),
    ("handles", &["words", "recording", "operations", "sqlite"]),
    ("forms", &["words", "recording", "operations", "handles"]),
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The code of a file without comments and unit tests, in one line.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]\nmod"));
    let lines = lines.take_while(|line| *line != "mod tests {");
    lines.filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join(" ")
}

/// The modules of the crate that code names: `crate::words::…`, or `crate::{words::…, sqlite}`.
fn named(code: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut named = Vec::new();
    for (place, _) in code.match_indices("crate::") {
        let rest = &code[place + "crate::".len()..];
        if !rest.starts_with('{') {
            named.push(word(rest));
            continue;
        }
        // The names at the first level of the braces.
        let mut depth = 0;
        for (at, character) in rest.char_indices() {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                break;
            }
            if depth == 1 && matches!(character, '{' | ',') {
                named.push(word(rest[at + 1..].trim_start()));
            }
        }
    }
    named
}

#[test]
fn no_door_opens_the_wrong_way() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut wrong, mut arrows) = (Vec::new(), 0);
    for (room, may_use) in ROOMS {
        let mut found = Vec::new();
        files(&src.join(room), &mut found);
        assert!(!found.is_empty(), "the room {room} was not found");
        for file in found {
            for name in named(&code(&file)) {
                let is_room = ROOMS.iter().any(|(other, _)| *other == name);
                if is_room && name != room {
                    arrows += 1;
                    if !may_use.contains(&name.as_str()) {
                        wrong.push(format!("{} uses {name}", file.display()));
                    }
                } else if !is_room && !name.is_empty() && name != "Error" {
                    wrong.push(format!("{} names crate::{name}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(arrows > 100, "the arrows were not found: {arrows}");
}

#[test]
fn sql_stands_in_one_room() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&src, &mut found);
    let (mut wrong, mut own) = (Vec::new(), 0);
    for file in found {
        let code = code(&file);
        let is_sql = ["rusqlite", "\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE ", "\"PRAGMA "]
            .into_iter()
            .any(|sign| code.contains(sign));
        let is_in_the_room = file.starts_with(src.join("sqlite"));
        own += usize::from(is_sql && is_in_the_room);
        if is_sql && !is_in_the_room {
            wrong.push(file);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(own > 10, "no SQL was found");
}

#[test]
fn names_are_read_out_of_braces() {
    let code = "use crate::{ operations::{a, b}, words::c }; use crate::sqlite::tx;";
    assert_eq!(named(code), ["operations", "words", "sqlite"]);
}
