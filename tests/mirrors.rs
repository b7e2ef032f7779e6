//! Recordings travel: what one ledger recorded, another takes in line by line, and has the same.

use std::ops::ControlFlow;

use proptest::{
    prelude::Rng,
    test_runner::{RngAlgorithm, TestRng},
};
use refundry::{
    Account, Amount, Book, Conclusion, Currency, DisputeReason, Error, Fee, IdempotencyKey, Ledger,
    Mark, NegativeBalanceLimit, NewCharge, NewDispute, NewMerchant, NewPaymentIntent, NewTransfer,
    Options, Page, PayoutOutcome, RefundRequest, SignedAmount, Timestamp, seeded_random,
};
use rusqlite::{Connection, types::Value};

use crate::size::rounds;

/// All lines of a merchant's book.
pub(crate) fn lines(ledger: &mut Ledger, merchant: &str) -> Vec<String> {
    let book = ledger.book(merchant).unwrap();
    let lines = book.recordings_after(&Mark::genesis(merchant), u32::MAX).unwrap();
    // From any mark on, the rest is the same.
    let half = lines.len() / 2;
    if let Some(line) = half.checked_sub(1).and_then(|last| lines.get(last)) {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let mark: Mark =
            serde_json::from_value(serde_json::json!({ "n": line["n"], "hash": line["hash"] }))
                .unwrap();
        assert_eq!(book.recordings_after(&mark, u32::MAX).unwrap(), lines[half..]);
    }
    lines
}

/// Takes in all books of a ledger in an empty one, and compares both.
pub(crate) fn mirror(ledger: &mut Ledger) -> Ledger {
    let mut copy = Ledger::in_memory(Options::default()).unwrap();
    let merchants = in_order(ledger);
    let mut heads = Vec::new();
    for id in &merchants {
        let lines = lines(ledger, id);
        for line in &lines {
            assert!(copy.apply(id, line).unwrap(), "{line}");
        }
        assert_eq!(self::lines(&mut copy, id), lines, "{id}");
        let (book, of_copy) = (ledger.book(id).unwrap(), copy.book(id).unwrap());
        assert_eq!(of_copy.mark().unwrap(), book.mark().unwrap());
        assert_eq!(of_copy.head().unwrap(), book.head().unwrap());
        assert_eq!(of_copy.balances().unwrap(), book.balances().unwrap());
        assert_eq!(of_copy.keys().unwrap(), book.keys().unwrap());
        assert_eq!(of_copy.merchant().unwrap(), book.merchant().unwrap());
        heads.push((id.clone(), book.head().unwrap()));
    }
    let report = copy.verify(&heads, |_| ControlFlow::Continue(())).unwrap();
    assert_eq!(report, ledger.verify(&heads, |_| ControlFlow::Continue(())).unwrap());
    if merchants.len() == 1 {
        // Row for row: several books may number their currencies otherwise.
        assert_eq!(rows(&mut copy), rows(ledger));
    }
    copy
}

fn open(ledger: &mut Ledger) -> Connection {
    let bytes = ledger.to_bytes().unwrap();
    let mut conn = Connection::open_in_memory().unwrap();
    conn.deserialize_read_exact("main", bytes.as_slice(), bytes.len(), true).unwrap();
    conn
}

