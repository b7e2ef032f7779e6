//! Several threads and processes on one file.

use std::process::{Command, Stdio};

use crate::program::{C89, binding, compile, succeed};

/// Each process has eight threads, each with a handle of its own, that refund one charge in pieces.
#[test]
fn two_processes_with_eight_threads_each_refund_no_more_than_there_is() {
    let program = compile("threads", &binding().join("tests/c/threads.c"), C89);
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger");
    succeed(Command::new(&program).arg(&ledger).arg("prepare"));
    let processes: Vec<_> = ["one", "two"]
        .iter()
        .map(|name| {
            let mut process = Command::new(&program);
            process.arg(&ledger).arg(name).stdout(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    let mut refunded = 0;
    for process in processes {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success());
        refunded += String::from_utf8(output.stdout).unwrap().trim().parse::<i64>().unwrap();
    }
    // 16 threads ask for 25 refunds of 3 each: 1200; there are 1000, of which 3 fit 333 times.
    assert_eq!(refunded, 999);
    succeed(Command::new(&program).arg(&ledger).arg("check"));
}
