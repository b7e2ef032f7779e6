//! What a mirror refuses: every operation on it, and books that are this ledger's own.

use std::ops::ControlFlow;

use refundry::{
    Amount, ChargeFilter, Conclusion, Currency, Error, Fee, IdempotencyKey, Ledger, Mark,
    NegativeBalanceLimit, NewCharge, NewDispute, NewMerchant, NewPaymentIntent, NewTransfer,
    Options, Page, PayoutOutcome, RefundRequest, Timestamp,
};

use super::{empty, receive, verify};
use crate::{
    feeds::{self, CAIRO},
    mirrors::{eventful, rows, vectors},
};

/// Tries every operation on the book.
fn tries(ledger: &mut Ledger) -> Vec<Error> {
    let egp = Currency::from_code("EGP").unwrap();
    let one = Amount::from_minor(1).unwrap();
    let key = IdempotencyKey::new("order-17").unwrap();
    let (some, due) = (Some(&key), Timestamp::parse("2024-02-01T00:00:00.000Z").unwrap());
    let charge = ledger
        .book(CAIRO)
        .unwrap()
        .charges(&ChargeFilter::default(), &Page::default())
        .unwrap()
        .data
        .remove(0);
    let mut book = ledger.book(CAIRO).unwrap();
    let request = RefundRequest::of_charge(&charge.id);
    let new = NewCharge::succeeded(one, Fee::ZERO, egp, due);
    vec![
        book.create_refund(&request, some).unwrap_err(),
        book.create_refund(&request, None).unwrap_err(),
        book.fail_refund("re_1", some).unwrap_err(),
        book.open_dispute(&NewDispute::of_charge(&charge.id, one), some).unwrap_err(),
        book.win_dispute("dp_1", false, some).unwrap_err(),
        book.lose_dispute("dp_1", some).unwrap_err(),
        book.create_payment_intent(&NewPaymentIntent::of(one, egp)).unwrap_err(),
        book.create_charge(&new, some).unwrap_err(),
        book.conclude_charge(&charge.id, Conclusion::Failed, some).unwrap_err(),
        book.create_transfer(&NewTransfer::top_up(one, egp), some).unwrap_err(),
        book.conclude_payout("po_1", PayoutOutcome::Paid, some).unwrap_err(),
        book.set_negative_balance_limit(&NegativeBalanceLimit::Unlimited).unwrap_err(),
        book.issue_key().unwrap_err(),
        book.revoke_key("key_1").unwrap_err(),
        book.erase_text("re_1").unwrap_err(),
        book.release_due(due).unwrap_err(),
    ]
}

/// A till whose charge has not matured.
fn with_a_charge() -> Ledger {
    let mut till = vectors();
    let egp = Currency::from_code("EGP").unwrap();
    let due = Timestamp::parse("2024-02-01T00:00:00.000Z").unwrap();
    let new = NewCharge::succeeded(Amount::from_minor(5).unwrap(), Fee::ZERO, egp, due);
    till.book(CAIRO).unwrap().create_charge(&new, None).unwrap();
    till
}

#[test]
fn every_operation_is_refused_by_its_type() {
    let mut office = empty();
    receive(&mut office, &feeds::text(&mut with_a_charge())).unwrap();
    let before = rows(&mut office);
    for refused in tries(&mut office) {
        assert!(matches!(refused, Error::Mirrored), "{refused}");
        assert_eq!((refused.number(), refused.code()), (112, "book_mirrored"));
    }
    let line = r#"{"object":"charge","merchantId":"acct_cairo","id":"ch_1","amount":"1","amountCaptured":"1","fee":"0","currency":"EGP","status":"succeeded","availableOn":"2024-01-01T00:00:00.000Z","createdAt":"2024-01-01T00:00:00.000Z"}"#;
    match office.import(line.as_bytes(), |_| ControlFlow::Continue(())).unwrap_err() {
        Error::Import { line: 1, problem } => assert!(matches!(*problem, Error::Mirrored)),
        other => panic!("{other}"),
    }
    // What is done to all books leaves it alone.
    assert_eq!(office.release_due(Timestamp::MAX).unwrap(), 0);
    assert_eq!(office.prune_idempotency_keys(Timestamp::MAX).unwrap(), 0);
    assert_eq!(rows(&mut office), before);
}

