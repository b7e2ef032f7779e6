//! Names of what has a number in C: the words that the ledger has for it in JSON, imports and the
//! API over HTTP.

use std::ffi::{CStr, c_char};

/// By number, from 0.
type Names = [&'static CStr];

const CAUSES: &Names = &[
    c"unknown",
    c"charge",
    c"maturity",
    c"refund",
    c"refund_failure",
    c"payout",
    c"payout_paid",
    c"payout_failed",
    c"payout_returned",
    c"topup",
    c"settlement",
    c"adjustment",
    c"dispute",
    c"dispute_won",
    c"dispute_lost",
    c"handed_over",
    c"taken_over",
];

const ACCOUNTS: &Names = &[
    c"unknown",
    c"pending",
    c"available",
    c"payout_transit",
    c"clearing",
    c"bank",
    c"fees",
    c"losses",
];

const REASONS: &Names = &[c"none", c"duplicate", c"fraudulent", c"requested_by_customer"];

const CHARGE_STATUSES: &Names = &[c"unknown", c"pending", c"succeeded", c"failed", c"canceled"];

const REFUND_STATUSES: &Names = &[c"unknown", c"succeeded", c"failed"];

const TRANSFERS: &Names = &[c"unknown", c"payout", c"topup", c"settlement", c"adjustment"];

const PAYOUT_STATUSES: &Names = &[c"none", c"in_transit", c"paid", c"failed", c"returned"];

const LINES: &Names = &[
    c"unknown",
    c"charge",
    c"refund",
    c"refund_failure",
    c"payout",
    c"payout_failure",
    c"topup",
    c"adjustment",
    c"dispute",
    c"dispute_reversal",
];

const OPERATIONS: &Names = &[
    c"unknown",
    c"refund",
    c"refund_failure",
    c"charge",
    c"charge_conclusion",
    c"payout",
    c"payout_outcome",
    c"topup",
    c"settlement",
    c"adjustment",
    c"dispute",
    c"dispute_outcome",
    c"handover",
];

const DISPUTE_STATUSES: &Names = &[c"unknown", c"open", c"won", c"lost"];

const DISPUTE_REASONS: &Names = &[
    c"none",
    c"duplicate",
    c"fraudulent",
    c"credit_not_processed",
    c"product_not_received",
    c"product_unacceptable",
    c"subscription_canceled",
    c"unrecognized",
    c"general",
];

fn find(names: &Names, number: i32) -> *const c_char {
    let name = usize::try_from(number).ok().and_then(|number| names.get(number));
    name.copied().unwrap_or(c"unknown").as_ptr()
}

/// The name of one of the `REFUNDRY_CAUSE_` constants, for example `"refund_failure"`; `"unknown"`
/// for any other number. The text is constant. Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn refundry_cause_name(cause: i32) -> *const c_char {
    find(CAUSES, cause)
}

/// The name of one of the `REFUNDRY_ACCOUNT_` constants, for example `"payout_transit"`;
/// `"unknown"` for any other number. The text is constant. Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn refundry_account_name(account: i32) -> *const c_char {
    find(ACCOUNTS, account)
}

/// The name of one of the `REFUNDRY_REASON_` constants, for example `"requested_by_customer"`;
/// `"none"` for `REFUNDRY_REASON_NONE` and `"unknown"` for any other number. The text is constant.
/// Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn refundry_reason_name(reason: i32) -> *const c_char {
    find(REASONS, reason)
}

/// The name of one of the `REFUNDRY_CHARGE_` constants, for example `"succeeded"`; `"unknown"` for
/// any other number. The text is constant. Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn refundry_charge_status_name(status: i32) -> *const c_char {
    find(CHARGE_STATUSES, status)
}

/// The name of one of the `REFUNDRY_REFUND_` constants, for example `"succeeded"`; `"unknown"` for
/// any other number. The text is constant. Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn refundry_refund_status_name(status: i32) -> *const c_char {
    find(REFUND_STATUSES, status)
}

/// The name of one of the `REFUNDRY_TRANSFER_` constants, for example `"topup"`; `"unknown"` for any
/// other number. The text is constant. Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn refundry_transfer_name(kind: i32) -> *const c_char {
    find(TRANSFERS, kind)
}

/// The name of one of the `REFUNDRY_PAYOUT_` constants, for example `"in_transit"`; `"none"` for
/// `REFUNDRY_PAYOUT_NONE` and `"unknown"` for any other number. The text is constant. Any thread may
/// call it.
#[unsafe(no_mangle)]
pub extern "C" fn refundry_payout_status_name(status: i32) -> *const c_char {
    find(PAYOUT_STATUSES, status)
}

/// The name of one of the `REFUNDRY_LINE_` constants, for example `"refund"`; `"unknown"` for any
/// other number. The text is constant. Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn refundry_line_name(line_type: i32) -> *const c_char {
    find(LINES, line_type)
}

