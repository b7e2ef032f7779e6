//! Charges are handed over from one book to another, and given back there: once in all.

mod disagreeing;
mod network;

use std::{
    ops::ControlFlow,
    sync::atomic::{AtomicI64, Ordering},
};

use crate::shop::amount;
use refundry::{
    Account, Amount, Balance, Book, Cause, Currency, Error, EventFilter, EventObject, Fee,
    Handover, HandoverDirection, HandoverFilter, IdempotencyKey, Ledger, NewCharge, NewDispute,
    NewMerchant, Operation, Options, Page, RefundRequest, Refusal, Timestamp, seeded_random,
};

/// A terminal with a ledger of its own: its book is that of one merchant.
pub(crate) struct Till {
    pub(crate) ledger: Ledger,
    id: String,
}

impl Till {
    pub(crate) fn new(name: &str, live_mode: bool) -> Self {
        let clock = AtomicI64::new(1_704_067_200_000);
        let mut options = Options::default();
        options.clock =
            Box::new(move || Timestamp::from_millis(clock.fetch_add(1_000, Ordering::Relaxed)));
        options.random = seeded_random(name.bytes().map(u64::from).sum());
        let mut ledger = Ledger::in_memory(options).unwrap();
        let mut new = NewMerchant::named("Cairo Books");
        new.id = Some(format!("acct_{name}"));
        new.live_mode = live_mode;
        let id = ledger.create_merchant(&new).unwrap().id;
        Self { ledger, id }
    }

    pub(crate) fn book(&mut self) -> Book<'_> {
        self.ledger.book(&self.id).unwrap()
    }

    pub(crate) fn verify(&mut self) {
        self.ledger.verify(&[], |_| ControlFlow::Continue(())).unwrap();
    }

    fn balance(&mut self, account: Account) -> i64 {
        let egp = Currency::from_code("EGP").unwrap();
        let mut found = self.book().balances().unwrap().into_iter();
        found.find(|line| line.currency == egp).map_or(0, |line| line.balances.of(account).minor())
    }
}

fn sale(id: &str, minor: i64, fee: i64) -> NewCharge {
    let (egp, due) =
        (Currency::from_code("EGP").unwrap(), Timestamp::from_millis(1_704_240_000_000));
    let mut new = NewCharge::succeeded(amount(minor), Fee::from_minor(fee).unwrap(), egp, due);
    new.id = Some(id.to_owned());
    new
}

/// A till that has sold, another, and the text that hands the charge over.
fn handed_over() -> (Till, Till, String) {
    let (mut a, b) = (Till::new("a", false), Till::new("b", false));
    a.book().create_charge(&sale("ch_1", 22_604, 912), None).unwrap();
    let handover = a.book().hand_over_charge("ch_1", "acct_b", None).unwrap();
    (a, b, handover.value.text.unwrap())
}

fn refund(till: &mut Till, minor: Option<i64>) -> Result<i64, Error> {
    let mut request = RefundRequest::of_charge("ch_1");
    request.amount = minor.map(amount);
    till.book().create_refund(&request, None).map(|refund| refund.amount.minor())
}

fn refusal(result: Result<impl Sized, Error>) -> Refusal {
    match result {
        Err(error) => error.refusal().unwrap(),
        Ok(_) => panic!("it was not refused"),
    }
}

const NOTHING_HERE: Refusal = Refusal::ChargeHandedOver { refundable: Balance::ZERO };

fn page() -> Page {
    Page { limit: 100, starting_after: None }
}

