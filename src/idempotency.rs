//! Idempotency: the same key and request give the first outcome again, and do nothing more.

use std::ops::Deref;

use rusqlite::{Connection, OptionalExtension, Row, named_params};
use serde::Serialize;

use crate::{
    book::BookTx,
    chain::Encoder,
    error::{Error, Result},
    journal::Cause,
    refusal::Refusal,
    time::Timestamp,
};

/// A caller's name for one request: 1 to 255 visible ASCII characters.
///
/// ```
/// use refundry::IdempotencyKey;
///
/// assert!(IdempotencyKey::new("order-17-refund-1").is_ok());
/// assert!(IdempotencyKey::new("").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Checks the key.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if it is empty, too long, or has a character that is not
    /// visible ASCII.
    pub fn new(key: &str) -> Result<Self> {
        Self::from_bytes(key.as_bytes())
    }

    /// Checks the bytes of a key, as they came over a wire.
    ///
    /// # Errors
    /// As [`IdempotencyKey::new`].
    pub fn from_bytes(key: &[u8]) -> Result<Self> {
        let valid = (1..=255).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic);
        match std::str::from_utf8(key) {
            Ok(text) if valid => Ok(Self(text.to_owned())),
            _ => Err(Error::ParameterInvalid {
                param: "Idempotency-Key",
                expected: "1 to 255 visible ASCII characters",
            }),
        }
    }
}

/// The operations that move money. Each has its own idempotency keys, and a permanent number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Operation {
    /// [`Book::create_refund`](crate::Book::create_refund)
    Refund = 1,
    /// [`Book::fail_refund`](crate::Book::fail_refund)
    RefundFailure = 2,
    /// [`Book::create_charge`](crate::Book::create_charge)
    Charge = 3,
    /// [`Book::conclude_charge`](crate::Book::conclude_charge)
    ChargeConclusion = 4,
    /// [`Book::create_transfer`](crate::Book::create_transfer) of a payout
    Payout = 5,
    /// [`Book::conclude_payout`](crate::Book::conclude_payout)
    PayoutOutcome = 6,
    /// [`Book::create_transfer`](crate::Book::create_transfer) of a top-up
    TopUp = 7,
    /// [`Book::create_transfer`](crate::Book::create_transfer) of a settlement
    Settlement = 8,
    /// [`Book::create_transfer`](crate::Book::create_transfer) of an adjustment
    Adjustment = 9,
}

impl Operation {
    const ALL: [Self; 9] = [
        Self::Refund,
        Self::RefundFailure,
        Self::Charge,
        Self::ChargeConclusion,
        Self::Payout,
        Self::PayoutOutcome,
        Self::TopUp,
        Self::Settlement,
        Self::Adjustment,
    ];

    /// The name, for languages without enums.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refund => "refund",
            Self::RefundFailure => "refund_failure",
            Self::Charge => "charge",
            Self::ChargeConclusion => "charge_conclusion",
            Self::Payout => "payout",
            Self::PayoutOutcome => "payout_outcome",
            Self::TopUp => "topup",
            Self::Settlement => "settlement",
            Self::Adjustment => "adjustment",
        }
    }

    /// The operation with this name.
    ///
    /// # Errors
    /// [`Error::ParameterInvalid`] if there is none.
    pub fn from_name(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|operation| operation.name() == name).ok_or(
            Error::ParameterInvalid {
                param: "operation",
                expected: "refund, refund_failure, charge, charge_conclusion, payout, payout_outcome, topup, settlement or adjustment",
            },
        )
    }

    /// The cause of an entry about the object that the operation made or changed: it tells in
    /// which table the object is.
    const fn cause(self) -> Cause {
        match self {
            Self::Refund | Self::RefundFailure => Cause::Refund,
            Self::Charge | Self::ChargeConclusion => Cause::Charge,
            Self::Payout | Self::PayoutOutcome => Cause::Payout,
            Self::TopUp => Cause::TopUp,
            Self::Settlement => Cause::Settlement,
            Self::Adjustment => Cause::Adjustment,
        }
    }
}

/// The outcome of an operation, and whether this call or an earlier one brought it about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recorded<T> {
    /// The object, as it was when the operation was done.
    #[serde(flatten)]
    pub value: T,
    /// Whether an earlier request with the same idempotency key had done it already.
    pub replayed: bool,
}

impl<T> Deref for Recorded<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// What became of a request with an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The id of the object made or changed, or why the rules refused.
    pub outcome: std::result::Result<String, Refusal>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// A row of the table.
struct Kept {
    fingerprint: [u8; 16],
    outcome: std::result::Result<i64, Refusal>,
    recorded_at: Timestamp,
}

/// How one operation deals with its key.
pub(crate) struct Once<'a> {
    pub(crate) operation: Operation,
    pub(crate) key: Option<&'a IdempotencyKey>,
    /// The field that names the target: refusals that are not about the amount blame it.
    pub(crate) target: &'static str,
}

