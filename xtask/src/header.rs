//! The C header, made from the sources of the C binding, and the same for tools that have no C
//! preprocessor.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cbindgen::{Builder, Config};

/// Writes `include/refundry.h` and `include/refundry-ffi.h` anew.
///
/// # Errors
/// What to say if the sources can't be read or a header can't be written.
pub(crate) fn write() -> Result<(), String> {
    let header = generate()?;
    let declarations = without_preprocessor(&header)?;
    for (name, text) in [(HEADER, header), (DECLARATIONS, declarations)] {
        let path = path(name);
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

/// Both headers as a package has them, with their names.
///
/// # Errors
/// What to say if the header can't be read.
pub(crate) fn of_package(exports: bool) -> Result<[(&'static str, String); 2], String> {
    let path = path(HEADER);
    let header =
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let header = if exports { header } else { without_exports(&header) };
    let declarations = without_preprocessor(&header)?;
    Ok([(HEADER, header), (DECLARATIONS, declarations)])
}

const HEADER: &str = "refundry.h";
const DECLARATIONS: &str = "refundry-ffi.h";

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn path(name: &str) -> PathBuf {
    root().join("include").join(name)
}

fn generate() -> Result<String, String> {
    let binding = root().join("bindings/c");
    let mut config = Config::from_file(binding.join("cbindgen.toml"))?;
    config.after_includes =
        config.after_includes.map(|text| text.replace("@VERSIONS@", &versions()));
    let bindings = Builder::new()
        .with_crate(&binding)
        .with_config(config)
        .generate()
        .map_err(|error| error.to_string())?;
    let mut header = Vec::new();
    bindings.write(&mut header);
    let header = String::from_utf8(header).map_err(|error| error.to_string())?;
    // cbindgen guards each declaration by itself.
    let header = header.replace("#if defined(REFUNDRY_EXPORTS)\n", GUARD);
    Ok(header.replace(&format!("#endif\n\n{GUARD}"), "\n"))
}

/// What stands before declarations that a library without exports lacks.
const GUARD: &str = "#ifndef REFUNDRY_WITHOUT_EXPORTS\n";

/// The header of a library without exports. It says so itself, so that no program has to.
fn without_exports(header: &str) -> String {
    let begin = "#define REFUNDRY_H\n";
    let told = "
/**
 * This package has no exports and statements: neither refundry_export nor refundry_statement.
 */
#define REFUNDRY_WITHOUT_EXPORTS 1
";
    header.replacen(begin, &format!("{begin}{told}"), 1)
}

/// The version, which every crate of the workspace has, for the C preprocessor.
fn versions() -> String {
    let version = env!("CARGO_PKG_VERSION");
    // Millions, thousands and ones. It is computed here, because not every tool computes.
    let parts = version.split('.').filter_map(|part| part.parse::<u32>().ok());
    let number =
        parts.fold(0, |number: u32, part| number.saturating_mul(1_000).saturating_add(part));
    format!(
        "
/**
 * The version of this header as text. Compare refundry_version.
 */
#define REFUNDRY_VERSION \"{version}\"

/**
 * The version of this header as one number. Compare refundry_version_number.
 */
#define REFUNDRY_VERSION_NUMBER {number}
"
    )
}

/// The introduction of the header for tools.
const INTRODUCTION: &str = "\
/*
 * Refundry for tools that read C declarations but have no preprocessor, such as Python's cffi
 * (ffi.cdef), PHP's FFI (FFI::cdef) and LuaJIT (ffi.cdef): all that refundry.h declares, without its
 * comments. What each function does, and who owns what, is said there.
 *
 * Made from the library's sources by `cargo xtask header`. Do not edit.
 *
 * Of refundry.h's macros these are not here: REFUNDRY_VERSION, which refundry_version() gives at run
 * time, and REFUNDRY_NO_KEY, which is the text \"(no idempotency key)\".
 */
";

/// What a C header declares, with its macros of whole numbers as one enum and without its comments,
/// other macros and conditions.
fn without_preprocessor(header: &str) -> Result<String, String> {
    let header = without_comments(header);
    let has_exports = !header.contains("#define REFUNDRY_WITHOUT_EXPORTS ");
    let mut constants = Vec::new();
    let mut declarations = String::new();
    let mut left_out = false;
    for line in header.lines().filter(|line| !line.trim().is_empty()) {
        match line.strip_prefix('#') {
            Some("ifdef __cplusplus") => left_out = true,
            Some("ifndef REFUNDRY_WITHOUT_EXPORTS") => left_out = !has_exports,
            Some("endif") => left_out = false,
            _ if left_out => {}
            Some(directive) => constants.extend(constant(directive)?),
            None => {
                declarations += line;
                declarations.push('\n');
            }
        }
    }
    let constants = constants.join(",\n    ");
    Ok(format!("{INTRODUCTION}\nenum {{\n    {constants}\n}};\n\n{declarations}"))
}

fn without_comments(header: &str) -> String {
    let mut pieces = header.split("/*");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text += piece.split_once("*/").map_or("", |(_, rest)| rest);
    }
    text
}

/// `NAME = NUMBER` of a macro that is a whole number; nothing of other directives.
fn constant(directive: &str) -> Result<Option<String>, String> {
    let Some((name, value)) =
        directive.strip_prefix("define ").and_then(|rest| rest.split_once(' '))
    else {
        return Ok(None);
    };
    if value.parse::<i32>().is_ok() {
        return Ok(Some(format!("{name} = {value}")));
    }
    match name {
        "REFUNDRY_VERSION" | "REFUNDRY_NO_KEY" => Ok(None),
        _ => Err(format!("{name} is no whole number, and {DECLARATIONS} does not tell of it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headers_are_what_the_sources_say() {
        let read = |name| fs::read_to_string(path(name)).unwrap_or_default();
        let committed = [HEADER, DECLARATIONS].map(read);
        write().unwrap();
        let made = [HEADER, DECLARATIONS].map(read);
        assert!(committed == made, "include/ was out of date and was written anew");
    }

    #[test]
    fn what_is_for_the_preprocessor_is_left_out() {
        let header = "/* A /** comment. */\n#ifndef A_H\n#define A_H\n#include <stdint.h>\n\
                      #ifdef __cplusplus\nextern \"C\" {\n#endif\n\n/** One. */\n#define ONE 1\n\
                      #define MINUS -1\n/**\n * Of it.\n */\nint32_t of(int32_t one,\n\
                      \x20      int32_t two);\n\
                      #ifdef __cplusplus\n}\n#endif\n#endif /* A_H */\n";
        let made = without_preprocessor(header).unwrap();
        let (_, made) = made.split_once("*/\n\n").unwrap();
        let wanted = "enum {\n    ONE = 1,\n    MINUS = -1\n};\n\n\
                      int32_t of(int32_t one,\n       int32_t two);\n";
        assert_eq!(made, wanted);
        assert!(without_preprocessor("#define TEXT \"a\"\n").is_err());
    }

    #[test]
    fn a_package_without_exports_declares_none() {
        let names = ["refundry_export(", "refundry_statement(", "REFUNDRY_EXPORT_HLEDGER ="];
        for exports in [true, false] {
            let [_, (_, declared)] = of_package(exports).unwrap();
            assert!(names.iter().all(|name| declared.contains(name) == exports), "{declared}");
            assert!(declared.contains("refundry_refund_create("));
        }
    }
}