/// One that is refused does not disturb the others of its batch.
#[test]
fn in_a_batch_the_other_operations_go_on() {
    let mut office = empty();
    receive(&mut office, &feeds::text(&mut vectors())).unwrap();
    let own = office.create_merchant(&NewMerchant::named("Headquarters")).unwrap().id;
    let mut batch = office.batch().unwrap();
    let refused = batch.book(CAIRO).unwrap().issue_key().unwrap_err();
    batch.book(&own).unwrap().issue_key().unwrap();
    batch.commit().unwrap();
    assert!(matches!(refused, Error::Mirrored));
    assert_eq!(office.book(&own).unwrap().keys().unwrap().len(), 1);
    office.begin_batch().unwrap();
    let refused = receive(&mut office, "").unwrap_err();
    assert!(matches!(refused, Error::Batch { .. }), "{refused}");
}

#[test]
fn a_book_of_its_own_is_changed_by_no_feed() {
    let mut till = eventful();
    let text = feeds::text(&mut till);
    let before = rows(&mut till);
    let refused = receive(&mut till, &text).unwrap_err();
    assert!(matches!(refused, Error::Feed { line: 1, .. }), "{refused}");
    // Also if it was begun after the first line had come.
    let mut office = empty();
    let mut receiver = refundry::Receiver::default();
    let (first, rest) = text.split_once('\n').unwrap();
    receiver.take(&mut office, format!("{first}\n").as_bytes()).unwrap();
    let mut new = NewMerchant::named("Cairo Books");
    new.id = Some(CAIRO.into());
    office.create_merchant(&new).unwrap();
    let refused = receiver.take(&mut office, rest.as_bytes()).unwrap_err();
    assert!(matches!(refused, Error::Feed { line: 2, .. }), "{refused}");
    assert_eq!(rows(&mut till), before);
}

/// Whoever sends something else is told what a feed begins with, and not to send one object.
#[test]
fn what_is_no_feed_is_told_what_its_first_line_lacks() {
    let feed = feeds::text(&mut vectors());
    let later = feed.replacen("\"feed\":1", "\"feed\":2", 1);
    let long = "x".repeat((1 << 20) + 1);
    for (text, problem) in [
        ("", "is missing: the feed was cut off"),
        ("id,amount\n1,2\n", "is not that of a feed"),
        (&later, "says a format that this Refundry does not know"),
        (&long, "is longer than 1 MiB"),
    ] {
        let mut office = empty();
        let refused = receive(&mut office, text).unwrap_err();
        let said = refused.to_string();
        assert!(
            said.starts_with(&format!("the text is not a feed (its first line {problem});")),
            "{said}"
        );
        assert_eq!((refused.number(), refused.code()), (40, "invalid_request"));
        assert!(office.merchants().unwrap().is_empty());
    }
}

