//! What the linker leaves in the small module though nobody uses it. The optimizer removes what only these need.

#![expect(clippy::arithmetic_side_effects, reason = "lengths and counts of what is in memory")]

use std::{collections::HashMap, fs, path::Path};

use super::section::{
    CODE, CUSTOM, EXPORTS, FUNCTIONS, IMPORTS, Reader, TYPES, bodies, counted, imported, number,
    of_kind, sections,
};

/// SQLite's crate exports to JavaScript what SQLite's C calls, which is linked already.
const CALLED_BY_C: [&str; 2] = ["rust_sqlite_wasm_", "sqlite3_os_"];

/// Texts of serde_json's errors, and numbers with fractions in texts: the library answers with its own texts and has no
/// such numbers, and to write its answers can't fail.
const UNREAD: [&str; 4] = [
    "<f64 as core::fmt::Display>::fmt",
    "<serde_json::error::ErrorCode as core::fmt::Display>::fmt",
    "<serde_json::error::JsonUnexpected as core::fmt::Display>::fmt",
    "<serde_core::de::OneOf as core::fmt::Display>::fmt",
];

/// Texts for programmers. A panic would show them, and says nothing here.
const FOR_PROGRAMMERS: &str = " as core::fmt::Debug>::fmt";

/// What messages quote after all: strings, and what the browser threw.
const QUOTED: [&str; 5] = [
    "<str ",
    "<&str ",
    "<alloc::string::String ",
    "<&alloc::string::String ",
    "<wasm_bindgen::JsValue ",
];

/// Code that does nothing and returns 0, which is `Ok(())`.
const NOTHING: [u8; 4] = [0, 0x41, 0, 0x0b];

/// Two addresses in, one number out: the type of what writes a text.
const WRITES: [u8; 6] = [0x60, 2, 0x7f, 0x7f, 1, 0x7f];

/// Has texts that nobody reads not written, and takes away exports that nobody calls.
///
/// # Errors
/// What to say if the file can't be read or written, or has no such function any more.
pub(crate) fn trim(path: &Path) -> Result<(), String> {
    let module = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let trimmed = trimmed(&module).ok_or_else(|| {
        format!(
            "{}: it is no such module, or has no function {} any more",
            path.display(),
            UNREAD.join(", ")
        )
    })?;
    fs::write(path, trimmed).map_err(|error| format!("{}: {error}", path.display()))
}

fn trimmed(module: &[u8]) -> Option<Vec<u8>> {
    let parts = sections(module)?;
    let part = |kind| of_kind(&parts, kind);
    let first = imported(part(IMPORTS)?)?.len();
    let types = types(part(TYPES)?)?;
    let kinds = numbers(part(FUNCTIONS)?)?;
    let mut left: Vec<&str> = UNREAD.to_vec();
    let mut bodies: Vec<&[u8]> = bodies(part(CODE)?)?;
    for (function, name) in names(&parts)? {
        let Some(own) = function.checked_sub(first) else { continue };
        if is_unread(&name) && *types.get(*kinds.get(own)?)? == WRITES {
            left.retain(|unread| *unread != name);
            *bodies.get_mut(own)? = &NOTHING;
        }
    }
    if !left.is_empty() {
        return None;
    }
    let code = [number(bodies.len())].into_iter().chain(bodies.into_iter().map(counted));
    let code: Vec<u8> = code.flatten().collect();
    let mut trimmed = module.get(..8)?.to_vec();
    for (kind, content) in &parts {
        let content = match *kind {
            CODE => code.clone(),
            EXPORTS => exports(content)?,
            _ => content.to_vec(),
        };
        trimmed.push(*kind);
        trimmed.extend(counted(&content));
    }
    Some(trimmed)
}

fn is_unread(name: &str) -> bool {
    let is_quoted = QUOTED.iter().any(|quoted| name.starts_with(quoted));
    UNREAD.contains(&name) || name.ends_with(FOR_PROGRAMMERS) && !is_quoted
}

/// The types of functions, each as its bytes: wasm-bindgen makes no others.
fn types(section: &[u8]) -> Option<Vec<&[u8]>> {
    let mut content = Reader(section);
    let one = |content: &mut Reader<'_>| {
        let mut from = Reader(content.0);
        from.take(1)?;
        from.text()?;
        from.text()?;
        content.0.len().checked_sub(from.0.len())
    };
    let count = content.number()?;
    let mut types = Vec::new();
    for _ in 0..count {
        let length = one(&mut content)?;
        types.push(content.take(length)?);
    }
    Some(types)
}

fn numbers(section: &[u8]) -> Option<Vec<usize>> {
    let mut content = Reader(section);
    (0..content.number()?).map(|_| content.number()).collect()
}

