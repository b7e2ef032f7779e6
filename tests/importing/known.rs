//! Lines that are taken: what they record, what they skip, and what they may still change.

use std::ops::ControlFlow;

use refundry::{
    Account, ChargeStatus, Error, ImportReport, NegativeBalanceLimit, PayoutStatus, RefundRequest,
    Refusal, Timestamp,
};

use super::{MORE, PRINTED, Shop, known, line};

fn moment(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

#[test]
fn the_printed_lines_are_taken_as_they_are() {
    let mut shop = Shop::empty();
    let report = shop.import(PRINTED).unwrap();
    let expected = ImportReport { lines: 6, recorded: 6, ..ImportReport::default() };
    assert_eq!(report, expected);
    for (account, sum) in [
        (Account::Pending, 22_604 - 912),
        (Account::Available, -100 - 5_000 - 250),
        (Account::PayoutTransit, 0),
        (Account::Clearing, 22_604 - 100),
        (Account::Bank, -5_000),
        (Account::Fees, 912),
        (Account::Losses, -250),
    ] {
        assert_eq!(shop.balance(account), sum, "{account:?}");
    }
    let key = "sk_test_cairo_0123456789abcdef";
    assert_eq!(shop.ledger.authenticate(key).unwrap().name, "Cairo Books");
    let book = shop.ledger.book("acct_cairo").unwrap();
    let refund = book.refund("re_1").unwrap();
    assert_eq!(refund.payment_intent_id.as_deref(), Some("pi_1"));
    // An import's entries take effect when their events did, and are recorded now.
    let entries = book.journal_entries_after(None, 10).unwrap();
    let days: Vec<_> = entries.iter().map(|entry| entry.effective_at.to_string()).collect();
    let event = |day, second| format!("2024-01-0{day}T00:00:0{second}.000Z");
    assert_eq!(days, [event(1, 1), event(2, 0), event(4, 0), event(4, 0), event(5, 0)]);
    let now = moment("2024-02-01T00:00:00.000Z");
    assert!(entries.iter().all(|entry| entry.recorded_at == now));
    assert_eq!(shop.ledger.release_due(now).unwrap(), 1);
    assert_eq!(shop.balance(Account::Available), 21_692 - 5_350);
}

#[test]
fn importing_everything_again_changes_nothing() {
    let mut shop = Shop::stocked();
    let before = shop.everything();
    let all = format!("{PRINTED}{MORE}");
    assert_eq!(shop.take(&all), (0, 18));
    // Twice in one import is no different.
    assert_eq!(shop.take(format!("{all}{all}")), (0, 36));
    assert!(before == shop.everything());
    let mut other = Shop::empty();
    assert_eq!(other.take(format!("{PRINTED}{PRINTED}")), (6, 6));
}

#[test]
fn a_pending_charge_may_still_become_anything() {
    let becomes = |status: &str| {
        known("ch_pending", "\"pending\"", &format!("{status:?}"))
            .replace("\"amountCaptured\":\"800\"", "\"amountCaptured\":\"500\"")
            .replace("\"fee\":\"8\"", "\"fee\":\"5\"")
            .replace("2024-01-03", "2024-01-09")
    };
    for (status, pending) in
        [(ChargeStatus::Succeeded, 495), (ChargeStatus::Failed, 0), (ChargeStatus::Canceled, 0)]
    {
        let mut shop = Shop::stocked();
        let before = shop.balance(Account::Pending);
        assert_eq!(shop.take(becomes(status.name())), (1, 0));
        assert_eq!(shop.balance(Account::Pending) - before, pending);
        let charge = shop.ledger.book("acct_cairo").unwrap().charge("ch_pending").unwrap();
        assert_eq!(charge.status, status);
        assert_eq!((charge.amount_captured.minor(), charge.fee.minor()), (500, 5));
        assert_eq!(charge.available_on, moment("2024-01-09T00:00:00.000Z"));
        if status == ChargeStatus::Succeeded {
            let last = shop.ledger.book("acct_cairo").unwrap().journal_entries_after(None, 100);
            let effective = last.unwrap().pop().unwrap().effective_at;
            assert_eq!(effective, charge.created_at, "history takes effect when it happened");
        }
        // Now it is known as it is, and what it was before is old news.
        let before = shop.everything();
        let earlier = known("ch_pending", "", "");
        assert_eq!(shop.take(becomes(status.name())), (0, 1));
        assert_eq!(shop.take(&earlier), (0, 1));
        assert!(before == shop.everything());
        // All of it in one import comes to the same.
        let mut other = Shop::empty();
        let lines = format!("{PRINTED}{MORE}{}\n{earlier}\n", becomes(status.name()));
        assert_eq!(other.take(lines), (19, 1));
        assert_eq!(other.balance(Account::Pending), shop.balance(Account::Pending));
    }
}

#[test]
fn a_known_payout_may_advance() {
    let on = |status: &str| known("po_on_its_way", "in_transit", status);
    let status = |shop: &mut Shop| {
        let book = shop.ledger.book("acct_cairo").unwrap();
        book.transfer("po_on_its_way").unwrap().status
    };
    let mut shop = Shop::stocked();
    let available = shop.balance(Account::Available);
    let bank = shop.balance(Account::Bank);
    assert_eq!(shop.balance(Account::PayoutTransit), 10);
    assert_eq!(shop.take(on("paid")), (1, 0));
    assert_eq!(status(&mut shop), Some(PayoutStatus::Paid));
    assert_eq!((shop.balance(Account::PayoutTransit), shop.balance(Account::Bank)), (0, bank - 10));
    assert_eq!(shop.take([on("in_transit"), on("paid")].join("\n")), (0, 2), "old news");
    assert_eq!(shop.take(on("returned")), (1, 0));
    assert_eq!(status(&mut shop), Some(PayoutStatus::Returned));
    assert_eq!(shop.balance(Account::Available), available + 10);
    assert_eq!(shop.take([on("in_transit"), on("paid"), on("returned")].join("\n")), (0, 3));

    // In one import, and past a station that no line names.
    let mut shop = Shop::stocked();
    assert_eq!(shop.take([on("paid"), on("returned"), on("paid")].join("\n")), (2, 1));
    let mut other = Shop::stocked();
    assert_eq!(other.take(on("returned")), (1, 0));
    assert_eq!(shop.heads(), other.heads());
    let mut shop = Shop::stocked();
    assert_eq!(shop.take([on("failed"), on("in_transit"), on("failed")].join("\n")), (1, 2));
    assert_eq!(status(&mut shop), Some(PayoutStatus::Failed));
    assert_eq!(shop.balance(Account::PayoutTransit), 0);
}

#[test]
fn name_limit_and_keys_of_a_known_merchant_are_ignored() {
    let mut shop = Shop::stocked();
    let revoked = "sk_test_cairo_0123456789abcdef";
    let mut book = shop.ledger.book("acct_cairo").unwrap();
    let issued = book.keys().unwrap().remove(0);
    assert_eq!(issued.created_at, moment("2024-02-01T00:00:00.000Z"), "the ledger's clock");
    book.revoke_key(&issued.id).unwrap();
    let before = shop.everything();
    let changed = [
        line("merchant", &[("id", "\"acct_cairo\""), ("negativeBalanceLimit", "\"0\"")]),
        // A key that another merchant holds makes no difference either.
        PRINTED.lines().next().unwrap().to_owned(),
        r#"{"object":"merchant","id":"acct_giza","name":"","apiKeys":[]}"#.to_owned(),
    ];
    assert_eq!(shop.take(changed.join("\n")), (0, 3));
    assert!(before == shop.everything());
    let new_key = shop.ledger.authenticate("sk_test_new_0123456789abcdef");
    assert!(matches!(new_key, Err(Error::ApiKeyInvalid)));
    assert!(matches!(shop.ledger.authenticate(revoked), Err(Error::ApiKeyInactive)));
}

#[test]
fn a_revoked_key_of_another_merchant_stays_theirs() {
    let mut shop = Shop::stocked();
    let mut book = shop.ledger.book("acct_cairo").unwrap();
    let id = book.keys().unwrap()[0].id.clone();
    book.revoke_key(&id).unwrap();
    let bad = line("merchant", &[("apiKeys", "[\"sk_test_cairo_0123456789abcdef\"]")]);
    shop.expect_stop(bad, "parameter_invalid apiKeys");
}

#[test]
fn the_keys_tell_the_mode() {
    let cases = [
        ("", "[\"sk_live_new_0123456789\"]", true),
        ("", "[\"rk_live_new_0123456789\",\"sk_live_new_01234567\"]", true),
        ("null", "[\"sk_test_new_0123456789\"]", false),
        ("", "[\"rk_test_new_0123456789\"]", false),
        ("", "[]", false),
        ("", "", false),
        ("true", "", true),
        ("true", "[\"rk_live_new_0123456789\"]", true),
    ];
    for (told, keys, live_mode) in cases {
        let mut shop = Shop::empty();
        assert_eq!(shop.take(line("merchant", &[("liveMode", told), ("apiKeys", keys)])), (1, 0));
        assert_eq!(shop.ledger.merchants().unwrap()[0].live_mode, live_mode, "{told} {keys}");
    }
}

#[test]
fn an_integer_is_as_good_as_a_string_of_digits() {
    let mut shop = Shop::empty();
    let bare = |text: &str| {
        let mut text = text.to_owned();
        for number in ["22604", "912", "100", "5000", "-250"] {
            text = text.replace(&format!("\"{number}\""), number);
        }
        text
    };
    assert_ne!(bare(PRINTED), PRINTED);
    assert_eq!(shop.take(bare(PRINTED)), (6, 0));
    let heads = shop.heads();
    assert_eq!(shop.take(PRINTED), (0, 6));
    let mut other = Shop::empty();
    assert_eq!(other.take(PRINTED), (6, 0));
    assert_eq!(heads, other.heads());
}

#[test]
fn limits_are_kept_in_all_their_forms() {
    for (json, debt) in
        [("null", None), ("\"0\"", Some(0)), ("{\"EGP\":\"12\"}", Some(12)), ("{}", None)]
    {
        let mut shop = Shop::empty();
        shop.take(line("merchant", &[("negativeBalanceLimit", json)]));
        let merchant = shop.ledger.merchants().unwrap().remove(0);
        let egp = refundry::Currency::from_code("EGP").unwrap();
        assert_eq!(merchant.negative_balance_limit.of(egp), debt, "{json}");
        assert_eq!(
            merchant.negative_balance_limit == NegativeBalanceLimit::Unlimited,
            json == "null"
        );
    }
}

#[test]
fn empty_lines_and_either_line_ending_are_fine() {
    let mut shop = Shop::empty();
    let spaced = PRINTED.replace('\n', "\r\n\r\n  \t\n");
    let report = shop.import(format!("\n\r\n{}", spaced.trim_end())).unwrap();
    assert_eq!((report.recorded, report.skipped), (6, 0));
    assert_eq!(report.lines, 2 + 5 * 3 + 1);
    for nothing in ["", "\n", " \r\n\t\n"] {
        assert_eq!(shop.take(nothing), (0, 0));
    }
    // They count all the same: "\r\n" is one line.
    let error = shop.import("\r\n\r\nx\r\n").unwrap_err();
    assert!(matches!(error, Error::Import { line: 3, .. }), "{error}");
}

#[test]
fn progress_is_told_and_can_stop_it() {
    let mut shop = Shop::empty();
    let many = |count: usize| {
        let intents =
            (0..count).map(|id| line("payment_intent", &[("id", &format!("\"pi_of_{id}\""))]));
        PRINTED.to_owned() + &intents.collect::<Vec<_>>().join("\n")
    };
    let lines = many(4_000);
    let before = shop.everything();
    for calls in [1, 2, 5] {
        let mut told = 0;
        let error = shop.ledger.import(lines.as_bytes(), |_| {
            told += 1;
            if told == calls { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(matches!(error, Err(Error::Canceled)));
        assert_eq!(told, calls);
        assert!(before == shop.everything(), "canceled at call {calls}");
    }
    let mut told = Vec::new();
    let report = shop.ledger.import(lines.as_bytes(), |progress| {
        told.push(*progress);
        ControlFlow::Continue(())
    });
    assert_eq!(report.unwrap().recorded, 4_006);
    assert!(told.is_sorted_by(|a, b| a.lines < b.lines && a.bytes < b.bytes), "{told:?}");
    assert!(told.len() >= 4, "{told:?}");
    let last = told.last().unwrap();
    assert_eq!((last.lines, last.bytes), (4_006, u64::try_from(lines.len()).unwrap()));
}

#[test]
fn history_is_not_asked_whether_it_may_happen() {
    let mut shop = Shop::empty();
    let limited =
        PRINTED.replace("\"negativeBalanceLimit\":null", "\"negativeBalanceLimit\":\"0\"");
    let payout = line("payout", &[("id", "\"po_2\""), ("amount", "9007199254740991")]);
    let refund = line("refund", &[("amount", "22503")]);
    // Nothing has matured, so neither the refunds nor the payouts were covered.
    assert_eq!(shop.take(format!("{limited}{payout}\n{refund}\n")), (8, 0));
    assert!(shop.balance(Account::Available) < -9_007_199_254_740_991);
    // What is asked for now is held to the limit.
    let mut book = shop.ledger.book("acct_cairo").unwrap();
    let error = book.create_refund(&RefundRequest::of_charge("ch_1"), None).unwrap_err();
    assert!(matches!(error.refusal(), Some(Refusal::BalanceInsufficient { .. })), "{error}");
}

/// What a line says beside what is compared is told, not lost.
#[test]
fn ignored_facts_of_known_objects_are_told() {
    let mut shop = Shop::stocked();
    let again = shop.import(format!("{PRINTED}{MORE}")).unwrap();
    assert_eq!((again.ignored, again.ignored_facts.len()), (0, 0));
    let lines = r#"
{"object":"merchant","id":"acct_cairo","name":"Cairo Books & Co","apiKeys":["sk_test_another_0123456789abcdef"],"negativeBalanceLimit":"7"}
{"object":"payout","id":"po_1","merchantId":"acct_cairo","amount":"5000","currency":"EGP","status":"in_transit","createdAt":"2024-01-04T00:00:00.000Z"}
"#;
    let report = shop.import(lines).unwrap();
    assert_eq!((report.lines, report.recorded, report.skipped, report.ignored), (3, 0, 2, 4));
    let told: Vec<_> = report
        .ignored_facts
        .iter()
        .map(|fact| (fact.line, fact.id.as_str(), fact.fact.as_str()))
        .collect();
    let expected = [
        (2, "acct_cairo", "name"),
        (2, "acct_cairo", "apiKeys"),
        (2, "acct_cairo", "negativeBalanceLimit"),
        (3, "po_1", "status"),
    ];
    assert_eq!(told, expected);
    let many = lines.repeat(40);
    let report = shop.import(many).unwrap();
    assert_eq!((report.ignored, report.ignored_facts.len()), (160, 100));
}

#[test]
fn top_ups_settlements_and_refunds_that_failed_are_history_too() {
    let mut shop = Shop::stocked();
    let lines = r#"{"object":"topup","id":"tu_9","merchantId":"acct_cairo","amount":"700","currency":"EGP","createdAt":"2024-01-06T00:00:00.000Z"}
{"object":"settlement","id":"stl_9","merchantId":"acct_cairo","amount":"-30","currency":"EGP","description":"taken back","createdAt":"2024-01-06T00:00:00.000Z"}
{"object":"refund_failure","merchantId":"acct_cairo","refundId":"re_1","createdAt":"2024-01-07T00:00:00.000Z"}
"#;
    let before = (shop.balance(Account::Available), shop.balance(Account::Bank));
    assert_eq!(shop.take(lines), (3, 0));
    assert_eq!(shop.take(lines), (0, 3));
    let after = (shop.balance(Account::Available), shop.balance(Account::Bank));
    assert_eq!((after.0 - before.0, after.1 - before.1), (700 + 100, 700 - 30));
    let book = shop.ledger.book("acct_cairo").unwrap();
    assert_eq!(book.refund("re_1").unwrap().status, refundry::RefundStatus::Failed);
    let last = book.journal_entries_after(None, 1_000).unwrap().pop().unwrap();
    assert_eq!(last.effective_at, moment("2024-01-07T00:00:00.000Z"));
    let unknown = lines.lines().last().unwrap().replace("re_1", "re_0");
    shop.expect_stop(unknown, "resource_missing refundId");
    let other = lines.replace("700", "701");
    shop.expect_stop(other.lines().next().unwrap(), "resource_conflict amount");
}
