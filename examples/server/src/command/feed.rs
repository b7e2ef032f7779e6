//! `feed`: a merchant's book as lines that another ledger can take in.

use std::io::{self, BufWriter, Write};

use clap::Args;
use refundry::{Book, Mark};

use super::{Books, Failure, book};

/// How many recordings are in memory at a time.
const LINES: u32 = 256;

#[derive(Args)]
pub(super) struct Feed {
    /// Whose: `acct_…`
    merchant: String,
    /// Begin after this place, `n:hash`, as the receiver tells it
    #[arg(long, value_name = "MARK", value_parser = Mark::parse)]
    after: Option<Mark>,
    #[command(flatten)]
    books: Books,
}

impl Feed {
    pub(super) fn run(self) -> Result<(), Failure> {
        let Self { merchant, after, books } = self;
        books.read(&merchant, |ledger| {
            let after = after.unwrap_or_else(|| Mark::genesis(&merchant));
            let mut to = BufWriter::with_capacity(1 << 16, io::stdout().lock());
            write(&book(ledger, &merchant)?, &after, &mut to)
        })
    }
}

/// Writes a feed. A reader who has seen enough and closes the pipe is no failure.
fn write(book: &Book<'_>, after: &Mark, to: &mut impl Write) -> Result<(), Failure> {
    let mut feed = book.feed(after)?;
    loop {
        let lines = book.feed_lines(&mut feed, LINES)?;
        let is_last = lines.is_empty();
        let written = lines.iter().try_for_each(|line| writeln!(to, "{line}"));
        match if is_last { to.flush() } else { written } {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(error.into()),
            Ok(()) if is_last => return Ok(()),
            Ok(()) => {}
        }
    }
}