/// A ledger that trusts no feed: it can't revoke the keys of others, nor take their objects' ids.
#[test]
fn what_a_verification_would_find_is_not_taken_in() {
    let mut office = empty();
    let victim = office.create_merchant(&NewMerchant::named("Giza Books")).unwrap().id;
    let issued = office.book(&victim).unwrap().issue_key().unwrap();
    // A till that holds the same key, which it could only have by knowing its hash.
    let line = victim_key_line(&mut office, &victim);
    let hash = line.split("\"hash\":\"").nth(1).unwrap().split('"').next().unwrap();
    for action in ["api_key", "api_key_revocation"] {
        let mut till = vectors();
        let after = till.book(CAIRO).unwrap().mark().unwrap();
        let body = format!("{{\"{action}\":{{\"hash\":\"{hash}\"}}}}");
        let forged = forged(&after, if action == "api_key" { 22 } else { 23 }, &body);
        receive(&mut office, &feeds::text(&mut till)).unwrap();
        let text = format!(
            "{{\"feed\":1,\"merchantId\":\"{CAIRO}\",\"n\":{},\"hash\":\"{}\"}}\n{forged}\n",
            after.n, after.hash
        );
        let refused = receive(&mut office, &text).unwrap_err();
        assert!(matches!(refused, Error::Feed { line: 2, .. }), "{action}: {refused}");
        assert_eq!(office.authenticate(&issued.key).unwrap().id, victim);
    }
    verify(&mut office);
}

