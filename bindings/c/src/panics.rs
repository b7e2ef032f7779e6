//! What becomes of a panic. C can't cause one, so these tests are in Rust.
#![expect(clippy::undocumented_unsafe_blocks, reason = "every pointer is of a local variable")]

use std::{
    env,
    ffi::{CStr, c_char},
    process::Command,
    ptr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use refundry::{Ledger, Options, Timestamp};

use crate::{
    call::Output,
    charge::{refundry_charge_create, refundry_charges, refundry_new_charge},
    error::{refundry_errmsg, refundry_last_error},
    handle::{
        refundry_book, refundry_book_close, refundry_book_open, refundry_close, refundry_ledger,
    },
    import::refundry_import,
    memory::refundry_free,
    merchant::{refundry_merchant_create, refundry_new_merchant},
    status::{REFUNDRY_OK, REFUNDRY_PANIC, refundry_status},
    verify::refundry_verify,
};

/// A ledger with one merchant, whose random source panics once it was asked a number of times.
struct Till {
    ledger: *mut refundry_ledger,
    book: *mut refundry_book,
    draws_left: Arc<AtomicI64>,
}

impl Till {
    fn open() -> Self {
        let draws_left = Arc::new(AtomicI64::new(i64::MAX));
        let mut options = Options::default();
        options.clock = Box::new(|| Timestamp::from_millis(1_700_000_000_000));
        let left = Arc::clone(&draws_left);
        options.random = Box::new(move |bytes| {
            assert!(left.fetch_sub(1, Ordering::Relaxed) > 0, "no more numbers");
            bytes.fill(7);
            Ok(())
        });
        let ledger = Ledger::in_memory(options).unwrap().output();
        let new = refundry_new_merchant {
            struct_size: u32::try_from(size_of::<refundry_new_merchant>()).unwrap(),
            live_mode: 0,
            id: c"acct_1".as_ptr(),
            name: c"Cairo Books".as_ptr(),
            limit: ptr::null(),
            unique_references: 0,
        };
        let (mut merchant, mut book) = (ptr::null(), ptr::null_mut());
        unsafe {
            assert_eq!(refundry_merchant_create(ledger, &new, &mut merchant), REFUNDRY_OK);
            refundry_free(merchant.cast());
            assert_eq!(refundry_book_open(ledger, new.id, &mut book), REFUNDRY_OK);
        }
        Self { ledger, book, draws_left }
    }

    fn charge(&self) -> refundry_status {
        let new = refundry_new_charge {
            struct_size: u32::try_from(size_of::<refundry_new_charge>()).unwrap(),
            status: crate::charge::REFUNDRY_CHARGE_SUCCEEDED,
            id: ptr::null(),
            payment_intent_id: ptr::null(),
            amount: 100,
            amount_captured: 100,
            fee: 1,
            currency: c"EGP".as_ptr(),
            available_on: 0,
            description: ptr::null(),
            external_reference: ptr::null(),
            metadata: ptr::null(),
            metadata_count: 0,
        };
        let mut charge = ptr::null();
        let key = c"(no idempotency key)".as_ptr();
        let status = unsafe { refundry_charge_create(self.book, &new, key, &mut charge) };
        assert_eq!(charge.is_null(), status != REFUNDRY_OK, "outputs are written on success");
        unsafe { refundry_free(charge.cast()) };
        status
    }

    fn import(&self, lines: &str) -> refundry_status {
        let mut report = ptr::null();
        let (start, context) = (lines.as_ptr().cast::<c_char>(), ptr::null_mut());
        let status =
            unsafe { refundry_import(self.ledger, start, lines.len(), None, context, &mut report) };
        unsafe { refundry_free(report.cast()) };
        status
    }

    fn charges(&self) -> usize {
        let mut charges = ptr::null();
        unsafe {
            let status = refundry_charges(self.book, ptr::null(), 100, ptr::null(), &mut charges);
            assert_eq!(status, REFUNDRY_OK);
            let count = (*charges).count;
            refundry_free(charges.cast());
            count
        }
    }

    fn is_sound(&self) -> bool {
        let (mut report, context) = (ptr::null(), ptr::null_mut());
        unsafe {
            let status = refundry_verify(self.ledger, ptr::null(), 0, None, context, &mut report);
            refundry_free(report.cast());
            status == REFUNDRY_OK
        }
    }

    fn message(&self) -> String {
        unsafe { CStr::from_ptr(refundry_errmsg(self.ledger)) }.to_str().unwrap().to_owned()
    }
}

impl Drop for Till {
    fn drop(&mut self) {
        unsafe {
            refundry_book_close(self.book);
            refundry_close(self.ledger);
        }
    }
}

#[test]
fn a_panic_is_a_status_and_the_next_call_works() {
    let till = Till::open();
    till.draws_left.store(0, Ordering::Relaxed);
    assert_eq!(till.charge(), REFUNDRY_PANIC);
    assert_eq!(unsafe { (*refundry_last_error(till.ledger)).status }, REFUNDRY_PANIC);
    let message = till.message();
    assert!(message.contains("no more numbers at "), "{message}");
    assert!(message.contains("panics.rs"), "{message}");
    till.draws_left.store(i64::MAX, Ordering::Relaxed);
    assert_eq!(till.charge(), REFUNDRY_OK);
    assert_eq!(till.charges(), 1);
}

#[test]
fn a_panic_in_the_middle_of_a_transaction_leaves_nothing_of_it() {
    let charge = |n: u32| {
        format!(
            r#"{{"object":"charge","id":"ch_{n}","merchantId":"acct_1","amount":"9","amountCaptured":"9","fee":"0","currency":"EGP","status":"succeeded","availableOn":"2024-01-03T00:00:00Z","createdAt":"2024-01-01T00:00:00Z"}}"#
        )
    };
    let refund = |n: u32| {
        format!(
            r#"{{"object":"refund","id":"re_{n}","merchantId":"acct_1","chargeId":"ch_{n}","amount":"9","description":"salted","createdAt":"2024-01-02T00:00:00Z"}}"#
        )
    };
    let lines = [charge(1), refund(1), charge(2), refund(2)].join("\n");
    let till = Till::open();
    // The first refund draws a salt; the second finds none, when three lines are recorded.
    till.draws_left.store(1, Ordering::Relaxed);
    assert_eq!(till.import(&lines), REFUNDRY_PANIC, "{}", till.message());
    assert_eq!(till.charges(), 0);
    assert!(till.is_sound());
    till.draws_left.store(i64::MAX, Ordering::Relaxed);
    assert_eq!(till.import(&lines), REFUNDRY_OK, "{}", till.message());
    assert_eq!(till.charges(), 2);
    assert!(till.is_sound());
}

#[test]
fn a_panic_prints_nothing() {
    // In a process of its own, to see all that it prints.
    let test = "panics::a_panic_is_a_status_and_the_next_call_works";
    let mut command = Command::new(env::current_exe().unwrap());
    let output = command.args(["--exact", test, "--nocapture"]).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{printed}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    assert_eq!(printed, "");
}
