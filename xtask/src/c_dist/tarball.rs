//! What is in a package, and where.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    Package,
    build::Built,
    licences, source,
    tools::{at, copy, create, create_empty, finish, out, read},
};
use crate::header;

/// What programs ask for at run time; `bindings/c/build.rs` writes it into the library.
pub(super) const SONAME: &str = "librefundry.so.0";

/// What is in the package as it is in the source.
const COPIED: [&str; 5] =
    ["docs/chain.md", "docs/receipts.md", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"];

const IMPORT: &str = "docs/import.md";

/// The examples that load the shared library, which only glibc's packages have.
const SHARED_EXAMPLES: [&str; 3] = ["refund.py", "refund.php", "refund.lua"];

/// Lays the package out as a folder.
///
/// # Errors
/// What to say if a file can't be read or written.
pub(super) fn lay_out(package: &Package, built: &Built) -> Result<(), String> {
    let Package { folder, target, .. } = package;
    create_empty(folder)?;
    for name in ["include", "lib/pkgconfig", "examples/terminal", "docs"] {
        create(&folder.join(name))?;
    }
    for name in COPIED {
        copy(&source(name), &folder.join(name))?;
    }
    for (name, text) in header::of_package(package.exports)? {
        write(&folder.join("include").join(name), &text)?;
    }
    // The reference of the import format, in sources that have it.
    if source(IMPORT).exists() {
        copy(&source(IMPORT), &folder.join(IMPORT))?;
    }
    let examples = source("bindings/c/examples");
    let mut copied = vec![examples.join("quickstart.c"), examples.join("terminal/till.h")];
    copied.extend(terminal()?);
    if target.glibc {
        copied.extend(SHARED_EXAMPLES.map(|name| examples.join(name)));
    }
    for example in copied {
        let name = example.strip_prefix(&examples).unwrap_or(&example);
        copy(&example, &folder.join("examples").join(name))?;
    }
    let readme = read(&source("bindings/c/README.md"))?.replace("](../../", "](");
    let is_packed = |path: &str| folder.join(path).exists();
    write(&folder.join("README.md"), &linked_within(&readme, is_packed))?;
    write(&folder.join("LICENSES-OF-DEPENDENCIES.txt"), &licences::text(target)?)?;

    copy(&built.static_library, &package.static_library())?;
    write(&folder.join("lib/pkgconfig/refundry-static.pc"), &description(true))?;
    if let Some(library) = package.shared_library() {
        copy(&built.shared_library, &library)?;
        let name = library.file_name().unwrap_or_default();
        let lib = folder.join("lib");
        for (link, to) in [(SONAME, name), ("librefundry.so", SONAME.as_ref())] {
            symlink(to, lib.join(link)).map_err(|error| at(&lib.join(link), &error))?;
        }
        write(&folder.join("lib/pkgconfig/refundry.pc"), &description(false))?;
    }
    Ok(())
}

/// The sources of the till.
///
/// # Errors
/// What to say if they can't be read.
pub(crate) fn terminal() -> Result<Vec<PathBuf>, String> {
    c_files(&source("bindings/c/examples/terminal"))
}

/// The C files in a folder.
///
/// # Errors
/// What to say if it can't be read.
pub(super) fn c_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| at(folder, &error))?;
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|name| name == "c")).collect();
    files.sort();
    Ok(files)
}

/// The text, in which links to what only the source has are just names.
fn linked_within(text: &str, is_packed: impl Fn(&str) -> bool) -> String {
    let mut pieces = text.split("](");
    let mut linked = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (path, rest) = piece.split_once(')').unwrap_or((piece, ""));
        if is_packed(path) {
            linked += &format!("]({path}){rest}");
        } else {
            let bracket = linked.rfind('[').unwrap_or(linked.len());
            let name = linked.split_off(bracket);
            linked += &format!("{} (in the source){rest}", name.trim_start_matches('['));
        }
    }
    linked
}

/// What pkg-config says of it, wherever it was unpacked.
fn description(is_static: bool) -> String {
    let name = if is_static { "refundry-static" } else { "refundry" };
    // Named by its path, or the linker would take the shared library beside it. What a program does
    // not call is left out of it: a quarter of it for the quickstart.
    let libs = if is_static {
        "${libdir}/librefundry.a -Wl,--gc-sections -lpthread -ldl -lm"
    } else {
        "-L${libdir} -lrefundry"
    };
    format!(
        "prefix=${{pcfiledir}}/../..
libdir=${{prefix}}/lib
includedir=${{prefix}}/include

Name: {name}
Description: Refunds on a full double-entry ledger, embedded, over one SQLite file
Version: {}
Cflags: -I${{includedir}}
Libs: {libs}
",
        env!("CARGO_PKG_VERSION")
    )
}

/// Makes the tarball: the same bytes from the same files.
///
/// # Errors
/// What to say if tar fails.
pub(super) fn pack(package: &Package) -> Result<(), String> {
    let mut tar = Command::new("tar");
    tar.args(["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"]);
    tar.args(["--mode=u+w,go-w,a+rX", "--use-compress-program=gzip -9 --no-name", "--create"]);
    tar.arg("--file").arg(&package.tarball).arg("--directory").arg(out());
    finish(tar.arg(package.folder.file_name().unwrap_or_default()))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| at(path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_what_is_packed() {
        let text = "See [a](in/a.c), [the disk's test](tests/disk.rs) and [`b`](b.h).";
        let linked = linked_within(text, |path| path != "tests/disk.rs");
        assert_eq!(linked, "See [a](in/a.c), the disk's test (in the source) and [`b`](b.h).");
    }
}
