//! Currencies that were withdrawn: a charge may have to be given back in one long after that.
//!
//! Codes and numbers are those of ISO 4217's list of historic denominations (its list three). That
//! list tells no exponents: these are the ones that each currency had last in the list of current
//! currencies (list one). Here are those that people paid in until 2005 or later; one more is one
//! more line.

/// The number that is the currency's key in a file, and the exponent.
pub(crate) fn find(code: &str) -> Option<(u16, u8)> {
    let (_, number, exponent) = HISTORIC.iter().find(|(historic, ..)| *historic == code)?;
    Some((*number, *exponent))
}

/// By code: the number and the exponent.
const HISTORIC: [(&str, u16, u8); 29] = [
    // ISO 4217 gave its number, 532, on to XCG, and a file may hold charges in both. The numbers
    // of the standard have three digits.
    ("ANG", 1532, 2),
    ("AZM", 31, 2),
    ("BGN", 975, 2),
    ("BYR", 974, 0),
    ("CSD", 891, 2),
    ("CUC", 931, 2),
    ("CYP", 196, 2),
    ("EEK", 233, 2),
    ("GHC", 288, 2),
    ("HRK", 191, 2),
    ("LTL", 440, 2),
    ("LVL", 428, 2),
    ("MRO", 478, 2),
    ("MTL", 470, 2),
    ("MZM", 508, 2),
    ("SDD", 736, 2),
    ("SIT", 705, 2),
    ("SKK", 703, 2),
    ("SLL", 694, 2),
    ("STD", 678, 2),
    ("TMM", 795, 2),
    ("TRL", 792, 0),
    ("VEB", 862, 2),
    ("VEF", 937, 2),
    ("ZMK", 894, 2),
    ("ZWD", 716, 2),
    ("ZWL", 932, 2),
    ("ZWN", 942, 2),
    ("ZWR", 935, 2),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{Amount, Currency, Fee, Ledger, NewCharge, NewMerchant, RefundRequest, Timestamp};

    #[test]
    fn what_the_standard_still_has_it_has_in_the_same_way() {
        let mut still_there = 0;
        for (code, number, exponent) in HISTORIC {
            if let Some(iso) = iso_currency::Currency::from_code(code) {
                assert_eq!(
                    (iso.numeric(), iso.exponent()),
                    (number, Some(exponent.into())),
                    "{code}"
                );
                still_there += 1;
            }
        }
        assert!(0 < still_there && still_there < HISTORIC.len(), "{still_there}");
    }

    #[test]
    fn no_two_currencies_have_one_key() {
        let letters = || 'A'..='Z';
        let mut numbers = BTreeSet::new();
        let mut codes = 0;
        for first in letters() {
            for second in letters() {
                for third in letters() {
                    let code = String::from_iter([first, second, third]);
                    if let Ok(currency) = Currency::from_code(&code) {
                        assert!(numbers.insert(currency.number()), "{code}");
                        codes += 1;
                    }
                }
            }
        }
        assert!(codes > 170, "{codes}");
    }

    /// ANG and XCG have one number in ISO 4217, and are two currencies.
    #[test]
    fn a_charge_in_a_withdrawn_currency_is_refunded_in_it() {
        let mut ledger = Ledger::in_memory(crate::Options::default()).unwrap();
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
}
