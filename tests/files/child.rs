//! What belongs to a whole process, and is therefore tried in a process of its own: the umask, the
//! working directory, and the user.
#![cfg(unix)]

use std::{
    env, fs,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
    process::Command,
};

use refundry::{Access, FileError, ImportProgress, Ledger};

use super::{create, folder, head, names, open, options, top_up, verify};
use crate::shop::number;

/// Tells the helper below what to do. Without it, the helper does nothing.
pub(super) const TASK: &str = "REFUNDRY_TEST_TASK";

/// A command that runs this very test program, but only one of its tests.
fn child(program: &str, test: &str, task: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", "umask ${UMASK:-022} && exec \"$@\"", "sh", program])
        .args([test, "--exact", "--ignored", "--nocapture"])
        .env(TASK, task);
    command
}

pub(super) fn this_program() -> String {
    env::current_exe().unwrap().into_os_string().into_string().unwrap()
}

/// The name of a test in a module.
pub(super) fn name_of(module: &str, helper: &str) -> String {
    // Tests are named by their module, without the name of the crate.
    let (_, module) = module.split_once("::").unwrap();
    format!("{module}::{helper}")
}

pub(super) fn succeed(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn files_are_private_whatever_the_umask() {
    for umask in ["000", "022", "077"] {
        let folder = tempfile::tempdir().unwrap();
        succeed(
            child(
                &this_program(),
                &name_of(module_path!(), "helper_in_the_working_directory"),
                "modes",
            )
            .current_dir(folder.path())
            .env("UMASK", umask),
        );
    }
}

#[test]
fn relative_names_are_names_of_files() {
    let folder = tempfile::tempdir().unwrap();
    succeed(
        child(
            &this_program(),
            &name_of(module_path!(), "helper_in_the_working_directory"),
            "names",
        )
        .current_dir(folder.path()),
    );
    assert_eq!(
        names(folder.path()),
        [":memory:", ":memory:.backup", "file:x?mode=memory", "file:y?mode=memory"]
    );
}

#[test]
#[ignore = "run by the tests above in a process of its own"]
fn helper_in_the_working_directory() {
    match env::var(TASK).as_deref() {
        Ok("modes") => {
            let ledger = create(Path::new("ledger"));
            for name in ["ledger", "ledger-wal", "ledger-shm"] {
                assert_eq!(mode(Path::new(name)), 0o600, "{name}");
            }
            drop(ledger);
            let mut ledger = open(Path::new("ledger"));
            top_up(&mut ledger).unwrap();
            for name in ["ledger", "ledger-wal", "ledger-shm"] {
                assert_eq!(mode(Path::new(name)), 0o600, "{name}, opened again");
            }
            let mut told = 0;
            ledger
                .backup("backup", |_| {
                    told += 1;
                    for file in fs::read_dir(".").unwrap() {
                        let path = file.unwrap().path();
                        assert_eq!(mode(&path), 0o600, "{} during a backup", path.display());
                    }
                    std::ops::ControlFlow::Continue(())
                })
                .unwrap();
            assert!(told > 0);
            assert_eq!(mode(Path::new("backup")), 0o600);
            // The control: a file that SQLite makes has the mode that the umask leaves.
            let conn = rusqlite::Connection::open("plain").unwrap();
            conn.execute_batch("CREATE TABLE notes (note TEXT)").unwrap();
            let private = env::var("UMASK").as_deref() == Ok("077");
            assert_eq!(mode(Path::new("plain")) == 0o600, private, "the umask is not in effect");
        }
        Ok("look") => assert_eq!(head(&mut open(Path::new("ledger"))).seq, 1),
        Ok("names") => {
            for (name, backup) in
                [(":memory:", ":memory:.backup"), ("file:x?mode=memory", "file:y?mode=memory")]
            {
                let mut ledger = create(Path::new(name));
                ledger.backup(backup, |_| std::ops::ControlFlow::Continue(())).unwrap();
                drop(ledger);
                assert_eq!(head(&mut open(Path::new(name))).seq, 1);
                assert_eq!(head(&mut open(Path::new(backup))).seq, 1);
            }
        }
        _ => {}
    }
}

/// A process that closes a file loses all its locks on it. Then the next process takes itself for
/// the last that has the ledger, and ends the log in which this one goes on writing.
#[test]
fn its_own_files_are_not_imported() {
    let (folder, path) = folder();
    let log = folder.path().join("ledger-wal");
    let go_on = |_: &ImportProgress| std::ops::ControlFlow::Continue(());
    let mut ledger = create(&path);
    std::os::unix::fs::symlink(&path, folder.path().join("link")).unwrap();
    for name in ["ledger", "ledger-wal", "ledger-shm", "link"] {
        let refused = ledger.import_file(folder.path().join(name), go_on);
        assert_eq!(number(&refused), FileError::INPUT_OUTPUT, "{name}: {refused:?}");
    }
    let missing = ledger.import_file(folder.path().join("missing"), go_on);
    assert_eq!(number(&missing), FileError::INPUT_OUTPUT, "{missing:?}");
    fs::write(folder.path().join("lines"), "\n\n").unwrap();
    assert_eq!(ledger.import_file(folder.path().join("lines"), go_on).unwrap().lines, 2);
    let another_process_looks = || {
        let helper = name_of(module_path!(), "helper_in_the_working_directory");
        succeed(child(&this_program(), &helper, "look").current_dir(folder.path()));
    };
    another_process_looks();
    assert!(log.exists());
    // The control: what it would do to open them. SQLite has locks on each of these two, and those
    // of one are enough for its newest versions.
    for name in ["ledger", "ledger-shm"] {
        drop(fs::File::open(folder.path().join(name)).unwrap());
    }
    another_process_looks();
    assert!(!log.exists(), "its locks are still there");
}

/// Runs the helper for another user, if this one may write everything, in a folder of that mode
/// with a ledger that everyone may read and no one write.
fn as_reader(task: &str, folder_mode: u32, keep_open: bool) {
    let (folder, path) = folder();
    let mut ledger = create(&path);
    let program = folder.path().join("program");
    fs::copy(this_program(), &program).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let kept = if keep_open {
        top_up(&mut ledger).unwrap();
        Some(ledger)
    } else {
        drop(ledger);
        None
    };
    for name in ["ledger", "ledger-wal", "ledger-shm"] {
        let path = folder.path().join(name);
        if path.exists() {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        }
    }
    let before = fs::read(&path).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(folder_mode)).unwrap();
    let mut command =
        child(program.to_str().unwrap(), &name_of(module_path!(), "helper_of_another_user"), task);
    command.current_dir(folder.path());
    if writes_everything(folder.path()) {
        command.uid(65_534).gid(65_534);
    }
    succeed(&mut command);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(fs::read(&path).unwrap() == before, "not a byte differs");
    drop(kept);
}

