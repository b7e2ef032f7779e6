//! Values of the right type that are none of those a field may have.

use super::{GOOD, Shop, line};

#[test]
fn a_malformed_id_stops_it() {
    let mut shop = Shop::stocked();
    for fields in GOOD {
        let object = fields[0].1.trim_matches('"');
        let good = fields[1].1.trim_matches('"');
        let prefix = good.strip_suffix("new").unwrap();
        let long = format!("{prefix}{}", "x".repeat(65 - prefix.len()));
        let wrong = [
            "",
            "new",
            prefix,
            &format!("{prefix}a b"),
            &format!("{prefix}a.b"),
            &format!("{prefix}é"),
            &format!(" {good}"),
            &good.to_uppercase(),
            "xx_new",
            &long,
        ]
        .map(|id| format!("{id:?}"));
        for id in &wrong {
            shop.expect_stop(line(object, &[("id", id)]), "parameter_invalid id");
        }
        shop.expect_stop(line(object, &[("id", "\"acct_\\u0000\"")]), "parameter_invalid id");
        if object != "merchant" {
            for id in ["\"\"", "\"cairo\"", "\"acct_\"", "\"pi_cairo\"", "\"acct_ca iro\""] {
                let bad = line(object, &[("merchantId", id)]);
                shop.expect_stop(bad, "parameter_invalid merchantId");
            }
        }
    }
    let longest = format!("\"acct_{}\"", "-".repeat(59));
    assert_eq!(shop.take(line("merchant", &[("id", &longest)])), (1, 0));
}

#[test]
fn an_unknown_word_stops_it() {
    let mut shop = Shop::stocked();
    let words: [(&str, &str, &[&str]); 7] = [
        ("charge", "object", &["", "Charge", "top_up", "transfer", "balance_transaction"]),
        ("charge", "status", &["", "Succeeded", "refunded", "in_transit"]),
        ("payout", "status", &["", "Paid", "succeeded", "in transit", "pending"]),
        ("refund", "reason", &["", "Duplicate", "other", "duplicate "]),
        ("payment_intent", "currency", &["", "egp", "EG", "EGPP", "ZZZ", "XAU", "XXX", "é1"]),
        ("charge", "currency", &["", "egp", "ZZZ", "XTS"]),
        ("payout", "currency", &["ZZZ", "818"]),
    ];
    for (object, field, words) in words {
        for word in words {
            let bad = line(object, &[(field, &format!("{word:?}"))]);
            shop.expect_stop(bad, &format!("parameter_invalid {field}"));
        }
    }
    let bad = line("adjustment", &[("currency", "\"ZZZ\"")]);
    shop.expect_stop(bad, "parameter_invalid currency");
}

#[test]
fn a_malformed_moment_stops_it() {
    let mut shop = Shop::stocked();
    for fields in GOOD {
        let object = fields[0].1.trim_matches('"');
        for (field, _) in fields.iter().filter(|(f, _)| ["createdAt", "availableOn"].contains(f)) {
            for moment in [
                "",
                "yesterday",
                "1704067200000",
                "2024-01-01",
                "2024-01-01T00:00:00.000",
                "2024-01-01 00:00:00.000Z",
                "2024-13-01T00:00:00.000Z",
                "2024-02-30T00:00:00.000Z",
                "2024-01-01T25:00:00.000Z",
                "2024-01-01T00:00:00.0001Z",
                "2024-01-01T00:00:00.000000001Z",
                "2024-01-01T00:00:00.000Z[Africa/Cairo]",
                "10000-01-01T00:00:00.000Z",
                "9999-12-31T23:59:59.999Z",
            ] {
                let bad = line(object, &[(field, &format!("{moment:?}"))]);
                shop.expect_stop(bad, &format!("parameter_invalid {field}"));
            }
        }
    }
    let finer = line("payment_intent", &[("createdAt", "\"2024-01-01T02:00:00.120000+02:00\"")]);
    assert_eq!(shop.take(finer), (1, 0));
    let again = line("payment_intent", &[("createdAt", "\"2024-01-01T00:00:00.12Z\"")]);
    assert_eq!(shop.take(again), (0, 1), "the same moment in other words");
}

