//! The figures of the README.

use crate::step::{cargo, run};

/// Measures the library and the server.
///
/// # Errors
/// What to say if a benchmark fails.
pub(crate) fn run_all() -> Result<(), String> {
    let bench =
        |package, name| cargo(&["bench", "--locked", "--package", package, "--bench", name]);
    run("library", &mut bench("refundry", "refund"))?;
    run("server", &mut bench("refundry-server", "http"))
}