#[test]
fn what_is_handed_over_is_given_back_there_and_not_here() {
    let (mut a, mut b, text) = handed_over();
    assert_eq!(refusal(refund(&mut a, Some(1))), NOTHING_HERE);
    assert_eq!(refusal(refund(&mut a, None)), NOTHING_HERE);
    let dispute = NewDispute::of_charge("ch_1", amount(1));
    assert_eq!(refusal(a.book().open_dispute(&dispute, None)), NOTHING_HERE);
    assert_eq!(refusal(a.book().hand_over_charge("ch_1", "acct_c", None)), NOTHING_HERE);

    let taken = b.book().take_over_charge(&text).unwrap();
    assert_eq!((taken.amount.minor(), taken.other_merchant_id.as_str()), (22_604, "acct_a"));
    assert_eq!(taken.direction, HandoverDirection::TakenOver);
    assert_eq!(taken.text, None);
    assert_eq!(refund(&mut b, Some(10_900)).unwrap(), 10_900);
    assert_eq!(refund(&mut b, None).unwrap(), 11_704);
    assert_eq!(refusal(refund(&mut b, None)), Refusal::ChargeAlreadyRefunded);
    a.verify();
    b.verify();
}

/// The example of DESIGN.md: each book balances, and both together are what one book would be.
#[test]
fn both_books_together_are_what_one_book_would_be() {
    let accounts = [
        Account::Pending,
        Account::Available,
        Account::PayoutTransit,
        Account::Clearing,
        Account::Bank,
        Account::Fees,
        Account::Losses,
    ];
    let due = Timestamp::from_millis(1_704_240_000_000);
    let mut one = Till::new("one", false);
    one.book().create_charge(&sale("ch_1", 22_604, 912), None).unwrap();
    refund(&mut one, Some(4_000)).unwrap();
    refund(&mut one, Some(10_000)).unwrap();
    one.book().release_due(due).unwrap();

    let (mut a, mut b) = (Till::new("a", false), Till::new("b", false));
    a.book().create_charge(&sale("ch_1", 22_604, 912), None).unwrap();
    refund(&mut a, Some(4_000)).unwrap();
    let handover = a.book().hand_over_charge("ch_1", "acct_b", None).unwrap();
    assert_eq!(handover.amount.minor(), 18_604, "what is refunded already stays with A");
    b.book().take_over_charge(handover.text.as_deref().unwrap()).unwrap();
    refund(&mut b, Some(10_000)).unwrap();
    // The money of the sale matures where it was sold, and nowhere else.
    assert_eq!(a.book().release_due(due).unwrap(), 1);
    assert_eq!(b.book().release_due(due).unwrap(), 0);

    let of = |till: &mut Till| accounts.map(|account| till.balance(account));
    assert_eq!(of(&mut a), [0, 17_692, 0, 18_604, 0, 912, 0]);
    assert_eq!(of(&mut b), [0, -10_000, 0, -10_000, 0, 0, 0]);
    let (both, one) = (of(&mut a).into_iter().zip(of(&mut b)), of(&mut one));
    assert_eq!(both.map(|(a, b)| a + b).collect::<Vec<_>>(), one);
    for till in [&mut a, &mut b] {
        assert!(till.book().balances().unwrap().iter().all(|line| line.balances.is_balanced()));
        till.verify();
    }
    let sums = |till: &mut Till| {
        let charge = till.book().charge("ch_1").unwrap();
        [charge.amount_refunded, charge.amount_elsewhere].map(Balance::minor)
    };
    assert_eq!((sums(&mut a), sums(&mut b)), ([4_000, 18_604], [10_000, 4_000]));
}

#[test]
fn the_same_text_is_taken_over_once() {
    let (_, mut b, text) = handed_over();
    let first = b.book().take_over_charge(&text).unwrap();
    let before = b.book().mark().unwrap();
    let again = b.book().take_over_charge(&format!(" {text}\n")).unwrap();
    assert!(!first.replayed && again.replayed);
    assert_eq!(first.value, again.value);
    assert_eq!(b.book().mark().unwrap(), before);
    refund(&mut b, None).unwrap();
    assert!(b.book().take_over_charge(&text).unwrap().replayed);
    assert_eq!(refusal(refund(&mut b, None)), Refusal::ChargeAlreadyRefunded);
}

