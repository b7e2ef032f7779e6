//! The OpenAPI document against the server. Every answer that any test gets is checked here: its
//! route, status, code and headers must be described, and its body be of the described shape.

use std::{collections::BTreeSet, sync::LazyLock};

use serde_json::{Map, Value};

use crate::{
    client::{Answer, Request},
    feeding,
    ledgers::{self, CAIRO},
    operator::run,
    server::LedgerFile,
};

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../openapi.json")).unwrap());

/// What a `$ref` stands for, or the value itself.
fn resolve(value: &'static Value) -> &'static Value {
    match value.get("$ref") {
        Some(reference) => {
            let place = reference.as_str().unwrap().trim_start_matches('#');
            DOCUMENT.pointer(place).unwrap_or_else(|| panic!("{place} is not described"))
        }
        None => value,
    }
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap_or_else(|| panic!("{value} is no object"))
}

/// The described path that a path is of.
fn path_of(path: &str) -> Option<&'static str> {
    let parts: Vec<_> = path.split('?').next().unwrap().split('/').collect();
    object(&DOCUMENT["paths"]).keys().map(String::as_str).find(|known| {
        let known: Vec<_> = known.split('/').collect();
        let is_like = |(known, part): (&&str, &&str)| {
            known == part || (known.starts_with('{') && !part.is_empty())
        };
        known.len() == parts.len() && known.iter().zip(&parts).all(is_like)
    })
}

/// What is described of such an answer.
fn description(method: &str, path: &str, status: u16) -> &'static Value {
    let responses = &DOCUMENT["components"]["responses"];
    let Some(path) = path_of(path) else {
        return &responses["NoSuchPath"];
    };
    let method = if method == "HEAD" { "GET" } else { method };
    let Some(operation) = DOCUMENT["paths"][path].get(method.to_lowercase()) else {
        return &responses["MethodNotAllowed"];
    };
    let response = operation["responses"].get(status.to_string());
    resolve(response.unwrap_or_else(|| panic!("{method} {path}: {status} is not described")))
}

/// Checks an answer against the document.
pub(crate) fn check(method: &str, path: &str, answer: &Answer) {
    // What is for people is not described.
    if path.starts_with("/docs") {
        return;
    }
    let what = format!("{method} {path}: {answer:?}");
    let described = description(method, path, answer.status);
    let headers = object(&described["headers"]);
    for (name, _) in &answer.headers {
        let known = headers.keys().map(String::as_str);
        let mut known = known.chain([
            "Content-Type",
            "Content-Length",
            "Transfer-Encoding",
            "Date",
            "Connection",
        ]);
        assert!(known.any(|known| known.eq_ignore_ascii_case(name)), "{name} of {what}");
    }
    for (name, header) in headers {
        let needed = resolve(header).get("required").is_some();
        assert!(!needed || answer.header(name).is_some(), "{what} lacks {name}");
    }
    let (media_type, content) = object(&described["content"]).iter().next().unwrap();
    assert_eq!(answer.header("Content-Type"), Some(media_type.as_str()), "{what}");
    if method != "HEAD" && media_type == "application/json" {
        let body = answer.json();
        check_shape(&content["schema"], &body, &what);
        if let Some(code) = body.pointer("/error/code") {
            let examples = object(&content["examples"]);
            assert!(examples.contains_key(code.as_str().unwrap()), "{what} is not described");
        }
    }
}

/// Checks the type of a value, its fields, and where only some values are possible, that. Forms and
/// ranges are for a tool that knows all of JSON Schema.
fn check_shape(schema: &'static Value, value: &Value, what: &str) {
    let schema = resolve(schema);
    // One of several objects is the one whose fields it has.
    if let Some(any) = schema.get("oneOf").and_then(Value::as_array) {
        let has = |name: &Value| value.get(name.as_str().unwrap()).is_some();
        let fits = |one: &&'static Value| match resolve(one).get("required") {
            Some(needed) => needed.as_array().unwrap().iter().all(has),
            None => !value.is_object(),
        };
        let one =
            any.iter().find(fits).unwrap_or_else(|| panic!("{value} is none of them: {what}"));
        return check_shape(one, value, what);
    }
    let r#type = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types = &schema["type"];
    let fits = types == r#type || types.as_array().is_some_and(|any| any.contains(&r#type.into()));
    assert!(fits, "{value} is not {types}: {what}");
    let values = schema.get("enum").and_then(Value::as_array);
    assert!(values.is_none_or(|values| values.contains(value)), "{value} is new: {what}");
    for item in value.as_array().into_iter().flatten() {
        check_shape(&schema["items"], item, what);
    }
    let none = Map::new();
    let fields = value.as_object().unwrap_or(&none);
    for (name, value) in fields {
        let field = schema.get("properties").and_then(|known| known.get(name));
        match field.or(schema.get("additionalProperties")) {
            Some(Value::Bool(false)) => panic!("{name} is not described: {what}"),
            Some(field) => check_shape(field, value, what),
            // Only the document itself is just any object.
            None => assert_eq!(schema, &serde_json::json!({ "type": "object" }), "{what}"),
        }
    }
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        assert!(fields.contains_key(name.as_str().unwrap()), "{name} is missing: {what}");
    }
}

