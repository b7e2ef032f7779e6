//! The merchant's statement: its balance transactions.

use rusqlite::{Connection, Row, named_params};
use serde::Serialize;

use crate::{
    currency::Currency,
    error::{Error, Result},
    id,
    journal::{self, Cause},
    money::{Balance, Fee},
    page::{Limit, List, Page},
    time::Timestamp,
};

/// What a line of the statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineType {
    /// A charge that succeeded.
    Charge,
    /// A refund.
    Refund,
    /// A refund that came back.
    RefundFailure,
    /// A payout.
    Payout,
    /// A payout that came back.
    PayoutFailure,
    /// A payment of the merchant.
    #[serde(rename = "topup")]
    TopUp,
    /// A gift or claim of the platform.
    Adjustment,
}

impl LineType {
    /// The line that an entry with this cause puts on the statement, if it puts one there.
    pub(crate) const fn of(cause: Cause) -> Option<Self> {
        match cause {
            Cause::Charge => Some(Self::Charge),
            Cause::Refund => Some(Self::Refund),
            Cause::RefundFailure => Some(Self::RefundFailure),
            Cause::Payout => Some(Self::Payout),
            Cause::PayoutFailed | Cause::PayoutReturned => Some(Self::PayoutFailure),
            Cause::TopUp => Some(Self::TopUp),
            Cause::Adjustment => Some(Self::Adjustment),
            Cause::Maturity | Cause::PayoutPaid | Cause::Settlement => None,
        }
    }
}

/// Whether a line's net can be paid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineStatus {
    /// It matures later.
    Pending,
    /// It can.
    Available,
}

/// A line of the merchant's statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BalanceTransaction {
    /// `bt_` and the sequence number of its journal entry.
    pub id: String,
    /// What it is about.
    #[serde(rename = "type")]
    pub line_type: LineType,
    /// The gross amount in minor units of the currency, signed as the merchant sees it.
    pub amount: Balance,
    /// The platform's fee.
    pub fee: Fee,
    /// The amount less the fee.
    pub net: Balance,
    /// The currency.
    pub currency: Currency,
    /// Whether the net can be paid out.
    pub status: LineStatus,
    /// When it could be or can be paid out.
    pub available_on: Timestamp,
    /// The id of the charge, refund or transfer.
    pub source: String,
    /// When it took effect.
    pub created_at: Timestamp,
}

macro_rules! select_lines {
    ($where:literal) => {
        concat!(
            "SELECT b.seq, b.amount, b.fee, b.currency, code, b.available_on,
                 e.cause, e.source, e.effective_at,
                 EXISTS (
                     SELECT 1 FROM maturing m JOIN charges c USING (merchant, id)
                     WHERE e.cause = 1 AND m.merchant = b.merchant
                         AND m.available_on = b.available_on AND c.charge = e.source) AS matures
             FROM balance_transactions b JOIN entries e USING (merchant, seq)
             JOIN currencies ON currencies.currency = b.currency ",
            $where
        )
    };
}

/// A line by its id.
pub(crate) fn find(
    conn: &Connection,
    merchant: i64,
    id: &str,
    now: Timestamp,
) -> Result<BalanceTransaction> {
    let missing = Error::ResourceMissing { param: "id" };
    let Some(seq) = id::sequence_number(id, "bt_") else {
        return Err(missing);
    };
    // The first line at or before this number is the line itself, or there is none.
    let lines = before(conn, merchant, seq.saturating_add(1), Limit::ONE, now)?;
    lines.into_iter().next().filter(|line| line.id == id).ok_or(missing)
}

/// A page of the statement, newest first.
pub(crate) fn list(
    conn: &Connection,
    merchant: i64,
    page: &Page,
    now: Timestamp,
) -> Result<List<BalanceTransaction>> {
    let limit = page.limit()?;
    let first = match &page.starting_after {
        Some(id) => {
            find(conn, merchant, id, now).map_err(|error| match error {
                Error::ResourceMissing { .. } => Page::UNKNOWN,
                other => other,
            })?;
            id::sequence_number(id, "bt_").ok_or(Page::UNKNOWN)?
        }
        None => i64::MAX,
    };
    let data = before(conn, merchant, first, Limit::of(limit.rows_and_one_more()), now)?;
    Ok(List::of(data, limit))
}

fn before(
    conn: &Connection,
    merchant: i64,
    seq: i64,
    limit: Limit,
    now: Timestamp,
) -> Result<Vec<BalanceTransaction>> {
    conn.prepare_cached(select_lines!(
        "WHERE b.merchant = :merchant AND b.seq < :seq ORDER BY b.seq DESC LIMIT :rows"
    ))?
    .query_map(
        named_params! { ":merchant": merchant, ":seq": seq, ":rows": limit.rows() },
        |row| Ok(from_row(conn, merchant, row, now)),
    )?
    .map(|row| row?)
    .collect()
}

fn from_row(
    conn: &Connection,
    merchant: i64,
    row: &Row<'_>,
    now: Timestamp,
) -> Result<BalanceTransaction> {
    let seq: i64 = row.get("seq")?;
    let cause = journal::cause_from_row(row)?;
    let amount: i64 = row.get("amount")?;
    let fee = Fee::from_stored(row.get("fee")?)?;
    let net = amount
        .checked_sub(fee.minor())
        .ok_or_else(|| Error::corrupt("a line of the statement out of range"))?;
    let created_at = Timestamp::from_stored(row.get("effective_at")?)?;
    let matures_on: Option<i64> = row.get("available_on")?;
    let available_on = matures_on.map_or(created_at, Timestamp::from_millis);
    let matures: bool = row.get("matures")?;
    // Where nothing has to mature, the day alone decides.
    let pending = matures || (net == 0 && matures_on.is_some() && now < available_on);
    Ok(BalanceTransaction {
        id: format!("bt_{seq}"),
        line_type: LineType::of(cause)
            .ok_or_else(|| Error::corrupt("a line of the statement with another cause"))?,
        amount: Balance(amount),
        fee,
        net: Balance(net),
        currency: Currency::from_row(row)?,
        status: if pending { LineStatus::Pending } else { LineStatus::Available },
        available_on,
        source: journal::source_id(conn, merchant, cause, row.get("source")?)?,
        created_at,
    })
}