#[test]
fn a_text_for_another_book_is_refused() {
    let (mut a, _, text) = handed_over();
    let mut c = Till::new("c", false);
    for till in [&mut a, &mut c] {
        let before = till.book().mark().unwrap();
        match till.book().take_over_charge(&text) {
            Err(error @ Error::HandoverMisdirected { .. }) => {
                assert_eq!((error.number(), error.code()), (132, "handover_misdirected"));
                assert_eq!((error.id(), error.param()), (Some("acct_b"), Some("text")));
            }
            other => panic!("{other:?}"),
        }
        assert!(till.book().refuse_handover(&text).is_err());
        assert_eq!(till.book().mark().unwrap(), before);
    }
}

/// Every character of a text counts.
#[test]
fn an_altered_text_is_none() {
    let (_, mut b, text) = handed_over();
    let before = b.book().mark().unwrap();
    let mut book = b.book();
    let mut refused = |text: &str| match book.take_over_charge(text) {
        Err(error) => {
            assert!(matches!(error, Error::ParameterInvalid { param: "text", .. }), "{error}");
        }
        Ok(_) => panic!("{text} was taken over"),
    };
    for at in 0..text.len() {
        for other in ["A", "B", "_", "9", " "] {
            let mut altered = text.clone();
            altered.replace_range(at..=at, other);
            if altered != text && altered.trim() != text {
                refused(&altered);
            }
        }
        refused(&text[..at]);
    }
    refused(&format!("{text}A"));
    refused("é");
    assert_eq!(book.mark().unwrap(), before);
}

#[test]
fn a_text_is_short_enough_for_a_qr_code() {
    let long = |prefix: &str| format!("{prefix}{}", "x".repeat(64 - prefix.len()));
    let mut a = Till::new(&long("acct_")[5..], false);
    a.book().create_charge(&sale(&long("ch_"), Amount::MAX.minor(), 0), None).unwrap();
    let to = long("acct_").replace('x', "y");
    let handover = a.book().hand_over_charge(&long("ch_"), &to, None).unwrap();
    let text = handover.value.text.unwrap();
    assert!(text.len() <= 700, "{} characters", text.len());
    let mut b = Till::new(&to[5..], false);
    assert_eq!(b.book().take_over_charge(&text).unwrap().amount, Amount::MAX);
}

#[test]
fn a_book_that_refuses_gives_the_charge_back() {
    let (mut a, mut b, text) = handed_over();
    let back = b.book().refuse_handover(&text).unwrap();
    assert_eq!((back.direction, back.amount.minor()), (HandoverDirection::HandedOver, 22_604));
    let again = b.book().refuse_handover(&text).unwrap();
    assert!(again.replayed && !back.replayed);
    assert_eq!(again.value, back.value);
    assert_eq!(refusal(refund(&mut b, None)), NOTHING_HERE);
    // The first text is used up, however often it comes.
    assert!(b.book().take_over_charge(&text).unwrap().replayed);
    assert_eq!(refusal(refund(&mut b, None)), NOTHING_HERE);

    let back = back.value.text.unwrap();
    a.book().take_over_charge(&back).unwrap();
    assert!(a.book().take_over_charge(&back).unwrap().replayed);
    assert_eq!(refund(&mut a, None).unwrap(), 22_604);
    assert_eq!(refusal(refund(&mut a, None)), Refusal::ChargeAlreadyRefunded);
    a.verify();
    b.verify();
}

