//! Steps of a task: programs run one after the other.

use std::{env, process::Command, time::Instant};

/// A call of cargo, from the workspace's root.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

/// Runs one step and says how long it took.
///
/// # Errors
/// What to say if the program failed or could not be run.
pub(crate) fn run(what: &str, command: &mut Command) -> Result<(), String> {
    let begin = Instant::now();
    match command.status() {
        Ok(status) if status.success() => {
            println!("{what}: passed in {} s", begin.elapsed().as_secs());
            Ok(())
        }
        Ok(_) => Err(format!("{what}: failed ({command:?})")),
        Err(error) => Err(format!("{what}: {:?} could not be run: {error}", command.get_program())),
    }
}

/// Asks for a program that a step needs.
///
/// # Errors
/// What to say if it is not there: what it is for, and the Debian package that has it.
pub(crate) fn need(program: &str, package: &str, purpose: &str) -> Result<(), String> {
    // Not every program knows the option, and fails.
    if Command::new(program).arg("--version").output().is_ok() {
        Ok(())
    } else {
        Err(format!(
            "{program} is not there; {purpose}. Install it, for example with \
             `apt-get install {package}`, and run this again."
        ))
    }
}
