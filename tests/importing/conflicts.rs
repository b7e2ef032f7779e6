//! Lines about a known id: the same facts are skipped, others stop the import.

use super::{PRINTED, Shop, known};

/// A known id, a piece of its line, what stands there instead, and the fact that then differs.
const CASES: &[(&str, &str, &str, &str)] = &[
    ("pi_1", "\"amount\":\"22604\"", "\"amount\":\"22605\"", "amount"),
    ("pi_1", "EGP", "USD", "currency"),
    ("pi_1", ":00.000Z", ":00.001Z", "createdAt"),
    ("ch_1", "\"pi_1\"", "null", "paymentIntentId"),
    ("ch_1", "\"pi_1\"", "\"pi_yen\"", "paymentIntentId"),
    ("ch_1", "\"pi_1\"", "\"pi_nothing\"", "paymentIntentId"),
    ("ch_1", "\"amount\":\"22604\"", "\"amount\":\"22605\"", "amount"),
    ("ch_1", "EGP", "USD", "currency"),
    ("ch_1", "00:00:01.000Z", "00:00:02.000Z", "createdAt"),
    ("ch_1", "\"amountCaptured\":\"22604\"", "\"amountCaptured\":\"22603\"", "amountCaptured"),
    ("ch_1", "\"fee\":\"912\"", "\"fee\":\"0\"", "fee"),
    ("ch_1", "2024-01-03", "2024-01-04", "availableOn"),
    ("ch_1", "succeeded", "failed", "status"),
    ("ch_1", "succeeded", "canceled", "status"),
    ("ch_failed", "\"failed\"", "\"succeeded\"", "status"),
    ("ch_failed", "\"failed\"", "\"canceled\"", "status"),
    ("ch_failed", "\"fee\":\"8\"", "\"fee\":\"9\"", "fee"),
    ("ch_canceled", "\"canceled\"", "\"succeeded\"", "status"),
    ("ch_canceled", "\"canceled\"", "\"failed\"", "status"),
    ("ch_canceled", "\"amountCaptured\":\"800\"", "\"amountCaptured\":\"8\"", "amountCaptured"),
    // While a charge is pending and stays so, nothing of it changes either.
    ("ch_pending", "\"amount\":\"800\"", "\"amount\":\"801\"", "amount"),
    ("ch_pending", "\"amountCaptured\":\"800\"", "\"amountCaptured\":\"799\"", "amountCaptured"),
    ("ch_pending", "\"fee\":\"8\"", "\"fee\":\"9\"", "fee"),
    ("ch_pending", "2024-01-03", "2024-01-04", "availableOn"),
    ("re_1", "\"ch_1\"", "\"ch_spent\"", "chargeId"),
    ("re_1", "\"ch_1\"", "\"ch_nothing\"", "chargeId"),
    ("re_1", "\"100\"", "\"101\"", "amount"),
    ("re_1", "\"duplicate\"", "\"fraudulent\"", "reason"),
    ("re_1", "\"duplicate\"", "null", "reason"),
    ("re_1", "\"reason\"", "\"description\":\"\",\"reason\"", "description"),
    ("re_1", "\"reason\"", "\"metadata\":{\"a\":\"\"},\"reason\"", "metadata"),
    ("re_1", "\"reason\"", "\"externalReference\":\"x\",\"reason\"", "externalReference"),
    ("re_1", ":00.000Z", ":00.001Z", "createdAt"),
    ("re_spent", "\"stolen card\"", "null", "description"),
    ("re_spent", "\"stolen card\"", "\"a stolen card\"", "description"),
    ("re_spent", "{\"case\":\"7\"}", "{\"case\":\"8\"}", "metadata"),
    ("re_spent", "{\"case\":\"7\"}", "{}", "metadata"),
    ("re_spent", "\"ARN-1\"", "\"ARN-2\"", "externalReference"),
    ("re_spent", "\"ARN-1\"", "null", "externalReference"),
    ("po_1", "\"5000\"", "\"5001\"", "amount"),
    ("po_1", "EGP", "JPY", "currency"),
    ("po_1", ":00.000Z", ":00.001Z", "createdAt"),
    ("adj_1", "\"-250\"", "\"250\"", "amount"),
    ("adj_1", "EGP", "JPY", "currency"),
    ("adj_1", "\"opening balance\"", "null", "description"),
    ("adj_1", ":00.000Z", ":00.001Z", "createdAt"),
];

#[test]
fn other_facts_under_a_known_id_stop_it() {
    let mut shop = Shop::stocked();
    for (id, from, to, fact) in CASES {
        let bad = known(id, from, to);
        shop.expect_stop(&bad, &format!("resource_conflict {fact}"));
    }
}

#[test]
fn a_status_off_the_path_of_a_payout_stops_it() {
    let mut shop = Shop::stocked();
    for (id, from, to) in [
        ("po_1", "paid", "failed"),
        ("po_failed", "failed", "paid"),
        ("po_failed", "failed", "returned"),
        ("po_returned", "returned", "failed"),
    ] {
        let bad = known(id, &format!("{from:?}"), &format!("{to:?}"));
        shop.expect_stop(bad, "resource_conflict status");
    }
    // Also within one import.
    let on = |to: &str| known("po_on_its_way", "\"in_transit\"", to);
    shop.expect_stop(on("\"paid\"") + "\n" + &on("\"failed\""), "resource_conflict status");
    shop.expect_stop(on("\"failed\"") + "\n" + &on("\"returned\""), "resource_conflict status");
}

#[test]
fn the_other_mode_for_a_known_merchant_stops_it() {
    let mut shop = Shop::stocked();
    for bad in [
        r#"{"object":"merchant","id":"acct_cairo","name":"Cairo Books","liveMode":true}"#,
        r#"{"object":"merchant","id":"acct_cairo","name":"","apiKeys":["rk_live_cairo_0123456789abcdef"]}"#,
        r#"{"object":"merchant","id":"acct_giza","name":"Giza Toys","liveMode":false}"#,
        r#"{"object":"merchant","id":"acct_giza","name":"Giza Toys","apiKeys":["sk_test_giza_0123456789abcdef"]}"#,
    ] {
        shop.expect_stop(bad, "resource_conflict liveMode");
    }
    // A line that doesn't tell the mode does not contradict it.
    let silent = r#"{"object":"merchant","id":"acct_giza","name":"Giza Toys"}"#;
    assert_eq!(shop.take(silent), (0, 1));
}

#[test]
fn an_id_belongs_to_one_book() {
    let mut shop = Shop::stocked();
    // The same ids with other facts in another merchant's book are other objects.
    let live = r#"{"object":"merchant","id":"acct_luxor","name":"Luxor","liveMode":true}"#;
    let theirs = PRINTED.lines().skip(1).map(|line| line.replace("EGP", "KWD"));
    let theirs: Vec<_> = theirs.map(|line| line.replace("acct_cairo", "acct_luxor")).collect();
    assert_eq!(shop.take(format!("{live}\n{}", theirs.join("\n"))), (6, 0));
}
