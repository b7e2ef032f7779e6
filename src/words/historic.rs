//! Withdrawn currencies: a charge in one may have to be refunded long afterwards.
//!
//! Codes are those of ISO 4217's list of historic denominations (its list three). That list has no
//! exponents. These are the last ones that each currency had in the list of current currencies
//! (list one). Here are the currencies that people paid in until 2005 or later. To add one, add a
//! line.

/// The last exponent of a currency that was withdrawn.
pub(crate) fn exponent(code: &str) -> Option<u32> {
    HISTORIC.iter().find(|(historic, _)| *historic == code).map(|(_, exponent)| *exponent)
}

/// By code: the exponent.
const HISTORIC: [(&str, u32); 29] = [
    ("ANG", 2),
    ("AZM", 2),
    ("BGN", 2),
    ("BYR", 0),
    ("CSD", 2),
    ("CUC", 2),
    ("CYP", 2),
    ("EEK", 2),
    ("GHC", 2),
    ("HRK", 2),
    ("LTL", 2),
    ("LVL", 2),
    ("MRO", 2),
    ("MTL", 2),
    ("MZM", 2),
    ("SDD", 2),
    ("SIT", 2),
    ("SKK", 2),
    ("SLL", 2),
    ("STD", 2),
    ("TMM", 2),
    ("TRL", 0),
    ("VEB", 2),
    ("VEF", 2),
    ("ZMK", 2),
    ("ZWD", 2),
    ("ZWL", 2),
    ("ZWN", 2),
    ("ZWR", 2),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_standard_still_has_it_has_in_the_same_way() {
        let mut still_there = 0;
        for (code, exponent) in HISTORIC {
            if let Some(iso) = iso_currency::Currency::from_code(code) {
                assert_eq!(iso.exponent().map(u32::from), Some(exponent), "{code}");
                still_there += 1;
            }
        }
        assert!(0 < still_there && still_there < HISTORIC.len(), "{still_there}");
    }
}
