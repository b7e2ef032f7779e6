//! Every refusal, with its status, code and field, and the order in which they are checked.

use crate::{
    client::{Answer, Request},
    ledgers::{self, CAIRO, GIZA, LIMITED, LIVE},
    server::{LedgerFile, Server},
};

/// A name, a request, and what is expected: status, code and the field to blame.
type Row<'a> = (&'a str, Request, &'a str);

fn check(server: &Server, rows: &[Row<'_>]) {
    for (name, request, expected) in rows {
        let answer = server.send(request);
        let (status, code, param) = answer.refusal();
        let said = format!("{status} {code} {}", param.unwrap_or_default());
        assert_eq!(said.trim_end(), *expected, "{name}: {answer:?}");
        check_shape(name, &answer);
    }
}

/// What holds for every refusal.
fn check_shape(name: &str, answer: &Answer) {
    let body = answer.json();
    let id = answer.header("Request-Id").unwrap();
    assert!(id.starts_with("req_") && id.len() > 4, "{name}: {id}");
    assert_eq!(body["request_id"], id, "{name}");
    let r#type = match answer.status {
        401 | 403 => "authentication_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    };
    assert_eq!(body["error"]["type"], r#type, "{name}");
    assert!(body["error"]["message"].as_str().unwrap().contains(';'), "{name}: says what to do");
    assert!(!answer.body.contains("sk_"), "{name}: no key is repeated");
    let authenticate = (answer.status == 401).then_some("Bearer");
    assert_eq!(answer.header("WWW-Authenticate"), authenticate, "{name}");
    assert_eq!(answer.header("Content-Type"), Some("application/json"), "{name}");
}

fn cairo(body: impl Into<Vec<u8>>) -> Request {
    Request::refund(CAIRO, body)
}

#[test]
#[rustfmt::skip] // A row a line reads as a table.
fn keys() {
    let file = LedgerFile::of(&ledgers::town());
    let (revoked, second) = {
        let mut ledger = file.open();
        let mut book = ledger.book("acct_cairo").unwrap();
        let [revoked, second] = [(); 2].map(|()| book.issue_key().unwrap());
        book.revoke_key(&revoked.id).unwrap();
        (revoked.key, second.key)
    };
    let server = file.serve();
    let get = |value: &str| Request::new("GET", "/balance").with("Authorization", value);
    let twice = Request::get("/balance", CAIRO).with("Authorization", &format!("Bearer {CAIRO}"));
    let mode = |key: &str, query: &str| Request::get(&format!("/balance?{query}"), key);
    check(
        &server,
        &[
            ("none", Request::new("GET", "/balance"), "401 api_key_invalid"),
            ("another scheme", get(&format!("Basic {CAIRO}")), "401 api_key_invalid"),
            ("no scheme", get(CAIRO), "401 api_key_invalid"),
            ("empty", get("Bearer "), "401 api_key_invalid"),
            ("unknown", get("Bearer sk_test_nobody_0123456789abcdef"), "401 api_key_invalid"),
            ("not ASCII", get("Bearer sk_test_\u{e9}"), "401 api_key_invalid"),
            ("two of them", twice, "401 api_key_invalid"),
            ("revoked", Request::get("/balance", &revoked), "401 api_key_inactive"),
            ("live, not test", mode(CAIRO, "liveMode=true"), "403 permission_denied liveMode"),
            ("as a digit", mode(CAIRO, "liveMode=1"), "403 permission_denied liveMode"),
            ("escaped", mode(CAIRO, "live%4dode=tru%65"), "403 permission_denied liveMode"),
            ("test, not live", mode(LIVE, "liveMode=false"), "403 permission_denied liveMode"),
            ("no mode at all", mode(LIVE, "liveMode="), "403 permission_denied liveMode"),
            ("one of two", mode(LIVE, "liveMode=true&liveMode=false"), "403 permission_denied liveMode"),
        ],
    );
    for request in [
        mode(CAIRO, "liveMode=false"),
        mode(CAIRO, "liveMode=0"),
        mode(LIVE, "liveMode=true"),
        get(&format!("bearer  {CAIRO}")),
        Request::get("/charges/ch_1", &second),
    ] {
        assert_eq!(server.send(&request).status, 200, "{request:?}");
    }
}

#[test]
#[rustfmt::skip] // A row a line reads as a table.
fn bodies() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    let deep = format!(r#"{{"metadata":{}{}}}"#, "[".repeat(16), "]".repeat(16));
    let with = |more: &str| cairo(format!(r#"{{"chargeId":"ch_1",{more}}}"#));
    let long = "x".repeat(501);
    check(
        &server,
        &[
            ("nothing", cairo(""), "400 invalid_request"),
            ("not JSON", cairo("{'chargeId':1}"), "400 invalid_request"),
            ("not UTF-8", cairo(*b"{\"chargeId\":\"\xff\"}"), "400 invalid_request"),
            ("a lone surrogate", with(r#""description":"\ud800""#), "400 invalid_request"),
            ("not an object", cairo("[]"), "400 invalid_request"),
            ("a key twice", with(r#""chargeId":"ch_1""#), "400 invalid_request"),
            ("a key twice, deeper", with(r#""metadata":{"a":"1","a":"1"}"#), "400 invalid_request"),
            ("17 deep", cairo(deep), "400 invalid_request"),
            ("an unknown field", with(r#""zzz":1,"currency":"EGP""#), "400 parameter_unknown zzz"),
            ("an id that is no string", cairo(r#"{"chargeId":1}"#), "400 parameter_invalid chargeId"),
            ("null as the amount", with(r#""amount":null"#), "400 parameter_invalid amount"),
            ("a fraction", with(r#""amount":1.0"#), "400 parameter_invalid amount"),
            ("an exponent", with(r#""amount":1e3"#), "400 parameter_invalid amount"),
            ("a leading zero", with(r#""amount":"01""#), "400 parameter_invalid amount"),
            ("a sign", with(r#""amount":"-1""#), "400 parameter_invalid amount"),
            ("an unknown reason", with(r#""reason":"whim""#), "400 parameter_invalid reason"),
            ("too long", with(&format!(r#""description":"{long}""#)), "400 parameter_invalid description"),
            ("metadata", with(r#""metadata":{"a":1}"#), "400 parameter_invalid metadata"),
            ("a space", with(r#""externalReference":"a b""#), "400 parameter_invalid externalReference"),
            ("both targets", with(r#""paymentIntentId":"pi_1""#), "400 parameters_exclusive paymentIntentId"),
            ("no target", cairo("{}"), "400 parameter_missing chargeId"),
            ("zero", with(r#""amount":0"#), "400 parameter_out_of_range amount"),
            ("minus zero", with(r#""amount":-0"#), "400 parameter_out_of_range amount"),
            ("a text of zero", with(r#""amount":"0""#), "400 parameter_out_of_range amount"),
            ("2^53", with(r#""amount":9007199254740992"#), "400 parameter_out_of_range amount"),
            ("26 digits", with(r#""amount":10000000000000000000000000"#), "400 parameter_out_of_range amount"),
            ("an empty key", with(r#""amount":1"#).under(""), "400 parameter_invalid Idempotency-Key"),
            ("a key with a space", with(r#""amount":1"#).under("a b"), "400 parameter_invalid Idempotency-Key"),
            ("a long key", with(r#""amount":1"#).under(&"k".repeat(256)), "400 parameter_invalid Idempotency-Key"),
            ("two keys", with(r#""amount":1"#).under("a").under("a"), "400 parameter_invalid Idempotency-Key"),
        ],
    );
    let charge = server.send(&Request::get("/charges/ch_1", CAIRO));
    assert_eq!(charge.text("amountRefunded"), "0", "nothing was refunded");
    let coded = |name: &str| with(r#""amount":1"#).with("Content-Encoding", name);
    check(
        &server,
        &[
            ("compressed", coded("gzip"), "415 unsupported_media_type"),
            ("compressed in two ways", coded("identity, br"), "415 unsupported_media_type"),
            ("in two headers", coded("identity").with("Content-Encoding", "br"), "415 unsupported_media_type"),
        ],
    );
    assert_eq!(server.send(&coded("Identity")).status, 201, "as it is");
}

#[test]
#[rustfmt::skip] // A row a line reads as a table.
fn states() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    assert_eq!(server.send(&cairo(r#"{"chargeId":"ch_1"}"#).under("used")).status, 201);
    let by_charge = |id: &str| cairo(format!(r#"{{"chargeId":"{id}"}}"#));
    let by_intent = |id: &str| cairo(format!(r#"{{"paymentIntentId":"{id}"}}"#));
    let limited = |amount: i64| {
        Request::refund(LIMITED, format!(r#"{{"chargeId":"ch_limited","amount":{amount}}}"#))
    };
    check(
        &server,
        &[
            ("key reused", by_charge("ch_2").under("used"), "409 idempotency_key_reused Idempotency-Key"),
            ("no such charge", by_charge("ch_0"), "404 resource_missing chargeId"),
            ("no such intent", by_intent("pi_0"), "404 resource_missing paymentIntentId"),
            ("another's charge", Request::refund(GIZA, r#"{"chargeId":"ch_1"}"#), "404 resource_missing chargeId"),
            ("none succeeded", by_intent("pi_none"), "409 resource_invalid_state paymentIntentId"),
            ("several succeeded", by_intent("pi_several"), "409 resource_invalid_state paymentIntentId"),
            ("failed", by_charge("ch_failed"), "409 resource_invalid_state chargeId"),
            ("pending", by_charge("ch_pending"), "409 resource_invalid_state chargeId"),
            ("canceled", by_charge("ch_canceled"), "409 resource_invalid_state chargeId"),
            ("nothing left", by_charge("ch_1"), "409 charge_already_refunded chargeId"),
            ("nothing left, by intent", by_intent("pi_1"), "409 charge_already_refunded paymentIntentId"),
            ("over the limit", limited(1_001), "409 balance_insufficient amount"),
        ],
    );
    assert_eq!(server.send(&limited(1_000)).status, 201, "the limit itself is allowed");

    let answer = server.send(&cairo(r#"{"chargeId":"ch_2","amount":"10901"}"#));
    let expected = (409, "amount_exceeds_refundable".into(), Some("amount".into()));
    assert_eq!(answer.refusal(), expected);
    assert_eq!(answer.json()["error"]["refundable"], "10900");
}

#[test]
fn a_balance_stays_within_64_bits() {
    let mut lines = ledgers::merchant("cairo", CAIRO, "null");
    // 1024 times the largest amount is 1024 short of the smallest balance.
    for n in 0..1024 {
        lines += &format!(
            r#"{{"object":"adjustment","id":"adj_{n}","merchantId":"acct_cairo","amount":"-9007199254740991","currency":"EGP","createdAt":"2024-01-01T00:00:00.000Z"}}
"#
        );
    }
    lines += &ledgers::charge("ch_1", 2_000, 0, ledgers::FUTURE);
    let (_file, server) = LedgerFile::of(&lines).into_served();
    let refund = |amount: i64| cairo(format!(r#"{{"chargeId":"ch_1","amount":{amount}}}"#));
    check(&server, &[("too low", refund(1_025), "409 balance_out_of_range amount")]);
    assert_eq!(server.send(&refund(1_024)).status, 201);
    let balance = server.send(&Request::get("/balance", CAIRO)).json();
    assert_eq!(balance["available"][0]["amount"], i64::MIN.to_string());
}

/// Each request has a fault of its row and faults of rows below; the first row speaks.
#[test]
#[rustfmt::skip] // A row a line reads as a table.
fn the_earliest_refusal_is_the_one_given() {
    let (_file, server) = LedgerFile::of(&ledgers::town()).into_served();
    assert_eq!(server.send(&cairo(r#"{"chargeId":"ch_1"}"#).under("used")).status, 201);
    let large = vec![b'['; 64 * 1024 + 1];
    let nobody = |path: &str| Request::new("DELETE", path).body(large.clone());
    let plain = |path: &str, body: Vec<u8>| {
        Request::get(path, CAIRO).method("POST").with("Content-Type", "text/plain").body(body)
    };
    let bad_key = |body: &str| cairo(body).under("a b");
    let limited = |amount: i64| {
        Request::refund(LIMITED, format!(r#"{{"chargeId":"ch_limited","amount":{amount}}}"#))
    };
    let twice = r#"{"zzz":1,"zzz":1,"reason":"whim","chargeId":"ch_0","amount":0}"#;
    let unknown = r#"{"reason":"whim","amount":0,"zzz":1}"#;
    let wrong = r#"{"externalReference":"","description":1,"reason":"whim","amount":"+1"}"#;
    let reason = r#"{"chargeId":"ch_0","paymentIntentId":"pi_0","reason":"whim","amount":0}"#;
    let both = r#"{"chargeId":"ch_0","paymentIntentId":"pi_0","amount":0}"#;
    let wide = r#"{"chargeId":"ch_0","amount":0}"#;
    check(
        &server,
        &[
            ("path", nobody("/refund?liveMode=true"), "404 resource_missing"),
            ("method", nobody("/refunds?liveMode=true"), "405 method_not_allowed"),
            ("key", nobody("/refunds?liveMode=true").method("POST"), "401 api_key_invalid"),
            ("mode", plain("/refunds?liveMode=true", large.clone()), "403 permission_denied liveMode"),
            ("size", plain("/refunds", large.clone()), "413 payload_too_large"),
            ("type", plain("/refunds", b"[".to_vec()), "415 unsupported_media_type"),
            ("coding", bad_key(twice).with("Content-Encoding", "gzip"), "415 unsupported_media_type"),
            ("4", bad_key(twice), "400 invalid_request"),
            ("5", bad_key(unknown), "400 parameter_unknown zzz"),
            ("6, the first of its fields", bad_key(wrong), "400 parameter_invalid amount"),
            ("6", bad_key(reason), "400 parameter_invalid reason"),
            ("7", bad_key(both), "400 parameters_exclusive paymentIntentId"),
            ("8", bad_key(wide), "400 parameter_out_of_range amount"),
            ("9", bad_key(r#"{"chargeId":"ch_0"}"#), "400 parameter_invalid Idempotency-Key"),
            ("10", cairo(r#"{"chargeId":"ch_0"}"#).under("used"), "409 idempotency_key_reused Idempotency-Key"),
            ("11", cairo(r#"{"chargeId":"ch_0","amount":99999}"#), "404 resource_missing chargeId"),
            ("12", cairo(r#"{"chargeId":"ch_failed","amount":99999}"#), "409 resource_invalid_state chargeId"),
            ("13", cairo(r#"{"chargeId":"ch_1","amount":99999}"#), "409 charge_already_refunded chargeId"),
            ("14", limited(99_999), "409 amount_exceeds_refundable amount"),
            ("15", limited(5_000), "409 balance_insufficient amount"),
        ],
    );
}
