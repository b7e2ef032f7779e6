//! The handles: what callers hold. A book borrows its ledger, so they share a room.

pub(crate) mod batch;
pub(crate) mod book;
pub(crate) mod feed;
pub(crate) mod ledger;
pub(crate) mod mirrors;
pub(crate) mod receive;
