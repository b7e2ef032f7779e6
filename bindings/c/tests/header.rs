//! The header, in the oldest C and C++ that it promises.

use std::{path::Path, process::Command};

use crate::program::{include, run, succeed};

#[test]
fn the_header_is_c89_and_cpp11() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source.c");
    // Twice, because of its guard.
    let text = "#include <refundry.h>\n#include <refundry.h>\nint main(void) { return 0; }\n";
    std::fs::write(&source, text).unwrap();
    for language in [["-std=c89", "-xc"], ["-std=c99", "-xc"], ["-std=c++11", "-xc++"]] {
        let mut compiler = Command::new("cc");
        compiler.args(language).args(["-Wall", "-Wextra", "-pedantic", "-Werror"]);
        compiler.args(["-fsyntax-only", "-I"]).arg(include());
        succeed(compiler.arg(&source));
    }
}

/// A program for a package without exports, as its compiler sees it.
#[test]
fn without_exports_a_call_of_one_does_not_compile() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("source.c");
    let compiles = |text: &str, flag: &str| {
        std::fs::write(&source, format!("#include <refundry.h>\n{text}\n")).unwrap();
        let mut compiler = Command::new("cc");
        compiler.args(["-std=c89", "-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only"]);
        compiler.args([flag, "-I"]).arg(include()).arg(&source);
        run(&mut compiler).status.success()
    };
    let call =
        "int main(void) { return refundry_export(0, REFUNDRY_EXPORT_HLEDGER, 0, 0, 0, 0, 0); }";
    let other = "int main(void) { return refundry_version_number() == 0; }";
    let lean = "-DREFUNDRY_WITHOUT_EXPORTS";
    assert!(compiles(call, "-O0") && !compiles(call, lean));
    assert!(compiles(other, "-O0") && compiles(other, lean));
}

#[test]
fn a_cpp_program_links() {
    let folder = tempfile::tempdir().unwrap();
    let (source, program) = (folder.path().join("source.cpp"), folder.path().join("program"));
    let text = "#include <refundry.h>\n\
                int main() { return refundry_version_number() != REFUNDRY_VERSION_NUMBER; }\n";
    std::fs::write(&source, text).unwrap();
    let library: &Path = crate::program::library();
    let mut compiler = Command::new("c++");
    compiler.args(["-std=c++11", "-Wall", "-Wextra", "-pedantic", "-Werror", "-I"]);
    compiler.arg(include()).arg(&source).arg(library).args(["-lpthread", "-ldl", "-lm", "-o"]);
    succeed(compiler.arg(&program));
    succeed(&mut Command::new(&program));
}
