//! A merchant's API keys, which servers ask for.

#![expect(missing_docs, reason = "each method is the library's of the same name")]

use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::{
    answer::{Answer, answer},
    ledger::RawLedger,
};

/// An issued key, which serializes nowhere else: it is to be seen once.
#[derive(Serialize)]
struct IssuedKey {
    id: String,
    key: String,
}

#[wasm_bindgen]
impl RawLedger {
    pub fn authenticate(&self, key: &str, live_mode: Option<bool>) -> Answer {
        answer(self.ledger.borrow().authenticate(key).and_then(|merchant| {
            live_mode.map_or(Ok(()), |mode| merchant.require_mode(mode))?;
            Ok(merchant)
        }))
    }

    #[wasm_bindgen(js_name = issueKey)]
    pub fn issue_key(&self, merchant: &str) -> Answer {
        self.book(merchant, |book| {
            let refundry::IssuedKey { id, key } = book.issue_key()?;
            Ok(IssuedKey { id, key })
        })
    }

    #[wasm_bindgen(js_name = revokeKey)]
    pub fn revoke_key(&self, merchant: &str, id: &str) -> Answer {
        self.book(merchant, |book| book.revoke_key(id))
    }

    pub fn keys(&self, merchant: &str) -> Answer {
        self.book(merchant, |book| book.keys())
    }
}
