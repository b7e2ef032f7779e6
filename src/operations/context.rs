//! The context of an operation: its book in one transaction, and what it may draw on.

use std::collections::BTreeMap;

use crate::{
    recording::{Action, Entry, Outcome, Recording, Text, store::Records},
    words::{
        account::Balances,
        chain::{Hash, Head, Link, text_hash},
        entry::Postings,
        error::{Error, Result},
        id::{self, Random},
        time::Timestamp,
    },
};

/// One operation on one book.
pub(crate) struct Context<'a, B> {
    pub(crate) book: B,
    /// The clock, read once for the operation.
    pub(crate) now: Timestamp,
    pub(crate) random: &'a mut Random,
}

/// The entry of an operation, before it has its place in the chain.
pub(crate) struct Draft {
    pub(crate) effective_at: Timestamp,
    pub(crate) postings: Postings,
    /// The entry that it reverses.
    pub(crate) reverses: Option<i64>,
    /// The balances after the postings.
    pub(crate) after: Balances,
}

impl<B: Records> Context<'_, B> {
    /// The sequence number of the entry that will be recorded next.
    pub(crate) fn next_seq(&mut self) -> Result<i64> {
        Ok(self.book.position()?.head.seq.saturating_add(1))
    }

    /// The caller's id for a new object, if no object has it, or a new one.
    pub(crate) fn id_for(
        &mut self,
        chosen: Option<&str>,
        prefix: &'static str,
        exists: impl FnOnce(&mut B, &str) -> Result<bool>,
    ) -> Result<String> {
        let Some(chosen) = chosen else {
            return id::generate(prefix, self.now, self.random);
        };
        if exists(&mut self.book, chosen)? {
            return Err(Error::ResourceConflict { id: chosen.to_owned(), fact: None });
        }
        Ok(chosen.to_owned())
    }

    /// The salt and hash for personal text. Draws sixteen bytes if there is any.
    pub(crate) fn text(
        &mut self,
        description: Option<&str>,
        metadata: &BTreeMap<String, String>,
    ) -> Result<Option<Text>> {
        if description.is_none() && metadata.is_empty() {
            return Ok(None);
        }
        let salt = id::draw::<16>(self.random)?;
        Ok(Some(Text::Kept { salt, hash: text_hash(salt, description, metadata) }))
    }

    /// Records what was decided: an entry takes its place in the chain, and the recording in the
    /// running hash.
    pub(crate) fn record(
        &mut self,
        action: Action,
        draft: Option<Draft>,
        text: Option<Text>,
        outcome: Option<Outcome>,
    ) -> Result<Recording> {
        let recording = self.recording(action, draft, text, outcome)?;
        self.book.record(&recording)?;
        Ok(recording)
    }

    /// The recording that follows what the book has.
    pub(crate) fn recording(
        &mut self,
        action: Action,
        draft: Option<Draft>,
        text: Option<Text>,
        outcome: Option<Outcome>,
    ) -> Result<Recording> {
        let position = self.book.position()?;
        let entry = match draft {
            None => None,
            Some(draft) => {
                let facts = action
                    .facts(text.as_ref())
                    .ok_or(Error::Internal { expected: "facts behind every entry" })?;
                let seq = position.head.seq.saturating_add(1);
                let link = Link {
                    seq,
                    effective_at: draft.effective_at,
                    recorded_at: self.now,
                    postings: &draft.postings,
                    reverses: draft.reverses,
                    facts,
                };
                let head = Head { seq, hash: link.hash(position.head.hash) };
                let Draft { effective_at, postings, reverses, after } = draft;
                Some(Entry { head, reverses, effective_at, postings, after })
            }
        };
        let covered = entry.is_none() || action.has_particulars(text.as_ref());
        let body = if covered { Some(action.body(text.as_ref()).encode()?) } else { None };
        let mut recording = Recording {
            n: position.n.saturating_add(1),
            recorded_at: self.now,
            action,
            entry,
            text,
            outcome,
            hash: Hash([0; 32]),
        };
        recording.hash = recording.hash_after(position.hash, body.as_deref());
        Ok(recording)
    }
}
