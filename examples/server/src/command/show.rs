//! `show`: what a merchant's book says, in the API's names.

use clap::{Args, Subcommand};
use refundry::{
    Access, Book, DisputeFilter, DisputeStatus, Error, HandoverDirection, HandoverFilter, List,
    Page, Refund, RefundFilter, RefundStatus, Timestamp,
};
use serde_json::{Value, json};

use super::{Books, Failure, Object, Output, print};

#[derive(Subcommand)]
pub(super) enum Show {
    /// A refund, with its entry in the ledger
    Refund(Object),
    /// The newest refunds, of all charges or of one
    Refunds(Refunds),
    /// A charge
    Charge(Object),
    /// A payment intent
    PaymentIntent(Object),
    /// A dispute
    Dispute(Object),
    /// The newest disputes, of all charges or of one
    Disputes(Disputes),
    /// A hand-over, with its text
    Handover(Object),
    /// The newest hand-overs, of all charges or of one
    Handovers(Handovers),
    /// A payout, top-up, settlement or adjustment
    Transfer(Object),
    /// A line of the merchant's statement
    BalanceTransaction(Object),
    /// A journal entry, with its postings
    JournalEntry(Object),
    /// What is available and what is pending, in minor units
    Balance(Balance),
}

#[derive(Args)]
pub(super) struct Refunds {
    /// Whose: `acct_…`
    merchant: String,
    /// Only those of this charge
    #[arg(long, value_name = "ID")]
    charge: Option<String>,
    /// Only those of this payment intent's charges
    #[arg(long, value_name = "ID")]
    payment_intent: Option<String>,
    /// Only those made at this moment or later: `2024-01-01T00:00:00Z`
    #[arg(long, value_name = "MOMENT")]
    from: Option<Timestamp>,
    /// Only those made before this moment
    #[arg(long, value_name = "MOMENT")]
    to: Option<Timestamp>,
    /// Only those that stand (`succeeded`), or only those that failed (`failed`)
    #[arg(long, value_name = "STATUS")]
    status: Option<RefundStatus>,
    /// Only those with this external reference
    #[arg(long, value_name = "TEXT")]
    reference: Option<String>,
    /// How many, 1 to 100
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: u32,
    /// Only those older than this refund
    #[arg(long, value_name = "ID")]
    starting_after: Option<String>,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    output: Output,
}

#[derive(Args)]
pub(super) struct Disputes {
    /// Whose: `acct_…`
    merchant: String,
    /// Only those of this charge
    #[arg(long, value_name = "ID")]
    charge: Option<String>,
    /// Only those that are `open`, `won` or `lost`
    #[arg(long, value_name = "STATUS", value_parser = status)]
    status: Option<DisputeStatus>,
    /// How many, 1 to 100
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: u32,
    /// Only those older than this dispute
    #[arg(long, value_name = "ID")]
    starting_after: Option<String>,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    output: Output,
}

#[derive(Args)]
pub(super) struct Handovers {
    /// Whose: `acct_…`
    merchant: String,
    /// Only those of this charge
    #[arg(long, value_name = "ID")]
    charge: Option<String>,
    /// Only what this book handed over (`handed_over`), or only what it took over (`taken_over`)
    #[arg(long, value_name = "DIRECTION", value_parser = direction)]
    direction: Option<HandoverDirection>,
    /// How many, 1 to 100
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: u32,
    /// Only those older than this hand-over
    #[arg(long, value_name = "ID")]
    starting_after: Option<String>,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    output: Output,
}

fn status(name: &str) -> Result<DisputeStatus, String> {
    DisputeStatus::from_name(name).map_err(|error| error.to_string())
}

fn direction(name: &str) -> Result<HandoverDirection, String> {
    HandoverDirection::from_name(name).map_err(|error| error.to_string())
}

#[derive(Args)]
pub(super) struct Balance {
    /// Whose: `acct_…`
    merchant: String,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    output: Output,
}

