//! A book's idempotency keys. Version 1 did not say which recording made which, so each gets a
//! recording of its own, after the journal.

use rusqlite::{OptionalExtension, Row, params};

use super::{at, book::Book, write};
use crate::{
    recording::{Action, Outcome},
    sqlite::{columns::Columns, idempotency::lookup},
    words::{
        error::{Error, Result},
        idempotency::{IdempotencyKey, Operation},
        refusal::Refusal,
        time::Timestamp,
    },
};

const KEYS: &str = "
    SELECT operation, key, fingerprint, source, refusal, fact, recorded_at
    FROM schema_1_idempotency WHERE merchant = ?1 ORDER BY operation, key";

impl Book<'_, '_> {
    pub(super) fn idempotency_keys(&mut self) -> Result<()> {
        self.each(KEYS, |book, row| {
            let place = format!("the key after recording {}", book.n);
            at(place, book.idempotency_key(row))
        })
    }

    fn idempotency_key(&mut self, row: &Row<'_>) -> Result<()> {
        let mut columns = Columns::of(row);
        let operation = Operation::from_number(columns.next()?)
            .ok_or_else(|| Error::corrupt("an unknown operation"))?;
        let key = IdempotencyKey::new(&columns.next::<String>()?)
            .map_err(|_| Error::corrupt("an idempotency key with other characters"))?;
        let fingerprint = columns.next()?;
        let action = self.answer(operation, &mut columns)?;
        let recorded_at = Timestamp::from_stored(columns.next()?)?;
        let recording = self.key(self.next())?;
        write(
            self.conn(),
            "INSERT INTO idempotency (lookup, recording) VALUES (?1, ?2)",
            params![lookup(self.merchant, operation as i64, key.as_str()), recording],
        )?;
        self.copy.copied("idempotency", 1);
        self.change(recorded_at, &action, Some(&Outcome::Kept { operation, key, fingerprint }))
    }

    /// The answer to the key's request: a refusal, or the object that it made or changed.
    fn answer(&self, operation: Operation, columns: &mut Columns<'_, '_>) -> Result<Action> {
        let nothing = || Error::corrupt("an idempotency key with no outcome");
        let source: Option<i64> = columns.next()?;
        let (refusal, fact): (Option<i64>, Option<i64>) = (columns.next()?, columns.next()?);
        let Some(source) = source else {
            let refusal = refusal.and_then(|number| Refusal::from_numbers(number, fact));
            let refusal = refusal.filter(|refusal| refusal.fact() == fact);
            return Ok(Action::Refusal(refusal.ok_or_else(nothing)?));
        };
        if refusal.is_some() || fact.is_some() {
            return Err(nothing());
        }
        let sql = if operation.is_about_a_charge() {
            "SELECT id FROM charges WHERE charge = ?1"
        } else {
            "SELECT id FROM entries WHERE entry = ?1 AND id IS NOT NULL"
        };
        let id: Option<String> = self
            .conn()
            .prepare_cached(sql)?
            .query_row([self.key(source)?], |row| row.get(0))
            .optional()?;
        Ok(Action::Answer { source: id.ok_or_else(nothing)? })
    }
}
