//! What only the full module has: lines of other systems and ledgers, feeds, verification, sums of days, and the
//! forgetting of keys.

use std::ops::ControlFlow;

use js_sys::Function;
use refundry::{Head, Mark};
use wasm_bindgen::prelude::*;

use crate::{
    answer::{Answer, answer, thrown},
    bytes::Pieces,
    ledger::{RawLedger, moment},
};

/// Tells a function how far a long call has come; false from it stops the call.
fn tell(progress: Option<&Function>, done: u64, total: u64) -> ControlFlow<()> {
    #[expect(clippy::cast_precision_loss, reason = "counts of rows and bytes")]
    let number = |count: u64| JsValue::from_f64(count as f64);
    match progress.map(|tell| tell.call2(&JsValue::UNDEFINED, &number(done), &number(total))) {
        Some(Ok(told)) if told.as_bool() == Some(false) => ControlFlow::Break(()),
        Some(Err(_)) => ControlFlow::Break(()),
        Some(Ok(_)) | None => ControlFlow::Continue(()),
    }
}

/// A head of a merchant's book, as `merchant seq:hash`.
fn kept(line: &str) -> Result<(String, Head), JsValue> {
    let (merchant, head) = line.split_once(' ').unwrap_or((line, ""));
    let head = Head::parse(head).map_err(|error| thrown(&error))?;
    Ok((merchant.to_owned(), head))
}

#[wasm_bindgen]
impl RawLedger {
    /// Reads lines from `next`, which returns bytes, and undefined at the end.
    ///
    /// # Errors
    /// The first bad line.
    pub fn import(&self, next: &Function, progress: Option<Function>) -> Answer {
        let mut ledger = self.ledger.borrow_mut();
        answer(
            ledger.import(Pieces::of(next), |told| tell(progress.as_ref(), told.lines, told.bytes)),
        )
    }

    /// Takes in a feed that `next` returns as bytes, and undefined at the end.
    ///
    /// # Errors
    /// The first line that does not follow.
    pub fn receive(&self, next: &Function, progress: Option<Function>) -> Answer {
        let mut ledger = self.ledger.borrow_mut();
        answer(
            ledger
                .receive(Pieces::of(next), |told| tell(progress.as_ref(), told.lines, told.bytes)),
        )
    }

    /// The evidence of forks.
    ///
    /// # Errors
    /// Failures of the machine.
    pub fn forks(&self) -> Answer {
        answer(self.ledger.borrow().forks())
    }

    /// Checks everything. Each of `heads` is `merchant seq:hash`.
    ///
    /// # Errors
    /// The first thing that is wrong.
    #[expect(clippy::needless_pass_by_value, reason = "so does JavaScript")]
    pub fn verify(&self, heads: Vec<String>, progress: Option<Function>) -> Answer {
        let heads = heads.iter().map(|line| kept(line)).collect::<Result<Vec<_>, _>>()?;
        answer(
            self.ledger
                .borrow_mut()
                .verify(&heads, |told| tell(progress.as_ref(), told.entries, told.total)),
        )
    }

    /// A feed after a mark, `n:hash`, or of the whole book, in so many bytes.
    pub fn feed(&self, merchant: &str, after: Option<String>, most: u32) -> Answer {
        self.book(merchant, |book| {
            let after = match after {
                Some(text) => Mark::parse(&text)?,
                None => Mark::genesis(merchant),
            };
            book.feed_piece(&after, usize::try_from(most).unwrap_or(usize::MAX))
        })
    }
    /// What the entries after one head add up to.
    pub fn totals(&self, merchant: &str, from: &str, to: Option<String>) -> Answer {
        self.book(merchant, |book| {
            let from = Head::parse(from)?;
            let to = to.as_deref().map(Head::parse).transpose()?;
            book.totals(&from, to.as_ref())
        })
    }

    /// Forgets idempotency keys.
    ///
    /// # Errors
    /// Failures of the machine.
    #[wasm_bindgen(js_name = pruneIdempotencyKeys)]
    pub fn prune_idempotency_keys(&self, before: &str) -> Answer {
        let before = moment(before, "before")?;
        answer(self.ledger.borrow_mut().prune_idempotency_keys(before))
    }
}
