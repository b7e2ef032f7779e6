//! Lists: newest first, page by page, and never twice or not at all.

use refundry::{
    Book, ChargeFilter, Error, Ledger, List, Page, RefundFilter, Result, StatementFilter,
    TransferFilter,
};

use super::{charge, intent, ledger, refund, top_up};

fn page(limit: u32, starting_after: Option<&str>) -> Page {
    Page { limit, starting_after: starting_after.map(str::to_owned) }
}

type Fetch<'a> = &'a dyn Fn(&mut Book<'_>, &Page) -> Result<List<String>>;

fn ids<T>(list: List<T>, id: impl Fn(&T) -> &String) -> List<String> {
    List {
        has_more: list.has_more,
        data: list.data.iter().map(|object| id(object).clone()).collect(),
    }
}

/// Checks a list against the ids that it must have, newest first, with pages of every size.
fn check(ledger: &mut Ledger, expected: &[String], fetch: Fetch<'_>) {
    let mut book = ledger.book("acct_cairo").unwrap();
    for limit in [1, 2, 3, 100] {
        let mut seen: Vec<String> = Vec::new();
        loop {
            let list = fetch(&mut book, &page(limit, seen.last().map(String::as_str))).unwrap();
            assert!(list.data.len() <= limit as usize);
            seen.extend(list.data);
            assert_eq!(list.has_more, seen.len() < expected.len(), "after {seen:?}");
            if !list.has_more {
                break;
            }
        }
        assert_eq!(seen, expected, "pages of {limit}");
    }
    for limit in [0, 101, u32::MAX] {
        assert_invalid(fetch(&mut book, &page(limit, None)), "limit");
    }
    for unknown in ["", "unknown", "re_1", "bt_99", "bt_01"] {
        assert_invalid(fetch(&mut book, &page(10, Some(unknown))), "startingAfter");
    }
}

fn assert_invalid(list: Result<List<String>>, expected: &str) {
    match list {
        Err(Error::ParameterInvalid { param, .. }) => assert_eq!(param, expected),
        other => panic!("{expected}: {other:?}"),
    }
}

fn newest_first(ids: &[String]) -> Vec<String> {
    ids.iter().rev().cloned().collect()
}

#[test]
fn refunds_are_listed_by_every_filter() {
    let (mut ledger, _) = ledger();
    intent(&mut ledger, "acct_cairo", "pi_1");
    intent(&mut ledger, "acct_cairo", "pi_2");
    charge(&mut ledger, "acct_cairo", "ch_1", Some("pi_1"));
    charge(&mut ledger, "acct_cairo", "ch_2", Some("pi_1"));
    charge(&mut ledger, "acct_cairo", "ch_3", None);
    let all: Vec<String> = ["ch_1", "ch_2", "ch_3", "ch_1", "ch_3", "ch_2", "ch_1"]
        .iter()
        .map(|id| refund(&mut ledger, "acct_cairo", id, 10).id)
        .collect();
    let of = |places: &[usize]| -> Vec<String> {
        places.iter().rev().map(|place| all[*place].clone()).collect()
    };
    let cases: [(Option<&str>, Option<&str>, Vec<String>); 11] = [
        (None, None, newest_first(&all)),
        (Some("ch_1"), None, of(&[0, 3, 6])),
        (Some("ch_2"), None, of(&[1, 5])),
        (Some("ch_3"), None, of(&[2, 4])),
        (None, Some("pi_1"), of(&[0, 1, 3, 5, 6])),
        (None, Some("pi_2"), vec![]),
        (Some("ch_1"), Some("pi_1"), of(&[0, 3, 6])),
        (Some("ch_3"), Some("pi_1"), vec![]),
        (Some("ch_9"), None, vec![]),
        (None, Some("pi_9"), vec![]),
        (Some("ch_1"), Some("pi_9"), vec![]),
    ];
    for (charge_id, payment_intent_id, expected) in cases {
        let filter = RefundFilter {
            charge_id: charge_id.map(str::to_owned),
            payment_intent_id: payment_intent_id.map(str::to_owned),
            ..RefundFilter::default()
        };
        check(&mut ledger, &expected, &|book, page| {
            Ok(ids(book.refunds(&filter, page)?, |refund| &refund.id))
        });
    }
    // A refund that failed stays in its place.
    ledger.book("acct_cairo").unwrap().fail_refund(&all[3], None).unwrap();
    check(&mut ledger, &newest_first(&all), &|book, page| {
        Ok(ids(book.refunds(&RefundFilter::default(), page)?, |refund| &refund.id))
    });
}

#[test]
fn charges_and_intents_are_listed() {
    let (mut ledger, _) = ledger();
    check(&mut ledger, &[], &|book, page| {
        Ok(ids(book.charges(&ChargeFilter::default(), page)?, |charge| &charge.id))
    });
    // Neither ids nor dates tell the order.
    let names = ["c", "a", "e", "b", "d"];
    let intents: Vec<String> = names
        .iter()
        .map(|name| intent(&mut ledger, "acct_cairo", &format!("pi_{name}")).id)
        .collect();
    let charges: Vec<String> = names
        .iter()
        .map(|name| charge(&mut ledger, "acct_cairo", &format!("ch_{name}"), None).id)
        .collect();
    check(&mut ledger, &newest_first(&intents), &|book, page| {
        Ok(ids(book.payment_intents(page)?, |intent| &intent.id))
    });
    check(&mut ledger, &newest_first(&charges), &|book, page| {
        Ok(ids(book.charges(&ChargeFilter::default(), page)?, |charge| &charge.id))
    });
}

#[test]
fn transfers_and_the_statement_are_listed() {
    let (mut ledger, _) = ledger();
    let mut transfers = Vec::new();
    let mut lines = Vec::new();
    for (name, seq) in [("c", 1), ("a", 3), ("b", 5)] {
        transfers.push(top_up(&mut ledger, "acct_cairo", &format!("tu_{name}"), 10).id);
        charge(&mut ledger, "acct_cairo", &format!("ch_{name}"), None);
        lines.extend([format!("bt_{seq}"), format!("bt_{}", seq + 1)]);
    }
    check(&mut ledger, &newest_first(&transfers), &|book, page| {
        Ok(ids(book.transfers(&TransferFilter::default(), page)?, |transfer| &transfer.id))
    });
    check(&mut ledger, &newest_first(&lines), &|book, page| {
        Ok(ids(book.balance_transactions(&StatementFilter::default(), page)?, |line| &line.id))
    });
    // Maturity takes numbers and is not on the statement.
    let due = super::at(super::START + super::DAY);
    assert_eq!(ledger.release_due(due).unwrap(), 3);
    check(&mut ledger, &newest_first(&lines), &|book, page| {
        Ok(ids(book.balance_transactions(&StatementFilter::default(), page)?, |line| &line.id))
    });
}

#[test]
fn what_is_added_meanwhile_does_not_move_the_next_page() {
    let (mut ledger, _) = ledger();
    for id in ["ch_1", "ch_2", "ch_3", "ch_4"] {
        charge(&mut ledger, "acct_cairo", id, None);
    }
    let first = ledger
        .book("acct_cairo")
        .unwrap()
        .charges(&ChargeFilter::default(), &page(2, None))
        .unwrap();
    charge(&mut ledger, "acct_cairo", "ch_5", None);
    let book = ledger.book("acct_cairo").unwrap();
    let last = &first.data.last().unwrap().id;
    let second = book.charges(&ChargeFilter::default(), &page(2, Some(last))).unwrap();
    let seen: Vec<&str> = first.data.iter().chain(&second.data).map(|c| c.id.as_str()).collect();
    assert_eq!(seen, ["ch_4", "ch_3", "ch_2", "ch_1"]);
    assert!(!second.has_more);
}
