//! Makes a sequence of C calls out of bytes, with arguments as bad as a C program can have them
//! without reading memory that is not its own. Whatever they are: each call returns a status that
//! exists, writes its output if and only if that is `REFUNDRY_OK`, never finds a defect, and in the
//! end the books add up.
//!
//! The fuzzer runs this, and a test of the C binding runs it with the corpus.
#![allow(clippy::undocumented_unsafe_blocks, reason = "that it holds is what is tested")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "these numbers are garbage on purpose"
)]

mod arguments;
mod dispute;
mod filters;
mod handover;

use std::{
    ffi::{CStr, CString, c_char, c_int, c_void},
    ptr,
};

use self::arguments::Newer;
use super::{
    backup::*, balance::*, batch::*, charge::*, error::*, event::*, handle::*, idempotency::*,
    import::*, intent::*, journal::*, key::*, list::*, memory::*, merchant::*, metadata::*,
    options::*, refund::*, statement::*, status::*, transfer::*, verify::*, version::*,
};

/// Does what the bytes say.
pub(crate) fn run(input: &[u8]) {
    let mut caller = Caller::new(input);
    // Long inputs only repeat what short ones do.
    for _ in 0..200 {
        let Some(operation) = caller.next() else { break };
        caller.call(operation);
    }
    caller.end();
}

/// A program in C that does everything wrong that it can.
struct Caller<'a> {
    input: &'a [u8],
    ledger: *mut refundry_ledger,
    books: [*mut refundry_book; 2],
    /// Objects that were not freed at once.
    kept: Vec<*const c_void>,
    /// Texts that were passed, and ids that were returned.
    texts: Vec<CString>,
    ids: Vec<CString>,
    /// What the clock says, and the last random number.
    moment: Box<i64>,
    drawn: Box<u64>,
    in_batch: bool,
}

unsafe extern "C" fn clock(context: *mut c_void) -> i64 {
    unsafe { *context.cast::<i64>() }
}

unsafe extern "C" fn random(context: *mut c_void, bytes: *mut u8, length: usize) -> i32 {
    let drawn = unsafe { &mut *context.cast::<u64>() };
    *drawn = drawn.wrapping_add(1);
    let bytes = unsafe { std::slice::from_raw_parts_mut(bytes, length) };
    for (place, byte) in bytes.iter_mut().rev().zip(drawn.to_le_bytes().into_iter().chain([0; 8])) {
        *place = byte;
    }
    i32::from(drawn.is_multiple_of(61))
}

/// Calls the ledger that it is called for, and cancels now and then.
unsafe extern "C" fn progress(context: *mut c_void, done: u64, _total: u64) -> c_int {
    let ledger = context.cast::<refundry_ledger>();
    let mut list = ptr::null();
    let status = unsafe { refundry_merchants(ledger, &mut list) };
    assert!(status == REFUNDRY_HANDLE_IN_USE && list.is_null());
    c_int::from(done % 3 == 2)
}

impl<'a> Caller<'a> {
    fn new(input: &'a [u8]) -> Self {
        let mut caller = Self {
            input,
            ledger: ptr::null_mut(),
            books: [ptr::null_mut(); 2],
            kept: Vec::new(),
            texts: Vec::new(),
            ids: Vec::new(),
            moment: Box::new(1_700_000_000_000),
            drawn: Box::new(0),
            in_batch: false,
        };
        let options = refundry_options {
            struct_size: size_of::<refundry_options>() as u32,
            access: 0,
            busy_timeout_ms: 1,
            cache_kib: 64,
            clock: Some(clock),
            clock_context: ptr::from_mut(&mut *caller.moment).cast(),
            random: Some(random),
            random_context: ptr::from_mut(&mut *caller.drawn).cast(),
        };
        let status = unsafe { refundry_open_in_memory(REFUNDRY_ABI, &options, &mut caller.ledger) };
        assert_eq!(status, REFUNDRY_OK);
        caller
    }

