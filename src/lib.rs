//! Refunds that cannot go wrong: a full double-entry ledger over one SQLite file.
//!
//! A [`Ledger`] is a file with the books of any number of merchants. A [`Book`] is everything of
//! one of them: accounts, journal, statement, and the chain that makes tampering evident.
//! [`Book::create_refund`] is what it is all for:
//!
//! ```
//! use refundry::{
//!     Amount, Currency, Fee, IdempotencyKey, Ledger, NewCharge, NewMerchant, Options,
//!     RefundRequest, Timestamp,
//! };
//!
//! let mut ledger = Ledger::in_memory(Options::default())?;
//! let merchant = ledger.create_merchant(&NewMerchant::named("Cairo Books"))?;
//! let mut book = ledger.book(&merchant.id)?;
//!
//! let egp = Currency::from_code("EGP")?;
//! let due = Timestamp::parse("2024-01-03T00:00:00.000Z")?;
//! let (amount, fee) = (Amount::from_minor(22_604)?, Fee::from_minor(912)?);
//! let charge = book.create_charge(&NewCharge::succeeded(amount, fee, egp, due), None)?;
//!
//! let key = IdempotencyKey::new("order-17-refund-1")?;
//! let mut request = RefundRequest::of_charge(&charge.id);
//! request.amount = Some(Amount::from_minor(10_900)?);
//! let refund = book.create_refund(&request, Some(&key))?;
//! assert_eq!(book.charge(&charge.id)?.amount_refunded.minor(), 10_900);
//!
//! // A duplicate press does nothing more.
//! let again = book.create_refund(&request, Some(&key))?;
//! assert!(again.replayed && again.id == refund.id);
//! # Ok::<(), refundry::Error>(())
//! ```
//!
//! Every operation has three steps in one transaction: load, decide, record. Deciding is pure and
//! holds every rule; recording can't refuse.

#![forbid(unsafe_code)]

mod account;
mod chain;
mod currency;
mod decimal;
mod historic;
mod id;
mod journal;
mod money;
mod time;

mod columns;
mod file;
mod key;
mod ledger;
mod merchant;
mod tx;

mod book;
mod charge;
mod idempotency;
mod intent;
mod maturity;
mod page;
mod refund;
mod request;
mod statement;
mod text;
mod transfer;

mod backup;
mod batch;
mod fields;
mod form;
mod import;
mod json;
mod verify;

mod error;
mod refusal;

pub use account::{Account, Balances, CurrencyBalances, Funds, Sum};
pub use backup::BackupProgress;
pub use batch::Batch;
pub use book::Book;
pub use chain::{Hash, Head};
pub use charge::{Charge, ChargeStatus, Conclusion, NewCharge};
pub use currency::Currency;
pub use error::{Error, Result};
pub use id::{Random, seeded_random};
pub use idempotency::{IdempotencyKey, KeyRecord, Operation, Recorded};
pub use import::{ImportProgress, ImportReport};
pub use intent::{NewPaymentIntent, PaymentIntent};
pub use journal::{AsOf, Cause, JournalEntry, Posting};
pub use key::{ApiKey, IssuedKey};
pub use ledger::{Access, Ledger, Options};
pub use merchant::{Merchant, NegativeBalanceLimit, NewMerchant};
pub use money::{Amount, Balance, Fee, SignedAmount};
pub use page::{List, Page};
pub use refund::{PostedRefund, Reason, Refund, RefundFilter, RefundLedger, RefundStatus};
pub use refusal::Refusal;
pub use request::{RefundRequest, Target};
pub use statement::{BalanceTransaction, LineStatus, LineType};
pub use time::Timestamp;
pub use transfer::{NewTransfer, PayoutOutcome, PayoutStatus, Transfer, TransferKind};
pub use verify::{Finding, Invariant, VerifyProgress, VerifyReport};

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
