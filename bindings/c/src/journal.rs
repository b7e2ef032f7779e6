//! Journal entries, and the head of their chain.

use std::ffi::c_char;

use refundry::{Cause, Head, JournalEntry, Posting};

use crate::{
    argument::{optional_text, text},
    handle::{on_book, on_nothing, refundry_book},
    memory::{Give, Memory},
    refundry_list,
    status::refundry_status,
};

/// A charge succeeded.
pub const REFUNDRY_CAUSE_CHARGE: i32 = 1;
/// A charge's funds became available.
pub const REFUNDRY_CAUSE_MATURITY: i32 = 2;
/// A refund was made.
pub const REFUNDRY_CAUSE_REFUND: i32 = 3;
/// A refund came back.
pub const REFUNDRY_CAUSE_REFUND_FAILURE: i32 = 4;
/// A payout was sent.
pub const REFUNDRY_CAUSE_PAYOUT: i32 = 5;
/// A payout arrived.
pub const REFUNDRY_CAUSE_PAYOUT_PAID: i32 = 6;
/// A payout failed while in transit.
pub const REFUNDRY_CAUSE_PAYOUT_FAILED: i32 = 7;
/// A payout came back after it was paid.
pub const REFUNDRY_CAUSE_PAYOUT_RETURNED: i32 = 8;
/// The merchant paid in.
pub const REFUNDRY_CAUSE_TOP_UP: i32 = 9;
/// The acquirer settled, or took back.
pub const REFUNDRY_CAUSE_SETTLEMENT: i32 = 10;
/// The platform gave or took.
pub const REFUNDRY_CAUSE_ADJUSTMENT: i32 = 11;
/// A charge was disputed.
pub const REFUNDRY_CAUSE_DISPUTE: i32 = 12;
/// A dispute was won.
pub const REFUNDRY_CAUSE_DISPUTE_WON: i32 = 13;
/// A dispute was lost: the entry has no postings.
pub const REFUNDRY_CAUSE_DISPUTE_LOST: i32 = 14;
/// What is left of a charge was handed over to another book: the entry has no postings.
pub const REFUNDRY_CAUSE_HANDED_OVER: i32 = 15;
/// What is left of a charge was taken over from another book: the entry has no postings.
pub const REFUNDRY_CAUSE_TAKEN_OVER: i32 = 16;

/// The merchant's funds that mature later.
pub const REFUNDRY_ACCOUNT_PENDING: i32 = 1;
/// The merchant's funds that can be paid out now.
pub const REFUNDRY_ACCOUNT_AVAILABLE: i32 = 2;
/// Payouts that have not arrived yet.
pub const REFUNDRY_ACCOUNT_PAYOUT_TRANSIT: i32 = 3;
/// What the acquirer owes for this merchant's payments.
pub const REFUNDRY_ACCOUNT_CLEARING: i32 = 4;
/// The platform's money at its bank.
pub const REFUNDRY_ACCOUNT_BANK: i32 = 5;
/// The platform's revenue from this merchant.
pub const REFUNDRY_ACCOUNT_FEES: i32 = 6;
/// What the platform gave up in the merchant's favour.
pub const REFUNDRY_ACCOUNT_LOSSES: i32 = 7;

/// One positive amount, from one account to another.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_posting {
    /// The account debited: one of the `REFUNDRY_ACCOUNT_` constants.
    pub debit: i32,
    /// The account credited.
    pub credit: i32,
    /// The amount.
    pub amount: i64,
    /// The currency.
    pub currency: *const c_char,
}

/// An immutable, dated set of postings with one cause.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_journal_entry {
    /// `je_` and the sequence number.
    pub id: *const c_char,
    /// The place in the book's order, from 1.
    pub seq: i64,
    /// One of the `REFUNDRY_CAUSE_` constants.
    pub cause: i32,
    /// The id of the charge, refund or transfer that it is about.
    pub source: *const c_char,
    /// The id of the entry that it reverses; `NULL` if it reverses none.
    pub reverses: *const c_char,
    /// When it took effect.
    pub effective_at: i64,
    /// When it was recorded.
    pub recorded_at: i64,
    /// What it moved.
    pub postings: *const *const refundry_posting,
    /// How many postings.
    pub posting_count: usize,
    /// Its link in the chain: 64 hexadecimal digits.
    pub hash: *const c_char,
}

/// Journal entries, the oldest first.
pub type refundry_journal_entry_list = refundry_list<refundry_journal_entry>;

/// Where a book's chain ends. Anyone who keeps one can detect later that something before it was
/// altered or cut off: see `refundry_verify`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_head {
    /// The sequence number of the last entry; 0 if the book has none.
    pub seq: i64,
    /// The head in one line of text, to keep and to print: the sequence number, a colon and the
    /// hash in 64 hexadecimal digits.
    pub text: *const c_char,
    /// The hash alone.
    pub hash: *const c_char,
}

