//! The commands beside the server, as an operator and an operator's programs use them.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Output, Stdio},
    thread,
    time::Duration,
};

use refundry::{Amount, Currency, NewTransfer};
use serde_json::Value;

use crate::{
    client::Request,
    ledgers::{self, CAIRO},
    server::{self, LedgerFile},
};

/// What a command printed, on success.
pub(crate) struct Done {
    pub(crate) printed: String,
    pub(crate) said: String,
}

impl Done {
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.printed.matches('\n').count(), 1, "one line: {}", self.printed);
        serde_json::from_str(&self.printed).unwrap()
    }
}

fn output(database: &Path, arguments: &[&str], input: &str) -> Output {
    let mut process = server::command()
        .args(arguments)
        .env("REFUNDRY_DATABASE", database)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that has no use for it may be gone already.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    process.wait_with_output().unwrap()
}

pub(crate) fn run(database: &Path, arguments: &[&str]) -> Done {
    run_with(database, arguments, "")
}

/// The same, with this on its standard input.
pub(crate) fn run_with(database: &Path, arguments: &[&str], input: &str) -> Done {
    let Output { status, stdout, stderr } = output(database, arguments, input);
    let (printed, said) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert_eq!(status.code(), Some(0), "{arguments:?}: {said}");
    Done { printed, said }
}

/// The exit code of a command that fails, and its one line.
pub(crate) fn refused(database: &Path, arguments: &[&str]) -> (i32, String) {
    let Output { status, stdout, stderr } = output(database, arguments, "");
    let said = String::from_utf8(stderr).unwrap();
    assert!(stdout.is_empty(), "{arguments:?}");
    assert_eq!(said.matches('\n').count(), 1, "one line: {said}");
    assert!(said.starts_with("refundry-server: "), "{said}");
    (status.code().unwrap(), said)
}

#[test]
fn a_merchant_and_its_key_are_enough_to_be_served() {
    let file = LedgerFile::new();
    let path = &file.path();
    let created =
        run(path, &["merchant", "create", "Cairo Books", "--test", "--id", "acct_1", "--json"]);
    assert_eq!(created.json()["liveMode"], false);
    let issued = run(path, &["key", "issue", "acct_1"]);
    let key = issued.printed.trim_end();
    assert!(key.starts_with("sk_test_") && issued.printed == format!("{key}\n"));
    assert!(issued.said.contains("key_") && !issued.said.contains(key), "{}", issued.said);

    let server = file.serve();
    let balance = Request::get("/balance", key);
    assert_eq!(server.send(&balance).status, 200);
    let keys = run(path, &["key", "list", "acct_1", "--json"]).json();
    let id = keys[0]["id"].as_str().unwrap();
    assert!(issued.said.contains(id));
    assert!(!keys.to_string().contains(key));
    let revoked = run(path, &["key", "revoke", "acct_1", id, "--json"]).json();
    assert!(revoked["revokedAt"].is_string());
    assert_eq!(server.send(&balance).refusal().1, "api_key_inactive", "at once");
    server.stop();
}

#[test]
fn merchants_have_modes_limits_and_ids() {
    let file = LedgerFile::new();
    let path = &file.path();
    let create = |more: &[&str]| {
        run(path, &[&["merchant", "create", "Giza", "--json"], more].concat()).json()
    };
    let live = create(&["--live", "--negative-balance-limit", "500"]);
    assert!(live["id"].as_str().unwrap().starts_with("acct_"));
    assert_eq!((&live["liveMode"], &live["negativeBalanceLimit"]), (&true.into(), &"500".into()));
    let limits = ["--negative-balance-limit", "EGP=1", "--negative-balance-limit", "USD=0"];
    let limited = create(&[&["--test", "--id", "acct_giza"], &limits[..]].concat());
    assert_eq!(limited["negativeBalanceLimit"], serde_json::json!({"EGP": "1", "USD": "0"}));

    assert_eq!(limited["uniqueReferences"], false);
    for (rule, unique) in [("--unique", true), ("--any", false)] {
        let set = ["merchant", "set-references", "acct_giza", rule, "--json"];
        assert_eq!(run(path, &set).json()["uniqueReferences"], unique);
    }
    let both = ["merchant", "set-references", "acct_giza", "--unique", "--any"];
    assert_eq!(refused(path, &both).0, 2);
    assert_eq!(refused(path, &both[..3]).0, 2, "one of the two is needed");

    let list = run(path, &["merchant", "list"]).printed;
    assert_eq!(list.lines().count(), 3);
    assert!(list.starts_with("id "), "{list}");
    assert_eq!(run(path, &["merchant", "list", "--json"]).json().as_array().unwrap().len(), 2);

    let create = ["merchant", "create", "Giza"];
    for (more, code, why) in [
        (&[][..], 2, "<--live|--test>"),
        (&["--live", "--test"], 2, "cannot be used with"),
        (&["--test", "--id", "giza"], 2, "prefix"),
        (&["--test", "--negative-balance-limit", "EGP"], 2, "minor units"),
        (&["--test", "--negative-balance-limit", "1", "--negative-balance-limit", "2"], 2, "one"),
        (&["--test", "--id", "acct_giza"], 3, "there is a merchant acct_giza already"),
    ] {
        let (got, said) = refused(path, &[&create[..], more].concat());
        assert!(got == code && said.contains(why), "{got} {said}");
    }
}

