//! Rows as CSV.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use csv::{Terminator, WriterBuilder};

use super::column::{Cell, Column};
use crate::error::{Error, Result};

/// Where rows go, one a line.
pub(crate) struct Sheet<W: Write> {
    to: csv::Writer<W>,
    /// The cell that is being written.
    cell: Vec<u8>,
}

impl<W: Write> Sheet<W> {
    pub(crate) fn to(to: W) -> Self {
        let to = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(to);
        Self { to, cell: Vec::new() }
    }

    /// Writes one row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [&str; N]) -> Result<()> {
        self.to.write_record(cells).map_err(failed)
    }

    /// Lets everything go where it is to go.
    pub(crate) fn flush(&mut self) -> Result<()> {
        self.to.flush().map_err(Error::Output)
    }

    pub(super) fn titles(&mut self, columns: &[Column]) -> Result<()> {
        self.to.write_record(columns.iter().map(|column| column.name)).map_err(failed)
    }

    pub(super) fn cells(&mut self, cells: &[Cell<'_>]) -> Result<()> {
        for cell in cells {
            self.cell(cell)?;
        }
        self.to.write_record(None::<&[u8]>).map_err(failed)
    }

    fn cell(&mut self, cell: &Cell<'_>) -> Result<()> {
        self.cell.clear();
        let formatted = match cell {
            Cell::Name(name) => return self.field(name.unwrap_or_default().as_bytes()),
            Cell::Text(of) => return self.field(text(of.unwrap_or_default()).as_bytes()),
            Cell::Hash(hash) => write!(self.cell, "{hash}"),
            Cell::Number(number) => write!(self.cell, "{number}"),
            Cell::Moment(moment) => write!(self.cell, "{moment}"),
            Cell::Major(major) => write!(self.cell, "{major}"),
        };
        formatted.map_err(Error::Output)?;
        self.to.write_field(&self.cell).map_err(failed)
    }

    fn field(&mut self, bytes: &[u8]) -> Result<()> {
        self.to.write_field(bytes).map_err(failed)
    }
}

fn failed(error: csv::Error) -> Error {
    Error::Output(io::Error::from(error))
}

/// A text as a cell that no spreadsheet takes for a formula. Without its first apostrophe, if it
/// begins with one, it is the text again.
pub(crate) fn text(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\'', '＝', '＋', '－', '＠']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}
