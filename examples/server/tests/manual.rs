//! The README's commands, all of them in order, as an operator pastes them: on a machine whose sudo,
//! systemctl and few others are small scripts, and whose root is a temporary directory.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::deployment;

/// The commands in the README's blocks, but for the demo, which has a test of its own.
fn commands() -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let blocks = readme.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.filter(|block| !block.contains("--demo")).collect::<Vec<_>>().join("\n")
}

struct Machine {
    root: TempDir,
    api: String,
    metrics: String,
}

impl Machine {
    fn new() -> Self {
        let free = || TcpListener::bind("127.0.0.1:0").unwrap();
        let (one, other) = (free(), free());
        let address = |listener: &TcpListener| listener.local_addr().unwrap().to_string();
        let machine = Self {
            root: tempfile::tempdir().unwrap(),
            api: address(&one),
            metrics: address(&other),
        };
        for folder in ["bin", "usr/local/bin", "etc/systemd/system", "var/lib/refundry-backups"] {
            fs::create_dir_all(machine.path(folder)).unwrap();
        }
        fs::create_dir_all(machine.path("target/release")).unwrap();
        let built = env!("CARGO_BIN_EXE_refundry-server");
        symlink(built, machine.path("target/release/refundry-server")).unwrap();
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        symlink(sources, machine.path("examples")).unwrap();
        machine
    }

    fn path(&self, below: &str) -> PathBuf {
        self.root.path().join(below)
    }

    /// The same, on this machine.
    fn here(&self, text: &str) -> String {
        let root = self.root.path().display();
        let mut text = text
            .replace("127.0.0.1:8080", &self.api)
            .replace("127.0.0.1:9464", &self.metrics)
            .replace("server health", &format!("server health --address {}", self.api));
        for folder in ["/usr/local/bin/", "/etc/systemd/system/", "/var/lib/"] {
            text = text.replace(folder, &format!("{root}{folder}"));
        }
        text
    }

    fn script(&self, name: &str, text: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, format!("#!/bin/sh -eu\n{text}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
    }

    /// The command that a unit starts, in the unit's environment.
    fn start(&self, unit: &str) -> String {
        let unit = self.here(&deployment::read(unit));
        let setting = |name| deployment::settings(&unit, name).remove(0);
        format!("env {} {}", setting("Environment"), setting("ExecStart"))
    }

    fn furnish(&self) {
        self.script("sudo", r#"[ "$1" != -u ] || shift 2; exec env "$@""#);
        self.script("useradd", "[ \"$1 $4\" = '--system refundry' ]");
        self.script(
            "install",
            r#"exec /usr/bin/install $(echo "$*" | sed 's/-o refundry -g refundry//')"#,
        );
        self.script("cargo", "[ \"$*\" = 'build --locked --release -p refundry-server' ]");
        let (serve, backup) =
            (self.start("refundry.service"), self.start("refundry-backup.service"));
        let units = self.path("etc/systemd/system");
        self.script(
            "systemctl",
            &format!(
                r#"
start() {{
    [ -f {units}/refundry.service ]
    {serve} > out 2>> log &
    echo $! > pid
    until grep -q listening out; do kill -0 $(cat pid); sleep 0.05; done
}}
stop() {{ kill $(cat pid); until tail -n 1 log | grep -q stopped; do sleep 0.05; done; rm pid out; }}
case "$*" in
    daemon-reload) ;;
    'enable --now refundry' | 'start refundry') start ;;
    'stop refundry') stop ;;
    'restart refundry') stop; start ;;
    'enable --now refundry-backup.timer') [ -f {units}/refundry-backup.timer ] ;;
    # Backups are named after the second.
    'start refundry-backup.service') [ -f {units}/refundry-backup.service ]; sleep 1; {backup} ;;
    *) echo "systemctl $*?" >&2; exit 1 ;;
esac"#,
                units = units.display(),
            ),
        );
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Ok(pid) = fs::read_to_string(self.path("pid")) {
            let _ = Command::new("kill").args(["-s", "KILL", pid.trim()]).status();
        }
    }
}

#[test]
fn an_operator_who_pastes_the_readme_has_a_served_backed_up_and_watched_ledger() {
    let machine = Machine::new();
    machine.furnish();
    let path = format!(
        "{}:{}:{}",
        machine.path("bin").display(),
        machine.path("usr/local/bin").display(),
        std::env::var("PATH").unwrap()
    );
    let ran = Command::new("timeout")
        .args(["120", "sh", "-euc", &machine.here(&commands())])
        .current_dir(machine.root.path())
        .env("PATH", path)
        .output()
        .unwrap();
    let (printed, said) =
        (String::from_utf8(ran.stdout).unwrap(), String::from_utf8(ran.stderr).unwrap());
    let log = fs::read_to_string(machine.path("log")).unwrap_or_default();
    assert!(ran.status.success(), "{said}{printed}{log}");
    for part in [r#""chargeId":"ch_1","amount":"10900""#, "\nrefundry_wal_bytes ", "revokedAt  2"] {
        assert!(printed.contains(part), "no {part} in {printed}");
    }
    assert_eq!(printed.matches("ready\n").count(), 2, "{printed}");
    let file = |name: &str| fs::read_to_string(machine.path(name)).unwrap();
    assert_eq!(file("heads"), file("newer"));
    assert!(file("heads").starts_with("acct_cairo=10:"), "all that the README moves");
    assert!(file("cairo.key").starts_with("sk_test_"));
    assert!(!file("log").contains(file("cairo.key").trim()));
    let mode = machine.path("cairo.key").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "nobody else may read the key");
    let backups = machine.path("var/lib/refundry-backups").read_dir().unwrap().count();
    assert_eq!(backups, 2);
    let kept = machine.path("var/lib/refundry").read_dir().unwrap();
    let kept = kept.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let kept = kept.filter(|name| name.contains(".replaced-")).count();
    assert!(kept > 0, "the ledger that was replaced is kept");
}