/// A text that comes late does not take the right away that the book has got since.
#[test]
fn a_refusal_that_is_repeated_late_gives_its_own_answer() {
    let (mut a, mut b, first) = handed_over();
    let back = b.book().refuse_handover(&first).unwrap().value;
    a.book().take_over_charge(back.text.as_deref().unwrap()).unwrap();
    let second = a.book().hand_over_charge("ch_1", "acct_b", None).unwrap().value.text.unwrap();
    b.book().take_over_charge(&second).unwrap();
    let late = b.book().refuse_handover(&first).unwrap();
    assert!(late.replayed && late.value == back);
    assert_eq!(refund(&mut b, Some(604)).unwrap(), 604);
    let rest = b.book().refuse_handover(&second).unwrap();
    assert_eq!((rest.replayed, rest.amount.minor()), (false, 22_000));
    assert_eq!(b.book().refuse_handover(&first).unwrap().value, back);
}

/// Its payment is an entry of the other book.
#[test]
fn a_charge_that_was_taken_over_has_its_receipt_where_it_was_sold() {
    let (mut a, mut b, text) = handed_over();
    b.book().take_over_charge(&text).unwrap();
    let missing = b.book().receipt("ch_1", None).unwrap_err();
    assert!(matches!(missing, Error::ResourceMissing { .. }), "{missing}");
    assert_eq!(a.book().receipt("ch_1", None).unwrap().entry().id(), "ch_1");
    let id = b.book().create_refund(&RefundRequest::of_charge("ch_1"), None).unwrap().id.clone();
    assert_eq!(b.book().receipt(&id, None).unwrap().entry().amount(), 22_604);
}

#[test]
fn what_was_refunded_there_does_not_come_back() {
    let (mut a, mut b, text) = handed_over();
    b.book().take_over_charge(&text).unwrap();
    refund(&mut b, Some(20_000)).unwrap();
    let back = b.book().refuse_handover(&text).unwrap().value;
    assert_eq!(back.amount.minor(), 2_604);
    a.book().take_over_charge(back.text.as_deref().unwrap()).unwrap();
    assert_eq!(
        refusal(refund(&mut a, Some(2_605))),
        Refusal::ChargeHandedOver { refundable: Balance::from_minor(2_604) }
    );
    assert_eq!(refund(&mut a, None).unwrap(), 2_604);
    // A book that has nothing left has nothing to give back.
    let (mut a, mut b, text) = handed_over();
    b.book().take_over_charge(&text).unwrap();
    refund(&mut b, None).unwrap();
    assert_eq!(refusal(b.book().refuse_handover(&text)), Refusal::ChargeAlreadyRefunded);
    a.verify();
}

#[test]
fn a_charge_goes_on_to_a_third_book_and_home() {
    let (mut a, mut b, text) = handed_over();
    let mut c = Till::new("c", false);
    b.book().take_over_charge(&text).unwrap();
    refund(&mut b, Some(600)).unwrap();
    let on = b.book().hand_over_charge("ch_1", "acct_c", None).unwrap().value.text.unwrap();
    c.book().take_over_charge(&on).unwrap();
    refund(&mut c, Some(2_000)).unwrap();
    let home = c.book().hand_over_charge("ch_1", "acct_a", None).unwrap().value.text.unwrap();
    a.book().take_over_charge(&home).unwrap();
    assert_eq!(refund(&mut a, None).unwrap(), 20_004);
    for till in [&mut a, &mut b, &mut c] {
        assert!(refund(till, Some(1)).is_err());
        till.verify();
    }
}

