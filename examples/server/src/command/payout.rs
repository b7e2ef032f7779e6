//! `payout paid`, `payout failed` and `payout returned`.

use clap::Subcommand;
use refundry::{Access, PayoutOutcome};

use super::{Failure, Object};

#[derive(Subcommand)]
pub(super) enum Payout {
    /// It arrived
    Paid(Object),
    /// It did not arrive: its amount is available again
    Failed(Object),
    /// It came back after it had arrived: its amount is available again
    Returned(Object),
}

impl Payout {
    pub(super) fn run(self) -> Result<(), Failure> {
        let (of, outcome) = match self {
            Self::Paid(of) => (of, PayoutOutcome::Paid),
            Self::Failed(of) => (of, PayoutOutcome::Failed),
            Self::Returned(of) => (of, PayoutOutcome::Returned),
        };
        // Each happens once, so that the same command given twice does no harm without a key.
        of.with(Access::Open, "payout", move |book, id| {
            Ok(book.conclude_payout(id, outcome, None)?.value)
        })
    }
}
