//! One pass over a merchant's book, in the order of its recordings.

use std::{collections::BTreeSet, ops::ControlFlow};

use rusqlite::{Connection, Row};

use super::{
    along::Along,
    change::{CHANGES, ChangeRow},
    charges::{CHARGES, Charges},
    currencies::Currencies,
    entry::Objects,
    intents::{INTENTS, Intents},
    keys::{KeyRow, Keys},
    maturing::Maturing,
    outcomes::{OUTCOMES, Outcomes},
    row::{ENTRIES, EntryRow, seq},
    sums::Sums,
    tables::Tables,
    texts::{TEXTS, Texts},
    tree,
    wrong::{Checked, Wrong, hold},
};
use crate::{
    recording::{Position, hash::Covered},
    sqlite::number,
    words::{
        chain::Head,
        entry::Cause,
        error::{Error, Result},
        finding::Invariant,
        merchant::Merchant,
    },
};

/// What all books share.
pub(super) struct Shared<'a> {
    pub(super) conn: &'a Connection,
    pub(super) currencies: &'a Currencies,
    pub(super) keys: &'a mut Keys,
    /// The numbers of the currencies that the books have.
    pub(super) used: &'a mut BTreeSet<i64>,
    /// Is told of each recording, and whether it posts an entry.
    pub(super) progress: &'a mut dyn FnMut(bool) -> ControlFlow<()>,
}

/// The tables that are read along with the recordings.
struct Parts<'a> {
    objects: Objects<'a>,
    tables: Tables<'a>,
    texts: Texts<'a>,
}

/// The state of the pass.
pub(super) struct Audit<'a, 's> {
    shared: Shared<'s>,
    merchant: i64,
    own: &'a Merchant,
    kept: &'a [Head],
    position: Position,
    sums: Sums,
    maturing: Maturing,
}

impl<'a, 's> Audit<'a, 's> {
    pub(super) fn new(
        shared: Shared<'s>,
        merchant: i64,
        own: &'a Merchant,
        kept: &'a [Head],
    ) -> Self {
        Self {
            shared,
            merchant,
            own,
            kept,
            position: Position::genesis(&own.id),
            sums: Sums::default(),
            maturing: Maturing::default(),
        }
    }

    /// Follows both chains from their beginning.
    pub(super) fn run(mut self) -> Result<()> {
        self.check_kept().map_err(|wrong| self.wrong(wrong, "the beginning of the book"))?;
        let (conn, currencies, merchant) =
            (self.shared.conn, self.shared.currencies, self.merchant);
        let book = [number::key(merchant, 0), number::last(merchant)];
        let mut charges = conn.prepare_cached(CHARGES)?;
        let mut outcomes = conn.prepare_cached(OUTCOMES)?;
        let mut intents = conn.prepare_cached(INTENTS)?;
        let mut texts = conn.prepare_cached(TEXTS)?;
        let charges = Charges::of(conn, merchant, currencies, &mut charges, book)?;
        let outcomes = Outcomes::of(&mut outcomes, book)?;
        let intents = Intents::of(conn, merchant, &mut intents, book)?;
        let mut parts = Parts {
            objects: Objects::of(conn, currencies, charges, outcomes)?,
            tables: Tables::of(conn, merchant, self.own, currencies, intents),
            texts: Texts::of(&mut texts, book)?,
        };
        let mut entries = conn.prepare_cached(ENTRIES)?;
        let mut changes = conn.prepare_cached(CHANGES)?;
        let mut entries = Along::of(entries.query(book)?);
        let mut changes = Along::of(changes.query(book)?);
        loop {
            let is_entry = match (entries.number()?, changes.number()?) {
                (None, None) => break,
                (Some(entry), Some(change)) => entry < change,
                (next, _) => next.is_some(),
            };
            match (is_entry, if is_entry { entries.take() } else { changes.take() }) {
                (true, Some(row)) => self.entry(row, &mut parts)?,
                (false, Some(row)) => self.change(row, &mut parts)?,
                (_, None) => break,
            }
            if (self.shared.progress)(is_entry).is_break() {
                return Err(Error::Canceled);
            }
        }
        let end = self.check_end(&mut parts, book);
        end.map_err(|wrong| self.wrong(wrong, "the end of the book"))
    }

    fn wrong(&self, wrong: Wrong, place: impl Into<String>) -> Error {
        wrong.at(Some(&self.own.id), place)
    }

    fn check_kept(&self) -> Checked<()> {
        let head = self.position.head;
        let differs = |kept: &Head| kept.seq == head.seq && kept.hash != head.hash;
        if self.kept.iter().any(differs) {
            return Err(Wrong::At(format!("je_{}", head.seq), Invariant::KeptHead));
        }
        Ok(())
    }

