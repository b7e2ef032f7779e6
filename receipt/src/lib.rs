//! Receipts that prove themselves: a refund or charge, with a proof that it is in a book.
//!
//! The shop publishes [checkpoints](Checkpoint) of its book, which it may sign. A [`Receipt`] names
//! one, and its text fits a QR code. This crate reads and checks receipts, and needs no ledger for
//! it. docs/receipts.md writes the format down, so that anyone can write another checker.
//!
//! ```
//! use refundry_receipt::{Receipt, VerifyingKey};
//!
//! // What the customer has, and what the shop has published.
//! let text = include_str!("../tests/refund.txt").trim_end();
//! let key = VerifyingKey::parse(include_str!("../tests/key.txt").trim_end())?;
//!
//! let receipt = Receipt::parse(text)?;
//! receipt.signed_by(&key)?;
//! assert_eq!((receipt.entry().amount(), receipt.entry().currency()), (10_900, "EGP"));
//! # Ok::<(), refundry_receipt::Error>(())
//! ```

#![forbid(unsafe_code)]

mod checkpoint;
mod consistency;
mod entry;
mod error;
mod hex;
#[cfg(feature = "ed25519")]
mod key;
mod note;
mod reader;
mod receipt;
pub mod tree;

pub use checkpoint::Checkpoint;
pub use consistency::Consistency;
pub use entry::{Charge, Entry, Facts, Posting, Refund};
pub use error::{Error, Result};
#[cfg(feature = "ed25519")]
pub use key::{SigningKey, VerifyingKey};
pub use note::{Note, Signature};
pub use receipt::Receipt;

/// A SHA-256 hash.
pub type Hash = [u8; 32];
