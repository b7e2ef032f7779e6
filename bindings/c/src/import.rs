//! Import: objects from elsewhere, one JSON object a line, all of them or none.

use std::{
    ffi::{c_char, c_void},
    fs,
};

use refundry::{Error, FileError, IgnoredFact, ImportProgress, ImportReport};

use crate::{
    argument::{items, text},
    handle::{on_ledger, refundry_ledger},
    memory::{Give, Memory},
    progress::{self, refundry_progress},
    status::refundry_status,
};

/// What an import did.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_import_report {
    /// Lines read, blank ones included.
    pub lines: u64,
    /// Lines that recorded or advanced an object.
    pub recorded: u64,
    /// Lines of objects that were known already, as they are or further on: nothing was recorded.
    pub skipped: u64,
    /// How many facts of lines that were skipped are not what is known, and were ignored.
    pub ignored: u64,
    /// The first hundred of them.
    pub ignored_facts: *const *const refundry_ignored_fact,
    /// How many these are.
    pub ignored_fact_count: usize,
}

/// What a line said of a known object, and an import does not change.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_ignored_fact {
    /// The line's number, from 1.
    pub line: u64,
    /// The object.
    pub id: *const c_char,
    /// The field.
    pub fact: *const c_char,
}

impl Give for IgnoredFact {
    type Object = refundry_ignored_fact;

    fn give(&self, memory: &Memory<'_>) -> refundry_ignored_fact {
        let (id, fact) = (memory.text(&self.id), memory.text(&self.fact));
        refundry_ignored_fact { line: self.line, id, fact }
    }
}

impl Give for ImportReport {
    type Object = refundry_import_report;

    fn give(&self, memory: &Memory<'_>) -> refundry_import_report {
        let (ignored_facts, ignored_fact_count) = memory.objects(self.ignored_facts.iter());
        refundry_import_report {
            lines: self.lines,
            recorded: self.recorded,
            skipped: self.skipped,
            ignored: self.ignored,
            ignored_facts,
            ignored_fact_count,
        }
    }
}

/// Imports objects from a text of `length` bytes, one JSON object a line, in one transaction.
///
/// `progress` is told bytes, and may be `NULL`; `context` is passed to it. On success `*report`
/// is an object; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_IMPORT`, whose error says which line is bad and why; `REFUNDRY_CANCELED`;
/// `REFUNDRY_LOCK_TIMEOUT`; and the machine's. Nothing of this import is then kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_import(
    ledger: *mut refundry_ledger,
    lines: *const c_char,
    length: usize,
    progress: refundry_progress,
    context: *mut c_void,
    report: *mut *const refundry_import_report,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_ledger(ledger, report, |ledger| {
            let lines = items(lines.cast::<u8>(), length, "lines")?;
            let total = u64::try_from(length).unwrap_or(0);
            let told = |told: &ImportProgress| progress::tell(progress, context, told.bytes, total);
            Ok(ledger.import(lines, told)?)
        })
    }
}

/// Imports objects from the file `path`: like `refundry_import`. Memory does not grow with the
/// file.
///
/// Statuses: also `REFUNDRY_INPUT_OUTPUT` if the file can't be read or is one of the ledger's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_import_file(
    ledger: *mut refundry_ledger,
    path: *const c_char,
    progress: refundry_progress,
    context: *mut c_void,
    report: *mut *const refundry_import_report,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_ledger(ledger, report, |ledger| {
            let path = text(path, "path")?;
            let total = fs::metadata(path)
                .map_err(|error| Error::from(FileError::input_output(path, error)))?
                .len();
            let told = |told: &ImportProgress| progress::tell(progress, context, told.bytes, total);
            Ok(ledger.import_file(path, told)?)
        })
    }
}
