//! Disputes as history: they obey the rules of those of today, and are won or lost on their own day.

use refundry::{Account, DisputeStatus, Timestamp};

use super::Shop;

const LINES: &str = r#"{"object":"dispute","id":"dp_1","merchantId":"acct_cairo","chargeId":"ch_1","amount":"4000","fee":"1500","reason":"fraudulent","networkReference":"N-1","createdAt":"2024-01-06T00:00:00.000Z"}
{"object":"dispute","id":"dp_2","merchantId":"acct_cairo","chargeId":"ch_1","amount":"2000","createdAt":"2024-01-06T00:00:00.000Z"}
{"object":"dispute_won","merchantId":"acct_cairo","disputeId":"dp_1","feeReturned":true,"createdAt":"2024-03-06T00:00:00.000Z"}
{"object":"dispute_lost","merchantId":"acct_cairo","disputeId":"dp_2","createdAt":"2024-03-07T00:00:00.000Z"}
"#;

fn line(number: usize) -> &'static str {
    LINES.lines().nth(number - 1).unwrap()
}

#[test]
fn disputes_and_their_outcomes_are_history_too() {
    let mut shop = Shop::stocked();
    let before = (shop.balance(Account::Available), shop.balance(Account::Fees));
    assert_eq!(shop.take(line(1)), (1, 0));
    let opened = (shop.balance(Account::Available), shop.balance(Account::Fees));
    assert_eq!((opened.0 - before.0, opened.1 - before.1), (-5_500, 1_500));
    assert_eq!(shop.take(LINES), (3, 1));
    assert_eq!(shop.take(LINES), (0, 4));
    let after = (shop.balance(Account::Available), shop.balance(Account::Fees));
    assert_eq!((after.0 - before.0, after.1 - before.1), (-2_000, 0));
    let book = shop.ledger.book("acct_cairo").unwrap();
    let told = |id| {
        let dispute = book.dispute(id).unwrap();
        (dispute.status, dispute.fee_returned, dispute.network_reference)
    };
    assert_eq!(told("dp_1"), (DisputeStatus::Won, true, Some("N-1".to_owned())));
    assert_eq!(told("dp_2"), (DisputeStatus::Lost, false, None));
    let last = book.journal_entries_after(None, 1_000).unwrap().pop().unwrap();
    assert_eq!(last.effective_at, Timestamp::parse("2024-03-07T00:00:00.000Z").unwrap());
}

#[test]
fn other_facts_of_a_known_dispute_stop_it() {
    let mut shop = Shop::stocked();
    shop.import(LINES).unwrap();
    for (number, from, to, fact) in [
        (1, "ch_1", "ch_spent", "chargeId"),
        (1, "4000", "4001", "amount"),
        (1, "\"fee\":\"1500\",", "", "fee"),
        (1, "fraudulent", "general", "reason"),
        (1, "N-1", "N-2", "networkReference"),
        (1, ":00.000Z", ":00.001Z", "createdAt"),
        (3, "true", "false", "feeReturned"),
        (3, "dp_1", "dp_2", "status"),
        (4, "dp_2", "dp_1", "status"),
    ] {
        let bad = line(number).replace(from, to);
        shop.expect_stop(bad, &format!("resource_conflict {fact}"));
    }
    // A dispute without a fee has none that could be given back.
    let free = line(2).replace("dp_2", "dp_3");
    let won = line(3).replace("dp_1", "dp_3");
    assert_eq!(shop.take(format!("{free}\n{won}")), (2, 0));
    assert_eq!(shop.take(won.replace("true", "false")), (0, 1));
}

#[test]
fn historical_disputes_obey_the_rules_of_today() {
    let mut shop = Shop::stocked();
    for (number, from, to, reason) in [
        (1, "ch_1", "ch_none", "resource_missing chargeId"),
        (1, "ch_1", "ch_failed", "resource_invalid_state chargeId"),
        (1, "ch_1", "ch_spent", "charge_already_refunded chargeId"),
        // 22604 less the 100 that are refunded.
        (1, "4000", "22505", "amount_exceeds_refundable amount"),
        (3, "dp_1", "dp_none", "resource_missing disputeId"),
        (4, "dp_2", "re_1", "parameter_invalid disputeId"),
        (1, "dp_1", "re_9", "parameter_invalid id"),
        (1, "fraudulent", "bored", "parameter_invalid reason"),
        (1, "N-1", "N 1", "parameter_invalid networkReference"),
        (1, "\"1500\"", "null", "parameter_invalid fee"),
        (1, "\"1500\"", "\"1.5\"", "parameter_invalid fee"),
        (1, "\"4000\"", "\"0\"", "parameter_out_of_range amount"),
        (1, "\"amount\":\"4000\",", "", "parameter_missing amount"),
        (1, "\"fee\"", "\"status\"", "parameter_unknown status"),
        (3, "true", "1", "parameter_invalid feeReturned"),
        (4, "\"createdAt\"", "\"feeReturned\":true,\"createdAt\"", "parameter_unknown feeReturned"),
        (
            4,
            "\"createdAt\":\"2024-03-07T00:00:00.000Z\"",
            "\"createdAt\":null",
            "parameter_missing createdAt",
        ),
    ] {
        shop.expect_stop(line(number).replace(from, to), reason);
    }
    shop.import(LINES).unwrap();
    let next = |amount: &str| line(2).replace("dp_2", "dp_3").replace("2000", amount);
    // 22504 less the 2000 that were lost.
    shop.expect_stop(next("20505"), "charge_disputed chargeId");
    let refund = |amount: &str| {
        format!(
            r#"{{"object":"refund","id":"re_9","merchantId":"acct_cairo","chargeId":"ch_1","amount":"{amount}","createdAt":"2024-04-01T00:00:00.000Z"}}"#
        )
    };
    shop.expect_stop(refund("20505"), "charge_disputed chargeId");
    assert_eq!(shop.take(refund("20504")), (1, 0));
    shop.expect_stop(next("1"), "charge_disputed chargeId");
}
