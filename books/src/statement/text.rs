//! A statement for a terminal.

use std::io::{self, Write};

use super::{Group, InCurrency, Line, Paper, Title, Words, minute};
use crate::{
    error::{Error, Result},
    money::Major,
};

/// How wide everything before the amounts is, and an amount.
const LEFT: usize = 58;
const AMOUNT: usize = 20;

pub(super) struct Text<'a, W: Write> {
    pub(super) to: &'a mut W,
    pub(super) words: &'static Words,
}

impl<W: Write> Text<'_, W> {
    /// A text, and an amount at the end of the line.
    fn row(&mut self, text: &str, minor: i128, exponent: u32) -> Result<()> {
        let amount = Major::new(minor, exponent).grouped();
        let room = AMOUNT.saturating_add(LEFT.saturating_sub(text.chars().count()));
        self.print(format_args!("{text}{amount:>room$}\n"))
    }

    fn print(&mut self, what: std::fmt::Arguments<'_>) -> Result<()> {
        written(self.to.write_fmt(what))
    }
}

impl<W: Write> Paper for Text<'_, W> {
    fn begin(&mut self, title: &Title) -> Result<()> {
        let Words { statement, period, to, first, last, head, .. } = self.words;
        let name = title.merchant_name.replace(|character: char| character.is_control(), " ");
        let from = title.from.as_deref().unwrap_or(first);
        let until = title.to.as_deref().unwrap_or(last);
        self.print(format_args!("{statement}: {name} ({})\n", title.merchant_id))?;
        self.print(format_args!("{period}: {from} {to} {until} ({})\n", title.zone.name()))?;
        self.print(format_args!("{head}: {}\n", title.head))
    }

    fn opening(&mut self, of: &InCurrency) -> Result<()> {
        self.print(format_args!("\n{}\n\n", of.currency))?;
        self.row(self.words.opening, of.funds(&of.opening), of.exponent)
    }

    fn group(&mut self, _: &InCurrency, group: Group) -> Result<()> {
        self.print(format_args!("\n{}\n", self.words.groups[group as usize]))
    }

    fn line(&mut self, of: &InCurrency, _: Group, line: &Line<'_>) -> Result<()> {
        let Line { when, source, of: charge, reference, amount } = line;
        let when = minute(*when);
        let text = format!("  {when}  {source} {charge} {reference}");
        self.row(text.trim_end(), i128::from(*amount), of.exponent)
    }

    fn total(&mut self, of: &InCurrency, group: Group) -> Result<()> {
        let (count, sum) = of.groups[group as usize];
        self.row(&format!("  {} ({count})", self.words.total), sum, of.exponent)
    }

    fn closing(&mut self, of: &InCurrency) -> Result<()> {
        let words = self.words;
        self.print(format_args!("\n"))?;
        self.row(words.closing, of.funds(&of.closing), of.exponent)?;
        let (account, before, change, after) =
            (words.account, words.before, words.change, words.after);
        self.print(format_args!("\n{account:<24}{before:>18}{change:>18}{after:>18}\n"))?;
        let sums = words.accounts.iter().zip(of.opening.iter().zip(of.closing));
        for (account, (before, after)) in sums {
            let major = |minor: i128| Major::new(minor, of.exponent).grouped();
            let change = major(after.saturating_sub(*before));
            let (before, after) = (major(*before), major(after));
            self.print(format_args!("{account:<24}{before:>18}{change:>18}{after:>18}\n"))?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        self.print(format_args!("\n{}\n", self.words.compared))?;
        written(self.to.flush())
    }
}

pub(super) fn written(result: io::Result<()>) -> Result<()> {
    result.map_err(Error::Output)
}
