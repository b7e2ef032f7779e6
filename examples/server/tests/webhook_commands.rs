//! The commands about webhooks: what they say, what they refuse, and who may read their file.

use std::{fs, path::Path, process::Command};

use crate::{
    ledgers::{self, CAIRO},
    operator::{refused, run},
    receiver::{Manner, Receiver},
    server::{self, LedgerFile},
    webhooks::{add, events, is_signed, list, refund},
};

#[test]
fn a_test_says_what_became_of_it() {
    let file = LedgerFile::of(&ledgers::town());
    let receiver = Receiver::new(Manner::Answer(200));
    let (id, secret) = add(&file, &receiver.url(), &[]);
    let path = file.books();
    let tested = run(&path, &["webhook", "test", &id, "--json"]).json();
    let received = receiver.wait_for(1).remove(0);
    assert_eq!(received.event()["type"], "webhook.test");
    assert!(is_signed(&received, "XPay-Signature", &secret));
    assert_eq!((&tested["event"], &tested["status"]), (&received.event()["id"], &200.into()));
    receiver.becomes(Manner::Answer(500));
    let (code, said) = refused(&path, &["webhook", "test", &id]);
    assert!(code == 1 && said.contains("the answer was 500"), "{said}");
}

/// As developers know it from other payment services.
#[test]
fn a_developer_listens() {
    use std::{
        io::{BufRead, BufReader},
        process::Stdio,
    };

    let file = LedgerFile::of(&ledgers::town());
    let receiver = Receiver::new(Manner::Answer(200));
    let url = receiver.url();
    let server = file.serve();
    refund(&server, CAIRO, "ch_1");
    let mut listening = server::command()
        .args(["listen", "--forward-to", &url, "--event", "refund.succeeded"])
        .args(file.cache())
        .env("REFUNDRY_DATABASE", file.books())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(listening.stdout.take().unwrap()).lines();
    let ready = said.next().unwrap().unwrap();
    let secret = ready.split(' ').find(|word| word.starts_with("whsec_")).unwrap();
    refund(&server, CAIRO, "ch_1");
    let received = receiver.wait_for(1).remove(0);
    assert!(is_signed(&received, "XPay-Signature", secret));
    let id = events(&server, CAIRO)[1].clone();
    assert_eq!(received.id(), id);
    let line = said.next().unwrap().unwrap();
    assert!(line.ends_with(&format!("refund.succeeded  {id}  the answer was 200")), "{line}");
    receiver.becomes(Manner::Answer(500));
    refund(&server, CAIRO, "ch_1");
    let line = said.next().unwrap().unwrap();
    assert!(line.ends_with("the answer was 500"), "{line}");
    let id = listening.id().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success());
    assert!(server::wait(&mut listening).success());
    assert_eq!(receiver.received().len(), 2, "once each");
}

#[test]
fn what_an_operator_can_get_wrong() {
    let file = LedgerFile::of(&ledgers::town());
    let path = file.path();
    for (arguments, code, words) in [
        (&["webhook", "add", "http://shop.example/"][..], 2, "https://"),
        (&["webhook", "add", "https://10.0.0.1/"], 2, "--allow-private"),
        (&["webhook", "add", "https://10.0.0.1/", "--allow-private", "10.0.0.2"], 2, "10.0.0.1"),
        (&["webhook", "add", "https://shop.example/", "--event", "refund"], 2, "refund.failed"),
        (&["webhook", "add", "https://shop.example/", "--header", "Host"], 2, "--header"),
        (&["webhook", "add", "https://shop.example/", "--merchant", "acct_0"], 3, "merchant list"),
        (&["webhook", "pause", "we_0"], 3, "webhook list"),
        (&["webhook", "rotate", "we_0"], 3, "webhook list"),
    ] {
        let (found, said) = refused(&path, arguments);
        assert!(found == code && said.contains(words), "{arguments:?}: {found} {said}");
    }
    assert!(list(&file).is_empty());
    assert!(!store(&path).exists(), "nothing was begun");
}

fn store(ledger: &Path) -> std::path::PathBuf {
    let mut path = ledger.as_os_str().to_owned();
    path.push("-webhooks");
    path.into()
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_the_secrets() {
    use std::os::unix::fs::PermissionsExt;

    let file = LedgerFile::of(&ledgers::town());
    let (id, secret) = add(&file, "https://shop.example/hooks", &[]);
    let _server = file.serve();
    let path = store(&file.path());
    for end in ["", "-wal", "-shm"] {
        let mut part = path.as_os_str().to_owned();
        part.push(end);
        if let Ok(found) = fs::metadata(&part) {
            assert_eq!(found.permissions().mode() & 0o777, 0o600, "{part:?}");
        }
    }
    for arguments in [&["webhook", "list"][..], &["webhook", "pause", &id]] {
        let done = run(&file.path(), arguments);
        assert!(!done.printed.contains(&secret) && !done.said.contains(&secret));
    }
}
