//! Exports, statements and reconciliation, as an accountant calls them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};

use crate::{
    ledgers,
    server::{self, LedgerFile},
};

fn run(database: &Path, arguments: &[&str]) -> Output {
    let mut command = server::command();
    command.args(arguments).env("REFUNDRY_DATABASE", database).output().unwrap()
}

/// What a command printed, on success.
fn printed(database: &Path, arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = run(database, arguments);
    assert!(status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

/// The exit code of a command that fails, and its one line.
fn refused(database: &Path, arguments: &[&str]) -> (i32, String) {
    let Output { status, stderr, .. } = run(database, arguments);
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!(said.matches('\n').count(), 1, "one line: {said}");
    (status.code().unwrap(), said)
}

fn keep(file: &LedgerFile, name: &str, text: &str) -> PathBuf {
    let path = file.directory().join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_served_book_becomes_a_checked_journal() {
    let (file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let path = &file.path();
    let journal =
        keep(&file, "cairo.journal", &printed(path, &["export", "hledger", "acct_cairo"]));
    let check = Command::new("hledger")
        .args(["check", "--strict", "ordereddates", "-f"])
        .arg(journal)
        .output()
        .expect("hledger is there: apt-get install hledger");
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    for format in ["ledger", "beancount"] {
        let journal = printed(path, &["export", format, "acct_cairo", "--from", "2024-01-01"]);
        assert!(journal.contains("226.04 EGP"), "{journal}");
    }
    let table = printed(path, &["export", "csv", "acct_cairo", "--table", "charges"]);
    assert_eq!(table.matches("\r\n").count(), 8, "{table}");
    let parquet = run(path, &["export", "parquet", "acct_cairo", "--table", "refunds"]);
    assert!(parquet.status.success() && parquet.stdout.starts_with(b"PAR1"));
    assert!(parquet.stdout.ends_with(b"PAR1"));
    let none = printed(path, &["export", "csv", "acct_cairo", "--to", "2023-12-31"]);
    assert_eq!(none.matches("\r\n").count(), 1, "headings alone: {none}");
    server.stop();
}

#[test]
fn a_statement_is_of_a_month_or_of_days_of_a_zone() {
    let file = LedgerFile::of(&ledgers::town());
    let path = &file.path();
    let of = |more: &[&str]| printed(path, &[&["statement", "acct_cairo"], more].concat());
    let text = of(&["--month", "2024-01", "--zone", "Africa/Cairo"]);
    assert!(text.contains("2024-01-01 02:00  ch_1") && text.contains("226.04"), "{text}");
    assert!(
        of(&["--month", "2024-01", "--format", "html", "--lang", "ar"]).contains("dir=\"rtl\"")
    );
    let days = of(&["--from", "2024-01-02", "--to", "2024-01-03", "--format", "csv"]);
    assert!(days.contains("opening,,pending,,,EGP,") && !days.contains("\ncharge,"), "{days}");
    assert!(of(&[]).starts_with("Statement: cairo (acct_cairo)\nPeriod: the first entry to"));
}

#[test]
fn a_settlement_file_is_compared_and_settled_once() {
    let file = LedgerFile::of(&ledgers::town());
    let path = &file.path();
    let lines = "Betrag;Tag;Nummer\n226,04;01.01.2024;ch_1\n109,00;01.01.2024;ch_2\n\
                 50,00;01.01.2024;ch_first\n";
    let map = "amount=Betrag,date=Tag,reference=Nummer";
    let form = ["--map", map, "--currency", "EGP", "--delimiter", ";", "--decimal", "comma"];
    let compare = |file: &Path, more: &[&str]| -> Vec<String> {
        let file = file.to_str().unwrap();
        let command = ["reconcile", "acct_cairo", file, "--date-format", "%d.%m.%Y"];
        [&command[..], &form, more].concat().into_iter().map(str::to_owned).collect()
    };
    let open = keep(&file, "open.csv", lines);
    let command = compare(&open, &["--format", "json", "--settle"]);
    let command: Vec<_> = command.iter().map(String::as_str).collect();
    let Output { status, stdout, stderr } = run(path, &command);
    let report: Value = serde_json::from_slice(&stdout).unwrap();
    assert_eq!(report["open"][0]["kind"], "missing_there");
    assert_eq!(report["open"][0]["entry"]["source"], "ch_second");
    let said = String::from_utf8(stderr).unwrap();
    assert!(status.code() == Some(3) && said.contains("nothing was settled"), "{said}");
    // What a file of one currency alone should not have is refused, so nothing else is settled.
    let command = compare(&open, &["--only", "USD", "--settle"]);
    let command: Vec<_> = command.iter().map(String::as_str).collect();
    let Output { status, stderr, .. } = run(path, &command);
    let said = String::from_utf8(stderr).unwrap();
    assert!(status.code() == Some(3) && said.contains("line 2 is in EGP, and USD alone"), "{said}");
    let command = compare(&open, &["--format", "json", "--only", "EGP"]);
    let command: Vec<_> = command.iter().map(String::as_str).collect();
    let report: Value = serde_json::from_slice(&run(path, &command).stdout).unwrap();
    assert_eq!(
        (&report["open"][0]["kind"], &report["currency"]),
        (&json!("missing_there"), &json!("EGP"))
    );
    assert_eq!((&report["fileName"], &report["from"]), (&json!("open.csv"), &json!("2024-01-01")));

    let whole = keep(&file, "whole.csv", &format!("{lines}50,00;02.01.2024;\n"));
    let command = compare(&whole, &["--settle"]);
    let command: Vec<_> = command.iter().map(String::as_str).collect();
    let text = printed(path, &command);
    assert!(text.starts_with("4 lines against acct_cairo: 4 matched, 0 open\n"), "{text}");
    let again = printed(path, &command);
    assert_eq!(but_the_head(&again), but_the_head(&text));
    let id = "stl_EGP_";
    let journal = printed(path, &["export", "csv", "acct_cairo"]);
    assert_eq!(journal.matches(id).count(), 1, "settled once: {journal}");
}

/// A report without the line that settling changes.
fn but_the_head(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with("Head")).collect()
}

#[test]
fn what_cannot_be_done_is_said() {
    let file = LedgerFile::of(&ledgers::town());
    let path = &file.path();
    let cut = keep(&file, "cut.csv", "A,D\n1.00,2024-01-01\n2.0");
    let cut = cut.to_str().unwrap();
    let reconcile = ["reconcile", "acct_cairo", cut, "--map", "amount=A,date=D"];
    for (command, code, why) in [
        (&["export", "hledger", "acct_1"][..], 3, "no merchant"),
        (&["export", "hledger", "acct_cairo", "--from", "soon"], 2, "is not a day"),
        (
            &["export", "hledger", "acct_cairo", "--table", "refunds"],
            2,
            "--table is for csv and parquet",
        ),
        (&["statement", "acct_cairo", "--month", "2024-13"], 2, "a month such as"),
        (&["statement", "acct_cairo", "--zone", "Cairo"], 2, "such as Africa/Cairo"),
        (&reconcile, 2, "name the currency"),
        (&[&reconcile[..], &["--currency", "EGP"]].concat(), 3, "line 3: it has 1 columns"),
    ] {
        let (got, said) = refused(path, command);
        assert!(got == code && said.contains(why), "{command:?}: {got} {said}");
    }
    let nowhere = ["reconcile", "acct_cairo", "/nowhere/at.all", "--map", "amount=A,date=D"];
    assert_eq!(refused(path, &[&nowhere[..], &["--currency", "EGP"]].concat()).0, 1);
}
