//! The C header, made from the sources of the C binding.

use std::{
    fs,
    path::{Path, PathBuf},
};

use cbindgen::{Builder, Config};

/// Writes `include/refundry.h` anew.
///
/// # Errors
/// What to say if the sources can't be read or the header can't be written.
pub(crate) fn write() -> Result<(), String> {
    let path = path();
    fs::write(&path, generate()?).map_err(|error| format!("{}: {error}", path.display()))
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn path() -> PathBuf {
    root().join("include/refundry.h")
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
    String::from_utf8(header).map_err(|error| error.to_string())
}

/// The version, which every crate of the workspace has, for the C preprocessor.
fn versions() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let parts = [
        env!("CARGO_PKG_VERSION_MAJOR"),
        env!("CARGO_PKG_VERSION_MINOR"),
        env!("CARGO_PKG_VERSION_PATCH"),
    ];
    let [major, minor, patch] = parts;
    format!(
        "
/**
 * The version of this header as text. Compare refundry_version.
 */
#define REFUNDRY_VERSION \"{version}\"

/**
 * The version of this header as one number. Compare refundry_version_number.
 */
#define REFUNDRY_VERSION_NUMBER ({major} * 1000000 + {minor} * 1000 + {patch})
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_what_the_sources_say() {
        let committed = fs::read_to_string(path()).unwrap_or_default();
        write().unwrap();
        let made = fs::read_to_string(path()).unwrap();
        assert!(committed == made, "include/refundry.h was out of date and was written anew");
    }
}