/// The merchants in the order in which they were added.
fn in_order(ledger: &mut Ledger) -> Vec<String> {
    let conn = open(ledger);
    let mut merchants = conn.prepare("SELECT id FROM merchants ORDER BY merchant").unwrap();
    merchants.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Every row of every table.
pub(crate) fn rows(ledger: &mut Ledger) -> Vec<(String, Vec<Value>)> {
    let conn = open(ledger);
    let mut tables =
        conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").unwrap();
    let tables: Vec<String> =
        tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let mut all = Vec::new();
    for table in tables {
        let mut select = conn.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
        let columns = select.column_count();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values = (0..columns).map(|column| row.get(column).unwrap()).collect();
            all.push((table.clone(), values));
        }
    }
    all
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

const START: i64 = 1_704_067_200_000;

#[test]
fn a_book_that_has_forgotten_keys_arrives_too() {
    let day = 24 * 60 * 60 * 1_000;
    let clock = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(START));
    let mut options = Options::default();
    let now = clock.clone();
    options.clock =
        Box::new(move || at(now.fetch_add(day / 2, std::sync::atomic::Ordering::Relaxed)));
    let mut ledger = Ledger::in_memory(options).unwrap();
    let id = ledger.create_merchant(&NewMerchant::named("Cairo Books")).unwrap().id;
    let egp = Currency::from_code("EGP").unwrap();
    let top_up = NewTransfer::top_up(Amount::from_minor(1).unwrap(), egp);
    let payout = NewTransfer::payout(Amount::MAX, egp);
    for n in 0..50 {
        let mut book = ledger.book(&id).unwrap();
        let key = IdempotencyKey::new(&format!("{n}")).unwrap();
        book.create_transfer(&top_up, Some(&key)).unwrap();
        book.create_transfer(&payout, Some(&key)).unwrap_err();
    }
    let pruned = ledger.prune_idempotency_keys(Timestamp::MAX).unwrap();
    assert!(0 < pruned && pruned < 100, "{pruned}");
    mirror(&mut ledger);
}

/// A ledger with one merchant, whose clock moves on by a second for each operation.
fn begun() -> Ledger {
    of_merchant("acct_cairo", "Cairo Books")
}

fn of_merchant(id: &str, name: &str) -> Ledger {
    let mut now = START;
    let mut options = Options::default();
    options.random = seeded_random(7);
    options.clock = Box::new(move || {
        now += 1_000;
        at(now)
    });
    let mut ledger = Ledger::in_memory(options).unwrap();
    let mut new = NewMerchant::named(name);
    new.id = Some(id.to_owned());
    ledger.create_merchant(&new).unwrap();
    ledger
}

/// A book in which everything has happened that can happen to one.
pub(crate) fn eventful() -> Ledger {
    let mut ledger = begun();
    let mut book = ledger.book("acct_cairo").unwrap();
    let key = |name: &str| IdempotencyKey::new(name).unwrap();
    let [egp, kwd] = ["EGP", "KWD"].map(|code| Currency::from_code(code).unwrap());
    let amount = |minor| Amount::from_minor(minor).unwrap();
    let issued = book.issue_key().unwrap();
    book.issue_key().unwrap();
    book.revoke_key(&issued.id).unwrap();
    let intent = book.create_payment_intent(&NewPaymentIntent::of(amount(22_604), egp)).unwrap();
    let due = at(START + 86_400_000);
    let mut new = NewCharge::succeeded(amount(22_604), Fee::from_minor(912).unwrap(), egp, due);
    new.payment_intent_id = Some(intent.id.clone());
    let charge = book.create_charge(&new, Some(&key("charge"))).unwrap();
    let mut pending = NewCharge::succeeded(amount(5_000), Fee::ZERO, kwd, due);
    pending.status = refundry::ChargeStatus::Pending;
    let (one, two) = (
        book.create_charge(&pending, Some(&key("one"))).unwrap(),
        book.create_charge(&pending, None).unwrap(),
    );
    let succeeded =
        Conclusion::Succeeded { amount_captured: amount(4_000), fee: Fee::ZERO, available_on: due };
    book.conclude_charge(&one.id, succeeded, Some(&key("concluded"))).unwrap();
    book.conclude_charge(&two.id, Conclusion::Failed, Some(&key("failed"))).unwrap();
    let mut request = RefundRequest::of_payment_intent(&intent.id);
    request.amount = Some(amount(10_900));
    request.description = Some("كتاب ممزق".to_owned());
    request.metadata = [("order".to_owned(), "17".to_owned())].into();
    request.external_reference = Some("RRN-1".to_owned());
    let refund = book.create_refund(&request, Some(&key("refund"))).unwrap();
    book.create_refund(&request, Some(&key("again"))).unwrap();
    book.create_refund(&request, Some(&key("too-much"))).unwrap_err();
    book.fail_refund(&refund.id, Some(&key("sent-back"))).unwrap();
    book.set_negative_balance_limit(&NegativeBalanceLimit::Each(5)).unwrap();
    book.create_refund(&RefundRequest::of_charge(&charge.id), Some(&key("limit"))).unwrap_err();
    book.set_negative_balance_limit(&NegativeBalanceLimit::Unlimited).unwrap();
    assert_eq!(book.release_due(due).unwrap(), 2);
    let mut top_up = NewTransfer::top_up(amount(9_000), egp);
    top_up.description = Some("cash".to_owned());
    let top_up = book.create_transfer(&top_up, Some(&key("topup"))).unwrap();
    let against = SignedAmount::from_minor(-250).unwrap();
    book.create_transfer(&NewTransfer::adjustment(against, egp), None).unwrap();
    book.create_transfer(&NewTransfer::settlement(against, egp), None).unwrap();
    for outcomes in [&[PayoutOutcome::Failed][..], &[PayoutOutcome::Paid, PayoutOutcome::Returned]]
    {
        let payout = book.create_transfer(&NewTransfer::payout(amount(100), egp), None).unwrap();
        for outcome in outcomes {
            book.conclude_payout(&payout.id, *outcome, None).unwrap();
        }
    }
    disputes(&mut book, &charge.id);
    assert!(book.erase_text(&refund.id).unwrap());
    assert!(!book.erase_text(&refund.id).unwrap(), "it is gone already");
    assert!(book.erase_text(&top_up.id).unwrap());
    assert!(book.balances().unwrap()[0].balances.of(Account::Available).minor() > 0);
    ledger
}