#[test]
fn a_text_that_is_too_long_or_has_a_nul_stops_it() {
    let mut shop = Shop::stocked();
    let text = |length: usize| format!("\"{}\"", "é".repeat(length));
    let keys = |count: usize| {
        let members: Vec<_> = (0..count).map(|key| format!("\"{key}\":\"\"")).collect();
        format!("{{{}}}", members.join(","))
    };
    let cases = [
        ("merchant", "name", text(0)),
        ("merchant", "name", text(501)),
        ("merchant", "name", "\"\\u0000\"".to_owned()),
        ("refund", "description", text(501)),
        ("refund", "description", "\"\\u0000\"".to_owned()),
        ("adjustment", "description", text(501)),
        ("refund", "metadata", keys(51)),
        ("refund", "metadata", "{\"\":\"\"}".to_owned()),
        ("refund", "metadata", format!("{{{}:\"\"}}", text(41))),
        ("refund", "metadata", format!("{{\"a\":{}}}", text(501))),
        ("refund", "externalReference", "\"\"".to_owned()),
        ("refund", "externalReference", "\"a b\"".to_owned()),
        ("refund", "externalReference", text(1)),
        ("refund", "externalReference", format!("\"{}\"", "x".repeat(65))),
    ];
    for (object, field, json) in cases {
        let bad = line(object, &[(field, &json)]);
        shop.expect_stop(bad, &format!("parameter_invalid {field}"));
    }
    let metadata = format!("{{{}:{},\"b\":\"\"}}", text(40), text(500));
    let reference = format!("\"{}\"", "x".repeat(64));
    let longest = line(
        "refund",
        &[("description", &text(500)), ("metadata", &metadata), ("externalReference", &reference)],
    );
    let most =
        line("refund", &[("id", "\"re_2\""), ("metadata", &keys(50)), ("description", "\"\"")]);
    let lines = [line("merchant", &[("name", &text(500))]), longest, most];
    assert_eq!(shop.take(lines.join("\n")), (3, 0));
}

#[test]
fn a_key_that_can_not_be_the_merchants_stops_it() {
    let mut shop = Shop::stocked();
    let good = "\"sk_test_new_0123456789abcdef\"";
    for keys in [
        "\"sk_test_new_0123456789abcdef\"",
        "{}",
        "1",
        "true",
        "[1]",
        "[null]",
        "[[]]",
        // Under 16 characters, over 255, and with characters that no header carries.
        "[\"sk_test_1234567\"]",
        "[\"\"]",
        &format!("[\"sk_test_{}\"]", "x".repeat(248)),
        "[\"sk_test_new 0123456789\"]",
        "[\"sk_test_néw_0123456789\"]",
        "[\"sk_test_new_\\n0123456789\"]",
        // Another prefix.
        "[\"pk_test_new_0123456789abcdef\"]",
        "[\"SK_TEST_new_0123456789abcdef\"]",
        "[\"sk_demo_new_0123456789abcdef\"]",
        "[\"0123456789abcdef\"]",
        // The other mode, alone and among others.
        "[\"sk_live_new_0123456789abcdef\"]",
        "[\"rk_live_new_0123456789abcdef\"]",
        &format!("[{good},\"sk_live_new_0123456789abcdef\"]"),
        // Held by another merchant of this mode.
        "[\"sk_test_cairo_0123456789abcdef\"]",
        &format!("[{good},\"sk_test_cairo_0123456789abcdef\"]"),
    ] {
        let bad = line("merchant", &[("apiKeys", keys)]);
        shop.expect_stop(bad, "parameter_invalid apiKeys");
    }
    let both = format!("[{good},\"sk_live_new_0123456789abcdef\"]");
    let bad = line("merchant", &[("liveMode", ""), ("apiKeys", &both)]);
    shop.expect_stop(bad, "parameter_invalid apiKeys");
    let bad = line("merchant", &[("liveMode", "true")]);
    shop.expect_stop(bad, "parameter_invalid apiKeys");
    // Two merchants of one import can't share one either.
    let pair = line("merchant", &[]) + "\n" + &line("merchant", &[("id", "\"acct_twin\"")]);
    shop.expect_stop(pair, "parameter_invalid apiKeys");
    let edges = format!("[{good},{good},\"rk_test_12345678\",\"sk_test_{}\"]", "x".repeat(247));
    assert_eq!(shop.take(line("merchant", &[("apiKeys", &edges)])), (1, 0));
    assert_eq!(shop.ledger.book("acct_new").unwrap().keys().unwrap().len(), 3);
}

#[test]
fn a_malformed_limit_stops_it() {
    let mut shop = Shop::stocked();
    for limit in [
        "1",
        "true",
        "[]",
        "\"\"",
        "\"-1\"",
        "\"01\"",
        "\"1.0\"",
        "\"none\"",
        "\"18446744073709551616\"",
        "{\"EGP\":1}",
        "{\"EGP\":null}",
        "{\"EGP\":\"-1\"}",
        "{\"egp\":\"1\"}",
        "{\"ZZZ\":\"1\"}",
    ] {
        let bad = line("merchant", &[("negativeBalanceLimit", limit)]);
        shop.expect_stop(bad, "parameter_invalid negativeBalanceLimit");
    }
}
