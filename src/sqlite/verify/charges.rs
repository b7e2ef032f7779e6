//! A book's charges, read along with the recordings that make them.

use std::collections::BTreeMap;

use rusqlite::{CachedStatement, Connection, OptionalExtension, Row, Statement, params};

use super::{
    along::Along,
    currencies::{Currencies, Known},
    row::text,
    wrong::{Checked, Wrong, hold},
};
use crate::{
    recording::{
        Taken,
        body::{Body, ChargeBody},
    },
    sqlite::number,
    words::{
        chain::Hash,
        charge::{Charge, ChargeStatus},
        error::{Error, Result},
        finding::Invariant,
        money::{Amount, Balance, Fee},
        time::Timestamp,
    },
};

macro_rules! select_charges {
    ($where:literal) => {
        concat!(
            "SELECT c.n, c.charge, c.merchant, c.entry, c.id, c.intent, i.id, i.currency, c.amount,
                 c.captured, c.fee, c.currency, c.status, c.available_on, c.created_at,
                 c.external_reference, c.text_hash
             FROM charges c LEFT JOIN payment_intents i ON i.intent = c.intent ",
            $where
        )
    };
}

/// The charges of a book in the order of their numbers.
pub(super) const CHARGES: &str =
    select_charges!("WHERE c.charge BETWEEN ?1 AND ?2 ORDER BY c.charge");

/// A charge as its row says.
pub(super) struct ChargeRow {
    /// The recording that made it.
    pub(super) n: i64,
    /// The merchant and its number.
    pub(super) key: i64,
    /// The key of the entry that posted it.
    pub(super) entry: Option<i64>,
    /// The number of its currency, and what is known of it.
    pub(super) currency: i64,
    pub(super) exponent: u32,
    /// The hash of its text, if it had any.
    pub(super) text_hash: Option<Hash>,
    pub(super) charge: Charge,
    merchant: i64,
    intent: Option<i64>,
    intent_currency: Option<i64>,
}

impl ChargeRow {
    fn read(row: &Row<'_>, currencies: &Currencies) -> Checked<Self> {
        let currency = row.get(11)?;
        let known = currencies.get(currency);
        let Known { currency: code, exponent } = *known.ok_or(Wrong::Here(Invariant::Reference))?;
        let id = text(row, 4)?.ok_or(Wrong::Here(Invariant::Readable))?;
        let status = ChargeStatus::from_number(row.get(12)?);
        let charge = Charge {
            id: id.to_owned(),
            payment_intent_id: text(row, 6)?.map(str::to_owned),
            amount: Amount::from_stored(row.get(8)?)?,
            amount_captured: Amount::from_stored(row.get(9)?)?,
            amount_refunded: Balance::ZERO,
            amount_disputed: Balance::ZERO,
            amount_elsewhere: Balance::ZERO,
            fee: Fee::from_stored(row.get(10)?)?,
            currency: code,
            status: status.ok_or_else(|| Error::corrupt("an unknown charge status"))?,
            available_on: Timestamp::from_stored(row.get(13)?)?,
            created_at: Timestamp::from_stored(row.get(14)?)?,
            external_reference: text(row, 15)?.map(str::to_owned),
            // The texts are read along with the recordings.
            description: None,
            metadata: BTreeMap::new(),
        };
        Ok(Self {
            n: row.get(0)?,
            key: row.get(1)?,
            entry: row.get(3)?,
            currency,
            exponent,
            text_hash: row.get::<_, Option<[u8; 32]>>(16)?.map(Hash),
            charge,
            merchant: row.get(2)?,
            intent: row.get(5)?,
            intent_currency: row.get(7)?,
        })
    }

    /// What the recording that made it said.
    pub(super) fn body(&self) -> ChargeBody {
        ChargeBody::created(&self.charge, self.exponent, self.text_hash)
    }

    /// What the running hash covers of it beside its entry.
    pub(super) fn particulars(&self) -> Result<Option<String>> {
        if self.charge.external_reference.is_none() && self.text_hash.is_none() {
            return Ok(None);
        }
        Body::Charge(self.body()).encode().map(Some)
    }

    /// What SQLite's constraints say, which it looks at only through handles that may write.
    pub(super) fn check(&self) -> Checked<()> {
        let Self { charge, .. } = self;
        let of_itself = |holds: bool, invariant| {
            if holds { Ok(()) } else { Err(Wrong::At(charge.id.clone(), invariant)) }
        };
        let in_range = charge.amount_captured <= charge.amount
            && charge.fee.minor() <= charge.amount_captured.minor()
            && self.entry.is_some() == (charge.status == ChargeStatus::Succeeded)
            && is_within(self.key, self.merchant);
        of_itself(in_range, Invariant::Readable)?;
        let intent_is_there = self.intent.is_none_or(|intent| {
            charge.payment_intent_id.is_some() && is_within(intent, self.merchant)
        });
        of_itself(intent_is_there, Invariant::Reference)?;
        let currency = self.intent_currency.is_none_or(|currency| currency == self.currency);
        of_itself(currency, Invariant::Currency)
    }
}