/// A till that is broken or hostile, whose hashes are right all the same.
#[test]
fn what_contradicts_earlier_lines_is_not_taken_in() {
    let mut till = Ledger::in_memory(Options::default()).unwrap();
    let mut new = NewMerchant::named("Cairo Books");
    new.id = Some(CAIRO.into());
    till.create_merchant(&new).unwrap();
    let mut book = till.book(CAIRO).unwrap();
    let egp = Currency::from_code("EGP").unwrap();
    let mut intent = NewPaymentIntent::of(Amount::from_minor(9).unwrap(), egp);
    intent.id = Some("pi_1".into());
    book.create_payment_intent(&intent).unwrap();
    let due = Timestamp::parse("2024-02-01T00:00:00.000Z").unwrap();
    let mut sale = NewCharge::succeeded(Amount::from_minor(9).unwrap(), Fee::ZERO, egp, due);
    sale.id = Some("ch_1".into());
    sale.status = refundry::ChargeStatus::Pending;
    let pending = book.create_charge(&sale, None).unwrap();
    let after = book.mark().unwrap();
    let text = feeds::text(&mut till);
    let created = pending.created_at.to_string();
    let charge = |kind: &str, id: &str, of: &str, numbers: [i64; 3], currency: &str, more: &str| {
        let [amount, captured, fee] = numbers;
        format!(
            r#"{{"{kind}":{{"id":"{id}","paymentIntentId":{of},"amount":"{amount}","amountCaptured":"{captured}","fee":"{fee}","currency":"{currency}",{more},"availableOn":"{due}","createdAt":"{created}"}}}}"#
        )
    };
    let new = |of, numbers, currency| {
        charge("charge", "ch_2", of, numbers, currency, r#""exponent":2,"status":"failed""#)
    };
    let end = |of, numbers, currency, status: &str| {
        let status = format!(r#""status":"{status}""#);
        charge("charge_conclusion", "ch_1", of, numbers, currency, &status)
    };
    for (kind, body, is_sound) in [
        (25, new("null", [9, 9, 0], "EGP"), true),
        (25, new("null", [9, 10, 0], "EGP"), false),
        (25, new("null", [9, 9, 10], "EGP"), false),
        (25, new("\"pi_1\"", [9, 9, 0], "USD"), false),
        (26, end("null", [9, 9, 0], "EGP", "failed"), true),
        (26, end("null", [8, 8, 0], "EGP", "failed"), false),
        (26, end("\"pi_1\"", [9, 9, 0], "EGP", "failed"), false),
        (26, end("null", [9, 9, 0], "EGP", "pending"), false),
        (26, end("null", [9, 10, 0], "EGP", "failed"), false),
        // What answers a key needs one, and an answer needs its object.
        (27, r#"{"refusal":{"number":130}}"#.to_owned(), false),
        (30, r#"{"answer":{"source":"re_1"}}"#.to_owned(), false),
    ] {
        let mut office = empty();
        receive(&mut office, &text).unwrap();
        let line = forged(&after, kind, &body);
        let text = format!(
            "{{\"feed\":1,\"merchantId\":\"{CAIRO}\",\"n\":{},\"hash\":\"{}\"}}\n{line}\n",
            after.n, after.hash
        );
        let refused = receive(&mut office, &text).unwrap_err();
        // The last line of the feed is missing, which is said after its other lines were taken in.
        let line = if is_sound { 3 } else { 2 };
        assert!(matches!(refused, Error::Feed { line: at, .. } if at == line), "{body}: {refused}");
        verify(&mut office);
    }
}

/// A feed whose first line was spoiled on its way leaves nothing behind: the right one is taken in.
#[test]
fn a_book_whose_first_line_was_refused_begins_with_the_right_one() {
    let mut till = vectors();
    let text = feeds::text(&mut till);
    let mut office = empty();
    let own = office.create_merchant(&NewMerchant::named("Giza Books")).unwrap().id;
    let spoiled = text.replacen("\"name\":\"", "\"name\":\"X", 1);
    let refused = receive(&mut office, &spoiled).unwrap_err();
    assert!(matches!(refused, Error::Feed { line: 2, .. }), "{refused}");
    receive(&mut office, &text).unwrap();
    assert!(office.book(CAIRO).unwrap().is_mirror().unwrap());
    office.book(&own).unwrap().issue_key().unwrap();
    verify(&mut office);
}

#[test]
fn a_line_by_itself_changes_no_mirror() {
    let (mut till, mut office) = (vectors(), empty());
    receive(&mut office, &feeds::text(&mut till)).unwrap();
    let after = office.book(CAIRO).unwrap().mark().unwrap();
    let line = forged(&after, 21, r#"{"limit":{"negativeBalanceLimit":"7"}}"#);
    let refused = office.apply(CAIRO, &line).unwrap_err();
    assert!(matches!(refused, Error::Mirrored), "{refused}");
    assert_eq!(office.book(CAIRO).unwrap().mark().unwrap(), after);
}

fn victim_key_line(office: &mut Ledger, victim: &str) -> String {
    let lines = office.book(victim).unwrap().recordings_after(&Mark::genesis(victim), 10).unwrap();
    lines.into_iter().find(|line| line.contains("api_key")).unwrap()
}

/// A line of what posts no entry, with a hash that follows: the encoding is public.
fn forged(after: &Mark, kind: i64, body: &str) -> String {
    use sha2::{Digest, Sha256};

    let recorded_at = Timestamp::parse("2024-03-01T00:00:00.000Z").unwrap();
    let n = after.n + 1;
    let mut to = Sha256::new();
    to.update([1]);
    to.update(after.hash.as_bytes());
    for number in [n, kind, recorded_at.millis()] {
        to.update(number.to_be_bytes());
    }
    to.update([0, 0, 1]);
    to.update((body.len() as u32).to_be_bytes());
    to.update(body);
    to.update([0]);
    let hash: String = to.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    format!(
        r#"{{"n":{n},"recordedAt":"2024-03-01T00:00:00.000Z","action":{body},"hash":"{hash}"}}"#
    )
}

#[test]
fn a_forged_line_that_harms_nobody_is_taken_in() {
    let (mut till, mut office) = (vectors(), empty());
    receive(&mut office, &feeds::text(&mut till)).unwrap();
    let after = office.book(CAIRO).unwrap().mark().unwrap();
    let line = forged(&after, 21, r#"{"limit":{"negativeBalanceLimit":"7"}}"#);
    let text = format!(
        "{{\"feed\":1,\"merchantId\":\"{CAIRO}\",\"n\":{},\"hash\":\"{}\"}}\n{line}\n",
        after.n, after.hash
    );
    // The end is missing, but the line follows: so the one above is refused for what it says.
    assert!(matches!(receive(&mut office, &text), Err(Error::Feed { line: 3, .. })));
    let limit = office.book(CAIRO).unwrap().merchant().unwrap().negative_balance_limit;
    assert_eq!(limit, NegativeBalanceLimit::Each(7));
}
