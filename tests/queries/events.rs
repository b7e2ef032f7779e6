//! Events: what was recorded, told to others.

use refundry::{
    Error, Event, EventFilter, EventObject, EventType, Ledger, Mark, NewDispute, NewTransfer,
    Options, Page, PayoutOutcome, PayoutStatus, RefundRequest, RefundStatus, SignedAmount,
    Timestamp,
};
use serde_json::Value;

use super::{Clock, DAY, START, amount, at, charge, egp, intent, ledger, merchant, refund, top_up};
use crate::shop::key;

const CAIRO: &str = "acct_cairo";

fn all(ledger: &mut Ledger) -> Vec<Event> {
    ledger.book(CAIRO).unwrap().events_after(None, 1_000).unwrap()
}

/// One event of every type.
fn everything() -> Ledger {
    let (mut ledger, clock) = ledger();
    do_everything(&mut ledger, &clock);
    ledger
}

fn do_everything(ledger: &mut Ledger, clock: &Clock) {
    intent(ledger, CAIRO, "pi_1");
    charge(ledger, CAIRO, "ch_1", Some("pi_1"));
    let first = refund(ledger, CAIRO, "ch_1", 40);
    refund(ledger, CAIRO, "ch_1", 2);
    clock.advance(DAY);
    let mut book = ledger.book(CAIRO).unwrap();
    book.fail_refund(&first.id, None).unwrap();
    book.release_due(at(START + DAY)).unwrap();
    for end in [PayoutOutcome::Paid, PayoutOutcome::Failed] {
        let payout = NewTransfer::payout(amount(100), egp());
        let id = book.create_transfer(&payout, None).unwrap().value.id;
        book.conclude_payout(&id, end, None).unwrap();
        if end == PayoutOutcome::Paid {
            book.conclude_payout(&id, PayoutOutcome::Returned, None).unwrap();
        }
    }
    let less = SignedAmount::from_minor(-5).unwrap();
    book.create_transfer(&NewTransfer::settlement(less, egp()), None).unwrap();
    book.create_transfer(&NewTransfer::adjustment(less, egp()), None).unwrap();
    top_up(ledger, CAIRO, "tu_1", 7);
    let mut book = ledger.book(CAIRO).unwrap();
    let new = NewDispute::of_charge("ch_1", amount(5));
    let ids = [(); 2].map(|()| book.open_dispute(&new, None).unwrap().value.id);
    book.win_dispute(&ids[0], true, None).unwrap();
    book.lose_dispute(&ids[1], None).unwrap();
    // Another book gives the charge back.
    let text = book.hand_over_charge("ch_1", "acct_luxor", None).unwrap().value.text.unwrap();
    merchant(ledger, "acct_luxor");
    let back = ledger.book("acct_luxor").unwrap().refuse_handover(&text).unwrap().value.text;
    ledger.book(CAIRO).unwrap().take_over_charge(&back.unwrap()).unwrap();
}

