//! Refundry for browsers and Node. No rule lives here: every method reads JSON as the library does,
//! calls the library, and gives the answer or the error back as JSON. The TypeScript beside it
//! (`wasm/ts`) makes the interface for JavaScript of these methods.

mod answer;
mod book;
#[cfg(feature = "full")]
mod bytes;
mod dispute;
#[cfg(feature = "full")]
mod events;
#[cfg(feature = "full")]
mod export;
#[cfg(feature = "full")]
mod full;
#[cfg(feature = "full")]
mod handover;
#[cfg(feature = "full")]
mod keys;
mod ledger;
#[cfg(target_family = "wasm")]
mod pool;
#[cfg(feature = "full")]
mod receipt;

pub use ledger::{RawLedger, moment_millis};
#[cfg(target_family = "wasm")]
pub use pool::RawPool;
