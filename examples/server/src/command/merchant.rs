//! `merchant create`, `merchant set-limit`, `merchant set-references` and `merchant list`.

use clap::{Args, Subcommand};
use refundry::{Access, Book, Currency, Error, NegativeBalanceLimit, NewMerchant};

use super::{Books, Failure, Output, print};

#[derive(Subcommand)]
pub(super) enum Merchant {
    /// Add a merchant, and begin the ledger if there is none
    Create(Create),
    /// Change how far refunds may take its available balance below zero
    SetLimit(SetLimit),
    /// Change whether two refunds may have the same external reference
    SetReferences(SetReferences),
    /// List every merchant
    List(List),
}

#[derive(Args)]
pub(super) struct Create {
    /// What people call it
    name: String,
    #[command(flatten)]
    mode: Mode,
    /// Its id, `acct_…`; made up if not given
    #[arg(long)]
    id: Option<String>,
    /// How many minor units refunds may take its available balance below zero; no limit if not
    /// given
    ///
    /// A number holds for every currency; EGP=5000 holds for one and may be repeated for others. A
    /// limit of 0 refuses refunds of charges that have not matured yet.
    #[arg(long, value_name = "LIMIT", value_parser = limit)]
    negative_balance_limit: Vec<(Option<Currency>, u64)>,
    /// Refuse a refund whose external reference another refund has already
    #[arg(long)]
    unique_references: bool,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    output: Output,
}

/// Whether it moves real money: said each time, because it is for ever.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Mode {
    /// It moves real money; can't be changed later
    #[arg(long)]
    live: bool,
    /// It is for tests; can't be changed later
    #[arg(long)]
    test: bool,
}

#[derive(Args)]
pub(super) struct SetLimit {
    /// Whose: `acct_…`
    merchant: String,
    /// How many minor units; EGP=5000 holds for one currency and may be repeated for others
    #[arg(long, value_name = "LIMIT", value_parser = limit)]
    negative_balance_limit: Vec<(Option<Currency>, u64)>,
    /// Without limit
    #[arg(
        long,
        conflicts_with = "negative_balance_limit",
        required_unless_present = "negative_balance_limit"
    )]
    unlimited: bool,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    output: Output,
}

#[derive(Args)]
#[group(id = "rule", required = true, multiple = false, args = ["unique", "any"])]
pub(super) struct SetReferences {
    /// Whose: `acct_…`
    merchant: String,
    /// Refuse a refund whose external reference another refund has already, failed or not
    #[arg(long)]
    unique: bool,
    /// Take every reference
    #[arg(long)]
    any: bool,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    output: Output,
}

#[derive(Args)]
pub(super) struct List {
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    output: Output,
}

impl Merchant {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Create(command) => command.run(),
            Self::SetLimit(command) => command.run(),
            Self::SetReferences(command) => command.run(),
            Self::List(List { books, output }) => {
                let instead = "the view refundry.merchants of its database lists them";
                let merchants =
                    books.file(Access::ReadOnly, instead, |ledger| Ok(ledger.merchants()?))?;
                print::value(&output, &merchants)
            }
        }
    }
}

impl Create {
    fn run(self) -> Result<(), Failure> {
        let mut new = NewMerchant::named(self.name);
        new.id = self.id;
        new.live_mode = self.mode.live;
        new.negative_balance_limit = limits(&self.negative_balance_limit)?;
        new.unique_references = self.unique_references;
        let merchant = self.books.create_merchant(new, |error| match error {
            Error::ResourceConflict { id, .. } => Failure::refused(format!(
                "there is a merchant {id} already; nothing was changed; choose another --id, \
                 or issue it a key with `refundry-server key issue {id}`"
            )),
            other => other.into(),
        })?;
        print::value(&self.output, &merchant)
    }
}

impl SetLimit {
    fn run(self) -> Result<(), Failure> {
        let limit = limits(&self.negative_balance_limit)?;
        let set = move |book: &mut Book<'_>| {
            book.set_negative_balance_limit(&limit)?;
            book.merchant()
        };
        let merchant = self.books.book(&self.merchant, Access::Open, set, Failure::from)?;
        print::value(&self.output, &merchant)
    }
}

impl SetReferences {
    fn run(self) -> Result<(), Failure> {
        let set = move |book: &mut Book<'_>| {
            book.require_unique_references(self.unique)?;
            book.merchant()
        };
        let merchant = self.books.book(&self.merchant, Access::Open, set, Failure::from)?;
        print::value(&self.output, &merchant)
    }
}

/// What all the options together say.
fn limits(given: &[(Option<Currency>, u64)]) -> Result<NegativeBalanceLimit, Failure> {
    match given {
        [] => Ok(NegativeBalanceLimit::Unlimited),
        [(None, limit)] => Ok(NegativeBalanceLimit::Each(*limit)),
        limits => limits
            .iter()
            .map(|(currency, limit)| Some(((*currency)?, *limit)))
            .collect::<Option<_>>()
            .map(NegativeBalanceLimit::PerCurrency)
            .ok_or_else(|| {
                Failure::usage(
                    "there is more than one --negative-balance-limit, and one is without a \
                     currency; nothing was changed; give one of all, or each as EGP=5000",
                )
            }),
    }
}

fn limit(text: &str) -> Result<(Option<Currency>, u64), String> {
    let (currency, digits) = match text.split_once('=') {
        Some((code, digits)) => {
            (Some(Currency::from_code(code).map_err(|error| error.to_string())?), digits)
        }
        None => (None, text),
    };
    let limit = digits.parse().map_err(|_| "it is a whole number of minor units, or EGP=5000")?;
    Ok((currency, limit))
}
