//! The operator's commands that change a book: limits, transfers, what became of payouts and refunds.

use std::path::Path;

use refundry::{IdempotencyKey, Ledger, Options, RefundRequest, Timestamp};

use crate::{
    client::Request,
    ledgers::{self, CAIRO},
    operator::{refused, run},
    server::LedgerFile,
};

const IN_CAIRO: &str = "acct_cairo";

#[test]
fn a_limit_is_changed_and_holds_at_once() {
    let (file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let path = &file.path();
    let set = |more: &[&str]| {
        run(path, &[&["merchant", "set-limit", "acct_limited", "--json"], more].concat()).json()
    };
    let body = r#"{"chargeId":"ch_limited","amount":2}"#;
    let refund = || server.send(&Request::refund(ledgers::LIMITED, body));
    assert_eq!(set(&["--negative-balance-limit", "1"])["negativeBalanceLimit"], "1");
    assert_eq!(refund().refusal().1, "balance_insufficient");
    let limited = set(&["--negative-balance-limit", "EGP=2", "--negative-balance-limit", "KWD=0"]);
    assert_eq!(limited["negativeBalanceLimit"], serde_json::json!({"EGP": "2", "KWD": "0"}));
    assert_eq!(refund().status, 201);
    assert_eq!(refund().refusal().1, "balance_insufficient");
    assert!(set(&["--unlimited"])["negativeBalanceLimit"].is_null());
    assert_eq!(refund().status, 201);
    server.stop();

    let set = ["merchant", "set-limit"];
    for (more, code) in [
        (&["acct_limited"][..], 2),
        (&["acct_limited", "--unlimited", "--negative-balance-limit", "1"], 2),
        (&["acct_limited", "--negative-balance-limit", "x"], 2),
        (&["acct_nobody", "--unlimited"], 3),
    ] {
        assert_eq!(refused(path, &[&set[..], more].concat()).0, code, "{more:?}");
    }
}

#[test]
fn transfers_are_recorded_once_under_a_key() {
    let file = LedgerFile::of(&ledgers::town());
    let path = &file.path();
    let transfer = |kind: &str, amount: &str, key: &str, more: &[&str]| {
        let words = ["transfer", kind, IN_CAIRO, amount, "EGP", "--json", "--idempotency-key", key];
        run(path, &[&words[..], more].concat())
    };
    let words = ["--id", "tu_1", "--description", "for returns"];
    let top_up = transfer("top-up", "500", "june", &words);
    assert_eq!(top_up.json()["kind"], "topup");
    assert_eq!(top_up.json()["description"], "for returns");
    let again = transfer("top-up", "500", "june", &words);
    assert_eq!(again.json(), top_up.json());
    assert!(again.said.contains("recorded before"), "{}", again.said);
    assert_eq!(transfer("settlement", "-70", "june", &[]).json()["amount"], "-70");
    assert_eq!(transfer("adjustment", "-20", "june", &[]).json()["amount"], "-20");
    let payout = transfer("payout", "100", "june", &[]).json();
    assert_eq!(payout["status"], "in_transit");
    let available = run(path, &["show", "balance", IN_CAIRO, "--json"]).json();
    assert_eq!(available["available"][0]["amount"], "380", "500 - 20 - 100");

    let id = payout["id"].as_str().unwrap();
    let tell = |what: &str| run(path, &["payout", what, IN_CAIRO, id, "--json"]).json();
    assert_eq!(tell("paid")["status"], "paid");
    assert_eq!(tell("returned")["status"], "returned");
    let available = run(path, &["show", "balance", IN_CAIRO, "--json"]).json();
    assert_eq!(available["available"][0]["amount"], "480");
    for (words, code, why) in [
        (&["payout", "failed", IN_CAIRO, id][..], 3, id),
        (&["payout", "paid", IN_CAIRO, "po_0"], 3, "no payout \"po_0\""),
        (&["transfer", "top-up", IN_CAIRO, "5", "EGP"], 2, "--idempotency-key"),
        (&["transfer", "top-up", IN_CAIRO, "-5", "EGP", "--idempotency-key", "k"], 2, "amount"),
        (&["transfer", "top-up", IN_CAIRO, "6", "EGP", "--idempotency-key", "june"], 3, "key"),
        (&["transfer", "top-up", IN_CAIRO, "5", "XXX", "--idempotency-key", "k"], 2, "ISO 4217"),
        (&["transfer", "payout", IN_CAIRO, "999999", "EGP", "--idempotency-key", "k"], 3, "480"),
    ] {
        let (got, said) = refused(path, words);
        assert!(got == code && said.contains(why), "{words:?}: {got} {said}");
    }
}

#[test]
fn a_refund_that_failed_can_be_made_anew() {
    let (file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let path = &file.path();
    let refund = Request::refund(CAIRO, r#"{"chargeId":"ch_1"}"#);
    let id = server.send(&refund).text("id");
    assert_eq!(server.send(&refund).refusal().1, "charge_already_refunded");
    let fail = ["refund", "fail", IN_CAIRO, &id];
    assert_eq!(run(path, &[&fail[..], &["--json"]].concat()).json()["status"], "failed");
    let (code, said) = refused(path, &fail);
    assert!(code == 3 && said.contains(&id), "{code} {said}");
    assert_eq!(server.send(&refund).status, 201);
    assert_eq!(refused(path, &["refund", "fail", IN_CAIRO, "re_0"]).0, 3);
    server.stop();
}

/// Makes a refund each day for a month, the first under the key `old` and the last under `young`.
pub(crate) fn refund_for_a_month(path: &Path) {
    // Age is the book's own account: it grows by a day at most with each recording.
    const DAY: i64 = 24 * 60 * 60 * 1_000;
    let begin = Timestamp::now().millis();
    for day in 0..=31 {
        let mut options = Options::default();
        options.clock = Box::new(move || Timestamp::from_millis(begin + day * DAY));
        let mut ledger = Ledger::open(path, options).unwrap();
        let mut request = RefundRequest::of_charge("ch_1");
        request.amount = Some(refundry::Amount::from_minor(1).unwrap());
        let key = match day {
            0 => Some(IdempotencyKey::new("old").unwrap()),
            31 => Some(IdempotencyKey::new("young").unwrap()),
            _ => None,
        };
        ledger.book(IN_CAIRO).unwrap().create_refund(&request, key.as_ref()).unwrap();
    }
}

#[test]
fn only_old_idempotency_keys_are_forgotten() {
    let file = LedgerFile::of(&ledgers::town());
    let path = &file.path();
    refund_for_a_month(path);
    assert_eq!(run(path, &["prune", "--days", "100000", "--json"]).json()["pruned"], 0);
    assert_eq!(run(path, &["prune", "--days", "0", "--json"]).json()["pruned"], 1);
    let server = file.serve();
    let again = Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":"1"}"#);
    let young = server.send(&again.under("young"));
    assert_eq!(young.header("Idempotent-Replayed"), Some("true"));
    server.stop();
}