    fn book(&mut self) -> *mut refundry_book {
        match self.byte() {
            0 => ptr::null_mut(),
            byte => self.books[usize::from(byte % 2)],
        }
    }

    /// What must hold after every call.
    fn check<T>(&mut self, status: refundry_status, output: *const T) {
        let known = unsafe { CStr::from_ptr(refundry_status_code(status)) };
        assert_ne!(known, c"unknown", "{status}");
        let message = unsafe { CStr::from_ptr(refundry_errmsg(self.ledger)) };
        // No argument may lead to these.
        let defects = [REFUNDRY_PANIC, REFUNDRY_STORAGE, REFUNDRY_CORRUPT, REFUNDRY_UNSOUND];
        assert!(!defects.contains(&status), "{message:?}");
        assert_eq!(status == REFUNDRY_OK, !output.is_null(), "{status}");
        assert!(message.to_str().is_ok());
    }

    /// Checks a call, and keeps its object or frees it.
    fn got<T>(&mut self, status: refundry_status, object: *const T, id: *const c_char) {
        self.check(status, object);
        if !id.is_null() && self.ids.len() < 100 {
            self.ids.push(unsafe { CStr::from_ptr(id) }.to_owned());
        }
        if self.byte().is_multiple_of(2) {
            self.kept.push(object.cast());
        } else {
            unsafe { refundry_free(object.cast()) };
        }
    }

    /// Reads a list to its end.
    fn listed<T>(&mut self, status: refundry_status, list: *const refundry_list<T>) {
        if let Some(list) = unsafe { list.as_ref() } {
            assert_eq!(list.data.is_null(), list.count == 0);
            assert!((0..list.count).all(|at| unsafe { !(*list.data.add(at)).is_null() }));
        }
        self.got(status, list, ptr::null());
    }

    fn call(&mut self, operation: u8) {
        // They came later, and the corpus keeps its meaning.
        if operation >= 240 {
            return self.dispute();
        }
        if operation >= 228 {
            return self.handover();
        }
        match operation % 12 {
            0 => self.handles(),
            1 => self.merchant(),
            2 => self.intent(),
            3 | 4 => self.charge(),
            5 | 6 => self.refund(),
            7 => self.transfer(),
            8 => self.lists(),
            9 => self.reads(),
            10 => self.lookups(),
            _ => self.long_calls(),
        }
    }

    fn handles(&mut self) {
        let place = usize::from(self.byte() % 2);
        match self.byte() % 6 {
            0 => unsafe {
                refundry_book_close(self.books[place]);
                self.books[place] = ptr::null_mut();
            },
            1 => *self.moment = self.int(),
            2 => {
                if let Some(object) = self.kept.pop() {
                    unsafe { refundry_free(object) };
                }
            }
            3 => {
                let mut other: *mut refundry_ledger = ptr::null_mut();
                let (abi, path) = (self.byte().into(), self.text());
                // Only what can't be a file that it may write.
                let status = unsafe { refundry_open(abi, path, ptr::null(), ptr::null_mut()) };
                assert!(status == REFUNDRY_BAD_ARGUMENT && other.is_null());
                let status = unsafe { refundry_open_in_memory(abi, ptr::null(), &mut other) };
                assert_eq!(status == REFUNDRY_OK, abi == REFUNDRY_ABI);
                unsafe { refundry_close(other) };
            }
            _ => {
                let (id, mut book) = (self.text(), ptr::null_mut());
                let status = unsafe { refundry_book_open(self.ledger, id, &mut book) };
                self.check(status, book);
                if !book.is_null() {
                    unsafe { refundry_book_close(self.books[place]) };
                    self.books[place] = book;
                }
            }
        }
    }

