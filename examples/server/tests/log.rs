//! What a server logs, and what it must never log: whatever a test sends as a key, a description or
//! metadata to any server is looked for in everything that any server of the run says.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader},
    process::ChildStderr,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use serde_json::Value;

/// No test sends a shorter secret; a short one would be found by chance.
const SHORTEST: usize = 8;

static SECRETS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Notes something that no log may hold.
pub(crate) fn is_secret(text: &str) {
    if text.len() >= SHORTEST {
        SECRETS.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned());
    }
}

/// Notes what no log may hold of a refund's request.
pub(crate) fn is_secret_body(body: &[u8]) {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
        return;
    };
    let metadata = fields.get("metadata").and_then(Value::as_object);
    let texts =
        metadata.into_iter().flat_map(|pairs| pairs.values()).chain(fields.get("description"));
    texts.filter_map(Value::as_str).for_each(is_secret);
}

/// The log of a server, as it grows.
pub(crate) struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Log {
    pub(crate) fn read(stderr: ChildStderr) -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let reader = thread::spawn({
            let lines = Arc::clone(&lines);
            move || {
                for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                    lines.lock().unwrap().push(line);
                }
            }
        });
        Self { lines, reader: Some(reader) }
    }

    /// A line that has all of these parts.
    pub(crate) fn find(&self, parts: &[&str]) -> Option<String> {
        let lines = self.lines.lock().unwrap();
        lines.iter().find(|line| parts.iter().all(|part| line.contains(part))).cloned()
    }

    /// Waits for a line that has all of these parts.
    pub(crate) fn line(&self, parts: &[&str]) -> String {
        let begun = Instant::now();
        loop {
            if let Some(line) = self.find(parts) {
                return line;
            }
            let waited = begun.elapsed();
            assert!(waited < Duration::from_secs(30), "no {parts:?} in {:#?}", self.lines);
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Everything, once the server has ended.
    pub(crate) fn end(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }

    /// Looks for secrets in everything, once the server has ended.
    pub(crate) fn check(&mut self) {
        let said = self.end();
        if thread::panicking() {
            eprintln!("the server said:\n{said}");
            return;
        }
        let secrets = SECRETS.lock().unwrap_or_else(PoisonError::into_inner);
        let always = ["sk_test_", "sk_live_", "Bearer", "uthorization", "escription"];
        for secret in secrets.iter().map(String::as_str).chain(always) {
            assert!(!said.contains(secret), "a log has {secret:?}:\n{said}");
        }
    }
}
