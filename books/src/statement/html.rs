//! A statement that a browser prints.

use std::io::Write;

use super::{Group, InCurrency, Language, Line, Paper, Title, Words, minute, text::written};
use crate::{
    error::Result,
    money::Major,
    page::{self, cell, escaped},
};

pub(super) struct Html<'a, W: Write> {
    pub(super) to: &'a mut W,
    pub(super) words: &'static Words,
    pub(super) language: Language,
}

impl<W: Write> Html<'_, W> {
    fn print(&mut self, what: std::fmt::Arguments<'_>) -> Result<()> {
        written(self.to.write_fmt(what))
    }

    /// A balance that stands alone.
    fn balance(&mut self, name: &str, minor: i128, exponent: u32) -> Result<()> {
        let amount = number(minor, exponent);
        self.print(format_args!(
            "<table><tr class=\"balance\"><td>{name}</td><td class=\"n\">{amount}</td></tr></table>\n"
        ))
    }
}

/// A number reads from left to right, its sign first, whatever stands around it.
fn number(minor: i128, exponent: u32) -> String {
    let amount = Major::new(minor, exponent).grouped().replace('-', "\u{2212}");
    format!("<bdi dir=\"ltr\">{amount}</bdi>")
}

/// An id or a reference, with its own direction.
fn own(text: &str) -> String {
    format!("<bdi dir=\"ltr\">{}</bdi>", escaped(text))
}

/// What a group's lines have beside moment, id and amount.
#[derive(Clone, Copy)]
struct Columns {
    has_charge: bool,
    has_reference: bool,
}

impl Columns {
    fn before_amount(self) -> usize {
        2_usize
            .saturating_add(usize::from(self.has_charge))
            .saturating_add(usize::from(self.has_reference))
    }
}

/// Disputes have fees too, so a fee can have what a dispute has.
fn columns(group: Group) -> Columns {
    let has_charge =
        matches!(group, Group::Fees | Group::Refunds | Group::Disputes | Group::DisputeReversals);
    let has_reference = has_charge || matches!(group, Group::Charges | Group::RefundFailures);
    Columns { has_charge, has_reference }
}

impl<W: Write> Paper for Html<'_, W> {
    fn begin(&mut self, title: &Title) -> Result<()> {
        let Words { statement, period, to, first, last, head, .. } = self.words;
        let heading = format!("{statement}: {}", title.merchant_name);
        let begin = page::begin(self.language.code(), self.language.direction(), &heading);
        let end = |end: &Option<String>, other: &str| end.as_deref().map_or(other.into(), own);
        let (from, until) = (end(&title.from, first), end(&title.to, last));
        let (name, id) = (escaped(&title.merchant_name), own(&title.merchant_id));
        let (zone, hash) = (own(title.zone.name()), own(&title.head));
        self.print(format_args!(
            "{begin}<h1>{statement}: <bdi>{name}</bdi></h1>\n<p>{id}</p>\n\
             <p>{period}: {from} {to} {until} ({zone})</p>\n<p class=\"small\">{head}: {hash}</p>\n"
        ))
    }

    fn opening(&mut self, of: &InCurrency) -> Result<()> {
        self.print(format_args!("<h2>{}</h2>\n", own(of.currency.code())))?;
        self.balance(self.words.opening, of.funds(&of.opening), of.exponent)
    }

    fn group(&mut self, _: &InCurrency, group: Group) -> Result<()> {
        let Words { when, id, of, reference, amount, groups, .. } = self.words;
        let (name, Columns { has_charge, has_reference }) =
            (groups[group as usize], columns(group));
        let of = if has_charge { format!("<th>{of}</th>") } else { String::new() };
        let reference = if has_reference { format!("<th>{reference}</th>") } else { String::new() };
        let all = columns(group).before_amount().saturating_add(1);
        // A browser repeats all of a table's head on each page, so each page says what its lines are.
        self.print(format_args!(
            "<table><thead><tr><th class=\"title\" scope=\"colgroup\" colspan=\"{all}\">{name}</th></tr>\n\
             <tr><th class=\"d\">{when}</th><th>{id}</th>{of}{reference}<th class=\"n\">{amount}</th></tr>\
             </thead><tbody>\n"
        ))
    }

    fn line(&mut self, of: &InCurrency, group: Group, line: &Line<'_>) -> Result<()> {
        let when = own(&minute(line.when).to_string());
        let (id, amount) = (cell(line.source), number(line.amount.into(), of.exponent));
        let Columns { has_charge, has_reference } = columns(group);
        let of = if has_charge { cell(line.of) } else { String::new() };
        let reference = if has_reference { cell(line.reference) } else { String::new() };
        self.print(format_args!(
            "<tr><td class=\"d\">{when}</td>{id}{of}{reference}<td class=\"n\">{amount}</td></tr>\n"
        ))
    }

    fn total(&mut self, of: &InCurrency, group: Group) -> Result<()> {
        let (count, sum) = of.groups[group as usize];
        let columns = columns(group).before_amount();
        let (total, sum) = (self.words.total, number(sum, of.exponent));
        self.print(format_args!(
            "<tr class=\"sum\"><td colspan=\"{columns}\">{total} (<bdi>{count}</bdi>)</td>\
             <td class=\"n\">{sum}</td></tr>\n</tbody></table>\n"
        ))
    }

    fn closing(&mut self, of: &InCurrency) -> Result<()> {
        let Words { closing, account, all_accounts, before, change, after, .. } = self.words;
        let Words { accounts, funds, .. } = self.words;
        self.print(format_args!("<div class=\"whole\">\n"))?;
        self.balance(closing, of.funds(&of.closing), of.exponent)?;
        self.print(format_args!(
            "<h3>{all_accounts}</h3>\n<table><thead><tr><th>{account}</th><th class=\"n\">{before}</th>\
             <th class=\"n\">{change}</th><th class=\"n\">{after}</th></tr></thead><tbody>\n"
        ))?;
        let mut row = |class: &str, name: &str, before: i128, after: i128| {
            let change = number(after.saturating_sub(before), of.exponent);
            let (before, after) = (number(before, of.exponent), number(after, of.exponent));
            self.print(format_args!(
                "<tr{class}><td>{name}</td><td class=\"n\">{before}</td>\
                 <td class=\"n\">{change}</td><td class=\"n\">{after}</td></tr>\n"
            ))
        };
        for (name, (before, after)) in accounts.iter().zip(of.opening.iter().zip(of.closing)) {
            row("", name, *before, after)?;
        }
        row(" class=\"sum\"", funds, of.funds(&of.opening), of.funds(&of.closing))?;
        self.print(format_args!("</tbody></table>\n</div>\n"))
    }

    fn end(&mut self) -> Result<()> {
        self.print(format_args!("<p class=\"small\">{}</p>\n</html>\n", self.words.compared))?;
        written(self.to.flush())
    }
}
