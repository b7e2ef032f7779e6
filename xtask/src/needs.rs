//! What the tests need of a machine, beside Rust and a C compiler.

use std::{path::Path, process::Command};

/// Something that a test needs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// What it is.
    pub(crate) name: &'static str,
    /// The Debian packages that bring it; none if Debian has none.
    pub(crate) packages: &'static [&'static str],
    look: Look,
}

/// How to find out whether it is there.
#[derive(Debug, PartialEq, Eq)]
enum Look {
    /// A program that can be started.
    Program(&'static str),
    /// A program that succeeds with these arguments.
    Success(&'static str, &'static [&'static str]),
    /// A file.
    File(&'static str),
    /// A target of the Rust compiler.
    Target(&'static str),
    /// A component of the Rust toolchain, and its file under `lib/rustlib`.
    Component(&'static str, &'static str),
}

const fn program(name: &'static str, packages: &'static [&'static str]) -> Need {
    Need { name, packages, look: Look::Program(name) }
}

pub(crate) const CXX: Need = program("c++", &["g++"]);
pub(crate) const CHROMIUM: Need = program("chromium", &["chromium"]);
pub(crate) const CLANG: Need = program("clang", &["clang"]);
pub(crate) const CURL: Need = program("curl", &["curl"]);
pub(crate) const FIREFOX: Need = program("firefox-esr", &["firefox-esr"]);
pub(crate) const HAPROXY: Need =
    Need { name: "haproxy", packages: &["haproxy"], look: Look::Success("haproxy", &["-v"]) };
pub(crate) const HLEDGER: Need = program("hledger", &["hledger"]);
pub(crate) const LEDGER: Need = program("ledger", &["ledger"]);
pub(crate) const LUAJIT: Need = program("luajit", &["luajit"]);
pub(crate) const OPENSSL: Need = program("openssl", &["openssl"]);
pub(crate) const POSTGRESQL: Need = Need {
    name: "PostgreSQL's server",
    packages: &["postgresql"],
    // Debian keeps it out of the path; each version has a folder of its own.
    look: Look::Success("sh", &["-c", "ls /usr/lib/postgresql/*/bin/initdb || initdb --version"]),
};
pub(crate) const PKG_CONFIG: Need = program("pkg-config", &["pkg-config"]);
pub(crate) const PRLIMIT: Need = program("prlimit", &["util-linux"]);
pub(crate) const SQLITE: Need = program("sqlite3", &["sqlite3"]);
pub(crate) const SYSTEMD: Need = program("systemd-analyze", &["systemd"]);
pub(crate) const VALGRIND: Need = program("valgrind", &["valgrind", "libc6-dbg"]);
pub(crate) const ARM_EMULATOR: Need = program("qemu-arm-static", &["qemu-user-static"]);
pub(crate) const ARM_COMPILER: Need =
    program("arm-linux-gnueabihf-gcc", &["gcc-arm-linux-gnueabihf", "libc6-dev-armhf-cross"]);
pub(crate) const SQLITE_LIBRARY: Need = Need {
    name: "SQLite's library for C",
    packages: &["libsqlite3-dev"],
    look: Look::File("/usr/include/sqlite3.h"),
};
pub(crate) const PGBOUNCER: Need = program("pgbouncer", &["pgbouncer"]);
pub(crate) const PHP: Need = Need {
    name: "PHP with curl and FFI",
    packages: &["php-cli", "php-curl"],
    look: Look::Success(
        "php",
        &["-r", "exit(extension_loaded('curl') && extension_loaded('FFI') ? 0 : 1);"],
    ),
};
pub(crate) const PYTHON: Need = Need {
    name: "Python with pip and venv",
    packages: &["python3", "python3-pip", "python3-venv"],
    look: Look::Success("python3", &["-c", "import ensurepip, pip"]),
};
pub(crate) const NODE: Need = Need {
    name: "Node 20.19 or newer with npm (Debian 12 has an older one)",
    packages: &["nodejs", "npm"],
    look: Look::Success(
        "sh",
        &[
            "-c",
            "npm --version && node -e \"const [a, b] = process.versions.node.split('.'); \
             process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)\"",
        ],
    ),
};
pub(crate) const WASM_TARGET: Need = target("wasm32-unknown-unknown");
pub(crate) const RUST_SOURCES: Need = Need {
    name: "the sources of Rust's standard library",
    packages: &[],
    look: Look::Component("rust-src", "src/rust/library/Cargo.lock"),
};
pub(crate) const ARM_TARGET: Need = target("armv7-unknown-linux-gnueabihf");

const fn target(name: &'static str) -> Need {
    Need { name, packages: &[], look: Look::Target(name) }
}

impl Need {
    /// Whether it is there.
    pub(crate) fn is_met(&self) -> bool {
        match self.look {
            // Not every program knows the option, and fails.
            Look::Program(name) => Command::new(name).arg("--version").output().is_ok(),
            Look::Success(name, arguments) => {
                Command::new(name).args(arguments).output().is_ok_and(|o| o.status.success())
            }
            Look::File(path) => Path::new(path).exists(),
            Look::Target(name) | Look::Component(_, name) => is_installed(name),
        }
    }

    /// The program that it is, if it is one.
    #[cfg(test)]
    pub(crate) fn program(&self) -> Option<&'static str> {
        match self.look {
            Look::Program(name) | Look::Success(name, _) => Some(name),
            Look::File(_) | Look::Target(_) | Look::Component(..) => None,
        }
    }

    /// How rustup brings it, if it does: `target` or `component`, and the name.
    pub(crate) fn of_rustup(&self) -> Option<(&'static str, &'static str)> {
        match self.look {
            Look::Target(name) => Some(("target", name)),
            Look::Component(name, _) => Some(("component", name)),
            Look::Program(_) | Look::Success(..) | Look::File(_) => None,
        }
    }
}

fn is_installed(name: &str) -> bool {
    let printed = Command::new("rustc").args(["--print", "sysroot"]).output();
    let sysroot = printed.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    sysroot.is_some_and(|path| Path::new(path.trim()).join("lib/rustlib").join(name).exists())
}
