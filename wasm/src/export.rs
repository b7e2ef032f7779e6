//! Books that people read: journals, tables and statements.

use std::io::{self, BufWriter, Write};

use js_sys::{Function, Uint8Array};
use refundry::{Head, Ledger};
use refundry_books::{
    Dialect, Language, Period, Snapshot, Statement, StatementFormat, Table, Zone, write_journal,
    write_table,
};
use wasm_bindgen::prelude::*;

use crate::{
    answer::{Answer, answer, invalid, thrown},
    ledger::RawLedger,
};

/// How many bytes a piece has at most, but for a single longer text.
const PIECE: usize = 64 << 10;

/// Where the pieces of a text go. A function that throws stops the call.
struct Pieces<'a> {
    write: &'a Function,
    /// Writers try again when they are dropped.
    is_stopped: bool,
}

impl Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.is_stopped {
            let piece = Uint8Array::from(bytes);
            self.is_stopped = self.write.call1(&JsValue::UNDEFINED, &piece).is_err();
        }
        if self.is_stopped {
            return Err(io::Error::other("the function asked to stop"));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is exported.
enum Export {
    Journal(Dialect),
    Table(Table),
}

impl Export {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "hledger" => Self::Journal(Dialect::Hledger),
            "ledger" => Self::Journal(Dialect::Ledger),
            "beancount" => Self::Journal(Dialect::Beancount),
            "csv-journal" => Self::Table(Table::Journal),
            "csv-statement" => Self::Table(Table::Statement),
            "csv-refunds" => Self::Table(Table::Refunds),
            "csv-charges" => Self::Table(Table::Charges),
            "csv-disputes" => Self::Table(Table::Disputes),
            _ => return None,
        })
    }

    fn write(
        &self,
        ledger: &mut Ledger,
        merchant: &str,
        period: &Period,
        to: &mut impl Write,
    ) -> refundry_books::Result<Head> {
        let mut snapshot = Snapshot::of(ledger, merchant)?;
        match self {
            Self::Journal(dialect) => write_journal(&mut snapshot, period, *dialect, to)?,
            Self::Table(table) => write_table(&mut snapshot, period, *table, to)?,
        }
        Ok(snapshot.head())
    }
}

#[wasm_bindgen]
impl RawLedger {
    /// Gives a book to `write` as bytes, piece by piece, and answers the head up to which it was read.
    ///
    /// # Errors
    /// The library's, like every method's here, thrown as JSON.
    pub fn export(
        &self,
        merchant: &str,
        format: &str,
        from: Option<String>,
        to: Option<String>,
        write: &Function,
    ) -> Answer {
        let known = "hledger, ledger, beancount, csv-journal, csv-statement, csv-refunds, csv-charges or csv-disputes";
        let export = Export::from_name(format).ok_or_else(|| invalid("format", known))?;
        let ledger = &mut *self.ledger.borrow_mut();
        let period = Period::asked(ledger, merchant, from.as_deref(), to.as_deref(), &Zone::UTC);
        let period = period.map_err(|error| thrown(&error))?;
        let pieces = Pieces { write, is_stopped: false };
        let mut to = BufWriter::with_capacity(PIECE, pieces);
        let written = export.write(ledger, merchant, &period, &mut to);
        // What is left of a text that failed is nobody's.
        drop(to.into_parts());
        answer(written.map_err(|error| error.into_ledgers("from")))
    }

    /// The statement of a period, whose days are those of a time zone.
    ///
    /// # Errors
    /// The library's, thrown as JSON.
    #[expect(clippy::too_many_arguments, reason = "JavaScript hands over an object's fields")]
    pub fn statement(
        &self,
        merchant: &str,
        format: &str,
        language: &str,
        zone: Option<String>,
        month: Option<String>,
        from: Option<String>,
        to: Option<String>,
    ) -> Result<String, JsValue> {
        let format = match format {
            "text" => StatementFormat::Text,
            "html" => StatementFormat::Html,
            "csv" => StatementFormat::Csv,
            _ => return Err(invalid("format", "text, html or csv")),
        };
        let language = match language {
            "en" => Language::English,
            "ar" => Language::Arabic,
            _ => return Err(invalid("language", "en or ar")),
        };
        let ledger = &mut *self.ledger.borrow_mut();
        let statement = || {
            let zone = zone.map_or(Ok(Zone::UTC), |zone| Zone::named(&zone));
            let zone = zone.map_err(|error| error.into_ledgers("zone"))?;
            let period = match month {
                Some(month) => {
                    Period::month(&month, &zone).map_err(|error| error.into_ledgers("month"))?
                }
                None => Period::asked(ledger, merchant, from.as_deref(), to.as_deref(), &zone)?,
            };
            let mut text = Vec::new();
            let mut snapshot = Snapshot::of(ledger, merchant).map_err(of_books)?;
            let statement = Statement::of(&mut snapshot, &period, &zone).map_err(of_books)?;
            statement.write(format, language, &mut text).map_err(of_books)?;
            String::from_utf8(text)
                .map_err(|_| refundry::Error::Internal { expected: "a text in UTF-8" })
        };
        statement().map_err(|error| thrown(&error))
    }
}

fn of_books(error: refundry_books::Error) -> refundry::Error {
    error.into_ledgers("from")
}