/// Disputes that are open, won with their fee and without, and lost; and two refusals.
fn disputes(book: &mut Book<'_>, charge: &str) {
    let key = |name: &str| IdempotencyKey::new(name).unwrap();
    let mut new = NewDispute::of_charge(charge, Amount::from_minor(100).unwrap());
    book.open_dispute(&new, None).unwrap();
    new.fee = Fee::from_minor(1_500).unwrap();
    new.reason = Some(DisputeReason::Unrecognized);
    new.network_reference = Some("RRN-1".to_owned());
    let mut open = |key: Option<&IdempotencyKey>| book.open_dispute(&new, key).unwrap().value.id;
    let ids = [open(Some(&key("disputed"))), open(None), open(None)];
    book.win_dispute(&ids[0], true, Some(&key("won"))).unwrap();
    book.win_dispute(&ids[1], false, None).unwrap();
    book.lose_dispute(&ids[2], Some(&key("lost"))).unwrap();
    book.lose_dispute(&ids[2], Some(&key("lost-again"))).unwrap_err();
    book.create_refund(&part(charge, 22_604), Some(&key("disputed-refund"))).unwrap_err();
}

fn part(charge: &str, minor: i64) -> RefundRequest {
    let mut request = RefundRequest::of_charge(charge);
    request.amount = Some(Amount::from_minor(minor).unwrap());
    request
}

