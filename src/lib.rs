//! Refunds that cannot go wrong: a full double-entry ledger over one SQLite file.
//!
//! A [`Ledger`] is a file with the books of any number of merchants. A [`Book`] is everything of
//! one of them: accounts, journal, statement, and the chain with which tampering can be detected.
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
//! holds every rule; `record` then writes, and cannot refuse.
//!
//! # Threads and async
//!
//! A [`Ledger`] may be sent to another thread, and is used by one thread at a time. Give each thread
//! that reads a handle of its own; let one thread own the handle that writes, and commit what waits
//! together ([`Ledger::batch`]), because every durable commit waits for the disk. Two books of one
//! handle can't be held at once: an operation has the whole file in its transaction, so the borrow
//! checker says what SQLite would. To compare two books, or to read one while another is written, open
//! the file a second time; a book costs a look-up of its merchant, so ask for it anew where it is
//! needed.
//!
//! In async code a call blocks its thread for as long as the disk takes. Run it on a thread that may
//! block (`tokio::task::spawn_blocking`), or send requests to a thread that owns the ledger, as the
//! example server does.
//!
//! ```
//! use std::thread;
//!
//! use refundry::{Ledger, NewMerchant, Options};
//!
//! let mut ledger = Ledger::in_memory(Options::default())?;
//! let merchant = thread::spawn(move || ledger.create_merchant(&NewMerchant::named("Cairo Books")));
//! assert_eq!(merchant.join().unwrap()?.name, "Cairo Books");
//! # Ok::<(), refundry::Error>(())
//! ```
//!
//! # More
//!
//! In the sources, README.md lists the guarantees with their tests, and DESIGN.md says why things are
//! as they are. docs/import.md is the format that [`Ledger::import`] reads. docs/feed.md is that of
//! [`Book::recordings_after`] and [`Ledger::apply`], docs/chain.md says how a
//! [`Head`] is computed, and docs/receipts.md what a [`Book::receipt`] proves.

#![forbid(unsafe_code)]

// The rooms, each of which uses only those above it; the store reads words and recordings.
mod words;

mod recording;

mod operations;

mod sqlite;

mod handles;

mod forms;

pub use forms::import::{ImportLine, ImportLines};
pub use handles::{
    batch::Batch,
    book::Book,
    feed::{Feed, without_text},
    ledger::Ledger,
    options::Options,
    receive::Receiver,
};
pub use words::{
    access::{Access, Durability},
    account::{Account, Balances, CurrencyBalances, Funds, Sum},
    chain::{Hash, Head, Mark},
    charge::{Charge, ChargeStatus, Conclusion, NewCharge},
    currency::Currency,
    dispute::{Dispute, DisputeReason, DisputeStatus, NewDispute},
    entry::{AsOf, Cause, JournalEntry, NamedEntry, Posting},
    error::{Error, Result, engine::EngineError, file::FileError, head::HeadProblem},
    event::{Event, EventData, EventFilter, EventObject, EventType},
    feed::{FeedKey, FeedPiece, FeedReport, Fork},
    filter::{
        ChargeFilter, DisputeFilter, HandoverFilter, RefundFilter, StatementFilter, TransferFilter,
    },
    finding::{Finding, Invariant},
    handover::{Handover, HandoverDirection},
    id::{Random, seeded_random},
    idempotency::{IdempotencyKey, KeyRecord, Operation, Recorded},
    intent::{NewPaymentIntent, PaymentIntent},
    key::{ApiKey, IssuedKey},
    merchant::{Merchant, NegativeBalanceLimit, NewMerchant},
    money::{Amount, Balance, Fee, SignedAmount},
    page::{List, Page},
    posted::{PostedRefund, RefundLedger},
    progress::{
        BackupProgress, IgnoredFact, ImportProgress, ImportReport, OnUpgrade, UpgradeProgress,
        VerifyProgress, VerifyReport,
    },
    refund::{Reason, Refund, RefundStatus},
    refusal::Refusal,
    request::{RefundRequest, Target},
    statement::{BalanceTransaction, LineStatus, LineType},
    time::Timestamp,
    totals::{Total, Totals},
    transfer::{NewTransfer, PayoutOutcome, PayoutStatus, Transfer, TransferKind},
};

/// Major units, as [`Amount::to_major`] gives them.
pub use rust_decimal::Decimal;

/// Receipts and their checker, which needs no ledger: see [`Book::receipt`].
pub use refundry_receipt as receipt;

/// The README's example compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
