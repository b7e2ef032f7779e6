//! The journal, and balances as of any place in it.

use refundry::{
    Account, Amount, AsOf, Cause, CurrencyBalances, Error, Fee, Head, HeadProblem, NewCharge,
    NewDispute, NewTransfer, RefundRequest, Refusal, SignedAmount, Timestamp,
};

use super::{DAY, START, amount, at, charge, egp, intent, ledger, refund, top_up};

#[test]
fn entries_follow_a_sequence_number() {
    let (mut ledger, _) = ledger();
    for number in 0..5 {
        top_up(&mut ledger, "acct_cairo", &format!("tu_{number}"), 10);
    }
    let book = ledger.book("acct_cairo").unwrap();
    let head = |seq| book.journal_entry(&format!("je_{seq}")).unwrap().head();
    let after = |head: Option<Head>, limit| -> Vec<i64> {
        let entries = book.journal_entries_after(head.as_ref(), limit).unwrap();
        entries.iter().map(|entry| entry.seq).collect()
    };
    assert_eq!(after(None, 100), [1, 2, 3, 4, 5]);
    assert_eq!(after(None, 2), [1, 2]);
    assert_eq!(after(Some(head(2)), 2), [3, 4]);
    assert_eq!(after(Some(head(4)), u32::MAX), [5]);
    assert!(after(Some(head(5)), 100).is_empty());
    assert!(after(None, 0).is_empty());
    assert_eq!(head(5), book.head().unwrap());
}

#[test]
fn entries_have_the_names_under_which_others_know_what_they_are_about() {
    let (mut ledger, _) = ledger();
    intent(&mut ledger, "acct_cairo", "pi_1");
    let fee = Fee::from_minor(300).unwrap();
    let mut sale = NewCharge::succeeded(amount(10_000), fee, egp(), at(START));
    sale.id = Some("ch_1".into());
    sale.payment_intent_id = Some("pi_1".into());
    sale.external_reference = Some("ORD-17".into());
    charge(&mut ledger, "acct_cairo", "ch_0", None);
    let mut book = ledger.book("acct_cairo").unwrap();
    book.create_charge(&sale, None).unwrap();
    book.release_due(at(START)).unwrap();
    let mut request = RefundRequest::of_charge("ch_1");
    request.amount = Some(amount(100));
    request.external_reference = Some("RRN-1".into());
    let first = book.create_refund(&request, None).unwrap().value.id;
    request.external_reference = None;
    book.create_refund(&request, None).unwrap();
    book.fail_refund(&first, None).unwrap();
    for (id, network_reference) in [("dp_1", "CASE-1"), ("dp_2", "CASE-2")] {
        let mut new = NewDispute::of_charge("ch_1", amount(100));
        (new.id, new.network_reference) = (Some(id.into()), Some(network_reference.into()));
        book.open_dispute(&new, None).unwrap();
    }
    book.win_dispute("dp_1", false, None).unwrap();
    book.lose_dispute("dp_2", None).unwrap();
    top_up(&mut ledger, "acct_cairo", "tu_1", 10);

    let book = ledger.book("acct_cairo").unwrap();
    let named = book.named_entries_after(None, 100).unwrap();
    let entries: Vec<_> = named.iter().map(|named| named.entry.clone()).collect();
    assert_eq!(entries, book.journal_entries_after(None, 100).unwrap());
    let names: Vec<_> = named
        .iter()
        .map(|named| {
            [&named.charge_id, &named.payment_intent_id, &named.external_reference]
                .map(|name| name.as_deref().unwrap_or("-"))
        })
        .collect();
    assert_eq!(
        names,
        [
            ["ch_0", "-", "-"],
            ["ch_1", "pi_1", "ORD-17"],
            ["ch_1", "pi_1", "-"],
            ["ch_1", "pi_1", "RRN-1"],
            ["ch_1", "pi_1", "-"],
            ["ch_1", "pi_1", "RRN-1"],
            ["ch_1", "pi_1", "CASE-1"],
            ["ch_1", "pi_1", "CASE-2"],
            ["ch_1", "pi_1", "CASE-1"],
            ["ch_1", "pi_1", "CASE-2"],
            ["-", "-", "-"],
        ]
    );
    let some = book.named_entries_after(Some(&named[4].entry.head()), 1).unwrap();
    assert_eq!(some, named[5..6]);
    let never = Head { seq: 2, ..named[4].entry.head() };
    assert!(matches!(book.named_entries_after(Some(&never), 1), Err(Error::HeadUnknown { .. })));
}