impl Once<'_> {
    /// Acts, unless the key was used before. `fingerprint` writes the parsed request; `act`
    /// returns the number of the object made and the object; `replay` makes the object again
    /// from its number.
    pub(crate) fn run<T>(
        &self,
        book: &mut BookTx<'_>,
        fingerprint: impl FnOnce(&mut Encoder),
        replay: impl FnOnce(&BookTx<'_>, i64) -> Result<T>,
        act: impl FnOnce(&mut BookTx<'_>) -> Result<(i64, T)>,
    ) -> Result<Recorded<T>> {
        let Some(key) = self.key else {
            return Ok(Recorded { value: act(book)?.1, replayed: false });
        };
        let mut encoder = Encoder::new();
        encoder.int(i64::from(self.operation as u8));
        fingerprint(&mut encoder);
        let fingerprint = half(&encoder.finish().0);
        match find(book.tx, book.merchant, self.operation, key)? {
            Some(kept) if kept.fingerprint != fingerprint => Err(Error::IdempotencyKeyReused),
            Some(Kept { outcome: Ok(source), .. }) => {
                Ok(Recorded { value: replay(book, source)?, replayed: true })
            }
            Some(Kept { outcome: Err(refusal), .. }) => Err(self.refused(refusal).replayed()),
            None => match act(book) {
                Ok((source, value)) => {
                    self.keep(book, key, fingerprint, Ok(source))?;
                    Ok(Recorded { value, replayed: false })
                }
                Err(error @ Error::Refused { refusal, .. }) => {
                    self.keep(book, key, fingerprint, Err(refusal))?;
                    Err(error)
                }
                Err(error) => Err(error),
            },
        }
    }

    /// The error for a refusal of this operation.
    pub(crate) const fn refused(&self, refusal: Refusal) -> Error {
        Error::refused(refusal, self.target)
    }

    fn keep(
        &self,
        book: &BookTx<'_>,
        key: &IdempotencyKey,
        fingerprint: [u8; 16],
        outcome: std::result::Result<i64, Refusal>,
    ) -> Result<()> {
        book.tx
            .prepare_cached(
                "INSERT INTO idempotency
                     (merchant, operation, key, fingerprint, source, refusal, fact, recorded_at)
                 VALUES (:merchant, :operation, :key, :fingerprint, :source, :refusal, :fact,
                     :recorded_at)",
            )?
            .execute(named_params! {
                ":merchant": book.merchant,
                ":operation": self.operation as u8,
                ":key": key.0,
                ":fingerprint": fingerprint,
                ":source": outcome.ok(),
                ":refusal": outcome.err().map(|refusal| refusal.number()),
                ":fact": outcome.err().and_then(|refusal| refusal.fact()),
                ":recorded_at": book.now.millis(),
            })?;
        Ok(())
    }
}

/// The first 16 bytes: enough to tell a merchant's own requests apart.
fn half(hash: &[u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&hash[..16]);
    half
}

fn find(
    conn: &Connection,
    merchant: i64,
    operation: Operation,
    key: &IdempotencyKey,
) -> Result<Option<Kept>> {
    conn.prepare_cached(
        "SELECT fingerprint, source, refusal, fact, recorded_at FROM idempotency
         WHERE merchant = :merchant AND operation = :operation AND key = :key",
    )?
    .query_row(
        named_params! { ":merchant": merchant, ":operation": operation as u8, ":key": key.0 },
        |row| Ok(from_row(row)),
    )
    .optional()?
    .transpose()
}

fn from_row(row: &Row<'_>) -> Result<Kept> {
    let source: Option<i64> = row.get("source")?;
    let refusal: Option<i64> = row.get("refusal")?;
    let fact: Option<i64> = row.get("fact")?;
    let refusal = refusal.and_then(|number| Refusal::from_numbers(number, fact));
    Ok(Kept {
        fingerprint: row.get("fingerprint")?,
        outcome: match (source, refusal) {
            (Some(source), None) => Ok(source),
            (None, Some(refusal)) => Err(refusal),
            _ => return Err(Error::corrupt("an idempotency key with no outcome")),
        },
        recorded_at: Timestamp::from_stored(row.get("recorded_at")?)?,
    })
}

/// What became of the request with this key, if it was ever recorded.
pub(crate) fn look_up(
    conn: &Connection,
    merchant: i64,
    operation: Operation,
    key: &IdempotencyKey,
) -> Result<Option<KeyRecord>> {
    let Some(kept) = find(conn, merchant, operation, key)? else {
        return Ok(None);
    };
    let outcome = match kept.outcome {
        Ok(source) => Ok(crate::journal::source_id(conn, merchant, operation.cause(), source)?),
        Err(refusal) => Err(refusal),
    };
    Ok(Some(KeyRecord { outcome, recorded_at: kept.recorded_at }))
}

/// Forgets the keys of a book that were recorded before a moment. Returns how many.
pub(crate) fn prune(book: &BookTx<'_>, before: i64) -> Result<u64> {
    let pruned = book
        .tx
        .prepare_cached(
            "DELETE FROM idempotency WHERE merchant = :merchant AND recorded_at < :before",
        )?
        .execute(named_params! { ":merchant": book.merchant, ":before": before })?;
    Ok(u64::try_from(pruned).unwrap_or(u64::MAX))
}
