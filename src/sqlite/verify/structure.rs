//! What is defined in the file, what SQLite finds in its pages, and that every row has a book.

use std::io;

use rusqlite::{Connection, ErrorCode, ffi};

use crate::words::{
    error::{Error, Result, file::FileProblem},
    finding::{Invariant, unsound},
};

/// What SQLite finds first. A tree that leads to itself, or to the same pages over and over, would
/// be read for ever, so it is a finding at once. A fault in a single row is reported only if
/// nothing better is found, because SQLite does not say which row it is.
///
/// CHECK constraints are left out. The books' own checks look at the same values, also through a handle
/// that may only read. SQLite would need up to a third of its time for them, and those of others'
/// tables may be made to run for ever.
pub(super) fn check(conn: &Connection) -> Result<String> {
    conn.execute_batch("PRAGMA ignore_check_constraints = ON")?;
    let told = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
    conn.execute_batch("PRAGMA ignore_check_constraints = OFF")?;
    let told: String = told?;
    let is_of_the_structure = told.starts_with("***");
    if is_of_the_structure { Err(structural(told)) } else { Ok(told) }
}

/// What SQLite's check stopped at. An unreadable page is an I/O error, not a finding: nothing is
/// known of what is on it.
fn structural(told: String) -> Error {
    if let Some((_, code)) = told.rsplit_once("unable to get the page. error code=") {
        let code = ffi::Error::new(code.parse().unwrap_or(ffi::SQLITE_CORRUPT));
        if code.code != ErrorCode::DatabaseCorrupt {
            return rusqlite::Error::SqliteFailure(code, Some(told)).into();
        }
    } else if told.contains(": failed to get page ") {
        // For the rest of a long row, and for free pages, SQLite does not say why.
        return FileProblem::InputOutput(io::Error::other(told)).into();
    }
    unsound(None, told, Invariant::File)
}

/// Every row is in the book of a merchant. The keys are looked at from merchant to merchant, not
/// from row to row.
pub(super) fn check_merchants(conn: &Connection) -> Result<()> {
    const KEYS: [(&str, &str); 6] = [
        ("entries", "entry"),
        ("changes", "change"),
        ("charges", "charge"),
        ("payment_intents", "intent"),
        ("balances", "balance"),
        ("texts", "text"),
    ];
    for (table, key) in KEYS {
        let last = "(each.merchant << 40) + 1099511627775";
        check_merchants_of(conn, table, key, &format!("{key} >> 40"), last)?;
    }
    for table in ["api_keys", "maturing", "mirrors", "forks"] {
        check_merchants_of(conn, table, "merchant", "merchant", "each.merchant")?;
    }
    Ok(())
}

/// The key of a row tells its `merchant`; the `last` key of a merchant may be there or not.
fn check_merchants_of(
    conn: &Connection,
    table: &str,
    key: &str,
    merchant: &str,
    last: &str,
) -> Result<()> {
    let strays = format!(
        "WITH RECURSIVE each(merchant) AS (
             SELECT (SELECT {merchant} FROM {table} ORDER BY {key} LIMIT 1)
             UNION ALL
             SELECT (SELECT {merchant} FROM {table} WHERE {key} > {last} ORDER BY {key} LIMIT 1)
             FROM each WHERE each.merchant IS NOT NULL
         )
         SELECT 1 FROM each
         WHERE merchant IS NOT NULL AND merchant NOT IN (SELECT merchant FROM merchants) LIMIT 1"
    );
    if conn.prepare(&strays)?.exists([])? {
        let place = format!("a row of {table} for merchants");
        return Err(unsound(None, place, Invariant::Reference));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::error::file::FileError;

    #[test]
    fn an_unreadable_page_is_no_finding() {
        let of = |told: &str| structural(format!("*** in database main ***\n{told}"));
        let page = "Tree 8 page 8: unable to get the page. error code=";
        assert_eq!(of(&format!("{page}266")).number(), FileError::INPUT_OUTPUT);
        assert!(matches!(of(&format!("{page}7")), Error::Engine(_)));
        assert!(matches!(of(&format!("{page}11")), Error::Unsound(_)));
        let long = "Tree 27 page 27 cell 2: failed to get page 45";
        assert_eq!(of(long).number(), FileError::INPUT_OUTPUT);
        assert_eq!(of("Freelist: failed to get page 45").number(), FileError::INPUT_OUTPUT);
        assert!(matches!(
            of("Tree 8 page 8: btreeInitPage() returns error code 11"),
            Error::Unsound(_)
        ));
    }
}