/// The book of the document's test vectors: of API keys none is issued, because their bytes come from
/// the operating system.
pub(crate) fn vectors() -> Ledger {
    let mut ledger = begun();
    let mut book = ledger.book("acct_cairo").unwrap();
    let egp = Currency::from_code("EGP").unwrap();
    let key = |name: &str| IdempotencyKey::new(name).unwrap();
    let amount = |minor| Amount::from_minor(minor).unwrap();
    let due = at(START + 86_400_000);
    book.set_negative_balance_limit(&NegativeBalanceLimit::Each(50_000)).unwrap();
    let intent = book.create_payment_intent(&NewPaymentIntent::of(amount(22_604), egp)).unwrap();
    let mut new = NewCharge::succeeded(amount(22_604), Fee::from_minor(912).unwrap(), egp, due);
    new.payment_intent_id = Some(intent.id);
    let charge = book.create_charge(&new, None).unwrap();
    let mut request = RefundRequest::of_charge(&charge.id);
    request.amount = Some(amount(10_900));
    request.description = Some("a torn page".to_owned());
    let refund = book.create_refund(&request, Some(&key("order-17"))).unwrap();
    book.create_refund(&request, Some(&key("order-17-again"))).unwrap();
    book.create_refund(&request, Some(&key("order-17-more"))).unwrap_err();
    book.fail_refund(&refund.id, None).unwrap();
    new.status = refundry::ChargeStatus::Pending;
    let pending = book.create_charge(&new, None).unwrap();
    book.conclude_charge(&pending.id, Conclusion::Canceled, None).unwrap();
    book.release_due(due).unwrap();
    let payout = book.create_transfer(&NewTransfer::payout(amount(100), egp), None).unwrap();
    book.conclude_payout(&payout.id, PayoutOutcome::Paid, None).unwrap();
    book.erase_text(&refund.id).unwrap();
    let mut new = NewDispute::of_charge(&charge.id, amount(4_000));
    new.fee = Fee::from_minor(1_500).unwrap();
    new.reason = Some(DisputeReason::ProductNotReceived);
    new.network_reference = Some("N-1".to_owned());
    let won = book.open_dispute(&new, Some(&key("dispute-1"))).unwrap();
    book.win_dispute(&won.id, true, None).unwrap();
    let lost = book.open_dispute(&NewDispute::of_charge(&charge.id, amount(4_000)), None).unwrap();
    book.lose_dispute(&lost.id, None).unwrap();
    let text = book.hand_over_charge(&charge.id, "acct_giza", None).unwrap().value.text.unwrap();
    // A ledger elsewhere has the other book.
    let mut giza = of_merchant("acct_giza", "Giza Books");
    let back = giza.book("acct_giza").unwrap().refuse_handover(&text).unwrap().value.text;
    book.take_over_charge(&back.unwrap()).unwrap();
    ledger
}

#[test]
fn the_document_has_the_lines_of_today() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/feed.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once("```jsonl\n").unwrap();
    let (committed, after) = rest.split_once("```").unwrap();
    let lines = lines(&mut vectors(), "acct_cairo").join("\n") + "\n";
    if committed != lines {
        std::fs::write(&path, format!("{before}```jsonl\n{lines}```{after}")).unwrap();
        panic!("the lines are others now; docs/feed.md was written anew");
    }
    let mut copy = Ledger::in_memory(Options::default()).unwrap();
    for line in committed.lines() {
        assert!(copy.apply("acct_cairo", line).unwrap());
    }
    copy.verify(&[], |_| ControlFlow::Continue(())).unwrap();
}

#[test]
fn an_eventful_book_arrives_row_for_row() {
    let mut ledger = eventful();
    let mut copy = mirror(&mut ledger);
    let kept = ledger.book("acct_cairo").unwrap().head().unwrap();
    let kept = [("acct_cairo".to_owned(), kept)];
    copy.verify(&kept, |_| ControlFlow::Continue(())).unwrap();
    // A mirror of the mirror is the same again.
    mirror(&mut copy);
}

#[test]
fn a_replay_in_the_copy_gives_the_first_outcome() {
    let mut ledger = eventful();
    let mut copy = mirror(&mut ledger);
    let page = Page { limit: 100, starting_after: None };
    let refunds = ledger.book("acct_cairo").unwrap().refunds(&Default::default(), &page).unwrap();
    let of_copy = copy.book("acct_cairo").unwrap().refunds(&Default::default(), &page).unwrap();
    assert_eq!(of_copy, refunds);
}

