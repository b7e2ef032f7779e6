//! A book's journal: an entry, its postings, its line of the statement, and its refund or transfer
//! become one row.

use rusqlite::{OptionalExtension, Row, params};

use super::{at, book::Book, write};
use crate::{
    sqlite::{charges, columns::Columns, entries},
    words::{
        account::Account,
        chain::Hash,
        entry::{Cause, Posting, Postings},
        error::{Error, Result},
        money::Amount,
        statement::LineType,
        time::Timestamp,
        transfer::TransferKind,
    },
};

/// The entries of a book with their postings and lines. Entries come first in each join, so that they
/// are read in their order.
const ENTRIES: &str = "
    SELECT e.seq, e.cause, e.source, e.reverses, e.effective_at, e.recorded_at, e.hash,
        p.debit, p.credit, p.amount, old.code, new.currency, new.exponent,
        f.debit, f.credit, f.amount, f.currency = p.currency,
        l.amount, l.fee, l.currency = p.currency, l.available_on, c.available_on
    FROM schema_1_entries e
    CROSS JOIN schema_1_postings p ON p.merchant = e.merchant AND p.seq = e.seq AND p.line = 0
    CROSS JOIN schema_1_currencies old ON old.currency = p.currency
    CROSS JOIN currencies new ON new.code = old.code
    LEFT JOIN schema_1_postings f ON f.merchant = e.merchant AND f.seq = e.seq AND f.line = 1
    LEFT JOIN schema_1_balance_transactions l ON l.merchant = e.merchant AND l.seq = e.seq
    LEFT JOIN schema_1_charges c ON c.merchant = e.merchant AND c.charge = e.source AND e.cause = 1
    WHERE e.merchant = ?1 ORDER BY e.seq";

/// An entry of version 1.
struct Entry {
    seq: i64,
    cause: Cause,
    source: i64,
    reverses: Option<i64>,
    effective_at: Timestamp,
    recorded_at: Timestamp,
    hash: Hash,
    postings: Postings,
    /// The number of its currency in version 2, and its exponent.
    currency: i64,
    exponent: u32,
    has_line: bool,
}

/// What the object of an entry says in the entry's row.
#[derive(Default)]
struct Object {
    charge: Option<i64>,
    about: Option<i64>,
    id: Option<String>,
    reason: Option<i64>,
    external_reference: Option<String>,
    refunded: Option<i64>,
    text_hash: Option<[u8; 32]>,
}

impl Book<'_, '_> {
    /// Records the entries in their order.
    pub(super) fn journal(&mut self) -> Result<()> {
        self.each(ENTRIES, |book, row| {
            let seq = book.seq.saturating_add(1);
            at(format_args!("je_{seq}"), book.entry(seq, row))
        })
    }

    fn entry(&mut self, seq: i64, row: &Row<'_>) -> Result<()> {
        let entry = Entry::read(&mut Columns::of(row))?;
        if entry.seq != seq {
            return Err(Error::corrupt("it is missing, or its posting, or the currency of that"));
        }
        let object = self.object(&entry)?;
        let exponent = entry.cause_freezes_exponent().then_some(entry.exponent);
        let kind = entry.cause.number();
        let running = self.hash_of_entry(kind, entry.recorded_at, entry.hash, exponent);
        self.write_entry(&entry, &object, running)?;
        self.text(&entry, &object)?;
        self.copy.copied("entries", 1);
        self.copy.copied("postings", entry.postings.iter().count());
        self.copy.copied("balance_transactions", usize::from(entry.has_line));
        self.copy.entry();
        self.seq = seq;
        self.recorded(running)
    }

