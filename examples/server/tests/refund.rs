//! Refunds that are made: their answer, their replays, and what they do to the books.

use std::thread;

use crate::{
    client::Request,
    ledgers::{self, CAIRO, GIZA},
    server::LedgerFile,
};

fn cairo(body: &str) -> Request {
    Request::refund(CAIRO, body)
}

#[test]
fn the_published_fields_in_their_order() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let body = r#"{"paymentIntentId":"pi_1","amount":100,"reason":"requested_by_customer",
        "description":"a torn page","metadata":{"b":"2","a":"1"},"externalReference":"T-1"}"#;
    let answer = server.send(&cairo(body));
    assert_eq!(answer.status, 201, "{answer:?}");
    let id = answer.text("id");
    assert_eq!(answer.header("Location"), Some(format!("/refunds/{id}").as_str()));
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
    assert!(answer.header("Request-Id").unwrap().starts_with("req_"));
    assert_eq!(answer.header("Idempotent-Replayed"), None);
    let (line, at) = (answer.text("balanceTransactionId"), answer.text("createdAt"));
    assert!(id.starts_with("re_") && line.starts_with("bt_"));
    assert!(at.len() == 24 && at.ends_with('Z'), "{at}");
    assert_eq!(
        answer.body,
        format!(
            r#"{{"id":"{id}","chargeId":"ch_1","amount":"100","currency":"EGP","status":"succeeded","reason":"requested_by_customer","balanceTransactionId":"{line}","createdAt":"{at}","paymentIntentId":"pi_1","description":"a torn page","metadata":{{"a":"1","b":"2"}},"externalReference":"T-1"}}"#
        )
    );

    let bare = server.send(&cairo(r#"{"chargeId":"ch_2"}"#));
    let end =
        r#","paymentIntentId":null,"description":null,"metadata":{},"externalReference":null}"#;
    assert!(bare.body.contains(r#""amount":"10900""#) && bare.body.ends_with(end), "{}", bare.body);
    assert!(bare.body.contains(r#""reason":null"#));
}

#[test]
fn other_ways_to_say_json() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    for media_type in
        ["application/json; charset=utf-8", "Application/JSON", "application/vnd.shop+json"]
    {
        let request = cairo(r#"{"chargeId":"ch_1","amount":1}"#).without("Content-Type");
        assert_eq!(server.send(&request.with("Content-Type", media_type)).status, 201);
    }
}

#[test]
fn a_full_refund_of_a_matured_charge_leaves_the_fee() {
    let lines = ledgers::merchant("cairo", CAIRO, "null")
        + &ledgers::charge("ch_1", 22_604, 912, ledgers::PAST);
    let (_file, server) = LedgerFile::of(&lines).into_served();
    let balance = || server.send(&Request::get("/balance", CAIRO)).body;
    let is = |available: i64, pending: i64| {
        format!(
            r#"{{"available":[{{"amount":"{available}","currency":"EGP"}}],"pending":[{{"amount":"{pending}","currency":"EGP"}}]}}"#
        )
    };
    assert_eq!(balance(), is(21_692, 0));
    assert_eq!(server.send(&cairo(r#"{"chargeId":"ch_1"}"#)).text("amount"), "22604");
    assert_eq!(balance(), is(-912, 0));
}

#[test]
fn a_refund_of_a_pending_charge_hits_the_available_balance() {
    let lines = ledgers::merchant("cairo", CAIRO, "null")
        + &ledgers::charge("ch_1", 22_604, 912, ledgers::FUTURE);
    let (_file, server) = LedgerFile::of(&lines).into_served();
    assert_eq!(server.send(&cairo(r#"{"chargeId":"ch_1"}"#)).status, 201);
    let balance = server.send(&Request::get("/balance", CAIRO)).json();
    assert_eq!(balance["available"][0]["amount"], "-22604");
    assert_eq!(balance["pending"][0]["amount"], "21692");
}

#[test]
fn a_success_is_replayed() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let first = server.send(&cairo(r#"{"chargeId":"ch_2","amount":"100"}"#).under("k"));
    // Order and white space don't matter, nor how the amount is written.
    for body in
        [r#"{"chargeId":"ch_2","amount":"100"}"#, r#" { "amount":100, "chargeId":"ch_2" } "#]
    {
        let again = server.send(&cairo(body).under("k"));
        assert_eq!((again.status, &again.body), (201, &first.body));
        assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
        assert_eq!(again.header("Location"), first.header("Location"));
        assert_ne!(again.header("Request-Id"), first.header("Request-Id"));
    }
    let charge = server.send(&Request::get("/charges/ch_2", CAIRO));
    assert_eq!(charge.text("amountRefunded"), "100");
    // The same key is another merchant's to use.
    let other = server.send(&Request::refund(GIZA, r#"{"chargeId":"ch_2"}"#).under("k"));
    assert_eq!(other.status, 404);
}

#[test]
fn a_refusal_is_replayed_with_its_facts() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let too_much = cairo(r#"{"chargeId":"ch_2","amount":"10901"}"#).under("k");
    let first = server.send(&too_much);
    assert_eq!(first.header("Idempotent-Replayed"), None);
    assert_eq!(server.send(&cairo(r#"{"chargeId":"ch_2","amount":"900"}"#)).status, 201);
    let again = server.send(&too_much);
    assert_eq!(again.status, 409);
    assert_eq!(again.header("Idempotent-Replayed"), Some("true"));
    assert_eq!(again.body_but_request_id(), first.body_but_request_id());
    assert_eq!(again.json()["error"]["refundable"], "10900");
    assert_ne!(again.json()["request_id"], first.json()["request_id"]);
}

#[test]
fn a_missing_target_is_not_final() {
    let (file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let request = cairo(r#"{"chargeId":"ch_late"}"#).under("k");
    assert_eq!(server.send(&request).status, 404);
    let line = ledgers::charge("ch_late", 700, 0, ledgers::PAST);
    let progress = |_: &_| std::ops::ControlFlow::Continue(());
    file.open().import(line.as_bytes(), progress).unwrap();
    let answer = server.send(&request);
    assert_eq!((answer.status, answer.header("Idempotent-Replayed")), (201, None));
}

#[test]
fn one_key_raced_gives_one_refund() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let request = cairo(r#"{"chargeId":"ch_2","amount":"100"}"#).under("k");
    let answers: Vec<_> = thread::scope(|scope| {
        let racers: Vec<_> = (0..32)
            .map(|_| {
                let (mut connection, request) = (server.connect(), &request);
                scope.spawn(move || connection.send(request).unwrap())
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|answer| answer.status == 201 && answer.body == answers[0].body));
    let first = answers.iter().filter(|answer| answer.header("Idempotent-Replayed").is_none());
    assert_eq!(first.count(), 1);
    let charge = server.send(&Request::get("/charges/ch_2", CAIRO));
    assert_eq!(charge.text("amountRefunded"), "100");
}
