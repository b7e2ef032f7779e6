//! One pass over a merchant's book.

use std::{collections::BTreeMap, ops::ControlFlow};

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{
    Invariant,
    along::Along,
    charges::{self, Charges},
    entry::{Expected, expected},
    unreadable, unsound,
};
use crate::{
    account::{Account, Balances},
    chain::{Hash, Head, Link},
    charge,
    columns::Columns,
    currency::Currency,
    error::{Error, Result},
    journal::{Cause, Posting},
    money::Amount,
    statement::LineType,
    time::Timestamp,
};

/// An entry as its row says, before anything is believed.
pub(super) struct EntryRow {
    pub(super) seq: i64,
    pub(super) cause: Cause,
    pub(super) source: i64,
    pub(super) reverses: Option<i64>,
    pub(super) effective_at: Timestamp,
    recorded_at: Timestamp,
    hash: Hash,
}

impl EntryRow {
    fn read(columns: &mut Columns<'_, '_>) -> Result<Self> {
        Ok(Self {
            seq: columns.next()?,
            cause: Cause::from_number(columns.next()?)
                .ok_or_else(|| Error::corrupt("an unknown cause"))?,
            source: columns.next()?,
            reverses: columns.next()?,
            effective_at: columns.moment()?,
            recorded_at: columns.moment()?,
            hash: Hash(columns.next()?),
        })
    }
}

/// What the statement adds up to in one currency.
#[derive(Default)]
struct Sums {
    balances: Balances,
    pending: i128,
    available: i128,
}

/// How many rows of each kind the entries account for.
#[derive(Default)]
struct Counts {
    postings: i64,
    lines: i64,
    refunds: i64,
    transfers: i64,
    charges: i64,
    maturing: i64,
}

/// What belongs to the entries, read along with them.
struct Parts<'a> {
    postings: Along<'a>,
    lines: Along<'a>,
    charges: Charges<'a>,
}

/// The state of the pass.
pub(super) struct Audit<'a> {
    conn: &'a Connection,
    merchant: i64,
    merchant_id: &'a str,
    currencies: &'a BTreeMap<i64, Currency>,
    kept: &'a [Head],
    head: Head,
    sums: BTreeMap<i64, Sums>,
    counts: Counts,
}

impl<'a> Audit<'a> {
    pub(super) fn new(
        conn: &'a Connection,
        merchant: i64,
        merchant_id: &'a str,
        currencies: &'a BTreeMap<i64, Currency>,
        kept: &'a [Head],
    ) -> Self {
        let head = Head { seq: 0, hash: Hash::genesis(merchant_id) };
        Self {
            conn,
            merchant,
            merchant_id,
            currencies,
            kept,
            head,
            sums: BTreeMap::new(),
            counts: Counts::default(),
        }
    }

    /// Follows the chain from its beginning; `progress` is told of each entry.
    pub(super) fn run(mut self, progress: &mut dyn FnMut() -> ControlFlow<()>) -> Result<()> {
        self.check_kept()?;
        let mut postings = self.conn.prepare_cached(
            "SELECT seq, line, debit, credit, amount, currency FROM postings
             WHERE merchant = :merchant ORDER BY seq, line",
        )?;
        let mut lines = self.conn.prepare_cached(
            "SELECT seq, amount, fee, currency, available_on FROM balance_transactions
             WHERE merchant = :merchant ORDER BY seq",
        )?;
        let mut charges = self.conn.prepare_cached(charge::ALL)?;
        let mut maturities = self.conn.prepare_cached(charges::MATURITIES)?;
        let merchant = named_params! { ":merchant": self.merchant };
        let mut parts = Parts {
            postings: Along::of(postings.query(merchant)?),
            lines: Along::of(lines.query(merchant)?),
            charges: Charges::of(self.conn, self.merchant, &mut charges, &mut maturities)?,
        };
        let mut entries = self.conn.prepare_cached(
            "SELECT seq, cause, source, reverses, effective_at, recorded_at, hash FROM entries
             WHERE merchant = :merchant ORDER BY seq",
        )?;
        let mut rows = entries.query(merchant)?;
        while let Some(row) = rows.next()? {
            let seq: i64 = row.get(0)?;
            let next = self.head.seq.checked_add(1);
            self.hold(Some(seq) == next, seq, Invariant::Sequence)?;
            self.check_entry(row, &mut parts)
                .map_err(|error| unreadable(Some(self.merchant_id), format!("je_{seq}"), error))?;
            if progress().is_break() {
                return Err(Error::Canceled);
            }
        }
        if self.kept.iter().any(|kept| kept.seq > self.head.seq || kept.seq < 0) {
            return Err(self.unsound("the end of the book", Invariant::KeptHead));
        }
        if let Some(seq) = charges::check_maturing(self.conn, self.merchant, self.counts.maturing)?
        {
            return Err(self.unsound(format!("je_{seq}"), Invariant::Maturity));
        }
        self.check_counts()?;
        self.check_sums()?;
        self.check_charges()
    }

