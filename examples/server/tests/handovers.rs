//! Hand-overs: done by the operator's commands, read over HTTP, and in the way of refunds.

use crate::{
    client::Request,
    ledgers::{self, CAIRO, GIZA},
    operator::{refused, run, run_with},
    server::LedgerFile,
};

#[test]
fn a_charge_is_handed_over_and_refunded_in_the_other_book() {
    let file = LedgerFile::of(&ledgers::town());
    let path = &file.path();
    let server = file.serve();
    let give = ["handover", "give", "acct_cairo", "ch_2", "acct_giza", "--idempotency-key", "h"];
    let given = run(path, &[&give[..], &["--json"]].concat());
    let handover = given.json();
    assert_eq!(
        (&handover["direction"], &handover["amount"]),
        (&"handed_over".into(), &"10900".into())
    );
    let again = run(path, &[&give[..], &["--json"]].concat());
    assert_eq!(again.printed, given.printed);
    assert!(again.said.contains("recorded before"), "{}", again.said);

    let get = |path: &str, key| server.send(&Request::get(path, key));
    let id = handover["id"].as_str().unwrap();
    assert_eq!(get(&format!("/handovers/{id}"), CAIRO).body, given.printed.trim_end());
    assert_eq!(get("/charges/ch_2", CAIRO).text("amountElsewhere"), "10900");
    let body = r#"{"chargeId":"ch_2","amount":"1"}"#;
    let answer = server.send(&Request::refund(CAIRO, body));
    let expected = (409, "charge_handed_over".to_owned(), Some("chargeId".to_owned()));
    assert_eq!(answer.refusal(), expected);
    assert_eq!(answer.json()["error"]["refundable"], "0");

    let text = handover["text"].as_str().unwrap();
    let (code, said) = refused(path, &["handover", "take", "acct_cairo", text]);
    assert!(code == 3 && said.contains("acct_giza"), "{code}: {said}");
    assert_eq!(refused(path, &["handover", "take", "acct_giza", "rh1."]).0, 2);
    run(path, &["handover", "take", "acct_giza", text]);
    assert_eq!(server.send(&Request::refund(GIZA, body)).status, 201);
    let back = run(path, &["handover", "refuse", "acct_giza", text, "--json"]).json();
    assert_eq!(back["amount"], "10899");

    let list = get("/handovers?direction=handed_over&chargeId=ch_2&limit=1", GIZA).json();
    assert_eq!(list["data"][0], back);
    assert_eq!(get("/handovers", CAIRO).json()["data"].as_array().unwrap().len(), 1);
    let wrong = get("/handovers?direction=up", CAIRO);
    assert_eq!(
        wrong.refusal(),
        (400, "parameter_invalid".to_owned(), Some("direction".to_owned()))
    );
    assert_eq!(get("/handovers/ho_0", CAIRO).status, 404);
    let shown = run(path, &["show", "handovers", "acct_giza", "--charge", "ch_2", "--json"]).json();
    assert_eq!(shown.as_array().unwrap().len(), 2);
    assert_eq!(run(path, &["show", "handover", "acct_cairo", id, "--json"]).json(), handover);

    run(path, &["verify"]);
    server.stop();
}

/// A file or a scanner gives the text on standard input.
#[test]
fn a_text_comes_on_standard_input() {
    let file = LedgerFile::of(&ledgers::town());
    let path = &file.path();
    let give = ["handover", "give", "acct_cairo", "ch_2", "acct_giza", "--json"];
    let text = run(path, &give).json()["text"].as_str().unwrap().to_owned();
    let take = ["handover", "take", "acct_giza", "-", "--json"];
    let taken = run_with(path, &take, &format!("{text}\n")).json();
    assert_eq!(taken["direction"], "taken_over");
}