    fn limit(&mut self) -> (Newer<refundry_limit>, Box<[refundry_currency_limit; 2]>) {
        let limit = |of: &mut Self| refundry_currency_limit {
            currency: of.currency(),
            limit: of.int() as u64,
        };
        let limits = Box::new([limit(self), limit(self)]);
        let of = refundry_limit {
            struct_size: self.size(size_of::<refundry_limit>()),
            kind: i32::from(self.byte() % 5),
            each: self.int() as u64,
            per_currency: if self.byte() < 30 { ptr::null() } else { limits.as_ptr() },
            per_currency_count: usize::from(self.byte() % 3),
        };
        (Newer::of(of), limits)
    }

    fn merchant(&mut self) {
        let (limit, _limits) = self.limit();
        if self.byte() % 16 == 1 {
            let (book, required) = (self.book(), i32::from(self.byte() % 3));
            let status = unsafe { refundry_unique_references_require(book, required) };
            return self.check(status, if status == REFUNDRY_OK { &limit } else { ptr::null() });
        }
        if self.byte().is_multiple_of(2) {
            let book = self.book();
            let status = unsafe { refundry_limit_set(book, limit.as_ptr()) };
            return self.check(status, if status == REFUNDRY_OK { &limit } else { ptr::null() });
        }
        let new = Newer::of(refundry_new_merchant {
            struct_size: self.size(size_of::<refundry_new_merchant>()),
            live_mode: i32::from(self.byte() % 3),
            id: self.text(),
            name: self.text(),
            limit: if self.byte().is_multiple_of(2) { ptr::null() } else { limit.as_ptr() },
            unique_references: i32::from(self.byte() % 3),
        });
        let mut merchant = ptr::null();
        let status = unsafe { refundry_merchant_create(self.ledger, new.as_ptr(), &mut merchant) };
        let id = unsafe { merchant.as_ref() }.map_or(ptr::null(), |merchant| merchant.id);
        self.got(status, merchant, id);
    }

    fn intent(&mut self) {
        let (book, id, amount, currency) = (self.book(), self.text(), self.int(), self.currency());
        let mut intent = ptr::null();
        let status =
            unsafe { refundry_payment_intent_create(book, id, amount, currency, &mut intent) };
        let id = unsafe { intent.as_ref() }.map_or(ptr::null(), |intent| intent.id);
        self.got(status, intent, id);
    }

    fn charge(&mut self) {
        let amount = self.int();
        let pair = refundry_pair { key: self.text(), value: self.text() };
        let new = refundry_new_charge {
            struct_size: self.size(size_of::<refundry_new_charge>()),
            status: i32::from(self.byte() % 6),
            id: self.text(),
            payment_intent_id: self.text(),
            amount,
            amount_captured: if self.byte() < 128 { amount } else { self.int() },
            fee: self.int(),
            currency: self.currency(),
            available_on: self.int(),
            description: self.text(),
            external_reference: self.text(),
            metadata: &raw const pair,
            metadata_count: usize::from(self.byte() % 2),
        };
        let (book, key, id, mut charge) = (self.book(), self.key(), self.text(), ptr::null());
        let (captured, fee, on) = (new.amount_captured, new.fee, new.available_on);
        let new = Newer::of(new);
        let status = unsafe {
            match self.byte() % 8 {
                0 => refundry_charge_succeed(book, id, captured, fee, on, key, &mut charge),
                1 => refundry_charge_fail(book, id, key, &mut charge),
                2 => refundry_charge_cancel(book, id, key, &mut charge),
                3 => refundry_charge_get(book, id, &mut charge),
                _ => refundry_charge_create(book, new.as_ptr(), key, &mut charge),
            }
        };
        let id = unsafe { charge.as_ref() }.map_or(ptr::null(), |charge| charge.id);
        self.got(status, charge, id);
    }

