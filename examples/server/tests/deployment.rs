//! The container file and the units of systemd: every path and command in them works.

use std::{
    fs,
    os::unix::{fs::PermissionsExt, net::UnixDatagram},
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use crate::{
    client::Request,
    ledgers::{self, CAIRO},
    server::{LedgerFile, Server},
};

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy")
}

pub(crate) fn read(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap().replace("\\\n", " ")
}

/// The values of a setting of a unit, as a shell reads them.
pub(crate) fn settings(unit: &str, name: &str) -> Vec<String> {
    let lines = unit.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    lines.map(|value| value.replace("%%", "%").replace("$$", "$")).collect()
}

/// The words of a line, as a shell or systemd splits them, where no quotes are nested.
fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

/// The same arguments, but on any port of this machine alone: that of the API is the harness's to say.
fn on_any_port(arguments: &[String]) -> Vec<String> {
    let listen = arguments.iter().position(|word| word == "--listen").unwrap();
    let mut arguments = [&arguments[..listen], &arguments[listen + 2..]].concat();
    let metrics = arguments.iter().position(|word| word == "--metrics").unwrap();
    arguments[metrics + 1] = "127.0.0.1:0".into();
    arguments
}

/// Copies the units to where the server that they name is the one that was built.
fn with_server_here(to: &Path) {
    for name in ["refundry.service", "refundry-backup.service", "refundry-backup.timer"] {
        let here = read(name).replace("/usr/local/bin/", &format!("{}/", to.display()));
        fs::write(to.join(name), here).unwrap();
    }
    fs::copy(env!("CARGO_BIN_EXE_refundry-server"), to.join("refundry-server")).unwrap();
}

#[test]
fn systemd_accepts_the_units_and_finds_the_service_hardened() {
    let installed = Command::new("systemd-analyze").arg("--version").output();
    if !installed.is_ok_and(|output| output.status.success()) {
        eprintln!("systemd-analyze is not there, so the units are not checked");
        return;
    }
    let temporary = tempfile::tempdir().unwrap();
    with_server_here(temporary.path());
    for (unit, exposure) in [
        ("refundry.service", Some("12")),
        ("refundry-backup.service", Some("20")),
        ("refundry-backup.timer", None),
    ] {
        let path = temporary.path().join(unit);
        let verified = Command::new("systemd-analyze").arg("verify").arg(&path).output().unwrap();
        let said = String::from_utf8(verified.stderr).unwrap();
        assert!(verified.status.success() && !said.contains(unit), "{said}");
        if let Some(exposure) = exposure {
            let found = Command::new("systemd-analyze")
                .args(["security", "--offline=true", "--no-pager", "--threshold", exposure])
                .arg(&path)
                .output()
                .unwrap();
            let table = String::from_utf8(found.stdout).unwrap();
            assert!(found.status.success(), "more exposed than {exposure} of 100: {table}");
            assert!(table.contains("Overall exposure level"), "{table}");
        }
    }
}

#[test]
fn the_service_starts_as_its_unit_says_and_tells_systemd_when_it_is_ready() {
    let unit = read("refundry.service");
    assert_eq!(settings(&unit, "Type"), ["notify"]);
    let file = LedgerFile::of(&ledgers::town());
    let socket = UnixDatagram::bind(file.directory().join("notify")).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();

    let start = words(&settings(&unit, "ExecStart")[0]);
    assert_eq!(start[0], "/usr/local/bin/refundry-server");
    let mut command = crate::server::command();
    command.args(on_any_port(&start[1..]));
    let environment = &settings(&unit, "Environment")[0];
    let (name, value) = environment.split_once('=').unwrap();
    assert!(value.starts_with(&format!("/var/lib/{}/", settings(&unit, "StateDirectory")[0])));
    command.env(name, file.path()).env("NOTIFY_SOCKET", file.directory().join("notify"));
    let server = Server::run(command);
    let mut told = [0; 64];
    let length = socket.recv(&mut told).unwrap();
    assert_eq!(&told[..length], b"READY=1");
    assert_eq!(server.send(&Request::get("/balance", CAIRO)).status, 200);
    server.log.line(&["the ledger is sound"]);
    server.stop();
}

