//! Lines that are well formed, and wrong by what they say of each other or of the ledger.

use super::{GOOD, PRINTED, Shop, line};

#[test]
fn numbers_that_contradict_each_other_stop_it() {
    let mut shop = Shop::stocked();
    for status in ["\"pending\"", "\"succeeded\"", "\"failed\"", "\"canceled\""] {
        let more_fee = line("charge", &[("fee", "401"), ("status", status)]);
        shop.expect_stop(more_fee, "parameter_invalid fee");
        let more_taken = line("charge", &[("amountCaptured", "\"501\""), ("status", status)]);
        shop.expect_stop(more_taken, "parameter_invalid amountCaptured");
    }
    let edges = [
        line("charge", &[("fee", "400")]),
        line("charge", &[("id", "\"ch_2\""), ("fee", "\"0\""), ("amountCaptured", "500")]),
        line(
            "charge",
            &[("id", "\"ch_3\""), ("fee", "0"), ("amountCaptured", "1"), ("amount", "1")],
        ),
    ];
    assert_eq!(shop.take(edges.join("\n")), (3, 0));
}

#[test]
fn a_charge_in_another_currency_than_its_intent_stops_it() {
    let mut shop = Shop::stocked();
    for status in ["\"pending\"", "\"succeeded\"", "\"failed\"", "\"canceled\""] {
        let bad = line("charge", &[("currency", "\"JPY\""), ("status", status)]);
        shop.expect_stop(bad, "parameter_invalid currency");
        let bad = line("charge", &[("paymentIntentId", "\"pi_yen\""), ("status", status)]);
        shop.expect_stop(bad, "parameter_invalid currency");
    }
    let free = line("charge", &[("currency", "\"KWD\""), ("paymentIntentId", "null")]);
    assert_eq!(shop.take(free), (1, 0));
}

#[test]
fn naming_what_is_not_in_the_book_stops_it() {
    let mut shop = Shop::stocked();
    for fields in &GOOD[1..] {
        let object = fields[0].1.trim_matches('"');
        let bad = line(object, &[("merchantId", "\"acct_nobody\"")]);
        shop.expect_stop(bad, "resource_missing merchantId");
    }
    for (object, field, id) in [
        ("charge", "paymentIntentId", "pi_nothing"),
        ("charge", "paymentIntentId", ""),
        ("charge", "paymentIntentId", "ch_1"),
        // What another merchant has is not there.
        ("charge", "paymentIntentId", "pi_giza"),
        ("refund", "chargeId", "ch_nothing"),
        ("refund", "chargeId", "pi_1"),
        ("refund", "chargeId", "ch_giza"),
    ] {
        let bad = line(object, &[(field, &format!("{id:?}"))]);
        shop.expect_stop(bad, &format!("resource_missing {field}"));
    }
}

#[test]
fn naming_what_comes_later_stops_it() {
    let mut shop = Shop::empty();
    let printed: Vec<&str> = PRINTED.lines().collect();
    for (object, later) in [(1, "merchantId"), (2, "paymentIntentId"), (3, "chargeId")] {
        let mut lines: Vec<&str> = printed[..object - 1].to_vec();
        lines.push(printed[object]);
        let stops = lines.join("\n");
        shop.expect_stop(&stops, &format!("resource_missing {later}"));
        // That it follows makes no difference.
        let error = shop.import(format!("{stops}\n{}\n", printed[object - 1])).unwrap_err();
        assert!(error.to_string().starts_with(&format!("line {object} ")), "{error}");
    }
    assert!(shop.ledger.merchants().unwrap().is_empty());
}

