//! The operations of a book: each loads what its rules need, decides, and records. Written once, for
//! every store.

pub(crate) mod context;
pub(crate) mod idempotent;

pub(crate) mod charge;
pub(crate) mod dispute;
pub(crate) mod handover;
pub(crate) mod intent;
pub(crate) mod maturity;
pub(crate) mod merchant;
pub(crate) mod refund;
pub(crate) mod transfer;

pub(crate) mod forget;

pub(crate) mod apply;
pub(crate) mod import;
pub(crate) mod receive;