/// Whoever sends on what a batch recorded may send what was noted.
#[test]
fn the_lines_that_a_batch_notes_are_those_that_are_read_back() {
    let (mut ledger, clock) = ledger();
    let before = ledger.book(CAIRO).unwrap().mark().unwrap();
    ledger.note_lines();
    assert_eq!(ledger.noted_lines(), None, "no batch is open");
    ledger.begin_batch().unwrap();
    ledger.note_lines();
    do_everything(&mut ledger, &clock);
    let mut request = RefundRequest::of_charge("ch_1");
    request.description = Some("a torn page".into());
    request.amount = Some(amount(3));
    let mut book = ledger.book(CAIRO).unwrap();
    let refunded = book.create_refund(&request, Some(&key("k1"))).unwrap().value.id;
    request.amount = Some(amount(1 << 40));
    book.create_refund(&request, Some(&key("k2"))).unwrap_err();
    book.issue_key().unwrap();
    let noted = ledger.noted_lines().unwrap();
    assert_eq!(ledger.noted_lines(), None, "they were taken");
    ledger.note_lines();
    assert!(ledger.book(CAIRO).unwrap().erase_text(&refunded).unwrap());
    assert_eq!(ledger.noted_lines(), None, "it changed a line before it");
    ledger.note_lines();
    ledger.commit_batch().unwrap();
    assert_eq!(ledger.noted_lines(), None, "the batch has ended");
    let of = |id: &str| -> Vec<String> {
        let own = noted.iter().filter(|(merchant, _)| merchant == id);
        own.map(|(_, line)| line.clone()).collect()
    };
    let luxor = ledger.book("acct_luxor").unwrap();
    let all = luxor.recordings_after(&Mark::genesis("acct_luxor"), 100).unwrap();
    assert!(all.len() > 1);
    assert_eq!(of("acct_luxor"), all);
    let book = ledger.book(CAIRO).unwrap();
    let (mut read, mut noted) = (book.recordings_after(&before, 100).unwrap(), of(CAIRO));
    assert_eq!(read.len(), noted.len() + 1, "the erasure came later");
    read.pop();
    // The text was there when the line was noted.
    for line in &mut noted {
        *line = refundry::without_text(line).unwrap();
    }
    assert_eq!(noted, read);
}

#[test]
fn every_entry_is_an_event_in_the_books_order() {
    let mut ledger = everything();
    let events = all(&mut ledger);
    let types: Vec<_> = events.iter().map(|event| event.event_type.name()).collect();
    assert_eq!(
        types,
        [
            "charge.succeeded",
            "refund.succeeded",
            "refund.succeeded",
            "refund.failed",
            "charge.available",
            "payout.created",
            "payout.paid",
            "payout.returned",
            "payout.created",
            "payout.failed",
            "settlement.created",
            "adjustment.created",
            "topup.created",
            "dispute.created",
            "dispute.created",
            "dispute.won",
            "dispute.lost",
            "handover.created",
            "handover.taken_over",
        ]
    );
    assert!(EventType::ALL.iter().all(|known| types.contains(&known.name())));
    let book = ledger.book(CAIRO).unwrap();
    let entries = book.journal_entries_after(None, 100).unwrap();
    for (event, entry) in events.iter().zip(&entries) {
        assert_eq!(event.data.object.id(), entry.source);
        assert_eq!(event.created_at, entry.recorded_at);
    }
    assert_eq!(events.len(), entries.len());
    // A mark tells the id of its event, without the journal.
    let lines = book.recordings_after(&Mark::genesis(CAIRO), 100).unwrap();
    let mut of_marks = lines.iter().map(|line| serde_json::from_str::<Mark>(line).unwrap());
    for event in &events {
        assert!(of_marks.any(|mark| mark.event_id() == event.id), "{event:?}");
    }
}

/// Objects change; what an event says does not.
#[test]
fn an_object_is_shown_as_it_was_right_after() {
    let events = all(&mut everything());
    let refunded = |n: usize| match &events[n].data.object {
        EventObject::Charge(charge) => charge.amount_refunded.minor(),
        other => panic!("{other:?}"),
    };
    assert_eq!((refunded(0), refunded(4)), (0, 2));
    let status = |n: usize| match &events[n].data.object {
        EventObject::Refund(refund) => refund.status,
        other => panic!("{other:?}"),
    };
    assert_eq!((status(1), status(3)), (RefundStatus::Succeeded, RefundStatus::Failed));
    let ends = |n: usize| match &events[n].data.object {
        EventObject::Transfer(transfer) => transfer.status,
        other => panic!("{other:?}"),
    };
    let expected = [
        Some(PayoutStatus::InTransit),
        Some(PayoutStatus::Paid),
        Some(PayoutStatus::Returned),
        Some(PayoutStatus::InTransit),
        Some(PayoutStatus::Failed),
        None,
        None,
        None,
    ];
    assert_eq!((5..13).map(ends).collect::<Vec<_>>(), expected);
    let disputes = events[13..17].iter().map(|event| match &event.data.object {
        EventObject::Dispute(dispute) => dispute.status.name(),
        other => panic!("{other:?}"),
    });
    assert_eq!(disputes.collect::<Vec<_>>(), ["open", "open", "won", "lost"]);
}