/// A head of an empty book is one as well.
#[test]
fn a_book_goes_on_from_its_own_heads_alone() {
    let (mut ledger, _) = ledger();
    let empty = ledger.book("acct_cairo").unwrap().head().unwrap();
    for number in 0..3 {
        top_up(&mut ledger, "acct_cairo", &format!("tu_{number}"), 10);
    }
    super::merchant(&mut ledger, "acct_giza");
    let strange = ledger.book("acct_giza").unwrap().head().unwrap();
    let book = ledger.book("acct_cairo").unwrap();
    assert_eq!(book.journal_entries_after(Some(&empty), 10).unwrap().len(), 3);
    let last = book.head().unwrap();
    let problem = |head: Head| match book.journal_entries_after(Some(&head), 10) {
        Err(Error::HeadUnknown { merchant_id, problem, after: 3 })
            if merchant_id == "acct_cairo" =>
        {
            problem
        }
        other => panic!("{other:?}"),
    };
    for at in [4, 1 << 40, (1 << 40) + 3, i64::MAX] {
        assert_eq!(problem(Head { seq: at, ..last }), HeadProblem::RolledBack { at });
    }
    for at in [i64::MIN, -1, 0, 1, 2] {
        assert_eq!(problem(Head { seq: at, ..last }), HeadProblem::Forked { at });
    }
    assert_eq!(problem(strange), HeadProblem::Forked { at: 0 });
    let told = book.journal_entries_after(Some(&Head { seq: 4, ..last }), 1).unwrap_err();
    assert!(
        told.to_string().starts_with("the book of acct_cairo ends at 3, before the 4"),
        "{told}"
    );
}

#[test]
fn an_entry_has_one_id() {
    let (mut ledger, _) = ledger();
    charge(&mut ledger, "acct_cairo", "ch_1", None);
    let refunded = refund(&mut ledger, "acct_cairo", "ch_1", 100);
    let book = ledger.book("acct_cairo").unwrap();
    let entry = book.journal_entry("je_2").unwrap();
    assert_eq!((entry.id.as_str(), entry.seq), ("je_2", 2));
    assert_eq!((entry.cause, entry.source), (Cause::Refund, refunded.id));
    assert_eq!(entry.reverses.as_deref(), Some("je_1"));
    assert_eq!(entry.postings.len(), 1);
    let first = book.journal_entry("je_1").unwrap();
    assert_eq!((first.reverses, first.source.as_str()), (None, "ch_1"));
    assert_eq!(first.postings.len(), 2);
    for id in [
        "",
        "1",
        "je_",
        "je_0",
        "je_01",
        "je_3",
        "je_-1",
        "je_+1",
        "je_1 ",
        "JE_1",
        "bt_1",
        "je_9223372036854775807",
        "je_9223372036854775808",
        "je_１",
    ] {
        let missing = book.journal_entry(id);
        assert!(matches!(missing, Err(Error::ResourceMissing { param: "id", .. })), "{id}");
    }
}

fn available(balances: &[CurrencyBalances]) -> i64 {
    match balances {
        [] => 0,
        [one] => one.balances.of(Account::Available).minor(),
        _ => panic!("one currency was used"),
    }
}

