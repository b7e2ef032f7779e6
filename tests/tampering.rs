//! What was changed behind the library's back is refused by the file, or found and named.

mod covered;
mod edit;
mod fixture;
mod forgery;
mod forgotten;
mod guards;
mod luxor;
mod random;
mod running;
mod spread;
mod tails;

use refundry::{Access, Ledger, Options};

use crate::shop::enlarge;
use fixture::{copy, fill, finding, finding_in, tamper};

const CASES: &str = include_str!("tampering/cases.txt");

/// Breaks what a section of the cases says, one thing after the other, each in a fresh copy.
fn check(section: &str) {
    let folder = tempfile::tempdir().unwrap();
    let original = folder.path().join("ledger");
    fill(&original);
    let mut checked = 0;
    let mut wrong = Vec::new();
    let cases = CASES
        .lines()
        .skip_while(|line| *line != format!("[{section}]"))
        .skip(1)
        .take_while(|line| !line.is_empty());
    for case in cases {
        let [invariant, merchant, place, what, sql] = case.splitn(5, " | ").collect::<Vec<_>>()[..]
        else {
            panic!("a case has five parts: {case}");
        };
        let (_folder, path) = copy(&original);
        tamper(&path, sql).unwrap_or_else(|error| panic!("{what}: {error}"));
        // Who may only read finds the same, although SQLite checks less then. So do two threads.
        let ways = [(Access::ReadOnly, false), (Access::Open, false), (Access::ReadOnly, true)];
        for (access, in_two_threads) in ways {
            if in_two_threads {
                enlarge(&path);
            }
            let found = match finding_in(&path, access, &[]) {
                Ok(Some(found)) => format!(
                    "{:?} | {} | {}",
                    found.invariant,
                    found.merchant.as_deref().unwrap_or("-"),
                    found.place
                ),
                other => format!("{other:?}"),
            };
            if found != format!("{invariant} | {merchant} | {place}") {
                wrong.push(format!("{case}\n    found {found}, {access:?}, {in_two_threads}"));
            }
        }
        checked += 1;
    }
    assert!(checked > 0, "there is a section {section}");
    assert!(wrong.is_empty(), "{section}\n{}", wrong.join("\n"));
}

#[test]
fn the_untouched_ledger_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let original = folder.path().join("ledger");
    let heads = fill(&original);
    assert!(matches!(finding(&original, &heads), Ok(None)));
    // Nor does it matter to have had the guards off and on again, or how large it is.
    tamper(&original, "").unwrap();
    assert!(matches!(finding(&original, &heads), Ok(None)));
    enlarge(&original);
    assert!(matches!(finding(&original, &heads), Ok(None)));
}

#[test]
fn broken_entries_are_found() {
    check("entries");
}

#[test]
fn broken_disputes_are_found() {
    check("disputes");
}

#[test]
fn changed_hand_overs_are_found() {
    check("hand-overs");
}

#[test]
fn broken_postings_are_found() {
    check("postings");
}

#[test]
fn broken_balances_are_found() {
    check("balances");
}

#[test]
fn changed_charges_are_found() {
    check("charges");
}

#[test]
fn changed_charges_and_intents_beside_the_journal_are_found() {
    check("unposted charges and intents");
}

#[test]
fn changed_facts_of_refunds_and_transfers_are_found() {
    check("refunds and transfers");
}

#[test]
fn changed_texts_are_found() {
    check("texts");
}

#[test]
fn broken_changes_are_found() {
    check("changes");
}

#[test]
fn changed_merchants_and_api_keys_are_found() {
    check("merchants and API keys");
}

#[test]
fn changed_idempotency_keys_are_found() {
    check("idempotency keys");
}

#[test]
fn rows_of_no_merchant_are_found() {
    check("rows of no merchant");
}

#[test]
fn changed_currencies_are_found() {
    check("currencies");
}

#[test]
fn a_finding_says_where_and_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let original = folder.path().join("ledger");
    fill(&original);
    for (sql, said) in [
        (
            "UPDATE entries SET hash = zeroblob(32) WHERE entry = {C} + 5",
            "in the book of acct_cairo, je_5: its hash does not follow from the entry and the one before",
        ),
        (
            "DROP INDEX refunds_of_charge",
            "index refunds_of_charge: it is not as this schema version has it",
        ),
    ] {
        let (_folder, path) = copy(&original);
        tamper(&path, sql).unwrap();
        assert_eq!(finding(&path, &[]).unwrap().unwrap().to_string(), said);
    }
}

/// A book shows the balances that the file keeps, and they say whether both sides agree.
#[test]
fn balances_changed_on_one_side_do_not_balance() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    fill(&path);
    tamper(&path, "UPDATE balances SET bank = bank + 1 WHERE balance = {C} + 1").unwrap();
    let mut ledger = Ledger::open(&path, Options::default()).unwrap();
    let lines = ledger.book("acct_cairo").unwrap().balances().unwrap();
    let balanced: Vec<_> =
        lines.iter().map(|line| (line.currency.code(), line.balances.is_balanced())).collect();
    assert_eq!(balanced, [("EGP", false), ("USD", true)]);
}