/// A process that has opened its ledger may give up the right to look at it.
fn go_on_where_nobody_may_look() {
    let (folder, path) = (Path::new("mine"), Path::new("mine/ledger"));
    fs::create_dir(folder).unwrap();
    let mut ledger = create(path);
    fs::set_permissions(folder, fs::Permissions::from_mode(0o000)).unwrap();
    assert!(fs::metadata(path).is_err());
    top_up(&mut ledger).unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    verify(&mut ledger);
}

/// Whether this user may write whatever the mode says.
fn writes_everything(folder: &Path) -> bool {
    fs::OpenOptions::new().write(true).open(folder.join("ledger")).is_ok()
}

#[test]
fn a_file_without_write_permission_can_be_read() {
    as_reader("file", 0o777, false);
}

#[test]
fn a_folder_without_write_permission_can_be_read_while_the_ledger_is_in_use() {
    as_reader("in use", 0o755, true);
}

/// A medium that can't be written, whoever asks: a file system mounted for reading alone, which
/// takes a system that lets its users mount in a namespace of their own.
#[test]
#[cfg(target_os = "linux")]
fn a_medium_that_can_only_be_read_is_told_by_name() {
    let (folder, path) = folder();
    let mut ledger = create(&path);
    ledger.backup(folder.path().join("backup"), |_| std::ops::ControlFlow::Continue(())).unwrap();
    drop(ledger);
    let mount = "mount --bind . . && cd \"$PWD\" && mount -o remount,bind,ro . && exec \"$@\"";
    let namespace = ["--map-root-user", "--mount", "sh", "-c", mount, "sh"];
    let command = |program: &str| {
        let mut command = Command::new("unshare");
        command.args(namespace).arg(program).current_dir(folder.path());
        command
    };
    if !command("true").output().is_ok_and(|output| output.status.success()) {
        println!("files: left out, because nothing can be mounted here: a read-only medium");
        return;
    }
    let mut command = command(&this_program());
    command.args([
        &*name_of(module_path!(), "helper_of_another_user"),
        "--exact",
        "--ignored",
        "--nocapture",
    ]);
    succeed(command.env(TASK, "medium"));
    assert_eq!(names(folder.path()), ["backup", "ledger"], "nothing was left");
    // The control: the same program is not refused where it may write.
    assert!(Ledger::open(&path, options(Access::Open)).is_ok());
}

/// Reading a write-ahead log takes files beside it, which can't be made here.
#[test]
fn a_folder_without_write_permission_is_refused_by_name() {
    as_reader("folder", 0o755, false);
}

#[test]
#[ignore = "run by the tests above in a process of its own"]
fn helper_of_another_user() {
    let Ok(task) = env::var(TASK) else { return };
    for access in [Access::Open, Access::OpenOrCreate] {
        match Ledger::open("ledger", options(access)) {
            Err(error) if error.number() == FileError::READ_ONLY => {}
            Err(other) => panic!("{task}, {access:?}: {other:?}"),
            Ok(_) => panic!("{task}, {access:?}: opened"),
        }
    }
    if task == "file" {
        go_on_where_nobody_may_look();
    }
    if task == "medium" {
        // A backup needs no log to be read.
        let mut backup = Ledger::open("backup", options(Access::ReadOnly)).unwrap();
        verify(&mut backup);
        assert_eq!(number(&top_up(&mut backup)), FileError::READ_ONLY);
        let copied = backup.backup("copy", |_| std::ops::ControlFlow::Continue(()));
        assert_eq!(number(&copied), FileError::INPUT_OUTPUT, "{copied:?}");
        let new = Ledger::open("new", options(Access::OpenOrCreate)).map(drop);
        assert_eq!(number(&new), FileError::INPUT_OUTPUT, "{new:?}");
    }
    match (task.as_str(), Ledger::open("ledger", options(Access::ReadOnly))) {
        ("folder" | "medium", Err(error)) => assert_eq!(error.number(), FileError::READ_ONLY),
        (_, Ok(mut ledger)) => {
            verify(&mut ledger);
            assert!(head(&mut ledger).seq > 0);
            let refused = top_up(&mut ledger);
            assert_eq!(number(&refused), FileError::READ_ONLY, "{refused:?}");
        }
        (_, Err(error)) => panic!("{task}: {error:?}"),
    }
}