impl Show {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Refund(of) => {
                of.with(Access::ReadOnly, "refund", |book, id| book.posted_refund(id))
            }
            Self::Refunds(command) => command.run(),
            Self::Charge(of) => of.with(Access::ReadOnly, "charge", |book, id| book.charge(id)),
            Self::PaymentIntent(of) => {
                of.with(Access::ReadOnly, "payment intent", |book, id| book.payment_intent(id))
            }
            Self::Dispute(of) => of.with(Access::ReadOnly, "dispute", |book, id| book.dispute(id)),
            Self::Disputes(command) => command.run(),
            Self::Handover(of) => {
                of.with(Access::ReadOnly, "hand-over", |book, id| book.handover(id))
            }
            Self::Handovers(command) => command.run(),
            Self::Transfer(of) => {
                of.with(Access::ReadOnly, "transfer", |book, id| book.transfer(id))
            }
            Self::BalanceTransaction(of) => {
                of.with(Access::ReadOnly, "balance transaction", |book, id| {
                    book.balance_transaction(id)
                })
            }
            Self::JournalEntry(of) => {
                of.with(Access::ReadOnly, "journal entry", |book, id| book.journal_entry(id))
            }
            Self::Balance(Balance { merchant, books, output }) => {
                let ask = |book: &mut Book<'_>| book.funds();
                let funds = books.book(&merchant, Access::ReadOnly, ask, Failure::from)?;
                print::value(&output, &funds)
            }
        }
    }
}

/// What of a refund has room in a line.
fn row(of: &Refund) -> Value {
    json!({
        "id": of.id,
        "createdAt": of.created_at,
        "chargeId": of.charge_id,
        "amount": of.amount,
        "currency": of.currency,
        "status": of.status,
        "reason": of.reason,
    })
}

impl Refunds {
    fn run(self) -> Result<(), Failure> {
        let filter = RefundFilter {
            charge_id: self.charge,
            payment_intent_id: self.payment_intent,
            from: self.from,
            to: self.to,
            status: self.status,
            external_reference: self.reference,
            ..RefundFilter::default()
        };
        let page = Page { limit: self.limit, starting_after: self.starting_after };
        let list =
            list(&self.books, &self.merchant, page, move |book, page| book.refunds(&filter, page))?;
        if self.output.json {
            return print::value(&self.output, &list.data);
        }
        print::value(&self.output, &list.data.iter().map(row).collect::<Vec<_>>())?;
        tell(list.has_more);
        Ok(())
    }
}

impl Disputes {
    fn run(self) -> Result<(), Failure> {
        let filter = DisputeFilter { charge_id: self.charge, status: self.status };
        let page = Page { limit: self.limit, starting_after: self.starting_after };
        let list = list(&self.books, &self.merchant, page, move |book, page| {
            book.disputes(&filter, page)
        })?;
        print::value(&self.output, &list.data)?;
        tell(list.has_more && !self.output.json);
        Ok(())
    }
}

impl Handovers {
    fn run(self) -> Result<(), Failure> {
        let filter = HandoverFilter { charge_id: self.charge, direction: self.direction };
        let page = Page { limit: self.limit, starting_after: self.starting_after };
        let list = list(&self.books, &self.merchant, page, move |book, page| {
            book.handovers(&filter, page)
        })?;
        print::value(&self.output, &list.data)?;
        tell(list.has_more && !self.output.json);
        Ok(())
    }
}

/// A page of a list.
fn list<T: Send + 'static>(
    books: &Books,
    merchant: &str,
    page: Page,
    mut ask: impl FnMut(&mut Book<'_>, &Page) -> refundry::Result<List<T>> + Send + 'static,
) -> Result<List<T>, Failure> {
    let asked = page.clone();
    let ask = move |book: &mut Book<'_>| ask(book, &asked);
    books.book(merchant, Access::ReadOnly, ask, |error| of_page(error, &page))
}

/// The failure of a list, which names the option that is to blame.
fn of_page(error: Error, page: &Page) -> Failure {
    match (error.param(), &page.starting_after) {
        (Some("startingAfter"), Some(id)) => {
            Failure::from(error).about(format_args!("--starting-after {id}"))
        }
        _ => error.into(),
    }
}

fn tell(has_more: bool) {
    if has_more {
        print::note("There are more: go on with --starting-after and the last id.");
    }
}
