//! Steps of a task: programs run one after the other.

use std::{
    env,
    fs::{self, File},
    io::{self, Write as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command},
    thread,
    time::Instant,
};

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

/// Does two things at once, and waits for both.
///
/// # Errors
/// What the first says, or else the second.
pub(crate) fn side_by_side(
    one: impl FnOnce() -> Result<(), String>,
    other: impl FnOnce() -> Result<(), String> + Send,
) -> Result<(), String> {
    thread::scope(|scope| {
        let other = scope.spawn(other);
        let one = one();
        let other = other.join().unwrap_or_else(|_| Err("a step panicked".to_owned()));
        one.and(other)
    })
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

/// Another task that goes on beside this one. What it prints is kept, and printed at its end.
pub(crate) struct Beside {
    name: &'static str,
    child: Child,
    printed: PathBuf,
    has_ended: bool,
}

impl Beside {
    /// Starts `cargo xtask ARGUMENTS`.
    ///
    /// # Errors
    /// What to say if it could not be started.
    pub(crate) fn start(name: &'static str, arguments: &[&str]) -> Result<Self, String> {
        let target = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../target"));
        let printed = target.join(name).with_extension("log");
        let start = || -> io::Result<Child> {
            let to = File::create(&printed)?;
            let mut task = Command::new(env::current_exe()?);
            task.args(arguments).stdout(to.try_clone()?).stderr(to);
            // A group of its own, so that it can be ended with all that it started.
            task.process_group(0).spawn()
        };
        let child = start().map_err(|error| format!("{name} could not be started: {error}"))?;
        println!("{name}: begun; it prints into {}", printed.display());
        Ok(Self { name, child, printed, has_ended: false })
    }

    /// Waits for its end, and prints what it printed.
    ///
    /// # Errors
    /// What to say if its exit code is none of these.
    pub(crate) fn end(mut self, passed: &[i32]) -> Result<(), String> {
        let name = self.name;
        let status = self.child.wait().map_err(|error| format!("{name}: {error}"))?;
        self.has_ended = true;
        let printed = fs::read(&self.printed).unwrap_or_default();
        io::stdout().write_all(&printed).map_err(|error| format!("{name}: {error}"))?;
        match status.code() {
            Some(code) if passed.contains(&code) => Ok(()),
            _ => Err(format!("{name}: failed ({status})")),
        }
    }
}

impl Drop for Beside {
    /// Nobody waits for it any more.
    fn drop(&mut self) {
        if !self.has_ended {
            let group = format!("-{}", self.child.id());
            let _ = Command::new("kill").args(["-TERM", "--", &group]).status();
            let _ = self.child.wait();
            println!("{}: ended early; {} has what it printed", self.name, self.printed.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The program of these tests, as any other, ends with 0 if it only lists them.
    #[test]
    fn a_task_beside_passes_by_its_exit_code() {
        let ends = |arguments: &[&str], passed: &[i32]| {
            Beside::start("task-of-a-test", arguments).and_then(|task| task.end(passed))
        };
        assert_eq!(ends(&["--list"], &[0]), Ok(()));
        assert!(ends(&["--list"], &[3]).is_err());
        assert!(ends(&["--no-such-option"], &[0, 3]).unwrap_err().contains("failed"));
    }

    #[test]
    fn a_task_that_nobody_waits_for_is_ended() {
        let mut task = Beside::start("task-to-end", &["--list"]).unwrap();
        task.child.wait().unwrap();
        // Its place is taken by one that would take a minute.
        let mut long = Command::new("sleep");
        task.child = long.arg("60").process_group(0).spawn().unwrap();
        let begin = Instant::now();
        drop(task);
        assert!(begin.elapsed().as_secs() < 30);
    }
}
