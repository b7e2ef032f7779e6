//! Tails that are cut off so carefully that what is left is a sound ledger: who kept a head finds
//! each of them.

use std::path::Path;

use refundry::{Head, Invariant, Ledger};

use super::fixture::{copy, fill, finding, options, tamper};

/// Cuts off what follows an entry of the first book, and mends what depends on it. A charge whose
/// entry is cut off is gone, and one whose maturity is waits again.
const CUT: &str = "
    DELETE FROM maturing WHERE merchant = 1
        AND charge IN (SELECT charge FROM charges WHERE merchant = 1 AND seq > {SEQ});
    DELETE FROM charges WHERE merchant = 1 AND seq > {SEQ};
    INSERT INTO maturing SELECT c.merchant, c.available_on, c.id, c.charge FROM charges c
        JOIN entries e ON e.merchant = 1 AND e.cause = 2 AND e.source = c.charge AND e.seq > {SEQ}
        WHERE c.merchant = 1 AND c.seq <= {SEQ};
    DELETE FROM texts WHERE merchant = 1 AND seq > {SEQ};
    DELETE FROM refunds WHERE merchant = 1 AND seq > {SEQ};
    DELETE FROM transfers WHERE merchant = 1 AND seq > {SEQ};
    DELETE FROM balance_transactions WHERE merchant = 1 AND seq > {SEQ};
    DELETE FROM postings WHERE merchant = 1 AND seq > {SEQ};
    DELETE FROM entries WHERE merchant = 1 AND seq > {SEQ};
    DELETE FROM balances WHERE merchant = 1;";

/// The balances of the first book as its postings have them.
fn balances() -> String {
    // What is owed and revenue grow by credit; clearing (4), bank (5) and losses (7) by debit.
    let sums: Vec<String> = (1..=7)
        .map(|account| {
            let (plus, minus) = if [4, 5, 7].contains(&account) {
                ("debit", "credit")
            } else {
                ("credit", "debit")
            };
            format!(
                "sum(CASE {account} WHEN {plus} THEN amount WHEN {minus} THEN -amount ELSE 0 END)"
            )
        })
        .collect();
    format!(
        "INSERT INTO balances SELECT merchant, currency, {} FROM postings
         WHERE merchant = 1 GROUP BY currency;",
        sums.join(", ")
    )
}

/// The head after each entry of a book, the first before any.
fn heads(path: &Path, merchant: &str) -> Vec<Head> {
    let mut ledger = Ledger::open(path, options()).unwrap();
    let book = ledger.book(merchant).unwrap();
    let entries = book.journal_entries_after(0, 100).unwrap();
    entries.iter().map(|entry| Head { seq: entry.seq, hash: entry.hash }).collect()
}

#[test]
fn every_tail_that_is_cut_off_is_found_with_a_kept_head_alone() {
    let folder = tempfile::tempdir().unwrap();
    let original = folder.path().join("ledger");
    fill(&original);
    let heads = heads(&original, "acct_cairo");
    for (cut, next) in (0..).zip(&heads) {
        let (_folder, path) = copy(&original);
        let sql = CUT.replace("{SEQ}", &cut.to_string()) + &balances();
        tamper(&path, &sql).unwrap();
        // The control: what is left is sound in itself, and in the eyes of who kept an earlier head.
        let kept: Vec<_> = heads.iter().take(usize::try_from(cut).unwrap()).collect();
        let earlier = kept.iter().map(|head| ("acct_cairo".to_owned(), **head)).collect::<Vec<_>>();
        assert!(matches!(finding(&path, &earlier), Ok(None)), "cut after {cut}");
        for later in [next, heads.last().unwrap()] {
            let found = finding(&path, &[("acct_cairo".to_owned(), *later)]).unwrap().unwrap();
            assert_eq!(found.invariant, Invariant::KeptHead, "cut after {cut}");
            assert_eq!(found.merchant.as_deref(), Some("acct_cairo"), "cut after {cut}");
            assert_eq!(found.place, "the end of the book", "cut after {cut}");
        }
    }
    println!(
        "tampering: {} tails cut off, each found by a kept head and by nothing else",
        heads.len()
    );
}
