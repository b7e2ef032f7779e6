//! A clock that is so far off that no ledger can write down what it says.

use std::{path::Path, process::Command};

use super::disk::compile;
use crate::{
    ledgers::{self, CAIRO},
    server::LedgerFile,
};

/// A year, in seconds.
const YEAR: i64 = 31_556_952;

/// The exit code of a command under a clock so many years ahead, and what it says.
fn run(ahead: i64, library: &Path, ledger: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    // A server that starts is ended after a while.
    let ended = Command::new("timeout")
        .args(["60", env!("CARGO_BIN_EXE_refundry-server")])
        .args(arguments)
        .env("REFUNDRY_DATABASE", ledger)
        .env("LD_PRELOAD", library)
        .env("REFUNDRY_TEST_CLOCK_AHEAD", (ahead * YEAR).to_string())
        .output()
        .unwrap();
    (ended.status.code(), String::from_utf8(ended.stderr).unwrap())
}

/// As after a battery ran empty, or where seconds were taken for milliseconds.
#[test]
fn nothing_is_written_while_the_clock_is_outside_what_a_ledger_can_write_down() {
    let (_folder, library) = compile("clock");
    let file = LedgerFile::of(&ledgers::town());
    let path = &file.path();
    let available = |file: &LedgerFile| file.open().book("acct_cairo").unwrap().funds().unwrap();
    let before = available(&file);
    for years in [9_000, -60] {
        for writing in [
            &["serve", "--listen", "127.0.0.1:0"][..],
            &["merchant", "create", "Giza", "--test"],
            &["key", "issue", "acct_cairo"],
        ] {
            let (code, said) = run(years, &library, path, writing);
            assert!(code == Some(1) && said.contains("system's clock"), "{years}: {said}");
            assert!(!said.contains(CAIRO));
        }
        let (code, said) = run(years, &library, path, &["show", "balance", "acct_cairo"]);
        assert_eq!(code, Some(0), "reading needs no clock: {said}");
    }
    assert_eq!(available(&file), before, "nothing has matured");
    let (code, said) = run(1, &library, path, &["key", "issue", "acct_cairo"]);
    assert_eq!(code, Some(0), "a clock that is wrong, but can be written down: {said}");
}
