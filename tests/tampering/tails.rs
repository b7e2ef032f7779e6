//! Tails that are cut off so carefully that what is left is a sound ledger: who kept a head, or a mark,
//! finds each of them.

use std::path::Path;

use refundry::{Error, Head, Invariant, Ledger};

use super::fixture::{copy, fill, finding, options, tamper};

/// Cuts off what follows an entry of the first book, and mends what depends on it. A charge whose
/// entry is cut off is gone, and one whose maturity is waits again.
const CUT: &str = "
    CREATE TEMP TABLE cut AS SELECT min(n) AS n FROM entries WHERE entry > {C} + {SEQ} AND entry < {G};
    DELETE FROM maturing WHERE merchant = 1
        AND charge IN (SELECT charge FROM charges WHERE n >= (SELECT n FROM cut));
    DELETE FROM charges WHERE merchant = 1 AND n >= (SELECT n FROM cut);
    INSERT INTO maturing SELECT c.merchant, c.available_on, c.id, c.charge FROM charges c
        JOIN entries e ON e.cause = 2 AND e.charge = c.charge AND e.entry > {C} + {SEQ}
        WHERE c.merchant = 1;
    DELETE FROM texts WHERE text >= {C} + (SELECT n FROM cut) AND text < {G};
    DELETE FROM changes WHERE change >= {C} + (SELECT n FROM cut) AND change < {G};
    DELETE FROM entries WHERE entry > {C} + {SEQ} AND entry < {G};
    DELETE FROM currencies WHERE code = 'USD'
        AND NOT EXISTS (SELECT 1 FROM entries e WHERE e.currency = currencies.currency);
    DELETE FROM balances WHERE balance > {C} AND balance < {G};
    DROP TABLE cut;";

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
        "INSERT INTO balances SELECT {{C}} + currency, {} FROM (
             SELECT debit, credit, amount, currency FROM entries WHERE merchant = 1
             UNION ALL
             SELECT 1, 6, fee, currency FROM entries WHERE merchant = 1 AND fee IS NOT NULL
         ) GROUP BY currency;",
        sums.join(", ")
    )
}

/// The head after each entry of a book, the first before any.
fn heads(path: &Path, merchant: &str) -> Vec<Head> {
    let mut ledger = Ledger::open(path, options()).unwrap();
    let book = ledger.book(merchant).unwrap();
    let entries = book.journal_entries_after(None, 100).unwrap();
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
        let sound = finding(&path, &earlier);
        assert!(matches!(sound, Ok(None)), "cut after {cut}: {sound:?}");
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

/// A head is where the journal ends. What was recorded beside it since then is told by a mark.
#[test]
fn a_tail_of_changes_is_told_by_a_kept_mark_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let heads = fill(&path);
    let mut ledger = Ledger::open(&path, options()).unwrap();
    let mark = ledger.book("acct_luxor").unwrap().mark().unwrap();
    drop(ledger);
    tamper(
        &path,
        "DELETE FROM changes WHERE change = {L} + 53;
         DELETE FROM payment_intents WHERE intent = {L} + 2;
         DELETE FROM currencies WHERE code = 'SAR';",
    )
    .unwrap();
    assert!(
        matches!(finding(&path, &heads), Ok(None)),
        "it is sound in the eyes of who kept heads"
    );
    let mut ledger = Ledger::open(&path, options()).unwrap();
    let after = ledger.book("acct_luxor").unwrap().recordings_after(&mark, 1);
    assert!(matches!(after, Err(Error::MarkUnknown { .. })), "{after:?}");
}
