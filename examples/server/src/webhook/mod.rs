//! Webhooks: what the books record, told to the shops' own systems over HTTP.
//!
//! The [`courier`] is one thread beside the ledger's: it reads events with a handle of its own, or through a
//! fleet's node, and sends them to every [endpoint](endpoint::Endpoint) side by side, each in its book's
//! order. What it has done stands in a [store], a file beside the ledger or the fleet's database, so that
//! nothing is missed after a crash. The ledger knows nothing of all this.

pub(crate) mod books;
pub(crate) mod client;
pub(crate) mod courier;
pub(crate) mod delivery;
pub(crate) mod endpoint;
pub(crate) mod lease;
pub(crate) mod pace;
pub(crate) mod reach;
pub(crate) mod sign;
pub(crate) mod store;
pub(crate) mod target;
