//! A merchant's statement: what it had, what happened, what it has.

mod group;
mod html;
mod sheet;
mod text;
mod words;

use std::{collections::BTreeMap, fmt, io::Write};

use refundry::{Account, Cause, Currency, NamedEntry};

use self::group::{GROUPS, Group};
pub use self::words::Language;
use self::words::Words;
use crate::{
    error::{Error, Result},
    period::{Period, Place, Zone},
    snapshot::Snapshot,
    sorter::Sorter,
    sums::Sums,
};

/// How a statement is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementFormat {
    /// For a terminal.
    Text,
    /// One file that a browser prints to A4, without scripts.
    Html,
    /// A table, as RFC 4180 has it.
    Csv,
}

/// A merchant's statement of a period.
///
/// The merchant's funds are what is pending and what is available. What they were before the
/// period, and every line of it, add up to what they were in the end; and all accounts were
/// compared with the balances that the ledger keeps.
pub struct Statement {
    title: Title,
    accounts: Vec<InCurrency>,
    lines: Sorter,
}

/// Whose statement, and of when.
struct Title {
    merchant_id: String,
    merchant_name: String,
    head: String,
    zone: Zone,
    from: Option<String>,
    to: Option<String>,
}

/// What the accounts of one currency held before and after.
struct InCurrency {
    currency: Currency,
    exponent: u32,
    /// By [`Account::ALL`], each in the direction in which it grows.
    opening: [i128; 7],
    closing: [i128; 7],
    /// How many lines each group has, and what they add up to.
    groups: [(u64, i128); GROUPS],
}

/// A line of the statement.
struct Line<'a> {
    /// What clocks in the zone showed.
    when: jiff::civil::DateTime,
    source: &'a str,
    /// The charge of a refund or dispute.
    of: &'a str,
    reference: &'a str,
    amount: i64,
}

/// One way to write a statement, told everything in the order in which it stands on paper.
trait Paper {
    fn begin(&mut self, title: &Title) -> Result<()>;
    fn opening(&mut self, of: &InCurrency) -> Result<()>;
    fn group(&mut self, of: &InCurrency, group: Group) -> Result<()>;
    fn line(&mut self, of: &InCurrency, group: Group, line: &Line<'_>) -> Result<()>;
    fn total(&mut self, of: &InCurrency, group: Group) -> Result<()>;
    fn closing(&mut self, of: &InCurrency) -> Result<()>;
    fn end(&mut self) -> Result<()>;
}

impl Statement {
    /// Gathers the statement of a period, whose days are the zone's.
    ///
    /// # Errors
    /// [`Error::Head`]; [`Error::Unsound`] if the entries do not add up to the ledger's balances;
    /// failures of the machine.
    pub fn of(snapshot: &mut Snapshot<'_>, period: &Period, zone: &Zone) -> Result<Self> {
        snapshot.check(period)?;
        let (mut opening, mut change) = (Sums::default(), Sums::default());
        let places: BTreeMap<_, _> =
            snapshot.exponents().map(|(currency, _)| currency).zip(0_i64..).collect();
        let mut groups = BTreeMap::<Currency, [(u64, i128); GROUPS]>::new();
        let mut lines = Sorter::new();
        snapshot.walk_named(|named| {
            let entry = &named.entry;
            match period.place(entry) {
                Place::After => return Ok(()),
                Place::Before => {
                    entry.postings.iter().for_each(|posting| opening.add(posting));
                    return Ok(());
                }
                Place::Within => entry.postings.iter().for_each(|posting| change.add(posting)),
            }
            let (of, reference) = details(named);
            for (number, posting) in (0_i64..).zip(&entry.postings) {
                let Some((group, amount)) = Group::of(entry.cause, posting) else { continue };
                let sums = groups.entry(posting.currency).or_default();
                let (count, sum) = &mut sums[group as usize];
                (*count, *sum) = (count.saturating_add(1), sum.saturating_add(amount.into()));
                let place = places.get(&posting.currency).copied().unwrap_or(0);
                let section = place.saturating_mul(GROUPS as i64).saturating_add(group as i64);
                // An entry has fewer postings than this.
                let order = entry.seq.saturating_mul(16).saturating_add(number);
                lines.push([section, entry.effective_at.millis(), order], |to| {
                    to.write_all(&amount.to_le_bytes())?;
                    write!(to, "{}\n{of}\n{reference}", entry.source)
                })?;
            }
            Ok(())
        })?;
        let accounts = accounts(snapshot, &opening, &change, &groups)?;
        let (from, to) = period.ends(zone);
        let title = Title {
            merchant_id: snapshot.merchant.id.clone(),
            merchant_name: snapshot.merchant.name.clone(),
            head: snapshot.head.to_string(),
            zone: zone.clone(),
            from,
            to,
        };
        Ok(Self { title, accounts, lines })
    }