#[test]
fn what_is_known_is_skipped_and_what_leaves_a_gap_is_refused() {
    let mut ledger = eventful();
    let lines = lines(&mut ledger, "acct_cairo");
    let mut copy = Ledger::in_memory(Options::default()).unwrap();
    let gap = copy.apply("acct_cairo", &lines[1]).unwrap_err();
    assert!(matches!(gap, Error::ResourceMissing { param: "merchantId", .. }), "{gap}");
    for line in &lines[..9] {
        assert!(copy.apply("acct_cairo", line).unwrap());
        assert!(!copy.apply("acct_cairo", line).unwrap(), "it is known");
    }
    let gap = copy.apply("acct_cairo", &lines[10]).unwrap_err();
    assert!(matches!(gap, Error::Feed { after: Mark { n: 9, .. }, .. }), "{gap}");
    assert!(!copy.apply("acct_cairo", &lines[0]).unwrap());
    let stranger = copy.apply("acct_giza", &lines[0]).unwrap_err();
    assert!(matches!(stranger, Error::ResourceMissing { .. }), "{stranger}");
}

#[test]
fn a_fork_is_refused() {
    let mut ledger = eventful();
    let mut copy = mirror(&mut ledger);
    // Each goes on by itself.
    ledger.book("acct_cairo").unwrap().issue_key().unwrap();
    copy.book("acct_cairo").unwrap().issue_key().unwrap();
    let last = lines(&mut ledger, "acct_cairo").pop().unwrap();
    let fork = copy.apply("acct_cairo", &last).unwrap_err();
    assert!(matches!(fork, Error::Forked { .. }), "{fork}");
    let mark = ledger.book("acct_cairo").unwrap().mark().unwrap();
    let fork = copy.book("acct_cairo").unwrap().recordings_after(&mark, 1).unwrap_err();
    assert!(matches!(fork, Error::MarkUnknown { .. }), "{fork}");
}

/// The line with one character replaced, left out or doubled.
pub(crate) fn altered(line: &str, rng: &mut TestRng) -> String {
    let mut characters: Vec<char> = line.chars().collect();
    let place = rng.next_u64() as usize % characters.len();
    match rng.next_u64() % 3 {
        0 => {
            const OTHERS: &[u8] = b"0123456789abcdef\"{},:-_ Zz";
            characters[place] = char::from(OTHERS[rng.next_u64() as usize % OTHERS.len()]);
        }
        1 => {
            characters.remove(place);
        }
        _ => characters.insert(place, characters[place]),
    }
    characters.into_iter().collect()
}

#[test]
fn a_line_that_was_altered_anywhere_is_refused() {
    let mut ledger = eventful();
    let lines = lines(&mut ledger, "acct_cairo");
    let tries = rounds(40, 400) as usize;
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut copy = Ledger::in_memory(Options::default()).unwrap();
    let mut refused = 0;
    for line in &lines {
        for _ in 0..tries {
            let altered = altered(line, &mut rng);
            if altered == *line {
                continue;
            }
            let result = copy.apply("acct_cairo", &altered);
            assert!(result.is_err(), "{altered}");
            refused += 1;
        }
        assert!(copy.apply("acct_cairo", line).unwrap(), "nothing of the altered ones was kept");
    }
    assert!(refused > lines.len() * tries / 2);
    assert_eq!(rows(&mut copy), rows(&mut ledger));
}

/// Of two books that have the same recordings, one may be damaged. What it decides then is not
/// spread.
#[test]
fn a_line_that_takes_more_of_a_charge_than_was_captured_is_not_taken_in() {
    let forget = "UPDATE entries SET refunded = 0 WHERE refunded = 60";
    not_taken_in(forget, |ledger, id, charge| {
        ledger.book(id).unwrap().create_refund(&part(charge, 60), None).unwrap();
    });
    not_taken_in(forget, |ledger, id, charge| {
        let new = NewDispute::of_charge(charge, Amount::from_minor(60).unwrap());
        ledger.book(id).unwrap().open_dispute(&new, None).unwrap();
    });
}

