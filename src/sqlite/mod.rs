//! Books kept in an SQLite file: the only room that knows SQL.

mod columns;
mod error;
pub(crate) mod number;
pub(crate) mod tx;

pub(crate) mod book;
mod record;

pub(crate) mod balances;
pub(crate) mod charges;
pub(crate) mod currencies;
pub(crate) mod disputes;
pub(crate) mod entries;
pub(crate) mod events;
pub(crate) mod handovers;
pub(crate) mod idempotency;
pub(crate) mod intents;
pub(crate) mod keys;
pub(crate) mod maturing;
pub(crate) mod merchants;
pub(crate) mod mirrors;
pub(crate) mod named;
pub(crate) mod proven;
pub(crate) mod recordings;
pub(crate) mod refunds;
pub(crate) mod statement;
mod texts;
pub(crate) mod totals;
pub(crate) mod transfers;
pub(crate) mod tree;

pub(crate) mod backup;
pub(crate) mod file;
pub(crate) mod upgrade;
pub(crate) mod verify;

pub(crate) use rusqlite::Connection;
