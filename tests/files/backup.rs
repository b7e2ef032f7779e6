//! Backups: whole, sound, and never in the way.

use std::{
    fs,
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use refundry::{Access, Error, FileError, Head, Ledger};

use super::{create, folder, head, names, open, options, top_up, verify};
use crate::{shop::number, size::rounds};

/// Enough merchants for several steps of a backup.
fn fill(ledger: &mut Ledger) {
    let name = "n".repeat(500);
    let lines: String = (0..3_000)
        .map(|number| {
            format!("{{\"object\":\"merchant\",\"id\":\"acct_{number}\",\"name\":\"{name}\"}}\n")
        })
        .collect();
    ledger.import(lines.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
}

fn back_up(ledger: &mut Ledger, to: &Path) -> refundry::Result<()> {
    ledger.backup(to, |_| ControlFlow::Continue(()))
}

#[test]
fn a_backup_is_the_same_ledger() {
    let (folder, path) = folder();
    let mut ledger = create(&path);
    let to = folder.path().join("backup");
    back_up(&mut ledger, &to).unwrap();
    drop(ledger);
    assert_eq!(names(folder.path()), ["backup", "ledger"], "a backup is one file");
    let mut backup = Ledger::open(&to, options(Access::Open)).unwrap();
    verify(&mut backup);
    assert_eq!(head(&mut backup), head(&mut open(&path)));
    // It is a ledger like every other.
    assert_eq!(top_up(&mut backup).unwrap().seq, 2);
    assert_eq!(head(&mut open(&path)).seq, 1);
}

#[test]
fn reading_a_backup_leaves_nothing_beside_it() {
    let (folder, path) = folder();
    let mut ledger = create(&path);
    let to = folder.path().join("backup");
    back_up(&mut ledger, &to).unwrap();
    drop(ledger);
    let mut backup = Ledger::open(&to, options(Access::ReadOnly)).unwrap();
    verify(&mut backup);
    assert_eq!(names(folder.path()), ["backup", "ledger"], "not even while it is read");
    drop(backup);
    // Once it is written, it is kept as every ledger is.
    top_up(&mut open(&to)).unwrap();
    let raw = rusqlite::Connection::open(&to).unwrap();
    let journal: String = raw.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
    assert_eq!(journal, "wal");
}

#[cfg(unix)]
#[test]
fn a_backup_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = folder();
    let to = folder.path().join("backup");
    back_up(&mut create(&path), &to).unwrap();
    assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_ledger_that_is_only_read_can_be_backed_up() {
    let (folder, path) = folder();
    drop(create(&path));
    let to = folder.path().join("backup");
    let mut reader = Ledger::open(&path, options(Access::ReadOnly)).unwrap();
    back_up(&mut reader, &to).unwrap();
    assert_eq!(head(&mut open(&to)), head(&mut reader));
}

#[test]
fn a_ledger_in_memory_can_be_kept() {
    let (_folder, path) = folder();
    let mut ledger = Ledger::in_memory(options(Access::OpenOrCreate)).unwrap();
    let mut new = refundry::NewMerchant::named("Cairo Books");
    new.id = Some("acct_cairo".to_owned());
    ledger.create_merchant(&new).unwrap();
    let noted = top_up(&mut ledger).unwrap();
    back_up(&mut ledger, &path).unwrap();
    let mut kept = open(&path);
    assert_eq!(head(&mut kept), noted);
    top_up(&mut kept).unwrap();
    verify(&mut kept);
}

#[test]
fn what_is_there_is_not_overwritten() {
    let (folder, path) = folder();
    let mut ledger = create(&path);
    let to = folder.path().join("precious");
    fs::write(&to, "precious").unwrap();
    for target in [&to, &path, &folder.path().to_owned()] {
        let refused = back_up(&mut ledger, target);
        assert_eq!(number(&refused), FileError::FILE_EXISTS, "{refused:?}");
    }
    assert_eq!(fs::read(&to).unwrap(), b"precious");
    verify(&mut ledger);
}

#[cfg(unix)]
#[test]
fn a_link_to_nothing_is_not_followed() {
    let (folder, path) = folder();
    let mut ledger = create(&path);
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(folder.path().join("target"), &link).unwrap();
    let refused = back_up(&mut ledger, &link);
    assert_eq!(number(&refused), FileError::FILE_EXISTS, "{refused:?}");
    assert!(!folder.path().join("target").exists());
}

#[test]
fn a_canceled_backup_leaves_nothing() {
    let (folder, path) = folder();
    let mut ledger = create(&path);
    fill(&mut ledger);
    let before = names(folder.path());
    for calls in 1..=2 {
        let mut left = calls;
        let to = folder.path().join("backup");
        let canceled = ledger.backup(&to, |progress| {
            assert!(progress.copied <= progress.total);
            left -= 1;
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(canceled, Err(Error::Canceled)), "{canceled:?}");
        assert_eq!(names(folder.path()), before, "after {calls} calls");
    }
    back_up(&mut ledger, &folder.path().join("backup")).unwrap();
}

#[test]
fn a_backup_is_of_the_moment_it_began() {
    let (folder, path) = folder();
    let mut ledger = create(&path);
    fill(&mut ledger);
    let noted = head(&mut ledger);
    let mut other = open(&path);
    let to = folder.path().join("backup");
    let mut steps = 0;
    ledger
        .backup(&to, |_| {
            // The other handle neither waits nor shows up in the copy.
            top_up(&mut other).unwrap();
            steps += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(steps > 1, "the backup took several steps");
    let mut backup = open(&to);
    assert_eq!(head(&mut backup), noted);
    verify(&mut backup);
    assert_eq!(head(&mut ledger).seq, noted.seq + steps);
    verify(&mut ledger);
}

/// The name was free when the backup began, and somebody else's when it was done.
#[test]
fn what_appears_meanwhile_is_not_overwritten() {
    let (folder, path) = folder();
    let mut ledger = create(&path);
    let to = folder.path().join("backup");
    let refused = ledger.backup(&to, |_| {
        fs::write(&to, "precious").unwrap();
        ControlFlow::Continue(())
    });
    assert_eq!(number(&refused), FileError::FILE_EXISTS, "{refused:?}");
    assert_eq!(fs::read(&to).unwrap(), b"precious");
    assert!(!names(folder.path()).contains(&"backup.partial".into()));
}

/// A log or journal beside the copy would be taken for its own.
#[test]
fn what_another_ledger_left_beside_the_name_is_not_joined() {
    let (folder, path) = folder();
    let mut ledger = create(&path);
    let to = folder.path().join("backup");
    for suffix in ["-wal", "-shm", "-journal"] {
        let left = folder.path().join(format!("backup{suffix}"));
        fs::write(&left, "left").unwrap();
        let refused = back_up(&mut ledger, &to);
        let refused = refused.unwrap_err();
        assert_eq!(refused.number(), FileError::FILE_EXISTS, "{refused:?}");
        assert_eq!(refused.path(), Some(&*left));
        assert!(!to.exists() && fs::read(&left).unwrap() == b"left");
        fs::remove_file(left).unwrap();
    }
    back_up(&mut ledger, &to).unwrap();
}

/// A power cut leaves what there was of the copy, under the name that it had until then.
#[test]
fn what_is_left_of_an_earlier_backup_is_not_in_the_way() {
    let (folder, path) = folder();
    let mut ledger = create(&path);
    let to = folder.path().join("backup");
    let mut meanwhile = vec![];
    ledger
        .backup(&to, |_| {
            meanwhile = names(folder.path());
            ControlFlow::Continue(())
        })
        .unwrap();
    fs::remove_file(&to).unwrap();
    meanwhile.retain(|name| name.to_string_lossy().contains(".partial"));
    assert!(!meanwhile.is_empty(), "the copy has another name while it is made");
    for name in &meanwhile {
        fs::write(folder.path().join(name), "left").unwrap();
    }
    back_up(&mut ledger, &to).unwrap();
}

/// What the caller's function does is not the copy's to answer for, but what it leaves behind is.
#[test]
fn a_backup_that_a_panic_ends_leaves_nothing() {
    let (folder, path) = folder();
    let mut ledger = create(&path);
    let to = folder.path().join("backup");
    let ended = catch_unwind(AssertUnwindSafe(|| ledger.backup(&to, |_| panic!("no more"))));
    assert!(ended.is_err());
    assert_eq!(names(folder.path()), ["ledger", "ledger-shm", "ledger-wal"]);
    verify(&mut ledger);
    back_up(&mut ledger, &to).unwrap();
}

/// Copies, made while others write, and what was known when each began and had ended.
struct Copies {
    paths: Vec<(std::path::PathBuf, Head, Head)>,
    _folder: tempfile::TempDir,
}

/// Two writers at work, and so many copies made meanwhile in one way or another.
fn copy_under_load(path: &Path, count: u64, copy: impl Fn(&mut Ledger, &Path)) -> Copies {
    let copies = tempfile::tempdir().unwrap();
    let (stop, mut paths) = (AtomicBool::new(false), vec![]);
    std::thread::scope(|scope| {
        // However this ends, the writers end too.
        let _over = Over(&stop);
        for _ in 0..2 {
            scope.spawn(|| {
                let mut ledger = patient(path);
                while !stop.load(Ordering::Relaxed) {
                    top_up(&mut ledger).unwrap();
                }
            });
        }
        let mut ledger = patient(path);
        for number in 0..count {
            let to = copies.path().join(format!("copy-{number}"));
            let before = head(&mut ledger);
            // Every copy is made while something is written.
            let begun = Instant::now();
            while head(&mut ledger) == before {
                assert!(begun.elapsed() < Duration::from_secs(120), "nothing is written");
                std::thread::yield_now();
            }
            let before = head(&mut ledger);
            copy(&mut ledger, &to);
            paths.push((to, before, head(&mut ledger)));
        }
    });
    Copies { paths, _folder: copies }
}

/// Ends what waits for it when it is dropped.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A handle that waits for its turn on a machine that is busy.
fn patient(path: &Path) -> Ledger {
    let mut options = options(Access::Open);
    options.busy_timeout = Duration::from_secs(60);
    Ledger::open(path, options).unwrap()
}

/// Whether a copy is a sound ledger that holds all that was recorded before it was begun, nothing
/// that was recorded after it had ended, and nothing else: its head stands in the ledger's chain.
fn is_a_committed_state(copy: &(std::path::PathBuf, Head, Head), of: &mut Ledger) -> bool {
    let (path, before, after) = copy;
    let Ok(mut copy) = Ledger::open(path, options(Access::ReadOnly)) else { return false };
    let here = head(&mut copy);
    let kept = |head| [("acct_cairo".to_owned(), head)];
    copy.verify(&kept(*before), |_| ControlFlow::Continue(())).is_ok()
        && of.verify(&kept(here), |_| ControlFlow::Continue(())).is_ok()
        && (before.seq..=after.seq).contains(&here.seq)
}

/// How many copies are made of a ledger: while it is written to, each takes longer than the last.
const COPIES: u64 = 10;

#[test]
fn a_backup_under_load_is_a_committed_state() {
    let (count, begin) = (rounds(5, 500), Instant::now());
    let (mut made, mut stale) = (0, 0);
    while made < count {
        let (_folder, path) = folder();
        fill(&mut create(&path));
        let few = COPIES.min(count - made);
        let backups = copy_under_load(&path, few, |ledger, to| back_up(ledger, to).unwrap());
        let mut ledger = open(&path);
        for backup in &backups.paths {
            assert!(is_a_committed_state(backup, &mut ledger), "{backup:?}");
        }
        // The control: the file alone, copied as other files are, is none, because of its log.
        let copies = copy_under_load(&path, few, |_, to| assert!(fs::copy(&path, to).is_ok()));
        let is_stale = |copy: &&_| !is_a_committed_state(copy, &mut ledger);
        stale += copies.paths.iter().filter(is_stale).count();
        made += few;
    }
    println!(
        "backup: {count} under load, each a committed state; control: {stale} of {count} plain \
         copies are none; {} s",
        begin.elapsed().as_secs()
    );
    assert!(stale > 0, "plain copies are as good, so this proves little");
}