/// In a container the socket may have a name that is no path: it begins with @.
#[cfg(target_os = "linux")]
#[test]
fn systemd_is_told_over_an_abstract_socket_too() {
    use std::os::{linux::net::SocketAddrExt, unix::net::SocketAddr};

    let file = LedgerFile::of(&ledgers::town());
    let name = format!("refundry-test-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let socket = UnixDatagram::bind_addr(&address).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut command = crate::server::command();
    command.arg("--database").arg(file.path()).env("NOTIFY_SOCKET", format!("@{name}"));
    let server = Server::run(command);
    let mut told = [0; 64];
    let length = socket.recv(&mut told).unwrap();
    assert_eq!(&told[..length], b"READY=1");
    server.stop();
}

#[test]
fn the_backup_service_makes_verified_backups_and_removes_old_ones() {
    let (file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let backups = file.directory().join("backups");
    fs::create_dir(&backups).unwrap();
    with_server_here(file.directory());
    old(&backups, "2001-01-01T00-00-00Z.refundry");
    old(&backups, "2001-01-01T01-00-00Z.refundry");
    let ran = back_up(&file, &backups);
    assert!(ran.status.success(), "{ran:?}");
    assert!(String::from_utf8(ran.stdout).unwrap().contains("acct_cairo="), "heads are told");
    let names = names(&backups);
    assert_eq!(names.len(), 2, "{names:?}");
    assert_eq!(names[0], "2001-01-01T01-00-00Z.refundry", "the newest until now");
    assert!(names[1].ends_with("Z.refundry"), "{names:?}");
    server.stop();
}

/// Runs what the backup's unit says, on this ledger and into this folder.
fn back_up(file: &LedgerFile, backups: &Path) -> Output {
    let script = settings(&read("refundry-backup.service"), "ExecStart")[0]
        .replace("/usr/local/bin/", &format!("{}/", file.directory().display()))
        .replace("/var/lib/refundry-backups", backups.to_str().unwrap());
    // As systemd splits it: the script is what stands between single quotes.
    let script = script.split('\'').nth(1).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-euc", script]).env("REFUNDRY_DATABASE", file.path()).output().unwrap()
}

/// Leaves a file that nobody has touched for long.
fn old(folder: &Path, name: &str) {
    let path = folder.join(name);
    fs::write(&path, "old").unwrap();
    assert!(Command::new("touch").args(["-d", "2001-01-01"]).arg(path).status().unwrap().success());
}

fn names(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Such as on a full disk, where no backup can be made until something goes.
#[test]
fn a_backup_that_fails_has_made_room_first_and_left_the_newest_good_one() {
    let file = LedgerFile::of(&ledgers::town());
    let backups = file.directory().join("backups");
    fs::create_dir(&backups).unwrap();
    let program = file.directory().join("refundry-server");
    fs::write(&program, "#!/bin/sh\nexit 1\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    for name in [
        "2001-01-01T00-00-00Z.refundry",
        "2001-01-01T01-00-00Z.refundry",
        "2001-01-01T02-00-00Z.unverified",
        "2001-01-01T03-00-00Z.unverified.partial-7",
        "by-hand.partial-7",
    ] {
        old(&backups, name);
    }
    fs::write(backups.join("now.partial-7"), "somebody writes to it").unwrap();
    assert_eq!(back_up(&file, &backups).status.code(), Some(1));
    assert_eq!(names(&backups), ["2001-01-01T01-00-00Z.refundry", "now.partial-7"]);
}

#[test]
fn a_backup_that_is_not_sound_does_not_get_the_name_of_one() {
    let file = LedgerFile::of(&ledgers::town());
    let backups = file.directory().join("backups");
    fs::create_dir(&backups).unwrap();
    with_server_here(file.directory());
    let raw = rusqlite::Connection::open(file.path()).unwrap();
    raw.execute_batch("UPDATE balances SET available = available + 1").unwrap();
    drop(raw);
    assert_eq!(back_up(&file, &backups).status.code(), Some(4));
    let names = names(&backups);
    assert!(names.len() == 1 && names[0].ends_with(".unverified"), "{names:?}");
}

/// The instructions of the container file: their names and the rest.
fn instructions() -> Vec<(String, String)> {
    let text = read("Containerfile");
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| line.split_once(' ').unwrap())
        .map(|(name, rest)| (name.to_owned(), rest.to_owned()))
        .collect()
}

/// The last instruction of a name.
fn last(name: &str) -> String {
    let found = instructions().into_iter().rfind(|(known, _)| known == name);
    found.unwrap_or_else(|| panic!("no {name}")).1
}

fn list(json: &str) -> Vec<String> {
    serde_json::from_str(json).unwrap()
}

#[test]
fn the_container_file_builds_what_there_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let all = instructions();
    let image = &all[0].1;
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let rust = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")).unwrap();
    assert!(image.contains(&format!("/rust:{}-", rust.trim_end_matches('"'))), "{image}");
    // What was linked against one Debian runs on the same.
    assert!(image.ends_with("bookworm AS build") && last("FROM").contains("bookworm"));

    let build = &all.iter().find(|(name, _)| name == "RUN").unwrap().1;
    assert_eq!(build, "cargo build --locked --release --package refundry-server");
    let package = Command::new(env!("CARGO"))
        .args(["pkgid", "--locked", "--offline", "--package", "refundry-server"])
        .current_dir(&root)
        .output()
        .unwrap();
    assert!(package.status.success(), "{package:?}");
    let built = Path::new(env!("CARGO_BIN_EXE_refundry-server")).file_name().unwrap();
    let copied = format!("--from=build /build/target/release/{} ", built.to_str().unwrap());
    assert!(last("COPY").starts_with(&copied));
    // Neither what was built here nor the history is sent along.
    let ignored = fs::read_to_string(root.join(".dockerignore")).unwrap();
    let ignored: Vec<_> = ignored.lines().collect();
    assert!(ignored.contains(&".git") && ignored.contains(&"target"));
    assert!(ignored.iter().all(|path| !path.contains("src")), "{ignored:?}");
}

#[test]
fn the_container_serves_and_knows_whether_it_is_healthy() {
    let file = LedgerFile::of(&ledgers::town());
    let user = last("USER");
    assert!(user.parse::<u32>().is_ok_and(|id| id > 0), "a number that is not root's: {user}");
    assert!(last("RUN").contains(&format!("--uid {user}")));
    let (name, path) =
        last("ENV").split_once('=').map(|(n, p)| (n.to_owned(), p.to_owned())).unwrap();
    assert!(path.starts_with(&format!("{}/", last("VOLUME"))));
    assert!(last("RUN").contains(&format!("--home-dir {}", last("VOLUME"))));

    assert_eq!(list(&last("ENTRYPOINT")), ["refundry-server"]);
    let mut command = crate::server::command();
    let start = list(&last("CMD"));
    for port in last("EXPOSE").split(' ') {
        assert!(start.contains(&format!("0.0.0.0:{port}")));
    }
    command.args(on_any_port(&start));
    let server = Server::run({
        command.env(name, file.path());
        command
    });
    let check = last("HEALTHCHECK");
    let check = list(check.strip_prefix("CMD ").unwrap());
    assert_eq!(check, ["refundry-server", "health"]);
    let health = |address: &str| {
        crate::server::command().args(&check[1..]).args(["--address", address]).output().unwrap()
    };
    let address = server.address.to_string();
    let healthy = health(&address);
    assert_eq!((healthy.status.code(), healthy.stdout.as_slice()), (Some(0), &b"ready\n"[..]));
    server.stop();
    assert_eq!(health(&address).status.code(), Some(1));
}
