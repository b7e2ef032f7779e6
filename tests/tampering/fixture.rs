//! A ledger with something of everything, and the means to edit it behind the library's back.

use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use refundry::{
    Access, Amount, ChargeStatus, Currency, DisputeReason, Error, Fee, Finding, Head, Ledger,
    NewCharge, NewDispute, NewPaymentIntent, NewTransfer, Options, PayoutOutcome, Reason,
    RefundRequest, Result, SignedAmount, Timestamp,
};
use rusqlite::Connection;

use crate::shop::add_merchant;

/// When charges of the fixture mature that have matured.
pub(super) const DUE: i64 = 1_704_240_000_000;
/// When those mature that still wait.
pub(super) const LATER: i64 = DUE + 7 * 24 * 60 * 60 * 1_000;

/// A clock that moves one second with each look, and random numbers that count.
pub(super) fn options() -> Options {
    stepping(1_000)
}

/// The same with a clock that moves so many milliseconds with each look.
pub(super) fn stepping(step: i64) -> Options {
    let mut options = Options::default();
    let mut now = DUE - 24 * 60 * 60 * 1_000;
    options.clock = Box::new(move || {
        now += step;
        Timestamp::from_millis(now)
    });
    let mut drawn = 0_u64;
    options.random = Box::new(move |bytes| {
        drawn += 1;
        let count = drawn.to_be_bytes();
        let end = bytes.len();
        bytes.fill(0);
        bytes[end - count.len()..].copy_from_slice(&count);
        Ok(())
    });
    options
}

pub(super) fn amount(minor: i64) -> Amount {
    Amount::from_minor(minor).unwrap()
}

pub(super) fn currency(code: &str) -> Currency {
    Currency::from_code(code).unwrap()
}

/// A succeeded charge with an id.
pub(super) fn charge(id: &str, minor: i64, fee: i64, code: &str, due: i64) -> NewCharge {
    let mut new = NewCharge::succeeded(
        amount(minor),
        Fee::from_minor(fee).unwrap(),
        currency(code),
        Timestamp::from_millis(due),
    );
    new.id = Some(id.to_owned());
    new
}

pub(super) fn named(id: &str, mut transfer: NewTransfer) -> NewTransfer {
    transfer.id = Some(id.to_owned());
    transfer
}

/// A refund of part of a charge.
pub(super) fn part(id: &str, minor: i64) -> RefundRequest {
    let mut request = RefundRequest::of_charge(id);
    request.amount = Some(amount(minor));
    request
}

/// Five books: two whose journals have something of everything, one that has changes beside its
/// journal, one with disputes, and one to which a charge of that was handed over. Above each entry stands the id by which findings name it. The
/// recordings of `acct_cairo` are: the merchant (1), the intent (2), je_1 to je_4 (3 to 6), two charges
/// (7, 8), then je_5 to je_23 (9 to 27). The journal of `acct_giza` begins with its recording 2.
pub(super) fn fill(path: &Path) -> Vec<(String, Head)> {
    let mut ledger = Ledger::open(path, options()).unwrap();
    for id in ["acct_cairo", "acct_giza"] {
        add_merchant(&mut ledger, id);
    }
    fill_charges_and_refunds(&mut ledger);
    fill_transfers(&mut ledger);
    let mut book = ledger.book("acct_giza").unwrap();
    // je_1
    book.create_charge(&charge("ch_1", 4_000, 100, "EGP", DUE), None).unwrap();
    // je_2
    book.create_refund(&part("ch_1", 50), None).unwrap();
    // je_3
    book.create_transfer(&named("tu_1", NewTransfer::top_up(amount(1_000), currency("KWD"))), None)
        .unwrap();
    drop(ledger);
    super::luxor::fill(path);
    fill_disputes(path);
    let mut ledger = Ledger::open(path, options()).unwrap();
    ["acct_cairo", "acct_giza", "acct_luxor", "acct_siwa", "acct_dahab"]
        .map(|id| (id.to_owned(), ledger.book(id).unwrap().head().unwrap()))
        .to_vec()
}

