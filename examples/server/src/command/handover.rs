//! `handover give`, `handover take` and `handover refuse`.

use std::io::Read as _;

use clap::{Args, Subcommand};
use refundry::{Access, Book, Handover as Object, IdempotencyKey, Recorded};

use super::{Books, Failure, Output, dispute::key, print};

#[derive(Subcommand)]
pub(super) enum Handover {
    /// Hand what is left of a charge over to another merchant's book, which takes over the text that is printed
    Give(Give),
    /// Take over what another book has handed over to this one
    Take(Take),
    /// Give back what another book has handed over to this one, by the text that is printed
    Refuse(Take),
}

#[derive(Args)]
pub(super) struct Give {
    /// Whose: `acct_…`
    merchant: String,
    /// Which charge: `ch_…`
    charge: String,
    /// To whose book: `acct_…`
    to: String,
    /// A name for this hand-over: the same command given twice is done once
    #[arg(long, value_name = "KEY", value_parser = key)]
    idempotency_key: Option<IdempotencyKey>,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    output: Output,
}

#[derive(Args)]
pub(super) struct Take {
    /// In whose book: `acct_…`
    merchant: String,
    /// The text that the other book gave (`rh1.…`), or `-` to read it from standard input
    text: String,
    #[command(flatten)]
    books: Books,
    #[command(flatten)]
    output: Output,
}

impl Handover {
    pub(super) fn run(self) -> Result<(), Failure> {
        // Without a key a second hand-over is refused, because nothing is left. A text is taken over once.
        match self {
            Self::Give(Give { merchant, charge, to, idempotency_key: key, books, output }) => {
                let give =
                    move |book: &mut Book<'_>| book.hand_over_charge(&charge, &to, key.as_ref());
                with(&books, &output, &merchant, give)
            }
            Self::Take(command) => command.with(|book, text| book.take_over_charge(text)),
            Self::Refuse(command) => command.with(|book, text| book.refuse_handover(text)),
        }
    }
}

impl Take {
    fn with(
        self,
        operation: fn(&mut Book<'_>, &str) -> refundry::Result<Recorded<Object>>,
    ) -> Result<(), Failure> {
        let Self { merchant, mut text, books, output } = self;
        if text == "-" {
            // A text is short, so that what is much longer is something else.
            const MOST: u64 = 64 * 1024;
            text.clear();
            std::io::stdin().take(MOST).read_to_string(&mut text)?;
        }
        with(&books, &output, &merchant, move |book: &mut Book<'_>| operation(book, &text))
    }
}

fn with(
    books: &Books,
    output: &Output,
    merchant: &str,
    operation: impl FnMut(&mut Book<'_>) -> refundry::Result<Recorded<Object>> + Send + 'static,
) -> Result<(), Failure> {
    let recorded = books.book(merchant, Access::Open, operation, Failure::from)?;
    if recorded.replayed {
        print::note("This was recorded before.");
    }
    print::value(output, &recorded.value)
}
