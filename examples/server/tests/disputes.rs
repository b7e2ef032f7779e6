//! Disputes: told by the operator's commands, read over HTTP, and in the way of refunds.

use crate::{
    client::Request,
    ledgers::{self, CAIRO, GIZA},
    operator::{self, run},
    server::LedgerFile,
};

#[test]
fn the_operator_tells_of_disputes_and_clients_read_them() {
    let file = LedgerFile::of(&ledgers::town());
    let path = &file.path();
    let server = file.serve();
    let open = [
        "dispute",
        "open",
        "acct_cairo",
        "ch_1",
        "4000",
        "--fee",
        "1500",
        "--reason",
        "fraudulent",
        "--network-reference",
        "N-1",
        "--id",
        "dp_1",
        "--idempotency-key",
        "case-1",
        "--json",
    ];
    let opened = run(path, &open);
    assert_eq!(opened.json()["status"], "open");
    let again = run(path, &open);
    assert_eq!(again.printed, opened.printed);
    assert!(again.said.contains("recorded before"), "{}", again.said);
    run(path, &["dispute", "open", "acct_cairo", "ch_1", "600", "--idempotency-key", "case-2"]);

    let get = |path: &str| server.send(&Request::get(path, CAIRO));
    assert_eq!(get("/disputes/dp_1").body, opened.printed.trim_end());
    assert_eq!(get("/charges/ch_1").text("amountDisputed"), "4600");
    let held = r#"{"chargeId":"ch_1","amount":18005}"#;
    let refused = server.send(&Request::refund(CAIRO, held));
    let expected = (409, "charge_disputed".to_owned(), Some("chargeId".to_owned()));
    assert_eq!(refused.refusal(), expected);
    assert_eq!(refused.json()["error"]["refundable"], "18004");
    let none = server.send(&Request::refund(CAIRO, r#"{"paymentIntentId":"pi_1"}"#));
    assert_eq!(none.text("amount"), "18004", "all that is left");
    let none = server.send(&Request::refund(CAIRO, r#"{"paymentIntentId":"pi_1"}"#));
    assert_eq!(none.refusal().2, Some("paymentIntentId".to_owned()));
    assert_eq!(none.json()["error"]["refundable"], "0");

    run(path, &["verify"]);
    server.stop();
}

#[test]
fn how_disputes_end_is_listed() {
    let file = LedgerFile::of(&ledgers::town());
    let path = &file.path();
    let server = file.serve();
    let open = ["dispute", "open", "acct_cairo", "ch_1"];
    run(
        path,
        &[&open[..], &["9", "--fee", "1500", "--id", "dp_1", "--idempotency-key", "1"]].concat(),
    );
    let id = "dp_2";
    run(path, &[&open[..], &["600", "--id", id, "--idempotency-key", "2"]].concat());
    let won = run(path, &["dispute", "won", "acct_cairo", "dp_1", "--return-fee", "--json"]).json();
    assert_eq!((&won["status"], &won["feeReturned"]), (&"won".into(), &true.into()));
    assert_eq!(
        run(path, &["dispute", "lost", "acct_cairo", id, "--json"]).json()["status"],
        "lost"
    );
    let get = |path: &str| server.send(&Request::get(path, CAIRO));
    let listed = |query: &str| -> Vec<String> {
        let list = get(&format!("/disputes{query}")).json();
        let ids = list["data"].as_array().unwrap().iter();
        ids.map(|dispute| dispute["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(listed(""), [id, "dp_1"]);
    assert_eq!(listed("?status=won"), ["dp_1"]);
    assert_eq!(listed("?chargeId=ch_1&limit=1"), [id]);
    assert_eq!(listed(&format!("?startingAfter={id}")), ["dp_1"]);
    assert!(listed("?chargeId=ch_2").is_empty());
    for (query, param) in [
        ("?status=over", "status"),
        ("?limit=0", "limit"),
        ("?startingAfter=dp_0", "startingAfter"),
        ("?paymentIntentId=pi_1", "paymentIntentId"),
    ] {
        let (status, _, blamed) = get(&format!("/disputes{query}")).refusal();
        assert_eq!((status, blamed.as_deref()), (400, Some(param)), "{query}");
    }
    let others = server.send(&Request::get("/disputes/dp_1", GIZA));
    assert_eq!(others.refusal(), (404, "resource_missing".into(), Some("id".into())));
    let events = get("/events?limit=3").json();
    let types: Vec<_> = (0..3).map(|n| events["data"][n]["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["dispute.lost", "dispute.won", "dispute.created"]);
    let lines = get("/balance_transactions?limit=1").json();
    assert_eq!(lines["data"][0]["type"], "dispute_reversal");
    assert_eq!(lines["data"][0]["fee"], "-1500");

    let show = |arguments: &[&str]| run(path, &[&["show"], arguments].concat());
    assert_eq!(show(&["dispute", "acct_cairo", "dp_1", "--json"]).json(), won);
    let shown = show(&["disputes", "acct_cairo", "--charge", "ch_1", "--limit", "1"]);
    assert!(shown.printed.contains(id), "{}", shown.printed);
    assert!(shown.said.contains("--starting-after"), "{}", shown.said);
    let shown = show(&["disputes", "acct_cairo", "--status", "won", "--json"]).json();
    assert_eq!(shown[0], won);
    assert_eq!(show(&["disputes", "acct_cairo", "--charge", "ch_2"]).printed, "none\n");
    server.stop();
}

#[test]
fn what_can_not_be_is_refused_in_words() {
    let file = LedgerFile::of(&ledgers::town());
    let path = &file.path();
    run(
        path,
        &["dispute", "open", "acct_cairo", "ch_1", "1", "--id", "dp_1", "--idempotency-key", "k"],
    );
    run(path, &["dispute", "lost", "acct_cairo", "dp_1"]);
    for (arguments, code, says) in [
        (&["dispute", "lost", "acct_cairo", "dp_1"][..], 3, "this dispute is lost already"),
        (&["dispute", "won", "acct_cairo", "dp_0"], 3, "has no dispute"),
        (&["dispute", "won", "acct_x", "dp_1"], 3, "no merchant"),
        (&["dispute", "open", "acct_cairo", "ch_1", "1"], 2, "--idempotency-key"),
        (
            &["dispute", "open", "acct_cairo", "ch_1", "22604", "--idempotency-key", "k2"],
            3,
            "at most 22603 minor units",
        ),
        (
            &[
                "dispute",
                "open",
                "acct_cairo",
                "ch_1",
                "1",
                "--idempotency-key",
                "k3",
                "--reason",
                "x",
            ],
            2,
            "duplicate, fraudulent",
        ),
    ] {
        let (exit, said) = operator::refused(path, arguments);
        assert_eq!(exit, code, "{arguments:?}: {said}");
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
}
