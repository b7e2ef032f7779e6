//! The journal of a book: immutable, dated entries, each a set of postings with one cause.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, named_params};
use serde::Serialize;

use crate::{
    account::{self, Account, Balances, CurrencyBalances, Sums},
    book::BookTx,
    chain::{Facts, Hash, Head, Link},
    currency::Currency,
    error::{Error, Result},
    id,
    money::{Amount, Balance},
    page::Limit,
    refusal::Refusal,
    time::Timestamp,
};

/// One positive amount in one currency, from one account to another. Both sides stand in it, so
/// that nothing out of balance can be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Posting {
    /// The account debited.
    pub debit: Account,
    /// The account credited.
    pub credit: Account,
    /// The amount, in minor units of the currency.
    pub amount: Amount,
    /// The currency.
    pub currency: Currency,
}

/// Why an entry was made. Each cause has a permanent number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Cause {
    /// A charge succeeded.
    Charge = 1,
    /// A charge's funds became available.
    Maturity = 2,
    /// A refund was made.
    Refund = 3,
    /// A refund came back.
    RefundFailure = 4,
    /// A payout set out.
    Payout = 5,
    /// A payout arrived.
    PayoutPaid = 6,
    /// A payout failed while in transit.
    PayoutFailed = 7,
    /// A payout came back after it was paid.
    PayoutReturned = 8,
    /// The merchant paid in.
    #[serde(rename = "topup")]
    TopUp = 9,
    /// The acquirer settled, or took back.
    Settlement = 10,
    /// The platform gave or took.
    Adjustment = 11,
}

impl Cause {
    const ALL: [Self; 11] = [
        Self::Charge,
        Self::Maturity,
        Self::Refund,
        Self::RefundFailure,
        Self::Payout,
        Self::PayoutPaid,
        Self::PayoutFailed,
        Self::PayoutReturned,
        Self::TopUp,
        Self::Settlement,
        Self::Adjustment,
    ];

    /// The permanent number.
    #[must_use]
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// The cause with this number.
    pub(crate) fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.number() == number)
    }
}

/// An immutable, dated set of postings with one cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalEntry {
    /// `je_` and the sequence number.
    pub id: String,
    /// The place in the book's order.
    pub seq: i64,
    /// Why it was made.
    pub cause: Cause,
    /// The id of the charge, refund or transfer that it is about.
    pub source: String,
    /// The id of the entry that it reverses, if it reverses one.
    pub reverses: Option<String>,
    /// When it took effect.
    pub effective_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// What it moved.
    pub postings: Vec<Posting>,
    /// Its link in the chain.
    pub hash: Hash,
}

/// An entry about to be recorded.
pub(crate) struct NewEntry<'a> {
    /// The number of the object that it is about, in that object's table.
    pub(crate) source: i64,
    pub(crate) reverses: Option<i64>,
    pub(crate) effective_at: Timestamp,
    pub(crate) currency: Currency,
    pub(crate) postings: &'a [Posting],
    /// The balances after the postings.
    pub(crate) balances: Balances,
    pub(crate) facts: Facts<'a>,
}

/// A line of the statement about to be recorded with its entry.
pub(crate) struct NewLine {
    pub(crate) amount: i64,
    pub(crate) fee: i64,
    pub(crate) available_on: Option<Timestamp>,
}

/// Where the book's chain ends.
pub(crate) fn head(conn: &Connection, merchant: i64, merchant_id: &str) -> Result<Head> {
    Ok(conn
        .prepare_cached(
            "SELECT seq, hash FROM entries WHERE merchant = :merchant ORDER BY seq DESC LIMIT 1",
        )?
        .query_row(named_params! { ":merchant": merchant }, |row| {
            Ok(Head { seq: row.get(0)?, hash: Hash(row.get(1)?) })
        })
        .optional()?
        .unwrap_or_else(|| Head { seq: 0, hash: Hash::genesis(merchant_id) }))
}

