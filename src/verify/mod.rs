//! Verification: everything is read once, and every promise checked again.

mod along;
mod book;
mod charges;
mod entry;

use std::{collections::BTreeMap, fmt, io, ops::ControlFlow};

use rusqlite::{Connection, ErrorCode, ffi};
use serde::Serialize;

use crate::{
    chain::Head,
    currency::Currency,
    error::{Error, Result},
    file::schema,
    merchant,
};

/// How far a verification has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VerifyProgress {
    /// Journal entries checked.
    pub entries: u64,
    /// Journal entries in all books.
    pub total: u64,
}

/// What was verified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// Books checked.
    pub books: u64,
    /// Journal entries checked.
    pub entries: u64,
    /// What somebody else defined in the file, by kind and name, which does no harm: tables and
    /// views of their own, and indexes.
    pub foreign: Vec<String>,
}

/// The first thing that a verification found wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The id of the merchant in whose book it is; `None` if it is not in a book.
    pub merchant: Option<String>,
    /// The id of what is wrong, or the name of the table or the part of the file.
    pub place: String,
    /// Which promise is broken.
    pub invariant: Invariant,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.merchant {
            Some(merchant) => write!(f, "in the book of {merchant}, {}", self.place)?,
            None => f.write_str(&self.place)?,
        }
        write!(f, ": {}", self.invariant)
    }
}

/// What a sound ledger promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// Sequence numbers have no gaps.
    Sequence,
    /// Every row can be read and has a value of its kind.
    Readable,
    /// Every posting is positive, in one currency, between two accounts.
    Posting,
    /// An entry posts what its object says.
    Entry,
    /// A reversal names the entry that it reverses.
    Reversal,
    /// Each entry has the line of the statement that belongs to it.
    Statement,
    /// Each hash follows from the one before and the entry.
    Chain,
    /// A head that was kept still stands in the chain.
    KeptHead,
    /// Texts are those whose hash the chain covers.
    Text,
    /// Cached balances are the sums of the postings.
    Balances,
    /// Available and pending are the statement's.
    StatementSums,
    /// A charge's funds mature once, and wait for it until then.
    Maturity,
    /// What was refunded is at most what was captured.
    Refunded,
    /// Charges share their intent's currency.
    Currency,
    /// A payout goes in transit → paid or failed, paid → returned.
    Payout,
    /// Nothing stands in the book that no entry records.
    Recorded,
    /// What rows refer to is there.
    Reference,
    /// The tables, indexes and guards are those of the schema.
    Schema,
    /// SQLite finds the file in order.
    File,
}

impl fmt::Display for Invariant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sequence => "the sequence numbers have a gap here",
            Self::Readable => "it has a value that it can't have",
            Self::Posting => "a posting is not positive, in one currency and between two accounts",
            Self::Entry => "its postings are not those of what it is about",
            Self::Reversal => "it does not name the entry that it reverses",
            Self::Statement => "its line of the statement is missing, wrong or not due",
            Self::Chain => "its hash does not follow from the entry and the one before",
            Self::KeptHead => "the head kept earlier does not stand in the chain any more",
            Self::Text => "its text is not the one that was recorded",
            Self::Balances => "the cached balances are not the sums of the postings",
            Self::StatementSums => "available and pending are not those of the statement",
            Self::Maturity => "its funds neither wait to mature nor have matured once",
            Self::Refunded => "more is refunded than was captured",
            Self::Currency => "it is in another currency than its payment intent",
            Self::Payout => "its outcomes do not follow each other",
            Self::Recorded => "no journal entry records it",
            Self::Reference => "it refers to something that is not there",
            Self::Schema => "it is not as this schema version has it",
            Self::File => "SQLite finds the file damaged",
        })
    }
}

/// Checks everything: the definitions and the structure of the file, without which nothing of it
/// can be read safely, then book by book, then what connects them.
pub(crate) fn run(
    conn: &Connection,
    kept: &[(String, Head)],
    mut progress: impl FnMut(&VerifyProgress) -> ControlFlow<()>,
) -> Result<VerifyReport> {
    let foreign = schema::verify(conn)?;
    let told_by_sqlite = check_structure(conn)?;
    let currencies = currencies(conn)?;
    let mut merchants = conn.prepare("SELECT merchant, id FROM merchants ORDER BY merchant")?;
    // A sum of integers fails where one of them was made too large; this one does not.
    let total: i64 = conn.query_row(
        "SELECT CAST(total((SELECT max(seq) FROM entries e WHERE e.merchant = m.merchant))
             AS INTEGER) FROM merchants m",
        [],
        |row| row.get(0),
    )?;
    let mut told = VerifyProgress { entries: 0, total: u64::try_from(total).unwrap_or(0) };
    let mut report = VerifyReport { foreign, ..VerifyReport::default() };
    let mut unseen: Vec<&str> = kept.iter().map(|(merchant, _)| merchant.as_str()).collect();
    let mut rows = merchants.query([])?;
    while let Some(row) = rows.next()? {
        let number: i64 = row.get(0)?;
        let id: String = row
            .get(1)
            .map_err(|error| unreadable(None, format!("merchant {number}"), error.into()))?;
        merchant::find(conn, &id).map_err(|error| unreadable(Some(&id), "the merchant", error))?;
        unseen.retain(|merchant| *merchant != id);
        let heads: Vec<Head> =
            kept.iter().filter(|(merchant, _)| *merchant == id).map(|(_, head)| *head).collect();
        book::Audit::new(conn, number, &id, &currencies, &heads).run(&mut || {
            told.entries = told.entries.saturating_add(1);
            if told.entries.is_multiple_of(1_000) {
                progress(&told)
            } else {
                ControlFlow::Continue(())
            }
        })?;
        report.books = report.books.saturating_add(1);
    }
    if let Some(gone) = unseen.first() {
        return Err(unsound(Some(gone), "the whole book", Invariant::KeptHead));
    }
    check_references(conn)?;
    if told_by_sqlite != "ok" {
        return Err(unsound(None, told_by_sqlite, Invariant::File));
    }
    if progress(&told).is_break() {
        return Err(Error::Canceled);
    }
    report.entries = told.entries;
    Ok(report)
}

