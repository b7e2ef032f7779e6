//! Power that goes away: a program that refunds is killed again and again.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::Duration,
};

use crate::program::{C89, binding, compile, succeed};

const ROUNDS: u32 = 200;

#[test]
fn what_was_acknowledged_before_a_kill_is_there() {
    let program = compile("till", &binding().join("tests/c/till.c"), C89);
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger");
    succeed(Command::new(&program).arg(&ledger).arg("prepare"));
    let mut acknowledged = BTreeSet::new();
    for round in 0..ROUNDS {
        let mut till = Command::new(&program);
        till.arg(&ledger).arg("refund").arg(round.to_string());
        let mut till = till.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(till.stdout.take().unwrap()).lines();
        // Wait for the first few, then kill it wherever it is, a little later each time.
        for line in lines.by_ref().take(1 + usize::try_from(round % 5).unwrap()) {
            acknowledged.insert(line.unwrap());
        }
        std::thread::sleep(Duration::from_micros(u64::from(round) * 37 % 2_000));
        till.kill().unwrap();
        till.wait().unwrap();
        // What it still said, but for a line that was cut off.
        for line in lines.map_while(Result::ok).filter(|line| line.ends_with('.')) {
            acknowledged.insert(line);
        }
    }
    assert!(acknowledged.len() >= usize::try_from(ROUNDS).unwrap());
    let keys: Vec<&str> = acknowledged.iter().map(|line| line.trim_end_matches('.')).collect();
    let keys_file = folder.path().join("keys");
    std::fs::write(&keys_file, keys.join("\n")).unwrap();
    succeed(Command::new(&program).arg(&ledger).arg("check").arg(&keys_file));
}
