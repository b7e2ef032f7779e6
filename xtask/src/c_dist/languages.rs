//! The package in other languages, whose tools read `refundry-ffi.h`: each makes the same refund.

use std::{path::Path, process::Command};

use super::{tools::pip_install, trial::refund_twice};
use crate::step::need;

/// What runs an example, and the Debian package that has it.
const LANGUAGES: [(&str, &str, &str); 3] = [
    ("python3", "refund.py", "python3"),
    ("php", "refund.php", "php-cli"),
    ("luajit", "refund.lua", "luajit"),
];

/// Asks for what runs the examples.
///
/// # Errors
/// What to say of the first that is not there.
pub(super) fn needs() -> Result<(), String> {
    for (program, example, package) in LANGUAGES {
        need(program, package, &format!("the example {example} is run with it"))?;
    }
    Ok(())
}

/// Runs the examples of a package that was unpacked; their ledgers go into `folder`.
///
/// # Errors
/// What to say of the first that does not refund.
pub(super) fn run(unpacked: &Path, folder: &Path) -> Result<(), String> {
    let cffi = pip_install("cffi")?;
    for (program, example, _) in LANGUAGES {
        refund_twice(&folder.join(format!("{example}.refundry")), || {
            let mut command = Command::new(program);
            command.env("PYTHONPATH", &cffi).arg(unpacked.join("examples").join(example));
            command
        })?;
    }
    Ok(())
}
