//! The server against its own description, tried by schemathesis with requests that it makes up.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::step::{cargo, need, run};

const VERSION: &str = "schemathesis==4.32.5";
/// As the tool's configuration has it.
const KEY: &str = "sk_test_api_0123456789abcdef";

/// Tries the server with about `cases` requests for each operation.
///
/// # Errors
/// What to say if an answer is not as described, or schemathesis can't be had.
pub(crate) fn check(cases: &str) -> Result<(), String> {
    need("python3", "python3 python3-venv", "schemathesis is a Python program")?;
    let tool = Path::new("target/schemathesis");
    install(tool)?;
    run("server", &mut cargo(&["build", "--locked", "--package", "refundry-server"]))?;
    let ledger = tool.join("ledger");
    let _ = fs::remove_dir_all(&ledger);
    fs::create_dir_all(&ledger).map_err(|error| format!("{}: {error}", ledger.display()))?;
    let mut server = serve(&ledger)?;
    let tried = address(&mut server).and_then(|address| {
        let path = |of: &Path| of.canonicalize().unwrap_or_default();
        let settings = path(Path::new("examples/server/schemathesis"));
        let mut schemathesis = Command::new(path(&tool.join("bin/st")));
        schemathesis
            // It leaves its caches where it runs.
            .current_dir(&ledger)
            .envs([("PYTHONPATH", settings.as_os_str()), ("PYTHONDONTWRITEBYTECODE", "1".as_ref())])
            .arg("--config-file")
            .arg(settings.join("schemathesis.toml"))
            .args(["run", &format!("{address}/openapi.json")])
            .args([
                "--max-examples",
                cases,
                "--seed",
                "1",
                "--continue-on-failure",
                "--workers",
                "2",
            ]);
        run("api", &mut schemathesis)
    });
    let _ = server.kill();
    let _ = server.wait();
    tried
}

/// Installs schemathesis, if this version is not there already.
fn install(folder: &Path) -> Result<(), String> {
    let mark = folder.join(VERSION);
    if mark.exists() {
        return Ok(());
    }
    run("venv", Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
    let install = ["install", "--quiet", "--disable-pip-version-check", VERSION];
    run("install schemathesis", Command::new(folder.join("bin/pip")).args(install))?;
    fs::write(&mark, "").map_err(|error| format!("{}: {error}", mark.display()))
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
