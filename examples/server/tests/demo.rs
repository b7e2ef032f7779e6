//! The demo: every command that it prints works as printed.

use std::process::Command;

use crate::{
    client::Request,
    server::{self, Server},
};

/// The words of a command, as a shell takes them apart: only single quotes are used.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in command.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words
}

/// The request that a command sends.
fn request(command: &str, server: &Server) -> Request {
    let words = words(command);
    let base = format!("http://{}", server.address);
    let path = words.iter().find_map(|word| word.strip_prefix(&base)).unwrap();
    let mut request = Request::new("GET", path);
    for pair in words.windows(2) {
        match pair[0].as_str() {
            "-H" => {
                let (name, value) = pair[1].split_once(": ").unwrap();
                request = request.with(name, value);
            }
            "-d" => request = request.method("POST").body(pair[1].as_bytes()),
            _ => {}
        }
    }
    request
}

/// Runs a command and returns the status and the text of the answer.
fn run(command: &str, server: &Server) -> (u16, String) {
    let has_curl = Command::new("curl").arg("--version").output().is_ok();
    if !has_curl {
        let answer = server.send(&request(command, server));
        return (answer.status, answer.body);
    }
    let shown = Command::new("sh").args(["-c", command]).output().unwrap();
    assert!(shown.status.success(), "{command}: {shown:?}");
    let counted = format!("{command} -o /dev/null -w '%{{http_code}}'");
    let counted = Command::new("sh").args(["-c", &counted]).output().unwrap();
    let status = String::from_utf8(counted.stdout).unwrap();
    (status.trim().parse().unwrap(), String::from_utf8(shown.stdout).unwrap())
}

#[test]
fn its_commands_work_as_printed() {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = server::command();
    command.arg("--demo").env("TMPDIR", temporary.path());
    let server = Server::run(command);
    let lines = server.lines_until("# Ask for more");
    let mut commands: Vec<_> = lines.into_iter().filter(|line| line.starts_with("curl ")).collect();
    commands.extend(server.lines_until("curl "));
    assert_eq!(commands.len(), 7);

    for (command, part) in commands.iter().zip([
        r#""amount":"22604""#,
        r#""amount":"12500""#,
        r#""journalEntryId""#,
        r#""amountRefunded":"22604""#,
        r#""amountRefunded":"12500""#,
        r#""pending":[{"amount":"17235","currency":"EGP"}]"#,
        r#""refundable":"18000""#,
    ]) {
        let (_, body) = run(command, &server);
        assert!(body.contains(part), "{command}: {body}");
    }
    // Once more: what was done under a key stays as it was; without one it is refused.
    let statuses = commands.iter().map(|command| run(command, &server).0);
    assert_eq!(statuses.collect::<Vec<_>>(), [409, 201, 200, 200, 200, 200, 409]);

    assert_eq!(temporary.path().read_dir().unwrap().count(), 1);
    server.stop();
    assert_eq!(temporary.path().read_dir().unwrap().count(), 0, "the ledger is gone");
}