#[test]
fn an_event_has_the_shape_that_clients_read() {
    let (mut ledger, _) = ledger();
    charge(&mut ledger, CAIRO, "ch_1", None);
    let made = refund(&mut ledger, CAIRO, "ch_1", 40);
    let event = all(&mut ledger).remove(1);
    let json: Value = serde_json::from_str(&event.to_json().unwrap()).unwrap();
    let expected = serde_json::json!({
        "id": event.id, "object": "event", "type": "refund.succeeded", "livemode": false,
        "createdAt": made.created_at, "data": { "object": made },
    });
    assert_eq!(json, expected);
    let mut read: Event = serde_json::from_value(json).unwrap();
    // It has its own place in the API.
    if let EventObject::Refund(refund) = &mut read.data.object {
        refund.journal_entry_id = "je_2".into();
    }
    assert_eq!(read, event);
}

#[test]
fn events_go_on_after_one_that_was_seen() {
    let mut ledger = everything();
    let events = all(&mut ledger);
    let book = ledger.book(CAIRO).unwrap();
    let mut seen: Vec<Event> = Vec::new();
    loop {
        let last = seen.last().map(|event| event.id.clone());
        let more = book.events_after(last.as_deref(), 4).unwrap();
        if more.is_empty() {
            break;
        }
        seen.extend(more);
    }
    assert_eq!(seen, events);
    for event in &events {
        assert_eq!(&book.event(&event.id).unwrap(), event);
    }
    assert!(book.events_after(None, 0).unwrap().is_empty());
}

/// The same recordings have the same events; a fork has others.
#[test]
fn events_go_on_after_each_mark_of_the_book() {
    let mut ledger = everything();
    let events = all(&mut ledger);
    let book = ledger.book(CAIRO).unwrap();
    let lines = book.recordings_after(&Mark::genesis(CAIRO), 1_000).unwrap();
    assert!(lines.len() > events.len(), "some recordings are no event");
    let marks = lines.iter().map(|line| serde_json::from_str::<Mark>(line).unwrap());
    for mark in std::iter::once(Mark::genesis(CAIRO)).chain(marks) {
        let after = book.events_after_mark(&mark, 1_000).unwrap();
        // Ids sort in the book's order.
        let expected: Vec<_> =
            events.iter().filter(|event| event.id > mark.event_id()).cloned().collect();
        assert_eq!(after, expected, "{mark}");
    }
    let other = Mark { n: 3, ..Mark::genesis(CAIRO) };
    let unknown = book.events_after_mark(&other, 1).unwrap_err();
    assert!(matches!(unknown, Error::MarkUnknown { .. }), "{unknown}");
}

#[test]
fn a_copy_of_the_book_has_the_same_events() {
    let mut ledger = everything();
    let events = all(&mut ledger);
    let mut copy = Ledger::in_memory(Options::default()).unwrap();
    let book = ledger.book(CAIRO).unwrap();
    for line in book.recordings_after(&Mark::genesis(CAIRO), 1_000).unwrap() {
        copy.apply(CAIRO, &line).unwrap();
    }
    assert_eq!(all(&mut copy), events);
    top_up(&mut ledger, CAIRO, "tu_2", 7);
    top_up(&mut copy, CAIRO, "tu_3", 7);
    let theirs = all(&mut ledger).pop().unwrap();
    let fork = copy.book(CAIRO).unwrap();
    assert_unknown(fork.events_after(Some(&theirs.id), 1).unwrap_err(), "after");
    assert!(matches!(fork.event(&theirs.id), Err(Error::ResourceMissing { param: "id", .. })));
}