    fn write_entry(&self, entry: &Entry, object: &Object, running: Hash) -> Result<()> {
        let effective_at =
            (entry.effective_at != entry.recorded_at).then_some(entry.effective_at.millis());
        let first = entry.first()?;
        write(
            self.conn(),
            "INSERT INTO entries (entry, merchant, n, cause, charge, about, recorded_at,
                 effective_at, debit, credit, amount, currency, fee, id, reason,
                 external_reference, refunded, text_hash, hash, running)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                 ?18, ?19, ?20)",
            params![
                self.key(entry.seq)?,
                self.merchant,
                self.next(),
                entry.cause.number(),
                object.charge,
                object.about,
                entry.recorded_at.millis(),
                effective_at,
                first.debit.number(),
                first.credit.number(),
                first.amount.minor(),
                entry.currency,
                entry.postings.fee().map(Amount::minor),
                object.id,
                object.reason,
                object.external_reference,
                object.refunded,
                object.text_hash,
                entry.hash.as_bytes(),
                running.as_bytes(),
            ],
        )?;
        Ok(())
    }

    /// Copies the text of an entry's object. One that is gone was erased; its hash stays.
    fn text(&mut self, entry: &Entry, object: &Object) -> Result<()> {
        if object.text_hash.is_some() {
            let rows = write(
                self.conn(),
                "INSERT INTO texts (text, salt, description, metadata)
                 SELECT ?1, salt, description, metadata FROM schema_1_texts
                 WHERE merchant = ?2 AND seq = ?3",
                params![self.key(self.next())?, self.merchant, entry.seq],
            )?;
            self.copy.copied("texts", rows);
        }
        Ok(())
    }

    /// What the object of an entry says.
    fn object(&mut self, entry: &Entry) -> Result<Object> {
        match entry.cause {
            Cause::Charge => {
                entry.must_reverse(None)?;
                Ok(Object { charge: Some(self.key(entry.source)?), ..Object::default() })
            }
            Cause::Maturity => {
                entry.must_reverse(None)?;
                self.maturity(entry)
            }
            Cause::Refund => self.refund(entry),
            Cause::RefundFailure => {
                entry.must_reverse(Some(entry.source))?;
                self.refund_failure(entry)
            }
            Cause::Payout | Cause::TopUp | Cause::Settlement | Cause::Adjustment => {
                entry.must_reverse(None)?;
                self.transfer(entry)
            }
            Cause::PayoutPaid => {
                entry.must_reverse(None)?;
                Ok(Object { about: Some(self.key(entry.source)?), ..Object::default() })
            }
            Cause::PayoutFailed | Cause::PayoutReturned => {
                entry.must_reverse(Some(entry.source))?;
                Ok(Object { about: Some(self.key(entry.source)?), ..Object::default() })
            }
            Cause::Dispute
            | Cause::DisputeWon
            | Cause::DisputeLost
            | Cause::HandedOver
            | Cause::TakenOver => Err(Error::corrupt("an unknown cause")),
        }
    }

    fn maturity(&self, entry: &Entry) -> Result<Object> {
        let charge = self.key(entry.source)?;
        let posted: Option<i64> = self
            .conn()
            .prepare_cached("SELECT entry FROM charges WHERE charge = ?1")?
            .query_row([charge], |row| row.get(0))
            .optional()?
            .flatten();
        let posted =
            posted.ok_or_else(|| Error::corrupt("the charge that matures never posted"))?;
        Ok(Object { charge: Some(charge), about: Some(posted), ..Object::default() })
    }

    fn refund(&mut self, entry: &Entry) -> Result<Object> {
        entry.must_be_its_own()?;
        let refund = self
            .conn()
            .prepare_cached(
                "SELECT charge, amount, id, reason, external_reference, text_hash
                 FROM schema_1_refunds WHERE merchant = ?1 AND seq = ?2",
            )?
            .query_row([self.merchant, entry.seq], |row| {
                let object = Object {
                    id: row.get(2)?,
                    reason: row.get(3)?,
                    external_reference: row.get(4)?,
                    text_hash: row.get(5)?,
                    ..Object::default()
                };
                Ok((row.get(0)?, row.get::<_, i64>(1)?, object))
            })
            .optional()?;
        let (charge, amount, object) =
            refund.ok_or_else(|| Error::corrupt("its refund is missing"))?;
        if amount != entry.first()?.amount.minor() {
            return Err(Error::corrupt("its refund is of another amount"));
        }
        self.copy.copied("refunds", 1);
        let charge = self.key(charge)?;
        Ok(Object {
            charge: Some(charge),
            about: entry.reverses.map(|seq| self.key(seq)).transpose()?,
            refunded: Some(self.refunded(charge, amount)?),
            ..object
        })
    }

    fn refund_failure(&self, entry: &Entry) -> Result<Object> {
        let charge: Option<i64> = self
            .conn()
            .prepare_cached("SELECT charge FROM schema_1_refunds WHERE merchant = ?1 AND seq = ?2")?
            .query_row([self.merchant, entry.source], |row| row.get(0))
            .optional()?;
        let charge = charge.ok_or_else(|| Error::corrupt("the refund that failed is missing"))?;
        let charge = self.key(charge)?;
        let amount = entry.first()?.amount.minor();
        Ok(Object {
            charge: Some(charge),
            about: Some(self.key(entry.source)?),
            refunded: Some(self.refunded(charge, amount.saturating_neg())?),
            ..Object::default()
        })
    }

    /// What is refunded of a charge after this much more.
    fn refunded(&self, charge: i64, more: i64) -> Result<i64> {
        let before = charges::refunded(self.conn(), charge)?.minor();
        before.checked_add(more).ok_or_else(|| Error::corrupt("the refunds of its charge"))
    }

    fn transfer(&mut self, entry: &Entry) -> Result<Object> {
        entry.must_be_its_own()?;
        let transfer = self
            .conn()
            .prepare_cached(
                "SELECT t.amount, new.currency, t.id, t.text_hash
                 FROM schema_1_transfers t JOIN schema_1_currencies old USING (currency)
                 JOIN currencies new ON new.code = old.code
                 WHERE t.merchant = ?1 AND t.seq = ?2",
            )?
            .query_row([self.merchant, entry.seq], |row| {
                let object =
                    Object { id: row.get(2)?, text_hash: row.get(3)?, ..Object::default() };
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, object))
            })
            .optional()?;
        let (amount, currency, object) =
            transfer.ok_or_else(|| Error::corrupt("its transfer is missing"))?;
        let posted = TransferKind::from_cause(entry.cause)
            .and_then(|kind| kind.amount_of(entry.first().ok()?));
        if posted.map(|posted| (posted.minor(), entry.currency)) != Some((amount, currency)) {
            return Err(Error::corrupt("its transfer is of another amount"));
        }
        self.copy.copied("transfers", 1);
        Ok(object)
    }
}