fn fill_charges_and_refunds(ledger: &mut Ledger) {
    let mut book = ledger.book("acct_cairo").unwrap();
    // No entry: the intent of the first charge.
    let mut intent = NewPaymentIntent::of(amount(10_000), currency("EGP"));
    intent.id = Some("pi_1".to_owned());
    book.create_payment_intent(&intent).unwrap();
    let mut first = charge("ch_1", 10_000, 300, "EGP", DUE);
    first.payment_intent_id = Some("pi_1".to_owned());
    // je_1
    book.create_charge(&first, None).unwrap();
    // je_2
    book.create_charge(&charge("ch_free", 5_000, 0, "EGP", DUE), None).unwrap();
    // je_3
    book.create_charge(&charge("ch_all", 200, 200, "EGP", DUE), None).unwrap();
    let mut dollars = charge("ch_usd", 7_000, 100, "USD", LATER);
    dollars.amount_captured = amount(6_000);
    dollars.description = Some("a lamp".to_owned());
    dollars.external_reference = Some("ORD-4".to_owned());
    // je_4
    book.create_charge(&dollars, None).unwrap();
    // No entries: charges 5 and 6 have not succeeded.
    for (id, status) in [("ch_failed", ChargeStatus::Failed), ("ch_open", ChargeStatus::Pending)] {
        let mut new = charge(id, 800, 8, "EGP", LATER);
        new.status = status;
        new.metadata.insert("order".to_owned(), id.to_owned());
        new.external_reference = Some("ORD-5".to_owned());
        book.create_charge(&new, None).unwrap();
    }
    let mut request = part("ch_1", 1_000);
    request.reason = Some(Reason::Duplicate);
    request.description = Some("paid twice".to_owned());
    request.metadata.insert("till".to_owned(), "7".to_owned());
    request.external_reference = Some("RRN-1".to_owned());
    // je_5
    book.create_refund(&request, None).unwrap();
    let mut request = RefundRequest::of_payment_intent("pi_1");
    request.amount = Some(amount(2_000));
    // je_6
    let second = book.create_refund(&request, None).unwrap();
    // je_7
    book.fail_refund(&second.id, None).unwrap();
    // je_8 and je_9
    book.release_due(Timestamp::from_millis(DUE)).unwrap();
}

fn fill_transfers(ledger: &mut Ledger) {
    let mut book = ledger.book("acct_cairo").unwrap();
    let egp = currency("EGP");
    let top_up = named("tu_1", NewTransfer::top_up(amount(50_000), egp));
    // je_10
    book.create_transfer(&top_up, None).unwrap();
    let settled = SignedAmount::from_minor(4_000).unwrap();
    let settlement = named("stl_1", NewTransfer::settlement(settled, egp));
    // je_11
    book.create_transfer(&settlement, None).unwrap();
    let taken = SignedAmount::from_minor(-250).unwrap();
    let mut adjustment = named("adj_1", NewTransfer::adjustment(taken, egp));
    adjustment.description = Some("a broken terminal".to_owned());
    // je_12
    book.create_transfer(&adjustment, None).unwrap();
    let outcomes: [(&str, i64, &[PayoutOutcome]); 4] = [
        ("po_way", 100, &[]),                                              // 13
        ("po_paid", 200, &[PayoutOutcome::Paid]),                          // 14, 15
        ("po_failed", 300, &[PayoutOutcome::Failed]),                      // 16, 17
        ("po_back", 400, &[PayoutOutcome::Paid, PayoutOutcome::Returned]), // 18, 19, 20
    ];
    for (id, minor, outcomes) in outcomes {
        book.create_transfer(&named(id, NewTransfer::payout(amount(minor), egp)), None).unwrap();
        for outcome in outcomes {
            book.conclude_payout(id, *outcome, None).unwrap();
        }
    }
    // je_21
    book.create_refund(&part("ch_usd", 500), None).unwrap();
    // je_22, and charge 7
    book.create_charge(&charge("ch_wait", 900, 90, "EGP", LATER), None).unwrap();
    // je_23
    book.create_refund(&RefundRequest::of_charge("ch_free"), None).unwrap();
    let (head, mark) = (book.head().unwrap(), book.mark().unwrap());
    assert_eq!((head.seq, mark.n), (23, 27), "the entries are numbered as noted here");
}