#[test]
fn pages_go_both_ways_and_show_one_type() {
    let mut ledger = everything();
    let mut events = all(&mut ledger);
    events.reverse();
    let book = ledger.book(CAIRO).unwrap();
    let page =
        |limit, after: Option<&str>| Page { limit, starting_after: after.map(str::to_owned) };
    let before =
        |id: &str| EventFilter { ending_before: Some(id.into()), ..EventFilter::default() };
    let filter = EventFilter::default();
    let first = book.events(&filter, &page(3, None)).unwrap();
    assert_eq!((first.data.as_slice(), first.has_more), (&events[..3], true));
    let next = book.events(&filter, &page(3, Some(&events[2].id))).unwrap();
    assert_eq!((next.data.as_slice(), next.has_more), (&events[3..6], true));
    let back = book.events(&before(&events[6].id), &page(3, None)).unwrap();
    assert_eq!((back.data.as_slice(), back.has_more), (&events[3..6], true));
    let start = book.events(&before(&events[3].id), &page(3, None)).unwrap();
    assert_eq!((start.data.as_slice(), start.has_more), (&events[..3], false));
    let none = book.events(&before(&events[0].id), &page(3, None)).unwrap();
    assert!(none.data.is_empty() && !none.has_more);

    let of = |event_type| EventFilter { event_type: Some(event_type), ..EventFilter::default() };
    let paid = book.events(&of(EventType::PayoutCreated), &page(1, None)).unwrap();
    assert_eq!((paid.data[0].clone(), paid.has_more), (events[10].clone(), true));
    let next = book.events(&of(EventType::PayoutCreated), &page(1, Some(&events[10].id))).unwrap();
    assert_eq!((next.data[0].clone(), next.has_more), (events[13].clone(), false));
    let mut back = of(EventType::RefundSucceeded);
    back.ending_before = Some(events.last().unwrap().id.clone());
    let back = book.events(&back, &page(1, None)).unwrap();
    assert_eq!((back.data[0].clone(), back.has_more), (events[17].clone(), true));

    let both = page(3, Some(&events[3].id));
    assert_unknown(book.events(&before(&events[6].id), &both).unwrap_err(), "endingBefore");
    assert_unknown(book.events(&before("evt_1"), &page(3, None)).unwrap_err(), "endingBefore");
    assert_unknown(book.events(&filter, &page(3, Some("re_1"))).unwrap_err(), "startingAfter");
    assert_unknown(book.events(&filter, &page(0, None)).unwrap_err(), "limit");
}

#[test]
fn others_have_other_events() {
    let (mut ledger, _) = ledger();
    merchant(&mut ledger, "acct_giza");
    charge(&mut ledger, CAIRO, "ch_1", None);
    charge(&mut ledger, "acct_giza", "ch_1", None);
    let cairos = all(&mut ledger).remove(0);
    let giza = ledger.book("acct_giza").unwrap();
    let gizas = giza.events_after(None, 10).unwrap().remove(0);
    assert_ne!(cairos.id, gizas.id);
    assert!(giza.event(&cairos.id).is_err());
    assert_unknown(giza.events_after(Some(&cairos.id), 10).unwrap_err(), "after");
}

/// A text that was erased is told to nobody any more.
#[test]
fn an_erased_text_is_gone_from_the_event() {
    let (mut ledger, _) = ledger();
    charge(&mut ledger, CAIRO, "ch_1", None);
    let mut request = RefundRequest::of_charge("ch_1");
    request.description = Some("Mona's lamp".into());
    let mut book = ledger.book(CAIRO).unwrap();
    let id = book.create_refund(&request, None).unwrap().value.id;
    let before = book.events_after(None, 10).unwrap().remove(1);
    assert!(before.to_json().unwrap().contains("Mona"));
    book.erase_text(&id).unwrap();
    let after = book.event(&before.id).unwrap();
    assert!(!after.to_json().unwrap().contains("Mona"));
    assert_eq!(after.created_at, Timestamp::from_millis(START));
}

fn assert_unknown(error: Error, name: &str) {
    match error {
        Error::ParameterInvalid { param, .. } => assert_eq!(param, name),
        other => panic!("{other}"),
    }
}
