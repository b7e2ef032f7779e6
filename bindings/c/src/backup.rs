//! Online backup.

use std::ffi::{c_char, c_void};

use refundry::BackupProgress;

use crate::{
    argument::text,
    handle::{on_ledger, refundry_ledger},
    progress::{self, refundry_progress},
    status::refundry_status,
};

/// Copies the ledger, as it is now, to the new file `path`, while others may go on using it.
///
/// `progress` is told pages, and may be `NULL`; `context` is passed to it.
///
/// Statuses: `REFUNDRY_FILE_EXISTS`, `REFUNDRY_CANCELED`, and the machine's. There is then no new
/// file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_backup(
    ledger: *mut refundry_ledger,
    path: *const c_char,
    progress: refundry_progress,
    context: *mut c_void,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_ledger(ledger, &mut (), |ledger| {
            let progress = |told: &BackupProgress| {
                progress::tell(progress, context, told.copied.into(), told.total.into())
            };
            Ok(ledger.backup(text(path, "path")?, progress)?)
        })
    }
}
