//! What a book holds beside its journal: the merchant, API keys, payment intents and charges.

use rusqlite::{Row, params};

use super::{at, book::Book, write};
use crate::{
    recording::{Action, store::By},
    sqlite::{charges, columns::Columns},
    words::{
        chain::Hash,
        error::{Error, Result},
        intent::PaymentIntent,
        merchant::Merchant,
        money::Balance,
        time::Timestamp,
    },
};

const INTENTS: &str = "
    SELECT i.intent, i.id, i.amount, old.code, i.created_at, new.currency, new.exponent
    FROM schema_1_payment_intents i JOIN schema_1_currencies old USING (currency)
    JOIN currencies new ON new.code = old.code
    WHERE i.merchant = ?1 ORDER BY i.intent";

const CHARGES: &str = "
    SELECT c.charge, c.id, c.intent, c.amount, c.captured, c.fee, c.status, c.available_on,
        c.created_at, c.seq, new.currency, new.exponent
    FROM schema_1_charges c JOIN schema_1_currencies old USING (currency)
    JOIN currencies new ON new.code = old.code
    WHERE c.merchant = ?1 ORDER BY c.charge";

impl Book<'_, '_> {
    /// Records the merchant and all objects, in this order: whatever posts no entry comes before the
    /// entries.
    pub(super) fn objects(&mut self, merchant: Merchant) -> Result<()> {
        self.change(merchant.created_at, &Action::Merchant(merchant), None)?;
        self.api_keys()?;
        self.each(INTENTS, Self::intent)?;
        let unposted: i64 = self.conn().query_row(
            "SELECT count(*) FROM schema_1_charges WHERE merchant = ?1 AND seq IS NULL",
            [self.merchant],
            |row| row.get(0),
        )?;
        // The entry with the number 1 is recorded after the charges that have no entry.
        let before_entries = self.n.saturating_add(unposted);
        self.each(CHARGES, |book, row| book.charge(before_entries, row))
    }

    /// Runs `copy` for each row of a statement about the merchant's book.
    pub(super) fn each(
        &mut self,
        sql: &str,
        mut copy: impl FnMut(&mut Self, &Row<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut statement = self.conn().prepare(sql)?;
        let mut rows = statement.query([self.merchant])?;
        while let Some(row) = rows.next()? {
            copy(self, row)?;
        }
        Ok(())
    }

    /// Records all keys, and then which of them were revoked.
    fn api_keys(&mut self) -> Result<()> {
        let key = |row: &Row<'_>| -> Result<(Hash, Timestamp)> {
            Ok((Hash(row.get(0)?), Timestamp::from_stored(row.get(1)?)?))
        };
        self.each(
            "SELECT hash, created_at FROM api_keys WHERE merchant = ?1 ORDER BY created_at, hash",
            |book, row| {
                let (hash, created_at) = at("an API key", key(row))?;
                book.change(created_at, &Action::ApiKey(hash), None)
            },
        )?;
        self.each(
            "SELECT hash, revoked_at FROM api_keys WHERE merchant = ?1 AND revoked_at IS NOT NULL
             ORDER BY revoked_at, hash",
            |book, row| {
                let (hash, revoked_at) = at("an API key", key(row))?;
                book.change(revoked_at, &Action::ApiKeyRevocation(hash), None)
            },
        )
    }

    fn intent(&mut self, row: &Row<'_>) -> Result<()> {
        let mut columns = Columns::of(row);
        let number = columns.next()?;
        let id: String = at(format_args!("payment intent {number}"), columns.next())?;
        let place = format!("payment intent {id}");
        at(place, self.intent_with_id(number, id, &mut columns))
    }

    fn intent_with_id(
        &mut self,
        number: i64,
        id: String,
        columns: &mut Columns<'_, '_>,
    ) -> Result<()> {
        let intent = PaymentIntent {
            id,
            amount: columns.amount()?,
            amount_refunded: Balance::ZERO,
            currency: columns.currency()?,
            created_at: columns.moment()?,
        };
        let currency: i64 = columns.next()?;
        let exponent = columns.next()?;
        write(
            self.conn(),
            "INSERT INTO payment_intents (intent, merchant, n, id, amount, currency, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                self.key(number)?,
                self.merchant,
                self.next(),
                intent.id,
                intent.amount.minor(),
                currency,
                intent.created_at.millis(),
            ],
        )?;
        self.copy.copied("payment_intents", 1);
        self.change(intent.created_at, &Action::PaymentIntent { intent, exponent }, None)
    }

    fn charge(&mut self, before_entries: i64, row: &Row<'_>) -> Result<()> {
        let mut columns = Columns::of(row);
        let number = columns.next()?;
        let id: String = at(format_args!("charge {number}"), columns.next())?;
        let result = self.charge_with_id(before_entries, number, &id, &mut columns);
        at(format_args!("charge {id}"), result)
    }

    /// Copies a charge. One that posted is recorded by its entry.
    fn charge_with_id(
        &mut self,
        before_entries: i64,
        number: i64,
        id: &str,
        columns: &mut Columns<'_, '_>,
    ) -> Result<()> {
        let key = self.key(number)?;
        let intent: Option<i64> = columns.next()?;
        let (amount, captured, fee): (i64, i64, i64) =
            (columns.next()?, columns.next()?, columns.next()?);
        let status: i64 = columns.next()?;
        let (available_on, created_at) = (columns.moment()?, columns.moment()?);
        let seq: Option<i64> = columns.next()?;
        let currency: i64 = columns.next()?;
        write(
            self.conn(),
            "INSERT INTO charges (charge, merchant, n, id, intent, amount, captured, fee, currency,
                 status, available_on, created_at, entry)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                key,
                self.merchant,
                seq.map_or(self.next(), |seq| before_entries.saturating_add(seq)),
                id,
                intent.map(|intent| self.key(intent)).transpose()?,
                amount,
                captured,
                fee,
                currency,
                status,
                available_on.millis(),
                created_at.millis(),
                seq.map(|seq| self.key(seq)).transpose()?,
            ],
        )?;
        self.copy.copied("charges", 1);
        if seq.is_some() {
            return Ok(());
        }
        let stored = charges::find(self.conn(), self.merchant, By::Number(key))?
            .ok_or(Error::Internal { expected: "the charge that was just copied" })?;
        let exponent = columns.next()?;
        let action = Action::Charge { charge: stored.charge, intent: None, exponent };
        self.change(created_at, &action, None)
    }
}