/// Appends an entry, its postings, the balances after them, and its line of the statement.
pub(crate) fn record(
    book: &BookTx<'_>,
    entry: &NewEntry<'_>,
    line: Option<&NewLine>,
) -> Result<()> {
    let head = book.head()?;
    let seq = head.seq.saturating_add(1);
    let hash = Link {
        seq,
        effective_at: entry.effective_at,
        recorded_at: book.now,
        postings: entry.postings,
        reverses: entry.reverses,
        facts: entry.facts,
    }
    .hash(head.hash);
    book.tx
        .prepare_cached(
            "INSERT INTO entries
                 (merchant, seq, cause, source, reverses, effective_at, recorded_at, hash)
             VALUES (:merchant, :seq, :cause, :source, :reverses, :effective_at, :recorded_at, :hash)",
        )?
        .execute(named_params! {
            ":merchant": book.merchant,
            ":seq": seq,
            ":cause": entry.facts.cause().number(),
            ":source": entry.source,
            ":reverses": entry.reverses,
            ":effective_at": entry.effective_at.millis(),
            ":recorded_at": book.now.millis(),
            ":hash": hash.0,
        })?;
    record_postings(book, seq, entry.postings)?;
    entry.balances.store(book.tx, book.merchant, entry.currency)?;
    if let Some(line) = line {
        record_line(book, seq, entry.currency, line)?;
    }
    book.set_head(Head { seq, hash });
    Ok(())
}

fn record_postings(book: &BookTx<'_>, seq: i64, postings: &[Posting]) -> Result<()> {
    let mut insert = book.tx.prepare_cached(
        "INSERT INTO postings (merchant, seq, line, debit, credit, amount, currency)
         VALUES (:merchant, :seq, :line, :debit, :credit, :amount, :currency)",
    )?;
    for (line, posting) in (0_i64..).zip(postings) {
        insert.execute(named_params! {
            ":merchant": book.merchant,
            ":seq": seq,
            ":line": line,
            ":debit": posting.debit.number(),
            ":credit": posting.credit.number(),
            ":amount": posting.amount.minor(),
            ":currency": posting.currency.number(),
        })?;
    }
    Ok(())
}

fn record_line(book: &BookTx<'_>, seq: i64, currency: Currency, line: &NewLine) -> Result<()> {
    book.tx
        .prepare_cached(
            "INSERT INTO balance_transactions (merchant, seq, amount, fee, currency, available_on)
             VALUES (:merchant, :seq, :amount, :fee, :currency, :available_on)",
        )?
        .execute(named_params! {
            ":merchant": book.merchant,
            ":seq": seq,
            ":amount": line.amount,
            ":fee": line.fee,
            ":currency": currency.number(),
            ":available_on": line.available_on.map(Timestamp::millis),
        })?;
    Ok(())
}

/// The id of the object that an entry is about; each kind of object has its own table.
pub(crate) fn source_id(
    conn: &Connection,
    merchant: i64,
    cause: Cause,
    source: i64,
) -> Result<String> {
    let sql = match cause {
        Cause::Charge | Cause::Maturity => {
            "SELECT id FROM charges WHERE merchant = :merchant AND charge = :source"
        }
        Cause::Refund | Cause::RefundFailure => {
            "SELECT id FROM refunds WHERE merchant = :merchant AND seq = :source"
        }
        Cause::Payout
        | Cause::PayoutPaid
        | Cause::PayoutFailed
        | Cause::PayoutReturned
        | Cause::TopUp
        | Cause::Settlement
        | Cause::Adjustment => {
            "SELECT id FROM transfers WHERE merchant = :merchant AND seq = :source"
        }
    };
    Ok(conn
        .prepare_cached(sql)?
        .query_row(named_params! { ":merchant": merchant, ":source": source }, |row| row.get(0))?)
}

/// The postings of an entry, in their order.
pub(crate) fn postings(conn: &Connection, merchant: i64, seq: i64) -> Result<Vec<Posting>> {
    conn.prepare_cached(
        "SELECT debit, credit, amount, currency, code FROM postings JOIN currencies USING (currency)
         WHERE merchant = :merchant AND seq = :seq ORDER BY line",
    )?
    .query_map(named_params! { ":merchant": merchant, ":seq": seq }, |row| Ok(posting_from_row(row)))?
    .map(|row| row?)
    .collect()
}

/// Reads a posting from the columns of its table and the currency's code.
pub(crate) fn posting_from_row(row: &Row<'_>) -> Result<Posting> {
    let account = |column: &str| -> Result<Account> {
        Account::from_number(row.get(column)?).ok_or_else(|| Error::corrupt("an unknown account"))
    };
    Ok(Posting {
        debit: account("debit")?,
        credit: account("credit")?,
        amount: Amount::from_stored(row.get("amount")?)?,
        currency: Currency::from_row(row)?,
    })
}

