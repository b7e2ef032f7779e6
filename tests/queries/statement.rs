//! The statement: what is pending and what can be paid out.

use refundry::{
    Account, Error, Fee, LineStatus, LineType, NewCharge, NewTransfer, PayoutOutcome,
    StatementFilter,
};

use super::{DAY, START, amount, at, charge, egp, ledger, refund, top_up};

#[test]
fn a_line_is_pending_until_its_charge_matures() {
    let (mut ledger, clock) = ledger();
    charge(&mut ledger, "acct_cairo", "ch_1", None);
    let line = ledger.book("acct_cairo").unwrap().balance_transaction("bt_1").unwrap();
    assert_eq!((line.line_type, line.status), (LineType::Charge, LineStatus::Pending));
    assert_eq!((line.amount.minor(), line.fee.minor(), line.net.minor()), (10_000, 300, 9_700));
    assert_eq!((line.available_on, line.created_at), (at(START + DAY), at(START)));
    assert_eq!(line.source, "ch_1");
    // It is due and not released yet: nothing can be paid out.
    clock.advance(2 * DAY);
    let mut book = ledger.book("acct_cairo").unwrap();
    assert_eq!(book.balance_transaction("bt_1").unwrap().status, LineStatus::Pending);
    assert_eq!(book.release_due(at(START + DAY - 1)).unwrap(), 0);
    assert_eq!(book.release_due(at(START + DAY)).unwrap(), 1);
    assert_eq!(book.release_due(at(START + DAY)).unwrap(), 0);
    let matured = book.balance_transaction("bt_1").unwrap();
    assert_eq!(matured.status, LineStatus::Available);
    assert_eq!(matured.available_on, line.available_on);
}

/// Nothing is left to mature where the fee takes all; the day alone decides.
#[test]
fn a_line_of_nothing_is_available_from_its_day() {
    let (mut ledger, clock) = ledger();
    let fee = Fee::from_minor(200).unwrap();
    let new = NewCharge::succeeded(amount(200), fee, egp(), at(START + DAY));
    let mut book = ledger.book("acct_cairo").unwrap();
    book.create_charge(&new, None).unwrap();
    assert_eq!(book.balance_transaction("bt_1").unwrap().status, LineStatus::Pending);
    clock.advance(DAY - 1);
    assert_eq!(book.balance_transaction("bt_1").unwrap().status, LineStatus::Pending);
    clock.advance(1);
    assert_eq!(book.balance_transaction("bt_1").unwrap().status, LineStatus::Available);
    assert_eq!(book.release_due(clock.now()).unwrap(), 0);
    assert_eq!(book.head().unwrap().seq, 1, "there is no entry for it");
}

#[test]
fn every_kind_of_line_says_what_it_is() {
    let (mut ledger, clock) = ledger();
    charge(&mut ledger, "acct_cairo", "ch_1", None);
    let refunded = refund(&mut ledger, "acct_cairo", "ch_1", 100).id;
    top_up(&mut ledger, "acct_cairo", "tu_1", 1_000);
    let mut book = ledger.book("acct_cairo").unwrap();
    book.fail_refund(&refunded, None).unwrap();
    let mut payout = NewTransfer::payout(amount(400), egp());
    payout.id = Some("po_1".to_owned());
    book.create_transfer(&payout, None).unwrap();
    book.conclude_payout("po_1", PayoutOutcome::Paid, None).unwrap();
    book.conclude_payout("po_1", PayoutOutcome::Returned, None).unwrap();
    let taken = refundry::SignedAmount::from_minor(-7).unwrap();
    let mut adjustment = NewTransfer::adjustment(taken, egp());
    adjustment.id = Some("adj_1".to_owned());
    book.create_transfer(&adjustment, None).unwrap();
    book.create_transfer(&NewTransfer::settlement(taken, egp()), None).unwrap();
    let page = refundry::Page { limit: 100, ..refundry::Page::default() };
    let lines = book.balance_transactions(&StatementFilter::default(), &page).unwrap().data;
    let told: Vec<(&str, LineType, i64, &str)> = lines
        .iter()
        .rev()
        .map(|line| (line.id.as_str(), line.line_type, line.net.minor(), line.source.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("bt_1", LineType::Charge, 9_700, "ch_1"),
            ("bt_2", LineType::Refund, -100, refunded.as_str()),
            ("bt_3", LineType::TopUp, 1_000, "tu_1"),
            ("bt_4", LineType::RefundFailure, 100, refunded.as_str()),
            ("bt_5", LineType::Payout, -400, "po_1"),
            ("bt_7", LineType::PayoutFailure, 400, "po_1"),
            ("bt_8", LineType::Adjustment, -7, "adj_1"),
        ]
    );
    for (place, line) in lines.iter().rev().enumerate() {
        assert_eq!(line.status == LineStatus::Pending, place == 0, "{}", line.id);
    }
    let sum = |status| -> i64 {
        lines.iter().filter(|line| line.status == status).map(|line| line.net.minor()).sum()
    };
    let of = book.balances().unwrap()[0].balances;
    assert_eq!(sum(LineStatus::Pending), of.of(Account::Pending).minor());
    assert_eq!(sum(LineStatus::Available), of.of(Account::Available).minor());
    // An arrival and a settlement have an entry and no line.
    for id in ["bt_6", "bt_9", "bt_0", "bt_01", "bt_", "je_1", "bt_9223372036854775807"] {
        let missing = book.balance_transaction(id);
        assert!(matches!(missing, Err(Error::ResourceMissing { param: "id", .. })), "{id}");
    }
    assert_eq!(clock.now(), at(START), "no time has passed");
}
