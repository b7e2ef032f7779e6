//! The journal: reading entries, and adding up what they moved.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::{columns::Columns, number};
use crate::words::{
    account::{Account, CurrencyBalances, Sums},
    chain::Hash,
    currency::Currency,
    entry::{AsOf, Cause, JournalEntry, Posting, Postings},
    error::{Error, Result},
    id,
    money::Amount,
    page::Limit,
    refusal::Refusal,
};

/// Whether a refund, dispute or transfer has this id.
pub(crate) fn has(conn: &Connection, merchant: i64, id: &str) -> Result<bool> {
    Ok(conn
        .prepare_cached("SELECT 1 FROM entries WHERE merchant = ?1 AND id = ?2")?
        .exists(params![merchant, id])?)
}

/// An entry by its id.
pub(crate) fn find(conn: &Connection, merchant: i64, id: &str) -> Result<JournalEntry> {
    let missing = || Error::missing("id", id);
    let Some(seq) = id::sequence_number(id, "je_") else {
        return Err(missing());
    };
    let before = seq.saturating_sub(1);
    let first = after(conn, merchant, before, Limit::ONE)?.pop();
    first.filter(|entry| entry.seq == seq).ok_or_else(missing)
}

/// The hash of the entry with a sequence number.
pub(crate) fn hash_at(conn: &Connection, merchant: i64, seq: i64) -> Result<Option<Hash>> {
    if number::within(seq) != seq {
        return Ok(None);
    }
    let hash = conn
        .prepare_cached("SELECT hash FROM entries WHERE entry = ?1")?
        .query_row([number::key(merchant, seq)], |row| row.get(0))
        .optional()?;
    Ok(hash.map(Hash))
}

/// The entries after a sequence number, oldest first.
pub(crate) fn after(
    conn: &Connection,
    merchant: i64,
    seq: i64,
    limit: Limit,
) -> Result<Vec<JournalEntry>> {
    let last = number::within(number::last(merchant));
    conn.prepare_cached(
        // Its own id, or that of the charge, refund, payout or dispute that it is about.
        "SELECT e.entry, e.cause, coalesce(e.id, CASE WHEN e.cause <= 2
                 THEN (SELECT id FROM charges WHERE charge = e.charge)
                 ELSE (SELECT id FROM entries WHERE entry = e.about) END),
             e.about, coalesce(e.effective_at, e.recorded_at), e.recorded_at, e.hash,
             e.debit, e.credit, e.amount, code, e.fee
         FROM entries e JOIN currencies ON currencies.currency = e.currency
         WHERE e.entry > ?1 AND e.entry <= ?2 ORDER BY e.entry LIMIT ?3",
    )?
    .query_map(
        params![number::key(merchant, seq.clamp(0, last)), number::last(merchant), limit.rows()],
        |row| Ok(read(&mut Columns::of(row))),
    )?
    .map(|row| row?)
    .collect()
}

/// Reads an entry from the columns that [`after`] names.
pub(super) fn read(columns: &mut Columns<'_, '_>) -> Result<JournalEntry> {
    let seq = number::within(columns.next()?);
    let cause = cause(columns)?;
    let source: Option<String> = columns.next()?;
    let about: Option<i64> = columns.next()?;
    let reverses = about.filter(|_| cause.is_reversal()).map(number::within);
    Ok(JournalEntry {
        id: id::numbered("je_", seq),
        seq,
        cause,
        source: source.ok_or_else(|| Error::corrupt("an entry about nothing"))?,
        reverses: reverses.map(|seq| id::numbered("je_", seq)),
        effective_at: columns.moment()?,
        recorded_at: columns.moment()?,
        hash: Hash(columns.next()?),
        postings: postings(columns)?.iter().collect(),
    })
}

/// Reads a cause.
pub(crate) fn cause(columns: &mut Columns<'_, '_>) -> Result<Cause> {
    Cause::from_number(columns.next()?).ok_or_else(|| Error::corrupt("an unknown cause"))
}

/// Reads a posting from the accounts debited and credited, the amount and the currency's code.
pub(crate) fn posting(columns: &mut Columns<'_, '_>) -> Result<Posting> {
    let mut account = || -> Result<Account> {
        Account::from_number(columns.next()?).ok_or_else(|| Error::corrupt("an unknown account"))
    };
    let (debit, credit) = (account()?, account()?);
    Ok(Posting { debit, credit, amount: columns.amount()?, currency: columns.currency()? })
}

/// Reads what an entry moves, from the accounts debited and credited, the amount, the currency's code
/// and the fee.
pub(crate) fn postings(columns: &mut Columns<'_, '_>) -> Result<Postings> {
    let account =
        |number| Account::from_number(number).ok_or_else(|| Error::corrupt("an unknown account"));
    let (debit, credit): (Option<i64>, Option<i64>) = (columns.next()?, columns.next()?);
    let (amount, currency) = (columns.next::<Option<i64>>()?, columns.currency()?);
    let fee = columns.next::<Option<i64>>()?.map(Amount::from_stored).transpose()?;
    let (Some(debit), Some(credit), Some(amount)) = (debit, credit, amount) else {
        return Ok(Postings::none(currency));
    };
    let amount = Amount::from_stored(amount)?;
    let first = Posting { debit: account(debit)?, credit: account(credit)?, amount, currency };
    Ok(Postings::with_fee(first, fee))
}

/// Adds up the postings as of a place in the book.
pub(crate) fn trial_balance(
    conn: &Connection,
    merchant: i64,
    as_of: AsOf,
) -> Result<Vec<CurrencyBalances>> {
    let last = number::within(number::last(merchant));
    let (seq, effective_at) = match as_of {
        AsOf::Now => (last, i64::MAX),
        AsOf::Sequence(seq) => (seq.clamp(0, last), i64::MAX),
        AsOf::EffectiveAt(moment) => (last, moment.millis()),
    };
    // Currencies sort by their codes.
    let mut sums = BTreeMap::<Currency, Sums>::new();
    let mut statement = conn.prepare_cached(
        "SELECT debit, credit, amount, code, fee FROM entries JOIN currencies USING (currency)
         WHERE entry BETWEEN ?1 AND ?2 AND coalesce(effective_at, recorded_at) <= ?3",
    )?;
    let mut rows = statement.query(params![
        number::key(merchant, 0),
        number::key(merchant, seq),
        effective_at
    ])?;
    while let Some(row) = rows.next()? {
        let postings = postings(&mut Columns::of(row))?;
        for posting in postings.iter() {
            sums.entry(posting.currency).or_default().add(&posting);
        }
    }
    sums.into_iter()
        .map(|(currency, sums)| {
            let refused = || Error::refused(Refusal::BalanceOutOfRange, "asOf");
            Ok(CurrencyBalances { currency, balances: sums.balances().ok_or_else(refused)? })
        })
        .collect()
}
