//! Money as people write it, in texts of the caller's.

use std::{ffi::c_char, ptr};

use refundry::{Amount, Balance, Currency, Ledger, SignedAmount};

use crate::{
    argument::{currency, text},
    call::Failure,
    handle::{on_ledger, on_nothing, refundry_ledger},
    status::refundry_status,
};

/// How many characters the longest number has, with its NUL and room to spare.
pub const REFUNDRY_AMOUNT_SIZE: usize = 32;

/// Writes an amount or balance as people do to `to`, with as many decimals as its currency has in
/// this ledger: 22604 piastres are `226.04`. Print the currency's code beside it.
///
/// `to` has room for `size` characters: `REFUNDRY_AMOUNT_SIZE` or more, however small the amount.
/// With `REFUNDRY_OK` it is NUL-terminated; else it is not written to.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` for a currency that is unknown or has no minor unit, and
/// the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_format_amount(
    ledger: *mut refundry_ledger,
    currency_code: *const c_char,
    amount: i64,
    to: *mut c_char,
    size: usize,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_ledger(ledger, &mut (), |ledger| {
            let exponent = exponent(ledger, currency(currency_code)?)?;
            write(&Balance::from_minor(amount).format(exponent), to, size)
        })
    }
}

/// Writes a number of minor units, or any other number of 64 bits, to `to` in digits: printf has no
/// format for them in C89, and a `long` has 32 bits on many machines.
///
/// `to` has room for `size` characters: `REFUNDRY_AMOUNT_SIZE` or more, however small the number.
/// With `REFUNDRY_OK` it is NUL-terminated; else it is not written to.
///
/// Statuses: none but `REFUNDRY_BAD_ARGUMENT` and `REFUNDRY_PANIC`. Any thread may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_format_number(
    number: i64,
    to: *mut c_char,
    size: usize,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_nothing(&mut (), || write(&number.to_string(), to, size)) }
}

/// Reads an amount as people write it, by the decimals that its currency has in this ledger, and
/// writes the minor units to `*amount`: `226.04` are 22604 piastres.
///
/// It is read exactly or not at all: only digits and perhaps one point, with digits on both sides;
/// no sign, no space, no separator of thousands, no needless zero in front, and no more decimals
/// than the currency has.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` for any other text or an unknown currency,
/// `REFUNDRY_PARAMETER_OUT_OF_RANGE` for 0 and for more than 9007199254740991 minor units, and the
/// machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_parse_amount(
    ledger: *mut refundry_ledger,
    currency_code: *const c_char,
    from: *const c_char,
    amount: *mut i64,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_ledger(ledger, amount, |ledger| {
            let exponent = exponent(ledger, currency(currency_code)?)?;
            Ok(Amount::parse(text(from, "from")?, exponent)?.minor())
        })
    }
}

/// Reads an amount that may be negative, for settlements and adjustments: like
/// `refundry_parse_amount`, but a `-` may stand in front.
///
/// Statuses: as `refundry_parse_amount`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_parse_signed_amount(
    ledger: *mut refundry_ledger,
    currency_code: *const c_char,
    from: *const c_char,
    amount: *mut i64,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_ledger(ledger, amount, |ledger| {
            let exponent = exponent(ledger, currency(currency_code)?)?;
            Ok(SignedAmount::parse(text(from, "from")?, exponent)?.minor())
        })
    }
}

/// How many decimals a currency has in this ledger.
pub(crate) fn exponent(ledger: &Ledger, currency: Currency) -> Result<u32, Failure> {
    // Every currency that can be made has one.
    Ok(ledger.exponent(currency)?.unwrap_or_default())
}

/// Writes a text with its NUL. The room that is asked for does not depend on the text. Otherwise a
/// program would work until its first large amount.
///
/// # Safety
/// `to` is null or `size` characters can be written there.
unsafe fn write(text: &str, to: *mut c_char, size: usize) -> Result<(), Failure> {
    let bad = |argument, problem| Err(Failure::BadArgument { argument, problem });
    if to.is_null() {
        return bad("to", "must not be NULL");
    }
    if size < REFUNDRY_AMOUNT_SIZE || size <= text.len() {
        return bad("size", "must be REFUNDRY_AMOUNT_SIZE or more");
    }
    // SAFETY: there is room for the text and its NUL, as the caller of this function promises.
    unsafe {
        ptr::copy_nonoverlapping(text.as_ptr().cast(), to, text.len());
        to.add(text.len()).write(0);
    }
    Ok(())
}
