//! What a merchant's book proves to anyone: texts, which JavaScript signs and checks by itself.

#![expect(missing_docs, reason = "each method is the library's of the same name")]

use refundry::Error;
use wasm_bindgen::prelude::*;

use crate::{answer::Answer, ledger::RawLedger};

/// A number of entries.
#[expect(clippy::cast_possible_truncation, reason = "what is too large, no book has had")]
fn entries(count: f64) -> Result<i64, Error> {
    let expected = "a whole number of entries";
    let is_whole = count.fract() == 0.0;
    is_whole.then_some(count as i64).ok_or(Error::ParameterInvalid { param: "size", expected })
}

#[wasm_bindgen]
impl RawLedger {
    pub fn receipt(&self, merchant: &str, id: &str, size: Option<f64>) -> Answer {
        self.book(merchant, |book| {
            let size = size.map(entries).transpose()?;
            Ok(book.receipt(id, size)?.to_string())
        })
    }

    pub fn checkpoint(&self, merchant: &str, size: Option<f64>) -> Answer {
        self.book(merchant, |book| Ok(book.checkpoint(size.map(entries).transpose()?)?.text()))
    }

    pub fn consistency(&self, merchant: &str, from: f64, to: f64) -> Answer {
        self.book(merchant, |book| Ok(book.consistency(entries(from)?, entries(to)?)?.to_string()))
    }

    #[wasm_bindgen(js_name = extendTree)]
    pub fn extend_tree(&self, merchant: &str) -> Answer {
        self.book(merchant, |book| book.extend_tree())
    }
}