impl Entry {
    fn read(columns: &mut Columns<'_, '_>) -> Result<Self> {
        let (seq, cause) = (columns.next()?, entries::cause(columns)?);
        let (source, reverses) = (columns.next()?, columns.next()?);
        let (effective_at, recorded_at) = (columns.moment()?, columns.moment()?);
        let hash = Hash(columns.next()?);
        let first = entries::posting(columns)?;
        let (currency, exponent) = (columns.next()?, columns.next()?);
        let postings = Postings::with_fee(first, fee(columns)?);
        let has_line = line(columns, cause, &postings)?;
        Ok(Self {
            seq,
            cause,
            source,
            reverses,
            effective_at,
            recorded_at,
            hash,
            postings,
            currency,
            exponent,
            has_line,
        })
    }

    /// Its first posting: in version 1 each entry has one.
    fn first(&self) -> Result<&Posting> {
        self.postings.first.as_ref().ok_or_else(|| Error::corrupt("it moves nothing"))
    }

    /// Whether the running hash covers the exponent of its currency.
    const fn cause_freezes_exponent(&self) -> bool {
        matches!(self.cause, Cause::Charge) || TransferKind::from_cause(self.cause).is_some()
    }

    /// Version 2 derives from the cause and the object whether an entry reverses another.
    fn must_reverse(&self, seq: Option<i64>) -> Result<()> {
        if self.reverses == seq {
            Ok(())
        } else {
            Err(Error::corrupt("it reverses another entry than that of its object"))
        }
    }

    /// A refund or transfer is in the row of its entry.
    fn must_be_its_own(&self) -> Result<()> {
        if self.source == self.seq {
            Ok(())
        } else {
            Err(Error::corrupt("it is about an object of another entry"))
        }
    }
}

/// The second posting: none, or the fee on a charge.
fn fee(columns: &mut Columns<'_, '_>) -> Result<Option<Amount>> {
    const FROM: Option<u8> = Some(Account::Pending.number());
    const TO: Option<u8> = Some(Account::Fees.number());
    let (debit, credit): (Option<u8>, Option<u8>) = (columns.next()?, columns.next()?);
    let amount: Option<i64> = columns.next()?;
    let in_its_currency: Option<bool> = columns.next()?;
    let Some(amount) = amount else { return Ok(None) };
    if (debit, credit, in_its_currency) == (FROM, TO, Some(true)) {
        Amount::from_stored(amount).map(Some)
    } else {
        Err(Error::corrupt("a second posting that is no fee on it"))
    }
}

/// Whether the entry has a line of the statement. It has to be the one that version 2 derives.
fn line(columns: &mut Columns<'_, '_>, cause: Cause, postings: &Postings) -> Result<bool> {
    let (amount, fee): (Option<i64>, Option<i64>) = (columns.next()?, columns.next()?);
    let in_its_currency: Option<bool> = columns.next()?;
    let (available_on, of_charge): (Option<i64>, Option<i64>) = (columns.next()?, columns.next()?);
    let derived = match LineType::of(cause) {
        Some(_) => {
            (Some(LineType::amount(postings)), Some(postings.fee_taken()), Some(true), of_charge)
        }
        None => (None, None, None, None),
    };
    if (amount, fee, in_its_currency, available_on) == derived {
        Ok(amount.is_some())
    } else {
        Err(Error::corrupt("its line of the statement does not say what it posts"))
    }
}
