//! Merchants: whose money it is.

use std::{collections::BTreeMap, ffi::c_char, ptr};

use refundry::{Merchant, NegativeBalanceLimit, NewMerchant};

use crate::{
    argument::{self, Extensible, currency, items, optional_text, text, truth},
    call::Failure,
    handle::{on_book, on_ledger, refundry_book, refundry_ledger},
    memory::{Give, Memory},
    refundry_list,
    status::refundry_status,
};

/// Refunds may take the available balance below zero as far as they need.
pub const REFUNDRY_LIMIT_NONE: i32 = 1;
/// At most `each` minor units below zero, in each currency.
pub const REFUNDRY_LIMIT_EACH: i32 = 2;
/// At most so much below zero in the listed currencies; without limit in others.
pub const REFUNDRY_LIMIT_PER_CURRENCY: i32 = 3;

/// A limit in one currency.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_currency_limit {
    /// The currency's code.
    pub currency: *const c_char,
    /// How many minor units.
    pub limit: u64,
}

/// How far refunds may take a merchant's available balance below zero. Funds that are still
/// pending do not count, so a limit of 0 refuses refunds of charges that have not matured, unless
/// other funds are available.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_limit {
    /// `sizeof(refundry_limit)`.
    pub struct_size: u32,
    /// `REFUNDRY_LIMIT_NONE`, `REFUNDRY_LIMIT_EACH` or `REFUNDRY_LIMIT_PER_CURRENCY`.
    pub kind: i32,
    /// How many minor units, for `REFUNDRY_LIMIT_EACH`.
    pub each: u64,
    /// The currencies, for `REFUNDRY_LIMIT_PER_CURRENCY`.
    pub per_currency: *const refundry_currency_limit,
    /// How many currencies.
    pub per_currency_count: usize,
}

// SAFETY: it begins with its size, and zeros are valid.
unsafe impl Extensible for refundry_limit {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// Whose money it is; live or test for ever.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_merchant {
    /// `acct_...`
    pub id: *const c_char,
    /// What people call it.
    pub name: *const c_char,
    /// Whether it moves real money.
    pub live_mode: i32,
    /// How far refunds may take its available balance below zero.
    pub limit: *const refundry_limit,
    /// When it was added.
    pub created_at: i64,
    /// Whether a refund is refused whose external reference another refund has already.
    pub unique_references: i32,
}

/// Merchants, sorted by id.
pub type refundry_merchant_list = refundry_list<refundry_merchant>;

/// A merchant about to be added.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct refundry_new_merchant {
    /// `sizeof(refundry_new_merchant)`.
    pub struct_size: u32,
    /// Whether it moves real money; can't be changed later.
    pub live_mode: i32,
    /// `acct_...`; `NULL` for a generated id.
    pub id: *const c_char,
    /// What people call it: 1 to 500 characters.
    pub name: *const c_char,
    /// How far refunds may take its available balance below zero; `NULL` for no limit.
    pub limit: *const refundry_limit,
    /// Whether a refund is refused whose external reference another refund has already.
    pub unique_references: i32,
}

// SAFETY: it begins with its size, and zeros are valid.
unsafe impl Extensible for refundry_new_merchant {
    const FIRST_SIZE: usize = size_of::<Self>();
}

/// # Safety
/// `limit` is null or as the header has it.
unsafe fn limit(limit: *const refundry_limit) -> Result<NegativeBalanceLimit, Failure> {
    // SAFETY: as the caller of this function promises.
    let given = unsafe { argument::sized(limit, "limit") }?;
    match given.kind {
        REFUNDRY_LIMIT_NONE => Ok(NegativeBalanceLimit::Unlimited),
        REFUNDRY_LIMIT_EACH => Ok(NegativeBalanceLimit::Each(given.each)),
        REFUNDRY_LIMIT_PER_CURRENCY => {
            let (first, count) = (given.per_currency, given.per_currency_count);
            let mut limits = BTreeMap::new();
            // SAFETY: as the caller of this function promises.
            for of in unsafe { items(first, count, "per_currency") }? {
                // SAFETY: as the caller of this function promises.
                if limits.insert(unsafe { currency(of.currency) }?, of.limit).is_some() {
                    let problem = "must name each currency once";
                    return Err(Failure::BadArgument { argument: "per_currency", problem });
                }
            }
            Ok(NegativeBalanceLimit::PerCurrency(limits))
        }
        _ => {
            let problem = "must be one of the REFUNDRY_LIMIT_ constants";
            Err(Failure::BadArgument { argument: "kind", problem })
        }
    }
}

