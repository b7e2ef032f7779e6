//! Hand-overs of charges between books.

#![expect(missing_docs, reason = "each method is the library's of the same name")]

use refundry::HandoverFilter;
use wasm_bindgen::prelude::*;

use crate::{answer::Answer, book::page, ledger::RawLedger};

#[wasm_bindgen]
impl RawLedger {
    #[wasm_bindgen(js_name = handOverCharge)]
    pub fn hand_over_charge(
        &self,
        merchant: &str,
        charge_id: &str,
        to_merchant_id: &str,
        key: Option<String>,
    ) -> Answer {
        self.keyed(merchant, Ok(charge_id), key.as_deref(), |book, charge_id, key| {
            book.hand_over_charge(charge_id, to_merchant_id, key)
        })
    }

    #[wasm_bindgen(js_name = takeOverCharge)]
    pub fn take_over_charge(&self, merchant: &str, text: &str) -> Answer {
        self.book(merchant, |book| book.take_over_charge(text))
    }

    #[wasm_bindgen(js_name = refuseHandover)]
    pub fn refuse_handover(&self, merchant: &str, text: &str) -> Answer {
        self.book(merchant, |book| book.refuse_handover(text))
    }

    pub fn handover(&self, merchant: &str, id: &str) -> Answer {
        self.book(merchant, |book| book.handover(id))
    }

    pub fn handovers(
        &self,
        merchant: &str,
        filter: &str,
        limit: Option<f64>,
        starting_after: Option<String>,
    ) -> Answer {
        self.book(merchant, |book| {
            let filter = HandoverFilter::from_json(filter.as_bytes())?;
            book.handovers(&filter, &page(limit, starting_after))
        })
    }
}
