//! A ledger: the one handle there is. Books are named by their merchant in each call, so that
//! nothing else has to be freed.

#![expect(missing_docs, reason = "each method is the library's of the same name")]

use std::{
    cell::RefCell,
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use refundry::{
    Amount, Balance, Book, Currency, Error, IdempotencyKey, Ledger, NewMerchant, Options,
    SignedAmount, Timestamp, seeded_random,
};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::answer::{Answer, answer, invalid, text, thrown};

/// A handle on a ledger.
#[wasm_bindgen]
pub struct RawLedger {
    pub(crate) ledger: RefCell<Ledger>,
    now: Arc<AtomicI64>,
}

/// The moment, and the seed of the ids if they are to be foreseeable.
fn options(now: f64, seed: Option<u64>) -> (Options, Arc<AtomicI64>) {
    let now = Arc::new(AtomicI64::new(millis(now)));
    let mut options = Options::default();
    let clock = Arc::clone(&now);
    options.clock = Box::new(move || Timestamp::from_millis(clock.load(Ordering::Relaxed)));
    if let Some(seed) = seed {
        options.random = seeded_random(seed);
    }
    (options, now)
}

/// JavaScript's milliseconds, which it counts in floating point.
#[expect(clippy::cast_possible_truncation, reason = "the nearest moment is meant")]
fn millis(now: f64) -> i64 {
    now as i64
}

pub(crate) fn moment(text: &str, param: &'static str) -> Result<Timestamp, JsValue> {
    Timestamp::parse(text)
        .map_err(|_| invalid(param, "a Date, or a date and time such as 2024-01-01T00:00:00.000Z"))
}

/// A moment in milliseconds, for clocks that stand still.
///
/// # Errors
/// If it is written in another way.
#[wasm_bindgen(js_name = momentMillis)]
#[expect(clippy::cast_precision_loss, reason = "every moment is within 2^53 milliseconds")]
pub fn moment_millis(text: &str) -> Result<f64, JsValue> {
    moment(text, "clock").map(|moment| moment.millis() as f64)
}

#[wasm_bindgen]
impl RawLedger {
    /// A new ledger in memory.
    ///
    /// # Errors
    /// The library's, like every method's here, thrown as JSON.
    #[wasm_bindgen(js_name = inMemory)]
    pub fn in_memory(now: f64, seed: Option<u64>) -> Result<Self, JsValue> {
        let (options, now) = options(now, seed);
        Self::of(Ledger::in_memory(options), now)
    }

    /// A ledger in memory that begins as these bytes.
    ///
    /// # Errors
    /// If they are not a ledger's.
    #[wasm_bindgen(js_name = fromBytes)]
    pub fn from_bytes(bytes: &[u8], now: f64, seed: Option<u64>) -> Result<Self, JsValue> {
        let (options, now) = options(now, seed);
        Self::of(Ledger::from_bytes(bytes, options), now)
    }

    /// Opens a file of the storage layer that was installed last.
    ///
    /// # Errors
    /// If it is not a ledger's.
    pub fn open(path: &str, now: f64, seed: Option<u64>) -> Result<Self, JsValue> {
        let (options, now) = options(now, seed);
        Self::of(Ledger::open(path, options), now)
    }

    fn of(ledger: refundry::Result<Ledger>, now: Arc<AtomicI64>) -> Result<Self, JsValue> {
        let ledger = ledger.map_err(|error| thrown(&error))?;
        Ok(Self { ledger: RefCell::new(ledger), now })
    }

    /// Sets the clock, which stands still meanwhile.
    #[wasm_bindgen(js_name = setNow)]
    pub fn set_now(&self, now: f64) {
        self.now.store(millis(now), Ordering::Relaxed);
    }

    /// Copies the ledger to a new file of the storage layer that was installed last.
    ///
    /// # Errors
    /// If there is such a file.
    #[wasm_bindgen(js_name = copyTo)]
    pub fn copy_to(&self, path: &str) -> Result<(), JsValue> {
        let done = self.ledger.borrow_mut().backup(path, |_| ControlFlow::Continue(()));
        done.map_err(|error| thrown(&error))
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// Failures of the machine.
    #[wasm_bindgen(js_name = toBytes)]
    pub fn to_bytes(&self) -> Result<Vec<u8>, JsValue> {
        self.ledger.borrow_mut().to_bytes().map_err(|error| thrown(&error))
    }

    #[wasm_bindgen(js_name = createMerchant)]
    pub fn create_merchant(&self, request: &str) -> Answer {
        answer(
            NewMerchant::from_json(request.as_bytes())
                .and_then(|new| self.ledger.borrow_mut().create_merchant(&new)),
        )
    }

    pub fn merchants(&self) -> Answer {
        answer(self.ledger.borrow().merchants())
    }

    pub fn exponent(&self, currency: &str) -> Answer {
        answer(
            Currency::from_code(currency)
                .and_then(|currency| self.ledger.borrow().exponent(currency)),
        )
    }

    #[wasm_bindgen(js_name = formatAmount)]
    pub fn format_amount(&self, amount: &str, currency: &str) -> Answer {
        let number = amount.parse().ok().filter(|number: &i64| number.to_string() == amount);
        let balance = Balance::from_minor(
            number.ok_or_else(|| invalid("amount", "a whole number of minor units"))?,
        );
        answer(self.decimals(currency).map(|decimals| balance.format(decimals)))
    }

    #[wasm_bindgen(js_name = parseAmount)]
    pub fn parse_amount(&self, text: &str, currency: &str) -> Answer {
        answer(self.decimals(currency).and_then(|decimals| Amount::parse(text, decimals)))
    }

    #[wasm_bindgen(js_name = parseSignedAmount)]
    pub fn parse_signed_amount(&self, text: &str, currency: &str) -> Answer {
        answer(self.decimals(currency).and_then(|decimals| SignedAmount::parse(text, decimals)))
    }

    #[wasm_bindgen(js_name = releaseDue)]
    pub fn release_due(&self, now: &str) -> Answer {
        let now = moment(now, "now")?;
        answer(self.ledger.borrow_mut().release_due(now))
    }

    #[wasm_bindgen(js_name = confirmTime)]
    pub fn confirm_time(&self, now: &str) -> Answer {
        let now = moment(now, "now")?;
        self.ledger.borrow_mut().confirm_time(now);
        answer(Ok(()))
    }

    #[wasm_bindgen(js_name = releaseDueOf)]
    pub fn release_due_of(&self, merchant: &str, now: &str) -> Answer {
        let now = moment(now, "now")?;
        self.book(merchant, |book| book.release_due(now))
    }

    #[wasm_bindgen(js_name = beginBatch)]
    pub fn begin_batch(&self) -> Result<(), JsValue> {
        self.ledger.borrow_mut().begin_batch().map_err(|error| thrown(&error))
    }

    #[wasm_bindgen(js_name = commitBatch)]
    pub fn commit_batch(&self) -> Result<(), JsValue> {
        self.ledger.borrow_mut().commit_batch().map_err(|error| thrown(&error))
    }

    #[wasm_bindgen(js_name = rollBackBatch)]
    pub fn roll_back_batch(&self) {
        self.ledger.borrow_mut().roll_back_batch();
    }
}

impl RawLedger {
    /// How many decimals a currency has in this ledger.
    fn decimals(&self, currency: &str) -> refundry::Result<u32> {
        let exponent = self.ledger.borrow().exponent(Currency::from_code(currency)?)?;
        // Every currency that can be made has one.
        Ok(exponent.unwrap_or_default())
    }

    /// Asks or does something with one book.
    pub(crate) fn book<T: Serialize>(
        &self,
        merchant: &str,
        call: impl FnOnce(&mut Book<'_>) -> refundry::Result<T>,
    ) -> Answer {
        let (mut call, mut answer) = (Some(call), None);
        // What is the same for all calls stands in the module once.
        self.on_book(merchant, &mut |book| {
            if let Some(call) = call.take() {
                answer = Some(text(&call(book)?));
            }
            Ok(())
        })?;
        answer.unwrap_or_else(|| Ok(String::new()))
    }

    #[inline(never)]
    fn on_book(
        &self,
        merchant: &str,
        call: &mut dyn FnMut(&mut Book<'_>) -> refundry::Result<()>,
    ) -> Result<(), JsValue> {
        let mut ledger = self.ledger.borrow_mut();
        let done = ledger.book(merchant).and_then(|mut book| call(&mut book));
        done.map_err(|error| thrown(&error))
    }

    /// Moves money: the request is checked first, then the idempotency key.
    pub(crate) fn keyed<Q, T: Serialize>(
        &self,
        merchant: &str,
        request: Result<Q, Error>,
        key: Option<&str>,
        call: impl FnOnce(&mut Book<'_>, &Q, Option<&IdempotencyKey>) -> refundry::Result<T>,
    ) -> Answer {
        let checked =
            request.and_then(|request| Ok((request, key.map(IdempotencyKey::new).transpose()?)));
        match checked {
            Ok((request, key)) => self.book(merchant, |book| call(book, &request, key.as_ref())),
            Err(error) => Err(thrown(&error)),
        }
    }
}