/// What comes free at home after the hand-over stays at home.
#[test]
fn a_refund_that_fails_later_and_a_dispute_that_is_won_are_the_sellers() {
    let (mut a, mut b) = (Till::new("a", false), Till::new("b", false));
    a.book().create_charge(&sale("ch_1", 1_000, 0), None).unwrap();
    let early = a
        .book()
        .create_refund(
            &{
                let mut request = RefundRequest::of_charge("ch_1");
                request.amount = Some(amount(300));
                request
            },
            None,
        )
        .unwrap()
        .value
        .id;
    let dispute = NewDispute::of_charge("ch_1", amount(200));
    let dispute = a.book().open_dispute(&dispute, None).unwrap().value.id;
    let handover = a.book().hand_over_charge("ch_1", "acct_b", None).unwrap();
    assert_eq!(handover.amount.minor(), 500, "neither what is refunded nor what is disputed");
    b.book().take_over_charge(handover.text.as_deref().unwrap()).unwrap();
    assert_eq!(
        refusal(refund(&mut b, Some(501))),
        Refusal::ChargeHandedOver { refundable: Balance::from_minor(500) }
    );
    assert_eq!(refund(&mut b, None).unwrap(), 500);

    assert_eq!(refusal(refund(&mut a, None)), NOTHING_HERE);
    a.book().fail_refund(&early, None).unwrap();
    assert_eq!(refund(&mut a, None).unwrap(), 300);
    a.book().win_dispute(&dispute, false, None).unwrap();
    assert_eq!(refund(&mut a, None).unwrap(), 200);
    assert!(refund(&mut a, None).is_err() && refund(&mut b, None).is_err());
    a.verify();
    b.verify();
}

#[test]
fn a_hand_over_is_refused_for_documented_reasons() {
    let mut a = Till::new("a", false);
    let mut hand_over =
        |charge: &str, to: &str| a.book().hand_over_charge(charge, to, None).map(drop).unwrap_err();
    for to in ["acct_a", "b", "acct_", "acct_é"] {
        let error = hand_over("ch_1", to);
        assert!(matches!(error, Error::ParameterInvalid { param: "merchantId", .. }), "{error}");
    }
    assert_eq!(hand_over("ch_1", "acct_b").number(), 110);
    let mut pending = sale("ch_2", 100, 0);
    pending.status = refundry::ChargeStatus::Pending;
    a.book().create_charge(&pending, None).unwrap();
    a.book().create_charge(&sale("ch_1", 100, 0), None).unwrap();
    let mut hand_over = |charge: &str| refusal(a.book().hand_over_charge(charge, "acct_b", None));
    assert!(matches!(hand_over("ch_2"), Refusal::ChargeNotSucceeded { .. }));
    let dispute = NewDispute::of_charge("ch_1", amount(100));
    let mut book = a.book();
    book.open_dispute(&dispute, None).unwrap();
    let refused = refusal(book.hand_over_charge("ch_1", "acct_b", None));
    assert_eq!(refused, Refusal::ChargeDisputed { refundable: Balance::ZERO });
}

#[test]
fn one_key_hands_over_once_and_keeps_a_refusal() {
    let mut a = Till::new("a", false);
    a.book().create_charge(&sale("ch_1", 100, 0), None).unwrap();
    let key = IdempotencyKey::new("hand-over-1").unwrap();
    let mut book = a.book();
    let first = book.hand_over_charge("ch_1", "acct_b", Some(&key)).unwrap();
    let again = book.hand_over_charge("ch_1", "acct_b", Some(&key)).unwrap();
    assert!(again.replayed);
    assert_eq!(first.value, again.value, "the text comes again too");
    let other = book.hand_over_charge("ch_1", "acct_c", Some(&key)).unwrap_err();
    assert!(matches!(other, Error::IdempotencyKeyReused));
    let kept = book.find_by_key(Operation::Handover, &key).unwrap().unwrap();
    assert_eq!(kept.outcome.unwrap(), first.id);
    let late = IdempotencyKey::new("hand-over-2").unwrap();
    for replayed in [false, true] {
        let refused = book.hand_over_charge("ch_1", "acct_b", Some(&late)).unwrap_err();
        assert_eq!((refused.refusal(), refused.is_replayed()), (Some(NOTHING_HERE), replayed));
    }
}

