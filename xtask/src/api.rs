//! The server against its own description, tried by schemathesis with requests that it makes up.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::step::{cargo, need, run};

const VERSION: &str = "schemathesis==4.32.5";
/// As the tool's configuration has it.
pub(crate) const KEY: &str = "sk_test_api_0123456789abcdef";

/// Tries the server with about `cases` requests for each operation.
///
/// # Errors
/// What to say if an answer is not as described, or schemathesis can't be had.
pub(crate) fn check(cases: &str) -> Result<(), String> {
    need("python3", "python3 python3-venv", "schemathesis is a Python program")?;
    let tool = python("schemathesis", VERSION, |pip| {
        pip.arg(VERSION);
    })?;
    with_server(&tool.join("ledger"), |address| {
        let feed_key = feed_key(&tool.join("ledger"))?;
        let path = |of: &Path| of.canonicalize().unwrap_or_default();
        let settings = path(Path::new("examples/server/schemathesis"));
        let mut schemathesis = Command::new(path(&tool.join("bin/st")));
        schemathesis
            // It leaves its caches where it runs.
            .current_dir(tool.join("ledger"))
            .envs([("PYTHONPATH", settings.as_os_str()), ("PYTHONDONTWRITEBYTECODE", "1".as_ref())])
            .arg("--config-file")
            .arg(settings.join("schemathesis.toml"))
            .env("FEED_KEY", feed_key)
            .args(["run", &format!("{address}/openapi.json")])
            .args(["--max-examples", cases, "--seed", "1"])
            // With two workers CPython 3.11.7 was seen to fail in `ast.parse`, by chance.
            .args(["--continue-on-failure", "--workers", "1"]);
        run("api", &mut schemathesis)
    })
}

/// A Python environment under `target`, with what pip is told to install, unless this is there
/// already: `wanted` names it.
///
/// # Errors
/// What to say if it can't be made.
pub(crate) fn python(
    name: &str,
    wanted: &str,
    requirements: impl FnOnce(&mut Command),
) -> Result<PathBuf, String> {
    let folder = Path::new("target").join(name);
    let mark = folder.join("installed.txt");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    run("venv", Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(folder.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]);
    requirements(&mut pip);
    run(&format!("Python packages for {name}"), &mut pip)?;
    fs::write(&mark, wanted).map_err(|error| format!("{}: {error}", mark.display()))?;
    Ok(folder)
}

/// Does something with a server on a new ledger in this folder.
///
/// # Errors
/// What to say if there is no server, or what was done says.
pub(crate) fn with_server(
    ledger: &Path,
    use_it: impl FnOnce(&str) -> Result<(), String>,
) -> Result<(), String> {
    let mut build = cargo(&["build", "--locked", "--target-dir", "target"]);
    run("server", build.args(["--package", "refundry-server"]))?;
    let _ = fs::remove_dir_all(ledger);
    fs::create_dir_all(ledger).map_err(|error| format!("{}: {error}", ledger.display()))?;
    let mut server = serve(ledger)?;
    let done = address(&mut server).and_then(|address| use_it(&address));
    let _ = server.kill();
    let _ = server.wait();
    done
}

/// A server on objects with the ids that the description gives as examples.
fn serve(folder: &Path) -> Result<Child, String> {
    let import = folder.join("objects.jsonl");
    fs::write(&import, objects()).map_err(|error| format!("{}: {error}", import.display()))?;
    Command::new("target/debug/refundry-server")
        .args(["serve", "--listen", "127.0.0.1:0", "--database"])
        .arg(folder.join("ledger.refundry"))
        .arg("--import")
        .arg(import)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("the server did not start: {error}"))
}

/// A key for the feed that the description has as an example. Like those of merchants' imports, it is
/// worth nothing elsewhere.
fn feed_key(folder: &Path) -> Result<String, String> {
    let mut issue = Command::new("target/debug/refundry-server");
    issue.args(["feed-key", "issue", "acct_till_1", "--database"]);
    let issued = issue.arg(folder.join("ledger.refundry")).output();
    let issued = issued.map_err(|error| format!("{issue:?}: {error}"))?;
    if !issued.status.success() {
        return Err(format!("no feed key: {}", String::from_utf8_lossy(&issued.stderr)));
    }
    Ok(String::from_utf8_lossy(&issued.stdout).trim().to_owned())
}

fn address(server: &mut Child) -> Result<String, String> {
    let stdout = server.stdout.take().ok_or("the server says nothing")?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).map_err(|error| error.to_string())?;
    let address = line.trim().strip_prefix("listening on ");
    address.map(str::to_owned).ok_or_else(|| format!("the server is not ready: {line}"))
}

/// Charges of so much that made-up refunds don't use them up.
fn objects() -> String {
    let at = "2024-01-01T00:00:00.000Z";
    let amount = "9007199254740991";
    let facts = format!(r#""merchantId":"acct_api","currency":"EGP","createdAt":"{at}""#);
    let mut lines = format!(
        "{{\"object\":\"merchant\",\"id\":\"acct_api\",\"name\":\"API\",\"apiKeys\":[\"{KEY}\"]}}\n"
    );
    for number in 1..=2 {
        lines.push_str(&format!(
            "{{\"object\":\"payment_intent\",\"id\":\"pi_{number}\",\"amount\":\"{amount}\",{facts}}}\n\
             {{\"object\":\"charge\",\"id\":\"ch_{number}\",\"paymentIntentId\":\"pi_{number}\",\
             \"amount\":\"{amount}\",\"amountCaptured\":\"{amount}\",\"fee\":\"912\",\
             \"status\":\"succeeded\",\"availableOn\":\"{at}\",{facts}}}\n"
        ));
    }
    lines.push_str(&format!(
        "{{\"object\":\"refund\",\"id\":\"re_01hkq1x8z0f6j7s9t2v4w5x6y7\",\"chargeId\":\"ch_2\",\
         \"amount\":\"100\",\"merchantId\":\"acct_api\",\"createdAt\":\"{at}\"}}\n"
    ));
    lines
}
