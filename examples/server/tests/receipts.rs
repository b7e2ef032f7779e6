//! Receipts, from the commands and over HTTP, for a customer who has nothing but the public key.

use std::{
    fs,
    path::{Path, PathBuf},
};

use refundry_receipt::{Consistency, Note, Receipt, VerifyingKey};

use crate::{
    client::Request,
    ledgers::{self, CAIRO, GIZA},
    operator::{refused, run},
    server::{self, LedgerFile, Server},
};

/// A new key: the secret one's file, and the public one.
fn key(file: &LedgerFile, name: &str) -> (PathBuf, VerifyingKey) {
    let path = file.directory().join(name);
    let made = run(&file.path(), &["receipt-key", "cairo-books.example", text(&path)]);
    let public = VerifyingKey::parse(made.printed.trim_end()).unwrap();
    (path, public)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

const PART: &str = r#"{"chargeId":"ch_1","amount":"100"}"#;

#[test]
fn a_customer_checks_what_the_server_answers() {
    let file = LedgerFile::of(&ledgers::town());
    let (secret, public) = key(&file, "key");
    let mut command = server::command();
    command.args(["--database", text(&file.path()), "--receipt-key", text(&secret)]);
    let mut server = Server::run(command);
    let refund = server.send(&Request::refund(CAIRO, PART)).text("id");
    let get = |id: &str, key| server.send(&Request::get(&format!("/refunds/{id}/receipt"), key));
    let answer = get(&refund, CAIRO);
    assert_eq!((answer.status, &answer.json()["signed"]), (200, &true.into()));
    let receipt = Receipt::parse(&answer.text("receipt")).unwrap();
    receipt.signed_by(&public).unwrap();
    assert_eq!((receipt.entry().id(), receipt.entry().amount()), (&*refund, 100));
    for (id, key) in [("re_x", CAIRO), ("ch_1", CAIRO), (&refund, GIZA)] {
        assert_eq!(get(id, key).refusal().0, 404, "{id}");
    }
    server.signal("TERM");
    assert!(server.wait().success());
    let secret = fs::read_to_string(secret).unwrap();
    let secret = secret.trim_end().splitn(5, '+').last().unwrap();
    assert!(!server.log.end().contains(secret), "the secret key is logged");
}

#[test]
fn without_a_key_a_receipt_is_unsigned() {
    let file = LedgerFile::of(&ledgers::town());
    let server = file.serve();
    let refund = server.send(&Request::refund(CAIRO, PART)).text("id");
    let path = format!("/refunds/{refund}/receipt");
    let answer = server.send(&Request::get(&path, CAIRO));
    assert_eq!(answer.json()["signed"], false);
    let receipt = Receipt::parse(&answer.text("receipt")).unwrap();
    assert_eq!(receipt.signature(), None);
    let printed = run(&file.path(), &["receipt", "acct_cairo", &refund]).printed;
    assert_eq!(printed.trim_end(), receipt.to_string());
}

#[test]
fn the_commands_print_what_others_check() {
    let file = LedgerFile::of(&ledgers::town());
    let path = &file.path();
    let (secret, public) = key(&file, "key");
    let signing = ["--key", text(&secret)];
    let command = |arguments: &[&str]| run(path, &[arguments, &signing].concat()).printed;

    let old = Note::parse(&command(&["checkpoint", "acct_cairo"])).unwrap();
    let size = old.checkpoint.size().to_string();
    let refund = file.serve().send(&Request::refund(CAIRO, PART)).text("id");
    let printed = command(&["checkpoint", "acct_cairo", "--since", &size]);
    let (note, proof) = printed.rsplit_once("\n\n").unwrap();
    let new = Note::parse(&format!("{note}\n")).unwrap();
    Consistency::parse(proof).unwrap().check(&old.checkpoint, &new.checkpoint).unwrap();
    assert_eq!(Note::parse(&command(&["checkpoint", "acct_cairo", "--size", &size])).unwrap(), old);

    for (id, size) in [("ch_1", None), (&*refund, None), ("ch_1", Some(new.checkpoint.size()))] {
        let size = size.map(|size| size.to_string());
        let more: Vec<_> = size.iter().flat_map(|size| ["--size", size]).collect();
        let printed = command(&[&["receipt", "acct_cairo", id], &more[..]].concat());
        let receipt = Receipt::parse(printed.trim_end()).unwrap();
        receipt.signed_by(&public).unwrap();
        assert_eq!(receipt.entry().id(), id);
        assert_eq!(receipt.is_under(&new.checkpoint).is_ok(), id == refund || size.is_some());
    }
}

#[test]
fn what_can_not_be_proven_or_signed_is_said() {
    let file = LedgerFile::of(&ledgers::town());
    let path = &file.path();
    let (secret, _) = key(&file, "key");
    let other = file.directory().join("other");
    fs::write(&other, "sk_live_not_a_signing_key").unwrap();
    for (arguments, code, words) in [
        (vec!["receipt", "acct_cairo", "re_x"], 3, "check the id"),
        (vec!["receipt", "acct_x", "re_x"], 3, "no merchant"),
        (vec!["receipt", "acct_cairo", "ch_1", "--size", "9999"], 2, "size"),
        (vec!["checkpoint", "acct_cairo", "--since", "9999"], 2, "size"),
        (vec!["receipt", "acct_cairo", "ch_1", "--key", "/nowhere"], 1, "nothing was signed"),
        (vec!["receipt", "acct_cairo", "ch_1", "--key", text(&other)], 1, "nothing was signed"),
        (vec!["receipt-key", "a b", "unused"], 1, "visible ASCII"),
        (vec!["receipt-key", "cairo-books.example", text(&secret)], 1, "not there yet"),
    ] {
        let (status, said) = refused(path, &arguments);
        assert_eq!(status, code, "{said}");
        assert!(said.contains(words) && !said.contains("sk_live"), "{said}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