/// An entry by its id.
pub(crate) fn find(conn: &Connection, merchant: i64, id: &str) -> Result<JournalEntry> {
    let missing = Error::ResourceMissing { param: "id" };
    let Some(seq) = id::sequence_number(id, "je_") else {
        return Err(missing);
    };
    let before = seq.saturating_sub(1);
    let first = after(conn, merchant, before, Limit::ONE)?.pop();
    first.filter(|entry| entry.seq == seq).ok_or(missing)
}

/// The entries after a sequence number, oldest first.
pub(crate) fn after(
    conn: &Connection,
    merchant: i64,
    seq: i64,
    limit: Limit,
) -> Result<Vec<JournalEntry>> {
    conn.prepare_cached(
        "SELECT seq, cause, source, reverses, effective_at, recorded_at, hash FROM entries
         WHERE merchant = :merchant AND seq > :seq ORDER BY seq LIMIT :limit",
    )?
    .query_map(
        named_params! { ":merchant": merchant, ":seq": seq, ":limit": limit.rows() },
        |row| Ok(entry_from_row(conn, merchant, row)),
    )?
    .map(|row| row?)
    .collect()
}

fn entry_from_row(conn: &Connection, merchant: i64, row: &Row<'_>) -> Result<JournalEntry> {
    let seq: i64 = row.get("seq")?;
    let cause = cause_from_row(row)?;
    let reverses: Option<i64> = row.get("reverses")?;
    Ok(JournalEntry {
        id: format!("je_{seq}"),
        seq,
        cause,
        source: source_id(conn, merchant, cause, row.get("source")?)?,
        reverses: reverses.map(|seq| format!("je_{seq}")),
        effective_at: Timestamp::from_stored(row.get("effective_at")?)?,
        recorded_at: Timestamp::from_stored(row.get("recorded_at")?)?,
        postings: postings(conn, merchant, seq)?,
        hash: Hash(row.get("hash")?),
    })
}

/// Reads the column `cause`.
pub(crate) fn cause_from_row(row: &Row<'_>) -> Result<Cause> {
    Cause::from_number(row.get("cause")?).ok_or_else(|| Error::corrupt("an unknown cause"))
}

/// What a trial balance includes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// Every entry.
    Now,
    /// The entries up to this sequence number, itself included.
    Sequence(i64),
    /// The entries that had taken effect at this moment.
    EffectiveAt(Timestamp),
}

/// Adds up the postings as of a place in the book; the kept balances if that is now.
pub(crate) fn trial_balance(
    conn: &Connection,
    merchant: i64,
    as_of: AsOf,
) -> Result<Vec<CurrencyBalances>> {
    let (seq, effective_at) = match as_of {
        AsOf::Now => return account::list(conn, merchant),
        AsOf::Sequence(seq) => (seq, i64::MAX),
        AsOf::EffectiveAt(moment) => (i64::MAX, moment.millis()),
    };
    // Currencies sort by their codes.
    let mut sums = BTreeMap::<Currency, Sums>::new();
    let mut statement = conn.prepare_cached(
        "SELECT debit, credit, amount, currency, code
         FROM entries JOIN postings USING (merchant, seq) JOIN currencies USING (currency)
         WHERE merchant = :merchant AND seq <= :seq AND effective_at <= :effective_at",
    )?;
    let mut rows = statement.query(
        named_params! { ":merchant": merchant, ":seq": seq, ":effective_at": effective_at },
    )?;
    while let Some(row) = rows.next()? {
        let posting = posting_from_row(row)?;
        sums.entry(posting.currency).or_default().add(&posting);
    }
    sums.into_iter()
        .map(|(currency, sums)| {
            let refused = || Error::refused(Refusal::BalanceOutOfRange, "asOf");
            Ok(CurrencyBalances { currency, balances: sums.balances().ok_or_else(refused)? })
        })
        .collect()
}

/// What a posting of `amount` from one account to another looks like in this currency.
pub(crate) const fn posting(
    debit: Account,
    credit: Account,
    amount: Amount,
    currency: Currency,
) -> Posting {
    Posting { debit, credit, amount, currency }
}

/// A refunded sum, read from the first column.
pub(crate) fn sum_from_row(row: &Row<'_>) -> rusqlite::Result<Balance> {
    Ok(Balance(row.get::<_, Option<i64>>(0)?.unwrap_or(0)))
}
