//! The tests of the library, as its users meet it.

// A test that panics has done its work; and a sum that overflows here panics.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::unwrap_used
)]

mod batches;
mod disputes;
mod feeds;
mod files;
mod forms;
mod fuzzing;
mod generated;
mod handovers;
mod idempotency;
mod importing;
mod maturity;
mod mirrors;
mod model;
mod queries;
mod receipts;
mod receiving;
mod refusals;
mod retail;
mod rooms;
mod scenarios;
mod shop;
mod simulator;
mod size;
mod style;
mod tampering;
mod upgrades;
mod vectors;
