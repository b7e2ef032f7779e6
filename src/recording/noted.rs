//! The lines of recordings, noted as they are made: whoever sends them on need not read them back.

use super::{Action, Recording};
use crate::words::error::Result;

/// What was recorded since it was begun, in all books.
#[derive(Default)]
pub(crate) struct Noted {
    lines: Vec<(String, String)>,
    /// A recording took a text or keys out of those before it.
    has_forgotten: bool,
}

impl Noted {
    /// Notes the line of a recording in a merchant's book.
    pub(crate) fn pass(&mut self, merchant_id: &str, recording: &Recording) -> Result<()> {
        self.has_forgotten |=
            matches!(recording.action, Action::Erasure { .. } | Action::Pruning { .. });
        self.lines.push((merchant_id.to_owned(), recording.line().encode()?));
        Ok(())
    }

    /// Each line and whose book it is in, as they would be read back. `None` if that may differ.
    pub(crate) fn end(self) -> Option<Vec<(String, String)>> {
        (!self.has_forgotten).then_some(self.lines)
    }
}
