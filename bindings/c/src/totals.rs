//! The end of a terminal's day.

use std::ffi::c_char;

use refundry::{Head, Total, Totals};

use crate::{
    argument::{optional_text, text},
    handle::{on_book, refundry_book},
    journal::{cause, refundry_head},
    memory::{Give, Memory},
    status::refundry_status,
};

/// What the entries of one cause in one currency add up to.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_total {
    /// The currency.
    pub currency: *const c_char,
    /// Why the entries were made: one of the `REFUNDRY_CAUSE_` constants.
    pub cause: i32,
    /// How many there are.
    pub count: u64,
    /// What they move: negative if it is taken from the merchant, as on the statement. A settlement is
    /// negative if the acquirer takes it back.
    pub amount: i64,
    /// The platform's fees among it.
    pub fee: i64,
}

/// What the entries from one head to another add up to.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_totals_report {
    /// The last entry before those that are counted.
    pub from: *const refundry_head,
    /// The last entry that is counted. The next day goes on from here.
    pub to: *const refundry_head,
    /// One total for each currency and cause that has entries, sorted by currency and then by cause.
    pub totals: *const *const refundry_total,
    /// How many totals.
    pub total_count: usize,
}

impl Give for Total {
    type Object = refundry_total;

    fn give(&self, memory: &Memory<'_>) -> refundry_total {
        refundry_total {
            currency: memory.text(self.currency.code()),
            cause: cause(self.cause),
            count: self.count,
            amount: self.amount.minor(),
            fee: self.fee.minor(),
        }
    }
}

impl Give for Totals {
    type Object = refundry_totals_report;

    fn give(&self, memory: &Memory<'_>) -> refundry_totals_report {
        let (totals, total_count) = memory.objects(self.totals.iter());
        refundry_totals_report {
            from: memory.object(&self.from),
            to: memory.object(&self.to),
            totals,
            total_count,
        }
    }
}

/// What the entries after one head add up to, through another or through the last: a terminal's
/// end-of-day report in one call.
///
/// `from` and `to` are texts of heads, such as `refundry_book_head` gives; `to` may be `NULL` for the
/// last entry. The next day goes on from the report's `to`: nothing is counted twice or left out,
/// whatever the clock said. On success `*report` is an object; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` for a text that is no head; `REFUNDRY_HEAD_UNKNOWN` for a head that
/// the book never had; `REFUNDRY_PARAMETER_INVALID` if `to` comes before `from`;
/// `REFUNDRY_BALANCE_OUT_OF_RANGE` if a total is no 64-bit integer; and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_totals(
    book: *mut refundry_book,
    from: *const c_char,
    to: *const c_char,
    report: *mut *const refundry_totals_report,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, report, |book| {
            let from = Head::parse(text(from, "from")?)?;
            let to = optional_text(to, "to")?.map(Head::parse).transpose()?;
            Ok(book.totals(&from, to.as_ref())?)
        })
    }
}