#[test]
fn a_refund_in_another_currency_or_with_an_id_that_is_taken_is_not_taken_in() {
    let another = "INSERT INTO currencies VALUES (2, 'KWD', 3); UPDATE charges SET currency = 2";
    not_taken_in(another, |ledger, id, charge| {
        ledger.book(id).unwrap().create_refund(&part(charge, 1), None).unwrap();
    });
    let forget = "UPDATE entries SET id = 're_2' WHERE id = 're_1'";
    not_taken_in(forget, |ledger, id, charge| refund_by_import(ledger, id, charge, 1));
}

fn refund_by_import(ledger: &mut Ledger, id: &str, charge: &str, amount: i64) {
    let line = format!(
        r#"{{"object":"refund","id":"re_1","merchantId":"{id}","chargeId":"{charge}","amount":"{amount}","createdAt":"2024-01-04T00:00:00Z"}}"#
    );
    ledger.import(line.as_bytes(), |_| ControlFlow::Continue(())).unwrap();
}

/// 60 of 100 were refunded. Then a book is damaged, and something is made in it.
fn not_taken_in(damage: &str, make: impl Fn(&mut Ledger, &str, &str)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger");
    let mut ledger = Ledger::open(&path, Options::default()).unwrap();
    let id = ledger.create_merchant(&NewMerchant::named("Cairo Books")).unwrap().id;
    let mut book = ledger.book(&id).unwrap();
    let egp = Currency::from_code("EGP").unwrap();
    let (amount, due) = (Amount::from_minor(100).unwrap(), Timestamp::from_millis(0));
    let charge = NewCharge::succeeded(amount, Fee::ZERO, egp, due);
    let charge = book.create_charge(&charge, None).unwrap().id.clone();
    refund_by_import(&mut ledger, &id, &charge, 60);
    let mark = ledger.book(&id).unwrap().mark().unwrap();
    let mut copy = mirror(&mut ledger);
    drop(ledger);
    let conn = Connection::open(&path).unwrap();
    let guards: String = conn
        .query_row(
            "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema
             WHERE type = 'trigger'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    conn.execute_batch(&guards).unwrap();
    conn.execute_batch(damage).unwrap();
    drop(conn);
    let mut ledger = Ledger::open(&path, Options::default()).unwrap();
    make(&mut ledger, &id, &charge);
    let line = ledger.book(&id).unwrap().recordings_after(&mark, 1).unwrap().remove(0);
    let refused = copy.apply(&id, &line).unwrap_err();
    assert!(matches!(refused, Error::Feed { .. }), "{refused}");
}

#[test]
fn lines_are_taken_in_together_or_not_at_all() {
    let mut ledger = eventful();
    let lines = lines(&mut ledger, "acct_cairo");
    let mut altered = lines.clone();
    altered[19] = altered[19].replace("\"n\":20,", "\"n\":21,");
    fn all(lines: &[String]) -> impl Iterator<Item = &str> {
        lines.iter().map(String::as_str)
    }
    let mut copy = Ledger::in_memory(Options::default()).unwrap();
    let refused = copy.apply_all("acct_cairo", all(&altered)).unwrap_err();
    let is_named = |line| matches!(refused, Error::Feed { line: of, after: Mark { n: 19, .. }, .. } if of == line);
    assert!(is_named(20), "{refused}");
    assert!(copy.merchants().unwrap().is_empty());
    // In a batch, what was taken in before stays if a line is none.
    altered[19] = lines[19].clone() + " ";
    copy.begin_batch().unwrap();
    assert_eq!(copy.apply_all("acct_cairo", all(&lines[..9])).unwrap(), 9);
    let refused = copy.apply_all("acct_cairo", all(&altered[9..])).unwrap_err();
    assert!(matches!(refused, Error::InvalidRequest { .. }), "{refused}");
    assert_eq!(copy.book("acct_cairo").unwrap().mark().unwrap().n, 9);
    let left = lines.len() as u64 - 9;
    assert_eq!(
        copy.apply_all("acct_cairo", all(&lines)).unwrap(),
        left,
        "what is known is skipped"
    );
    copy.commit_batch().unwrap();
    assert_eq!(rows(&mut copy), rows(&mut ledger));
}
