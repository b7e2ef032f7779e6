//! Refundry for C. No rule lives here: every function checks its pointers, calls the library, and
//! writes its output last. `include/refundry.h` is made from these files by `cargo xtask header`;
//! its conventions are in `cbindgen.toml`.

#![allow(non_camel_case_types, reason = "types are named as C names them")]
#![allow(
    clippy::missing_safety_doc,
    reason = "the header's conventions are the contract of every function"
)]

pub mod error;
pub mod handle;
pub mod list;
pub mod memory;
pub mod options;
pub mod progress;
pub mod status;
pub mod version;

pub mod amount;
pub mod name;

pub mod charge;
pub mod dispute;
pub mod filter;
pub mod handover;
pub mod intent;
pub mod key;
pub mod merchant;
pub mod metadata;
pub mod refund;
pub mod transfer;

pub mod balance;
pub mod event;
pub mod idempotency;
pub mod journal;
pub mod statement;
pub mod totals;

pub mod backup;
pub mod batch;
#[cfg(feature = "exports")]
pub mod export;
pub mod feed;
pub mod import;
pub mod receipt;
pub mod verify;

mod argument;
mod call;

#[cfg(test)]
#[path = "../../../fuzz/calls/mod.rs"]
mod calls;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod panics;

use self::list::refundry_list;
