//! Every currency of ISO 4217 that has a minor unit, and the exponent that a ledger froze.

use std::collections::BTreeSet;

use refundry::{
    Amount, Currency, Error, Fee, Ledger, NewCharge, NewMerchant, NewTransfer, Options,
    RefundRequest, Timestamp,
};
use rust_decimal::Decimal;

use super::{Clock, amount, merchant};

fn every_code() -> impl Iterator<Item = String> {
    let letters = || b'A'..=b'Z';
    letters().flat_map(move |a| {
        letters()
            .flat_map(move |b| letters().map(move |c| [a, b, c].map(char::from).iter().collect()))
    })
}

#[test]
fn every_currency_converts_without_rounding() {
    let mut exponents = [0; 5];
    for code in every_code() {
        let standard = iso_currency::Currency::from_code(&code).and_then(|iso| iso.exponent());
        let Ok(currency) = Currency::from_code(&code) else {
            assert_eq!(standard, None, "{code}");
            continue;
        };
        let exponent = currency.standard_exponent().unwrap();
        // A withdrawn currency has the exponent that it had last.
        let is_as_standard = standard.is_none_or(|standard| u32::from(standard) == exponent);
        assert!(currency.code() == code && is_as_standard, "{code}: {exponent}");
        assert_eq!(currency.to_string(), code);
        exponents[exponent as usize] += 1;
        for minor in [1, 9, 10, 99, 100, 12_345, 1_000_000, Amount::MAX.minor()] {
            let amount = amount(minor);
            let major = amount.to_major(exponent);
            assert_eq!(major, Decimal::new(minor, exponent), "{code}");
            assert_eq!(major.scale(), exponent, "as many decimals as the currency has: {code}");
            assert_eq!(Amount::from_major(major, exponent).unwrap(), amount, "{code}");
            assert_eq!(Amount::from_major(major.normalize(), exponent).unwrap(), amount);
            let read: Decimal = major.to_string().parse().unwrap();
            assert_eq!(Amount::from_major(read, exponent).unwrap(), amount, "{code}");
            assert_eq!(amount.format(exponent), major.to_string(), "{code}");
            assert_eq!(
                Amount::parse(&amount.format(exponent), exponent).unwrap(),
                amount,
                "{code}"
            );
        }
        let finer = Decimal::new(11, exponent + 1);
        assert!(Amount::from_major(finer, exponent).is_err(), "{code}: {finer}");
    }
    // The yen has none, the pound two, the dinar three, the unidad de fomento four.
    for (exponent, least) in [(0, 10), (2, 100), (3, 5), (4, 1)] {
        assert!(exponents[exponent] >= least, "{exponents:?}");
    }
}

#[test]
fn what_is_no_currency_is_refused() {
    for code in ["", "EG", "EGPP", "egp", "Egp", " EGP", "E\0P", "ÉGP", "€", "XXX", "XTS", "XAU"]
    {
        let refused = Currency::from_code(code);
        let named = matches!(refused, Err(Error::ParameterInvalid { param: "currency", .. }));
        assert!(named, "{code:?}: {refused:?}");
    }
}

/// Where the standard changes a currency, the amounts in a ledger must not change with it.
#[test]
fn the_exponent_is_frozen_when_a_currency_is_first_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let [egp, kwd] = ["EGP", "KWD"].map(|code| Currency::from_code(code).unwrap());
    let mut ledger = Ledger::open(&path, Clock::new().options()).unwrap();
    merchant(&mut ledger, "acct_cairo");
    let use_egp = |ledger: &mut Ledger| {
        let mut book = ledger.book("acct_cairo").unwrap();
        book.create_transfer(&NewTransfer::top_up(amount(1), egp), None).unwrap();
    };
    assert_eq!(ledger.exponent(egp).unwrap(), Some(2), "the standard's");
    use_egp(&mut ledger);
    assert_eq!(ledger.exponent(egp).unwrap(), Some(2));
    drop(ledger);

    // As if the standard had said three when the ledger was new.
    let conn = rusqlite::Connection::open(&path).unwrap();
    let known: Vec<(String, u32)> = conn
        .prepare("SELECT code, exponent FROM currencies")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(|row| row.unwrap())
        .collect();
    assert_eq!(known, [("EGP".to_owned(), 2)], "only what is used is frozen");
    conn.execute_batch("DROP TRIGGER currencies_no_update; UPDATE currencies SET exponent = 3")
        .unwrap();
    drop(conn);

    let mut ledger = Ledger::open(&path, Clock::new().options()).unwrap();
    assert_eq!(ledger.exponent(egp).unwrap(), Some(3));
    use_egp(&mut ledger);
    assert_eq!(ledger.exponent(egp).unwrap(), Some(3), "using it again changes nothing");
    assert_eq!(ledger.exponent(kwd).unwrap(), Some(3), "the standard's");
}

/// ANG and XCG have one number in ISO 4217, and are two currencies.
#[test]
fn a_charge_in_a_withdrawn_currency_is_refunded_in_it() {
    let mut ledger = Ledger::in_memory(Options::default()).unwrap();
    let merchant = ledger.create_merchant(&NewMerchant::named("Vilnius Books")).unwrap();
    let mut book = ledger.book(&merchant.id).unwrap();
    let due = Timestamp::parse("2014-12-30T00:00:00.000Z").unwrap();
    let amount = Amount::from_minor(22_604).unwrap();
    let codes = ["XCG", "ANG", "LTL", "BYR", "TRL"];
    for code in codes {
        let currency = Currency::from_code(code).unwrap();
        let new = NewCharge::succeeded(amount, Fee::ZERO, currency, due);
        let charge = book.create_charge(&new, None).unwrap();
        let refund = book.create_refund(&RefundRequest::of_charge(&charge.id), None).unwrap();
        assert_eq!(refund.currency.code(), code);
        assert_eq!(book.refund(&refund.id).unwrap().currency.code(), code);
    }
    let held: Vec<_> = book.balances().unwrap();
    let held: BTreeSet<&str> = held.iter().map(|of| of.currency.code()).collect();
    assert_eq!(held, BTreeSet::from(codes));
    let exponents = codes.map(|code| {
        let currency = Currency::from_code(code).unwrap();
        (currency.standard_exponent(), ledger.exponent(currency).unwrap())
    });
    assert_eq!(exponents, [2, 2, 2, 0, 0].map(|exponent| (Some(exponent), Some(exponent))));
    ledger.verify(&[], |_| std::ops::ControlFlow::Continue(())).unwrap();
}
