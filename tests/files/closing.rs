//! The end of a ledger's handles, in every order: what is left is one file, and whole.

use std::{fs, path::Path, thread};

use refundry::{Access, Head, Ledger};

use super::{create, folder, head, names, open, options, top_up, verify};

fn reader(path: &Path) -> Ledger {
    Ledger::open(path, options(Access::ReadOnly)).unwrap()
}

/// The head of a copy of the file alone, without its log.
fn head_of_the_file_alone(path: &Path) -> Head {
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy");
    fs::copy(path, &copy).unwrap();
    let mut ledger = open(&copy);
    verify(&mut ledger);
    head(&mut ledger)
}

/// Every order of the numbers below `count`.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![vec![]];
    }
    let mut all = vec![];
    for shorter in orders(count - 1) {
        for place in 0..count {
            let mut order = shorter.clone();
            order.insert(place, count - 1);
            all.push(order);
        }
    }
    all
}

#[test]
fn a_closed_ledger_is_one_file_whoever_closes_last() {
    for order in orders(4) {
        let (folder, path) = folder();
        let mut first = create(&path);
        let (mut second, mut looks) = (open(&path), reader(&path));
        top_up(&mut first).unwrap();
        let noted = top_up(&mut second).unwrap();
        assert_eq!(head(&mut looks), noted);
        let mut handles = [Some(first), Some(second), Some(looks), Some(reader(&path))];
        for handle in &order {
            handles[*handle] = None;
        }
        assert_eq!(names(folder.path()), ["ledger"], "{order:?}");
        assert_eq!(head_of_the_file_alone(&path), noted, "{order:?}");
    }
}

/// Each would find the other still there.
#[test]
fn handles_that_close_at_once_leave_one_file() {
    for _ in 0..20 {
        let (folder, path) = folder();
        let mut ledger = create(&path);
        let noted = top_up(&mut ledger).unwrap();
        let mut handles = vec![ledger];
        for _ in 0..4 {
            handles.extend([open(&path), reader(&path)]);
        }
        thread::scope(|scope| {
            for mut handle in handles {
                scope.spawn(move || {
                    assert_eq!(head(&mut handle), noted);
                    drop(handle);
                });
            }
        });
        assert_eq!(names(folder.path()), ["ledger"]);
        assert_eq!(head_of_the_file_alone(&path), noted);
    }
}

/// Whoever copies the file then copies the shop as it is, although somebody still looks at it.
#[test]
fn what_was_recorded_is_in_the_file_once_the_last_that_writes_has_closed() {
    let (_folder, path) = folder();
    let mut ledger = create(&path);
    let mut looks = reader(&path);
    let noted = top_up(&mut ledger).unwrap();
    assert!(open_alone(&path).is_err(), "the control: until then it is in the log alone");
    drop(ledger);
    assert_eq!(head_of_the_file_alone(&path), noted);
    // The handle goes on, and so does one that writes again.
    assert_eq!(head(&mut looks), noted);
    let later = top_up(&mut open(&path)).unwrap();
    assert_eq!(head(&mut looks), later);
}

fn open_alone(path: &Path) -> refundry::Result<Head> {
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy");
    fs::copy(path, &copy).unwrap();
    Ledger::open(&copy, options(Access::ReadOnly))?.book("acct_cairo")?.head()
}

#[test]
fn a_batch_that_is_open_when_the_handle_is_closed_leaves_nothing() {
    let (folder, path) = folder();
    let mut ledger = create(&path);
    let (mut looks, noted) = (reader(&path), head(&mut ledger));
    ledger.begin_batch().unwrap();
    top_up(&mut ledger).unwrap();
    drop(ledger);
    assert_eq!(head(&mut looks), noted);
    drop(looks);
    assert_eq!(names(folder.path()), ["ledger"]);
    assert_eq!(head_of_the_file_alone(&path), noted);
}

/// A process died, and its log tells how far it had come. Who only looks leaves that as it is.
#[test]
fn a_handle_that_only_reads_changes_nothing_that_it_finds() {
    let (_folder, path) = folder();
    let mut ledger = create(&path);
    let noted = top_up(&mut ledger).unwrap();
    let (other, copy) = folder();
    for name in ["ledger", "ledger-wal"] {
        fs::copy(path.with_file_name(name), copy.with_file_name(name)).unwrap();
    }
    let bytes = |name: &str| fs::read(copy.with_file_name(name)).unwrap();
    let before = (bytes("ledger"), bytes("ledger-wal"));
    assert_eq!(head(&mut reader(&copy)), noted);
    assert!((bytes("ledger"), bytes("ledger-wal")) == before);
    drop(open(&copy));
    assert_eq!(names(other.path()), ["ledger"], "the next that may write puts it into the file");
    assert_eq!(head_of_the_file_alone(&copy), noted);
}

/// What an import writes is as long as itself, and the log would stay so for ever.
#[test]
fn the_log_does_not_keep_the_length_of_an_import() {
    let (_folder, path) = folder();
    let mut ledger = create(&path);
    let name = "n".repeat(500);
    let lines: String = (0..12_000)
        .map(|number| {
            format!("{{\"object\":\"merchant\",\"id\":\"acct_{number}\",\"name\":\"{name}\"}}\n")
        })
        .collect();
    ledger.import(lines.as_bytes(), |_| std::ops::ControlFlow::Continue(())).unwrap();
    let length = || fs::metadata(path.with_file_name("ledger-wal")).unwrap().len();
    assert!(length() > 6 << 20, "an import of {} bytes proves nothing", length());
    top_up(&mut ledger).unwrap();
    assert!(length() <= 4 << 20, "{} bytes", length());
    verify(&mut ledger);
}
