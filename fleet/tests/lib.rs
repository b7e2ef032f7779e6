//! The tests of the fleet: on an engine in memory, and on a PostgreSQL that they start themselves.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)]

mod engine;
mod faulty;
mod judge;
mod overlap;
mod patroni;
mod postgresql;
mod proxy;
mod server;
mod shop;
mod tls;
