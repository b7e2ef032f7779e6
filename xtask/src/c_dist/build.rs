//! The two libraries, as the compiler makes them and as they are packaged.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    Package, check, source,
    target::Target,
    tools::{Tools, at, create, finish, out},
};

/// What SQLite need not know for a ledger, beyond what the workspace's builds leave out: full-text and
/// spatial search, JSON, UTF-16, mathematics, and loading code at run time. A fifth of the library's size.
const SQLITE: [&str; 17] = [
    "-USQLITE_ENABLE_FTS3",
    "-USQLITE_ENABLE_FTS3_PARENTHESIS",
    "-USQLITE_ENABLE_FTS5",
    "-USQLITE_ENABLE_RTREE",
    "-USQLITE_ENABLE_DBSTAT_VTAB",
    "-USQLITE_SOUNDEX",
    "-USQLITE_ENABLE_LOAD_EXTENSION",
    "-DSQLITE_OMIT_LOAD_EXTENSION",
    "-DSQLITE_OMIT_JSON",
    "-USQLITE_ENABLE_MATH_FUNCTIONS",
    "-DSQLITE_OMIT_COMPILEOPTION_DIAGS",
    "-DSQLITE_OMIT_COMPLETE",
    "-DSQLITE_OMIT_GET_TABLE",
    "-DSQLITE_OMIT_INCRBLOB",
    "-DSQLITE_OMIT_INTROSPECTION_PRAGMAS",
    "-DSQLITE_OMIT_UTF16",
    "-DSQLITE_UNTESTABLE",
];

/// The profile in Cargo.toml.
const PROFILE: &str = "c-package";

/// The libraries of one package.
pub(super) struct Built {
    pub(super) static_library: PathBuf,
    pub(super) shared_library: PathBuf,
}

/// Builds both.
///
/// # Errors
/// What to say if a compiler fails.
pub(super) fn libraries(tools: &Tools, package: &Package) -> Result<Built, String> {
    println!("Building {}…", package.name());
    let target = package.target;
    let mut cargo = tools.cargo();
    cargo.args(["rustc", "--quiet", "--locked", "--package", "refundry-c", "--lib"]);
    cargo.args(["--profile", PROFILE, "--target", &target.for_zigbuild(), "--target-dir"]);
    cargo.arg(source("target"));
    cargo.args(["--crate-type", if target.glibc { "cdylib,staticlib" } else { "staticlib" }]);
    if !package.exports {
        cargo.arg("--no-default-features");
    }
    if target.build_std {
        // With this variable the stable compiler builds its standard library too.
        cargo.arg("-Zbuild-std=std,panic_unwind").env("RUSTC_BOOTSTRAP", "1");
    }
    let everywhere = env::var("LIBSQLITE3_FLAGS").unwrap_or_default();
    cargo.env("LIBSQLITE3_FLAGS", format!("{everywhere} {}", SQLITE.join(" ")));
    // The other lints see it with all features.
    finish(cargo.args(["--", "-D", "warnings"]))?;
    let made = source("target").join(target.triple).join(PROFILE);
    Ok(Built {
        static_library: one_object(tools, package, &made.join("librefundry_c.a"))?,
        shared_library: made.join("librefundry_c.so"),
    })
}

/// A static library of one object, in which everything is local but the functions of the header:
/// the program that it is linked into may have another SQLite, another Rust, another unwinder.
fn one_object(tools: &Tools, package: &Package, library: &Path) -> Result<PathBuf, String> {
    let target = package.target;
    let folder = out().join("static").join(target.triple);
    create(&folder)?;
    let object = folder.join("refundry.o");
    let archive = folder.join("librefundry.a");
    let tool = |name| Command::new(format!("{}-{name}", target.binutils));

    let mut ld = tool("ld");
    ld.args(["-r", "--gc-sections", "--force-group-allocation", "-o"]).arg(&object);
    for function in check::declared(package.exports)? {
        ld.arg("-u").arg(function);
    }
    finish(ld.arg(library).arg(unwinder(tools, target)?))?;

    let mut objcopy = tool("objcopy");
    objcopy.args(["--wildcard", "--keep-global-symbol=refundry_*", "--strip-unneeded"]);
    for section in [".llvmbc", ".llvmcmd", ".llvm_addrsig", ".comment"] {
        objcopy.arg("--remove-section").arg(section);
    }
    finish(objcopy.arg(&object))?;

    let _ = std::fs::remove_file(&archive);
    finish(tool("ar").arg("rcsD").arg(&archive).arg(&object))?;
    Ok(archive)
}

/// zig's unwinder: what Rust asks libgcc for, which not every C compiler's programs have.
fn unwinder(tools: &Tools, target: &Target) -> Result<String, String> {
    let folder = out().join("static").join(target.triple);
    let empty = folder.join("empty.c");
    std::fs::write(&empty, "int main(void) { return 0; }\n").map_err(|error| at(&empty, &error))?;
    // Linking says which files it links, and makes those that are not there yet.
    let mut cc = tools.cc(target);
    cc.args(["-v", "-lunwind", "-o"]).arg(folder.join("empty")).arg(&empty);
    let said = cc.output().map_err(|error| format!("zig could not be run: {error}"))?.stderr;
    let said = String::from_utf8_lossy(&said);
    let named = said.split_whitespace().find(|word| word.ends_with("/libunwind.a"));
    named.map(str::to_owned).ok_or_else(|| format!("zig names no unwinder:\n{said}"))
}
