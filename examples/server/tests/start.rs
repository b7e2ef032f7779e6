//! Options, and what keeps the server from starting.

use std::{
    fs,
    process::{Output, Stdio},
};

use crate::{
    client::Request,
    ledgers::{self, CAIRO},
    server::{self, LedgerFile, Server},
};

/// Starts a server that ends by itself.
fn refused(arguments: &[&str]) -> (Output, String) {
    let mut process = server::command()
        .args(["--listen", "127.0.0.1:0"])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    server::wait(&mut process);
    let output = process.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(!output.status.success(), "{said}");
    assert!(output.stdout.is_empty(), "it is not ready");
    (output, said)
}

#[test]
fn one_ledger_must_be_named() {
    assert!(refused(&[]).1.contains("--database"));
    assert!(refused(&["--demo", "--database", "x"]).1.contains("cannot be used with"));
}

#[test]
fn a_file_that_is_no_ledger_is_left_alone() {
    let file = LedgerFile::new();
    fs::write(file.path(), "a letter to my aunt").unwrap();
    let (output, said) = refused(&["--database", file.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    assert!(said.contains("not a Refundry ledger"), "{said}");
    assert_eq!(fs::read(file.path()).unwrap(), b"a letter to my aunt");
}

#[test]
fn an_address_that_is_taken() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let other = LedgerFile::new();
    let address = server.address.to_string();
    let mut process = server::command()
        .args(["--database", other.path().to_str().unwrap(), "--listen", &address])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    assert_eq!(server::wait(&mut process).code(), Some(1));
    let output = process.wait_with_output().unwrap();
    assert!(
        String::from_utf8(output.stderr).unwrap().contains(&format!("can't listen on {address}"))
    );
}

#[test]
fn an_import_is_served() {
    let file = LedgerFile::new();
    let lines = file.directory().join("town.jsonl");
    fs::write(&lines, ledgers::town()).unwrap();
    let (path, lines) = (file.path(), lines);
    let arguments = ["--database", path.to_str().unwrap(), "--import", lines.to_str().unwrap()];
    // The second time, everything is known already.
    for _ in 0..2 {
        let server = Server::start(arguments);
        let charge = server.send(&Request::get("/charges/ch_1", CAIRO));
        assert_eq!(charge.text("amountCaptured"), "22604");
        server.stop();
    }
}

#[test]
fn a_bad_line_stops_the_import_and_nothing_is_kept() {
    let file = LedgerFile::new();
    let lines = file.directory().join("bad.jsonl");
    let path = file.path();
    let arguments = ["--database", path.to_str().unwrap(), "--import", lines.to_str().unwrap()];
    for (bad, why) in
        [(ledgers::charge("ch_2", 100, 101, ledgers::PAST), "fee"), ("{\n".to_owned(), "JSON")]
    {
        let good = ledgers::merchant("cairo", CAIRO, "null")
            + &ledgers::charge("ch_1", 100, 1, ledgers::PAST);
        fs::write(&lines, good + &bad).unwrap();
        let (output, said) = refused(&arguments);
        assert_eq!(output.status.code(), Some(3));
        assert!(said.contains("line 3") && said.contains(why), "{said}");
        assert!(!said.contains(CAIRO));
        assert!(file.open().merchants().unwrap().is_empty());
    }
}

#[test]
fn an_import_that_is_not_there() {
    let file = LedgerFile::new();
    let (_, said) =
        refused(&["--database", file.path().to_str().unwrap(), "--import", "/nowhere/at.all"]);
    assert!(said.contains("/nowhere/at.all"), "{said}");
}