    fn refund(&mut self) {
        let pairs = [(); 3].map(|()| refundry_pair { key: self.text(), value: self.text() });
        let request = Newer::of(refundry_refund_request {
            struct_size: self.size(size_of::<refundry_refund_request>()),
            reason: i32::from(self.byte() % 6) - 1,
            charge_id: self.text(),
            payment_intent_id: self.text(),
            description: self.text(),
            external_reference: self.text(),
            metadata: if self.byte() < 30 { ptr::null() } else { pairs.as_ptr() },
            metadata_count: usize::from(self.byte() % 4),
        });
        let (book, key, amount, id) = (self.book(), self.key(), self.int(), self.text());
        let mut refund = ptr::null();
        let status = unsafe {
            match self.byte() % 8 {
                0 | 1 => refundry_refund_create_full(book, request.as_ptr(), key, &mut refund),
                2 => refundry_refund_fail(book, id, key, &mut refund),
                3 => refundry_refund_get(book, id, &mut refund),
                _ => refundry_refund_create(book, request.as_ptr(), amount, key, &mut refund),
            }
        };
        let id = unsafe { refund.as_ref() }.map_or(ptr::null(), |refund| refund.id);
        self.got(status, refund, id);
    }

    fn transfer(&mut self) {
        let new = Newer::of(refundry_new_transfer {
            struct_size: self.size(size_of::<refundry_new_transfer>()),
            kind: i32::from(self.byte() % 6),
            id: self.text(),
            amount: self.int(),
            currency: self.currency(),
            description: self.text(),
        });
        let (book, key, id, mut transfer) = (self.book(), self.key(), self.text(), ptr::null());
        let outcome = i32::from(self.byte() % 6);
        let status = unsafe {
            match self.byte() % 4 {
                0 => refundry_payout_conclude(book, id, outcome, key, &mut transfer),
                1 => refundry_transfer_get(book, id, &mut transfer),
                _ => refundry_transfer_create(book, new.as_ptr(), key, &mut transfer),
            }
        };
        let id = unsafe { transfer.as_ref() }.map_or(ptr::null(), |transfer| transfer.id);
        self.got(status, transfer, id);
    }

    fn lists(&mut self) {
        let (book, after, limit) = (self.book(), self.text(), self.int() as u32);
        let seq = self.int();
        macro_rules! list {
            ($call:ident($($argument:expr),*)) => {{
                let mut list = ptr::null();
                let status = unsafe { $call($($argument,)* &mut list) };
                self.listed(status, list);
            }};
        }
        match self.byte() % 13 {
            0 => list!(refundry_merchants(self.ledger)),
            1 => list!(refundry_keys(book)),
            2 => list!(refundry_payment_intents(book, limit, after)),
            3 => {
                let filter = self.charge_filter();
                list!(refundry_charges(book, filter.as_ptr(), limit, after));
            }
            4 => {
                let filter = self.refund_filter();
                list!(refundry_refunds(book, filter.as_ptr(), limit, after));
            }
            5 => {
                let filter = self.transfer_filter();
                list!(refundry_transfers(book, filter.as_ptr(), limit, after));
            }
            6 => {
                let filter = self.statement_filter();
                list!(refundry_balance_transactions(book, filter.as_ptr(), limit, after));
            }
            7 => list!(refundry_balances(book)),
            8 => list!(refundry_balances_after(book, seq)),
            9 => list!(refundry_balances_at(book, seq)),
            10 => {
                let (event_type, before) = (self.text(), self.text());
                list!(refundry_events(book, event_type, limit, after, before));
            }
            11 => list!(refundry_events_after(book, after, limit)),
            _ => list!(refundry_journal_entries_after(book, after, limit)),
        }
    }

