//! Lines that are wrong in themselves, whatever the ledger holds.

use super::{GOOD, Shop, line};

const NO_STRINGS: [&str; 5] = ["1", "1.5", "true", "[]", "{}"];

#[test]
fn what_is_not_one_strict_json_object_stops_it() {
    let mut shop = Shop::stocked();
    let deep = format!("{}1{}", "{\"a\":".repeat(17), "}".repeat(17));
    let cases: [(&[u8], &str); 17] = [
        (b"x", "it is not one JSON value"),
        (b"{\"object\":\"merchant\"", "it is not one JSON value"),
        (b"{\"object\":\"merchant\",}", "it is not one JSON value"),
        (b"{'object':'merchant'}", "it is not one JSON value"),
        (b"{} {}", "it is not one JSON value"),
        (b"{}{}", "it is not one JSON value"),
        (b"{} # and more", "it is not one JSON value"),
        (b"{\"amount\":01}", "it is not one JSON value"),
        (b"{\"amount\":NaN}", "it is not one JSON value"),
        (b"\xef\xbb\xbf{}", "it is not one JSON value"),
        (b"[]", "it is not an object"),
        (b"\"merchant\"", "it is not an object"),
        (b"null", "it is not an object"),
        (b"{\"id\":\"\xff\"}", "it is not UTF-8"),
        (b"{\"id\":\"\\ud800\"}", "a string in it is malformed"),
        (b"{\"id\":\"acct_1\",\"\\u0069d\":\"acct_1\"}", "a key stands twice in one object"),
        (deep.as_bytes(), "it is nested over 16 deep"),
    ];
    for (text, problem) in cases {
        shop.expect_stop(text, &format!("invalid_request {problem}"));
    }
    let twice = line("refund", &[("metadata", r#"{"a":"1","a":"1"}"#)]);
    shop.expect_stop(twice, "invalid_request a key stands twice in one object");
}

#[test]
fn a_line_over_a_mebibyte_stops_it() {
    let mut shop = Shop::stocked();
    let padded = |length: usize| {
        let line = line("merchant", &[]);
        " ".repeat(length - line.len()) + &line
    };
    // The end of the line counts.
    shop.expect_stop(padded(1 << 20), "invalid_request the line is longer than 1 MiB");
    assert_eq!(shop.take(padded((1 << 20) - 1) + "\n"), (1, 0));
    // Without any end, it is not read to the end either.
    shop.expect_stop(vec![b'x'; 5 << 20], "invalid_request the line is longer than 1 MiB");
}

#[test]
fn every_field_that_is_needed_is_missed() {
    let mut shop = Shop::stocked();
    let optional = [
        "liveMode",
        "apiKeys",
        "negativeBalanceLimit",
        "paymentIntentId",
        "reason",
        "description",
        "metadata",
        "externalReference",
    ];
    for fields in GOOD {
        let object = fields[0].1.trim_matches('"');
        for (field, _) in fields {
            if optional.contains(field) {
                continue;
            }
            shop.expect_stop(line(object, &[(field, "")]), &format!("parameter_missing {field}"));
            // A null is no value; a null amount might be a number that went wrong.
            let amount = ["amount", "amountCaptured", "fee"].contains(field);
            let code = if amount { "parameter_invalid" } else { "parameter_missing" };
            shop.expect_stop(line(object, &[(field, "null")]), &format!("{code} {field}"));
        }
    }
}

#[test]
fn optional_fields_may_be_null_or_absent() {
    for json in ["", "null"] {
        let mut shop = Shop::stocked();
        let lines = [
            line("merchant", &[("liveMode", json), ("apiKeys", json)]),
            line(
                "merchant",
                &[("id", r#""acct_2""#), ("apiKeys", "[]"), ("negativeBalanceLimit", json)],
            ),
            line("charge", &[("paymentIntentId", json)]),
            line(
                "refund",
                &[
                    ("reason", json),
                    ("description", json),
                    ("metadata", json),
                    ("externalReference", json),
                ],
            ),
            line("adjustment", &[("description", json)]),
        ];
        assert_eq!(shop.take(lines.join("\n")), (5, 0));
        assert_eq!(shop.take(lines.join("\n")), (0, 5));
    }
}

#[test]
fn a_value_of_another_type_stops_it() {
    let mut shop = Shop::stocked();
    let others = [
        "amount",
        "amountCaptured",
        "fee",
        "liveMode",
        "apiKeys",
        "negativeBalanceLimit",
        "metadata",
    ];
    for fields in GOOD {
        let object = fields[0].1.trim_matches('"');
        for (field, _) in fields.iter().filter(|(field, _)| !others.contains(field)) {
            for json in NO_STRINGS {
                let bad = line(object, &[(field, json)]);
                shop.expect_stop(bad, &format!("parameter_invalid {field}"));
            }
        }
    }
    for json in ["1", "\"true\"", "[]", "{}"] {
        let bad = line("merchant", &[("liveMode", json)]);
        shop.expect_stop(bad, "parameter_invalid liveMode");
    }
    for json in ["1", "\"a\"", "[]", "true", "{\"a\":1}", "{\"a\":null}", "{\"a\":{}}"] {
        shop.expect_stop(line("refund", &[("metadata", json)]), "parameter_invalid metadata");
    }
}

#[test]
fn a_number_that_is_no_number_of_minor_units_stops_it() {
    let mut shop = Shop::stocked();
    let amounts = [
        ("payment_intent", "amount"),
        ("charge", "amount"),
        ("charge", "amountCaptured"),
        ("charge", "fee"),
        ("refund", "amount"),
        ("payout", "amount"),
        ("adjustment", "amount"),
    ];
    for (object, field) in amounts {
        for json in [
            "true", "[]", "{}", "1.5", "1.0", "1e2", "1E2", "\"\"", "\"01\"", "\"+1\"", "\" 1\"",
            "\"1 \"", "\"1.0\"", "\"1e2\"", "\"0x10\"", "\"١\"", "\"--1\"", "\"-0\"", "\"- 1\"",
        ] {
            let bad = line(object, &[(field, json)]);
            shop.expect_stop(bad, &format!("parameter_invalid {field}"));
        }
        let least = if field == "fee" { "-1" } else { "0" };
        for json in [
            least,
            "9007199254740992",
            "\"9007199254740992\"",
            "99999999999999999999999999",
            "\"99999999999999999999999999\"",
        ] {
            let bad = line(object, &[(field, json)]);
            shop.expect_stop(bad, &format!("parameter_out_of_range {field}"));
        }
        if field != "fee" {
            for json in ["\"0\"", "-0"] {
                let bad = line(object, &[(field, json)]);
                shop.expect_stop(bad, &format!("parameter_out_of_range {field}"));
            }
        }
        // Only an adjustment has a sign.
        if object == "adjustment" {
            let bad = line(object, &[(field, "-9007199254740992")]);
            shop.expect_stop(bad, "parameter_out_of_range amount");
        } else {
            let bad = line(object, &[(field, "\"-1\"")]);
            shop.expect_stop(bad, &format!("parameter_invalid {field}"));
        }
    }
}

#[test]
fn an_unknown_field_stops_it_even_if_other_objects_have_it() {
    let mut shop = Shop::stocked();
    for fields in GOOD {
        let object = fields[0].1.trim_matches('"');
        for field in ["colour", "Amount", "amount ", "", "amountRefunded", "ledger"] {
            let bad = line(object, &[(field, "null"), ("another", "null")]);
            shop.expect_stop(bad, &format!("parameter_unknown {field}"));
        }
    }
    for (object, field) in [
        ("merchant", "merchantId"),
        ("merchant", "createdAt"),
        ("payment_intent", "status"),
        ("charge", "reason"),
        ("refund", "status"),
        ("refund", "paymentIntentId"),
        ("refund", "currency"),
        ("payout", "description"),
        ("payout", "externalReference"),
        ("adjustment", "status"),
        ("adjustment", "metadata"),
    ] {
        let bad = line(object, &[(field, "null")]);
        shop.expect_stop(bad, &format!("parameter_unknown {field}"));
    }
}
