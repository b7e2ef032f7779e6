//! `refund fail`.

use clap::Subcommand;
use refundry::Access;

use super::{Failure, Object};

#[derive(Subcommand)]
pub(super) enum Refund {
    /// The card's bank sent it back: its amount is available again, and the charge can be refunded
    /// anew
    Fail(Object),
}

impl Refund {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self::Fail(of) = self;
        // A refund fails once, so that the same command given twice does no harm without a key.
        of.with(Access::Open, "refund", |book, id| Ok(book.fail_refund(id, None)?.value))
    }
}
