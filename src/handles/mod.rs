//! The handles: what callers hold. A book borrows its ledger, so they share a room.

pub(crate) mod batch;
pub(crate) mod book;
mod every;
pub(crate) mod feed;
pub(crate) mod ledger;
mod maturity;
mod reading;