    fn unsound(&self, place: impl Into<String>, invariant: Invariant) -> Error {
        unsound(Some(self.merchant_id), place, invariant)
    }

    /// Says what is wrong with an entry, unless the promise holds.
    pub(super) fn hold(&self, holds: bool, seq: i64, invariant: Invariant) -> Result<()> {
        if holds { Ok(()) } else { Err(self.unsound(format!("je_{seq}"), invariant)) }
    }

    fn check_kept(&self) -> Result<()> {
        let here = |kept: &&Head| kept.seq == self.head.seq;
        if self.kept.iter().filter(here).any(|kept| kept.hash != self.head.hash) {
            return Err(self.unsound(format!("je_{}", self.head.seq), Invariant::KeptHead));
        }
        Ok(())
    }

    fn check_entry(&mut self, row: &Row<'_>, parts: &mut Parts<'_>) -> Result<()> {
        let entry = EntryRow::read(&mut Columns::of(row))?;
        let seq = entry.seq;
        let postings = self.postings(seq, &mut parts.postings)?;
        let expected = expected(self.conn, self.merchant, &entry, &mut parts.charges)?;
        self.hold(expected.sound, seq, expected.invariant)?;
        self.hold(postings == expected.postings, seq, Invariant::Entry)?;
        self.hold(entry.reverses == expected.reverses, seq, Invariant::Reversal)?;
        self.check_line(&entry, &expected, &mut parts.lines)?;
        let hash = expected.with_facts(|facts| {
            Link {
                seq,
                effective_at: entry.effective_at,
                recorded_at: entry.recorded_at,
                postings: &postings,
                reverses: entry.reverses,
                facts,
            }
            .hash(self.head.hash)
        });
        self.hold(hash == entry.hash, seq, Invariant::Chain)?;
        self.head = Head { seq, hash };
        self.check_kept()?;
        self.add_up(&postings, &expected)?;
        self.count(entry.cause, &expected);
        Ok(())
    }

    /// The postings of an entry: positive, in one currency, between two accounts.
    fn postings(&self, seq: i64, rows: &mut Along<'_>) -> Result<Vec<Posting>> {
        let mut postings: Vec<Posting> = Vec::with_capacity(2);
        while let Some(row) = rows.next_of(seq)? {
            let mut columns = Columns::after_first(row);
            let line: usize = columns.next::<u32>()?.try_into().unwrap_or(usize::MAX);
            let debit = Account::from_number(columns.next()?);
            let credit = Account::from_number(columns.next()?);
            let amount = Amount::from_minor(columns.next()?).ok();
            let currency = self.currencies.get(&columns.next()?);
            let (Some(debit), Some(credit), Some(amount), Some(currency)) =
                (debit, credit, amount, currency)
            else {
                return Err(self.unsound(format!("je_{seq}"), Invariant::Posting));
            };
            let posting = Posting { debit, credit, amount, currency: *currency };
            let one_currency = postings.first().is_none_or(|first| first.currency == *currency);
            let sound = debit != credit && one_currency && line == postings.len();
            self.hold(sound, seq, Invariant::Posting)?;
            postings.push(posting);
        }
        Ok(postings)
    }

    /// The line of the statement that belongs to the entry, and no other.
    fn check_line(
        &self,
        entry: &EntryRow,
        expected: &Expected,
        rows: &mut Along<'_>,
    ) -> Result<()> {
        let line: Option<(i64, i64, i64, Option<i64>)> = match rows.next_of(entry.seq)? {
            Some(row) => {
                let mut columns = Columns::after_first(row);
                Some((columns.next()?, columns.next()?, columns.next()?, columns.next()?))
            }
            None => None,
        };
        let wanted = expected.line.as_ref().map(|line| {
            let currency = i64::from(expected.currency.number());
            (line.amount, line.fee, currency, line.available_on.map(Timestamp::millis))
        });
        let due = LineType::of(entry.cause).is_some() == wanted.is_some();
        self.hold(due && line == wanted, entry.seq, Invariant::Statement)
    }

