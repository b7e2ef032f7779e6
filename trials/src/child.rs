//! A process that is killed: this very test program, of which one ignored test works until then.

use std::{
    env,
    fmt::Debug,
    io::{self, BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

/// Where the child finds what it is told.
const FOLDER: &str = "REFUNDRY_TRIAL_FOLDER";
const MANNER: &str = "REFUNDRY_TRIAL_MANNER";
const FROM: &str = "REFUNDRY_TRIAL_FROM";

/// What begins a line of the child, among those of the test program that it is.
const SAYS: &str = "=> ";

/// What a child is told.
pub struct Told {
    /// The folder of its ledger.
    pub folder: PathBuf,
    /// How it works.
    pub manner: String,
    /// Where it begins.
    pub from: String,
}

/// What this process was told, if it is a child.
#[must_use]
pub fn told() -> Option<Told> {
    let folder = env::var_os(FOLDER)?.into();
    Some(Told { folder, manner: env::var(MANNER).ok()?, from: env::var(FROM).ok()? })
}

/// Says a line at once and whole.
///
/// # Panics
/// If nobody listens.
pub fn say(text: &str) {
    let mut out = io::stdout().lock();
    let said = out.write_all(format!("{SAYS}{text}\n").as_bytes()).and_then(|()| out.flush());
    said.expect("a child is listened to");
}

/// Starts a child, which is the test `child::works_until_it_is_killed`, gives it something to read, and
/// kills it so long after so many of its lines, or after its end. Returns what it said, its last line
/// perhaps without an end.
///
/// # Panics
/// If it can't be started, or panicked itself.
pub fn kill(
    folder: &Path,
    manner: &impl Debug,
    from: &str,
    input: String,
    lines: usize,
    pause: Duration,
) -> Vec<String> {
    let mut child = Command::new(env::current_exe().expect("the path of this program"))
        .args(["child::works_until_it_is_killed", "--exact", "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .env(MANNER, format!("{manner:?}"))
        .env(FROM, from)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child");
    let mut out = BufReader::new(child.stdout.take().expect("its output"));
    let mut stdin = child.stdin.take().expect("its input");
    // It may be killed before it has read all.
    let writer = thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let mut said = Vec::new();
    let mut next = || {
        let mut line = String::new();
        out.read_line(&mut line).expect("what the child says");
        (!line.is_empty()).then_some(line)
    };
    while said.len() <= lines {
        let Some(line) = next() else { break };
        said.extend(line.strip_prefix(SAYS).map(str::to_owned));
    }
    thread::sleep(pause);
    child.kill().expect("a child to kill");
    while let Some(line) = next() {
        said.extend(line.strip_prefix(SAYS).map(str::to_owned));
    }
    let ended = child.wait().expect("the child's end");
    assert_ne!(ended.code(), Some(101), "the child panicked");
    writer.join().expect("its input was written");
    said
}
