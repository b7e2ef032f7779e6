//! Several nodes on one fleet, without faults.

use std::{path::Path, thread, time::Duration};

use refundry::{
    Error as LedgerError, IdempotencyKey, NewMerchant, NewTransfer, Operation, Refusal, Timestamp,
};
use refundry_fleet::{Count, Engine as _, Error, Node, NodeOptions, Postgres, PostgresOptions};

use crate::shop::{
    MERCHANT, charge, charge_due, collected, fleet, mark, merchant, node, refund, refunded, request,
};

#[test]
fn what_one_node_recorded_another_sees_at_once() {
    let fleet = fleet();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (node(&fleet, one.path()), node(&fleet, two.path()));
    let charge = charge(&one, 1_000);
    for round in 1..=20 {
        let asked = if round % 2 == 0 { &one } else { &two };
        let made = refund(asked, request(&charge, 10), None).wait().unwrap();
        assert!(!made.replayed);
        for node in [&one, &two] {
            assert_eq!(refunded(node, &charge), 10 * round);
        }
    }
    assert_eq!(mark(&one, MERCHANT), mark(&two, MERCHANT));
    collected(&fleet);
}

/// Nodes that meet often look before they decide, so that they are not overtaken each time.
#[test]
fn nodes_that_take_turns_at_a_book_are_seldom_overtaken() {
    let fleet = fleet();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let nodes = [node(&fleet, one.path()), node(&fleet, two.path())];
    let charge = charge(&nodes[0], 1_000);
    assert_eq!(mark(&nodes[0], MERCHANT), mark(&nodes[1], MERCHANT));
    let conflicts = || nodes.iter().map(|node| node.count(Count::Conflicts)).sum::<u64>();
    let before = conflicts();
    for round in 0..20 {
        refund(&nodes[round % 2], request(&charge, 10), None).wait().unwrap();
    }
    let conflicts = conflicts() - before;
    assert!((1..=4).contains(&conflicts), "{conflicts} of 20");
    assert!(nodes.iter().all(|node| node.count(Count::Turns) > 0), "they left no turns");
    assert_eq!(refunded(&nodes[0], &charge), 200);
    collected(&fleet);
}

/// A cache that begins anew takes in all that is there, but a node that is alone leaves turns to nobody.
#[test]
fn a_node_alone_with_an_empty_cache_waits_for_nobody() {
    let fleet = fleet();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let books: Vec<String> = (0..12).map(|book| format!("acct_{book}")).collect();
    let first = node(&fleet, one.path());
    books.iter().for_each(|id| merchant(&first, id));
    drop(first);
    let alone = node(&fleet, two.path());
    books.iter().for_each(|id| assert_eq!(mark(&alone, id).n, 1));
    assert!(alone.count(Count::Conflicts) < 6, "it looks first");
    assert_eq!(alone.count(Count::Turns), 0);
}

#[test]
fn a_refusal_is_the_same_on_every_node() {
    let fleet = fleet();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (node(&fleet, one.path()), node(&fleet, two.path()));
    let charge = charge(&one, 100);
    refund(&two, request(&charge, 100), Some("all")).wait().unwrap();
    for node in [&one, &two] {
        let refused = refund(node, request(&charge, 1), Some("more")).wait().unwrap_err();
        let Error::Ledger(refused) = refused else { panic!("{refused}") };
        assert_eq!(refused.refusal(), Some(Refusal::ChargeAlreadyRefunded));
        let again = refund(node, request(&charge, 100), Some("all")).wait().unwrap();
        assert!(again.replayed);
        let other = refund(node, request(&charge, 99), Some("all")).wait().unwrap_err();
        assert!(matches!(other, Error::Ledger(LedgerError::IdempotencyKeyReused)), "{other}");
        let missing = refund(node, request("ch_unknown", 1), None).wait().unwrap_err();
        assert!(matches!(missing, Error::Ledger(LedgerError::ResourceMissing { .. })), "{missing}");
    }
    let key = IdempotencyKey::new("all").unwrap();
    let found =
        one.book(MERCHANT, move |book| book.find_by_key(Operation::Refund, &key)).wait().unwrap();
    assert!(found.is_some());
}