/// Fills the book of `acct_siwa`, in which the recording of each entry has the number after its own.
fn fill_disputes(path: &Path) {
    let mut ledger = Ledger::open(path, options()).unwrap();
    add_merchant(&mut ledger, "acct_siwa");
    let mut book = ledger.book("acct_siwa").unwrap();
    // je_1
    book.create_charge(&charge("ch_1", 10_000, 300, "EGP", LATER), None).unwrap();
    // je_2 to je_4
    for (id, minor, fee) in [("dp_won", 1_000, 15), ("dp_lost", 2_000, 15), ("dp_open", 3_000, 0)] {
        let mut new = NewDispute::of_charge("ch_1", amount(minor));
        new.id = Some(id.to_owned());
        new.fee = Fee::from_minor(fee).unwrap();
        new.reason = (id == "dp_won").then_some(DisputeReason::Fraudulent);
        new.network_reference = (id == "dp_won").then(|| "N-1".to_owned());
        book.open_dispute(&new, Some(&crate::shop::key(id))).unwrap();
    }
    // je_5
    book.create_refund(&part("ch_1", 500), None).unwrap();
    // je_6 and je_7
    book.win_dispute("dp_won", true, Some(&crate::shop::key("won"))).unwrap();
    book.lose_dispute("dp_lost", None).unwrap();
    let (head, mark) = (book.head().unwrap(), book.mark().unwrap());
    assert_eq!((head.seq, mark.n), (7, 8), "the entries are numbered as noted here");
    // je_8
    let handover = book.hand_over_charge("ch_1", "acct_dahab", None).unwrap();
    assert_eq!(handover.amount, amount(4_500));
    hand_over(&mut ledger, handover.text.as_deref().unwrap());
}

/// Fills the book of `acct_dahab`, which takes the charge over, hands it back, and gets it again.
fn hand_over(ledger: &mut Ledger, text: &str) {
    add_merchant(ledger, "acct_dahab");
    let mut book = ledger.book("acct_dahab").unwrap();
    // je_1
    book.take_over_charge(text).unwrap();
    // je_2
    book.create_refund(&part("ch_1", 500), None).unwrap();
    // je_3
    let back = book.refuse_handover(text).unwrap().value.text.unwrap();
    let mut book = ledger.book("acct_siwa").unwrap();
    // je_9 and je_10
    book.take_over_charge(&back).unwrap();
    book.create_refund(&part("ch_1", 1_000), None).unwrap();
}

/// A copy of a closed ledger in a folder of its own.
pub(super) fn copy(of: &Path) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    std::fs::copy(of, &path).unwrap();
    (folder, path)
}

/// Edits a closed ledger with every safeguard off, and puts the guards back afterwards, so that
/// the edit itself has to be found and not that a guard is gone.
///
/// In the statements `{C}`, `{G}`, `{L}`, `{S}` and `{D}` stand for the key of the row 0 in the books of
/// Cairo, Giza, Luxor, Siwa and Dahab, `{X}` for that in the book of nobody.
pub(super) fn tamper(path: &Path, sql: &str) -> rusqlite::Result<()> {
    let sql = &with_keys(sql);
    let conn = Connection::open(path)?;
    conn.execute_batch(
        "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;
         PRAGMA synchronous = OFF; BEGIN",
    )?;
    let triggers: Vec<(String, String)> = conn
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY rowid")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (name, _) in &triggers {
        conn.execute_batch(&format!("DROP TRIGGER {name}"))?;
    }
    conn.execute_batch(sql)?;
    for (_, create) in &triggers {
        conn.execute_batch(create)?;
    }
    conn.execute_batch("COMMIT")
}

/// The statements with keys and moments in the place of their names.
fn with_keys(sql: &str) -> String {
    let books = [("{C}", 1_i64), ("{G}", 2), ("{L}", 3), ("{S}", 4), ("{D}", 5), ("{X}", 9)];
    let books = books.map(|(name, merchant)| (name, merchant << 40));
    let moments = [("{DUE}", DUE), ("{LATER}", LATER)];
    let named = |sql: String, (name, value): (&str, i64)| sql.replace(name, &value.to_string());
    books.into_iter().chain(moments).fold(sql.to_owned(), named)
}

/// What a verification finds; `None` if everything is in order.
pub(super) fn finding(path: &Path, kept: &[(String, Head)]) -> Result<Option<Finding>> {
    finding_in(path, Access::default(), kept)
}

/// The same, with the file opened for less.
pub(super) fn finding_in(
    path: &Path,
    access: Access,
    kept: &[(String, Head)],
) -> Result<Option<Finding>> {
    let mut options = options();
    options.access = access;
    // Strange definitions are found before anything is used.
    let verified = Ledger::open(path, options)
        .and_then(|mut ledger| ledger.verify(kept, |_| ControlFlow::Continue(())));
    match verified {
        Ok(_) => Ok(None),
        Err(Error::Unsound(finding)) => Ok(Some(finding)),
        Err(other) => Err(other),
    }
}
