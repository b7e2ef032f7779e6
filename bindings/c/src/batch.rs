//! Many operations in one commit.

use crate::{
    handle::{on_ledger, refundry_ledger},
    status::refundry_status,
};

/// Begins a batch: what calls on this ledger and its books record from now on shares one commit,
/// and none of it is on disk before `refundry_batch_commit` has returned `REFUNDRY_OK`. Other
/// handles and processes that write wait meanwhile.
///
/// Each call has its own outcome. One that is refused, or whose arguments are invalid, changes
/// nothing and does not disturb the others. A failure of the machine rolls back the whole batch.
/// Imports, backups and verifications are refused in a batch.
///
/// Statuses: `REFUNDRY_BATCH` if one is open already, and the machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_batch_begin(ledger: *mut refundry_ledger) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_ledger(ledger, &mut (), |ledger| Ok(ledger.begin_batch()?)) }
}

/// Commits every operation of the batch and ends it. Then they are on disk.
///
/// Statuses: `REFUNDRY_BATCH` if none is open or one of its operations failed, and the machine's.
/// The batch has ended then, and but for `REFUNDRY_OUTCOME_UNKNOWN` nothing of it was kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_batch_commit(ledger: *mut refundry_ledger) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_ledger(ledger, &mut (), |ledger| Ok(ledger.commit_batch()?)) }
}

/// Ends the batch and keeps nothing of it; does nothing if none is open.
///
/// Statuses: none but `REFUNDRY_BAD_ARGUMENT`, `REFUNDRY_HANDLE_IN_USE` and `REFUNDRY_PANIC`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_batch_roll_back(ledger: *mut refundry_ledger) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_ledger(ledger, &mut (), |ledger| {
            ledger.roll_back_batch();
            Ok(())
        })
    }
}