/// The name of one of the `REFUNDRY_OPERATION_` constants, for example `"charge_conclusion"`;
/// `"unknown"` for any other number. The text is constant. Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn refundry_operation_name(operation: i32) -> *const c_char {
    find(OPERATIONS, operation)
}

/// The name of `REFUNDRY_DISPUTE_OPEN`, `REFUNDRY_DISPUTE_WON` or `REFUNDRY_DISPUTE_LOST`, for example
/// `"open"`; `"unknown"` for any other number. The text is constant. Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn refundry_dispute_status_name(status: i32) -> *const c_char {
    find(DISPUTE_STATUSES, status)
}

/// The name of one of the `REFUNDRY_DISPUTE_REASON_` constants, for example
/// `"product_not_received"`; `"none"` for `REFUNDRY_DISPUTE_REASON_NONE` and `"unknown"` for any other
/// number. The text is constant. Any thread may call it.
#[unsafe(no_mangle)]
pub extern "C" fn refundry_dispute_reason_name(reason: i32) -> *const c_char {
    find(DISPUTE_REASONS, reason)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs, path::Path};

    use super::*;

    /// What the library's sources say of an enum: the names that JSON has for its variants, in their
    /// order.
    fn said_by_the_library(name: &str) -> Vec<String> {
        let sources = sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../src")));
        let head = format!("pub enum {name} {{");
        let body = sources.iter().find_map(|source| source.split_once(&head)?.1.split_once("\n}"));
        let (body, _) = body.unwrap_or_else(|| panic!("there is no {name}"));
        let mut renamed = None;
        let mut names = Vec::new();
        for line in body.lines().map(str::trim) {
            if let Some(other) = line.strip_prefix("#[serde(rename = \"") {
                renamed = other.strip_suffix("\")]").map(str::to_owned);
            } else if line.starts_with(char::is_uppercase) {
                let variant: String =
                    line.chars().take_while(char::is_ascii_alphanumeric).collect();
                names.push(renamed.take().unwrap_or_else(|| snake_case(&variant)));
            }
        }
        names
    }

    fn sources(folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                found.extend(sources(&entry));
            } else if entry.extension().is_some_and(|name| name == "rs") {
                found.push(fs::read_to_string(entry).unwrap());
            }
        }
        found
    }

    fn snake_case(variant: &str) -> String {
        let mut name = String::new();
        for letter in variant.chars() {
            if letter.is_ascii_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.push(letter.to_ascii_lowercase());
        }
        name
    }

    /// The constants of C that begin so, by number, and the words that their names end with.
    fn constants(prefix: &str) -> BTreeMap<usize, String> {
        let sources = sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
        let lines = sources.iter().flat_map(|source| source.lines());
        let found = lines.filter_map(|line| {
            let (name, number) = line.strip_prefix("pub const ")?.split_once(": i32 = ")?;
            let name = name.strip_prefix(prefix)?.to_ascii_lowercase();
            Some((number.trim_end_matches(';').parse().ok()?, name))
        });
        found.collect()
    }

    #[test]
    fn names_are_those_of_the_library_and_of_the_constants() {
        for (names, library, prefix) in [
            (CAUSES, "Cause", "REFUNDRY_CAUSE_"),
            (ACCOUNTS, "Account", "REFUNDRY_ACCOUNT_"),
            (REASONS, "Reason", "REFUNDRY_REASON_"),
            (CHARGE_STATUSES, "ChargeStatus", "REFUNDRY_CHARGE_"),
            (REFUND_STATUSES, "RefundStatus", "REFUNDRY_REFUND_"),
            (TRANSFERS, "TransferKind", "REFUNDRY_TRANSFER_"),
            (PAYOUT_STATUSES, "PayoutStatus", "REFUNDRY_PAYOUT_"),
            (LINES, "LineType", "REFUNDRY_LINE_"),
            (DISPUTE_REASONS, "DisputeReason", "REFUNDRY_DISPUTE_REASON_"),
        ] {
            let names: Vec<&str> = names.iter().map(|name| name.to_str().unwrap()).collect();
            assert_eq!(names[1..], said_by_the_library(library), "{library}");
            for (number, word) in constants(prefix) {
                // The library writes "topup" in one word.
                assert_eq!(names[number], word.replace("top_up", "topup"), "{prefix}");
            }
            assert_eq!(constants(prefix).range(1..).count(), names.len() - 1, "{prefix}");
        }
    }

    #[test]
    fn operations_have_the_librarys_names() {
        for (number, name) in OPERATIONS.iter().enumerate().skip(1) {
            let operation = refundry::Operation::from_name(name.to_str().unwrap()).unwrap();
            assert_eq!(operation as usize, number);
        }
        assert_eq!(constants("REFUNDRY_OPERATION_").len(), OPERATIONS.len() - 1);
    }
}
