//! The table of charges.

use std::collections::BTreeMap;

use rusqlite::{
    Connection, OptionalExtension, Row, params,
    types::{FromSql, FromSqlError, FromSqlResult, ValueRef},
};

use super::{columns::Columns, number, texts::metadata_from};
use crate::{
    recording::{
        Taken,
        store::{By, ToRefund},
    },
    words::{
        chain::Hash,
        charge::{Charge, ChargeStatus, RefundableCharge, StoredCharge},
        currency::Currency,
        error::{Error, Result},
        filter::ChargeFilter,
        money::{Balance, Fee},
        page::{List, Page},
        time::Timestamp,
    },
};

/// What a charge's row refers to by number.
pub(crate) struct References {
    pub(crate) merchant: i64,
    /// The recording that made it.
    pub(crate) n: i64,
    pub(crate) intent: Option<i64>,
    pub(crate) currency: i64,
    /// The entry that posts it, if it succeeded.
    pub(crate) seq: Option<i64>,
    /// The hash of its description and metadata, if it has any.
    pub(crate) text_hash: Option<Hash>,
}

/// Adds a charge and returns its number.
pub(crate) fn insert(conn: &Connection, charge: &Charge, of: &References) -> Result<i64> {
    conn.prepare_cached(
        "INSERT INTO charges VALUES ( \
             1 + coalesce((SELECT max(charge) FROM charges WHERE charge BETWEEN ?1 AND ?16), ?1), \
             ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?
    .execute(params![
        number::key(of.merchant, 0),
        of.merchant,
        of.n,
        charge.id,
        of.intent,
        charge.amount.minor(),
        charge.amount_captured.minor(),
        charge.fee.minor(),
        of.currency,
        charge.status.number(),
        charge.available_on.millis(),
        charge.created_at.millis(),
        of.seq.map(|seq| number::key(of.merchant, seq)),
        charge.external_reference,
        of.text_hash.as_ref().map(Hash::as_bytes),
        number::last(of.merchant),
    ])?;
    Ok(conn.last_insert_rowid())
}

/// Notes how a pending charge ended.
pub(crate) fn conclude(
    conn: &Connection,
    merchant: i64,
    number: i64,
    charge: &Charge,
    seq: Option<i64>,
) -> Result<()> {
    conn.prepare_cached(
        "UPDATE charges SET captured = ?2, fee = ?3, status = ?4, available_on = ?5, entry = ?6
         WHERE charge = ?1",
    )?
    .execute(params![
        number,
        charge.amount_captured.minor(),
        charge.fee.minor(),
        charge.status.number(),
        charge.available_on.millis(),
        seq.map(|seq| number::key(merchant, seq)),
    ])?;
    Ok(())
}

/// What was taken of the charge `c`: its last row tells.
macro_rules! select_taken {
    () => {
        "(SELECT CASE WHEN ifnull(disputed, elsewhere) IS NULL THEN refunded \
             ELSE refunded || ' ' || ifnull(disputed, 0) || ' ' || ifnull(elsewhere, 0) END \
         FROM entries INDEXED BY refunds_of_charge \
         WHERE charge = c.charge AND (cause = 3 OR cause = 4 OR cause >= 12) \
         ORDER BY entry DESC LIMIT 1)"
    };
}

macro_rules! select_refundable {
    ($where:literal) => {
        concat!(
            "SELECT charge, entry, id, \
                 iif(intent, (SELECT id FROM payment_intents WHERE intent = c.intent), NULL), \
                 captured, currency, status, ",
            select_taken!(),
            " FROM charges c WHERE ",
            $where
        )
    };
}

macro_rules! select_charges {
    ($where:literal) => {
        select_charges!($where, "")
    };
    ($where:literal, $and:literal) => {
        concat!(
            "SELECT c.charge, c.n, c.entry, c.id, \
                 CASE WHEN c.intent IS NOT NULL THEN ( \
                     SELECT id FROM payment_intents WHERE intent = c.intent) END, \
                 c.amount, c.captured, c.fee, code, c.status, \
                 c.available_on, c.created_at, c.external_reference, \
                 CASE WHEN c.text_hash IS NOT NULL THEN ( \
                     SELECT description FROM texts WHERE text = (c.merchant << 40) + c.n) END, \
                 CASE WHEN c.text_hash IS NOT NULL THEN ( \
                     SELECT metadata FROM texts WHERE text = (c.merchant << 40) + c.n) END, ",
            select_taken!(),
            " FROM charges c JOIN currencies ON currencies.currency = c.currency ",
            $where,
            $and
        )
    };
}

/// The charges of a book that are due, in the order they mature, for [`read`].
pub(crate) const DUE: &str = select_charges!(
    "JOIN maturing m ON m.charge = c.charge WHERE m.merchant = ?1 AND m.available_on <= ?2
     ORDER BY m.available_on, m.id LIMIT ?3"
);

/// Whether a charge has this id.
pub(crate) fn has(conn: &Connection, merchant: i64, id: &str) -> Result<bool> {
    Ok(conn
        .prepare_cached("SELECT 1 FROM charges WHERE merchant = ?1 AND id = ?2")?
        .exists(params![merchant, id])?)
}

/// What a refund of a charge follows from.
pub(crate) fn to_refund(
    conn: &Connection,
    merchant: i64,
    charge_id: &str,
    refund_id: &str,
) -> Result<Option<ToRefund>> {
    conn.prepare_cached(concat!(
        "SELECT c.charge, c.entry, c.captured, code, \
             EXISTS (SELECT 1 FROM entries WHERE merchant = ?1 AND id = ?3), ",
        select_taken!(),
        " FROM charges c JOIN currencies ON currencies.currency = c.currency \
          WHERE c.merchant = ?1 AND c.id = ?2"
    ))?
    .query_row(params![merchant, charge_id, refund_id], |row| {
        let mut columns = Columns::of(row);
        Ok((|| {
            Ok(ToRefund {
                number: columns.next()?,
                seq: columns.next::<Option<i64>>()?.map(number::within),
                captured: columns.amount()?,
                currency: columns.currency()?,
                is_there: columns.next()?,
                taken: columns.next()?,
            })
        })())
    })
    .optional()?
    .transpose()
}

/// A charge.
pub(crate) fn find(conn: &Connection, merchant: i64, by: By<'_>) -> Result<Option<StoredCharge>> {
    let found = match by {
        By::Id(id) => conn
            .prepare_cached(select_charges!("WHERE c.merchant = ?1 AND c.id = ?2"))?
            .query_row(params![merchant, id], |row| Ok(read(&mut Columns::of(row)))),
        By::Number(number) => conn
            .prepare_cached(select_charges!("WHERE c.charge = ?1"))?
            .query_row([number], |row| Ok(read(&mut Columns::of(row)))),
    };
    found.optional()?.transpose()
}

/// What a refund asks of a charge, whose currency is found by its number.
pub(crate) fn refundable(
    conn: &Connection,
    merchant: i64,
    by: By<'_>,
    currency: impl FnOnce(i64) -> Result<Currency>,
) -> Result<Option<RefundableCharge>> {
    let read = |row: &Row<'_>| Ok(read_refundable(&mut Columns::of(row), currency));
    let found = match by {
        By::Id(id) => conn
            .prepare_cached(select_refundable!("merchant = ?1 AND id = ?2"))?
            .query_row(params![merchant, id], read),
        By::Number(number) => {
            conn.prepare_cached(select_refundable!("charge = ?1"))?.query_row([number], read)
        }
    };
    found.optional()?.transpose()
}

fn read_refundable(
    columns: &mut Columns<'_, '_>,
    currency: impl FnOnce(i64) -> Result<Currency>,
) -> Result<RefundableCharge> {
    let number = columns.next()?;
    let entry: Option<i64> = columns.next()?;
    Ok(RefundableCharge {
        number,
        seq: entry.map(number::within),
        id: columns.next()?,
        payment_intent_id: columns.next()?,
        amount_captured: columns.amount()?,
        currency: currency(columns.next()?)?,
        status: status(columns.next()?)?,
        taken: columns.next()?,
    })
}

fn status(number: i64) -> Result<ChargeStatus> {
    ChargeStatus::from_number(number).ok_or_else(|| Error::corrupt("an unknown charge status"))
}

/// The numbers of the succeeded charges under an intent.
pub(crate) fn succeeded_under(conn: &Connection, intent: i64) -> Result<Vec<i64>> {
    let numbers = conn
        .prepare_cached(
            "SELECT charge FROM charges INDEXED BY charges_of_intent
             WHERE intent = ?1 AND status = 2",
        )?
        .query_map([intent], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(numbers)
}

/// The charges that a filter shows, of those that an index leads to.
macro_rules! select_filtered {
    ($where:literal) => {
        select_charges!(
            $where,
            " AND c.charge < ?2 AND (?4 IS NULL OR c.status = ?4)
                 AND (?5 IS NULL OR c.created_at >= ?5) AND (?6 IS NULL OR c.created_at < ?6)
                 AND (?8 IS NULL OR c.external_reference = ?8)
             ORDER BY c.charge DESC LIMIT ?3"
        )
    };
}

/// A page of the charges, newest first.
pub(crate) fn list(
    conn: &Connection,
    merchant: i64,
    filter: &ChargeFilter,
    page: &Page,
) -> Result<List<Charge>> {
    let limit = page.limit()?;
    let before = match &page.starting_after {
        Some(id) => find(conn, merchant, By::Id(id))?.ok_or(Page::UNKNOWN)?.number,
        None => i64::MAX,
    };
    // One statement for each filter that has an index, so that it is used.
    let sql = match (&filter.payment_intent_id, &filter.external_reference) {
        (None, None) => {
            select_filtered!("WHERE c.charge >= (?1 << 40) AND c.charge < ((?1 + 1) << 40)")
        }
        (Some(_), _) => select_filtered!(
            "WHERE c.charge IN (
                 SELECT charge FROM charges INDEXED BY charges_of_intent WHERE intent = (
                     SELECT intent FROM payment_intents WHERE merchant = ?1 AND id = ?7))"
        ),
        (None, Some(_)) => select_filtered!(
            "WHERE c.charge IN (
                 SELECT charge FROM charges INDEXED BY charges_by_reference
                 WHERE merchant = ?1 AND external_reference = ?8)"
        ),
    };
    let most = limit.rows_and_one_more();
    let data = conn
        .prepare_cached(sql)?
        .query_map(
            params![
                merchant,
                before,
                // A negative limit is none: metadata is looked at here, row by row.
                if filter.metadata.is_empty() { i64::from(most) } else { -1 },
                filter.status.map(ChargeStatus::number),
                filter.from.map(Timestamp::millis),
                filter.to.map(Timestamp::millis),
                filter.payment_intent_id,
                filter.external_reference,
            ],
            |row| Ok(read(&mut Columns::of(row))),
        )?
        .map(|row| Ok(row??.charge))
        .filter(|charge| charge.as_ref().map_or(true, |charge| filter.has_metadata(charge)))
        .take(usize::try_from(most).unwrap_or(usize::MAX))
        .collect::<Result<_>>()?;
    Ok(List::of(data, limit))
}