/// Whether a schema says what a reader needs: type, meaning and an example, also of its fields.
fn check_words(schema: &'static Value, name: &str, unsaid: &mut Vec<String>) {
    let target = resolve(schema);
    for word in ["description", "examples"] {
        if schema.get(word).or(target.get(word)).is_none() {
            unsaid.push(format!("{name}: {word}"));
        }
    }
    if target.get("type").or(target.get("oneOf")).is_none() {
        unsaid.push(format!("{name}: type"));
    }
    for example in target.get("examples").and_then(Value::as_array).into_iter().flatten() {
        if target.get("type").is_some() {
            check_shape(target, example, name);
        }
    }
    let fields = target.get("properties").and_then(Value::as_object);
    for (field, schema) in fields.into_iter().flatten() {
        if resolve(schema).get("properties").is_some() {
            // What it is made of says it.
            for (inner, schema) in object(&resolve(schema)["properties"]) {
                check_words(schema, &format!("{name}.{field}.{inner}"), unsaid);
            }
        } else {
            check_words(schema, &format!("{name}.{field}"), unsaid);
        }
        let is_money = schema["$ref"].as_str().is_some_and(|of| of.ends_with("Amount"));
        let has_unit = schema["description"].as_str().unwrap_or_default().contains("minor units");
        if is_money && !has_unit {
            unsaid.push(format!("{name}.{field}: unit"));
        }
    }
}

#[test]
fn every_field_has_a_type_a_meaning_a_unit_and_an_example() {
    let mut unsaid = Vec::new();
    for (name, schema) in object(&DOCUMENT["components"]["schemas"]) {
        for (field, schema) in schema.get("properties").map(object).into_iter().flatten() {
            if resolve(schema).get("properties").is_none() {
                check_words(schema, &format!("{name}.{field}"), &mut unsaid);
            }
        }
        if schema.get("properties").is_some() {
            assert!(schema.get("description").is_some(), "{name}");
        }
    }
    for (kind, parts) in [("parameters", "schema"), ("headers", "schema")] {
        for (name, part) in object(&DOCUMENT["components"][kind]) {
            for word in ["description", "example", parts] {
                assert!(part.get(word).is_some(), "{name}: {word}");
            }
        }
    }
    assert!(unsaid.is_empty(), "{unsaid:#?}");
}