#[test]
fn two_nodes_at_one_hot_book_both_go_on() {
    let fleet = fleet();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let nodes = [node(&fleet, one.path()), node(&fleet, two.path())];
    let charge = charge(&nodes[0], 1_000);
    let made: Vec<usize> = thread::scope(|scope| {
        let count = |node| {
            let charge = &charge;
            scope.spawn(move || {
                let ask = |_| refund(node, request(charge, 10), None);
                let rounds = (0..8).map(|_| (0..10).map(ask).collect::<Vec<_>>());
                rounds.flatten().map(|pending| pending.wait()).filter(Result::is_ok).count()
            })
        };
        let both: Vec<_> = nodes.iter().map(count).collect();
        both.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(made.iter().sum::<usize>(), 100, "{made:?}");
    assert!(made.iter().all(|count| *count > 0), "{made:?}");
    assert_eq!(refunded(&nodes[1], &charge), 1_000);
    assert!(nodes.iter().any(|node| node.count(Count::Conflicts) > 0), "they never met");
    collected(&fleet);
}

/// A node for a single question changes no book by the clock of its machine.
#[test]
fn charges_mature_on_no_node_that_is_told_to_leave_them() {
    let fleet = fleet();
    let (one, two, three) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let leaves = |folder: &Path| {
        let mut options = NodeOptions::in_folder(folder);
        options.matures = false;
        Node::start(crate::shop::engine_at(fleet.url("app")), &options).unwrap()
    };
    let first = leaves(one.path());
    charge_due(&first, MERCHANT, 100, Timestamp::from_millis(0));
    let end = mark(&first, MERCHANT);
    // What a node does at its start it does before it answers.
    assert_eq!(mark(&leaves(two.path()), MERCHANT), end);
    assert_eq!(mark(&node(&fleet, three.path()), MERCHANT).n, end.n + 1, "the control");
}

/// One host refuses at once, and the other is slow: there is time for it, because the first is no standby.
#[test]
fn a_slow_primary_is_reached_while_another_host_is_down() {
    let fleet = fleet();
    let slow = crate::proxy::Proxy::slow(fleet.server.port, Duration::from_millis(2_500));
    let down = crate::server::free_port();
    let hosts = format!("@127.0.0.1:{down},127.0.0.1:{}/", slow.port);
    let url = fleet.url("app").replace(&format!("@127.0.0.1:{}/", fleet.server.port), &hosts);
    let mut engine = Postgres::new(PostgresOptions::at(url)).unwrap();
    assert_eq!(engine.fleet().unwrap(), fleet.sql("SELECT id FROM refundry.fleet")[0][0]);
}

#[test]
fn operations_that_wait_together_share_a_round_trip() {
    let fleet = fleet();
    let folder = tempfile::tempdir().unwrap();
    let node = node(&fleet, folder.path());
    let charge = charge(&node, 1_000);
    let before = node.count(Count::Groups);
    let asked: Vec<_> = (0..200).map(|_| refund(&node, request(&charge, 1), None)).collect();
    asked.into_iter().for_each(|pending| drop(pending.wait().unwrap()));
    let groups = node.count(Count::Groups) - before;
    assert!((1..100).contains(&groups), "{groups}");
}

#[test]
fn a_key_that_one_node_revoked_is_no_good_on_another() {
    let fleet = fleet();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (node(&fleet, one.path()), node(&fleet, two.path()));
    let key = one.book(MERCHANT, |book| book.issue_key()).wait().unwrap();
    for node in [&one, &two, &two] {
        let whose = node.book_of_key(&key.key, |merchant, _| Ok(merchant.id.clone()));
        assert_eq!(whose.wait().unwrap(), MERCHANT);
    }
    one.book(MERCHANT, move |book| book.revoke_key(&key.id)).wait().unwrap();
    for node in [&two, &one] {
        let refused = node.book_of_key(&key.key, |_, _| Ok(())).wait().unwrap_err();
        assert!(matches!(refused, Error::Ledger(LedgerError::ApiKeyInactive)), "{refused}");
        let unknown = node.book_of_key("sk_test_unknown", |_, _| Ok(())).wait().unwrap_err();
        assert!(matches!(unknown, Error::Ledger(LedgerError::ApiKeyInvalid)), "{unknown}");
    }
}

#[test]
fn personal_text_that_one_node_erased_is_gone_everywhere() {
    let fleet = fleet();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (node(&fleet, one.path()), node(&fleet, two.path()));
    let charge = charge(&one, 100);
    let mut request = request(&charge, 1);
    request.description = Some("a torn page of Layla's".into());
    let id = refund(&one, request, Some("torn")).wait().unwrap().id.clone();
    let text_of = |node: &refundry_fleet::Node| {
        let id = id.clone();
        node.book(MERCHANT, move |book| book.refund(&id)).wait().unwrap().description
    };
    assert_eq!(text_of(&two).as_deref(), Some("a torn page of Layla's"));
    assert_eq!(fleet.sql("SELECT count(*) FROM refundry.texts")[0][0], "1");
    let erased = id.clone();
    assert!(two.book(MERCHANT, move |book| book.erase_text(&erased)).wait().unwrap());
    let left = "SELECT (SELECT count(*) FROM refundry.texts),
        (SELECT count(*) FROM refundry.recordings WHERE body LIKE '%torn page%')";
    assert_eq!(fleet.sql(left)[0], ["0", "0"]);
    let new = tempfile::tempdir().unwrap();
    let new = node(&fleet, new.path());
    for node in [&one, &two, &new] {
        assert_eq!(text_of(node), None);
    }
    collected(&fleet);
}

/// Recorded and erased in one group, so that the text never gets to the engine.
#[test]
fn text_that_is_erased_in_the_group_that_brought_it_is_not_kept() {
    let fleet = fleet();
    let folder = tempfile::tempdir().unwrap();
    let node = node(&fleet, folder.path());
    let charge = charge(&node, 100);
    let mut request = request(&charge, 1);
    request.description = Some("a torn page".into());
    let both = node.book(MERCHANT, move |book| {
        let id = book.create_refund(&request, None)?.id.clone();
        book.erase_text(&id)
    });
    assert!(both.wait().unwrap());
    assert_eq!(fleet.sql("SELECT count(*) FROM refundry.texts")[0][0], "0");
    collected(&fleet);
}

#[test]
fn limits_and_pruned_keys_are_the_same_on_every_node() {
    let fleet = fleet();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (node(&fleet, one.path()), node(&fleet, two.path()));
    let charge = charge(&one, 100);
    refund(&one, request(&charge, 1), Some("old")).wait().unwrap();
    let limit = refundry::NegativeBalanceLimit::Each(0);
    one.book(MERCHANT, move |book| book.set_negative_balance_limit(&limit)).wait().unwrap();
    let refused = refund(&two, request(&charge, 1), None).wait().unwrap_err();
    assert!(matches!(refused, Error::Ledger(LedgerError::Refused { .. })), "{refused}");
    let now = Timestamp::now();
    let pruned = two.book(MERCHANT, move |book| book.prune_idempotency_keys(now)).wait().unwrap();
    assert_eq!(pruned, 0, "none is 30 days old");
    assert_eq!(mark(&one, MERCHANT), mark(&two, MERCHANT));
}

#[test]
fn charges_mature_on_whichever_node_comes_first() {
    let fleet = fleet();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (node(&fleet, one.path()), node(&fleet, two.path()));
    merchant(&one, "acct_giza");
    let now = Timestamp::now().millis();
    for (merchant, after) in [(MERCHANT, 0), (MERCHANT, 300), ("acct_giza", 300)] {
        charge_due(&one, merchant, 100, Timestamp::from_millis(now + after));
    }
    charge(&one, 100);
    let available = |node: &refundry_fleet::Node, merchant: &str| {
        let balances = node.book(merchant, |book| book.balances()).wait().unwrap();
        balances[0].balances.of(refundry::Account::Available).minor()
    };
    let begun = std::time::Instant::now();
    while available(&two, MERCHANT) < 200 || available(&two, "acct_giza") < 100 {
        assert!(begun.elapsed() < Duration::from_secs(30), "they do not mature");
        thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(fleet.sql("SELECT count(*), min(merchant) FROM refundry.due")[0], ["1", MERCHANT]);
    assert_eq!(available(&one, MERCHANT), 200);
    collected(&fleet);
}

#[test]
fn merchants_are_added_once() {
    let fleet = fleet();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (node(&fleet, one.path()), node(&fleet, two.path()));
    let new = one.create_merchant(NewMerchant::named("Giza Books")).wait().unwrap();
    for node in [&one, &two] {
        let mut same = NewMerchant::named("Giza Books");
        same.id = Some(new.id.clone());
        let taken = node.create_merchant(same).wait().unwrap_err();
        assert!(matches!(taken, Error::Ledger(LedgerError::ResourceConflict { .. })), "{taken}");
        assert_eq!(mark(node, &new.id).n, 1);
    }
    let missing = two.book("acct_nobody", |book| book.mark()).wait().unwrap_err();
    assert!(matches!(missing, Error::Ledger(LedgerError::ResourceMissing { .. })), "{missing}");
}

/// Everything else that a book does.
#[test]
fn every_kind_of_operation_reaches_the_other_nodes() {
    let fleet = fleet();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (one, two) = (node(&fleet, one.path()), node(&fleet, two.path()));
    let egp = refundry::Currency::from_code("EGP").unwrap();
    let amount = refundry::Amount::from_minor(500).unwrap();
    let top_up = NewTransfer::top_up(amount, egp);
    one.book(MERCHANT, move |book| book.create_transfer(&top_up, None)).wait().unwrap();
    let payout = NewTransfer::payout(amount, egp);
    let payout =
        two.book(MERCHANT, move |book| book.create_transfer(&payout, None)).wait().unwrap();
    let id = payout.id.clone();
    one.book(MERCHANT, move |book| {
        book.conclude_payout(&id, refundry::PayoutOutcome::Failed, None)
    })
    .wait()
    .unwrap();
    let intent = refundry::NewPaymentIntent::of(amount, egp);
    let intent =
        two.book(MERCHANT, move |book| book.create_payment_intent(&intent)).wait().unwrap();
    let due = Timestamp::from_millis(0);
    let mut pending = refundry::NewCharge::succeeded(amount, refundry::Fee::ZERO, egp, due);
    pending.status = refundry::ChargeStatus::Pending;
    pending.payment_intent_id = Some(intent.id);
    let charge = one.book(MERCHANT, move |book| book.create_charge(&pending, None)).wait().unwrap();
    let id = charge.id.clone();
    two.book(MERCHANT, move |book| {
        let conclusion = refundry::Conclusion::Succeeded {
            amount_captured: amount,
            fee: refundry::Fee::ZERO,
            available_on: due,
        };
        book.conclude_charge(&id, conclusion, None)
    })
    .wait()
    .unwrap();
    let made = refund(&one, request(&charge.id, 5), None).wait().unwrap();
    let id = made.id.clone();
    two.book(MERCHANT, move |book| book.fail_refund(&id, None)).wait().unwrap();
    assert_eq!(refunded(&one, &charge.id), 0);
    assert_eq!(mark(&one, MERCHANT), mark(&two, MERCHANT));
    collected(&fleet);
}