#[test]
fn hand_overs_are_listed_and_told() {
    let (mut a, mut b, text) = handed_over();
    b.book().take_over_charge(&text).unwrap();
    let back = b.book().refuse_handover(&text).unwrap().value;
    let all = b.book().handovers(&HandoverFilter::default(), &page()).unwrap().data;
    let ids = |list: &[Handover]| list.iter().map(|one| one.id.clone()).collect::<Vec<_>>();
    assert_eq!(all.len(), 2);
    assert_eq!(all[0], back);
    let filter = |charge: &str, direction| HandoverFilter {
        charge_id: Some(charge.to_owned()),
        direction: Some(direction),
    };
    let list = |till: &mut Till, filter: &HandoverFilter| {
        ids(&till.book().handovers(filter, &page()).unwrap().data)
    };
    let (gone, come) = (HandoverDirection::HandedOver, HandoverDirection::TakenOver);
    assert_eq!(list(&mut b, &filter("ch_1", come)), [all[1].id.clone()]);
    assert_eq!(list(&mut b, &filter("ch_1", gone)), [back.id.as_str()]);
    assert!(list(&mut b, &filter("ch_2", gone)).is_empty());
    let last = Page { limit: 1, starting_after: Some(back.id.clone()) };
    let rest = b.book().handovers(&HandoverFilter::default(), &last).unwrap();
    assert_eq!((ids(&rest.data), rest.has_more), (vec![all[1].id.clone()], false));

    let every: Result<Vec<_>, _> = b.book().every_handover(HandoverFilter::default()).collect();
    assert_eq!(every.unwrap(), all);

    // Both are entries without postings, and events of the charge as it was right after.
    let entries = b.book().journal_entries_after(None, 10).unwrap();
    let told: Vec<_> = entries
        .iter()
        .map(|entry| (entry.cause, entry.source.as_str(), entry.postings.len()))
        .collect();
    assert_eq!(
        told,
        [(Cause::TakenOver, all[1].id.as_str(), 0), (Cause::HandedOver, back.id.as_str(), 0)]
    );
    let events = b.book().events(&EventFilter::default(), &page()).unwrap().data;
    let told: Vec<_> = events
        .iter()
        .map(|event| match &event.data.object {
            EventObject::Handover(handover) => (event.event_type.name(), handover.clone()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, [("handover.created", back), ("handover.taken_over", all[1].clone())]);
    assert!(b.book().balance_transactions(&Default::default(), &page()).unwrap().data.is_empty());
    a.verify();
}

/// A mirror has the same rows, and tells the same text.
#[test]
fn mirrors_follow_hand_overs() {
    let (mut a, mut b, text) = handed_over();
    b.book().take_over_charge(&text).unwrap();
    refund(&mut b, Some(5)).unwrap();
    let back = b.book().refuse_handover(&text).unwrap().value;
    a.book().take_over_charge(back.text.as_deref().unwrap()).unwrap();
    refund(&mut a, Some(7)).unwrap();
    let mut home = Ledger::in_memory(Options::default()).unwrap();
    for till in [&mut a, &mut b] {
        let id = till.id.clone();
        let mut feed = Vec::new();
        let book = till.book();
        let mut begun = book.feed(&refundry::Mark::genesis(&id)).unwrap();
        for line in book.feed_lines(&mut begun, 1_000).unwrap() {
            feed.extend_from_slice(line.as_bytes());
            feed.push(b'\n');
        }
        home.receive(feed.as_slice(), |_| ControlFlow::Continue(())).unwrap();
        let mirror = home.book(&id).unwrap();
        assert_eq!(mirror.mark().unwrap(), till.book().mark().unwrap());
        let all = |book: &Book<'_>| book.handovers(&HandoverFilter::default(), &page()).unwrap();
        assert_eq!(all(&mirror), all(&till.book()));
        assert_eq!(mirror.charge("ch_1").unwrap(), till.book().charge("ch_1").unwrap());
        let refused = home.book(&id).unwrap().take_over_charge(&text).map(drop);
        assert!(matches!(refused, Err(Error::Mirrored)), "{refused:?}");
    }
    home.verify(&[], |_| ControlFlow::Continue(())).unwrap();
}
