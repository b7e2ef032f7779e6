//! What the accounts of a book hold.

use std::ffi::c_char;

use refundry::{Account, AsOf, CurrencyBalances, Timestamp};

use crate::{
    handle::{on_book, refundry_book},
    memory::{Give, Memory},
    refundry_list,
    status::refundry_status,
};

/// What the accounts of a book hold in one currency, each in the direction that it grows.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_balance {
    /// The currency.
    pub currency: *const c_char,
    /// The merchant's funds that mature later.
    pub pending: i64,
    /// The merchant's funds that can be paid out now; below zero, what the merchant owes.
    pub available: i64,
    /// Payouts that have not arrived yet.
    pub payout_transit: i64,
    /// What the acquirer owes for this merchant's payments.
    pub clearing: i64,
    /// The platform's money at its bank.
    pub bank: i64,
    /// The platform's revenue from this merchant.
    pub fees: i64,
    /// What the platform gave up in the merchant's favour.
    pub losses: i64,
}

/// The balances of every currency of a book, sorted by the currencies' codes.
pub type refundry_balance_list = refundry_list<refundry_balance>;

impl Give for CurrencyBalances {
    type Object = refundry_balance;

    fn give(&self, memory: &Memory<'_>) -> refundry_balance {
        let of = |account| self.balances.of(account).minor();
        refundry_balance {
            currency: memory.text(self.currency.code()),
            pending: of(Account::Pending),
            available: of(Account::Available),
            payout_transit: of(Account::PayoutTransit),
            clearing: of(Account::Clearing),
            bank: of(Account::Bank),
            fees: of(Account::Fees),
            losses: of(Account::Losses),
        }
    }
}

/// The balances of all accounts in every currency of the book, sorted by the currencies' codes.
///
/// On success `*balances` is an object; free it with `refundry_free`.
///
/// Statuses: the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_balances(
    book: *mut refundry_book,
    balances: *mut *const refundry_balance_list,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_book(book, balances, |book| Ok(book.balances()?)) }
}

/// The balances as they were after the journal entry with the sequence number `seq`.
///
/// On success `*balances` is an object; free it with `refundry_free`. The postings are added up.
///
/// Statuses: the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_balances_after(
    book: *mut refundry_book,
    seq: i64,
    balances: *mut *const refundry_balance_list,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_book(book, balances, |book| Ok(book.trial_balance(AsOf::Sequence(seq))?)) }
}

/// The balances that follow from the journal entries that had taken effect at a moment.
///
/// On success `*balances` is an object; free it with `refundry_free`. The postings are added up.
///
/// Statuses: the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_balances_at(
    book: *mut refundry_book,
    moment: i64,
    balances: *mut *const refundry_balance_list,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, balances, |book| {
            Ok(book.trial_balance(AsOf::EffectiveAt(Timestamp::from_millis(moment)))?)
        })
    }
}
