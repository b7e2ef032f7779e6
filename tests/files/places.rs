//! A file that has several names, and one that was moved while it is open.
#![cfg(unix)]

use std::{fs, path::Path};

use refundry::{Access, Error, FileError, Ledger, NewMerchant};

use super::{create, folder, head, open, options, top_up, verify};
use crate::shop::{enlarge, number};

fn refuses_links(path: &Path) -> bool {
    let refused = [Access::OpenOrCreate, Access::Open, Access::ReadOnly]
        .map(|access| number(&Ledger::open(path, options(access))) == FileError::HARD_LINKS);
    assert!(refused[1..].iter().all(|each| *each == refused[0]), "{refused:?}");
    refused[0]
}

/// Each name has its own log: one refund could be made under either, twice.
#[test]
fn a_file_of_several_names_is_refused_under_each() {
    let (folder, path) = folder();
    let other = folder.path().join("other");
    let mut ledger = create(&path);
    fs::hard_link(&path, &other).unwrap();
    assert!(refuses_links(&other) && refuses_links(&path));
    // Who has opened it under the only name that it had goes on.
    let noted = top_up(&mut ledger).unwrap();
    drop(ledger);
    let bytes = fs::read(&path).unwrap();
    assert!(refuses_links(&other) && refuses_links(&path));
    assert!(bytes == fs::read(&path).unwrap());
    fs::remove_file(&other).unwrap();
    assert_eq!(head(&mut open(&path)), noted);

    let empty = folder.path().join("empty");
    fs::write(&empty, "").unwrap();
    fs::hard_link(&empty, folder.path().join("twin")).unwrap();
    assert!(refuses_links(&empty));
}

/// As a backup is that was killed when it had its name already.
#[test]
fn a_name_that_a_backup_has_left_does_no_harm() {
    let (folder, path) = folder();
    let noted = head(&mut create(&path));
    let (left, other) = (folder.path().join("ledger.partial-1"), folder.path().join("other"));
    fs::hard_link(&path, &left).unwrap();
    for begun in ["ledger.partial-2", "ledger.partial-3"] {
        fs::write(folder.path().join(begun), "").unwrap();
    }
    assert_eq!(head(&mut open(&path)), noted);
    assert!(refuses_links(&left), "it is nobody's to open");
    fs::hard_link(&path, &other).unwrap();
    assert!(refuses_links(&path) && refuses_links(&other));
}

#[test]
fn nothing_is_recorded_in_a_file_that_was_moved_or_replaced() {
    let outer = tempfile::tempdir().unwrap();
    let (shop, moved) = (outer.path().join("shop"), outer.path().join("moved"));
    let path = shop.join("ledger");
    fs::create_dir(&shop).unwrap();
    let mut ledger = create(&path);
    let noted = head(&mut ledger);
    let mut refuses = |what: &str, expected: fn(&Error) -> bool| {
        let refused = [
            top_up(&mut ledger).map(drop),
            ledger.create_merchant(&NewMerchant::named("Aswan Books")).map(drop),
            {
                let mut batch = ledger.batch().unwrap();
                batch.book("acct_cairo").unwrap().issue_key().unwrap();
                batch.commit()
            },
        ];
        let all = refused.iter().all(|each| each.as_ref().is_err_and(expected));
        assert!(all, "{what}: {refused:?}");
        assert_eq!(head(&mut ledger), noted, "{what}");
        assert_eq!(ledger.merchants().unwrap().len(), 1, "{what}");
    };
    let is_moved = |error: &Error| error.number() == FileError::FILE_MOVED;
    let fails = |error: &Error| error.number() == FileError::INPUT_OUTPUT;

    let (log, away) = (shop.join("ledger-wal"), outer.path().join("away"));
    fs::rename(&log, &away).unwrap();
    refuses("its log was moved", is_moved);
    fs::write(&log, "").unwrap();
    refuses("its log was replaced", is_moved);
    fs::rename(&away, &log).unwrap();
    fs::rename(&path, &moved).unwrap();
    refuses("moved", is_moved);
    let another = outer.path().join("another");
    drop(create(&another));
    fs::rename(another, &path).unwrap();
    refuses("replaced", is_moved);
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&moved, &path).unwrap();
    refuses("replaced by a link to where it is now", is_moved);
    fs::remove_file(&path).unwrap();
    refuses("removed", is_moved);
    fs::rename(&shop, &away).unwrap();
    refuses("its folder is gone", is_moved);
    fs::write(&shop, "").unwrap();
    refuses("its folder is a file", is_moved);
    fs::remove_file(&shop).unwrap();
    std::os::unix::fs::symlink(&shop, &shop).unwrap();
    refuses("its folder is a link to itself, which nobody can follow", fails);

    fs::remove_file(&shop).unwrap();
    fs::rename(&away, &shop).unwrap();
    fs::rename(&moved, &path).unwrap();
    assert_eq!(top_up(&mut ledger).unwrap().seq, noted.seq + 1, "it is there again");
    verify(&mut ledger);
    assert!(ledger.book("acct_cairo").unwrap().keys().unwrap().is_empty());
}

/// Another process has written all that is in the log, and this handle has not looked at it yet.
#[test]
fn a_log_that_is_gone_before_the_first_write_is_noticed_and_stays_gone() {
    let ways = [(Access::Open, FileError::FILE_MOVED), (Access::ReadOnly, FileError::READ_ONLY)];
    for (access, refused) in ways {
        let (folder, path) = folder();
        let mut other = create(&path);
        top_up(&mut other).unwrap();
        enlarge(&path);
        let mut ledger = Ledger::open(&path, options(access)).unwrap();
        let log = folder.path().join("ledger-wal");
        fs::remove_file(&log).unwrap();
        verify(&mut ledger);
        assert!(!log.exists(), "{access:?}");
        assert_eq!(number(&top_up(&mut ledger)), refused);
    }
}

/// What the error says to do: the log has what was acknowledged since the last checkpoint.
#[test]
fn a_ledger_that_was_moved_goes_on_elsewhere_with_its_log() {
    for with_log in [true, false] {
        let (folder, path) = folder();
        let elsewhere = folder.path().join("elsewhere");
        let mut ledger = create(&path);
        let noted = head(&mut ledger);
        fs::rename(&path, &elsewhere).unwrap();
        assert_eq!(number(&top_up(&mut ledger)), FileError::FILE_MOVED);
        drop(ledger);
        if with_log {
            fs::rename(folder.path().join("ledger-wal"), folder.path().join("elsewhere-wal"))
                .unwrap();
        }
        // The control: without it the merchant is not even known.
        let found = open(&elsewhere).book("acct_cairo").and_then(|book| book.head());
        assert_eq!(found.is_ok_and(|found| found == noted), with_log);
    }
}