#[test]
fn imports_come_from_files_and_pipes() {
    let file = LedgerFile::new();
    let path = &file.path();
    let lines = file.directory().join("town.jsonl");
    fs::write(&lines, ledgers::town()).unwrap();
    let done = run(path, &["import", lines.to_str().unwrap(), "--json"]);
    assert_eq!(done.json()["recorded"], 18);
    assert_eq!(done.said, "", "no progress bar in a pipe");
    let again = output(path, &["import", "-"], &ledgers::town());
    let printed = String::from_utf8(again.stdout).unwrap();
    assert_eq!(printed, "lines     18\nrecorded  0\nskipped   18\nignored   0\n");

    let bad = output(path, &["import", "-", "--json"], "\n{\n");
    let said = String::from_utf8(bad.stderr).unwrap();
    assert_eq!((bad.status.code(), said.matches('\n').count()), (Some(3), 1), "{said}");
    assert!(said.contains("standard input: line 2"), "{said}");
    assert_eq!(refused(path, &["import", "/nowhere/at.all"]).0, 1);
    let folder = file.directory().to_str().unwrap();
    let (code, said) = refused(path, &["import", folder]);
    assert!(code == 1 && said.contains(&format!("{folder} can't be read")), "{code} {said}");
}

/// A pipe may give its lines as late as it likes: nobody waits for it.
#[test]
fn an_import_from_a_slow_pipe_holds_up_no_refund() {
    let (file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let mut process = server::command()
        .args(["import", "-", "--database"])
        .arg(file.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = process.stdin.take().unwrap();
    lines.write_all(ledgers::charge("ch_late", 100, 0, ledgers::PAST).as_bytes()).unwrap();
    // It has read the line when the pipe is empty: then it waits for the next.
    thread::sleep(Duration::from_secs(1));
    let refund = server.send(&Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":"5"}"#));
    assert_eq!(refund.status, 201, "{refund:?}");
    lines.write_all(ledgers::charge("ch_later", 100, 0, ledgers::PAST).as_bytes()).unwrap();
    drop(lines);
    assert!(server::wait(&mut process).success());
    for id in ["/charges/ch_late", "/charges/ch_later"] {
        assert_eq!(server.send(&Request::get(id, CAIRO)).status, 200);
    }
    server.stop();
}

#[test]
fn what_a_book_says_is_shown() {
    let file = LedgerFile::of(&ledgers::town());
    let path = &file.path();
    {
        let (five, egp) = (Amount::from_minor(5), Currency::from_code("EGP"));
        let mut top_up = NewTransfer::top_up(five.unwrap(), egp.unwrap());
        top_up.id = Some("tu_1".into());
        file.open().book("acct_cairo").unwrap().create_transfer(&top_up, None).unwrap();
    }
    let server = file.serve();
    let body =
        r#"{"chargeId":"ch_1","amount":"5","description":"\u001b[31mred","metadata":{"a":"b"}}"#;
    let id = server.send(&Request::refund(CAIRO, body)).text("id");
    let show = |arguments: &[&str]| run(path, &[&["show"], arguments].concat());

    let refund = show(&["refund", "acct_cairo", &id]);
    for line in ["amount                5", "  reverses        je_1", "  a  b"] {
        assert!(refund.printed.lines().any(|shown| shown == line), "{}", refund.printed);
    }
    assert!(refund.printed.contains(r"\u{1b}[31mred"), "{}", refund.printed);
    let answered = server.send(&Request::get(&format!("/refunds/{id}"), CAIRO));
    assert_eq!(show(&["refund", "acct_cairo", &id, "--json"]).printed.trim_end(), answered.body);

    let line = refund.printed.lines().find(|line| line.starts_with("balanceTr")).unwrap();
    let statement = line.split_whitespace().last().unwrap();
    let entry = statement.replace("bt_", "je_");
    for (arguments, field, value) in [
        (&["charge", "acct_cairo", "ch_1"][..], "amountRefunded", "5"),
        (&["payment-intent", "acct_cairo", "pi_1"], "amountRefunded", "5"),
        (&["transfer", "acct_cairo", "tu_1"], "kind", "topup"),
        (&["balance-transaction", "acct_cairo", statement], "net", "-5"),
        (&["journal-entry", "acct_cairo", &entry], "cause", "refund"),
    ] {
        assert_eq!(show(&[arguments, &["--json"]].concat()).json()[field], value);
    }
    let balance = show(&["balance", "acct_cairo", "--json"]);
    assert_eq!(balance.printed.trim_end(), server.send(&Request::get("/balance", CAIRO)).body);
    for filter in [&[][..], &["--charge", "ch_1"], &["--payment-intent", "pi_1"]] {
        let list = show(&[&["refunds", "acct_cairo", "--json"], filter].concat()).json();
        assert_eq!(list[0]["id"], id.as_str());
    }
    let list = show(&["refunds", "acct_cairo"]).printed;
    assert!(list.lines().nth(1).unwrap().starts_with(&id), "{list}");
    assert_eq!(show(&["refunds", "acct_cairo", "--charge", "ch_2"]).printed, "none\n");
    let newer = server.send(&Request::refund(CAIRO, r#"{"chargeId":"ch_2"}"#)).text("id");
    let first = show(&["refunds", "acct_cairo", "--limit", "1"]);
    assert!(first.printed.contains(&newer) && !first.printed.contains(&id), "{}", first.printed);
    assert!(first.said.contains("--starting-after"), "{}", first.said);
    let rest = show(&["refunds", "acct_cairo", "--starting-after", &newer]).printed;
    assert!(rest.contains(&id) && !rest.contains(&newer), "{rest}");
    server.stop();
}

#[test]
fn what_is_not_there_is_said_and_never_created() {
    let file = LedgerFile::new();
    let path = &file.path();
    for reading in [
        &["merchant", "list"][..],
        &["key", "list", "acct_1"],
        &["key", "issue", "acct_1"],
        &["key", "revoke", "acct_1", "key_1"],
        &["show", "balance", "acct_1"],
        &["verify"],
        &["backup", "/nowhere/at.all"],
    ] {
        let (code, said) = refused(path, reading);
        assert!(code == 3 && said.contains("there is no ledger"), "{code} {said}");
        assert!(!path.exists());
    }
    let file = LedgerFile::of(&ledgers::town());
    let path = &file.path();
    for (arguments, why) in [
        (&["key", "issue", "acct_1"][..], "no merchant \"acct_1\""),
        (&["key", "revoke", "acct_cairo", CAIRO], "has no key with this id"),
        (&["show", "refund", "acct_cairo", "re_1"], "has no refund \"re_1\""),
        (&["show", "balance", "acct_1"], "no merchant"),
    ] {
        let (code, said) = refused(path, arguments);
        assert!(code == 3 && said.contains(why) && !said.contains(CAIRO), "{code} {said}");
    }
    let (code, said) =
        refused(Path::new("/nowhere/at.all"), &["merchant", "create", "X", "--test"]);
    assert!(code == 1 && said.contains("/nowhere/at.all can't be opened"), "{code} {said}");
    let (code, said) = refused(path, &["serve", "--log", "debgu"]);
    assert!(code == 2 && said.contains("error, warn, info"), "{code} {said}");
    assert_eq!(refused(path, &["show", "refunds", "acct_cairo", "--limit", "0"]).0, 2);
    let after = ["show", "refunds", "acct_cairo", "--starting-after", "re_9"];
    let (code, said) = refused(path, &after);
    assert!(code == 2 && said.contains("--starting-after re_9"), "{code} {said}");
}

#[test]
fn a_served_ledger_is_verified_and_its_heads_are_kept() {
    let (file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let path = &file.path();
    let done = run(path, &["verify"]);
    assert!(done.said.starts_with("Sound. Books: 5, "), "{}", done.said);
    let heads = file.directory().join("heads");
    fs::write(&heads, &done.printed).unwrap();
    server.send(&Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":"5"}"#));
    let kept = ["verify", "--json", "--heads", heads.to_str().unwrap()];
    let report = run(path, &kept).json();
    assert_eq!(report["books"], 5);
    let head = &report["heads"][0];
    let now = format!("acct_cairo={}:{}", head["seq"], head["hash"].as_str().unwrap());
    run(path, &["verify", "--head", &now]);
    server.stop();

    // An earlier file in its place has a shorter chain.
    let (code, said) = {
        let before = LedgerFile::of(&ledgers::town());
        refused(&before.path(), &["verify", "--head", &now])
    };
    assert!(code == 4 && said.contains("acct_cairo"), "{code} {said}");
    // As some editors and shells write files.
    fs::write(&heads, format!("\u{feff}{}\r\n", done.printed.trim_end())).unwrap();
    run(path, &kept);
    fs::write(&heads, b"\xff\xfea\0c\0").unwrap();
    let (code, said) = refused(path, &kept);
    assert!(code == 3 && said.contains("UTF-8") && said.contains("heads:"), "{code} {said}");
    for bad in ["acct_cairo\n".to_owned(), format!("> {now}")] {
        fs::write(&heads, bad).unwrap();
        let (code, said) = refused(path, &kept);
        assert!(code == 3 && said.contains("seq:hash"), "{code} {said}");
    }
    fs::write(&heads, "").unwrap();
    let (code, said) = refused(path, &kept);
    assert!(code == 3 && said.contains("no heads in it"), "{code} {said}");
}

#[test]
fn a_backup_of_a_served_ledger_is_restored_by_a_backup() {
    let (file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let (path, copy, back) =
        (file.path(), file.directory().join("copy"), file.directory().join("back"));
    let copied = run(&path, &["backup", copy.to_str().unwrap(), "--json"]).json();
    assert_eq!(copied["bytes"], copy.metadata().unwrap().len());
    let (code, said) = refused(&path, &["backup", copy.to_str().unwrap()]);
    assert!(code == 3 && said.contains("exists already"), "{code} {said}");
    server.stop();
    run(&copy, &["backup", back.to_str().unwrap()]);
    let heads = |path: &Path| run(path, &["verify"]).printed;
    assert_eq!(heads(&back), heads(&path));
}

#[test]
fn a_locked_and_a_damaged_ledger_have_codes_of_their_own() {
    let file = LedgerFile::of(&ledgers::town());
    let path = &file.path();
    let lock = rusqlite::Connection::open(path).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let name = path.to_str().unwrap();
    let serve = ["serve", "--listen", "127.0.0.1:0", "--log", "off"];
    for locked in [&["key", "issue", "acct_cairo"][..], &serve] {
        let (code, said) = refused(path, locked);
        assert!(code == 5 && said.contains("try again") && said.contains(name), "{code} {said}");
    }
    drop(lock);

    let raw = rusqlite::Connection::open(path).unwrap();
    raw.execute_batch("UPDATE balances SET available = available + 1").unwrap();
    drop(raw);
    let (code, said) = refused(path, &["verify"]);
    assert!(code == 4 && said.contains("balances") && said.contains(name), "{code} {said}");
}

#[test]
fn help_is_printed_at_every_level() {
    let nowhere = Path::new("/nowhere/at.all");
    for arguments in [&["--help"][..], &["help"], &["merchant", "--help"], &["serve", "--help"]] {
        let help = run(nowhere, arguments);
        assert!(help.printed.contains("Usage: refundry-server"), "{}", help.printed);
        assert_eq!(help.said, "");
    }
    assert!(run(nowhere, &["--help"]).printed.contains("Exit codes:"));
    assert!(run(nowhere, &["--version"]).printed.starts_with("refundry-server "));
    let (code, said) = refused(nowhere, &["merchnat"]);
    assert!(code == 2 && said.contains("'merchant'"), "{code} {said}");
    assert_eq!(output(nowhere, &["merchant"], "").status.code(), Some(2));
}

#[test]
fn a_text_is_erased_for_ever() {
    let file = LedgerFile::of(&ledgers::town());
    let server = file.serve();
    let body = r#"{"chargeId":"ch_1","amount":1,"description":"Mona's lamp","metadata":{"a":"b"}}"#;
    let id = server.send(&Request::refund(CAIRO, body)).text("id");
    let path = &file.path();
    let erased = run(path, &["erase", "acct_cairo", &id, "--json"]).json();
    assert_eq!(erased, serde_json::json!({ "id": id, "erased": true }));
    let refund = server.send(&Request::get(&format!("/refunds/{id}"), CAIRO)).json();
    assert_eq!(
        (&refund["description"], &refund["metadata"]),
        (&Value::Null, &serde_json::json!({}))
    );
    assert_eq!(run(path, &["erase", "acct_cairo", &id, "--json"]).json()["erased"], false);
    let (code, said) = refused(path, &["erase", "acct_cairo", "re_0"]);
    assert!(code == 3 && said.contains("re_0"), "{said}");
    run(path, &["verify"]);
}
