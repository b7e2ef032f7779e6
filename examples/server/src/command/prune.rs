//! `prune`: forgets old idempotency keys.

use clap::Args;
use refundry::Timestamp;
use serde::Serialize;

use super::{Books, Failure, Output, print};
use crate::clock;

/// A day, in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000;

#[derive(Args)]
pub(super) struct Prune {
    /// Only keys that are older; those of the last 30 days always stay, by the book's own account,
    /// which grows by a day at most with each thing recorded
    #[arg(long, value_name = "N", default_value_t = 30)]
    days: u32,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    output: Output,
}

#[derive(Serialize)]
struct Report {
    pruned: u64,
}

impl Prune {
    pub(super) fn run(self) -> Result<(), Failure> {
        let now = clock::now().map_err(Failure::machine)?;
        let age = i64::from(self.days).saturating_mul(DAY);
        let before = Timestamp::from_millis(now.millis().saturating_sub(age));
        let pruned = self.books.prune(before)?;
        print::value(&self.output, &Report { pruned })
    }
}
