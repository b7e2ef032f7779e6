//! Books that people read, read by the programs that they use.

// A test may panic, and counts.
#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used)]

#[cfg(feature = "parquet")]
mod frames;
mod journals;
mod program;
mod reconciling;
mod shop;
mod statements;
mod stories;
mod tables;
