//! The lines of recordings, noted as they are made: whoever sends them on need not read them back.

use super::{Action, Recording};
use crate::words::error::Result;

/// What was recorded since it was begun, in all books.
pub(crate) struct Noted {
    /// Called by its address, so that a program which notes nothing has no code that writes lines.
    encode: fn(&Recording) -> Result<String>,
    lines: Vec<(String, String)>,
    /// A recording took a text or keys out of those before it.
    has_forgotten: bool,
}

impl Noted {
    /// Begins to note lines.
    pub(crate) fn begin() -> Self {
        let encode = |recording: &Recording| recording.line().encode();
        Self { encode, lines: Vec::new(), has_forgotten: false }
    }

    /// Notes the line of a recording in a merchant's book.
    pub(crate) fn pass(&mut self, merchant_id: &str, recording: &Recording) -> Result<()> {
        self.has_forgotten |=
            matches!(recording.action, Action::Erasure { .. } | Action::Pruning { .. });
        self.lines.push((merchant_id.to_owned(), (self.encode)(recording)?));
        Ok(())
    }

    /// How many lines there are.
    pub(crate) const fn len(&self) -> usize {
        self.lines.len()
    }

    /// Forgets all but so many lines: what came after them was undone.
    pub(crate) fn undo_to(&mut self, len: usize) {
        self.lines.truncate(len);
    }

    /// Each line and whose book it is in, as they would be read back. `None` if that may differ.
    pub(crate) fn end(self) -> Option<Vec<(String, String)>> {
        (!self.has_forgotten).then_some(self.lines)
    }
}