    fn entry(&mut self, row: &Row<'_>, parts: &mut Parts<'_>) -> Result<()> {
        let seq = seq(row)?;
        self.check_entry(seq, row, parts).map_err(|wrong| self.wrong(wrong, format!("je_{seq}")))
    }

    fn check_entry(&mut self, seq: i64, row: &Row<'_>, parts: &mut Parts<'_>) -> Checked<()> {
        let Position { n, hash, head } = self.position;
        // The first recording is the merchant, so no entry is.
        let follows = n > 0 && row.get::<_, i64>(0)? == n.saturating_add(1);
        hold(follows && seq == head.seq.saturating_add(1), Invariant::Sequence)?;
        let entry = EntryRow::read(row, self.merchant, self.shared.currencies)?;
        let expected = parts.objects.expected(&entry, head.hash)?;
        // What a charge says beside its entry stands in its own row.
        let made = expected.posted.as_ref().filter(|posted| posted.row.n == entry.n);
        let (text_hash, body) = match made {
            Some(made) => (made.row.text_hash, made.row.particulars()?),
            // What was taken over has another book's hash there.
            None if entry.cause == Cause::TakenOver => (None, None),
            None => (entry.text_hash, None),
        };
        parts.texts.check(entry.n, text_hash)?;
        hold(expected.link == entry.hash, Invariant::Chain)?;
        entry.outcome.check(expected.kind)?;
        let covered = Covered {
            n: entry.n,
            kind: expected.kind,
            recorded_at: entry.recorded_at.millis(),
            entry: Some(entry.hash),
            exponent: expected.exponent,
            body: body.as_deref(),
            outcome: entry.outcome.digest(),
        };
        let hash = covered.hash(hash);
        hold(hash == entry.running, Invariant::Recording)?;
        self.position = Position { n: entry.n, hash, head: Head { seq, hash: entry.hash } };
        self.check_kept()?;
        self.note_key(entry.n, &entry.outcome, parts, || format!("je_{seq}"));
        self.sums.add(&entry, expected.posted.as_ref().is_some_and(|posted| posted.waits))?;
        if let Some(posted) = expected.posted {
            parts.tables.posted(entry.n, &posted.row)?;
            if posted.waits {
                self.maturing.note(&posted.row);
            }
        }
        Ok(())
    }

    fn change(&mut self, row: &Row<'_>, parts: &mut Parts<'_>) -> Result<()> {
        let n: i64 = row.get(0)?;
        self.check_change(row, parts).map_err(|wrong| self.wrong(wrong, place(n)))
    }

    fn check_change(&mut self, row: &Row<'_>, parts: &mut Parts<'_>) -> Checked<()> {
        let change = ChangeRow::read(row)?;
        let Position { n, hash, head } = self.position;
        let follows = change.n == n.saturating_add(1) && change.seq == head.seq;
        // The first recording is the merchant, and no other is.
        hold(follows && (change.n == 1) == (change.kind == 20), Invariant::Sequence)?;
        let hash = change.hash(hash);
        hold(hash == change.running, Invariant::Recording)?;
        self.position = Position { n: change.n, hash, head };
        let body = change.body()?;
        change.outcome.check(change.kind)?;
        parts.texts.check(change.n, body.text_hash())?;
        parts.tables.check(&change, &body, &mut parts.objects.charges)?;
        self.note_key(change.n, &change.outcome, parts, || place(change.n));
        Ok(())
    }

    fn note_key(
        &mut self,
        n: i64,
        key: &KeyRow<'_>,
        parts: &mut Parts<'_>,
        place: impl FnOnce() -> String,
    ) {
        if matches!(key, KeyRow::Kept { .. }) {
            parts.tables.has_key(n, place);
            self.shared.keys.note(self.merchant, n, key);
        }
    }

    /// What holds once everything was read.
    fn check_end(&mut self, parts: &mut Parts<'_>, book: [i64; 2]) -> Checked<()> {
        let conn = self.shared.conn;
        let beyond = |kept: &Head| kept.seq > self.position.head.seq || kept.seq < 0;
        hold(!self.kept.iter().any(beyond), Invariant::KeptHead)?;
        if self.position.n == 0 {
            return Err(Wrong::At("the merchant".to_owned(), Invariant::Recorded));
        }
        parts.texts.check_end()?;
        std::mem::take(&mut self.maturing).check(conn, self.merchant, book)?;
        parts.tables.check_end(&mut parts.objects.charges)?;
        tree::check(conn, self.merchant, self.position.head.seq)?;
        self.sums.check(conn, book, self.shared.currencies)?;
        self.shared.used.extend(self.sums.currencies());
        self.shared.used.append(&mut parts.tables.used);
        Ok(())
    }
}

/// How a finding calls the change with this number.
fn place(n: i64) -> String {
    format!("recording {n}")
}
