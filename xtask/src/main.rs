//! Developer tasks, as `cargo xtask TASK`.

use std::{
    env,
    process::{Command, ExitCode},
    time::Instant,
};

const USAGE: &str = "\
Usage: cargo xtask TASK

Tasks:
  test    format, lints, documentation and every test there is
  bench   the figures of the README, measured on this machine (about two minutes)";

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (Some("test"), None) => test(),
        (Some("bench"), None) => bench(),
        _ => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn test() -> ExitCode {
    if !has_program("cc") {
        eprintln!("SQLite is compiled from source, and there is no C compiler (cc). Install one,");
        eprintln!("for example with `apt-get install gcc libc6-dev`, and run this again.");
        return ExitCode::FAILURE;
    }
    if !has_program("curl") {
        eprintln!("The demo's commands are tried with curl, and there is none. Install it,");
        eprintln!("for example with `apt-get install curl`, and run this again.");
        return ExitCode::FAILURE;
    }
    run_all(&[
        Step { what: "format", arguments: &["fmt", "--all", "--check"], documents: false },
        Step {
            what: "lints",
            arguments: &[
                "clippy",
                "--locked",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ],
            documents: false,
        },
        Step {
            what: "documentation",
            arguments: &["doc", "--locked", "--workspace", "--no-deps"],
            documents: true,
        },
        Step { what: "tests", arguments: &["test", "--locked", "--workspace"], documents: false },
    ])
}

fn bench() -> ExitCode {
    run_all(&[
        Step {
            what: "library",
            arguments: &["bench", "--locked", "--package", "refundry", "--bench", "refund"],
            documents: false,
        },
        Step {
            what: "server",
            arguments: &["bench", "--locked", "--package", "refundry-server", "--bench", "http"],
            documents: false,
        },
    ])
}

/// One call of cargo.
struct Step {
    what: &'static str,
    arguments: &'static [&'static str],
    /// Whether warnings of rustdoc are errors.
    documents: bool,
}

/// Runs the steps one after the other, says how long each took, and stops at the first that fails.
fn run_all(steps: &[Step]) -> ExitCode {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    for step in steps {
        let begin = Instant::now();
        let mut command = Command::new(&cargo);
        command.args(step.arguments);
        if step.documents {
            command.env("RUSTDOCFLAGS", "-D warnings");
        }
        match command.status() {
            Ok(status) if status.success() => {
                println!("{}: passed in {} s", step.what, begin.elapsed().as_secs());
            }
            Ok(_) => {
                eprintln!("{}: failed (cargo {})", step.what, step.arguments.join(" "));
                return ExitCode::FAILURE;
            }
            Err(error) => {
                eprintln!("{}: cargo could not be run: {error}", step.what);
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

fn has_program(name: &str) -> bool {
    Command::new(name).arg("--version").output().is_ok_and(|output| output.status.success())
}
