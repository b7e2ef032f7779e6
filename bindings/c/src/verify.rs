//! Verification: everything is read once, and every promise checked again.

use std::ffi::{c_char, c_void};

use refundry::{Head, VerifyReport};

use crate::{
    argument::{items, text},
    call::Failure,
    feed::refundry_fork,
    handle::{on_ledger, refundry_ledger},
    memory::{Give, Memory},
    progress::{self, refundry_progress},
    status::refundry_status,
};

/// A head that was kept earlier, and whose it is.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_kept_head {
    /// The merchant's id.
    pub merchant_id: *const c_char,
    /// The text of the head.
    pub head: *const c_char,
}

/// What was verified.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_verify_report {
    /// Books checked.
    pub books: u64,
    /// Journal entries checked.
    pub entries: u64,
    /// Evidence that other ledgers' books differ from their mirrors here, which are sound; `NULL` if
    /// there is none.
    pub forks: *const *const refundry_fork,
    /// How many forks.
    pub fork_count: usize,
}

impl Give for VerifyReport {
    type Object = refundry_verify_report;

    fn give(&self, memory: &Memory<'_>) -> refundry_verify_report {
        let (forks, fork_count) = memory.objects(self.forks.iter());
        refundry_verify_report { books: self.books, entries: self.entries, forks, fork_count }
    }
}

/// # Safety
/// `kept` is null or points to `count` heads.
unsafe fn heads(
    kept: *const refundry_kept_head,
    count: usize,
) -> Result<Vec<(String, Head)>, Failure> {
    // SAFETY: as the caller of this function promises.
    let kept = unsafe { items(kept, count, "kept") }?;
    kept.iter()
        .map(|kept| {
            // SAFETY: as the caller of this function promises.
            let (merchant_id, head) =
                unsafe { (text(kept.merchant_id, "merchant_id")?, text(kept.head, "head")?) };
            Ok((merchant_id.to_owned(), Head::parse(head)?))
        })
        .collect()
}

/// Reads everything once and checks every promise and every book's chain.
///
/// `kept` are `kept_count` heads that were kept earlier: each must still stand in its book's chain.
/// `progress` is told journal entries, and may be `NULL`; `context` is passed to it. On success
/// `*report` is an object; free it with `refundry_free`. Others may go on writing meanwhile.
///
/// Statuses: `REFUNDRY_UNSOUND`, whose error names the first thing that is wrong;
/// `REFUNDRY_CORRUPT`; `REFUNDRY_PARAMETER_INVALID` for a head that is none; `REFUNDRY_CANCELED`;
/// and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_verify(
    ledger: *mut refundry_ledger,
    kept: *const refundry_kept_head,
    kept_count: usize,
    progress: refundry_progress,
    context: *mut c_void,
    report: *mut *const refundry_verify_report,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_ledger(ledger, report, |ledger| {
            let kept = heads(kept, kept_count)?;
            let progress = |told: &refundry::VerifyProgress| {
                progress::tell(progress, context, told.entries, told.total)
            };
            Ok(ledger.verify(&kept, progress)?)
        })
    }
}
