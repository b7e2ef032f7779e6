//! The program that calls every function and sees every status: plain, under valgrind, and under
//! AddressSanitizer.

use std::{fs, process::Command};

use crate::program::{C89, binding, c_files, compile, include, succeed};

fn sources() -> std::path::PathBuf {
    binding().join("tests/c/interface")
}

const DONE: &str = "every function and status is as it should be\n";

#[test]
fn every_function_and_status() {
    let program = compile("interface", &sources(), C89);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(succeed(Command::new(program).arg(folder.path())), DONE);
}

#[test]
fn no_memory_is_lost_or_misused() {
    let program = compile("interface-valgrind", &sources(), C89);
    let folder = tempfile::tempdir().unwrap();
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--leak-check=full", "--show-leak-kinds=all"]);
    valgrind.args(["--errors-for-leak-kinds=all", "--error-exitcode=99"]);
    assert_eq!(succeed(valgrind.arg(program).arg(folder.path())), DONE);
}

#[test]
fn address_sanitizer_finds_nothing() {
    let flags = [C89, &["-fsanitize=address"]].concat();
    let program = compile("interface-asan", &sources(), &flags);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(succeed(Command::new(program).arg(folder.path())), DONE);
}

#[test]
fn the_program_mentions_every_function() {
    let program: String =
        c_files(&sources()).iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let header = fs::read_to_string(include().join("refundry.h")).unwrap();
    let functions: Vec<&str> = header
        .lines()
        .filter(|line| !line.starts_with(' ') && !line.starts_with('#'))
        .filter_map(|line| line.split_once('('))
        .filter_map(|(before, _)| before.rsplit([' ', '*']).next())
        .filter(|name| name.starts_with("refundry_"))
        .collect();
    assert!(functions.len() > 50, "the functions were not found: {functions:?}");
    for function in functions {
        assert!(program.contains(&format!("{function}(")), "{function} is not tested");
    }
}