#[test]
fn trial_balances_always_balance() {
    let (mut ledger, clock) = ledger();
    charge(&mut ledger, "acct_cairo", "ch_1", None);
    clock.advance(DAY / 2);
    refund(&mut ledger, "acct_cairo", "ch_1", 4_000);
    clock.advance(2 * DAY);
    // It matures late, and took effect when it was due.
    assert_eq!(ledger.release_due(clock.now()).unwrap(), 1);
    top_up(&mut ledger, "acct_cairo", "tu_1", 50);
    let book = ledger.book("acct_cairo").unwrap();
    let trial = |as_of| {
        let lines = book.trial_balance(as_of).unwrap();
        assert!(lines.iter().all(|line| line.balances.is_balanced()), "{as_of:?}");
        lines
    };
    for (seq, expected) in [(-1, 0), (0, 0), (1, 0), (2, -4_000), (3, 5_700), (4, 5_750)] {
        assert_eq!(available(&trial(AsOf::Sequence(seq))), expected, "{seq}");
    }
    for (moment, expected) in [
        (START - 1, 0),
        (START, 0),
        (START + DAY / 2 - 1, 0),
        (START + DAY / 2, -4_000),
        (START + DAY - 1, -4_000),
        (START + DAY, 5_700),
        (START + 5 * DAY / 2 - 1, 5_700),
        (START + 5 * DAY / 2, 5_750),
    ] {
        assert_eq!(available(&trial(AsOf::EffectiveAt(at(moment)))), expected, "{moment}");
    }
    let now = trial(AsOf::Now);
    assert_eq!(now, book.balances().unwrap());
    assert_eq!(now, trial(AsOf::Sequence(4)));
    assert_eq!(now, trial(AsOf::Sequence(i64::MAX)));
    assert_eq!(now, trial(AsOf::EffectiveAt(Timestamp::MAX)));
    assert!(trial(AsOf::Sequence(0)).is_empty());
    assert!(trial(AsOf::EffectiveAt(Timestamp::MIN)).is_empty());
}

#[test]
fn currencies_are_sorted_and_apart() {
    let (mut ledger, _) = ledger();
    let mut book = ledger.book("acct_cairo").unwrap();
    for (code, minor) in [("USD", 3), ("EGP", 1), ("KWD", 2), ("JPY", 4)] {
        let currency = refundry::Currency::from_code(code).unwrap();
        let new = NewTransfer::top_up(amount(minor), currency);
        book.create_transfer(&new, None).unwrap();
    }
    for lines in [
        book.balances().unwrap(),
        book.trial_balance(AsOf::Now).unwrap(),
        book.trial_balance(AsOf::Sequence(4)).unwrap(),
    ] {
        let told: Vec<(&str, i64)> = lines
            .iter()
            .map(|line| (line.currency.code(), line.balances.of(Account::Bank).minor()))
            .collect();
        assert_eq!(told, [("EGP", 1), ("JPY", 4), ("KWD", 2), ("USD", 3)]);
    }
    assert_eq!(book.trial_balance(AsOf::Sequence(2)).unwrap()[0].currency, egp());
}

/// Sums over only some of the entries may pass what a balance can hold, on the way or in the end.
#[test]
fn trial_balances_by_date_are_added_up_without_a_bound() {
    let (mut ledger, clock) = ledger();
    let start = clock.now();
    let mut book = ledger.book("acct_cairo").unwrap();
    let mut transfer = |new: NewTransfer| book.create_transfer(&new, None).unwrap();
    let minus_max = || SignedAmount::from_minor(-Amount::MAX.minor()).unwrap();
    let top_up = || NewTransfer::top_up(Amount::MAX, egp());
    for _ in 0..1_023 {
        transfer(top_up());
    }
    // Later, one of them goes out again, so that two more have room; but these are dated earlier.
    clock.advance(DAY);
    transfer(NewTransfer::payout(Amount::MAX, egp()));
    transfer(NewTransfer::settlement(minus_max(), egp()));
    clock.advance(-DAY);
    transfer(top_up());
    transfer(top_up());
    let by_date = AsOf::EffectiveAt(start);
    let error = ledger.book("acct_cairo").unwrap().trial_balance(by_date).unwrap_err();
    assert_eq!(error.refusal(), Some(Refusal::BalanceOutOfRange), "{error}");
    // What takes it back on the same day brings the sum into its range again.
    let mut book = ledger.book("acct_cairo").unwrap();
    book.create_transfer(&NewTransfer::adjustment(minus_max(), egp()), None).unwrap();
    book.create_transfer(&NewTransfer::settlement(minus_max(), egp()), None).unwrap();
    assert_eq!(available(&book.trial_balance(by_date).unwrap()), 1_024 * Amount::MAX.minor());
}
