//! Texts of hand-overs that do not agree with what the book knows.

use base64ct::{Base64UrlUnpadded, Encoding};
use refundry::{ChargeStatus, Currency, Error, Fee, NewCharge, Timestamp};
use sha2::{Digest, Sha256};

use super::{Till, handed_over, sale};
use crate::shop::amount;

/// Takes nothing over, because the book knows another `fact`.
fn conflict(till: &mut Till, text: &str, fact: &str) {
    let before = till.book().mark().unwrap();
    match till.book().take_over_charge(text) {
        Err(error @ Error::HandoverConflict { fact: told, .. }) => {
            assert_eq!(told, fact);
            assert_eq!((error.number(), error.code()), (133, "handover_conflict"));
        }
        other => panic!("{fact}: {other:?}"),
    }
    assert_eq!(till.book().mark().unwrap(), before);
}

#[test]
fn a_charge_with_another_fact_is_another_charge() {
    type Change = fn(&mut NewCharge);
    let changes: [(&str, Change); 6] = [
        ("status", |new| new.status = ChargeStatus::Pending),
        ("amountCaptured", |new| new.amount_captured = amount(22_603)),
        ("fee", |new| new.fee = Fee::from_minor(911).unwrap()),
        ("currency", |new| new.currency = Currency::from_code("USD").unwrap()),
        ("availableOn", |new| new.available_on = Timestamp::from_millis(1_704_240_000_001)),
        // It is created a second later.
        ("createdAt", |_| {}),
    ];
    for (fact, change) in changes {
        let (_, _, text) = handed_over();
        let mut b = Till::new("b", false);
        if fact == "createdAt" {
            b.book().create_charge(&sale("ch_0", 1, 0), None).unwrap();
        }
        let mut new = sale("ch_1", 22_604, 912);
        change(&mut new);
        b.book().create_charge(&new, None).unwrap();
        conflict(&mut b, &text, fact);
    }
}

#[test]
fn a_currency_with_other_minor_units_is_refused() {
    let (_, mut b, text) = handed_over();
    let mut bytes = Base64UrlUnpadded::decode_vec(text.strip_prefix("rh1.").unwrap()).unwrap();
    bytes.truncate(bytes.len() - 8);
    // Behind the merchant's id, with its length in four bytes, and the mode.
    let exponent = &mut bytes[4 + "acct_a".len() + 1];
    assert_eq!(*exponent, 2);
    *exponent = 3;
    let check = Sha256::digest(&bytes);
    bytes.extend(&check[..8]);
    let text = format!("rh1.{}", Base64UrlUnpadded::encode_string(&bytes));
    conflict(&mut b, &text, "exponent");
}

#[test]
fn a_text_that_does_not_agree_with_the_book_is_refused() {
    let (_, _, text) = handed_over();
    conflict(&mut Till::new("b", true), &text, "liveMode");

    // Another charge has the id.
    let mut b = Till::new("b", false);
    b.book().create_charge(&sale("ch_1", 500, 0), None).unwrap();
    conflict(&mut b, &text, "amount");

    // The same facts, but nothing of it was handed over by this book.
    let mut b = Till::new("b", false);
    b.book().create_charge(&sale("ch_1", 22_604, 912), None).unwrap();
    conflict(&mut b, &text, "amount");

    // The same id from another book, or with another entry.
    let mut b = Till::new("b", false);
    b.book().take_over_charge(&text).unwrap();
    let mut a = Till::new("a", false);
    a.book().create_charge(&sale("ch_1", 22_605, 912), None).unwrap();
    let other = a.book().hand_over_charge("ch_1", "acct_b", None).unwrap().value;
    assert_eq!(b.book().handover(&other.id).unwrap().id, other.id, "the ids are the same");
    conflict(&mut b, other.text.as_deref().unwrap(), "id");
}
