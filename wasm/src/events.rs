//! Events, which others are told.

#![expect(missing_docs, reason = "each method is the library's of the same name")]

use refundry::{EventFilter, EventType};
use wasm_bindgen::prelude::*;

use crate::{answer::Answer, book::page, ledger::RawLedger};

#[wasm_bindgen]
impl RawLedger {
    pub fn event(&self, merchant: &str, id: &str) -> Answer {
        self.book(merchant, |book| book.event(id))
    }

    pub fn events(
        &self,
        merchant: &str,
        event_type: Option<String>,
        limit: Option<f64>,
        starting_after: Option<String>,
        ending_before: Option<String>,
    ) -> Answer {
        self.book(merchant, |book| {
            let event_type = event_type.as_deref().map(EventType::from_name).transpose()?;
            let filter = EventFilter { event_type, ending_before };
            book.events(&filter, &page(limit, starting_after))
        })
    }

    #[wasm_bindgen(js_name = eventsAfter)]
    pub fn events_after(&self, merchant: &str, id: Option<String>, limit: u32) -> Answer {
        self.book(merchant, |book| book.events_after(id.as_deref(), limit))
    }
}