pub(crate) const fn cause(cause: Cause) -> i32 {
    match cause {
        Cause::Charge => REFUNDRY_CAUSE_CHARGE,
        Cause::Maturity => REFUNDRY_CAUSE_MATURITY,
        Cause::Refund => REFUNDRY_CAUSE_REFUND,
        Cause::RefundFailure => REFUNDRY_CAUSE_REFUND_FAILURE,
        Cause::Payout => REFUNDRY_CAUSE_PAYOUT,
        Cause::PayoutPaid => REFUNDRY_CAUSE_PAYOUT_PAID,
        Cause::PayoutFailed => REFUNDRY_CAUSE_PAYOUT_FAILED,
        Cause::PayoutReturned => REFUNDRY_CAUSE_PAYOUT_RETURNED,
        Cause::TopUp => REFUNDRY_CAUSE_TOP_UP,
        Cause::Settlement => REFUNDRY_CAUSE_SETTLEMENT,
        Cause::Adjustment => REFUNDRY_CAUSE_ADJUSTMENT,
        Cause::Dispute => REFUNDRY_CAUSE_DISPUTE,
        Cause::DisputeWon => REFUNDRY_CAUSE_DISPUTE_WON,
        Cause::DisputeLost => REFUNDRY_CAUSE_DISPUTE_LOST,
        Cause::HandedOver => REFUNDRY_CAUSE_HANDED_OVER,
        Cause::TakenOver => REFUNDRY_CAUSE_TAKEN_OVER,
    }
}

impl Give for Posting {
    type Object = refundry_posting;

    fn give(&self, memory: &Memory<'_>) -> refundry_posting {
        refundry_posting {
            debit: self.debit.number().into(),
            credit: self.credit.number().into(),
            amount: self.amount.minor(),
            currency: memory.text(self.currency.code()),
        }
    }
}

impl Give for JournalEntry {
    type Object = refundry_journal_entry;

    fn give(&self, memory: &Memory<'_>) -> refundry_journal_entry {
        let (postings, posting_count) = memory.objects(self.postings.iter());
        refundry_journal_entry {
            id: memory.text(&self.id),
            seq: self.seq,
            cause: cause(self.cause),
            source: memory.text(&self.source),
            reverses: memory.optional_text(self.reverses.as_deref()),
            effective_at: self.effective_at.millis(),
            recorded_at: self.recorded_at.millis(),
            postings,
            posting_count,
            hash: memory.text(&self.hash.to_string()),
        }
    }
}

impl Give for Head {
    type Object = refundry_head;

    fn give(&self, memory: &Memory<'_>) -> refundry_head {
        refundry_head {
            seq: self.seq,
            text: memory.text(&self.to_string()),
            hash: memory.text(&self.hash.to_string()),
        }
    }
}

/// A journal entry with its postings by its id.
///
/// On success `*entry` is an object; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_RESOURCE_MISSING` if this book has none, and the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_journal_entry_get(
    book: *mut refundry_book,
    id: *const c_char,
    entry: *mut *const refundry_journal_entry,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_book(book, entry, |book| Ok(book.journal_entry(text(id, "id")?)?)) }
}

/// At most `limit` journal entries after a head, the oldest first. `head` is the text of one, as
/// `refundry_book_head` gives it: the one that was noted last begins with the first entry that is
/// new since, `NULL` with the first of all. From the last entry of a list, the sequence number, a
/// colon and its hash go on.
///
/// On success `*entries` is an object; free it with `refundry_free`. There are no more once it has
/// fewer than `limit`.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` for text that is no head; `REFUNDRY_HEAD_UNKNOWN` if the book never
/// had this head: it was restored from an older copy if its last sequence number, the error's
/// `fact`, is less than the head's, and went another way otherwise; and the machine's. Nothing
/// changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_journal_entries_after(
    book: *mut refundry_book,
    head: *const c_char,
    limit: u32,
    entries: *mut *const refundry_journal_entry_list,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, entries, |book| {
            let head = optional_text(head, "head")?.map(Head::parse).transpose()?;
            Ok(book.journal_entries_after(head.as_ref(), limit)?)
        })
    }
}

/// Where the book's chain ends.
///
/// On success `*head` is an object; free it with `refundry_free`.
///
/// Statuses: the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_book_head(
    book: *mut refundry_book,
    head: *mut *const refundry_head,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_book(book, head, |book| Ok(book.head()?)) }
}

/// Reads the text of a head, such as `refundry_book_head` gives: exactly that, without spaces or the
/// end of a line.
///
/// On success `*head` is an object; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` for any other text; `refundry_errmsg(NULL)` says more. Any
/// thread may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_head_parse(
    from: *const c_char,
    head: *mut *const refundry_head,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_nothing(head, || Ok(Head::parse(text(from, "from")?)?)) }
}
