//! Installing what is missing, where that is possible and wanted.

use std::{
    env,
    io::{self, IsTerminal, Write},
    path::Path,
    process::{Command, Stdio},
};

use crate::{needs::Need, step::run};

/// Brings what is missing: what rustup has in any case, as crates are brought; Debian's packages if
/// this is Debian, the user is root, and `CI` is `true` or the user says yes.
pub(crate) fn bring(missing: &[&Need]) {
    for (kind, name) in missing.iter().filter_map(|need| need.of_rustup()) {
        // What could not be brought is told as missing afterwards.
        let _ = run(name, Command::new("rustup").args([kind, "add", name]));
    }
    let packages = packages(missing);
    if packages.is_empty() || !Path::new("/etc/debian_version").exists() || !is_root() {
        return;
    }
    if !env::var("CI").is_ok_and(|ci| ci == "true") && !says_yes(&packages) {
        return;
    }
    let apt = |what, arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        // What it unpacks fills screens; what goes wrong is on standard error.
        command.stdout(Stdio::null());
        run(what, &mut command)
    };
    let install = ["install", "--quiet=2", "--yes", "--no-install-recommends"];
    let brought = apt("Debian's lists", &["update", "--quiet=2"])
        .and_then(|()| apt("Debian's packages", &[&install[..], &packages].concat()));
    if let Err(problem) = brought {
        eprintln!("{problem}");
    }
}

/// The packages of all that is missing, each once.
fn packages(missing: &[&Need]) -> Vec<&'static str> {
    let mut packages: Vec<_> = missing.iter().flat_map(|need| need.packages).copied().collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

/// The command that would bring it, if Debian has it.
pub(crate) fn command(missing: &[&Need]) -> Option<String> {
    let packages = packages(missing);
    let line = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    (!packages.is_empty()).then_some(line)
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

fn says_yes(packages: &[&str]) -> bool {
    if !io::stdin().is_terminal() {
        return false;
    }
    print!("Install {}? [y/N] ", packages.join(" "));
    let _ = io::stdout().flush();
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::needs::{ARM_COMPILER, PHP, PYTHON, WASM_TARGET};

    #[test]
    fn one_line_brings_all_that_is_missing() {
        let line = command(&[&PYTHON, &PHP, &WASM_TARGET, &PHP, &ARM_COMPILER]);
        let expected = "apt-get install --no-install-recommends gcc-arm-linux-gnueabihf \
                        libc6-dev-armhf-cross php-cli php-curl python3 python3-pip python3-venv";
        assert_eq!(line.as_deref(), Some(expected));
        assert_eq!(command(&[&WASM_TARGET]), None);
    }
}
