//! Bytes as a damaged or hand-made file of a ledger, which is opened, read in every way, written
//! to, and verified. It may be refused or found unsound, in words; but nothing panics or hangs,
//! and what a verification found sound can be written to and is sound after it.
//!
//! The first byte says what the others are: a file, or edits of a sound ledger's file, ten bytes
//! each. Edits reach further: what is refused at once reaches nothing.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    reason = "a panic is what is looked for"
)]

use std::{fs, ops::ControlFlow, path::Path};

use refundry::{
    Access, AsOf, ChargeFilter, Currency, EngineError, Error, IdempotencyKey, Ledger, Operation,
    Options, Page, RefundFilter, RefundRequest, Result, Timestamp, seeded_random,
};

const SOUND: &[u8] = include_bytes!("../tests/data/ledger-1.db");
const PAGE: usize = 2_048;
/// 2025-01-01T00:00:00.000Z
fn now() -> Timestamp {
    Timestamp::from_millis(1_735_689_600_000)
}

/// Opens what the bytes say, in memory and as a file.
pub(crate) fn run(input: &[u8]) {
    let Some((kind, rest)) = input.split_first() else { return };
    let bytes = if kind.is_multiple_of(2) { rest.to_vec() } else { edited(rest) };
    if let Some(mut ledger) = opened(Ledger::from_bytes(&bytes, options(Access::Open))) {
        use_all(&mut ledger);
    }
    // As a file it goes through other code, but through the disk as well.
    if rest.len() % 4 == 0 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        fs::write(&path, &bytes).unwrap();
        let ledger = Ledger::open(&path, options(Access::ReadOnly));
        if let Some(mut ledger) = opened(ledger) {
            read_all(&mut ledger);
            let _ = verify(&mut ledger);
            copied(&mut ledger, &folder.path().join("copy"));
        }
        assert!(fs::read(&path).unwrap() == bytes, "reading changed the file");
    }
}

fn options(access: Access) -> Options {
    let mut options = Options::default();
    options.access = access;
    options.clock = Box::new(now);
    options.random = seeded_random(7);
    options
}

/// The sound ledger's file with edits.
fn edited(edits: &[u8]) -> Vec<u8> {
    let mut bytes = SOUND.to_vec();
    for edit in edits.chunks_exact(10).take(100) {
        let pages = bytes.len() / PAGE;
        let place = |at: usize| usize::from(u16::from_be_bytes([edit[at], edit[at + 1]]));
        let (first, second) = (place(1) % pages * PAGE, place(3) % pages * PAGE);
        let at = first + place(5) % PAGE;
        let byte = edit[7];
        match edit[0] % 8 {
            0 => bytes[at] = byte,
            1 => bytes[at] ^= byte,
            2 => bytes.copy_within(first..first + PAGE, second),
            3 => {
                let end = (at + usize::from(byte)).min(bytes.len());
                bytes[at..end].fill(edit[8]);
            }
            // A pointer to a page.
            4 if at + 4 <= bytes.len() => {
                bytes[at..at + 4].copy_from_slice(&(u32::from(byte) % 40).to_be_bytes());
            }
            5 => bytes.truncate(first.max(PAGE)),
            // One of the numbers at the beginning of a page of a tree.
            6 => bytes[first + usize::from(byte) % 12] = edit[8],
            _ => bytes[usize::from(byte) % 100] = edit[8],
        }
    }
    bytes
}

/// A ledger, unless it is refused for what it is.
fn opened(ledger: Result<Ledger>) -> Option<Ledger> {
    match ledger {
        Ok(ledger) => Some(ledger),
        Err(Error::OutcomeUnknown(error)) => panic!("{error}"),
        Err(Error::Engine(error)) if error.number() == EngineError::STORAGE => panic!("{error}"),
        Err(_) => None,
    }
}

fn verify(ledger: &mut Ledger) -> Result<()> {
    ledger.verify(&[], |_| ControlFlow::Continue(())).map(drop)
}

fn use_all(ledger: &mut Ledger) {
    read_all(ledger);
    let sound = verify(ledger).is_ok();
    let _ = ledger.release_due(now());
    for merchant in ledger.merchants().unwrap_or_default().iter().take(4) {
        let Ok(mut book) = ledger.book(&merchant.id) else { continue };
        let charges =
            book.charges(&ChargeFilter::default(), &Page::default()).map(|charges| charges.data);
        for charge in charges.unwrap_or_default() {
            let _ = book.create_refund(&RefundRequest::of_charge(charge.id), None);
        }
    }
    if sound {
        verify(ledger).unwrap();
    }
    let _ = ledger.to_bytes();
}

/// Every read operation; what it finds does not matter.
fn read_all(ledger: &mut Ledger) {
    let _ = ledger.authenticate("sk_test_golden_0123456789abcdef");
    let _ = ledger.exponent(Currency::from_code("EGP").unwrap());
    for merchant in ledger.merchants().unwrap_or_default().iter().take(4) {
        let Ok(mut book) = ledger.book(&merchant.id) else { continue };
        let mut page = Page { limit: 10, starting_after: None };
        let _ = (book.merchant(), book.head(), book.keys(), book.balances(), book.funds());
        for as_of in [AsOf::Now, AsOf::Sequence(7), AsOf::EffectiveAt(now())] {
            let _ = book.trial_balance(as_of);
        }
        let _ = (book.payment_intents(&page), book.transfers(&Default::default(), &page));
        let _ = (
            book.balance_transactions(&Default::default(), &page),
            book.journal_entries_after(None, 100),
        );
        for charge in book
            .charges(&ChargeFilter::default(), &page)
            .map(|charges| charges.data)
            .unwrap_or_default()
        {
            let filter = RefundFilter { charge_id: Some(charge.id), ..RefundFilter::default() };
            let _ = book.refunds(&filter, &page);
        }
        for refund in
            book.refunds(&RefundFilter::default(), &page).map(|l| l.data).unwrap_or_default()
        {
            let _ = (book.posted_refund(&refund.id), book.charge(&refund.charge_id));
            let _ = book.balance_transaction(&refund.balance_transaction_id);
            page.starting_after = Some(refund.id);
        }
        let _ = book.refunds(&RefundFilter::default(), &page);
        let key = IdempotencyKey::new("key-1").unwrap();
        let _ = book.find_by_key(Operation::Refund, &key);
    }
}

/// A backup of whatever it is.
fn copied(ledger: &mut Ledger, to: &Path) {
    let _ = ledger.backup(to, |_| ControlFlow::Continue(()));
}