impl Give for NegativeBalanceLimit {
    type Object = refundry_limit;

    fn give(&self, memory: &Memory<'_>) -> refundry_limit {
        let (kind, each) = match self {
            Self::Unlimited => (REFUNDRY_LIMIT_NONE, 0),
            Self::Each(limit) => (REFUNDRY_LIMIT_EACH, *limit),
            Self::PerCurrency(_) => (REFUNDRY_LIMIT_PER_CURRENCY, 0),
        };
        let (per_currency, per_currency_count) = match self {
            Self::PerCurrency(limits) => memory.array(limits.iter().map(|(currency, limit)| {
                refundry_currency_limit { currency: memory.text(currency.code()), limit: *limit }
            })),
            Self::Unlimited | Self::Each(_) => (ptr::null(), 0),
        };
        let struct_size = u32::try_from(size_of::<refundry_limit>()).unwrap_or(u32::MAX);
        refundry_limit { struct_size, kind, each, per_currency, per_currency_count }
    }
}

impl Give for Merchant {
    type Object = refundry_merchant;

    fn give(&self, memory: &Memory<'_>) -> refundry_merchant {
        refundry_merchant {
            id: memory.text(&self.id),
            name: memory.text(&self.name),
            live_mode: self.live_mode.into(),
            limit: memory.object(&self.negative_balance_limit),
            created_at: self.created_at.millis(),
            unique_references: self.unique_references.into(),
        }
    }
}

/// Adds a merchant, whose book is empty.
///
/// On success `*merchant` is an object; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID`, `REFUNDRY_RESOURCE_CONFLICT` if the id exists, and the
/// machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_merchant_create(
    ledger: *mut refundry_ledger,
    new_merchant: *const refundry_new_merchant,
    merchant: *mut *const refundry_merchant,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_ledger(ledger, merchant, |ledger| {
            let given = argument::sized(new_merchant, "new_merchant")?;
            let mut new = NewMerchant::named(text(given.name, "name")?);
            new.id = optional_text(given.id, "id")?.map(str::to_owned);
            new.live_mode = truth(given.live_mode, "live_mode")?;
            new.unique_references = truth(given.unique_references, "unique_references")?;
            if !given.limit.is_null() {
                new.negative_balance_limit = limit(given.limit)?;
            }
            Ok(ledger.create_merchant(&new)?)
        })
    }
}

/// Every merchant, sorted by id.
///
/// On success `*merchants` is an object; free it with `refundry_free`.
///
/// Statuses: the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_merchants(
    ledger: *mut refundry_ledger,
    merchants: *mut *const refundry_merchant_list,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_ledger(ledger, merchants, |ledger| Ok(ledger.merchants()?)) }
}

/// The merchant whose API key this is.
///
/// On success `*merchant` is an object; free it with `refundry_free`.
///
/// Statuses: `REFUNDRY_API_KEY_INVALID` for an unknown key, `REFUNDRY_API_KEY_INACTIVE` for a
/// revoked one, and the machine's. Nothing changes. No message repeats a key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_authenticate(
    ledger: *mut refundry_ledger,
    api_key: *const c_char,
    merchant: *mut *const refundry_merchant,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_ledger(ledger, merchant, |ledger| Ok(ledger.authenticate(text(api_key, "api_key")?)?))
    }
}

/// The merchant whose book this is.
///
/// On success `*merchant` is an object; free it with `refundry_free`.
///
/// Statuses: the machine's. Nothing changes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_book_merchant(
    book: *mut refundry_book,
    merchant: *mut *const refundry_merchant,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe { on_book(book, merchant, |book| Ok(book.merchant()?)) }
}

/// Changes how far refunds may take the available balance below zero.
///
/// Statuses: `REFUNDRY_PARAMETER_INVALID` for an unknown currency, and the machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_limit_set(
    book: *mut refundry_book,
    limit: *const refundry_limit,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, &mut (), |book| {
            let limit = self::limit(limit)?;
            Ok(book.set_negative_balance_limit(&limit)?)
        })
    }
}

/// Changes whether a refund is refused whose external reference another refund has already, failed or
/// not: acquirers and tills send twice. Refunds without a reference are never refused for that.
///
/// `required` is 0 or 1.
///
/// Statuses: the machine's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn refundry_unique_references_require(
    book: *mut refundry_book,
    required: i32,
) -> refundry_status {
    // SAFETY: the caller keeps to the header's conventions.
    unsafe {
        on_book(book, &mut (), |book| {
            Ok(book.require_unique_references(truth(required, "required")?)?)
        })
    }
}
