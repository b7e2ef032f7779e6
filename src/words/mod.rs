//! The words of the field, and the pure rules about them: no database, no file, no clock.

pub(crate) mod error;
mod failure;
pub(crate) mod refusal;

pub(crate) mod currency;
mod decimal;
mod historic;
pub(crate) mod money;
pub(crate) mod time;

pub(crate) mod hex;
pub(crate) mod id;
pub(crate) mod json;
pub(crate) mod page;
mod reader;

pub(crate) mod account;
pub(crate) mod chain;
pub(crate) mod entry;
pub(crate) mod event;

pub(crate) mod charge;
pub(crate) mod dispute;
pub(crate) mod filter;
pub(crate) mod handover;
pub(crate) mod intent;
pub(crate) mod posted;
pub(crate) mod refund;
pub(crate) mod request;
pub(crate) mod statement;
pub(crate) mod totals;
pub(crate) mod transfer;

pub(crate) mod idempotency;
pub(crate) mod key;
pub(crate) mod merchant;

#[cfg(not(target_family = "wasm"))]
mod conversions;

pub(crate) mod access;
pub(crate) mod feed;
pub(crate) mod finding;
pub(crate) mod progress;
