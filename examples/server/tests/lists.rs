//! Lists: their order, their pages, their filters, and what is refused.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    client::{Answer, Request},
    ledgers::{self, CAIRO, GIZA},
    server::{LedgerFile, Server},
};

fn refund(server: &Server, body: &str) -> String {
    server.send(&Request::refund(CAIRO, body)).text("id")
}

fn list(server: &Server, path: &str) -> Answer {
    let answer = server.send(&Request::get(path, CAIRO));
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    assert_eq!(answer.json()["object"], "list");
    answer
}

fn ids(answer: &Answer) -> Vec<String> {
    let data = answer.json()["data"].as_array().unwrap().clone();
    data.iter().map(|object| object["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn refunds_are_listed_newest_first_page_by_page() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    assert_eq!(list(&server, "/refunds").body, r#"{"object":"list","data":[],"hasMore":false}"#);
    let mut made: Vec<_> =
        (0..12).map(|_| refund(&server, r#"{"chargeId":"ch_1","amount":1}"#)).collect();
    made.reverse();
    let first = list(&server, "/refunds");
    assert_eq!(
        (ids(&first).as_slice(), &first.json()["hasMore"]),
        (&made[..10], &Value::Bool(true))
    );
    let rest = list(&server, &format!("/refunds?startingAfter={}", made[9]));
    assert_eq!(
        (ids(&rest).as_slice(), &rest.json()["hasMore"]),
        (&made[10..], &Value::Bool(false))
    );
    let exact = list(&server, "/refunds?limit=12&liveMode=false");
    assert_eq!((ids(&exact), &exact.json()["hasMore"]), (made.clone(), &Value::Bool(false)));
    let one = list(&server, "/refunds?limit=1");
    assert_eq!((ids(&one).as_slice(), &one.json()["hasMore"]), (&made[..1], &Value::Bool(true)));
    // What is listed is what is made: without the ledger's part of it.
    let newest = server.send(&Request::refund(CAIRO, r#"{"chargeId":"ch_2","amount":1}"#));
    let listed = list(&server, "/refunds?limit=1").body;
    assert_eq!(listed, format!(r#"{{"object":"list","data":[{}],"hasMore":true}}"#, newest.body));
}

#[test]
fn refunds_are_listed_by_moment_status_and_reference() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let first = refund(&server, r#"{"chargeId":"ch_1","amount":1,"externalReference":"A"}"#);
    let second = refund(&server, r#"{"chargeId":"ch_1","amount":1,"externalReference":"B"}"#);
    let both = vec![second.clone(), first.clone()];
    for (query, expected) in [
        ("?externalReference=A", vec![first]),
        ("?externalReference=a", vec![]),
        ("?externalReference=B&chargeId=ch_1", vec![second]),
        ("?status=succeeded", both.clone()),
        ("?status=failed", vec![]),
        ("?from=2024-01-01T00:00:00Z&to=9000-01-01T00:00:00.000Z", both),
        ("?to=2024-01-01T00:00:00Z", vec![]),
        ("?from=9000-01-01T00:00:00Z", vec![]),
    ] {
        assert_eq!(ids(&list(&server, &format!("/refunds{query}"))), expected, "{query}");
    }
    for (query, param) in [
        ("from=yesterday", "from"),
        ("to=2024-01-01", "to"),
        ("status=Succeeded", "status"),
        ("status=failed&status=failed", "status"),
    ] {
        let answer = server.send(&Request::get(&format!("/refunds?{query}"), CAIRO));
        assert_eq!(answer.refusal(), (400, "parameter_invalid".into(), Some(param.into())));
    }
}

#[test]
fn refunds_are_listed_by_charge_and_by_intent() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let first = refund(&server, r#"{"chargeId":"ch_1","amount":1}"#);
    let second = refund(&server, r#"{"paymentIntentId":"pi_1","amount":1}"#);
    let other = refund(&server, r#"{"chargeId":"ch_2","amount":1}"#);
    let both = vec![second.clone(), first.clone()];
    for (query, expected) in [
        ("", vec![other.clone(), second.clone(), first]),
        ("?chargeId=ch_1", both.clone()),
        ("?paymentIntentId=pi_1", both.clone()),
        ("?paymentIntentId=pi_1&chargeId=ch_1&limit=1", vec![second]),
        ("?chargeId=ch%5F2", vec![other]),
        ("?paymentIntentId=pi_1&chargeId=ch_2", vec![]),
        ("?chargeId=ch_0", vec![]),
        ("?paymentIntentId=pi_0", vec![]),
        ("?chargeId=", vec![]),
    ] {
        assert_eq!(ids(&list(&server, &format!("/refunds{query}"))), expected, "{query}");
    }
}

#[test]
fn charges_are_listed_by_intent_moment_status_and_reference() {
    let mut ledger = ledgers::town();
    let sale = ledgers::charge("ch_order", 100, 0, ledgers::PAST);
    ledger += &sale.replace(r#""createdAt""#, r#""externalReference":"ORD-1","createdAt""#);
    let (_file, server) = LedgerFile::of(&ledger).into_served();
    let all = ["ch_order", "ch_second", "ch_first", "ch_canceled", "ch_pending", "ch_failed"];
    let all = [&all[..], &["ch_2", "ch_1"]].concat();
    for (query, expected) in [
        ("", &all[..]),
        ("?limit=1&startingAfter=ch_2", &["ch_1"]),
        ("?paymentIntentId=pi_none", &["ch_canceled", "ch_pending", "ch_failed"]),
        ("?paymentIntentId=pi_none&status=pending", &["ch_pending"]),
        ("?paymentIntentId=pi_unknown", &[]),
        ("?externalReference=ORD-1", &["ch_order"]),
        ("?status=failed", &["ch_failed"]),
        ("?from=2024-01-01T00:00:01Z&limit=100", &all),
        ("?from=2024-01-01T00:00:02Z", &[]),
        ("?to=2024-01-01T00:00:01Z", &[]),
    ] {
        assert_eq!(ids(&list(&server, &format!("/charges{query}"))), expected, "{query}");
    }
    let page = list(&server, "/charges?limit=1");
    assert_eq!(page.json()["hasMore"], true);
    let read = server.send(&Request::get("/charges/ch_order", CAIRO));
    assert!(page.body.contains(&read.body), "{read:?}");
    for (query, param) in [
        ("from=yesterday", "from"),
        ("status=refunded", "status"),
        ("startingAfter=ch_0", "startingAfter"),
    ] {
        let answer = server.send(&Request::get(&format!("/charges?{query}"), CAIRO));
        assert_eq!(answer.refusal(), (400, "parameter_invalid".into(), Some(param.into())));
    }
    let refused = server.send(&Request::get("/charges?chargeId=ch_1", CAIRO)).refusal();
    assert_eq!(refused, (400, "parameter_unknown".into(), Some("chargeId".into())));
}

#[test]
fn the_statement_is_listed_by_moment_and_type() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let refund = refund(&server, r#"{"chargeId":"ch_1","amount":100}"#);
    let sources = |query: &str| -> Vec<String> {
        let page = list(&server, &format!("/balance_transactions{query}")).json();
        let lines = page["data"].as_array().unwrap();
        lines.iter().map(|line| line["source"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(sources("?type=refund"), [refund.as_str()]);
    assert_eq!(sources("?type=charge&limit=2"), ["ch_second", "ch_first"]);
    assert_eq!(sources("?from=2024-01-02T00:00:00Z"), [refund.as_str()]);
    assert_eq!(sources("?to=2024-01-02T00:00:00Z&type=refund"), [] as [&str; 0]);
    let answer = server.send(&Request::get("/balance_transactions?type=sale", CAIRO));
    assert_eq!(answer.refusal(), (400, "parameter_invalid".into(), Some("type".into())));
}

#[test]
fn the_statement_is_listed_and_its_lines_read() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let refund = refund(&server, r#"{"chargeId":"ch_1","amount":100}"#);
    let page = list(&server, "/balance_transactions?limit=2");
    assert_eq!(page.json()["hasMore"], true);
    let line = page.json()["data"][0].clone();
    let fields: BTreeSet<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
    let names = "id type amount fee net currency status availableOn source createdAt";
    assert_eq!(fields, names.split(' ').collect());
    assert_eq!(line["source"], refund);
    assert_eq!((&line["type"], &line["amount"]), (&"refund".into(), &"-100".into()));
    assert_eq!((&line["fee"], &line["net"]), (&"0".into(), &"-100".into()));
    assert_eq!(line["status"], "available");
    let path = format!("/balance_transactions/{}", line["id"].as_str().unwrap());
    let read = server.send(&Request::get(&path, CAIRO));
    assert!(page.body.contains(&read.body), "{read:?}");

    let mut all = Vec::new();
    let mut path = "/balance_transactions?limit=2".to_owned();
    loop {
        let page = list(&server, &path);
        all.extend(ids(&page));
        if page.json()["hasMore"] == false {
            break;
        }
        path = format!("/balance_transactions?limit=2&startingAfter={}", all.last().unwrap());
    }
    assert_eq!(all, ids(&list(&server, "/balance_transactions?limit=100")));
    let numbers: Vec<u32> = all.iter().map(|id| id[3..].parse().unwrap()).collect();
    assert!(numbers.is_sorted_by(|newer, older| newer > older), "{numbers:?}");
}

#[test]
fn events_are_listed_both_ways_and_by_type() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let made: Vec<_> =
        (0..3).map(|_| refund(&server, r#"{"chargeId":"ch_1","amount":1}"#)).collect();
    let refunds = list(&server, "/events?type=refund.succeeded");
    let about = |answer: &Answer| -> Vec<Value> {
        let data = answer.json()["data"].as_array().unwrap().clone();
        data.iter().map(|event| event["data"]["object"]["id"].clone()).collect()
    };
    assert_eq!(about(&refunds), [&*made[2], &made[1], &made[0]]);
    let found = ids(&refunds);
    let read = server.send(&Request::get(&format!("/events/{}", found[1]), CAIRO));
    assert!(refunds.body.contains(&read.body), "{read:?}");
    assert_eq!(read.json()["createdAt"], read.json()["data"]["object"]["createdAt"]);
    let path = |more: &str| format!("/events?type=refund.succeeded&limit=1&{more}");
    let after = list(&server, &path(&format!("startingAfter={}", found[0])));
    assert_eq!((ids(&after), &after.json()["hasMore"]), (vec![found[1].clone()], &true.into()));
    let before = list(&server, &path(&format!("endingBefore={}", found[1])));
    assert_eq!((ids(&before), &before.json()["hasMore"]), (vec![found[0].clone()], &false.into()));
    // What matured at the start is one as well.
    assert!(!ids(&list(&server, "/events?type=charge.available")).is_empty());
    let id = &found[0];
    for (query, param) in [
        ("type=refund", "type"),
        ("endingBefore=evt_1", "endingBefore"),
        (&format!("endingBefore={id}&startingAfter={id}"), "endingBefore"),
        ("startingAfter=re_1", "startingAfter"),
        ("limit=0", "limit"),
    ] {
        let answer = server.send(&Request::get(&format!("/events?{query}"), CAIRO));
        assert_eq!(answer.refusal(), (400, "parameter_invalid".into(), Some(param.into())));
    }
    assert_eq!(server.send(&Request::get(&format!("/events/{id}"), GIZA)).status, 404);
}

#[test]
fn bad_parameters_are_refused() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let id = refund(&server, r#"{"chargeId":"ch_1","amount":1}"#);
    let invalid = |param: &str| (400, "parameter_invalid".into(), Some(param.into()));
    let unknown = |param: &str| (400, "parameter_unknown".into(), Some(param.into()));
    for (query, expected) in [
        ("limit=0", invalid("limit")),
        ("limit=101", invalid("limit")),
        ("limit=", invalid("limit")),
        ("limit=ten", invalid("limit")),
        ("limit=1&limit=1", invalid("limit")),
        ("startingAfter=", invalid("startingAfter")),
        ("startingAfter=bt_0", invalid("startingAfter")),
        ("startingAfter=re_0", invalid("startingAfter")),
        ("Limit=1", unknown("Limit")),
        ("zzz=1&limit=0", unknown("zzz")),
    ] {
        for path in ["/refunds", "/balance_transactions"] {
            let answer = server.send(&Request::get(&format!("{path}?{query}"), CAIRO));
            assert_eq!(answer.refusal(), expected, "{path}?{query}");
        }
    }
    // A filter that a list does not have would show more than was asked for.
    let filtered = Request::get("/balance_transactions?chargeId=ch_1", CAIRO);
    assert_eq!(server.send(&filtered).refusal(), unknown("chargeId"));
    for path in ["/balance", "/charges/ch_1", &format!("/refunds/{id}")] {
        let answer = server.send(&Request::get(&format!("{path}?limit=1&liveMode=0"), CAIRO));
        assert_eq!(answer.refusal(), unknown("limit"), "{path}");
    }
    // What a refund is asked for in stands in its body, and nowhere else.
    let body = r#"{"chargeId":"ch_1"}"#;
    let refund = Request::refund(CAIRO, body).path("/refunds?amount=100");
    assert_eq!(server.send(&refund).refusal(), unknown("amount"));
    // Those who look after servers may add what they like.
    assert_eq!(server.send(&Request::new("GET", "/healthz?probe=1")).status, 200);
}

#[test]
fn pages_do_not_reach_into_other_books() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let id = refund(&server, r#"{"chargeId":"ch_1","amount":1}"#);
    let line = ids(&list(&server, "/balance_transactions"))[0].clone();
    let giza = |path: &str| server.send(&Request::get(path, GIZA));
    for (theirs, nobodys) in [
        (format!("/refunds?startingAfter={id}"), "/refunds?startingAfter=re_0"),
        ("/refunds?chargeId=ch_1".into(), "/refunds?chargeId=ch_0"),
        ("/refunds?paymentIntentId=pi_1".into(), "/refunds?paymentIntentId=pi_0"),
        (
            format!("/balance_transactions?startingAfter={line}"),
            "/balance_transactions?startingAfter=bt_0",
        ),
        (format!("/balance_transactions/{line}"), "/balance_transactions/bt_0"),
    ] {
        let (theirs, nobodys) = (giza(&theirs), giza(nobodys));
        assert_eq!(theirs.status, nobodys.status);
        assert_eq!(theirs.body_but_request_id(), nobodys.body_but_request_id());
    }
    assert_eq!(
        giza("/balance_transactions").body,
        r#"{"object":"list","data":[],"hasMore":false}"#
    );
}