/// Reads a charge as [`DUE`] and the other queries select it.
pub(crate) fn read(columns: &mut Columns<'_, '_>) -> Result<StoredCharge> {
    let (number, n) = (columns.next()?, columns.next()?);
    let entry: Option<i64> = columns.next()?;
    let mut charge = Charge {
        id: columns.next()?,
        payment_intent_id: columns.next()?,
        amount: columns.amount()?,
        amount_captured: columns.amount()?,
        amount_refunded: Balance::ZERO,
        amount_disputed: Balance::ZERO,
        amount_elsewhere: Balance::ZERO,
        fee: Fee::from_stored(columns.next()?)?,
        currency: columns.currency()?,
        status: status(columns.next()?)?,
        available_on: columns.moment()?,
        created_at: columns.moment()?,
        external_reference: columns.next()?,
        description: None,
        metadata: BTreeMap::new(),
    };
    charge.description = columns.next()?;
    charge.metadata = metadata_from(columns.next::<Option<String>>()?.as_deref())?;
    let taken: Taken = columns.next()?;
    charge.amount_refunded = taken.refunded;
    charge.amount_disputed = taken.disputed;
    charge.amount_elsewhere = taken.elsewhere;
    Ok(StoredCharge { number, n, seq: entry.map(number::within), charge })
}