    fn reads(&mut self) {
        let (book, id) = (self.book(), self.text());
        macro_rules! read {
            ($call:ident($($argument:expr),*)) => {{
                let mut object = ptr::null();
                let status = unsafe { $call($($argument,)* &mut object) };
                self.got(status, object, ptr::null());
            }};
        }
        match self.byte() % 8 {
            0 => read!(refundry_payment_intent_get(book, id)),
            1 => read!(refundry_balance_transaction_get(book, id)),
            2 => read!(refundry_journal_entry_get(book, id)),
            3 => read!(refundry_book_head(book)),
            4 => read!(refundry_book_merchant(book)),
            5 => read!(refundry_authenticate(self.ledger, id)),
            6 => read!(refundry_key_issue(book)),
            _ => {
                let operation = i32::from(self.byte() % 12) - 1;
                let key = self.key();
                read!(refundry_find_by_key(book, operation, key));
            }
        }
    }

    fn lookups(&mut self) {
        let (book, text, moment) = (self.book(), self.text(), self.int());
        let (mut count, mut exponent) = (u64::MAX, u32::MAX);
        let status = unsafe {
            match self.byte() % 6 {
                0 => refundry_release_due(self.ledger, moment, &mut count),
                1 => refundry_book_release_due(book, moment, &mut count),
                2 => refundry_prune_idempotency_keys(self.ledger, moment, &mut count),
                3 => refundry_exponent(self.ledger, text, &mut exponent),
                4 => refundry_key_revoke(book, text),
                _ => refundry_release_due(self.ledger, moment, ptr::null_mut()),
            }
        };
        let written = (count, exponent) != (u64::MAX, u32::MAX);
        assert!(!written || status == REFUNDRY_OK);
        self.check(status, if status == REFUNDRY_OK { &written } else { ptr::null() });
        unsafe { refundry_last_error(self.ledger) };
    }

    fn long_calls(&mut self) {
        let context = self.ledger.cast::<c_void>();
        let told = if self.byte().is_multiple_of(2) { None } else { Some(progress as _) };
        match self.byte() % 6 {
            0 => {
                let length = usize::from(self.byte()).min(self.input.len());
                let (lines, mut report) = (self.input.as_ptr().cast(), ptr::null());
                let status = unsafe {
                    refundry_import(self.ledger, lines, length, told, context, &mut report)
                };
                self.input = &self.input[length..];
                self.got(status, report, ptr::null());
            }
            1 => {
                let kept = [(); 2]
                    .map(|()| refundry_kept_head { merchant_id: self.text(), head: self.text() });
                let (count, mut report) = (usize::from(self.byte() % 3), ptr::null());
                let first = kept.as_ptr();
                let status = unsafe {
                    refundry_verify(self.ledger, first, count, told, context, &mut report)
                };
                self.got(status, report, ptr::null());
            }
            2 => {
                // A folder is no file that could be made.
                let status = unsafe { refundry_backup(self.ledger, c"/".as_ptr(), told, context) };
                self.check::<u8>(status, ptr::null());
            }
            3 => {
                let status = unsafe { refundry_batch_begin(self.ledger) };
                assert_eq!(status == REFUNDRY_OK, !self.in_batch);
                self.in_batch = true;
            }
            4 => {
                let status = unsafe { refundry_batch_commit(self.ledger) };
                assert!(status == REFUNDRY_OK || status == REFUNDRY_BATCH);
                self.in_batch = false;
            }
            _ => {
                assert_eq!(unsafe { refundry_batch_roll_back(self.ledger) }, REFUNDRY_OK);
                self.in_batch = false;
            }
        }
    }

    /// The books add up, whatever happened; then everything is closed, the ledger first.
    fn end(mut self) {
        let mut report = ptr::null();
        unsafe {
            refundry_batch_roll_back(self.ledger);
            let (none, no_context) = (ptr::null(), ptr::null_mut());
            let status = refundry_verify(self.ledger, none, 0, None, no_context, &mut report);
            let message = CStr::from_ptr(refundry_errmsg(self.ledger));
            assert_eq!(status, REFUNDRY_OK, "{message:?}");
            refundry_free(report.cast());
            refundry_close(self.ledger);
            for book in self.books {
                refundry_book_close(book);
            }
            for object in self.kept.drain(..) {
                refundry_free(object);
            }
        }
    }
}
