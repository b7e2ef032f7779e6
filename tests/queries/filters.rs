//! Filters of lists, and every object of a list without pages.

use refundry::{
    Error, Fee, Head, HeadProblem, NewCharge, Page, RefundFilter, RefundRequest, RefundStatus,
    Result, Transfer,
};

use super::{DAY, START, amount, at, charge, egp, intent, ledger, top_up};

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
    let metadata = |key: &str, value: &str| Some((key.to_owned(), value.to_owned()));
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
        let (mut found, mut page) = (Vec::new(), Page { limit: 1, starting_after: None });
        loop {
            let list = book.refunds(&filter, &page).unwrap();
            found.extend(list.data.into_iter().map(|refund| refund.id));
            assert_eq!(list.has_more, found.len() < expected.len(), "{filter:?}");
            if !list.has_more {
                break;
            }
            page.starting_after = found.last().cloned();
        }
        assert_eq!(found, expected, "{filter:?}");
        let every: Vec<_> = book.every_refund(filter).map(|refund| refund.unwrap().id).collect();
        assert_eq!(every, expected);
    }
}

#[test]
fn charges_are_found_by_their_intent() {
    let (mut ledger, _) = ledger();
    for id in ["pi_1", "pi_2"] {
        intent(&mut ledger, "acct_cairo", id);
    }
    for (id, of) in [("ch_b", "pi_1"), ("ch_c", "pi_2"), ("ch_a", "pi_1")] {
        charge(&mut ledger, "acct_cairo", id, Some(of));
    }
    charge(&mut ledger, "acct_cairo", "ch_d", None);
    let book = ledger.book("acct_cairo").unwrap();
    let under = |intent: &str, limit, starting_after: Option<&str>| -> Vec<String> {
        let page = Page { limit, starting_after: starting_after.map(str::to_owned) };
        let list = book.charges_under(intent, &page).unwrap();
        list.data.into_iter().map(|charge| charge.id).collect()
    };
    assert_eq!(under("pi_1", 10, None), ["ch_a", "ch_b"]);
    assert_eq!(under("pi_1", 1, None), ["ch_a"]);
    assert_eq!(under("pi_1", 1, Some("ch_a")), ["ch_b"]);
    assert_eq!(under("pi_2", 10, None), ["ch_c"]);
    assert!(under("pi_3", 10, None).is_empty());
}

#[test]
fn charges_are_found_by_their_external_reference() {
    let (mut ledger, _) = ledger();
    for (merchant, id, reference) in [
        ("acct_cairo", "ch_a", Some("ORD-1")),
        ("acct_cairo", "ch_b", Some("ORD-2")),
        ("acct_cairo", "ch_c", Some("ORD-1")),
        ("acct_cairo", "ch_d", None),
        ("acct_giza", "ch_a", Some("ORD-1")),
    ] {
        if ledger.book(merchant).is_err() {
            super::merchant(&mut ledger, merchant);
        }
        let due = at(START + DAY);
        let mut new = NewCharge::succeeded(amount(10_000), Fee::ZERO, egp(), due);
        new.id = Some(id.to_owned());
        new.external_reference = reference.map(str::to_owned);
        ledger.book(merchant).unwrap().create_charge(&new, None).unwrap();
    }
    let book = ledger.book("acct_cairo").unwrap();
    let with = |reference: &str, limit, starting_after: Option<&str>| -> Vec<String> {
        let page = Page { limit, starting_after: starting_after.map(str::to_owned) };
        let list = book.charges_with_reference(reference, &page).unwrap();
        list.data.into_iter().map(|charge| charge.id).collect()
    };
    assert_eq!(with("ORD-1", 10, None), ["ch_c", "ch_a"]);
    assert_eq!(with("ORD-1", 1, Some("ch_c")), ["ch_a"]);
    assert_eq!(with("ORD-2", 10, None), ["ch_b"]);
    assert!(with("ord-1", 10, None).is_empty());
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
    let every: Vec<_> = book.every_transfer().map(of_transfer).collect();
    assert_eq!(every.len(), 250);
    assert!(every.iter().eq(ids.iter().rev()));
    assert_eq!(book.every_transfer().take(101).map(of_transfer).last(), Some("tu_149".to_owned()));
    assert_eq!(book.every_charge().map(|charge| charge.unwrap().id).collect::<Vec<_>>(), ["ch_1"]);
    assert_eq!(book.every_payment_intent().count(), 1);
    assert_eq!(book.every_balance_transaction().map(Result::unwrap).count(), 251);
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
