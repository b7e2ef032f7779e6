//! The kept nodes of the tree over a book's entries. They may be missing, but each that is there is the
//! root over its entries.

use rusqlite::Connection;

use super::wrong::{Checked, Wrong};
use crate::{
    sqlite::tree::{Tree, WIDTH},
    words::finding::Invariant,
};

/// Checks every kept node of a book with so many entries, the lower ones first.
pub(super) fn check(conn: &Connection, merchant: i64, entries: i64) -> Checked<()> {
    let tree = Tree::of(conn, merchant);
    let mut kept = conn.prepare_cached(
        "SELECT level, place, hash FROM tree WHERE merchant = ?1 ORDER BY level, place",
    )?;
    let mut rows = kept.query([merchant])?;
    while let Some(row) = rows.next()? {
        let (height, place): (u32, i64) = (row.get(0)?, row.get(1)?);
        let leaves = WIDTH.checked_pow(height).unwrap_or(i64::MAX);
        let end = place.saturating_add(1).saturating_mul(leaves);
        if end > entries || tree.made(height, place)? != row.get::<_, [u8; 32]>(2)? {
            return Err(Wrong::At(format!("node {height}.{place} of the tree"), Invariant::Tree));
        }
    }
    Ok(())
}
