//! Filters of lists, and every object of a list without pages.

use refundry::{
    ChargeFilter, ChargeStatus, Conclusion, Error, Fee, Head, HeadProblem, Ledger, LineType, List,
    NewCharge, NewTransfer, Page, PayoutOutcome, PayoutStatus, RefundFilter, RefundRequest,
    RefundStatus, Result, SignedAmount, StatementFilter, Transfer, TransferFilter, TransferKind,
};

use super::{DAY, START, amount, at, charge, egp, intent, ledger, top_up};

/// The ids of a list whose pages have one object each.
fn one_by_one<T>(list: impl Fn(&Page) -> Result<List<T>>, id: impl Fn(T) -> String) -> Vec<String> {
    let (mut found, mut page) = (Vec::new(), Page { limit: 1, starting_after: None });
    loop {
        let List { data, has_more } = list(&page).unwrap();
        // Only a list of nothing has an empty page.
        assert!(data.len() == 1 || (found.is_empty() && !has_more));
        found.extend(data.into_iter().map(&id));
        if !has_more {
            return found;
        }
        page.starting_after = found.last().cloned();
    }
}

#[test]
fn refunds_are_found_by_what_is_known_of_them() {
    let (mut ledger, clock) = ledger();
    intent(&mut ledger, "acct_cairo", "pi_1");
    charge(&mut ledger, "acct_cairo", "ch_1", Some("pi_1"));
    charge(&mut ledger, "acct_cairo", "ch_2", None);
    let mut book = ledger.book("acct_cairo").unwrap();
    let mut ids = Vec::new();
    for (number, (of, reference)) in
        [("ch_1", "A"), ("ch_2", "A"), ("ch_1", "B"), ("ch_2", "C")].into_iter().enumerate()
    {
        let mut request = RefundRequest::of_charge(of);
        request.amount = Some(amount(10));
        request.external_reference = Some(reference.to_owned());
        let shelf = if number < 2 { "12" } else { "1\",\"2" };
        request.metadata.insert("shelf".to_owned(), shelf.to_owned());
        request.metadata.insert("day".to_owned(), number.to_string());
        ids.push(book.create_refund(&request, None).unwrap().value.id);
        clock.advance(DAY);
    }
    book.fail_refund(&ids[2], None).unwrap();

    let any = RefundFilter::default;
    let metadata = |key: &str, value: &str| [(key.to_owned(), value.to_owned())].into();
    let on = |day: i64| Some(at(START + day * DAY));
    let reference = |text: &str| Some(text.to_owned());
    let of_ch_1 = || RefundFilter { charge_id: reference("ch_1"), ..any() };
    let cases: Vec<(RefundFilter, &[usize])> = vec![
        (any(), &[3, 2, 1, 0]),
        (RefundFilter { from: on(1), ..any() }, &[3, 2, 1]),
        (RefundFilter { to: on(1), ..any() }, &[0]),
        (RefundFilter { from: on(1), to: on(3), ..any() }, &[2, 1]),
        (RefundFilter { from: on(4), ..any() }, &[]),
        (RefundFilter { status: Some(RefundStatus::Failed), ..any() }, &[2]),
        (RefundFilter { status: Some(RefundStatus::Succeeded), ..any() }, &[3, 1, 0]),
        (RefundFilter { external_reference: reference("A"), ..any() }, &[1, 0]),
        (RefundFilter { external_reference: reference("a"), ..any() }, &[]),
        (RefundFilter { metadata: metadata("shelf", "12"), ..any() }, &[1, 0]),
        (RefundFilter { metadata: metadata("shelf", "1\",\"2"), ..any() }, &[3, 2]),
        (RefundFilter { metadata: metadata("shelf", "1"), ..any() }, &[]),
        (RefundFilter { metadata: metadata("12", "shelf"), ..any() }, &[]),
        (RefundFilter { external_reference: reference("A"), ..of_ch_1() }, &[0]),
        (RefundFilter { status: Some(RefundStatus::Succeeded), ..of_ch_1() }, &[0]),
        (RefundFilter { metadata: metadata("day", "2"), ..of_ch_1() }, &[2]),
        (RefundFilter { payment_intent_id: reference("pi_1"), from: on(1), ..any() }, &[2]),
    ];
    for (filter, expected) in cases {
        let expected: Vec<_> = expected.iter().map(|index| ids[*index].clone()).collect();
        let found = one_by_one(|page| book.refunds(&filter, page), |refund| refund.id);
        assert_eq!(found, expected, "{filter:?}");
        let every: Vec<_> = book.every_refund(filter).map(|refund| refund.unwrap().id).collect();
        assert_eq!(every, expected);
    }
}