    fn add_up(&mut self, postings: &[Posting], expected: &Expected) -> Result<()> {
        let sums = self.sums.entry(i64::from(expected.currency.number())).or_default();
        let Some(after) = sums.balances.after_all(postings) else {
            return Err(self.unsound(format!("je_{}", self.head.seq), Invariant::Balances));
        };
        sums.balances = after;
        if let Some(line) = &expected.line {
            let net = i128::from(line.amount).saturating_sub(i128::from(line.fee));
            let sum = if expected.matures { &mut sums.pending } else { &mut sums.available };
            *sum = sum.saturating_add(net);
        }
        Ok(())
    }

    fn count(&mut self, cause: Cause, expected: &Expected) {
        let counts = &mut self.counts;
        let add = |count: &mut i64, holds: bool| *count = count.saturating_add(i64::from(holds));
        let postings = i64::try_from(expected.postings.len()).unwrap_or(i64::MAX);
        counts.postings = counts.postings.saturating_add(postings);
        add(&mut counts.lines, expected.line.is_some());
        add(&mut counts.charges, cause == Cause::Charge);
        add(&mut counts.maturing, expected.matures);
        add(&mut counts.refunds, cause == Cause::Refund);
        add(&mut counts.transfers, expected.is_transfer);
    }

    /// Cached balances against the sums of the postings and of the statement.
    fn check_sums(&self) -> Result<()> {
        let mut statement = self.conn.prepare_cached(
            "SELECT currency, pending, available, payout_transit, clearing, bank, fees, losses
             FROM balances WHERE merchant = :merchant",
        )?;
        let mut rows = statement.query(named_params! { ":merchant": self.merchant })?;
        let mut cached = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let mut columns = Columns::of(row);
            cached.insert(columns.next::<i64>()?, Balances::read(&mut columns)?);
        }
        for (currency, balances) in &cached {
            let name = self.currency_name(*currency);
            let Some(sums) = self.sums.get(currency) else {
                return Err(self.unsound(name, Invariant::Balances));
            };
            if sums.balances != *balances {
                return Err(self.unsound(name, Invariant::Balances));
            }
            let of = |account| i128::from(balances.of(account).minor());
            if (of(Account::Pending), of(Account::Available)) != (sums.pending, sums.available) {
                return Err(self.unsound(name, Invariant::StatementSums));
            }
        }
        match self.sums.keys().find(|currency| !cached.contains_key(currency)) {
            Some(currency) => Err(self.unsound(self.currency_name(*currency), Invariant::Balances)),
            None => Ok(()),
        }
    }

    fn currency_name(&self, number: i64) -> String {
        let currency = self.currencies.get(&number);
        currency.map_or_else(|| format!("currency {number}"), |known| known.code().to_owned())
    }

    /// No charge is refunded beyond what was captured, under an intent that is not there or has
    /// another currency, and those without an entry have values of their kind too. SQLite looks at
    /// its own constraints only through handles that may write.
    fn check_charges(&self) -> Result<()> {
        for constraints in [
            "SELECT id FROM charges WHERE merchant = :merchant AND NOT (
                 amount BETWEEN 1 AND 9007199254740991 AND captured BETWEEN 1 AND amount
                 AND fee BETWEEN 0 AND captured AND status BETWEEN 1 AND 4
                 AND (seq IS NULL) = (status <> 2)) LIMIT 1",
            "SELECT id FROM payment_intents WHERE merchant = :merchant
                 AND NOT amount BETWEEN 1 AND 9007199254740991 LIMIT 1",
        ] {
            if let Some(id) = self.first(constraints)? {
                return Err(self.unsound(id, Invariant::Readable));
            }
        }
        let over = self.first(
            "SELECT c.id FROM charges c JOIN (
                 SELECT charge, total(amount) AS refunded FROM refunds r
                 WHERE r.merchant = :merchant AND NOT EXISTS (
                     SELECT 1 FROM entries e
                     WHERE e.merchant = r.merchant AND e.source = r.seq AND e.cause = 4)
                 GROUP BY charge
             ) s ON s.charge = c.charge
             WHERE c.merchant = :merchant AND (s.refunded > c.captured OR c.status <> 2) LIMIT 1",
        )?;
        if let Some(id) = over {
            return Err(self.unsound(id, Invariant::Refunded));
        }
        let other = self.first(
            "SELECT c.id FROM charges c JOIN payment_intents i USING (merchant, intent)
             WHERE c.merchant = :merchant AND c.currency <> i.currency LIMIT 1",
        )?;
        if let Some(id) = other {
            return Err(self.unsound(id, Invariant::Currency));
        }
        let lost = self.first(
            "SELECT id FROM charges c WHERE merchant = :merchant AND intent IS NOT NULL
             AND NOT EXISTS (
                 SELECT 1 FROM payment_intents i
                 WHERE i.merchant = c.merchant AND i.intent = c.intent) LIMIT 1",
        )?;
        lost.map_or(Ok(()), |id| Err(self.unsound(id, Invariant::Reference)))
    }

    /// Nothing stands in the book beside what the entries account for. Counting is quick; the
    /// second statement of each looks for the first row that is too many.
    fn check_counts(&self) -> Result<()> {
        let Counts { postings, lines, refunds, transfers, charges, maturing } = self.counts;
        let tables = [
            (
                postings,
                "SELECT count(*) FROM postings WHERE merchant = :merchant",
                "SELECT 'a posting of je_' || seq FROM postings p WHERE merchant = :merchant
                 AND seq NOT IN (SELECT seq FROM entries WHERE merchant = :merchant) LIMIT 1",
            ),
            (
                lines,
                "SELECT count(*) FROM balance_transactions WHERE merchant = :merchant",
                "SELECT 'bt_' || seq FROM balance_transactions WHERE merchant = :merchant
                 AND seq NOT IN (SELECT seq FROM entries WHERE merchant = :merchant) LIMIT 1",
            ),
            (
                refunds,
                "SELECT count(*) FROM refunds WHERE merchant = :merchant",
                "SELECT id FROM refunds WHERE merchant = :merchant AND seq NOT IN (
                     SELECT seq FROM entries WHERE merchant = :merchant AND cause = 3) LIMIT 1",
            ),
            (
                transfers,
                "SELECT count(*) FROM transfers WHERE merchant = :merchant",
                "SELECT id FROM transfers WHERE merchant = :merchant AND seq NOT IN (
                     SELECT seq FROM entries WHERE merchant = :merchant
                     AND cause IN (5, 9, 10, 11)) LIMIT 1",
            ),
            (
                charges,
                "SELECT count(*) FROM charges WHERE merchant = :merchant AND status = 2",
                "SELECT id FROM charges WHERE merchant = :merchant AND status = 2 AND charge NOT IN (
                     SELECT source FROM entries WHERE merchant = :merchant AND cause = 1) LIMIT 1",
            ),
            (
                maturing,
                "SELECT count(*) FROM maturing WHERE merchant = :merchant",
                "SELECT id || ' (maturing)' FROM maturing m WHERE merchant = :merchant
                 AND NOT EXISTS (
                     SELECT 1 FROM charges c WHERE c.merchant = m.merchant AND c.charge = m.charge
                     AND c.id = m.id AND c.available_on = m.available_on AND c.status = 2) LIMIT 1",
            ),
        ];
        let strays = self.first(
            "SELECT 'the text of je_' || seq FROM texts t WHERE merchant = :merchant
             AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.merchant = t.merchant AND r.seq = t.seq)
             AND NOT EXISTS (SELECT 1 FROM transfers r WHERE r.merchant = t.merchant AND r.seq = t.seq)
             LIMIT 1",
        )?;
        if let Some(place) = strays {
            return Err(self.unsound(place, Invariant::Recorded));
        }
        for (counted, count, stray) in tables {
            let found: i64 = self
                .conn
                .prepare_cached(count)?
                .query_row(named_params! { ":merchant": self.merchant }, |row| row.get(0))?;
            if found != counted {
                let place = self.first(stray)?.unwrap_or_else(|| "a table of the book".to_owned());
                return Err(self.unsound(place, Invariant::Recorded));
            }
        }
        Ok(())
    }

    fn first(&self, sql: &str) -> Result<Option<String>> {
        Ok(self
            .conn
            .prepare_cached(sql)?
            .query_row(named_params! { ":merchant": self.merchant }, |row| {
                // Whatever a name was made to be, it is told as well as it can be.
                Ok(String::from_utf8_lossy(row.get_ref(0)?.as_bytes()?).into_owned())
            })
            .optional()?)
    }
}