/// Nothing, what was refunded, or all three numbers: one look-up is to do for all, because every refund
/// and every maturity waits for it, and disputes and hand-overs are few.
impl FromSql for Taken {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let [refunded, disputed, elsewhere] = match value {
            ValueRef::Null => [0, 0, 0],
            ValueRef::Integer(refunded) => [refunded, 0, 0],
            _ => {
                let mut all = value.as_str()?.split(' ');
                let mut number = || -> FromSqlResult<i64> {
                    let text = all.next().ok_or(FromSqlError::InvalidType)?;
                    text.parse().map_err(FromSqlError::other)
                };
                [number()?, number()?, number()?]
            }
        };
        Ok(Self {
            refunded: Balance(refunded),
            disputed: Balance(disputed),
            elsewhere: Balance(elsewhere),
        })
    }
}

/// What has been refunded of a charge, without refunds that failed: the last of their rows tells.
pub(crate) fn refunded(conn: &Connection, charge: i64) -> Result<Balance> {
    refunded_before(conn, charge, i64::MAX)
}

/// What had been refunded of a charge before an entry, by its key.
pub(crate) fn refunded_before(conn: &Connection, charge: i64, entry: i64) -> Result<Balance> {
    let refunded = conn
        .prepare_cached(
            "SELECT refunded FROM entries INDEXED BY refunds_of_charge
             WHERE charge = ?1 AND (cause = 3 OR cause = 4) AND entry < ?2
             ORDER BY entry DESC LIMIT 1",
        )?
        .query_row([charge, entry], |row| row.get(0))
        .optional()?;
    Ok(Balance(refunded.unwrap_or(0)))
}

/// What was disputed of a charge before an entry, by its key, and was not won, and what only other books
/// may give back of it.
pub(crate) fn held_before(conn: &Connection, charge: i64, entry: i64) -> Result<[Balance; 2]> {
    let held = conn
        .prepare_cached(
            "SELECT coalesce(disputed, 0), coalesce(elsewhere, 0)
             FROM entries INDEXED BY disputes_of_charge
             WHERE charge = ?1 AND cause >= 12 AND entry < ?2 ORDER BY entry DESC LIMIT 1",
        )?
        .query_row([charge, entry], |row| Ok([Balance(row.get(0)?), Balance(row.get(1)?)]))
        .optional()?;
    Ok(held.unwrap_or_default())
}
