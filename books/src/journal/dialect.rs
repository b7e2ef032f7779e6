//! What the programs of plain-text accounting have in common.

use std::{
    fmt,
    io::{self, Write},
    ops::RangeInclusive,
};

use jiff::civil::Date;
use refundry::{Account, Currency, NamedEntry};

use super::{Balances, Chart, beancount, hledger};
use crate::snapshot::Snapshot;

/// A program that reads the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// hledger, also with `check --strict ordereddates`.
    Hledger,
    /// Ledger, also with `--pedantic`.
    Ledger,
    /// Beancount, versions 2 and 3.
    Beancount,
}

impl Dialect {
    /// The program's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hledger => "hledger",
            Self::Ledger => "ledger",
            Self::Beancount => "beancount",
        }
    }

    /// The years that the program reads.
    pub(super) const fn years(self) -> RangeInclusive<i16> {
        match self {
            Self::Hledger | Self::Beancount => 1..=9999,
            Self::Ledger => 1400..=9999,
        }
    }
}

/// How one book is written in a dialect.
#[derive(Clone, Copy)]
pub(super) struct Notation<'a> {
    pub(super) dialect: Dialect,
    pub(super) snapshot: &'a Snapshot<'a>,
}

impl Notation<'_> {
    pub(super) fn begin(self, chart: &Chart<'_>, to: &mut impl Write) -> io::Result<()> {
        match self.dialect {
            Dialect::Hledger | Dialect::Ledger => hledger::begin(self, chart, to),
            Dialect::Beancount => beancount::begin(self, chart, to),
        }
    }

    pub(super) fn entry(
        self,
        named: &NamedEntry,
        day: Date,
        to: &mut impl Write,
    ) -> io::Result<()> {
        let (entry, reference) = (&named.entry, named.external_reference.as_deref());
        match self.dialect {
            Dialect::Hledger | Dialect::Ledger => hledger::entry(entry, day, reference, to)?,
            Dialect::Beancount => beancount::entry(entry, day, reference, to)?,
        }
        for posting in &entry.postings {
            let amount = i128::from(posting.amount.minor());
            let sides = [(posting.debit, amount), (posting.credit, amount.saturating_neg())];
            for (account, amount) in sides {
                let account = self.account(account);
                let amount = self.snapshot.major(amount, posting.currency);
                writeln!(to, "    {account}  {amount} {}", posting.currency)?;
            }
        }
        writeln!(to)
    }

    /// What the accounts held before, if they held anything: one entry.
    pub(super) fn opening(self, balances: &Balances<'_>, to: &mut impl Write) -> io::Result<()> {
        let held: Vec<_> = balances.all().filter(|(.., sum)| *sum != 0).collect();
        if held.is_empty() {
            return Ok(());
        }
        match self.dialect {
            Dialect::Hledger | Dialect::Ledger => {
                writeln!(to, "{} * opening balances", balances.day)?;
            }
            Dialect::Beancount => writeln!(to, "{} * \"opening balances\"", balances.day)?,
        }
        for (currency, account, sum) in held {
            let (account, sum) = (self.account(account), self.snapshot.major(sum, currency));
            writeln!(to, "    {account}  {sum} {currency}")?;
        }
        writeln!(to)
    }

    /// Lets the program compare its balances at the end of a day with the ledger's.
    pub(super) fn assertions(self, balances: &Balances<'_>, to: &mut impl Write) -> io::Result<()> {
        if self.dialect != Dialect::Beancount {
            writeln!(to, "{} * balances", balances.day)?;
        }
        for (currency, account, sum) in balances.all() {
            let account = self.account(account);
            let major = |minor: i128| self.snapshot.major(minor, currency);
            let (zero, sum) = (major(0), major(sum));
            match self.dialect {
                Dialect::Hledger | Dialect::Ledger => {
                    writeln!(to, "    {account}  {zero} {currency} = {sum} {currency}")?;
                }
                // Balances are those of a day's beginning. Without a tolerance of zero, two of the
                // last decimal would be let pass.
                Dialect::Beancount => {
                    let day = balances.day.tomorrow().unwrap_or(balances.day);
                    writeln!(to, "{day} balance {account}  {sum} ~ 0 {currency}")?;
                }
            }
        }
        writeln!(to)
    }

    /// The name of an account.
    pub(super) fn account(&self, account: Account) -> impl fmt::Display {
        let merchant_id = self.snapshot.merchant.id.as_str();
        let is_beancount = self.dialect == Dialect::Beancount;
        let (kind, name) = match (account, is_beancount) {
            (Account::Pending, false) => ("liabilities", "pending"),
            (Account::Available, false) => ("liabilities", "available"),
            (Account::PayoutTransit, false) => ("liabilities", "payout_transit"),
            (Account::Clearing, false) => ("assets", "clearing"),
            (Account::Bank, false) => ("assets", "bank"),
            (Account::Fees, false) => ("revenues", "fees"),
            (Account::Losses, false) => ("expenses", "losses"),
            (Account::Pending, true) => ("Liabilities", "Pending"),
            (Account::Available, true) => ("Liabilities", "Available"),
            (Account::PayoutTransit, true) => ("Liabilities", "Payout-Transit"),
            (Account::Clearing, true) => ("Assets", "Clearing"),
            (Account::Bank, true) => ("Assets", "Bank"),
            (Account::Fees, true) => ("Income", "Fees"),
            (Account::Losses, true) => ("Expenses", "Losses"),
        };
        fmt::from_fn(move |f| {
            write!(f, "{kind}:")?;
            if is_beancount {
                // A component begins with an upper-case letter, and has no underscore.
                let id = merchant_id.strip_prefix("acct_").unwrap_or(merchant_id);
                f.write_str("Acct-")?;
                id.split('_').enumerate().try_for_each(|(number, part)| {
                    if number > 0 {
                        f.write_str("-")?
                    };
                    f.write_str(part)
                })?;
            } else {
                f.write_str(merchant_id)?;
            }
            write!(f, ":{name}")
        })
    }
}

impl Balances<'_> {
    /// Every account in every currency.
    fn all(&self) -> impl Iterator<Item = (Currency, Account, i128)> {
        self.sums.currencies().flat_map(move |currency| {
            Account::ALL
                .into_iter()
                .map(move |account| (currency, account, self.sums.of(currency, account)))
        })
    }
}