/// Whether a row with this key is in a merchant's book.
pub(super) const fn is_within(key: i64, merchant: i64) -> bool {
    // The merchant may be any number, so nothing is computed with it that could overflow.
    number::merchant(key) == merchant && number::within(key) > 0
}

/// What a refund or dispute needs to know of its charge.
pub(super) struct Target {
    pub(super) id: String,
    /// The key of the entry that posted it.
    pub(super) entry: Option<i64>,
    pub(super) captured: i64,
    pub(super) currency: i64,
    /// What was refunded before.
    pub(super) refunded: i64,
    /// What was disputed before, and not won.
    pub(super) disputed: i64,
    /// What only other books could give back before.
    pub(super) elsewhere: i64,
}

impl Target {
    /// No more is refunded, disputed and handed over together than was captured.
    pub(super) fn check_left(
        &self,
        refunded: Option<i64>,
        disputed: Option<i64>,
        elsewhere: Option<i64>,
    ) -> Checked<()> {
        let taken =
            [disputed, elsewhere].into_iter().fold(refunded, |sum, part| sum?.checked_add(part?));
        if taken.is_some_and(|taken| taken <= self.captured) {
            Ok(())
        } else {
            Err(Wrong::At(self.id.clone(), Invariant::Refunded))
        }
    }
}

/// Charges in the order of their numbers, which is that of the recordings that made them. One that
/// is not there in that order is looked up.
pub(super) struct Charges<'a> {
    currencies: &'a Currencies,
    merchant: i64,
    along: Along<'a>,
    by_number: CachedStatement<'a>,
    by_id: CachedStatement<'a>,
    target: CachedStatement<'a>,
}

impl<'a> Charges<'a> {
    /// From the statement of [`CHARGES`].
    pub(super) fn of(
        conn: &'a Connection,
        merchant: i64,
        currencies: &'a Currencies,
        statement: &'a mut Statement<'_>,
        book: [i64; 2],
    ) -> Result<Self> {
        Ok(Self {
            currencies,
            merchant,
            along: Along::of(statement.query(book)?),
            by_number: conn.prepare_cached(select_charges!("WHERE c.charge = ?1"))?,
            by_id: conn.prepare_cached(select_charges!("WHERE c.merchant = ?1 AND c.id = ?2"))?,
            // Each row that refunds, disputes or hands over says all three sums after it.
            target: conn.prepare_cached(
                "SELECT id, entry, captured, currency, (
                     SELECT CASE WHEN coalesce(disputed, elsewhere) IS NULL THEN refunded
                         ELSE refunded || ' ' || coalesce(disputed, 0) || ' ' || coalesce(elsewhere, 0) END
                     FROM entries INDEXED BY refunds_of_charge
                     WHERE charge = ?1 AND (cause = 3 OR cause = 4 OR cause >= 12)
                         AND entry < ?2 AND entry > ?3
                     ORDER BY entry DESC LIMIT 1)
                 FROM charges WHERE charge = ?1",
            )?,
        })
    }

    /// The charge with this number that the recording `n` makes or concludes.
    pub(super) fn by_number(&mut self, n: i64, key: i64) -> Checked<ChargeRow> {
        hold(is_within(key, self.merchant), Invariant::Reference)?;
        if let Some(row) = self.along.next_of(n)?
            && row.get::<_, i64>(1)? == key
        {
            return ChargeRow::read(row, self.currencies);
        }
        self.known(key)
    }

    /// A charge by its number.
    pub(super) fn known(&mut self, key: i64) -> Checked<ChargeRow> {
        let currencies = self.currencies;
        let found = self
            .by_number
            .query_row([key], |row| Ok(ChargeRow::read(row, currencies)))
            .optional()?;
        found.ok_or(Wrong::Here(Invariant::Reference))?
    }

    /// The charge with this id that the recording `n` makes or concludes.
    pub(super) fn by_id(&mut self, n: i64, id: &str) -> Checked<Option<ChargeRow>> {
        if let Some(row) = self.along.next_of(n)?
            && text(row, 4)? == Some(id)
        {
            return ChargeRow::read(row, self.currencies).map(Some);
        }
        let currencies = self.currencies;
        self.by_id
            .query_row(params![self.merchant, id], |row| Ok(ChargeRow::read(row, currencies)))
            .optional()?
            .transpose()
    }

    /// The charge of a refund or dispute, or of its outcome, whose key is `entry`.
    pub(super) fn target(&mut self, key: i64, entry: i64) -> Checked<Target> {
        hold(is_within(key, self.merchant), Invariant::Reference)?;
        let first = number::key(self.merchant, 0);
        let found = self.target.query_row([key, entry, first], |row| {
            let Taken { refunded, disputed, elsewhere } = row.get(4)?;
            Ok(Target {
                id: row.get(0)?,
                entry: row.get(1)?,
                captured: row.get(2)?,
                currency: row.get(3)?,
                refunded: refunded.minor(),
                disputed: disputed.minor(),
                elsewhere: elsewhere.minor(),
            })
        });
        found.optional()?.ok_or(Wrong::Here(Invariant::Reference))
    }

    /// How many charges the book has. None can be read afterwards.
    pub(super) fn count(&mut self) -> Result<i64> {
        self.along.count()
    }
}