#[test]
fn historical_refunds_obey_the_rows_of_the_contract() {
    let mut shop = Shop::stocked();
    let of = |charge: &str, amount: &str| {
        let charge = format!("{charge:?}");
        line("refund", &[("chargeId", &charge), ("amount", amount)])
    };
    // Rows 11 to 14, in their order: each line would break the rows after it as well.
    shop.expect_stop(of("ch_nothing", "99999"), "resource_missing chargeId");
    for charge in ["ch_pending", "ch_failed", "ch_canceled"] {
        shop.expect_stop(of(charge, "99999"), "resource_invalid_state chargeId");
        shop.expect_stop(of(charge, "1"), "resource_invalid_state chargeId");
    }
    shop.expect_stop(of("ch_spent", "99999"), "charge_already_refunded chargeId");
    shop.expect_stop(of("ch_spent", "1"), "charge_already_refunded chargeId");
    // 22604 less the 100 that are refunded.
    shop.expect_stop(of("ch_1", "22505"), "amount_exceeds_refundable amount");
    // What one line takes is not there for the next.
    let next = line("refund", &[("id", "\"re_2\""), ("amount", "\"22504\"")]);
    shop.expect_stop(of("ch_1", "1") + "\n" + &next, "amount_exceeds_refundable amount");
    shop.expect_stop(
        of("ch_1", "22504") + "\n" + &line("refund", &[("id", "\"re_2\"")]),
        "charge_already_refunded chargeId",
    );
    assert_eq!(shop.take(of("ch_1", "22504")), (1, 0));
}

/// Lines that take the available balance of pounds to 1024 above the lowest that there is.
fn to_the_brink() -> String {
    let charge = line("charge", &[("fee", "0"), ("amount", "5000"), ("amountCaptured", "5000")]);
    let mut lines = vec![line("merchant", &[]), charge.replace("\"pi_1\"", "null")];
    for number in 0..1024 {
        let id = format!("\"adj_{number}\"");
        lines.push(line("adjustment", &[("id", &id), ("amount", "-9007199254740991")]));
    }
    lines.join("\n").replace("acct_cairo", "acct_new") + "\n"
}

#[test]
fn a_balance_out_of_range_stops_it() {
    let mut shop = Shop::empty();
    assert_eq!(shop.take(to_the_brink()), (1026, 0));
    let here = |text: String| text.replace("acct_cairo", "acct_new");
    let refund =
        |amount: &str| here(line("refund", &[("chargeId", "\"ch_new\""), ("amount", amount)]));
    // Row 14 comes before row 16.
    shop.expect_stop(refund("5001"), "amount_exceeds_refundable amount");
    shop.expect_stop(refund("1025"), "balance_out_of_range amount");
    for (object, amount) in [("adjustment", "-1025"), ("payout", "1025")] {
        let bad = here(line(object, &[("amount", amount)]));
        shop.expect_stop(bad, "balance_out_of_range amount");
    }
    assert_eq!(shop.take(refund("1024")), (1, 0), "the lowest balance that there is");
    shop.expect_stop(
        here(line("refund", &[("id", "\"re_2\""), ("chargeId", "\"ch_new\""), ("amount", "1")])),
        "balance_out_of_range amount",
    );
}

#[test]
fn a_charge_that_takes_a_balance_out_of_range_stops_it() {
    let mut shop = Shop::empty();
    let charge = |number: u32, amount: &str, status: &str| {
        let id = format!("\"ch_{number}\"");
        let changes = [
            ("id", id.as_str()),
            ("paymentIntentId", "null"),
            ("amount", amount),
            ("amountCaptured", amount),
            ("fee", "0"),
            ("status", status),
        ];
        line("charge", &changes).replace("acct_cairo", "acct_new")
    };
    let mut lines = vec![line("merchant", &[])];
    lines.extend((0..1024).map(|number| charge(number, "9007199254740991", "\"succeeded\"")));
    lines.push(charge(2000, "1024", "\"pending\""));
    assert_eq!(shop.take(lines.join("\n")), (1026, 0));
    shop.expect_stop(charge(1024, "1024", "\"succeeded\""), "balance_out_of_range amount");
    shop.expect_stop(charge(2000, "1024", "\"succeeded\""), "balance_out_of_range amount");
    assert_eq!(shop.take(charge(1024, "1023", "\"succeeded\"")), (1, 0), "the highest there is");
}
