//! The columns of a row, read in the order in which the query names them.

use rusqlite::{Row, types::FromSql};

use crate::words::{
    currency::Currency,
    error::{Error, Result},
    money::Amount,
    time::Timestamp,
};

/// Reads a row's columns one after the other: to find each by its name costs several times what
/// reading it does.
pub(crate) struct Columns<'a, 'r> {
    row: &'a Row<'r>,
    next: usize,
}

impl<'a, 'r> Columns<'a, 'r> {
    pub(crate) const fn of(row: &'a Row<'r>) -> Self {
        Self { row, next: 0 }
    }

    /// The next column.
    pub(crate) fn next<T: FromSql>(&mut self) -> Result<T> {
        let value = self.row.get(self.next)?;
        self.next = self.next.saturating_add(1);
        Ok(value)
    }

    /// An amount.
    pub(crate) fn amount(&mut self) -> Result<Amount> {
        Amount::from_stored(self.next()?)
    }

    /// A moment.
    pub(crate) fn moment(&mut self) -> Result<Timestamp> {
        Timestamp::from_stored(self.next()?)
    }

    /// A currency, from its code.
    pub(crate) fn currency(&mut self) -> Result<Currency> {
        let code = self.row.get_ref(self.next)?.as_str();
        self.next = self.next.saturating_add(1);
        code.ok()
            .and_then(Currency::from_stored)
            .ok_or_else(|| Error::corrupt("a currency without its code"))
    }
}
