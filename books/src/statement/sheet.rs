//! A statement as a table.

use std::io::Write;

use refundry::Account;

use super::{Group, InCurrency, Line, Paper, Title, minute};
use crate::{
    error::Result,
    money::Major,
    name,
    table::{self, text},
};

/// The rows of a statement: opening balances, lines and closing balances of each currency.
pub(super) struct Sheet<W: Write>(table::Sheet<W>);

impl<W: Write> Sheet<W> {
    pub(super) fn new(to: W) -> Self {
        Self(table::Sheet::to(to))
    }

    fn row(
        &mut self,
        what: [&str; 5],
        of: &InCurrency,
        minor: impl Into<i128> + Copy,
    ) -> Result<()> {
        let [kind, when, id, charge, reference] = what;
        let minor: i128 = minor.into();
        let major = Major::new(minor, of.exponent).to_string();
        let minor = minor.to_string();
        self.0.row([kind, when, id, charge, reference, of.currency.code(), &major, &minor])
    }

    fn accounts(&mut self, kind: &str, of: &InCurrency, sums: &[i128; 7]) -> Result<()> {
        for (account, sum) in Account::ALL.into_iter().zip(sums) {
            self.row([kind, "", name::account(account), "", ""], of, *sum)?;
        }
        Ok(())
    }
}

impl<W: Write> Paper for Sheet<W> {
    fn begin(&mut self, _: &Title) -> Result<()> {
        self.0.row([
            "kind",
            "time",
            "id",
            "charge",
            "reference",
            "currency",
            "amount",
            "amountMinor",
        ])
    }

    fn opening(&mut self, of: &InCurrency) -> Result<()> {
        self.accounts("opening", of, &of.opening)
    }

    fn group(&mut self, _: &InCurrency, _: Group) -> Result<()> {
        Ok(())
    }

    fn line(&mut self, of: &InCurrency, group: Group, line: &Line<'_>) -> Result<()> {
        let when = format!("{}:{:02}", minute(line.when), line.when.second());
        let (charge, reference) = (text(line.of), text(line.reference));
        self.row([group.name(), &when, line.source, &charge, &reference], of, line.amount)
    }

    fn total(&mut self, _: &InCurrency, _: Group) -> Result<()> {
        Ok(())
    }

    fn closing(&mut self, of: &InCurrency) -> Result<()> {
        self.accounts("closing", of, &of.closing)
    }

    fn end(&mut self) -> Result<()> {
        self.0.flush()
    }
}
