//! `dispute open`, `dispute won` and `dispute lost`.

use clap::{Args, Subcommand};
use refundry::{Access, Amount, Book, DisputeReason, Fee, IdempotencyKey, NewDispute};

use super::{Books, Failure, Object, Output, print};

#[derive(Subcommand)]
pub(super) enum Dispute {
    /// The cardholder's bank took money of a charge back
    Open(Open),
    /// The merchant was right: the amount is available again
    Won(Won),
    /// The cardholder was right, and keeps the money
    Lost(Object),
}

#[derive(Args)]
pub(super) struct Open {
    /// Whose: `acct_…`
    merchant: String,
    /// Of which charge: `ch_…`
    charge: String,
    /// How much of it, in minor units
    amount: i64,
    /// A name for this dispute: the same command given twice is done once
    #[arg(long, value_name = "KEY", value_parser = key)]
    idempotency_key: IdempotencyKey,
    /// What the merchant is charged for it, in minor units
    #[arg(long, value_name = "AMOUNT", default_value_t = 0)]
    fee: i64,
    /// Why: duplicate, fraudulent, `credit_not_processed`, `product_not_received`,
    /// `product_unacceptable`, `subscription_canceled`, unrecognized or general
    #[arg(long, value_parser = reason)]
    reason: Option<DisputeReason>,
    /// The card network's own reference
    #[arg(long, value_name = "TEXT")]
    network_reference: Option<String>,
    /// Its id; made up if not given
    #[arg(long)]
    id: Option<String>,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    output: Output,
}

#[derive(Args)]
pub(super) struct Won {
    #[command(flatten)]
    of: Object,
    /// Give the fee back, too
    #[arg(long)]
    return_fee: bool,
}

impl Dispute {
    pub(super) fn run(self) -> Result<(), Failure> {
        // A dispute ends once, so that the same command given twice does no harm without a key.
        match self {
            Self::Open(new) => new.run(),
            Self::Won(Won { of, return_fee }) => {
                of.with(Access::Open, "dispute", move |book, id| {
                    Ok(book.win_dispute(id, return_fee, None)?.value)
                })
            }
            Self::Lost(of) => {
                of.with(Access::Open, "dispute", |book, id| Ok(book.lose_dispute(id, None)?.value))
            }
        }
    }
}

impl Open {
    fn run(self) -> Result<(), Failure> {
        let new = NewDispute {
            id: self.id,
            charge_id: self.charge,
            amount: Amount::from_minor(self.amount)?,
            fee: Fee::from_minor(self.fee)?,
            reason: self.reason,
            network_reference: self.network_reference,
        };
        let key = self.idempotency_key;
        let open = move |book: &mut Book<'_>| book.open_dispute(&new, Some(&key));
        let recorded = self.books.book(&self.merchant, Access::Open, open, Failure::from)?;
        if recorded.replayed {
            print::note("This was recorded before, under the same idempotency key.");
        }
        print::value(&self.output, &recorded.value)
    }
}

pub(super) fn key(text: &str) -> Result<IdempotencyKey, String> {
    IdempotencyKey::new(text).map_err(|error| error.to_string())
}

fn reason(name: &str) -> Result<DisputeReason, String> {
    DisputeReason::from_name(name).map_err(|error| error.to_string())
}
