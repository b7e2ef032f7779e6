//! What the benchmarks share: a shop to refund in, the same work by hand, and how results are told.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "these numbers are measurements, not money"
)]

pub mod load;
pub mod machine;
pub mod plot;
pub mod reference;
pub mod table;

pub use refundry_shop::{self as shop, Result};