#[test]
fn charges_are_found_by_what_is_known_of_them() {
    let (mut ledger, clock) = ledger();
    for id in ["pi_1", "pi_2"] {
        intent(&mut ledger, "acct_cairo", id);
    }
    let text = |text: &str| Some(text.to_owned());
    for (id, of, reference, shelf) in [
        ("ch_b", Some("pi_1"), Some("A"), "12"),
        ("ch_c", Some("pi_2"), Some("A"), "12"),
        ("ch_a", Some("pi_1"), Some("B"), "13"),
        ("ch_d", None, None, "13"),
    ] {
        let mut new = NewCharge::succeeded(amount(10_000), Fee::ZERO, egp(), at(START + 9 * DAY));
        new.status = ChargeStatus::Pending;
        (new.id, new.external_reference) = (text(id), reference.map(str::to_owned));
        new.payment_intent_id = of.map(str::to_owned);
        new.metadata.insert("shelf".to_owned(), shelf.to_owned());
        ledger.book("acct_cairo").unwrap().create_charge(&new, None).unwrap();
        clock.advance(DAY);
    }
    super::merchant(&mut ledger, "acct_giza");
    let mut other = NewCharge::succeeded(amount(10_000), Fee::ZERO, egp(), at(START + DAY));
    (other.id, other.external_reference) = (text("ch_z"), text("A"));
    ledger.book("acct_giza").unwrap().create_charge(&other, None).unwrap();
    let mut book = ledger.book("acct_cairo").unwrap();
    book.conclude_charge("ch_c", Conclusion::Failed, None).unwrap();

    let any = ChargeFilter::default;
    let on = |day: i64| Some(at(START + day * DAY));
    let metadata = |key: &str, value: &str| [(key.to_owned(), value.to_owned())].into();
    let under = |id: &str| ChargeFilter { payment_intent_id: text(id), ..any() };
    let with = |reference: &str| ChargeFilter { external_reference: text(reference), ..any() };
    let cases: Vec<(ChargeFilter, &[&str])> = vec![
        (any(), &["ch_d", "ch_a", "ch_c", "ch_b"]),
        (under("pi_1"), &["ch_a", "ch_b"]),
        (under("pi_2"), &["ch_c"]),
        (under("pi_3"), &[]),
        (with("A"), &["ch_c", "ch_b"]),
        (with("a"), &[]),
        (ChargeFilter { payment_intent_id: text("pi_1"), ..with("A") }, &["ch_b"]),
        (ChargeFilter { status: Some(ChargeStatus::Failed), ..any() }, &["ch_c"]),
        (ChargeFilter { status: Some(ChargeStatus::Pending), ..with("A") }, &["ch_b"]),
        (ChargeFilter { from: on(1), to: on(3), ..any() }, &["ch_a", "ch_c"]),
        (ChargeFilter { from: on(1), ..under("pi_1") }, &["ch_a"]),
        (ChargeFilter { metadata: metadata("shelf", "12"), ..any() }, &["ch_c", "ch_b"]),
        (ChargeFilter { metadata: metadata("12", "shelf"), ..any() }, &[]),
        (ChargeFilter { metadata: metadata("shelf", "13"), ..under("pi_1") }, &["ch_a"]),
    ];
    for (filter, expected) in cases {
        let found = one_by_one(|page| book.charges(&filter, page), |charge| charge.id);
        assert_eq!(found, expected, "{filter:?}");
        let every: Vec<_> = book.every_charge(filter).map(|charge| charge.unwrap().id).collect();
        assert_eq!(every, expected);
    }
}

/// More than one portion, and a failure as the last item.
#[test]
fn every_object_comes_once() {
    let (mut ledger, _) = ledger();
    let mut ids = Vec::new();
    for number in 0..250 {
        ids.push(top_up(&mut ledger, "acct_cairo", &format!("tu_{number}"), 10).id);
    }
    charge(&mut ledger, "acct_cairo", "ch_1", None);
    intent(&mut ledger, "acct_cairo", "pi_1");
    let mut book = ledger.book("acct_cairo").unwrap();
    let of_transfer = |transfer: Result<Transfer>| transfer.unwrap().id;
    let every: Vec<_> = book.every_transfer(TransferFilter::default()).map(of_transfer).collect();
    assert_eq!(every.len(), 250);
    assert!(every.iter().eq(ids.iter().rev()));
    assert_eq!(
        book.every_transfer(TransferFilter::default()).take(101).map(of_transfer).last(),
        Some("tu_149".to_owned())
    );
    assert_eq!(
        book.every_charge(ChargeFilter::default())
            .map(|charge| charge.unwrap().id)
            .collect::<Vec<_>>(),
        ["ch_1"]
    );
    assert_eq!(book.every_payment_intent().count(), 1);
    assert_eq!(
        book.every_balance_transaction(StatementFilter::default()).map(Result::unwrap).count(),
        251
    );
    let entries: Vec<_> = book.every_journal_entry_after(None).map(Result::unwrap).collect();
    assert!(entries.iter().map(|entry| entry.seq).eq(1..=251));
    let rest = book.every_journal_entry_after(Some(entries[199].head()));
    assert!(rest.map(|entry| entry.unwrap().seq).eq(201..=251));
    let mut ahead = book.every_journal_entry_after(Some(Head { seq: 252, ..entries[250].head() }));
    assert!(matches!(
        ahead.next(),
        Some(Err(Error::HeadUnknown { problem: HeadProblem::RolledBack { at: 252 }, .. }))
    ));
    assert!(ahead.next().is_none());
}

