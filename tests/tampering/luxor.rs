//! The book that has changes beside its journal: limits, API keys, idempotency keys that are kept and
//! forgotten, charges that were pending, and a text that was erased.

use std::{ops::ControlFlow, path::Path};

use refundry::{
    Book, ChargeStatus, Conclusion, Fee, Ledger, NegativeBalanceLimit, NewPaymentIntent,
    NewTransfer, Reason, Timestamp,
};

use super::fixture::{DUE, LATER, amount, charge, currency, named, part, stepping};
use crate::shop::key;

const DAY: i64 = 24 * 60 * 60 * 1_000;

const MERCHANT: &str = r#"{"object":"merchant","id":"acct_luxor","name":"Luxor Books","liveMode":true,"apiKeys":["sk_live_luxor_0123456789abcdef","sk_live_luxor_fedcba9876543210"],"negativeBalanceLimit":null}
"#;

/// Fills the book of `acct_luxor` on a calendar of its own. Beside each recording stands its number.
pub(super) fn fill(path: &Path) {
    let mut ledger = Ledger::open(path, stepping(DAY)).unwrap();
    // 1 to 3: the keys of an imported merchant are the same in each run.
    ledger.import(MERCHANT.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
    let mut book = ledger.book("acct_luxor").unwrap();
    // 4, je_1
    book.create_charge(&charge("ch_1", 10_000, 300, "EGP", DUE), Some(&key("old"))).unwrap();
    // 5
    book.create_refund(&part("ch_1", 20_000), Some(&key("old-refusal"))).unwrap_err();
    // 6 to 37: more than a month goes by.
    for limit in 1..=32 {
        book.set_negative_balance_limit(&NegativeBalanceLimit::Each(limit * 1_000)).unwrap();
    }
    drop(book);
    // 38: the keys up to 5 are forgotten.
    let before = Timestamp::from_millis(DUE + 3 * DAY);
    assert_eq!(ledger.prune_idempotency_keys(before).unwrap(), 2);
    let mut book = ledger.book("acct_luxor").unwrap();
    let first = book.keys().unwrap().remove(0);
    book.revoke_key(&first.id).unwrap(); // 39
    charges(&mut book);
    refunds(&mut book);
    let mut foreign = NewPaymentIntent::of(amount(70), currency("SAR"));
    foreign.id = Some("pi_2".to_owned());
    book.create_payment_intent(&foreign).unwrap(); // 53
    let (head, mark) = (book.head().unwrap(), book.mark().unwrap());
    assert_eq!((head.seq, mark.n), (7, 53), "the recordings are numbered as noted here");
}

fn charges(book: &mut Book<'_>) {
    let mut intent = NewPaymentIntent::of(amount(800), currency("EGP"));
    intent.id = Some("pi_1".to_owned());
    book.create_payment_intent(&intent).unwrap(); // 40
    let mut pending = charge("ch_won", 800, 0, "EGP", LATER);
    pending.status = ChargeStatus::Pending;
    pending.payment_intent_id = Some("pi_1".to_owned());
    book.create_charge(&pending, None).unwrap(); // 41
    let won = Conclusion::Succeeded {
        amount_captured: amount(700),
        fee: Fee::from_minor(7).unwrap(),
        available_on: Timestamp::from_millis(LATER),
    };
    book.conclude_charge("ch_won", won, Some(&key("won"))).unwrap(); // 42, je_2
    pending.id = Some("ch_lost".to_owned());
    book.create_charge(&pending, Some(&key("pending"))).unwrap(); // 43
    book.conclude_charge("ch_lost", Conclusion::Canceled, Some(&key("lost"))).unwrap(); // 44
    let mut never = charge("ch_never", 800, 8, "EGP", LATER);
    never.status = ChargeStatus::Failed;
    book.create_charge(&never, Some(&key("never"))).unwrap(); // 45
}

fn refunds(book: &mut Book<'_>) {
    let mut told = part("ch_1", 1_000);
    told.reason = Some(Reason::RequestedByCustomer);
    told.description = Some("too large".to_owned());
    book.create_refund(&told, Some(&key("again"))).unwrap(); // 46, je_3
    let second = book.create_refund(&told, None).unwrap(); // 47, je_4
    book.erase_text(&second.id).unwrap(); // 48
    book.fail_refund(&second.id, Some(&key("failed"))).unwrap(); // 49, je_5
    book.create_refund(&part("ch_1", 20_000), Some(&key("refused"))).unwrap_err(); // 50
    let top_up = named("tu_1", NewTransfer::top_up(amount(500), currency("JOD")));
    book.create_transfer(&top_up, Some(&key("top-up"))).unwrap(); // 51, je_6
    let payout = named("po_1", NewTransfer::payout(amount(100), currency("JOD")));
    book.create_transfer(&payout, None).unwrap(); // 52, je_7
}
