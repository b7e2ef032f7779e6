//! What can be read, by whom, and how.

use crate::{
    client::Request,
    ledgers::{self, CAIRO, GIZA},
    server::LedgerFile,
};

#[test]
fn a_refund_with_its_journal_entry() {
    let (file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let made = server.send(&Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":100}"#));
    let answer = server.send(&Request::get(&format!("/refunds/{}", made.text("id")), CAIRO));
    assert_eq!(answer.status, 200, "{answer:?}");
    let entry = answer.json()["ledger"]["journalEntryId"].as_str().unwrap().to_owned();
    let book_says = {
        let mut ledger = file.open();
        ledger.book("acct_cairo").unwrap().journal_entry(&entry).unwrap()
    };
    assert_eq!(book_says.source, made.text("id"));
    let reverses = book_says.reverses.unwrap();
    let ledger = format!(
        r#","ledger":{{"journalEntryId":"{entry}","reverses":"{reverses}","postings":[{{"debit":"available","credit":"clearing","amount":"100","currency":"EGP"}}]}}}}"#
    );
    assert_eq!(answer.body, made.body.strip_suffix('}').unwrap().to_owned() + &ledger);
}

#[test]
fn charges_and_intents_with_what_was_refunded() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    server.send(&Request::refund(CAIRO, r#"{"paymentIntentId":"pi_1","amount":100}"#));
    let charge = server.send(&Request::get("/charges/ch_1", CAIRO));
    assert_eq!(charge.text("amountRefunded"), "100");
    assert_eq!(charge.text("amountCaptured"), "22604");
    assert_eq!(charge.text("paymentIntentId"), "pi_1");
    let intent = server.send(&Request::get("/payment_intents/pi_1", CAIRO));
    assert_eq!(intent.text("amountRefunded"), "100");
    // An address may be written in several ways.
    let escaped = server.send(&Request::get("/charges/ch%5F1", CAIRO));
    assert_eq!(escaped.body, charge.body);
}

#[test]
fn what_belongs_to_others_looks_like_what_is_not_there() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let made = server.send(&Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":100}"#));
    for (theirs, nobodys) in [
        (format!("/refunds/{}", made.text("id")), "/refunds/re_0"),
        ("/charges/ch_1".into(), "/charges/ch_0"),
        ("/payment_intents/pi_1".into(), "/payment_intents/pi_0"),
    ] {
        let others = server.send(&Request::get(&theirs, GIZA));
        assert_eq!(others.refusal(), (404, "resource_missing".into(), Some("id".into())));
        let unknown = server.send(&Request::get(nobodys, GIZA));
        assert_eq!(others.body_but_request_id(), unknown.body_but_request_id());
    }
    let balance = server.send(&Request::get("/balance", GIZA));
    assert_eq!(balance.body, r#"{"available":[],"pending":[]}"#);
}

#[test]
fn head_answers_as_get_does_without_the_body() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let made = server.send(&Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":100}"#));
    let refund = format!("/refunds/{}", made.text("id"));
    for path in [
        refund.as_str(),
        "/charges/ch_1",
        "/payment_intents/pi_1",
        "/balance",
        "/balance_transactions",
        "/balance_transactions/bt_1",
        "/refunds?chargeId=ch_1",
        "/refunds?limit=0",
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/charges/ch_0",
    ] {
        let get = server.send(&Request::get(path, CAIRO));
        let mut connection = server.connect();
        let head = connection.send(&Request::get(path, CAIRO).method("HEAD")).unwrap();
        assert_eq!((head.status, head.body.as_str()), (get.status, ""), "{path}");
        for name in ["Content-Length", "Content-Type"] {
            assert_eq!(head.header(name), get.header(name), "{path}");
        }
        assert!(head.header("Request-Id").is_some());
        // Had a body been sent, it would now be taken for an answer.
        assert_eq!(connection.send(&Request::new("GET", "/healthz")).unwrap().status, 200);
    }
}

#[test]
fn anyone_may_ask_for_the_health() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let answer = server.send(&Request::new("GET", "/healthz"));
    assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"status":"ok"}"#));
    assert!(answer.header("Request-Id").is_some());
}

#[test]
fn the_description_is_shown_from_here_alone() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let page = server.send(&Request::new("GET", "/docs"));
    assert_eq!((page.status, page.header("Content-Type")), (200, Some("text/html; charset=utf-8")));
    assert!(page.header("Content-Security-Policy").unwrap().starts_with("default-src 'none';"));
    assert!(!page.body.contains("//"), "nothing is fetched from elsewhere");
    assert!(page.body.contains("\"docs/viewer.js\"") && page.body.contains("\"openapi.json\""));
    let script = server.connect().send(&Request::new("HEAD", "/docs/viewer.js")).unwrap();
    assert_eq!((script.status, script.header("Content-Encoding")), (200, Some("gzip")));
    assert_eq!(script.header("Content-Type"), Some("text/javascript"));
    let length: usize = script.header("Content-Length").unwrap().parse().unwrap();
    assert_eq!(length, include_bytes!("../docs/rapidoc-min.js.gz").len());
    let description = server.send(&Request::new("GET", "/openapi.json"));
    assert_eq!(description.json()["openapi"], "3.1.0");
}
