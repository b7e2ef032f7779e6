//! Events: what a book recorded that others want to hear of.

use std::ffi::c_char;

use refundry::{Event, EventFilter, EventType};

use crate::{
    argument::{optional_text, page, text},
    handle::{on_book, refundry_book},
    memory::{Give, Memory},
    refundry_list,
    status::refundry_status,
};

/// Something that was recorded. Nothing is stored for it: each journal entry is one.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_event {
    /// `evt_…`: the same in every copy of the book, so that an event that comes twice is known.
    pub id: *const c_char,
    /// What happened, in the words of the API over HTTP, for example `"refund.failed"`.
    pub event_type: *const c_char,
    /// Whether it moved real money: 0 or 1.
    pub livemode: i32,
    /// When it was recorded.
    pub created_at: i64,
    /// The id of the charge, refund or transfer that it is about.
    pub object_id: *const c_char,
    /// The whole event as one line of JSON, with the object as it was right after: what is sent to
    /// others.
    pub json: *const c_char,
}

/// Events. `refundry_events` gives the newest first, `refundry_events_after` the oldest.
pub type refundry_event_list = refundry_list<refundry_event>;

impl Give for Event {
    type Object = refundry_event;

    fn give(&self, memory: &Memory<'_>) -> refundry_event {
        refundry_event {
            id: memory.text(&self.id),
            event_type: memory.text(self.event_type.name()),
            livemode: self.livemode.into(),
            created_at: self.created_at.millis(),
            object_id: memory.text(self.data.object.id()),
            // There is nothing in an event that JSON can't say.
            json: memory.text(&self.to_json().unwrap_or_default()),
        }
    }
}

/// An event by its id.
///
/// On success `*event` is an object; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_RESOURCE_MISSING` if this book has none, and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_event_get(
    book: *mut refundry_book,
    id: *const c_char,
    event: *mut *const refundry_event,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_book(book, event, |book| Ok(book.event(text(id, "id")?)?)) }
}

/// A page of the events, newest first.
///
/// `event_type` shows only those of one type; `NULL` shows all. On success `*events` is an object;
/// free it with `refundry_free`. Pages hold 1 to 100 objects: `limit` says how many. `starting_after`
/// is the id of the last object of the page before, or `ending_before` that of the first object of the
/// page after; `NULL` for the first page.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` for an unknown type, a bad limit, an unknown
/// `starting_after` or `ending_before`, or both; and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_events(
    book: *mut refundry_book,
    event_type: *const c_char,
    limit: u32,
    starting_after: *const c_char,
    ending_before: *const c_char,
    events: *mut *const refundry_event_list,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, events, |book| {
            let event_type = optional_text(event_type, "event_type")?;
            let filter = EventFilter {
                event_type: event_type.map(EventType::from_name).transpose()?,
                ending_before: optional_text(ending_before, "ending_before")?.map(str::to_owned),
            };
            Ok(book.events(&filter, &page(limit, starting_after)?)?)
        })
    }
}

/// At most `limit` events after the one with the id `after`, the oldest first; `NULL` begins with the
/// first. Who keeps the id of the last event seen misses none.
///
/// On success `*events` is an object; free it with `refundry_free`. There are no more once it has
/// fewer than `limit`.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` if this book never had that event, because it was restored
/// from an older copy or is another book; and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_events_after(
    book: *mut refundry_book,
    after: *const c_char,
    limit: u32,
    events: *mut *const refundry_event_list,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, events, |book| Ok(book.events_after(optional_text(after, "after")?, limit)?))
    }
}
