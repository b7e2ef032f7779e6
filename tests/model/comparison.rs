//! What a book shows, compared with what the model's book holds.

use std::collections::BTreeMap;

use refundry::{
    Account, AsOf, ChargeFilter, Currency, CurrencyBalances, DisputeFilter, JournalEntry, Ledger,
    List, Page, RefundFilter, Refusal, StatementFilter, TransferFilter,
};
use serde::Serialize;

use super::{
    book::{Book, Sums},
    encoding::hex,
    outcome::json,
    subject::millis,
};

/// The accounts in the order of their permanent numbers.
const ACCOUNTS: [Account; 7] = [
    Account::Pending,
    Account::Available,
    Account::PayoutTransit,
    Account::Clearing,
    Account::Bank,
    Account::Fees,
    Account::Losses,
];
const PAGE: usize = 100;

/// The newest page of everything, and what [`compare_balances`] does.
pub(super) fn compare_book(ledger: &mut Ledger, ours: &Book, now: i64) {
    compare_balances(ledger, ours, now);
    let mut theirs = ledger.book(ours.id).unwrap();
    let page = Page { limit: PAGE as u32, starting_after: None };

    let intents = theirs.payment_intents(&page).unwrap();
    compare_page("intents", &intents, ours.intents.len(), |at| ours.intent_json(at));
    let charges = theirs.charges(&ChargeFilter::default(), &page).unwrap();
    compare_page("charges", &charges, ours.charges.len(), |at| ours.charge_json(at));
    let refunds = theirs.refunds(&RefundFilter::default(), &page).unwrap();
    compare_page("refunds", &refunds, ours.refunds.len(), |at| ours.refund_json(at));
    let transfers = theirs.transfers(&TransferFilter::default(), &page).unwrap();
    compare_page("transfers", &transfers, ours.transfers.len(), |at| ours.transfer_json(at));
    let disputes = theirs.disputes(&DisputeFilter::default(), &page).unwrap();
    compare_page("disputes", &disputes, ours.disputes.len(), |at| ours.dispute_json(at));
    let lines = theirs.balance_transactions(&StatementFilter::default(), &page).unwrap();
    let line_json = |at: usize| ours.line_json(&ours.lines[at], now);
    compare_page("statement", &lines, ours.lines.len(), line_json);
}

/// Compares a page, newest first, with as many of the model's objects.
fn compare_page<T: Serialize>(
    name: &str,
    page: &List<T>,
    known: usize,
    object: impl Fn(usize) -> String,
) {
    let ours: Vec<String> = (0..known).rev().take(PAGE).map(object).collect();
    let theirs: Vec<String> = page.data.iter().map(json).collect();
    assert_eq!(theirs, ours, "{name} of the library (left) and of the model (right)");
    assert_eq!(page.has_more, known > PAGE, "whether there are more {name}");
}

/// Where the chain ends.
pub(super) fn compare_head(ledger: &mut Ledger, ours: &Book) {
    let head = ledger.book(ours.id).unwrap().head().unwrap();
    let theirs = (usize::try_from(head.seq).unwrap(), head.hash.to_string());
    assert_eq!(theirs, (ours.entries.len(), hex(ours.hashes.last().unwrap())), "the chain's head");
}

/// The balances, trial balances and the head.
pub(super) fn compare_balances(ledger: &mut Ledger, ours: &Book, now: i64) {
    compare_head(ledger, ours);
    let theirs = ledger.book(ours.id).unwrap();
    let compare = |name: &str, theirs: Vec<CurrencyBalances>, ours: BTreeMap<&str, Sums>| {
        assert_eq!(sums(&theirs), named(&ours), "{name} of the library (left) and of the model");
    };
    let all = ours.sums(|_, _| true).unwrap();
    compare("balances", theirs.balances().unwrap(), all.clone());
    compare("trial balance now", theirs.trial_balance(AsOf::Now).unwrap(), all);
    let half = ours.entries.len() / 2;
    let at_half = AsOf::Sequence(i64::try_from(half).unwrap());
    let then = ours.sums(|seq, _| seq <= half).unwrap();
    compare("trial balance as of half", theirs.trial_balance(at_half).unwrap(), then);
    // Without entries that take effect later, a sum may leave the range that all together keep.
    match (
        theirs.trial_balance(AsOf::EffectiveAt(millis(now))),
        ours.sums(|_, entry| entry.effective_at <= now),
    ) {
        (Ok(theirs), Some(ours)) => compare("trial balance by date", theirs, ours),
        (Err(error), None) => assert_eq!(error.refusal(), Some(Refusal::BalanceOutOfRange)),
        (theirs, ours) => panic!("trial balance by date: {theirs:?}, but {ours:?}"),
    }
}

fn sums(balances: &[CurrencyBalances]) -> Vec<(String, Vec<i128>)> {
    assert!(balances.iter().all(|line| line.balances.is_balanced()));
    let of = |line: &CurrencyBalances| {
        ACCOUNTS.iter().map(|account| line.balances.of(*account).minor().into()).collect()
    };
    balances.iter().map(|line| (line.currency.code().to_owned(), of(line))).collect()
}

fn named(sums: &BTreeMap<&str, Sums>) -> Vec<(String, Vec<i128>)> {
    sums.iter().map(|(code, sums)| ((*code).to_owned(), sums[1..].to_vec())).collect()
}

/// Everything once more, and each journal entry with its postings and its hash.
pub(super) fn compare_everything(ledger: &mut Ledger, ours: &Book, now: i64) {
    compare_book(ledger, ours, now);
    let theirs = ledger.book(ours.id).unwrap();
    let (mut seq, mut head) = (0, None);
    loop {
        let entries = theirs.journal_entries_after(head.as_ref(), PAGE as u32).unwrap();
        for entry in &entries {
            seq += 1;
            assert_eq!(json(entry), ours.entry_json(usize::try_from(seq).unwrap()), "entry {seq}");
        }
        head = entries.last().map(JournalEntry::head);
        if entries.len() < PAGE {
            break;
        }
    }
    assert_eq!(usize::try_from(seq).unwrap(), ours.entries.len(), "how many entries");
    for (code, exponent) in [("EGP", 2), ("JPY", 0), ("KWD", 3)] {
        let currency = Currency::from_code(code).unwrap();
        assert_eq!(ledger.exponent(currency).unwrap(), Some(exponent), "decimals of {code}");
    }
}
