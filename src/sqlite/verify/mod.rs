//! Verification: everything is read once, and every promise checked again.

mod along;
mod beside;
mod book;
mod change;
mod charges;
mod currencies;
mod entry;
mod handover;
mod intents;
mod keys;
mod maturing;
mod outcomes;
mod row;
mod strays;
mod structure;
mod sums;
mod tables;
mod tally;
mod texts;
mod tree;
mod wrong;

use std::{collections::BTreeSet, ops::ControlFlow};

use rusqlite::{Connection, Row};

use self::{
    book::{Audit, Shared},
    currencies::Currencies,
    keys::Keys,
    wrong::{Checked, Wrong, hold},
};
use crate::{
    sqlite::{file::schema, merchants, mirrors, number},
    words::{
        chain::Head,
        error::{Error, Result},
        finding::{Invariant, unsound},
        merchant::Merchant,
        progress::{VerifyProgress, VerifyReport},
    },
};

/// Checks everything: the definitions of the file, its structure, without which nothing of it can be
/// read safely, and the books. A `second` connection that sees the same may check the structure meanwhile.
pub(crate) fn run(
    conn: &Connection,
    second: Option<Connection>,
    kept: &[(String, Head)],
    mut progress: impl FnMut(&VerifyProgress) -> ControlFlow<()>,
) -> Result<VerifyReport> {
    let foreign = schema::verify(conn)?;
    let (report, told) = beside::check(conn, second, || books(conn, kept, &mut progress))?;
    if progress(&told).is_break() {
        return Err(Error::Canceled);
    }
    Ok(VerifyReport { foreign, forks: mirrors::forks(conn)?, ..report })
}

/// Checks book by book, then what connects them. Returns also what was told of it last.
fn books(
    conn: &Connection,
    kept: &[(String, Head)],
    progress: &mut impl FnMut(&VerifyProgress) -> ControlFlow<()>,
) -> Result<(VerifyReport, VerifyProgress)> {
    let currencies = Currencies::read(conn)?;
    let mut told = VerifyProgress { entries: 0, total: total(conn)? };
    let mut report = VerifyReport::default();
    let (mut keys, mut used, mut recordings) = (Keys::default(), BTreeSet::new(), 0_u64);
    let mut unseen: Vec<&str> = kept.iter().map(|(merchant, _)| merchant.as_str()).collect();
    let mut merchants = conn.prepare(
        "SELECT merchant, id, live_mode, negative_balance_limit, unique_references FROM merchants
         ORDER BY merchant",
    )?;
    let mut rows = merchants.query([])?;
    while let Some(row) = rows.next()? {
        let (number, own) = merchant(conn, row)?;
        unseen.retain(|merchant| *merchant != own.id);
        let heads: Vec<Head> = kept
            .iter()
            .filter(|(merchant, _)| *merchant == own.id)
            .map(|(_, head)| *head)
            .collect();
        let shared = Shared {
            conn,
            currencies: &currencies,
            keys: &mut keys,
            used: &mut used,
            progress: &mut |is_entry| {
                told.entries = told.entries.saturating_add(u64::from(is_entry));
                recordings = recordings.saturating_add(1);
                let now = recordings.is_multiple_of(1_000);
                if now { progress(&told) } else { ControlFlow::Continue(()) }
            },
        };
        Audit::new(shared, number, &own, &heads).run()?;
        report.books = report.books.saturating_add(1);
    }
    if let Some(gone) = unseen.first() {
        return Err(unsound(Some(gone), "the whole book", Invariant::KeptHead));
    }
    structure::check_merchants(conn)?;
    keys.check(conn)?;
    currencies.check_used(&used)?;
    report.entries = told.entries;
    Ok((report, told))
}

/// How many entries all books have.
fn total(conn: &Connection) -> Result<u64> {
    let total: i64 = conn.query_row(
        // SQLite's sum of integers fails if one of them was made too large. This one does not.
        "SELECT CAST(total((
             SELECT max(entry) & 1099511627775 FROM entries
             WHERE entry BETWEEN merchant << 40 AND (merchant << 40) + 1099511627775
         )) AS INTEGER) FROM merchants",
        [],
        |row| row.get(0),
    )?;
    Ok(u64::try_from(total).unwrap_or(0))
}

/// A merchant and its number.
fn merchant(conn: &Connection, row: &Row<'_>) -> Result<(i64, Merchant)> {
    let number: i64 = row.get(0)?;
    let id = id(number, row).map_err(|wrong| wrong.at(None, format!("merchant {number}")))?;
    let found = merchants::find(conn, &id);
    let found = found.map_err(|error| Wrong::from(error).at(Some(&id), "the merchant"))?;
    let missing = || unsound(Some(&id), "the merchant", Invariant::Reference);
    let found = found.filter(|(found, _)| *found == number).ok_or_else(missing)?;
    written(&found.1, row).map_err(|wrong| wrong.at(Some(&id), "the merchant"))?;
    Ok(found)
}

/// The merchant's row has the one spelling of what it means: any number but 0 would be read as
/// true.
fn written(merchant: &Merchant, row: &Row<'_>) -> Checked<()> {
    let live_mode = row.get::<_, i64>(2)? == i64::from(merchant.live_mode);
    let limit = row.get::<_, Option<String>>(3)? == merchant.negative_balance_limit.to_stored();
    let references = row.get::<_, i64>(4)? == i64::from(merchant.unique_references);
    hold(live_mode && limit && references, Invariant::Readable)
}

fn id(number: i64, row: &Row<'_>) -> Checked<String> {
    // A larger number than this leaves no room for the numbers of a book's rows.
    let largest = number::last(0) >> 17;
    hold((1..=largest).contains(&number), Invariant::Readable)?;
    Ok(row.get(1)?)
}
