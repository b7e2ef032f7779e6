//! The machines that packages are for.

use std::env::consts::ARCH;

use super::languages;
use crate::step::need;

/// A machine and its C library.
pub(super) struct Target {
    /// As Rust calls it.
    pub(super) triple: &'static str,
    /// As zig calls it.
    pub(super) zig: &'static str,
    /// Before the names of binutils.
    pub(super) binutils: &'static str,
    /// Whether the C library is glibc. With musl, programs are static, and so is the package.
    pub(super) glibc: bool,
    /// Whether Rust's standard library has to be compiled too, because it is not to be had.
    pub(super) build_std: bool,
    /// What runs its programs: nothing on the machine itself.
    pub(super) emulator: &'static str,
}

/// Every target.
pub(super) const ALL: [Target; 6] = [
    Target {
        triple: "x86_64-unknown-linux-gnu",
        zig: "x86_64-linux-gnu.2.17",
        binutils: "x86_64-linux-gnu",
        glibc: true,
        build_std: false,
        emulator: "qemu-x86_64-static",
    },
    Target {
        triple: "aarch64-unknown-linux-gnu",
        zig: "aarch64-linux-gnu.2.17",
        binutils: "aarch64-linux-gnu",
        glibc: true,
        build_std: false,
        emulator: "qemu-aarch64-static",
    },
    Target {
        triple: "armv7-unknown-linux-gnueabihf",
        zig: "arm-linux-gnueabihf.2.17",
        binutils: "arm-linux-gnueabihf",
        glibc: true,
        build_std: false,
        emulator: "qemu-arm-static",
    },
    Target {
        triple: "x86_64-unknown-linux-musl",
        zig: "x86_64-linux-musl",
        binutils: "x86_64-linux-gnu",
        glibc: false,
        build_std: false,
        emulator: "qemu-x86_64-static",
    },
    Target {
        triple: "aarch64-unknown-linux-musl",
        zig: "aarch64-linux-musl",
        binutils: "aarch64-linux-gnu",
        glibc: false,
        build_std: false,
        emulator: "qemu-aarch64-static",
    },
    Target {
        triple: "armv7-unknown-linux-musleabihf",
        zig: "arm-linux-musleabihf",
        binutils: "arm-linux-gnueabihf",
        glibc: false,
        build_std: true,
        emulator: "qemu-arm-static",
    },
];

impl Target {
    /// Whether this machine runs its programs itself.
    pub(super) fn is_native(&self) -> bool {
        self.triple.split('-').next() == Some(ARCH)
    }

    /// Whether its addresses have 32 bits.
    pub(super) fn has_32_bits(&self) -> bool {
        self.triple.starts_with("armv7")
    }

    /// Whether its packages are for payment terminals, whose flash is small.
    pub(super) fn is_for_terminals(&self) -> bool {
        self.has_32_bits()
    }

    /// The newest glibc whose symbols may be asked for: that of 2012.
    pub(super) const GLIBC: (u32, u32) = (2, 17);

    /// Asks for the programs that making its package, or testing it, takes.
    ///
    /// # Errors
    /// What to say of the first that is not there.
    pub(super) fn needs(&self, test: bool) -> Result<(), String> {
        let Self { binutils, emulator, .. } = self;
        let package = |program: &str| format!("{program}-{}", binutils.replace('_', "-"));
        need(
            &format!("{binutils}-ld"),
            &package("binutils"),
            "the static library is made with it",
        )?;
        if test {
            need("pkg-config", "pkg-config", "programs find the package with it")?;
            if self.glibc {
                need(&format!("{binutils}-gcc"), &package("gcc"), "the examples are compiled")?;
            }
            if !self.is_native() {
                need(emulator, "qemu-user-static", "the examples are run with it")?;
            }
            if self.is_native() && self.glibc {
                languages::needs()?;
            }
        }
        Ok(())
    }

    /// What cargo-zigbuild is to build.
    pub(super) fn for_zigbuild(&self) -> String {
        let (major, minor) = Self::GLIBC;
        let glibc = if self.glibc { format!(".{major}.{minor}") } else { String::new() };
        format!("{}{glibc}", self.triple)
    }
}

/// The target with this name.
pub(super) fn find(triple: &str) -> Option<&'static Target> {
    ALL.iter().find(|target| target.triple == triple)
}

/// The target of this machine.
pub(super) fn host() -> Option<&'static Target> {
    ALL.iter().find(|target| target.is_native())
}
