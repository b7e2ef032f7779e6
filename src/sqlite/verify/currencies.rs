//! The currencies of the file, by their numbers, and which of them the books have.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Row};

use super::wrong::{Checked, Wrong, hold};
use crate::{
    sqlite::columns::Columns,
    words::{
        currency::Currency,
        error::Result,
        finding::{Invariant, unsound},
    },
};

/// A currency and the exponent that the file froze for it.
#[derive(Clone, Copy)]
pub(super) struct Known {
    pub(super) currency: Currency,
    pub(super) exponent: u32,
}

pub(super) struct Currencies(BTreeMap<i64, Known>);

impl Currencies {
    pub(super) fn read(conn: &Connection) -> Result<Self> {
        let mut statement = conn.prepare("SELECT currency, code, exponent FROM currencies")?;
        let mut rows = statement.query([])?;
        let mut currencies = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let number: i64 = row.get(0)?;
            let known = known(row).map_err(|wrong| wrong.at(None, place(number)))?;
            currencies.insert(number, known);
        }
        Ok(Self(currencies))
    }

    pub(super) fn get(&self, number: i64) -> Option<&Known> {
        self.0.get(&number)
    }

    /// How a finding calls the currency with this number.
    pub(super) fn name(&self, number: i64) -> String {
        self.get(number).map_or_else(|| place(number), |known| known.currency.code().to_owned())
    }

    /// Every currency is one that a recording was the first to use.
    pub(super) fn check_used(&self, used: &BTreeSet<i64>) -> Result<()> {
        match self.0.keys().find(|number| !used.contains(number)) {
            Some(number) => Err(unsound(None, place(*number), Invariant::Recorded)),
            None => Ok(()),
        }
    }
}

fn place(number: i64) -> String {
    format!("currency {number}")
}

fn known(row: &Row<'_>) -> Checked<Known> {
    let mut columns = Columns::of(row);
    let number: i64 = columns.next()?;
    let currency = columns.currency()?;
    let exponent = u32::try_from(columns.next::<i64>()?).ok().filter(|exponent| *exponent <= 9);
    hold(number > 0, Invariant::Readable)?;
    let exponent = exponent.ok_or(Wrong::Here(Invariant::Readable))?;
    Ok(Known { currency, exponent })
}