/// The exports without those that C calls.
fn exports(section: &[u8]) -> Option<Vec<u8>> {
    let mut content = Reader(section);
    let (mut count, mut kept) = (0, Vec::new());
    for _ in 0..content.number()? {
        let (name, kind, what) = (content.text()?, content.take(1)?, content.number()?);
        if !CALLED_BY_C.iter().any(|called| name.starts_with(called.as_bytes())) {
            count += 1;
            kept.extend([&counted(name)[..], kind, &number(what)].concat());
        }
    }
    Some([number(count), kept].concat())
}

/// What functions are called, without the numbers of their crates.
fn names(parts: &[(u8, &[u8])]) -> Option<HashMap<usize, String>> {
    let names = parts.iter().filter(|(kind, _)| *kind == CUSTOM).find_map(|(_, content)| {
        let mut content = Reader(content);
        (content.text()? == b"name").then_some(content)
    });
    let mut names = names?;
    while let Some([kind]) = names.take(1) {
        let mut content = Reader(names.text()?);
        if *kind == 1 {
            let one = |content: &mut Reader<'_>| {
                let (function, name) = (content.number()?, content.text()?);
                Some((function, without_numbers(&String::from_utf8_lossy(name))))
            };
            return (0..content.number()?).map(|_| one(&mut content)).collect();
        }
    }
    None
}

/// `core[1a2b]::fmt` is `core::fmt`; `[u8]` stays.
fn without_numbers(name: &str) -> String {
    let mut pieces = name.split('[');
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once(']') {
            Some((_, rest))
                if plain.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '_') =>
            {
                plain.push_str(rest);
            }
            _ => plain.extend(["[", piece]),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: [&str; 3] = [
        "<&[u8] as core[1a2b]::fmt::Debug>::fmt",
        "<&str as core[1a2b]::fmt::Debug>::fmt",
        "<u8 as core[1a2b]::fmt::Debug>::fmt",
    ];

    /// A module that imports one function and has these of its own, the last of another type.
    fn module(names: &[String]) -> Vec<u8> {
        let list =
            |items: &[Vec<u8>]| counted(&[&number(items.len())[..], &items.concat()].concat());
        let own = names.len();
        let types = list(&[WRITES.to_vec(), vec![0x60, 0, 0]]);
        let kinds: Vec<Vec<u8>> = (1..=own).map(|n| vec![u8::from(n == own)]).collect();
        let exported = |name: &str| [&counted(name.as_bytes())[..], &[0, 1]].concat();
        let exports = [exported("rust_sqlite_wasm_free"), exported("memory")];
        let code: Vec<Vec<u8>> =
            (0..own).map(|n| counted(&[0, 0x41, 7, 0x1a, u8::try_from(n).unwrap()])).collect();
        let names: Vec<Vec<u8>> = names
            .iter()
            .enumerate()
            .map(|(n, name)| [number(n + 1), counted(name.as_bytes())].concat())
            .collect();
        let names = counted(&[&counted(b"name")[..], &[1], &list(&names)].concat());
        let import = list(&[b"\x01a\x01b\0\0".to_vec()]);
        let parts = [
            (TYPES, types),
            (IMPORTS, import),
            (FUNCTIONS, list(&kinds)),
            (EXPORTS, list(&exports)),
            (CODE, list(&code)),
            (CUSTOM, names),
        ];
        let parts = parts.into_iter().flat_map(|(kind, part)| [vec![kind], part].concat());
        b"\0asm\x01\0\0\0".iter().copied().chain(parts).collect()
    }

    fn named() -> Vec<String> {
        let unread = UNREAD.iter().map(|name| name.replace("::fmt::", "[9]::fmt::"));
        unread.chain(OWN.map(str::to_owned)).collect()
    }

    #[test]
    fn what_nobody_reads_is_not_written_and_what_nobody_calls_not_exported() {
        let names = named();
        let trimmed = trimmed(&module(&names)).unwrap();
        let parts = sections(&trimmed).unwrap();
        let bodies = bodies(of_kind(&parts, CODE).unwrap()).unwrap();
        let emptied: Vec<&str> = names
            .iter()
            .zip(bodies)
            .filter(|(_, body)| *body == NOTHING)
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(
            emptied,
            [&names[0], &names[1], &names[2], &names[3], "<&[u8] as core[1a2b]::fmt::Debug>::fmt"]
        );
        assert_eq!(of_kind(&parts, EXPORTS).unwrap(), b"\x01\x06memory\0\x01");
    }

    #[test]
    fn a_module_without_what_is_to_be_emptied_is_refused() {
        let names = named();
        assert!(trimmed(&module(&names[1..])).is_none());
        assert!(trimmed(b"\0asm\x01\0\0\0").is_none());
    }
}
