//! `restore`: what it puts in place, what it keeps, and when it refuses.

use std::{fs, path::Path};

use crate::{
    client::Request,
    ledgers::{self, CAIRO},
    operator::{refused, run},
    server::LedgerFile,
};

fn names(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn refunded(file: &LedgerFile) -> i64 {
    let mut ledger = file.open();
    ledger.book("acct_cairo").unwrap().charge("ch_1").unwrap().amount_refunded.minor()
}

#[test]
fn a_backup_takes_the_place_of_a_ledger_that_is_kept_with_its_log() {
    let (file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let path = &file.path();
    let backup = &file.directory().join("backup").display().to_string();
    run(path, &["backup", backup]);
    let refund = Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":"5"}"#);
    assert_eq!(server.send(&refund).status, 201);

    let (code, said) = refused(path, &["restore", backup]);
    let name = path.to_str().unwrap();
    assert!(code == 5 && said.contains(name) && said.contains("in use"), "{code} {said}");
    assert_eq!(server.send(&refund).status, 201, "it goes on");
    // Killed, so that what was refunded last is in the log alone.
    server.kill();
    assert!(path.with_extension("refundry-wal").metadata().unwrap().len() > 0);

    let report = run(path, &["restore", backup, "--json"]).json();
    assert_eq!(report["books"], 5);
    assert_eq!(refunded(&file), 0, "as it was when the backup was made");
    let aside = report["movedTo"].as_str().unwrap();
    let moved = run(Path::new(aside), &["show", "charge", "acct_cairo", "ch_1", "--json"]).json();
    assert_eq!(moved["amountRefunded"], "10", "with its log");
    assert!(names(file.directory()).iter().all(|name| !name.contains(".restored-")));

    fs::remove_file(path).unwrap();
    let report = run(path, &["restore", backup, "--json"]).json();
    assert!(report["movedTo"].is_null(), "there was none");
    assert_eq!(refunded(&file), 0);
}

#[test]
fn what_is_no_sound_backup_changes_nothing() {
    let file = LedgerFile::of(&ledgers::town());
    let path = &file.path();
    let unsound = file.directory().join("unsound");
    run(path, &["backup", unsound.to_str().unwrap()]);
    let raw = rusqlite::Connection::open(&unsound).unwrap();
    raw.execute_batch("UPDATE balances SET available = available + 1").unwrap();
    drop(raw);
    let letter = file.directory().join("letter");
    fs::write(&letter, "a letter to my aunt").unwrap();
    let missing = file.directory().join("missing");
    let before = fs::read(path).unwrap();
    let before = (names(file.directory()), before);
    for (backup, code) in [(&unsound, 4), (&letter, 3), (&missing, 3), (path, 3)] {
        let backup = backup.to_str().unwrap();
        let (got, said) = refused(path, &["restore", backup]);
        assert!(got == code && said.contains(backup), "{got} {said}");
        let now = (names(file.directory()), fs::read(path).unwrap());
        assert!(now == before, "{backup}: {:?} was {:?}", now.0, before.0);
    }
}
