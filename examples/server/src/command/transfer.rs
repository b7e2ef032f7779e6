//! `transfer payout`, `transfer top-up`, `transfer settlement` and `transfer adjustment`.

use clap::{Args, Subcommand};
use refundry::{Access, Amount, Book, Currency, IdempotencyKey, NewTransfer, SignedAmount};

use super::{Books, Failure, Output, print};

#[derive(Subcommand)]
pub(super) enum Transfer {
    /// Available funds are sent to the merchant's bank account
    Payout(New),
    /// The merchant pays into its available balance
    TopUp(New),
    /// The acquirer pays what it owes; with a minus, it takes back
    Settlement(New),
    /// The platform gives to the merchant; with a minus, it takes
    Adjustment(New),
}

#[derive(Args)]
pub(super) struct New {
    /// Whose: `acct_…`
    merchant: String,
    /// How much, in minor units
    #[arg(allow_negative_numbers = true)]
    amount: i64,
    /// In which currency, such as EGP
    #[arg(value_parser = currency)]
    currency: Currency,
    /// A name for this transfer: the same command given twice is done once
    #[arg(long, value_name = "KEY", value_parser = key)]
    idempotency_key: IdempotencyKey,
    /// Its id; made up if not given
    #[arg(long)]
    id: Option<String>,
    /// A description for people
    #[arg(long)]
    description: Option<String>,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    output: Output,
}

impl Transfer {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Payout(new) => new.record_positive(NewTransfer::payout),
            Self::TopUp(new) => new.record_positive(NewTransfer::top_up),
            Self::Settlement(new) => new.record_signed(NewTransfer::settlement),
            Self::Adjustment(new) => new.record_signed(NewTransfer::adjustment),
        }
    }
}

impl New {
    fn record_positive(self, of: fn(Amount, Currency) -> NewTransfer) -> Result<(), Failure> {
        let transfer = of(Amount::from_minor(self.amount)?, self.currency);
        self.record(transfer)
    }

    fn record_signed(self, of: fn(SignedAmount, Currency) -> NewTransfer) -> Result<(), Failure> {
        let transfer = of(SignedAmount::from_minor(self.amount)?, self.currency);
        self.record(transfer)
    }

    fn record(self, mut transfer: NewTransfer) -> Result<(), Failure> {
        transfer.id = self.id;
        transfer.description = self.description;
        let key = self.idempotency_key;
        let record = move |book: &mut Book<'_>| book.create_transfer(&transfer, Some(&key));
        let recorded = self.books.book(&self.merchant, Access::Open, record, Failure::from)?;
        if recorded.replayed {
            print::note("This was recorded before, under the same idempotency key.");
        }
        print::value(&self.output, &recorded.value)
    }
}

fn currency(code: &str) -> Result<Currency, String> {
    Currency::from_code(code).map_err(|error| error.to_string())
}

fn key(text: &str) -> Result<IdempotencyKey, String> {
    IdempotencyKey::new(text).map_err(|error| error.to_string())
}
