//! A file that is mounted by itself under another path, as containers do with `-v file:file`. That
//! takes a system that lets its users mount in a namespace of their own.
#![cfg(target_os = "linux")]

use std::{env, fs, path::Path, process::Command};

use refundry::{Access, FileError, Ledger};
use rusqlite::Connection;

use super::{
    child::{TASK, name_of, succeed, this_program},
    create, folder, head, options, top_up, verify,
};
use crate::shop::number;

#[test]
fn a_file_that_is_mounted_by_itself_is_refused() {
    let (folder, path) = folder();
    drop(create(&path));
    fs::write(folder.path().join("mounted"), "").unwrap();
    fs::create_dir(folder.path().join("elsewhere")).unwrap();
    let in_namespace = |program: &str| {
        let mut command = Command::new("unshare");
        let mount = "mount --bind ledger mounted && mount --bind . elsewhere && exec \"$@\"";
        command.args(["--map-root-user", "--mount", "sh", "-c", mount, "sh", program]);
        command.current_dir(folder.path());
        command
    };
    if !in_namespace("true").output().is_ok_and(|output| output.status.success()) {
        println!("files: left out, because nothing can be mounted here: a file mounted by itself");
        return;
    }
    let mut command = in_namespace(&this_program());
    succeed(command.args(helper()).env(TASK, "mounts"));
}

fn helper() -> [String; 4] {
    let options = ["--exact", "--ignored", "--nocapture"].map(str::to_owned);
    let [exact, ignored, shown] = options;
    [name_of(module_path!(), "helper_in_a_namespace"), exact, ignored, shown]
}

#[test]
#[ignore = "run by the test above in a process of its own"]
fn helper_in_a_namespace() {
    match env::var(TASK).as_deref() {
        Ok("mounts") => {}
        // It is the same file, and SQLite finds nothing there of what is in its log.
        Ok("control") => {
            let conn = Connection::open("mounted").unwrap();
            let sql = "SELECT count(*) FROM entries";
            return assert_eq!(conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap(), 1);
        }
        _ => return,
    }
    let (path, mounted) = (Path::new("ledger"), Path::new("mounted"));
    let mut ledger = Ledger::open(path, options(Access::Open)).unwrap();
    let noted = top_up(&mut ledger).unwrap();
    for access in [Access::OpenOrCreate, Access::Open, Access::ReadOnly] {
        match Ledger::open(mounted, options(access)) {
            Err(error) if error.number() == FileError::MOUNT_POINT => {
                assert!(error.to_string().contains("mounted is a file"), "{error}");
                assert_eq!(error.number(), 325);
            }
            Err(other) => panic!("{access:?}: {other:?}"),
            Ok(_) => panic!("{access:?}: opened"),
        }
    }
    let mut control = Command::new(this_program());
    succeed(control.args(helper()).env(TASK, "control"));
    // Where the folder is mounted, the log goes along.
    let mut same = Ledger::open("elsewhere/ledger", options(Access::Open)).unwrap();
    assert_eq!(head(&mut same), noted);
    drop(same);
    becomes_one_while_open(&mut ledger);
}

fn becomes_one_while_open(ledger: &mut Ledger) {
    let run = |command: &str, arguments: &[&str]| {
        assert!(Command::new(command).args(arguments).status().unwrap().success());
    };
    let before = head(ledger);
    run("mount", &["--bind", "ledger", "ledger"]);
    for refused in
        [top_up(ledger).map(drop), ledger.book("acct_cairo").unwrap().issue_key().map(drop)]
    {
        assert_eq!(number(&refused), FileError::MOUNT_POINT, "{refused:?}");
    }
    assert_eq!(head(ledger), before);
    run("umount", &["ledger"]);
    assert_eq!(top_up(ledger).unwrap().seq, before.seq + 1);
    verify(ledger);
}