    /// Writes the statement.
    ///
    /// # Errors
    /// [`Error::Output`] and [`Error::Sorting`]; what was written is not whole then.
    pub fn write(
        self,
        format: StatementFormat,
        language: Language,
        to: &mut impl Write,
    ) -> Result<()> {
        let words = Words::of(language);
        match format {
            StatementFormat::Text => self.tell(&mut text::Text { to, words }),
            StatementFormat::Html => self.tell(&mut html::Html { to, words, language }),
            StatementFormat::Csv => self.tell(&mut sheet::Sheet::new(to)),
        }
    }

    fn tell(self, paper: &mut impl Paper) -> Result<()> {
        let Self { title, accounts, lines } = self;
        paper.begin(&title)?;
        let mut waiting = accounts.iter().enumerate();
        let mut current: Option<(usize, &InCurrency, Group)> = None;
        lines.finish(|[section, millis, _], piece| {
            let section = usize::try_from(section).unwrap_or(0);
            let (place, group) = (section / GROUPS, Group::ALL[section % GROUPS]);
            if let Some((_, of, before)) = current.filter(|now| (now.0, now.2) != (place, group)) {
                paper.total(of, before)?;
            }
            if current.is_none_or(|(now, ..)| now != place) {
                if let Some((_, of, _)) = current {
                    paper.closing(of)?;
                }
                for (at, of) in waiting.by_ref() {
                    paper.opening(of)?;
                    if at == place {
                        break;
                    }
                    paper.closing(of)?;
                }
            }
            let of = &accounts[place];
            if current.is_none_or(|now| (now.0, now.2) != (place, group)) {
                paper.group(of, group)?;
            }
            current = Some((place, of, group));
            paper.line(of, group, &Line::read(piece, millis, &title.zone))
        })?;
        if let Some((_, of, group)) = current {
            paper.total(of, group)?;
            paper.closing(of)?;
        }
        for (_, of) in waiting {
            paper.opening(of)?;
            paper.closing(of)?;
        }
        paper.end()
    }
}

impl<'a> Line<'a> {
    /// Reads what was written for the sorter.
    fn read(piece: &'a [u8], millis: i64, zone: &Zone) -> Self {
        let (amount, texts) = piece.split_first_chunk().unwrap_or((&[0; 8], &[]));
        let mut texts = std::str::from_utf8(texts).unwrap_or_default().split('\n');
        let mut text = || texts.next().unwrap_or_default();
        let (source, of, reference) = (text(), text(), text());
        let amount = i64::from_le_bytes(*amount);
        Self { when: zone.clock(millis), source, of, reference, amount }
    }
}

impl InCurrency {
    /// What is pending and what is available together.
    fn funds(&self, of: &[i128; 7]) -> i128 {
        let is_funds = |account: &Account| matches!(account, Account::Pending | Account::Available);
        let all = Account::ALL.into_iter().zip(of);
        all.filter(|(account, _)| is_funds(account)).map(|(_, sum)| sum).sum()
    }
}

/// What clocks showed, to the minute. jiff's `strftime` would make the C library 29 KB larger.
fn minute(when: jiff::civil::DateTime) -> impl fmt::Display {
    fmt::from_fn(move |f| write!(f, "{} {:02}:{:02}", when.date(), when.hour(), when.minute()))
}

/// The charge of a refund or dispute, and the reference of one of them or of a charge.
fn details(named: &NamedEntry) -> (&str, &str) {
    let charge = named.charge_id.as_deref().filter(|_| {
        matches!(named.entry.cause, Cause::Refund | Cause::Dispute | Cause::DisputeWon)
    });
    (charge.unwrap_or_default(), named.external_reference.as_deref().unwrap_or_default())
}

/// What the accounts held, if the lines explain it.
fn accounts(
    snapshot: &Snapshot<'_>,
    opening: &Sums,
    change: &Sums,
    groups: &BTreeMap<Currency, [(u64, i128); GROUPS]>,
) -> Result<Vec<InCurrency>> {
    let mut closing = opening.clone();
    closing.add_all(change);
    let mut accounts = Vec::new();
    for (currency, exponent) in snapshot.exponents() {
        let of = |sums: &Sums| Account::ALL.map(|account| sums.balance(currency, account));
        let groups = groups.get(&currency).copied().unwrap_or_default();
        let of =
            InCurrency { currency, exponent, opening: of(opening), closing: of(&closing), groups };
        let change: i128 = groups.iter().map(|(_, sum)| sum).sum();
        if of.funds(&of.opening).checked_add(change) != Some(of.funds(&of.closing)) {
            return Err(Error::Unsound {
                merchant_id: snapshot.merchant.id.clone(),
                seq: snapshot.head.seq,
                currency,
            });
        }
        accounts.push(of);
    }
    Ok(accounts)
}