pub(crate) fn unsound(
    merchant: Option<&str>,
    place: impl Into<String>,
    invariant: Invariant,
) -> Error {
    let merchant = merchant.map(str::to_owned);
    Error::Unsound(Finding { merchant, place: place.into(), invariant })
}

/// A row that can't be read is a finding, not a failure of the machine.
pub(crate) fn unreadable(merchant: Option<&str>, place: impl Into<String>, error: Error) -> Error {
    match error {
        Error::Corrupt { .. } => unsound(merchant, place, Invariant::Readable),
        Error::Storage(rusqlite::Error::QueryReturnedNoRows) => {
            unsound(merchant, place, Invariant::Reference)
        }
        other => other,
    }
}

fn currencies(conn: &Connection) -> Result<BTreeMap<i64, Currency>> {
    let mut statement = conn.prepare("SELECT currency, code, exponent FROM currencies")?;
    let mut rows = statement.query([])?;
    let mut currencies = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let number: i64 = row.get("currency")?;
        let known = Currency::from_row(row).map_err(Error::from);
        let exponent: i64 = row.get("exponent")?;
        if !(0..=9).contains(&exponent) {
            return Err(unsound(None, format!("currency {number}"), Invariant::Readable));
        }
        let known = known.map_err(|error| unreadable(None, format!("currency {number}"), error))?;
        currencies.insert(number, known);
    }
    Ok(currencies)
}

/// What SQLite finds first. A tree that leads to itself, or to the same pages over and over, would
/// be read for ever, so that is a finding at once; what is wrong with a single row is told only if
/// nothing better is found, because SQLite does not say which row it is.
fn check_structure(conn: &Connection) -> Result<String> {
    // The conditions of others' tables may be made to run for ever. Those of the ledger's own are
    // not relied on: each value is checked along with the books.
    conn.execute_batch("PRAGMA ignore_check_constraints = ON")?;
    let told = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0));
    conn.execute_batch("PRAGMA ignore_check_constraints = OFF")?;
    let told = told?;
    let is_of_the_structure = told.starts_with("***");
    if is_of_the_structure { Err(structural(told)) } else { Ok(told) }
}

/// What SQLite's check stopped at. A page that it could not get is no finding: that says nothing of
/// what is on it.
fn structural(told: String) -> Error {
    if let Some((_, code)) = told.rsplit_once("unable to get the page. error code=") {
        let code = ffi::Error::new(code.parse().unwrap_or(ffi::SQLITE_CORRUPT));
        if code.code != ErrorCode::DatabaseCorrupt {
            return rusqlite::Error::SqliteFailure(code, Some(told)).into();
        }
    } else if told.contains(": failed to get page ") {
        // Of the rest of a long row, and of free pages, SQLite does not say why.
        return Error::InputOutput(io::Error::other(told));
    }
    unsound(None, told, Invariant::File)
}

/// Rows refer to rows that are there. In the tables that the books' own checks read whole, nothing
/// can be left but rows of no merchant, which are found without looking at each.
fn check_references(conn: &Connection) -> Result<()> {
    const READ_WHOLE: [&str; 6] =
        ["entries", "postings", "balance_transactions", "refunds", "maturing", "idempotency"];
    const OTHERS: [&str; 6] =
        ["api_keys", "balances", "charges", "payment_intents", "texts", "transfers"];
    for table in READ_WHOLE {
        // From merchant to merchant, not from row to row.
        let strays = format!(
            "WITH RECURSIVE each(merchant) AS (
                 SELECT min(merchant) FROM {table}
                 UNION ALL
                 SELECT (SELECT min(merchant) FROM {table} t WHERE t.merchant > each.merchant)
                 FROM each WHERE each.merchant IS NOT NULL
             )
             SELECT 1 FROM each WHERE merchant NOT IN (SELECT merchant FROM merchants) LIMIT 1"
        );
        if conn.prepare(&strays)?.exists([])? {
            return check_references_of(conn, table);
        }
    }
    OTHERS.iter().try_for_each(|table| check_references_of(conn, table))
}

fn check_references_of(conn: &Connection, table: &str) -> Result<()> {
    let mut broken = conn.prepare(&format!("PRAGMA foreign_key_check({table})"))?;
    match broken.query([])?.next()? {
        Some(row) => {
            let parent: String = row.get(2)?;
            let place = format!("a row of {table} for {parent}");
            Err(unsound(None, place, Invariant::Reference))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_could_not_be_read_is_no_finding() {
        let of = |told: &str| structural(format!("*** in database main ***\n{told}"));
        let page = "Tree 8 page 8: unable to get the page. error code=";
        assert!(matches!(of(&format!("{page}266")), Error::InputOutput(_)));
        assert!(matches!(of(&format!("{page}7")), Error::Storage(_)));
        assert!(matches!(of(&format!("{page}11")), Error::Unsound(_)));
        let long = "Tree 27 page 27 cell 2: failed to get page 45";
        assert!(matches!(of(long), Error::InputOutput(_)));
        assert!(matches!(of("Freelist: failed to get page 45"), Error::InputOutput(_)));
        assert!(matches!(
            of("Tree 8 page 8: btreeInitPage() returns error code 11"),
            Error::Unsound(_)
        ));
    }
}
