//! Disputes of a merchant's charges.

#![expect(missing_docs, reason = "each method is the library's of the same name")]

use refundry::{DisputeFilter, NewDispute};
use wasm_bindgen::prelude::*;

use crate::{answer::Answer, book::page, ledger::RawLedger};

#[wasm_bindgen]
impl RawLedger {
    #[wasm_bindgen(js_name = openDispute)]
    pub fn open_dispute(&self, merchant: &str, request: &str, key: Option<String>) -> Answer {
        let new = NewDispute::from_json(request.as_bytes());
        self.keyed(merchant, new, key.as_deref(), |book, new, key| book.open_dispute(new, key))
    }

    #[wasm_bindgen(js_name = winDispute)]
    pub fn win_dispute(
        &self,
        merchant: &str,
        id: &str,
        return_fee: bool,
        key: Option<String>,
    ) -> Answer {
        self.keyed(merchant, Ok(id), key.as_deref(), |book, id, key| {
            book.win_dispute(id, return_fee, key)
        })
    }

    #[wasm_bindgen(js_name = loseDispute)]
    pub fn lose_dispute(&self, merchant: &str, id: &str, key: Option<String>) -> Answer {
        self.keyed(merchant, Ok(id), key.as_deref(), |book, id, key| book.lose_dispute(id, key))
    }

    pub fn dispute(&self, merchant: &str, id: &str) -> Answer {
        self.book(merchant, |book| book.dispute(id))
    }

    pub fn disputes(
        &self,
        merchant: &str,
        filter: &str,
        limit: Option<f64>,
        starting_after: Option<String>,
    ) -> Answer {
        self.book(merchant, |book| {
            let filter = DisputeFilter::from_json(filter.as_bytes())?;
            book.disputes(&filter, &page(limit, starting_after))
        })
    }
}