/// A top-up, a payout a day of every outcome, and an adjustment.
fn moved() -> Ledger {
    let (mut ledger, clock) = ledger();
    top_up(&mut ledger, "acct_cairo", "tu_1", 1_000);
    clock.advance(DAY);
    for (id, outcomes) in [
        ("po_way", &[][..]),
        ("po_paid", &[PayoutOutcome::Paid]),
        ("po_failed", &[PayoutOutcome::Failed]),
        ("po_back", &[PayoutOutcome::Paid, PayoutOutcome::Returned]),
    ] {
        let mut book = ledger.book("acct_cairo").unwrap();
        let mut new = NewTransfer::payout(amount(10), egp());
        new.id = Some(id.to_owned());
        book.create_transfer(&new, None).unwrap();
        for outcome in outcomes {
            book.conclude_payout(id, *outcome, None).unwrap();
        }
        clock.advance(DAY);
    }
    let mut book = ledger.book("acct_cairo").unwrap();
    let mut taken = NewTransfer::adjustment(SignedAmount::from_minor(-5).unwrap(), egp());
    taken.id = Some("adj_1".to_owned());
    book.create_transfer(&taken, None).unwrap();
    ledger
}

#[test]
fn transfers_are_found_by_what_is_known_of_them() {
    let mut ledger = moved();
    let book = ledger.book("acct_cairo").unwrap();
    let any = TransferFilter::default;
    let kind = |kind| TransferFilter { kind: Some(kind), ..any() };
    let status = |status| TransferFilter { status: Some(status), ..any() };
    let on = |day: i64| Some(at(START + day * DAY));
    let cases: Vec<(TransferFilter, &[&str])> = vec![
        (any(), &["adj_1", "po_back", "po_failed", "po_paid", "po_way", "tu_1"]),
        (kind(TransferKind::Payout), &["po_back", "po_failed", "po_paid", "po_way"]),
        (kind(TransferKind::TopUp), &["tu_1"]),
        (kind(TransferKind::Adjustment), &["adj_1"]),
        (kind(TransferKind::Settlement), &[]),
        (status(PayoutStatus::InTransit), &["po_way"]),
        (status(PayoutStatus::Paid), &["po_paid"]),
        (status(PayoutStatus::Failed), &["po_failed"]),
        (status(PayoutStatus::Returned), &["po_back"]),
        (TransferFilter { kind: Some(TransferKind::TopUp), ..status(PayoutStatus::Paid) }, &[]),
        (TransferFilter { from: on(2), to: on(4), ..any() }, &["po_failed", "po_paid"]),
        (TransferFilter { from: on(4), ..any() }, &["adj_1", "po_back"]),
        (TransferFilter { to: on(1), ..any() }, &["tu_1"]),
    ];
    for (filter, expected) in cases {
        let found = one_by_one(|page| book.transfers(&filter, page), |transfer| transfer.id);
        assert_eq!(found, expected, "{filter:?}");
        let every = book.every_transfer(filter).map(|transfer| transfer.unwrap().id);
        assert_eq!(every.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn lines_of_the_statement_are_found_by_what_is_known_of_them() {
    let mut ledger = moved();
    let mut book = ledger.book("acct_cairo").unwrap();
    let on = |day: i64| Some(at(START + day * DAY));
    let any = StatementFilter::default;
    let about = |line_type| StatementFilter { line_type: Some(line_type), ..any() };
    // po_paid's outcome is no line: the merchant has the same as before.
    let cases: Vec<(StatementFilter, &[&str])> = vec![
        (
            any(),
            &["adj_1", "po_back", "po_back", "po_failed", "po_failed", "po_paid", "po_way", "tu_1"],
        ),
        (about(LineType::Payout), &["po_back", "po_failed", "po_paid", "po_way"]),
        (about(LineType::PayoutFailure), &["po_back", "po_failed"]),
        (about(LineType::TopUp), &["tu_1"]),
        (about(LineType::Adjustment), &["adj_1"]),
        (about(LineType::Charge), &[]),
        (about(LineType::Refund), &[]),
        (about(LineType::RefundFailure), &[]),
        (StatementFilter { from: on(1), to: on(3), ..any() }, &["po_paid", "po_way"]),
        (StatementFilter { from: on(4), ..about(LineType::Payout) }, &["po_back"]),
        (StatementFilter { to: on(1), ..any() }, &["tu_1"]),
    ];
    for (filter, expected) in cases {
        let every = book.every_balance_transaction(filter.clone()).map(|line| line.unwrap());
        let every: Vec<_> = every.map(|line| (line.id, line.source)).collect();
        assert!(
            every.iter().map(|(_, source)| source.as_str()).eq(expected.iter().copied()),
            "{filter:?} {every:?}"
        );
        let (mut found, mut page) = (Vec::new(), Page { limit: 1, starting_after: None });
        loop {
            let List { data, has_more } = book.balance_transactions(&filter, &page).unwrap();
            found.extend(data.into_iter().map(|line| line.id));
            if !has_more {
                break;
            }
            page.starting_after = found.last().cloned();
        }
        assert!(found.iter().eq(every.iter().map(|(id, _)| id)), "{filter:?}");
    }
}
