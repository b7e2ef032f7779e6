//! The handles: what callers hold. A book borrows its ledger, so they share a room.

pub(crate) mod batch;
pub(crate) mod book;
mod disputes;
pub(crate) mod events;
mod every;
pub(crate) mod feed;
mod handovers;
pub(crate) mod ledger;
mod maturity;
pub(crate) mod mirrors;
pub(crate) mod options;
mod reading;
mod receipts;
pub(crate) mod receive;
mod totals;
mod verification;
