//! The header, in the oldest C and C++ that it promises.

use std::{path::Path, process::Command};

use crate::program::{include, succeed};

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
