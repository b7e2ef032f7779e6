//! Personal texts, read along with the recordings that they belong to.

use rusqlite::Statement;

use super::{
    along::Along,
    row::text,
    wrong::{Checked, Wrong, hold},
};
use crate::{
    sqlite::texts::{metadata_from, metadata_to},
    words::{
        chain::{Hash, text_hash},
        error::Result,
        finding::Invariant,
    },
};

/// The texts of a book in the order of their recordings.
pub(super) const TEXTS: &str = "
    SELECT text & 1099511627775, salt, description, metadata FROM texts
    WHERE text BETWEEN ?1 AND ?2 ORDER BY text";

pub(super) struct Texts<'a>(Along<'a>);

impl<'a> Texts<'a> {
    /// From the statement of [`TEXTS`].
    pub(super) fn of(statement: &'a mut Statement<'_>, book: [i64; 2]) -> Result<Self> {
        Ok(Self(Along::of(statement.query(book)?)))
    }

    /// The text of the recording `n`, if it is kept, is the one that was recorded with this hash. One
    /// that was erased left its hash behind.
    pub(super) fn check(&mut self, n: i64, hash: Option<Hash>) -> Checked<()> {
        self.check_before(n)?;
        let Some(row) = self.0.next_of(n)? else { return Ok(()) };
        let stored = text(row, 3)?;
        let metadata = metadata_from(stored)?;
        // One meaning is written in one way.
        hold(metadata_to(&metadata).as_deref() == stored, Invariant::Readable)?;
        let kept = text_hash(row.get(1)?, text(row, 2)?, &metadata);
        hold(hash == Some(kept), Invariant::Text)
    }

    /// Every text before the recording `n` has been read.
    fn check_before(&mut self, n: i64) -> Checked<()> {
        match self.0.number()?.filter(|stray| *stray < n) {
            Some(stray) => {
                Err(Wrong::At(format!("the text of recording {stray}"), Invariant::Recorded))
            }
            None => Ok(()),
        }
    }

    /// No text is left after the last recording.
    pub(super) fn check_end(&mut self) -> Checked<()> {
        self.check_before(i64::MAX)
    }
}
