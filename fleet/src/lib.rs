//! Refundry's books on PostgreSQL, served by any number of nodes.
//!
//! An [`Engine`] keeps what is true: the recordings of every book, in their order. A [`Node`] keeps
//! the books that it serves in a ledger file, as a cache, and decides there by the library's rules.
//! What is decided is recorded by the engine in one statement, if no other node was faster, and only
//! then answered. docs/fleet.md tells how to run one.

#![forbid(unsafe_code)]

mod cache;
mod carry;
mod catch_up;
mod courier;
mod draft;
mod endpoint;
mod engine;
mod error;
mod import;
mod job;
mod keys;
mod line;
mod maturity;
mod node;
mod often;
mod overlap;
mod postgres;
mod reader;
mod snapshot;
mod state;
mod window;
mod worker;

pub use carry::{Carried, into_fleet, out_of_fleet};
pub use endpoint::{Change, EventAside, Noted, Place, Sender, StoredEndpoint};
pub use engine::{Appended, Engine, EngineError, Group, Head, Kept, Recording, Snapshot};
pub use error::{Error, Result};
pub use job::Pending;
pub use node::{Node, NodeOptions};
pub use postgres::{Announced, Endpoints, Nodes, Postgres, PostgresOptions, is_database_url};
pub use snapshot::make_snapshot;
pub use state::{COUNTS, Count, Health};