#[test]
fn examples_are_of_the_described_shape() {
    let mut count = 0;
    let paths = object(&DOCUMENT["paths"]).values().flat_map(|path| object(path).values());
    let responses = paths.flat_map(|operation| object(&operation["responses"]).values());
    for response in responses.map(resolve) {
        let Some(content) = response["content"].get("application/json") else { continue };
        let named = content.get("examples").map(object).into_iter().flatten();
        let named =
            named.inspect(|(code, example)| assert_eq!(&example["value"]["error"]["code"], *code));
        let examples = named.map(|(_, example)| &example["value"]).chain(content.get("example"));
        for example in examples {
            check_shape(&content["schema"], example, "an example");
            // The page at /docs shows nothing of an answer whose example has a null in it.
            assert!(!example.to_string().contains("null"), "{example}");
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
}

/// The feed that is described.
fn feed() -> &'static str {
    let content = &DOCUMENT["paths"]["/feed"]["post"]["requestBody"]["content"];
    content["application/x-ndjson"]["example"].as_str().unwrap()
}

/// A feed that is answered with a status and code, once the one that is described was taken in.
fn provoke_feed(status: &str, code: &str, [key, revoked]: &[String; 2]) -> Request {
    let lines: Vec<&str> = feed().lines().collect();
    let mark = lines[1].rsplit_once(r#""hash":""#).unwrap().1.trim_end_matches("\"}");
    let post = |body: String| feeding::post(key, body);
    match (status, code) {
        ("200", _) => post(feed().to_owned()),
        ("400", "invalid_request") => post("{".to_owned()),
        ("400", "parameter_unknown") => post(feed().to_owned()).path("/feed?after=1"),
        ("400", "parameter_invalid") => post(feed().replace("acct_till_1", "till_1")),
        ("401", "api_key_invalid") => feeding::post(CAIRO, feed()),
        ("401", "api_key_inactive") => feeding::post(revoked, feed()),
        ("404", _) => post(feed().replace("acct_till_1", "acct_giza")),
        ("409", "feed_invalid") => post(format!("{}\n{}\n", lines[0], lines[2])),
        ("409", "book_forked") => post(feed().replace(mark, &"0".repeat(64))),
        ("415", _) => post(feed().to_owned()).without("Content-Type"),
        ("431", _) => post(feed().to_owned()).with("X", &"x".repeat(20_000)),
        _ => panic!("POST /feed: how is {status} {code} given?"),
    }
}

/// A request that is answered with a status and code, at a described path and method.
fn provoke(
    path: &str,
    method: &str,
    status: &str,
    code: &str,
    ids: &[(String, String)],
) -> Request {
    let id = ids.iter().find(|(known, _)| known == path).map_or("", |(_, id)| id);
    let path = path.replace("{id}", id);
    let good = r#"{"chargeId":"ch_1","amount":1}"#;
    let body = |body: &str| Request::refund(CAIRO, body);
    let good_request = Request::get(&path, CAIRO).method(&method.to_uppercase());
    let good_request = if method == "post" { body(good) } else { good_request };
    let with = |more: &str| body(&format!(r#"{{"chargeId":"ch_1",{more}}}"#));
    match (status, code) {
        ("200" | "201", _) => good_request,
        ("400", "invalid_request") if method == "post" => body("{"),
        ("400", "invalid_request") => good_request.without("Host"),
        ("400", "parameter_unknown") => good_request.path(&format!("{path}?zzz=1")),
        ("400", "parameter_invalid") if method == "post" => with(r#""reason":"whim""#),
        ("400", "parameter_invalid")
            if id.is_empty() && !["/balance", "/feed"].contains(&&*path) =>
        {
            good_request.path(&format!("{path}?limit=0"))
        }
        ("400", "parameter_invalid") => good_request.path(&format!("{path}?stale=no")),
        ("400", "parameters_exclusive") => with(r#""paymentIntentId":"pi_1""#),
        ("400", "parameter_missing") => body("{}"),
        ("400", "parameter_out_of_range") => with(r#""amount":0"#),
        ("401", "api_key_invalid") => good_request.without("Authorization"),
        ("401", "api_key_inactive") => {
            let key = &ids.iter().find(|(name, _)| name == "revoked").unwrap().1;
            good_request.without("Authorization").with("Authorization", &format!("Bearer {key}"))
        }
        ("403", _) => good_request.path(&format!("{path}?liveMode=true")),
        ("404", _) if method == "post" => body(r#"{"chargeId":"ch_0"}"#),
        ("404", _) => good_request.path(&path.replace(id, "x")),
        ("409", "mark_unknown") => good_request.path(&format!("{path}?after=3:{}", "0".repeat(64))),
        ("409", "idempotency_key_reused") => body(r#"{"chargeId":"ch_2"}"#).under("used"),
        ("409", "book_mirrored") => {
            Request::refund(feeding::MIRRORED, r#"{"chargeId":"ch_1","amount":1}"#)
        }
        ("409", "resource_invalid_state") => body(r#"{"chargeId":"ch_pending"}"#),
        ("409", "charge_already_refunded") => body(r#"{"chargeId":"ch_empty"}"#),
        ("409", "external_reference_used") => Request::refund(
            ledgers::UNIQUE,
            r#"{"chargeId":"ch_unique","externalReference":"T-1"}"#,
        ),
        ("409", "charge_disputed") => body(r#"{"chargeId":"ch_disputed"}"#),
        ("409", "charge_handed_over") => body(r#"{"chargeId":"ch_2"}"#),
        ("409", "amount_exceeds_refundable") => with(r#""amount":99999"#),
        ("409", "balance_insufficient") => {
            Request::refund(ledgers::LIMITED, r#"{"chargeId":"ch_limited"}"#)
        }
        ("413", _) => good_request.body(vec![b' '; 65_537]),
        ("415", _) => good_request.without("Content-Type"),
        ("431", _) => good_request.with("X", &"x".repeat(20_000)),
        _ => panic!("{method} {path}: how is {status} {code} given?"),
    }
}

#[test]
fn everything_that_is_described_happens() {
    let empty = ledgers::charge("ch_empty", 100, 0, ledgers::PAST);
    let disputed = ledgers::charge("ch_disputed", 100, 0, ledgers::PAST)
        + r#"{"object":"dispute","id":"dp_1","merchantId":"acct_cairo","chargeId":"ch_disputed","amount":"100","createdAt":"2024-01-02T00:00:00.000Z"}"#;
    let file = LedgerFile::of(&(ledgers::town() + &empty + &disputed));
    let (revoked, handover) = {
        let mut ledger = file.open();
        let mut book = ledger.book("acct_cairo").unwrap();
        let issued = book.issue_key().unwrap();
        book.revoke_key(&issued.id).unwrap();
        let mut book = ledger.book("acct_cairo").unwrap();
        let handover = book.hand_over_charge("ch_2", "acct_giza", None).unwrap().value.id;
        feeding::mirror(&mut ledger);
        (issued.key, handover)
    };
    let revoked_feed_key = feeding::key_for(&file, "acct_till_1");
    let listed = run(&file.path(), &["feed-key", "list", "--json"]).json();
    run(&file.path(), &["feed-key", "revoke", listed[0]["id"].as_str().unwrap()]);
    let feed_keys = [feeding::key_for(&file, "acct_till_1"), revoked_feed_key];
    let server = file.serve();
    server.send(&Request::refund(CAIRO, r#"{"chargeId":"ch_empty"}"#));
    let made =
        server.send(&Request::refund(CAIRO, r#"{"chargeId":"ch_1","amount":1}"#).under("used"));
    let events = server.send(&Request::get("/events", CAIRO)).json();
    let event = events["data"][0]["id"].as_str().unwrap().to_owned();
    let ids = [
        ("revoked", revoked),
        ("/refunds/{id}", made.text("id")),
        ("/refunds/{id}/receipt", made.text("id")),
        ("/charges/{id}", "ch_1".into()),
        ("/payment_intents/{id}", "pi_1".into()),
        ("/disputes/{id}", "dp_1".into()),
        ("/handovers/{id}", handover),
        ("/balance_transactions/{id}", made.text("balanceTransactionId")),
        ("/events/{id}", event),
    ]
    .map(|(path, id)| (path.to_owned(), id));

    let mut elsewhere = BTreeSet::new();
    for (path, method, status, code) in outcomes() {
        // Other tests see to these: they need a broken machine, very many requests or a fleet.
        if ["405", "500", "503", "429"].contains(&status) || code == "balance_out_of_range" {
            elsewhere.insert(code);
            continue;
        }
        let answer = server.send(&match (path, method) {
            ("/feed", "post") => provoke_feed(status, code, &feed_keys),
            _ => provoke(path, method, status, code, &ids),
        });
        let said = if answer.status < 400 {
            String::new()
        } else {
            answer.json()["error"]["code"].as_str().unwrap().to_owned()
        };
        let expected = (status.to_owned(), code.to_owned());
        assert_eq!((answer.status.to_string(), said), expected, "{method} {path}");
    }
    let codes = [
        "api_error",
        "balance_out_of_range",
        "lock_timeout",
        "method_not_allowed",
        "overloaded",
        "rate_limit",
        "unavailable",
    ];
    assert_eq!(elsewhere, codes.into());
}

/// Every path, method, status and code that is described; the code of what is good is empty.
fn outcomes() -> Vec<(&'static str, &'static str, &'static str, &'static str)> {
    let mut outcomes = Vec::new();
    for (path, methods) in object(&DOCUMENT["paths"]) {
        for (method, operation) in object(methods) {
            for (status, response) in object(&operation["responses"]) {
                let content = object(&resolve(response)["content"]).values().next().unwrap();
                match content.get("examples") {
                    None => outcomes.push((path.as_str(), method.as_str(), status.as_str(), "")),
                    Some(examples) => outcomes.extend(object(examples).keys().map(|code| {
                        (path.as_str(), method.as_str(), status.as_str(), code.as_str())
                    })),
                }
            }
        }
    }
    outcomes
}
