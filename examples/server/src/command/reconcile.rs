//! `reconcile`: a merchant's book beside an acquirer's settlement file.

use std::{fs::File, path::PathBuf};

use clap::{Args, ValueEnum};
use refundry::{Book, Currency, IdempotencyKey, Ledger, NewTransfer};
use refundry_books::{Comparison, Layout, Period, Reconciliation, Scope, Snapshot, Zone};

use super::{Books, Failure, print};

/// Compares a merchant's book with an acquirer's settlement file: what is matched, missing there,
/// missing here, different in amount, currency or date, or doubled. Charges are positive, refunds
/// negative. Ends with exit code 3 if anything is open.
#[derive(Args)]
pub(super) struct Reconcile {
    /// Whose: `acct_…`
    merchant: String,
    /// The settlement file: UTF-8, columns with headings
    file: PathBuf,
    /// Which column holds what: amount=HEADING, date=HEADING, and perhaps reference=HEADING and
    /// currency=HEADING
    #[arg(long, value_name = "WHAT=HEADING", value_delimiter = ',', required = true)]
    map: Vec<String>,
    /// The currency of all lines, if no column has it
    #[arg(long, value_name = "CODE", value_parser = Currency::from_code)]
    currency: Option<Currency>,
    /// Compare this currency alone: the file does not have the book's others
    #[arg(long, value_name = "CODE", value_parser = Currency::from_code)]
    only: Option<Currency>,
    /// What stands between columns; `tab` is a tab
    #[arg(long, value_name = "CHARACTER", default_value = ",", value_parser = delimiter)]
    delimiter: u8,
    /// The decimal mark
    #[arg(long, value_enum, default_value_t = Decimal::Point)]
    decimal: Decimal,
    /// Amounts are in minor units: piastres, cents, fils
    #[arg(long)]
    minor: bool,
    /// Refunds are positive in the file, and charges negative
    #[arg(long)]
    negated: bool,
    /// The form of dates, such as %d.%m.%Y; without it, 2026-11-30 or a moment with its offset
    #[arg(long, value_name = "FORM")]
    date_format: Option<String>,
    /// Whose days the dates are: a time zone of the IANA database
    #[arg(long, default_value = "UTC")]
    zone: String,
    /// By how many days the same thing may be apart
    #[arg(long, value_name = "DAYS", default_value_t = 3)]
    window: u16,
    /// What the file should have
    #[arg(long, value_enum, default_value_t = Of::All)]
    of: Of,
    /// The first day that the file is about; that of its first line if not given
    #[arg(long, value_name = "WHEN", requires = "to")]
    from: Option<String>,
    /// The last day that the file is about; that of its last line if not given
    #[arg(long, value_name = "WHEN", requires = "from")]
    to: Option<String>,
    /// For whom to write
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Record that the acquirer has paid the file's total, if nothing is open; once for each file
    #[arg(long)]
    settle: bool,
    #[command(flatten)]
    books: Books,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Decimal {
    /// 1,234.50
    Point,
    /// 1.234,50
    Comma,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Of {
    /// Charges, refunds, disputes, and what came back of both
    All,
    /// Charges
    Charges,
    /// Refunds, and refunds that came back
    Refunds,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// For programs
    Json,
    /// For a browser
    Html,
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && *byte != b'"' => Ok(*byte),
        _ => Err("one character of ASCII, such as ; or tab".into()),
    }
}

impl Reconcile {
    pub(super) fn run(self) -> Result<(), Failure> {
        let layout = self.layout()?;
        let period = match (&self.from, &self.to) {
            (None, None) => None,
            (from, to) => Some(Period::between(from.as_deref(), to.as_deref(), &layout.zone)?),
        };
        let file = File::open(&self.file).map_err(|error| {
            Failure::machine(format!(
                "{} can't be read ({error}); nothing was compared; check the path",
                self.file.display()
            ))
        })?;
        let report = self
            .books
            .read(&self.merchant, |ledger| self.compare(ledger, file, &layout, period))?;
        self.print(&report)?;
        if self.settle {
            return self.record(&report);
        }
        match report.open.len() {
            0 => Ok(()),
            open => Err(Failure::refused(format!("{open} are open; the report says which"))),
        }
    }

    /// Records what was paid. Each settlement has a key, so that what is cut off can be begun again.
    fn record(&self, report: &Reconciliation) -> Result<(), Failure> {
        let settlements = report.settlements()?;
        let record = move |book: &mut Book<'_>| {
            let record = |(new, key): &(NewTransfer, IdempotencyKey)| {
                book.create_transfer(new, Some(key)).map(|settled| settled.id.clone())
            };
            settlements.iter().map(record).collect::<refundry::Result<Vec<String>>>()
        };
        let settled = self.books.together(&self.merchant, record)?;
        print::note(&format!("Settled: {}", settled.join(", ")));
        Ok(())
    }

    fn compare(
        &self,
        ledger: &mut Ledger,
        file: File,
        layout: &Layout,
        period: Option<Period>,
    ) -> Result<Reconciliation, Failure> {
        let scope = match self.of {
            Of::All => Scope::All,
            Of::Charges => Scope::Charges,
            Of::Refunds => Scope::Refunds,
        };
        let mut snapshot = Snapshot::of(ledger, &self.merchant)?;
        let name = self.file.file_name().map(|name| name.to_string_lossy());
        let comparison = Comparison {
            name: name.as_deref(),
            scope,
            currency: self.only,
            window: self.window,
            period,
        };
        let compared = refundry_books::reconcile(&mut snapshot, file, layout, &comparison);
        compared.map_err(|error| Failure::from(error).about(self.file.display()))
    }

    fn print(&self, report: &Reconciliation) -> Result<(), Failure> {
        print::stream(|to| match self.format {
            Format::Text => report.write_text(to),
            Format::Json => report.write_json(to),
            Format::Html => report.write_html(to),
        })
    }

    fn layout(&self) -> Result<Layout, Failure> {
        let mut layout = Layout::parse(self.map.iter().map(String::as_str), self.currency)?;
        layout.delimiter = self.delimiter;
        layout.decimal_comma = self.decimal == Decimal::Comma;
        layout.minor_units = self.minor;
        layout.negated = self.negated;
        layout.date_format.clone_from(&self.date_format);
        layout.zone = Zone::named(&self.zone)?;
        Ok(layout)
    }
}
